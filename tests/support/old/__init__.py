"""Databases that older MLflows have written, as SQL, and what they had in their stores."""

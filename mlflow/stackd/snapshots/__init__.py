"""Snapshots, and whatever replaces the database: backup, restore, upgrade, compact."""

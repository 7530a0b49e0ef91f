"""What runs inside the image: one door (``python -m stackd VERB``), documented in the repository's ``docs/decisions``."""

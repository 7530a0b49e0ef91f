"""What runs inside the image.

One door (``python -m stackd VERB``), documented in the repository's ``docs/decisions``.
"""

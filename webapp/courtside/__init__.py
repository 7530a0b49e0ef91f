"""The web app: what a tracking server holds, on one page, and a game between two of its policies.

Everything comes through the tracking server's URL; there is no credential to hold and none is taken.
"""

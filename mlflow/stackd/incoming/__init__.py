"""Bringing in: databases and artifacts from elsewhere, and moving between the two stores."""

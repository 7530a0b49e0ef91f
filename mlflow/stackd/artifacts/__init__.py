"""The artifact store: S3 below one destination, or a folder; who owns it; and what MLflow sees of either."""

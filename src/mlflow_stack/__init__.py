"""The wrapper around the Compose files: what `./stack` runs on the host."""

"""What the integration tests stand on: a stack of its own, and an S3 server with faults."""

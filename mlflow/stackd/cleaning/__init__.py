"""What may go, and what takes place: cleanup, orphans, audit, usage, stale runs."""

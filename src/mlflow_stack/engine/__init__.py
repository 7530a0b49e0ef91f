"""Alone starts processes, talks to Docker and reads this host."""

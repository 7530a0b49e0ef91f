#!/bin/sh
# Stops MLflow; the container, the database and the artifacts stay.
exec "$(dirname -- "$0")/stack" stop "$@"

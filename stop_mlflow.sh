#!/bin/sh
# Stops MLflow; the container, the database and the artifacts stay.
script=$0
# Through a link as well; macOS has readlink -f since 12.3.
if [ -h "$script" ]; then script=$(readlink -f -- "$script"); fi
exec "$(dirname -- "$script")/stack" stop "$@"

#!/bin/sh
# Starts MLflow: artifacts in S3, or with --disable-s3 in ./mlartifacts.
script=$0
# Through a link as well; macOS has readlink -f since 12.3.
if [ -h "$script" ]; then script=$(readlink -f -- "$script"); fi
exec "$(dirname -- "$script")/stack" start "$@"

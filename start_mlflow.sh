#!/bin/sh
# Starts MLflow: artifacts in S3, or with --disable-s3 in ./mlartifacts.
exec "$(dirname -- "$0")/stack" start "$@"

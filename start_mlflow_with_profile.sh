#!/bin/sh
# Starts MLflow with the AWS profile of .env (MLFLOW_AWS_PROFILE): S3 only.
for argument in "$@"; do
    if [ "$argument" = --disable-s3 ]; then
        echo "start_mlflow_with_profile.sh is for S3; without S3: ./start_mlflow.sh --disable-s3" >&2
        exit 2
    fi
done
script=$0
# Through a link as well; macOS has readlink -f since 12.3.
if [ -h "$script" ]; then script=$(readlink -f -- "$script"); fi
exec "$(dirname -- "$script")/stack" start "$@"

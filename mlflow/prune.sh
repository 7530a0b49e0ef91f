#!/bin/sh
# Removes what no request ever reads: test suites, and botocore's descriptions of services that an S3 profile does not need.
set -eu
site=$1
[ -d "$site/botocore/data" ]

find "$site" -type d \( -name tests -o -name test \) \( -path '*/numpy/*' -o -path '*/pandas/*' \) -prune -exec rm -rf {} +

# sts, sso, sso-oidc and signin: profiles that assume a role or log in through a browser.
for entry in "$site"/botocore/data/*/; do
    case $(basename "$entry") in
        s3 | sts | sso | sso-oidc | signin) ;;
        *) rm -rf "$entry" ;;
    esac
done
# Source maps of the UI are for MLflow's own developers.
find "$site/mlflow/server/js" -name '*.map' -delete

"""What boto3 raises, as MLflow errors: a status and one sentence that names profile, bucket, key and fix."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3.exceptions
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import ErrorCode

from stackd.artifacts import s3
from stackd.settings import Settings

# boto3's own transfer errors hide the client's error behind them.
# So does MLflow's own listing, with S3's words for a sentence and 500 for most of its codes.
HIDING = (boto3.exceptions.Boto3Error, MlflowException)


@contextmanager
def faults(settings: Settings, bucket: str, key: str, action: str) -> Iterator[None]:
    """Turn an error of S3 raised inside into one that a client can read.

    ``action`` is the IAM action that failed when S3 says no more than "denied".

    Raises:
        MlflowException: 401 credentials, 403 denied, 404 no bucket or object, 503 unreachable or slow down, else 500.
    """
    try:
        yield
    except (*s3.RAISED, MlflowException) as error:
        cause = (error.__cause__ or error.__context__ or error) if isinstance(error, HIDING) else error
        if isinstance(cause, MlflowException):
            raise
        finding, status = s3.explain(cause, settings, bucket, key, action)
        fix = f" Fix: {'; '.join(finding.fix)}" if finding.fix else ""
        raise MlflowException(f"{finding.text} ({finding.where}).{fix}", error_code=ErrorCode.Value(status)) from error

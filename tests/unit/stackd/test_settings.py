"""The container's environment: what is read, and what is refused with the name of the variable in .env."""

import pytest

from stackd.settings import SettingsError, from_environment

S3 = {
    "STACK_MODE": "s3",
    "STACK_ARTIFACTS_DESTINATION": "s3://basketworld/mlflow-artifacts/",
    "AWS_PROFILE": "basketworld",
    "STACK_PUBLISHED": "127.0.0.1:5000",
    "STACK_WORKERS": "2",
    "STACK_KEEP_COPIES": "5",
}


def test_s3_mode_is_read_whole() -> None:
    read = from_environment(
        {**S3, "STACK_EXTRA_HOSTS": "ml.lan, box:8443", "STACK_S3_READABLE": "s3://old/a/,s3://old/b"}
    )
    assert (read.bucket, read.prefix) == ("basketworld", "mlflow-artifacts")
    assert read.extra_hosts == ("ml.lan", "box:8443")
    assert read.readable == ("s3://old/a", "s3://old/b")
    assert (read.published_host, read.published_port) == ("127.0.0.1", 5000)
    assert not read.open_to_network
    assert not read.basic_auth


def test_a_destination_may_be_a_whole_bucket() -> None:
    read = from_environment({**S3, "STACK_ARTIFACTS_DESTINATION": "s3://basketworld"})
    assert (read.bucket, read.prefix) == ("basketworld", "")


@pytest.mark.parametrize(
    ("name", "value", "variable"),
    [
        ("STACK_ARTIFACTS_DESTINATION", "basketworld/mlflow-artifacts", "MLFLOW_S3_URI"),
        ("STACK_ARTIFACTS_DESTINATION", "s3://", "MLFLOW_S3_URI"),
        ("STACK_PUBLISHED", "127.0.0.1:70000", "MLFLOW_PORT"),
        ("STACK_PUBLISHED", "127.0.0.1:abc", "MLFLOW_PORT"),
        ("STACK_WORKERS", "0", "MLFLOW_SERVER_WORKERS"),
        ("STACK_KEEP_COPIES", "many", "MLFLOW_KEEP_COPIES"),
        ("STACK_AUTH", "ldap", "MLFLOW_AUTH"),
        ("STACK_S3_READABLE", "gs://old", "MLFLOW_S3_READABLE"),
        ("STACK_MODE", "", "STACK_MODE"),
    ],
)
def test_a_wrong_value_is_named_as_the_user_wrote_it(name: str, value: str, variable: str) -> None:
    with pytest.raises(SettingsError) as caught:
        from_environment({**S3, name: value})
    assert caught.value.variable == variable
    assert caught.value.allowed

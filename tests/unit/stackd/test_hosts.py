"""Host headers and origins that are answered."""

from dataclasses import replace

from stackd.serve.app import allowed_hosts, allowed_origins
from stackd.settings import from_environment
from unit.stackd.test_settings import S3

CONFIG = replace(from_environment(S3), extra_hosts=("ml.lan", "box.lan:8443"))


def test_hosts() -> None:
    assert allowed_hosts(CONFIG) == [
        "localhost", "localhost:*", "127.0.0.1", "127.0.0.1:*", "[::1]", "[[]::1]:*", "mlflow", "mlflow:*",
        "ml.lan", "ml.lan:*", "box.lan:8443",
    ]  # fmt: skip


def test_origins() -> None:
    assert allowed_origins(CONFIG) == [
        "http://mlflow", "http://mlflow:5000", "https://mlflow", "https://mlflow:5000",
        "http://ml.lan", "http://ml.lan:5000", "https://ml.lan", "https://ml.lan:5000",
        "http://box.lan:8443", "https://box.lan:8443",
    ]  # fmt: skip

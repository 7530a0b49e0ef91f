"""What holds for every test: the tester's own AWS and MLflow settings shape nothing."""

from __future__ import annotations

import os

import pytest

FOREIGN = ("AWS_", "MLFLOW_", "COMPOSE_")
NOTHING_OF_AWS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """What is shown and kept in the repository is written anew on demand."""
    parser.addoption("--write-golden", action="store_true", help="write tests/unit/mlflow_stack/golden anew")
    parser.addoption("--pictures", action="store_true", help="test_browser.py takes docs/pictures anew")


def pytest_configure(config: pytest.Config) -> None:
    """Take them out once, before anything is imported or started."""
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    os.environ.update(NOTHING_OF_AWS)

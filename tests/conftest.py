"""What holds for every test: the tester's own AWS and MLflow settings shape nothing, and Ctrl-C interrupts."""

from __future__ import annotations

import os

import pytest

from support.signals import interrupt_on_ctrl_c

FOREIGN = ("AWS_", "MLFLOW_", "COMPOSE_")
NOTHING_OF_AWS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options that write what is kept in the repository."""
    parser.addoption("--write-golden", action="store_true", help="write the files in tests/unit/mlflow_stack/golden")
    parser.addoption("--pictures", action="store_true", help="test_browser.py takes the pictures in docs/pictures")


def pytest_configure(config: pytest.Config) -> None:
    """Once, before anything is imported or started."""
    interrupt_on_ctrl_c()
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    os.environ.update(NOTHING_OF_AWS)

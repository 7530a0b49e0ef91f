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
LONG = "long: a test of its own that takes half a minute: it begins early, so that no worker waits for it at the end"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options that write what is kept in the repository."""
    parser.addoption("--write-golden", action="store_true", help="write the files in tests/unit/mlflow_stack/golden")
    parser.addoption("--pictures", action="store_true", help="test_browser.py takes the pictures in docs/pictures")


def pytest_configure(config: pytest.Config) -> None:
    """Once, before anything is imported or started."""
    config.addinivalue_line("markers", LONG)
    interrupt_on_ctrl_c()
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    os.environ.update(NOTHING_OF_AWS)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """For `--dist=loadgroup`: tests of a module that share something stay together, any other test is alone."""
    for item in items:
        if shares(item):
            item.add_marker(pytest.mark.xdist_group(f"{item.path.parent.name}/{item.path.stem}"))
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def shares(item: pytest.Item) -> bool:
    """Whether a test uses a fixture that lives longer than it and shorter than the session; unit tests always do."""
    if not isinstance(item, pytest.Function) or "integration" not in item.path.parts:
        return True
    fixtures = item._fixtureinfo.name2fixturedefs.values()
    return any(each.scope in ("module", "class", "package") for found in fixtures for each in found[-1:])

"""Extra files may add and not change; Compose's refusals name the variable."""

from __future__ import annotations

import copy

import pytest

from mlflow_stack.findings import Finding
from mlflow_stack.stack import changes, refusal

DECODING = "decoding failed due to the following error(s):\n\n"


def test_adding_is_no_change(settings) -> None:
    own = settings("s3").config
    more = copy.deepcopy(dict(own))
    more["services"]["tool"] = {"image": "x"}
    more["volumes"]["tool"] = {"name": "tool"}
    assert changes(own, more) == []


def test_what_is_the_stacks_own(settings) -> None:
    own = settings("s3").config
    other = copy.deepcopy(dict(own))
    other["name"] = "else"
    other["services"]["mlflow"]["environment"]["STACK_AUTH"] = "none"
    other["volumes"]["data"]["external"] = True
    other["secrets"]["ca_bundle"]["file"] = "/etc/passwd"
    del other["networks"]["default"]
    assert changes(own, other) == ["name", "services.mlflow", "volumes.data", "networks.default", "secrets.ca_bundle"]


@pytest.mark.parametrize(
    ("said", "finding"),
    [
        (
            f"{DECODING}error decoding 'services[mlflow].mem_limit': invalid size: 'lots'\n",
            Finding(
                "settings.value",
                "error",
                "MLFLOW_MEMORY=lots is not allowed: 512m or more",
                "MLFLOW_MEMORY",
                ("MLFLOW_MEMORY=4g",),
            ),
        ),
        (
            'time="now" level=warning msg="x"\nfailed to read .env: line 2: unexpected character\n',
            Finding(
                "settings.compose",
                "error",
                "Compose refuses the settings: failed to read .env: line 2: unexpected character",
                ".env",
            ),
        ),
    ],
)
def test_refusals_of_compose(said: str, finding: Finding) -> None:
    error = refusal(said)
    assert (error.exit_code, error.findings) == (2, [finding])

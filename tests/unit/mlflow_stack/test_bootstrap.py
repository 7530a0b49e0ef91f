"""The pure parts of bootstrap."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlflow_stack.bootstrap import ca_bundle, mirror_of, registry_unreachable, with_lines
from mlflow_stack.outcome import Outcome

POLICY = """Package files:
 100 /var/lib/dpkg/status
     release a=now
 500 https://packages.example/node nodistro/main amd64 Packages
     release o=. nodistro,a=nodistro,n=nodistro,l=. nodistro,c=main,b=amd64
     origin packages.example
 500 http://mirror.example/debian-security bookworm-security/main amd64 Packages
     release v=12,o=Debian,a=oldstable-security,n=bookworm-security,l=Debian-Security,c=main,b=amd64
 500 http://mirror.example/debian bookworm-updates/main amd64 Packages
     release v=12-updates,o=Debian,a=oldstable-updates,n=bookworm-updates,l=Debian,c=main,b=amd64
 500 http://mirror.example/debian bookworm/main amd64 Packages
     release v=12.15,o=Debian,a=oldstable,n=bookworm,l=Debian,c=main,b=amd64
Pinned packages:
"""


def test_the_mirror_of_the_main_archive() -> None:
    assert mirror_of(POLICY) == "http://mirror.example/debian"


def test_no_mirror_on_another_system() -> None:
    ubuntu = POLICY.replace("o=Debian", "o=Ubuntu").replace("l=Debian", "l=Ubuntu")
    assert mirror_of(ubuntu) is None
    assert mirror_of("") is None


@pytest.mark.parametrize(
    ("said", "unreachable"),
    [
        (
            'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
            True,
        ),
        (
            "net/http: request canceled (Client.Timeout exceeded while awaiting headers)",
            True,
        ),
        ('Get "https://registry-1.docker.io/v2/": x509: certificate signed by unknown authority', True),
        ("no end after 600 s", True),
        ("manifest for python:9.99 not found: manifest unknown", False),
        ("toomanyrequests: You have reached your pull rate limit", False),
        ("pull access denied for nobody/nothing, repository does not exist", False),
    ],
)
def test_what_the_network_is_to_blame_for(said: str, unreachable: bool) -> None:
    assert registry_unreachable(Outcome(("docker", "pull", "x"), 1, "", said, 1.0)) is unreachable


def test_the_bundle_that_pip_trusts(tmp_path: Path) -> None:
    one, two = tmp_path / "one.pem", tmp_path / "two.pem"
    one.touch()
    two.touch()
    assert ca_bundle({}, "") is None
    assert ca_bundle({"SSL_CERT_FILE": str(two)}, "") == two
    assert ca_bundle({"SSL_CERT_FILE": str(two)}, str(one)) == one
    assert ca_bundle({"PIP_CERT": str(two), "SSL_CERT_FILE": str(one)}, str(one)) == two
    assert ca_bundle({"PIP_CERT": "/gone.pem"}, "") is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "PYTHON_IMAGE=new\n"),
        ("# mine\nMLFLOW_PORT=5001", "# mine\nMLFLOW_PORT=5001\nPYTHON_IMAGE=new\n"),
        ("PYTHON_IMAGE=old\nA=1\n", "A=1\nPYTHON_IMAGE=new\n"),
        (
            "export PYTHON_IMAGE = old\n# PYTHON_IMAGE=kept\nMY_PYTHON_IMAGE=kept\n",
            "# PYTHON_IMAGE=kept\nMY_PYTHON_IMAGE=kept\nPYTHON_IMAGE=new\n",
        ),
    ],
)
def test_env_keeps_what_is_not_ours(before: str, after: str) -> None:
    assert with_lines(before, {"PYTHON_IMAGE": "new"}) == after

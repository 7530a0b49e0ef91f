"""What bootstrap does on a host that lacks something, and that it does nothing on one that does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlflow_stack.bootstrap import (
    CA_VARIABLES,
    OWN_BASE,
    bootstrap,
    ca_bundle,
    ensure_base,
    ensure_plugins,
    mirror_of,
    registry_unreachable,
    with_lines,
)
from mlflow_stack.errors import CommandFailed, PreflightFailed
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


PULL = "docker pull python:3.13.9-slim-trixie"
NO_NETWORK = Outcome((), 1, "", "dial tcp: lookup registry-1.docker.io: no such host", 0.1)


@pytest.fixture
def debian(bench, monkeypatch: pytest.MonkeyPatch):
    """A Debian where mmdebstrap is installed and pip was told nothing."""
    monkeypatch.setattr("mlflow_stack.bootstrap.KEYRING", bench.stack.root / "mlflow")
    monkeypatch.setattr("mlflow_stack.bootstrap.SYSTEM_BUNDLE", bench.stack.root / "mlflow")
    monkeypatch.setattr("mlflow_stack.bootstrap.shutil.which", lambda name: f"/usr/bin/{name}")
    for variable in CA_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    bench.runner.answers["apt-cache policy"] = POLICY
    return bench


def base(bench) -> tuple[str, ...]:
    return ensure_base(bench.stack, bench.stack.settings("local"))


def test_a_registry_in_reach_is_all_that_is_needed(debian) -> None:
    assert (base(debian), debian.runner.ran) == ((), [PULL])
    assert not (debian.stack.root / ".env").exists()


def test_nothing_is_done_where_nothing_is_missing(debian) -> None:
    debian.engine.images["python:3.13.9-slim-trixie"] = debian.engine.images["mlflow-stack/server:3.17.2"]
    done = bootstrap(debian.stack, disable_s3=True)
    assert (debian.runner.ran, done.written, done.exit_code) == ([], (), 0)
    assert [each.text for each in done.findings] == ["Compose and Buildx are there", "The base image is there"]


def test_without_a_registry_a_base_is_made_and_env_says_so(debian) -> None:
    debian.runner.answers["docker pull"] = NO_NETWORK
    (debian.stack.root / ".env").write_text("MLFLOW_PORT=5001\n")
    written = (f"PYTHON_IMAGE={OWN_BASE}", f"BUILD_CA_BUNDLE={debian.stack.root}/mlflow")
    assert base(debian) == written
    assert [line.split()[0:2] for line in debian.runner.ran] == [
        ["docker", "pull"],
        ["mmdebstrap", "--variant=minbase"],
        ["docker", "import"],
    ]
    assert debian.runner.ran[1].endswith(" http://mirror.example/debian")
    assert (debian.stack.root / ".env").read_text() == "MLFLOW_PORT=5001\n" + "\n".join(written) + "\n"


def test_a_base_made_before_is_used_again(debian) -> None:
    debian.runner.answers["docker pull"] = NO_NETWORK
    debian.engine.images[OWN_BASE] = debian.engine.images["mlflow-stack/server:3.17.2"]
    base(debian)
    assert debian.runner.ran == [PULL]


def test_a_name_that_no_registry_has_is_the_users_mistake(debian) -> None:
    debian.runner.answers["docker pull"] = Outcome((), 1, "", "manifest unknown", 0.1)
    with pytest.raises(CommandFailed):
        base(debian)
    assert debian.runner.ran == [PULL]


def test_another_system_is_told_what_to_install(debian) -> None:
    debian.runner.answers["docker pull"] = NO_NETWORK
    debian.runner.answers["apt-cache policy"] = Outcome((), 127, "", "apt-cache: command not found", 0.0)
    with pytest.raises(PreflightFailed) as refused:
        base(debian)
    assert (refused.value.exit_code, [each.id for each in refused.value.findings]) == (3, ["docker.bootstrap"])
    assert debian.runner.ran == [PULL]


def test_an_own_bundle_of_pip_is_handed_to_the_build(debian, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = debian.stack.root / "own.pem"
    bundle.touch()
    monkeypatch.setenv("PIP_CERT", str(bundle))
    assert base(debian) == (f"BUILD_CA_BUNDLE={bundle}",)


@pytest.mark.parametrize(
    ("compose", "buildx", "packages"),
    [
        ("2.24.4", "v0.13.1", []),
        ("2.20.0", "v0.13.1", ["docker-compose"]),
        ("", "", ["docker-compose", "docker-buildx"]),
    ],
)
def test_plugins_that_are_missing_or_old(
    debian, monkeypatch: pytest.MonkeyPatch, compose: str, buildx: str, packages: list[str]
) -> None:
    root = debian.stack.root
    debian.runner.answers["compose version"] = compose or Outcome((), 1, "", "not a docker command", 0.0)
    debian.runner.answers["buildx version"] = buildx or Outcome((), 1, "", "not a docker command", 0.0)
    monkeypatch.setenv("DOCKER_CONFIG", str(root / "config"))

    def unpack(stack: object, mirror: str, wanted: list[str], scratch: Path) -> None:
        assert mirror == "http://mirror.example/debian"
        for package in wanted:
            plugin = scratch / "root/usr/libexec/docker/cli-plugins" / package
            plugin.parent.mkdir(parents=True, exist_ok=True)
            plugin.write_text(package)

    monkeypatch.setattr("mlflow_stack.bootstrap._unpack", unpack)
    assert list(ensure_plugins(debian.stack)) == packages
    made = sorted((root / "config/cli-plugins").glob("*")) if packages else []
    assert [path.name for path in made] == sorted(packages)
    assert all(path.stat().st_mode & 0o777 == 0o755 for path in made)

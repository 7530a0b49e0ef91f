"""What scripts/bootstrap.sh does on a host that lacks something, and that it does nothing on one that does not.

Docker, apt and mmdebstrap are small scripts on a PATH of the test's own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from support.own_path import OwnPath

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/bootstrap.sh"
BASE = "python:3.13.9-slim-trixie"
OWN_BASE = "mlflow-stack/python:3.13-trixie"
PLUGINS_THERE = "Compose and Buildx are there"
BASE_THERE = "The base image is there"
NO_NETWORK = 'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host'
POLICY = """Package files:
 100 /var/lib/dpkg/status
     release a=now
 500 https://packages.example/node nodistro/main amd64 Packages
     release o=. nodistro,a=nodistro,n=nodistro,l=. nodistro,c=main,b=amd64
     origin packages.example
 500 http://other.example/debian bookworm/contrib amd64 Packages
     release v=12.15,o=Debian,a=oldstable,n=bookworm,l=Debian,c=contrib,b=amd64
 500 http://security.example/debian bookworm-security/main amd64 Packages
     release v=12,o=Debian,a=oldstable-security,n=bookworm-security,l=Debian-Security,c=main,b=amd64
 500 http://ports.example/debian sid/main amd64 Packages
     release o=Debian,a=unstable,n=sid,l=Debian Ports,c=main,b=amd64
 500 http://vendor.example/debian bookworm/main amd64 Packages
     release o=Vendor,a=oldstable,n=bookworm,l=Debian,c=main,b=amd64
 500 http://updates.example/debian bookworm-updates/main amd64 Packages
     release v=12-updates,o=Debian,a=oldstable-updates,n=bookworm-updates,l=Debian,c=main,b=amd64
 500 http://mirror.example/debian bookworm/main amd64 Packages
     release v=12.15,o=Debian,a=oldstable,n=bookworm,l=Debian,c=main,b=amd64
Pinned packages:
"""
CONFIG = f"""name: mlflow-stack
services:
  mlflow:
    build:
      args:
        PYTHON_IMAGE: {BASE}
      secrets:
        - source: ca_bundle
secrets:
  admin_password:
    name: mlflow-stack_admin_password
    file: /dev/null
  ca_bundle:
    name: mlflow-stack_ca_bundle
    file: /dev/null
"""
DOCKER = """
plugin() { cat "$DOCKER_CONFIG/cli-plugins/docker-$1" 2>/dev/null || cat "$STATE/$1"; }
case "$*" in
    'compose version --short') plugin compose ;;
    'buildx version') plugin buildx ;;
    'compose -f docker-compose.yml config') cat "$STATE/config" || { echo 'MLFLOW_PORT is no port' >&2; exit 15; } ;;
    'version '*) cat "$STATE/engine" || { echo 'Cannot connect to the Docker daemon' >&2; exit 1; } ;;
    'image inspect '*) grep -qxF -e "$3" "$STATE/images" ;;
    'pull '*) if [ -s "$STATE/pull" ]; then cat "$STATE/pull" >&2; exit 1; fi; echo 'Status: Downloaded' ;;
    'import '*) shift $(($# - 1)); echo "$1" >>"$STATE/images" ;;
esac
"""
APT_GET = """
while [ "$1" = -o ]; do
    case $2 in Dir::Etc::SourceList=*) cp "${2#*=}" "$STATE/sources" ;; esac
    shift 2
done
if [ -e "$STATE/apt-fails" ]; then echo 'E: The mirror is gone' >&2; exit 100; fi
if [ "$1" = download ]; then shift; touch $(for each; do echo "$each.deb"; done); fi
if [ "$1" = install ]; then cp "$STATE/mmdebstrap" "$PATH/mmdebstrap"; fi
"""
DPKG = """
name=${2##*/}
mkdir -p "$3/usr/libexec/docker/cli-plugins"
cat "$STATE/packaged" >"$3/usr/libexec/docker/cli-plugins/${name%.deb}"
"""


@dataclass
class Host:
    """A Debian with Docker, Compose, Buildx and mmdebstrap, whose engine has no image."""

    root: Path
    state: Path
    path: OwnPath
    config: Path
    environment: dict[str, str] = field(default_factory=dict)
    said: str = ""

    def write(self, name: str, text: str | None) -> None:
        if text is None:
            (self.state / name).unlink()
        else:
            (self.state / name).write_text(text)

    def bootstrap(self, *args: str) -> tuple[int, list[dict[str, Any]]]:
        """Exit code and events."""
        done = subprocess.run(
            [self.root / "scripts/bootstrap.sh", *args],
            cwd=self.state,
            env={"PATH": str(self.path.folder), "STATE": str(self.state), "DOCKER_CONFIG": str(self.config)}
            | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        self.said = done.stderr
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    def texts(self, *args: str) -> tuple[list[str], list[str]]:
        """The findings' texts and what was written, of a run that is to succeed."""
        code, events = self.bootstrap(*args)
        assert (code, events[-1]["event"], events[-1]["ok"]) == (0, "result", True), self.said
        return [each["text"] for each in events[:-1]], events[-1]["written"]

    def refusal(self, *args: str) -> dict[str, Any]:
        """The one error of a run that is to fail."""
        code, events = self.bootstrap(*args)
        assert (code, events[-1]) == (1, {"event": "result", "ok": False, "written": []}), self.said
        found = [each for each in events[:-1] if each["level"] == "error"]
        assert [each["id"] for each in found] == ["docker.bootstrap"]
        return found[0]

    def acted(self) -> list[str]:
        """The first two words of every command that was echoed."""
        return [" ".join(line.split()[1:3]) for line in self.said.splitlines() if line.startswith("$ ")]

    @property
    def env(self) -> Path:
        return self.root / ".env"


@pytest.fixture
def host(tmp_path: Path) -> Host:
    root, state = tmp_path / "a 'checkout'", tmp_path / "state"
    for folder in (root / "scripts", state):
        folder.mkdir(parents=True)
    text = SCRIPT.read_text()
    for name in ("/usr/share/keyrings/debian-archive-keyring.gpg", "/etc/ssl/certs/ca-certificates.crt"):
        assert text.count(name) == 1
        text = text.replace(name, f"{tmp_path}/{Path(name).name}")
        (tmp_path / Path(name).name).touch()
    (root / "scripts/bootstrap.sh").write_text(text)
    (root / "scripts/bootstrap.sh").chmod(0o755)
    path = OwnPath(tmp_path / "bin")
    path.fake("docker", DOCKER)
    path.fake("apt-get", APT_GET)
    path.fake("dpkg", DPKG)
    path.fake("mmdebstrap")
    path.fake("apt-cache", 'cat "$STATE/policy"')
    path.fake("python3", 'cat "$STATE/pip-cert" 2>/dev/null')
    host = Host(root, state, path, tmp_path / "docker config")
    files = {"compose": "2.24.4\n", "buildx": "github.com/docker/buildx v0.13.1 x\n", "config": CONFIG, "images": ""}
    files |= {"engine": "28.0\n", "pull": "", "policy": POLICY, "packaged": "v2.26.1\n"}
    for name, content in files.items():
        host.write(name, content)
    return host


def system_bundle(host: Host) -> str:
    return str(host.state.parent / "ca-certificates.crt")


def test_nothing_is_done_where_nothing_is_missing(host: Host) -> None:
    host.write("images", BASE)
    code, events = host.bootstrap(BASE, "/dev/null")
    finding = {"event": "finding", "level": "ok", "where": "", "fix": []}
    assert (code, events) == (
        0,
        [
            finding | {"id": "bootstrap.plugins", "text": PLUGINS_THERE},
            finding | {"id": "bootstrap.base", "text": BASE_THERE, "where": BASE},
            {"event": "result", "ok": True, "written": []},
        ],
    )
    assert (host.said, host.env.exists(), host.path.called("apt"), host.path.called("mm")) == ("", False, [], [])
    assert not [line for line in host.path.called("docker compose") if " config" in line]


def test_by_hand_the_values_in_force_are_those_of_compose(host: Host) -> None:
    host.write("images", "own:1")
    host.write(
        "config", CONFIG.replace(BASE, '"own:1"').replace("bundle\n    file: /dev/null", "bundle\n    file: /a.pem")
    )
    (host.state / "cert.pem").touch()
    host.environment["PIP_CERT"] = str(host.state / "cert.pem")
    assert host.texts() == ([PLUGINS_THERE, BASE_THERE], [])
    assert not host.env.exists(), "a bundle is in force"


def test_settings_that_compose_refuses(host: Host) -> None:
    host.write("config", None)
    refused = host.refusal()
    assert refused["text"].endswith("MLFLOW_PORT is no port")
    assert refused["fix"] == ["docker compose config"]


def test_a_registry_in_reach_is_all_that_is_needed(host: Host) -> None:
    assert host.texts(BASE, "/dev/null")[1] == []
    assert host.path.called("docker pull") == [f"docker pull {BASE}"]
    assert f"docker pull {BASE}\nStatus: Downloaded\n" in host.said
    assert not host.env.exists()


def test_without_a_registry_a_base_is_made_and_env_says_so(host: Host) -> None:
    host.write("pull", NO_NETWORK)
    host.env.write_text("MLFLOW_PORT=5001\n")
    written = [f"PYTHON_IMAGE={OWN_BASE}", f"BUILD_CA_BUNDLE={system_bundle(host)}"]
    assert host.texts(BASE, "/dev/null") == (
        [PLUGINS_THERE, "The base image was made from Debian packages"],
        written,
    )
    assert host.acted() == ["docker pull", "mmdebstrap --variant=minbase", "docker import"]
    (made,) = host.path.called("mmdebstrap")
    assert "--dpkgopt=path-exclude=/usr/share/man/*" in made
    assert made.endswith("base.tar http://mirror.example/debian")
    assert host.env.read_text() == "MLFLOW_PORT=5001\n" + "\n".join(written) + "\n"
    # And with what it wrote in force, nothing is missing any more.
    assert host.texts(OWN_BASE, system_bundle(host)) == (
        [PLUGINS_THERE, BASE_THERE],
        [],
    )


def test_a_base_made_before_is_used_again(host: Host) -> None:
    host.write("pull", NO_NETWORK)
    host.write("images", OWN_BASE)
    assert host.texts(BASE, "/a.pem") == (
        [PLUGINS_THERE, BASE_THERE],
        [f"PYTHON_IMAGE={OWN_BASE}"],
    )
    assert host.acted() == ["docker pull"]


def test_the_own_base_is_not_asked_of_a_registry(host: Host) -> None:
    assert host.texts(OWN_BASE, "/a.pem")[1] == []
    assert host.acted() == ["mmdebstrap --variant=minbase", "docker import"]


@pytest.mark.parametrize(
    "said",
    [
        NO_NETWORK,
        "net/http: request canceled (Client.Timeout exceeded while awaiting headers)",
        'Get "https://registry-1.docker.io/v2/": x509: certificate signed by unknown authority',
    ],
)
def test_the_network_is_to_blame(host: Host, said: str) -> None:
    host.write("pull", said)
    assert host.texts(BASE, "/a.pem")[1] == [f"PYTHON_IMAGE={OWN_BASE}"]


def test_a_pull_that_never_ends_is_the_networks_fault(host: Host) -> None:
    host.path.fake("timeout", '[ "$3" = true ] || exit 124')
    assert host.texts(BASE, "/a.pem")[1] == [f"PYTHON_IMAGE={OWN_BASE}"]
    assert f"timeout --foreground 600 docker pull {BASE}" in host.path.called("timeout")


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("manifest for python:9 not found: manifest unknown", "No registry has the image python:9, which"),
        ("pull access denied for x, repository does not exist", "No registry has the image python:9, which"),
        ("toomanyrequests: You have reached your pull rate limit", "could not be pulled: toomanyrequests"),
    ],
)
def test_another_reason_is_told_and_no_base_is_made(host: Host, said: str, text: str) -> None:
    host.write("pull", said)
    refused = host.refusal("python:9", "/dev/null")
    assert text in refused["text"]
    assert (refused["where"], refused["fix"]) == ("PYTHON_IMAGE", ["docker pull python:9"])
    assert (host.acted(), host.env.exists()) == (["docker pull"], False)


@pytest.mark.parametrize(
    ("policy", "keyring"), [(POLICY.replace("=Debian", "=Ubuntu"), True), ("", True), (POLICY, False)]
)
def test_another_system_is_told_what_to_do_by_hand(host: Host, policy: str, keyring: bool) -> None:
    host.write("pull", NO_NETWORK)
    host.write("policy", policy)
    if not keyring:
        (host.state.parent / "debian-archive-keyring.gpg").unlink()
    refused = host.refusal(BASE, "/dev/null")
    assert [line.split("  #")[0] for line in refused["fix"]] == [
        f"docker pull {BASE} && docker save --output python.tar {BASE}",
        "docker load --input python.tar",
    ]
    assert host.acted() == ["docker pull"]


def test_mmdebstrap_is_installed_by_root_alone(host: Host) -> None:
    host.write("pull", NO_NETWORK)
    (host.path.folder / "mmdebstrap").rename(host.state / "mmdebstrap")
    host.path.fake("id", "echo 1000")
    assert host.refusal(BASE, "/a.pem")["fix"] == ["sudo apt-get install mmdebstrap"]
    host.path.fake("id", "echo 0")
    assert host.texts(BASE, "/a.pem")[0][1] == "The base image was made from Debian packages"
    assert host.acted()[1:] == ["apt-get update", "apt-get install", "mmdebstrap --variant=minbase", "docker import"]


@pytest.mark.parametrize(
    ("variables", "pip", "expected"),
    [
        ([], "", None),
        (["SSL_CERT_FILE"], "", "SSL_CERT_FILE"),
        (["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"], "", "REQUESTS_CA_BUNDLE"),
        (["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"], "pip", "pip"),
        (["SSL_CERT_FILE", "PIP_CERT"], "pip", "PIP_CERT"),
        ([], "gone", None),
    ],
)
def test_the_bundle_that_pip_trusts_is_handed_to_the_build(
    host: Host, variables: list[str], pip: str, expected: str | None
) -> None:
    host.write("images", BASE)
    for name in [*variables, "pip"]:
        (host.state / f"{name}.pem").touch()
    host.environment |= {name: str(host.state / f"{name}.pem") for name in variables}
    host.write("pip-cert", f"{host.state}/{pip}.pem\n" if pip else "")
    assert host.texts(BASE, "/dev/null")[1] == ([f"BUILD_CA_BUNDLE={host.state}/{expected}.pem"] if expected else [])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "PYTHON_IMAGE=new\n"),
        ("", "PYTHON_IMAGE=new\n"),
        ("# mine\nMLFLOW_PORT=5001", "# mine\nMLFLOW_PORT=5001\nPYTHON_IMAGE=new\n"),
        ("PYTHON_IMAGE=old\nA=1\n", "A=1\nPYTHON_IMAGE=new\n"),
        (
            "export PYTHON_IMAGE = old\n# PYTHON_IMAGE=kept\nMY_PYTHON_IMAGE=kept\n",
            "# PYTHON_IMAGE=kept\nMY_PYTHON_IMAGE=kept\nPYTHON_IMAGE=new\n",
        ),
    ],
)
def test_env_keeps_what_is_not_ours(host: Host, before: str | None, after: str) -> None:
    host.write("pull", NO_NETWORK)
    if before is not None:
        host.env.write_text(before)
    host.bootstrap(BASE, "/a.pem")
    assert host.env.read_text() == after.replace("new", OWN_BASE)
    assert sorted(path.name for path in host.root.iterdir()) == [".env", "scripts"]


def test_env_that_is_a_link_stays_one_and_keeps_its_mode(host: Host) -> None:
    host.write("pull", NO_NETWORK)
    real = host.state / "real.env"
    real.write_text("A=1\n")
    real.chmod(0o600)
    (host.root / "second").symlink_to(real)
    host.env.symlink_to("second")
    host.bootstrap(BASE, "/a.pem")
    assert (host.env.is_symlink(), real.read_text()) == (True, f"A=1\nPYTHON_IMAGE={OWN_BASE}\n")
    assert real.stat().st_mode & 0o777 == 0o600


def test_a_bundle_with_a_blank_is_quoted_in_env(host: Host) -> None:
    host.write("images", BASE)
    bundle = host.state / "my $HOME #1.pem"
    bundle.touch()
    host.environment["PIP_CERT"] = str(bundle)
    assert host.texts(BASE, "")[1] == [f"BUILD_CA_BUNDLE={bundle}"]
    assert host.env.read_text() == f"BUILD_CA_BUNDLE='{bundle}'\n"


@pytest.mark.parametrize(
    ("compose", "buildx", "packages"),
    [
        ("v2.24.4-desktop.1", "v0.8", []),
        ("2.30.0", "v1.0.0", []),
        ("2.24.3", "v0.13.1", ["docker-compose"]),
        ("2.9.9", "v0.13.1", ["docker-compose"]),
        ("2.24.4", "v0.7.9", ["docker-buildx"]),
        (None, None, ["docker-compose", "docker-buildx"]),
    ],
)
def test_plugins_that_are_missing_or_old(
    host: Host, compose: str | None, buildx: str | None, packages: list[str]
) -> None:
    host.write("images", BASE)
    host.write("compose", compose)
    host.write("buildx", buildx)
    plugins = host.config / "cli-plugins"
    names = " and ".join(packages)
    assert host.texts()[0][0] == (f"Installed {names} from Debian 13" if packages else PLUGINS_THERE)
    assert sorted(path.name for path in plugins.glob("*")) == sorted(packages)
    assert all(path.stat().st_mode & 0o777 == 0o755 for path in plugins.glob("*"))
    if packages:
        keyring = host.state.parent / "debian-archive-keyring.gpg"
        assert (host.state / "sources").read_text() == (
            f"deb [signed-by={keyring}] http://mirror.example/debian trixie main\n"
        )
        assert all("Dir::State::Lists=" in line for line in host.path.called("apt-get"))
        assert host.texts()[0][0] == PLUGINS_THERE


def test_the_users_plugin_folder_without_home_is_that_of_the_passwd_entry(host: Host) -> None:
    home = host.state / "home"
    host.path.fake("getent", f'echo "ada:x:1000:1000::{home}:/bin/sh"')
    host.environment["DOCKER_CONFIG"] = ""
    host.write("compose", None)
    assert host.bootstrap(BASE, "")[0] == 1, "the fake engine looks into DOCKER_CONFIG"
    assert (home / ".docker/cli-plugins/docker-compose").is_file()


def test_plugins_that_docker_does_not_use(host: Host) -> None:
    host.write("compose", None)
    host.write("packaged", "2.20.0\n")
    refused = host.refusal()
    assert refused["text"] == "Docker does not use the plugins that were installed: docker-compose"
    assert refused["where"] == str(host.config / "cli-plugins")


@pytest.mark.parametrize(
    ("manager", "fix"),
    [
        ("apt-get", "sudo apt-get install docker-compose-plugin docker-buildx-plugin"),
        ("dnf", "sudo dnf install docker-compose-plugin docker-buildx-plugin"),
        ("zypper", "sudo zypper install docker-compose docker-buildx"),
        ("pacman", "sudo pacman -S docker-compose docker-buildx"),
        ("apk", "sudo apk add docker-cli-compose docker-cli-buildx"),
        ("none", ""),
    ],
)
def test_plugins_on_another_system(host: Host, manager: str, fix: str) -> None:
    host.write("compose", None)
    for name in ("apt-get", "apt-cache"):
        (host.path.folder / name).unlink()
    host.path.fake(manager)
    page = "https://docs.docker.com/compose/install/linux/"
    assert host.refusal()["fix"] == [*([fix] if fix else []), page]


def test_without_docker_or_its_engine(host: Host) -> None:
    host.write("engine", None)
    assert host.refusal()["text"] == "The Docker engine does not answer: Cannot connect to the Docker daemon"
    (host.path.folder / "docker").unlink()
    assert host.refusal()["fix"] == ["https://docs.docker.com/engine/install/"]


def test_a_command_that_fails_is_told_with_its_last_line(host: Host) -> None:
    host.write("compose", None)
    host.write("apt-fails", "")
    refused = host.refusal()
    assert refused["text"] == "apt-get failed with exit code 100: E: The mirror is gone"
    assert refused["fix"] == ["./stack bootstrap"]


def test_a_stop_that_nobody_foresaw_is_a_result_as_well(host: Host) -> None:
    host.write("pull", NO_NETWORK)
    host.env.mkdir()
    assert "ended with exit code" in host.refusal(BASE, "/a.pem")["text"]


def test_a_quote_in_a_name_is_valid_json(host: Host) -> None:
    host.write("pull", 'unauthorized: "x\\y"\n')
    assert host.refusal('a"b', "/dev/null")["fix"] == ["docker pull 'a\"b'"]


def test_through_a_link_and_nothing_is_left_in_the_temporary_folder(host: Host, tmp_path: Path) -> None:
    host.write("pull", NO_NETWORK)
    scratch = tmp_path / "a tmp"
    scratch.mkdir()
    host.environment["TMPDIR"] = str(scratch)
    moved = host.root / "scripts/real.sh"
    shutil.move(host.root / "scripts/bootstrap.sh", moved)
    (tmp_path / "link").symlink_to(moved)
    (host.root / "scripts/bootstrap.sh").symlink_to("../../link")
    assert host.texts(BASE, "/a.pem")[1] == [f"PYTHON_IMAGE={OWN_BASE}"]
    assert list(scratch.iterdir()) == []

"""Alone knows Debian: gets Compose, Buildx and a base image on a host that reaches no container registry. Does nothing
where nothing is missing.

The recipe uses Debian 13's packages through an apt state of its own; the host's apt sources are read by `apt-cache
policy` and never touched.
"""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlflow_stack import compose
from mlflow_stack.errors import CommandFailed, PreflightFailed
from mlflow_stack.findings import Finding
from mlflow_stack.outcome import Outcome
from mlflow_stack.preflight import COMPOSE_NEEDED, version_of
from mlflow_stack.settings import Settings
from mlflow_stack.stack import NO_FILE, Stack

SUITE = "trixie"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
OWN_REPOSITORY = "mlflow-stack/python"
OWN_BASE = f"{OWN_REPOSITORY}:3.13-trixie"
PLUGINS = {"docker-compose": "docker-compose", "docker-buildx": "docker-buildx"}
"""Debian's package → the plugin's file."""
BUILDX_NEEDED = (0, 8)
"""The first that Compose 2.24 builds with."""
PULL_TIMEOUT_S = 600.0
UNREACHABLE = re.compile(
    r"no such host|dial tcp|i/o timeout|TLS handshake timeout|connection refused|connection reset|Client\.Timeout"
    r"|deadline exceeded|network is unreachable|no route to host|proxyconnect|x509|server misbehaving|name resolution"
    r"|unexpected EOF|: EOF|no end after",
    re.IGNORECASE,
)
CA_VARIABLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
UNWANTED = ("/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*", "/usr/share/doc/*")
SLIM = (
    *(f"--dpkgopt=path-exclude={path}" for path in UNWANTED),
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    '--aptopt=Acquire::Languages "none"',
)


@dataclass(frozen=True)
class Bootstrapped:
    """What was there already and what was made; `written` are the lines that `.env` got."""

    findings: list[Finding]
    written: tuple[str, ...] = ()
    command: str = "bootstrap"
    exit_code: int = 0


def bootstrap(stack: Stack, disable_s3: bool) -> Bootstrapped:
    """Plugins, then a base image. Raises PreflightFailed with what to install by
    hand, CommandFailed (exit 4).
    """
    docker = stack.docker_findings("local")
    plugins = ensure_plugins(stack)
    found = [
        Finding(
            "bootstrap.plugins",
            "ok",
            f"Installed {' and '.join(plugins)}" if plugins else "Compose and Buildx are there",
        )
    ]
    broken = [each for each in docker if each.level == "error" and not each.id.startswith("docker.compose-")]
    if broken:
        raise PreflightFailed(broken)
    settings = stack.settings_in_force(disable_s3)
    written = ensure_base(stack, settings)
    image = dict(line.split("=", 1) for line in written).get("PYTHON_IMAGE", settings.python_image)
    return Bootstrapped([*found, Finding("bootstrap.base", "ok", "The base image is there", image)], written)


def ensure_plugins(stack: Stack) -> tuple[str, ...]:
    """Installs Compose and Buildx into the user's plugin folder where one is missing or too old; names them."""
    docker = stack.docker()
    if docker.cli is None:
        return ()
    buildx = stack.runner.query(compose.buildx_version())
    wanted = [] if version_of(docker.compose) >= COMPOSE_NEEDED else ["docker-compose"]
    if buildx.exit != 0 or version_of(buildx.out) < BUILDX_NEEDED:
        wanted.append("docker-buildx")
    if not wanted:
        return ()
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "cli-plugins"
    mirror = _debian_mirror(
        stack, f"install the Docker plugins {' and '.join(wanted)}", ("https://docs.docker.com/compose/install/linux/",)
    )
    stack.progress.step(f"Installing {' and '.join(wanted)} from Debian 13 into {folder}")
    with tempfile.TemporaryDirectory(prefix="mlflow-stack-") as scratch:
        _unpack(stack, mirror, wanted, Path(scratch))
        folder.mkdir(parents=True, exist_ok=True)
        for package in wanted:
            found = next(Path(scratch, "root").rglob(f"cli-plugins/{PLUGINS[package]}"))
            # Renamed into place: an interrupted copy would be a plugin that does not start.
            half = folder / f".{found.name}.half"
            shutil.copy2(found, half)
            half.chmod(0o755)
            half.replace(folder / found.name)
    return tuple(wanted)


def _unpack(stack: Stack, mirror: str, packages: list[str], scratch: Path) -> None:
    """Downloads by an apt with lists, cache and sources of its own; works without root."""
    for folder in ("lists/partial", "cache/archives/partial", "parts", "debs", "root"):
        (scratch / folder).mkdir(parents=True)
    (scratch / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror} {SUITE} main\n")
    own = {
        "Dir::State::Lists": scratch / "lists",
        "Dir::Cache": scratch / "cache",
        "Dir::Etc::SourceList": scratch / "sources.list",
        "Dir::Etc::SourceParts": scratch / "parts",
        "Dir::Etc::PreferencesParts": scratch / "parts",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
    }
    options = tuple(part for key, value in own.items() for part in ("-o", f"{key}={value}"))
    stack.runner.act(("apt-get", *options, "update"))
    # apt-get download writes into the working directory, and a relative one is all it can be told.
    stack.runner.act(("env", "-C", str(scratch / "debs"), "apt-get", *options, "download", *packages))
    for deb in sorted((scratch / "debs").glob("*.deb")):
        stack.runner.act(("dpkg", "-x", str(deb), str(scratch / "root")))


def on_debian(stack: Stack) -> bool:
    """Whether the recipe works here."""
    return KEYRING.exists() and mirror_of(stack.runner.query(("apt-cache", "policy")).out) is not None


def _debian_mirror(stack: Stack, purpose: str, by_hand: tuple[str, ...]) -> str:
    """This host's Debian mirror. Raises PreflightFailed on another system: then only `by_hand` helps."""
    policy = stack.runner.query(("apt-cache", "policy"))
    mirror = mirror_of(policy.out)
    if policy.exit != 0 or mirror is None or not KEYRING.exists():
        text = f"This host cannot {purpose} by itself: that works on Debian only. By hand:"
        raise PreflightFailed([Finding("docker.bootstrap", "error", text, "", by_hand)])
    return mirror


def mirror_of(policy: str) -> str | None:
    """The mirror of Debian's main archive in the output of `apt-cache policy`; not that of security, updates or other
    vendors.
    """
    address = None
    for line in policy.splitlines():
        source = re.match(r"\s*\d+ (\S+) (\S+)/main \S+ Packages", line)
        if source:
            address = source.group(1) if not re.search(r"-(security|updates|backports)", source.group(2)) else None
        elif address and re.search(r"o=Debian,.*l=Debian(,|$)", line):
            return address
    return None


def ensure_base(stack: Stack, settings: Settings) -> tuple[str, ...]:
    """Makes sure the engine has what the server's image is built on, and that pip can be reached in a build; returns
    the lines written to `.env`.
    """
    lines: dict[str, str] = {}
    if stack.engine.image(settings.python_image) is None and not _pulled(stack, settings.python_image):
        _make_base(stack)
        lines["PYTHON_IMAGE"] = OWN_BASE
    bundle = ca_bundle(
        os.environ, stack.runner.query((sys.executable, "-m", "pip", "config", "get", "global.cert")).out.strip()
    )
    own_base = lines.get("PYTHON_IMAGE", settings.python_image).startswith(OWN_REPOSITORY)
    if settings.ca_bundle in ("", NO_FILE) and (bundle or own_base):
        bundle = bundle or (SYSTEM_BUNDLE if SYSTEM_BUNDLE.exists() else None)
        lines |= {"BUILD_CA_BUNDLE": str(bundle)} if bundle else {}
    return _write_env(
        stack, {key: value for key, value in lines.items() if value != {"PYTHON_IMAGE": settings.python_image}.get(key)}
    )


def _pulled(stack: Stack, image: str) -> bool:
    """False where the engine reaches no registry. Raises CommandFailed for every other reason, such as a name that no
    registry has.
    """
    if image.startswith(OWN_REPOSITORY):
        return False
    stack.progress.step(f"Getting the base image {image}")
    try:
        stack.runner.act(compose.pull(image), PULL_TIMEOUT_S)
    except CommandFailed as error:
        if not registry_unreachable(error.outcome):
            raise
        stack.progress.step("This engine reaches no registry: a base image is made from Debian's packages")
        return False
    return True


def registry_unreachable(outcome: Outcome) -> bool:
    """Whether a failed pull is the network's fault."""
    return bool(UNREACHABLE.search(outcome.err))


def _make_base(stack: Stack) -> None:
    """Debian 13 with Python 3.13 and venv, by mmdebstrap; needs root."""
    if stack.engine.image(OWN_BASE) is not None:
        return
    by_hand = (
        "docker pull IMAGE  # Python 3.13 with venv, on a host with a registry; then docker save | docker load",
        "PYTHON_IMAGE=IMAGE",
    )
    mirror = _debian_mirror(stack, "make a base image", by_hand)
    if shutil.which("mmdebstrap") is None:
        if os.geteuid() != 0:
            text = "mmdebstrap is missing; it makes the base image where no registry is in reach"
            raise PreflightFailed(
                [Finding("docker.bootstrap", "error", text, "", ("sudo apt-get install mmdebstrap",))]
            )
        stack.runner.act(("apt-get", "update"))
        stack.runner.act(("apt-get", "install", "--yes", "--no-install-recommends", "mmdebstrap"))
    with tempfile.TemporaryDirectory(prefix="mlflow-stack-") as scratch:
        archive = str(Path(scratch) / "base.tar")
        keyring = f"--keyring={KEYRING}"
        include = "--include=python3,python3-venv,ca-certificates"
        stack.runner.act(("mmdebstrap", "--variant=minbase", include, keyring, *SLIM, SUITE, archive, mirror))
        stack.runner.act(("docker", "import", "--change", 'CMD ["python3"]', archive, OWN_BASE))


def ca_bundle(environment: Mapping[str, str], pip_cert: str) -> Path | None:
    """The certificates that pip on this host was told to trust; None where it uses its own."""
    named = [environment.get(variable, "") for variable in CA_VARIABLES]
    return next((Path(each) for each in [named[0], pip_cert, *named[1:]] if each and Path(each).is_file()), None)


def _write_env(stack: Stack, lines: Mapping[str, str]) -> tuple[str, ...]:
    path = stack.root / ".env"
    written = tuple(f"{key}={value}" for key, value in lines.items())
    if written:
        before = path.read_text() if path.exists() else ""
        half = path.with_name(".env.half")
        half.write_text(with_lines(before, lines))
        if path.exists():
            shutil.copymode(path, half)
        half.replace(path)
        stack.progress.step(f"Wrote to .env: {', '.join(written)}")
    return written


def with_lines(text: str, lines: Mapping[str, str]) -> str:
    """`.env` with these variables: a line that sets one is replaced, the others follow at the end; everything else
    stays.
    """
    kept = [
        line
        for line in text.splitlines()
        if not re.match(rf"\s*(export\s+)?({'|'.join(map(re.escape, lines))})\s*=", line)
    ]
    return "\n".join([*kept, *(f"{key}={value}" for key, value in lines.items())]) + "\n"

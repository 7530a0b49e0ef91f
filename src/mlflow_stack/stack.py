"""One checkout under one project name: what every verb is given to work with."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from mlflow_stack import host
from mlflow_stack.compose import Bind, Files, Mode, Runner, compose_version
from mlflow_stack.engine import Container, Engine, engine_state
from mlflow_stack.errors import CommandFailed, ConfigRefused, DockerUnusable, ExtraFileRedefines, NoContainer
from mlflow_stack.findings import Finding, errors_of
from mlflow_stack.inside import OnPlan, Verdict, run_inside
from mlflow_stack.preflight import judge_docker, judge_host
from mlflow_stack.progress import Progress
from mlflow_stack.rules import judge_settings, rule_of
from mlflow_stack.settings import Settings

BOUND_FOLDERS = ("mlartifacts", "backups")
NO_FILE = "/dev/null"


class Stack:
    """Reads Docker and the host when it is asked and not before; starts nothing by itself."""

    def __init__(self, root: Path, files: Files, progress: Progress) -> None:
        self.root, self.files, self.progress = root, files, progress
        self.runner = Runner(root, progress)

    @cached_property
    def engine(self) -> Engine:
        """The connection to Docker."""
        return Engine()

    def docker(self) -> host.Docker:
        """Facts about Docker, read anew."""
        state, said = engine_state()
        version = self.runner.query(compose_version())
        return host.Docker(
            cli=host.docker_cli(),
            engine=state,
            said=said,
            compose=version.out.strip() if version.exit == 0 else "",
            system=host.system(),
            package_manager=host.package_manager(),
            systemd=host.has_systemd(),
        )

    def docker_findings(self, mode: Mode) -> list[Finding]:
        """Snap's Docker is judged where a dot-folder will be bound: in S3 mode, unless AWS_DIR is elsewhere."""
        docker = self.docker()
        found = judge_docker(docker, False)
        if docker.snap and mode == "s3" and not errors_of(found):
            aws_dir = self.settings(mode).aws_dir
            return judge_docker(docker, aws_dir is not None and any(part.startswith(".") for part in aws_dir.parts))
        return found

    def need_docker(self) -> None:
        """Raises DockerUnusable, exit 3."""
        found = errors_of(judge_docker(self.docker(), False))
        if found:
            raise DockerUnusable(found)

    def settings(self, mode: Mode) -> Settings:
        """Raises ConfigRefused, and ExtraFileRedefines where an extra file changes what is the stack's own."""
        resolved = self._config(self.files, mode)
        if self.files.extra:
            changed = changes(self._config(self.files.without_extra(), mode), resolved)
            if changed:
                raise ExtraFileRedefines(self.files.extra, changed)
        return Settings(mode, resolved)

    def _config(self, files: Files, mode: Mode) -> Mapping[str, Any]:
        outcome = self.runner.query(files.config(mode))
        if outcome.exit != 0:
            raise refusal(outcome.err)
        found: Mapping[str, Any] = json.loads(outcome.out)
        return found

    def container(self, settings: Settings) -> Container | None:
        """The server's container, running or stopped."""
        return self.engine.container(settings.project)

    def running_in(self, settings: Settings) -> Mode | None:
        """The mode of the server that runs; None where none does."""
        container = self.container(settings)
        return container.mode if container is not None and container.running else None

    def mode(self, disable_s3: bool) -> Mode:
        """That of the existing container, running or stopped; without one the flag's."""
        return self.settings_in_force(disable_s3).mode

    def settings_in_force(self, disable_s3: bool) -> Settings:
        """Those of that mode. Compose is asked once where it can be: each answer takes a fifth of a second."""
        wanted: Mode = "local" if disable_s3 else "s3"
        settings = self.settings(wanted)
        # The project's name is the same in both files.
        container = self.container(settings)
        return settings if container is None or container.mode == wanted else self.settings(container.mode)

    def running_settings(self, verb: str) -> Settings:
        """Those of the running container, where it is published. Raises DockerUnusable, NoContainer."""
        self.need_docker()
        settings = self.settings("local")
        container = self.container(settings)
        if container is None:
            raise NoContainer(verb, settings.project)
        return self.settings(container.mode).running_at(container.published)

    def preflight(self, settings: Settings, container: Container | None) -> list[Finding]:
        """Settings and host, everything that is known without starting anything; healthy ones too."""
        found = judge_settings(settings)
        return [*found, *judge_host(self._host(settings, container, not errors_of(found)), settings)]

    def _host(self, settings: Settings, container: Container | None, well_formed: bool) -> host.Host:
        files = (
            ("BUILD_CA_BUNDLE", "secrets.ca_bundle.file"),
            ("MLFLOW_ADMIN_PASSWORD_FILE", "secrets.admin_password.file"),
        )
        named = [
            (variable, Path(settings.top(path))) for variable, path in files if settings.top(path) not in ("", NO_FILE)
        ]
        return host.Host(
            port=self._port(settings, container) if well_formed else None,
            aws=host.read_aws(settings.aws_dir, host.system()) if settings.aws_dir else None,
            folders=tuple(host.Folder(self.root / name, (self.root / name).is_dir()) for name in BOUND_FOLDERS),
            files=tuple((variable, host.Folder(path, path.is_file())) for variable, path in named),
            native_database=(self.root / "mlflow.db").is_file(),
            volume=self.engine.has_volume(settings.data_volume),
            system=host.system(),
        )

    def _port(self, settings: Settings, container: Container | None) -> host.Port:
        if container is not None and container.running and container.published == (settings.bind, settings.port):
            return host.Port(True, container.name, ours=True)
        port = host.read_port(settings.bind, int(settings.port))
        publisher = self.engine.publisher_of(settings.port) if port.taken else None
        return host.Port(True, f"the container {publisher}") if publisher else port

    def inside(
        self,
        mode: Mode,
        *verb: str,
        binds: Sequence[Bind] = (),
        progress: Progress | None = None,
        on_plan: OnPlan | None = None,
    ) -> Verdict:
        """A verb of the image, in a container of its own."""
        return run_inside(self.runner, self.files, mode, verb, progress or self.progress, binds, on_plan)

    def inside_or_why(self, mode: Mode, *verb: str, progress: Progress | None = None) -> Verdict:
        """The same, where a container that does not start is a thing not found out rather than the end: one `unknown`
        finding.
        """
        try:
            return self.inside(mode, *verb, progress=progress)
        except CommandFailed as error:
            said = "\n".join(finding.text for finding in error.findings)
            return Verdict(
                (
                    Finding(
                        "image.check",
                        "unknown",
                        f"`{' '.join(verb)}` did not run: {said}",
                        "",
                        (error.outcome.by_hand,),
                    ),
                )
            )


def refusal(message: str) -> ConfigRefused:
    """Compose's words, with the variable where they name a place that one fills."""
    said = " ".join(line.strip() for line in message.strip().splitlines() if not line.startswith("time="))
    place = re.search(r"services\[mlflow\]\.[\w.]+", said)
    rule = rule_of(place.group()) if place else None
    if rule is None:
        return ConfigRefused(said)
    value = re.search(r"'([^']*)'\s*$", said)
    return ConfigRefused(said, rule.variable, value.group(1) if value else "", rule.allowed, rule.example)


def changes(own: Mapping[str, Any], resolved: Mapping[str, Any]) -> list[str]:
    """Which services, volumes, networks and secrets of the stack (and its name) differ once extra files are added."""
    changed = ["name"] if own.get("name") != resolved.get("name") else []
    for section in ("services", "volumes", "networks", "secrets"):
        mine, theirs = own.get(section) or {}, resolved.get(section) or {}
        changed += [f"{section}.{name}" for name in mine if mine[name] != theirs.get(name)]
    return changed

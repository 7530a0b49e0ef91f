"""One checkout under one project name: what every verb is given to work with."""

import json
import platform
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from shlex import join
from typing import Any

from mlflow_stack.checks.aws_profile import AwsFolder, judge_aws
from mlflow_stack.checks.docker import judge_docker
from mlflow_stack.checks.host import Host, Port, judge_host, port_number
from mlflow_stack.engine import host
from mlflow_stack.engine.argv import Argv, Bind, Compose
from mlflow_stack.engine.containers import Container, Engine
from mlflow_stack.engine.contract import Checked, Facts, Plan
from mlflow_stack.engine.image import judge_image, source_hash
from mlflow_stack.engine.image_verb import Decide, P, R, Reader, Said, converse, never
from mlflow_stack.engine.process import CANNOT_START, TIMED_OUT, Progress, Runner
from mlflow_stack.errors import DOCKER, FOUND, Finding, StackError, error, errors_of, unknown
from mlflow_stack.settings import BOUND_FOLDERS, MODE_FILES, Mode, Settings, changed_by

WRITING = {"execute", "create", "push", "fetch", "drill"}
"""Words of the verbs of the image that need the volumes."""


class Stack:
    """Reads Docker and the host when it is asked and not before; starts nothing by itself."""

    def __init__(self, root: Path, compose: Compose, progress: Progress) -> None:
        self.root, self.compose, self.progress = root, compose, progress
        self.runner = Runner(root, progress)
        self.own_folder = root / ".stack"  # The wrapper's environment, saved logs and tracebacks.

    @cached_property
    def engine(self) -> Engine:
        """The connection to Docker."""
        return Engine()

    @cached_property
    def version(self) -> str:
        """Of this checkout; pyproject.toml is the one place that says it."""
        return str(tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])

    def docker_findings(self, mode: Mode = "local") -> list[Finding]:
        """Whether Docker and Compose can be used, in S3 mode with the AWS folder."""
        said = self.runner.query(("docker", "compose", "version", "--short"))
        facts = host.docker_facts(said.out.strip() if said.exit == 0 else "")
        found = judge_docker(facts)
        return found if errors_of(found) or mode == "local" else judge_docker(facts, self.settings(mode).aws_dir)

    def need_docker(self, mode: Mode = "local") -> None:
        """Raises StackError, exit 3."""
        found = errors_of(self.docker_findings(mode))
        if found:
            raise StackError(*found, exit_code=DOCKER)

    def settings(self, mode: Mode) -> Settings:
        """What Compose resolves. Raises StackError where it refuses, or an extra file changes what is the stack's."""
        resolved, own = self._config(self.compose, mode), None
        if self.compose.extra:
            own = self._config(Compose((), self.compose.project_name), mode)
            changed = changed_by(own, resolved)
            if changed:
                text = f"An extra Compose file may not change {', '.join(changed)}"
                where = ", ".join(str(path) for path in self.compose.extra)
                raise StackError(error("usage.extra-file", text, where, "cat docs/image.md   # what it may change"))
        return Settings.read(mode, resolved, own)

    def _config(self, compose: Compose, mode: Mode) -> Mapping[str, Any]:
        outcome = self.runner.query(compose.config(mode))
        if outcome.exit in (TIMED_OUT, CANNOT_START):
            raise outcome.failure()
        if outcome.exit != 0:
            said = " ".join(line.strip() for line in outcome.err.splitlines() if not line.startswith("time="))
            text, by_hand = f"Compose refuses the settings: {said}", join(compose.argv(mode, "config"))
            place = re.search(r"services\[\w+\]\.[\w.]*?(\w+)(?=['\s:]|$)", said)
            names = _names(self.root / MODE_FILES["s3"], rf"{place[1]}:\s*\$\{{(\w+)") if place else ()
            raise StackError(error("settings.compose", text, names[0] if names else ".env", by_hand))
        found: Mapping[str, Any] = json.loads(outcome.out)
        return found

    def settings_of(self, mode: Mode) -> Settings:
        """Those of a mode, whatever is in force. Raises StackError (exit 3) without Docker."""
        self.need_docker()
        return self.settings(mode)

    def settings_in_force(self, disable_s3: bool) -> Settings:
        """Those of the existing container's mode, without one of the flag's; where it runs, as it is published.

        Raises StackError (exit 3) without Docker.
        """
        wanted: Mode = "local" if disable_s3 else "s3"
        settings = self.settings_of(wanted)
        container = self.container(settings)  # The project's name is the same in both files.
        if container is None:
            return settings
        settings = settings if container.mode == wanted else self.settings(container.mode)
        return settings.running_at(container.published if container.running else None)

    def container(self, settings: Settings) -> Container | None:
        """The server's container, running or stopped."""
        return self.engine.container(settings.project)

    def changes(self, settings: Settings, running: Container) -> bool:
        """Whether `up` would replace the container."""
        configured = self.runner.query(self.compose.config_hash(settings.mode)).out.split()
        image = self.engine.image(settings.image)
        return configured[-1:] != [running.config_hash] or image is None or image.id != running.image_id

    def preflight(self, settings: Settings, container: Container | None) -> list[Finding]:
        """What can be known of this host without starting anything; healthy findings too."""
        files = (*(self.root / each for each in MODE_FILES.values()), *self.compose.extra)
        facts = Host(
            port=self._port(settings, container),
            aws=host.read_aws(settings.aws_dir) if settings.aws_dir else None,
            missing_folders=tuple(name for name in BOUND_FOLDERS if not (self.root / name).is_dir()),
            missing_files=tuple((name, path) for name, path in settings.files.items() if path and not path.is_file()),
            native_database=(self.root / "mlflow.db").is_file(),
            volume=self.engine.has_volume(settings.data_volume),
            system=platform.system(),
            env_names=_names(self.root / ".env", r"^\s*(?:export\s+)?([A-Za-z_]\w*)\s*="),
            known_names=frozenset(name for file in files for name in _names(file, r"\$\{?([A-Za-z_]\w*)")),
        )
        return judge_host(facts, settings)

    def _port(self, settings: Settings, container: Container | None) -> Port | None:
        number = port_number(settings.port)
        if number is None:
            return None
        published = container.published if container is not None and container.running else None
        if container is not None and published and published[1] == settings.port:
            return Port(True, container.name, ours=True)
        port = host.read_port(settings.bind, number)
        publisher = self.engine.publisher_of(settings.port) if port.taken else None
        return Port(True, f"the container {publisher}") if publisher else port

    def image_finding(self, settings: Settings) -> Finding:
        """Whether the image is there and current."""
        return judge_image(self.engine.image(settings.image), settings, source_hash(self.root / "mlflow"))

    def need_image(self, settings: Settings, looks: bool) -> list[Finding]:
        """A verb that looks needs an image that is there; one that acts builds it where it is missing. A stale one is
        used as it is, with a warning. Raises StackError (exit 1).
        """
        found = self.image_finding(settings)
        if found.id == "image.missing" and not looks:
            self.build(settings)
        elif found.id == "image.missing":
            raise StackError(found, exit_code=FOUND)
        return [found] if found.id == "image.stale" else []

    def build(self, settings: Settings) -> None:
        """Builds the image where it is missing or stale; one of the user's own by its own `build:`.

        Raises StackError (exit 4) with the way for hosts that reach no registry.
        """
        source = source_hash(self.root / "mlflow")
        own, theirs = Compose((), self.compose.project_name), self.compose
        wanted = {settings.own_image: own, settings.image: own if settings.image == settings.own_image else theirs}
        for name, compose in wanted.items():
            image = self.engine.image(name)
            if image is not None and (image.source == source or (compose is theirs and not settings.builds)):
                continue
            if compose is theirs and not settings.builds:
                text, fix = f"The image {name} of your Compose file is not there", f"docker build --tag {name} FOLDER"
                raise StackError(error("image.missing", text, name, fix), exit_code=FOUND)
            self.progress.step(f"Building {name} (a few minutes the first time)")
            try:
                self.runner.act(compose.build(settings.mode, source, self.version))
            except StackError as failed:
                text = "The image was not built. This prepares a host that reaches no registry, or has a TLS proxy:"
                raise failed.with_findings(error("image.build", text, name, "./stack bootstrap")) from failed

    def ask(
        self,
        settings: Settings,
        types: tuple[type[P] | None, type[R]],
        verb: Sequence[str],
        decide: Decide = never,
        binds: Sequence[Bind] = (),
    ) -> Said[P, R]:
        """A verb of the image in a container of its own; executes its plan where `decide` agrees. Raises StackError."""
        if settings.aws_dir and not settings.aws_dir.exists():
            raise StackError(judge_aws(AwsFolder(settings.aws_dir, exists=False), settings.profile))
        reader = Reader(types, self.progress, decide)
        try:
            return converse(self.runner, self._argv(settings, verb, binds), reader, self.progress)
        except KeyboardInterrupt:
            # A Compose that is interrupted between creating a container and starting it leaves it; one that runs stays.
            for each in self.engine.one_offs(settings.project, " ".join(verb)):
                self.runner.query(("docker", "rm", each))
            raise

    def _argv(self, settings: Settings, verb: Sequence[str], binds: Sequence[Bind] = ()) -> Argv:
        """Without the volumes where there are none yet and the verb only looks: Compose would create them."""
        bare = not WRITING.intersection(verb) and not self.engine.has_volume(settings.data_volume)
        return self.compose.image_verb(settings.mode, verb, binds, bare)

    def check(self, settings: Settings, *options: str) -> Said[Plan, Checked]:
        """`check`, without a word meanwhile; a container that does not start is one `unknown` finding."""
        try:
            return converse(
                self.runner, self._argv(settings, ("check", *options)), Reader[Plan, Checked]((None, Checked)), None
            )
        except StackError as failed:
            fix = failed.findings[0].fix
            return Said((unknown("image.check", f"The image could not be asked: {failed}", settings.image, *fix),))

    def facts(self, settings: Settings) -> Facts | None:
        """What the image knows of its versions and the database; None where it is missing or cannot say."""
        if self.engine.image(settings.image) is None:
            return None
        checked = self.check(settings, "--preflight").result
        return checked.facts if checked else None


def _names(file: Path, pattern: str) -> tuple[str, ...]:
    """Names that a file uses; none where it cannot be read. Values are not looked at."""
    try:
        return tuple(dict.fromkeys(re.findall(pattern, file.read_text("utf-8", "replace"), re.MULTILINE)))
    except OSError:
        return ()

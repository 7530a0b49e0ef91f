"""Argument lists for `docker`. Pure: nothing is run here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mlflow_stack.settings import MODE_FILES, SERVICE, Mode

Argv = tuple[str, ...]
LOOK_FILE = "docker-compose.look.yml"
PLAIN = ("--progress", "plain")
UP = (*PLAIN, "up", "--detach")


class Bind(NamedTuple):
    """A folder of this host that a verb of the image sees at `target`, read-only unless `writable`."""

    source: Path
    target: str
    writable: bool = False

    def __str__(self) -> str:
        return f"{self.source}:{self.target}" + ("" if self.writable else ":ro")


@dataclass(frozen=True)
class Compose:
    """Which Compose files, under which project name; `extra` are absolute paths."""

    extra: tuple[Path, ...] = ()
    project_name: str | None = None

    def argv(self, mode: Mode, *rest: str) -> Argv:
        """`docker compose …`; the stack's file by its bare name, for labels to equal those of what is typed by hand."""
        name = ("--project-name", self.project_name) if self.project_name else ()
        extra = tuple(part for path in self.extra for part in ("-f", str(path)))
        return ("docker", "compose", *name, "-f", MODE_FILES[mode], *extra, *rest)

    def config(self, mode: Mode) -> Argv:
        """The resolved settings, as JSON."""
        return self.argv(mode, "config", "--format", "json")

    def config_hash(self, mode: Mode) -> Argv:
        """`mlflow HASH`, as Compose writes it on the container it makes."""
        return self.argv(mode, "config", "--hash", SERVICE)

    def build(self, mode: Mode, source_hash: str, version: str) -> Argv:
        """Builds the image; as lines, for a drawing needs a terminal."""
        labels = (f"SOURCE_HASH={source_hash}", f"STACK_VERSION={version}")
        return self.argv(mode, *PLAIN, "build", *(part for each in labels for part in ("--build-arg", each)), SERVICE)

    def up(self, mode: Mode) -> Argv:
        """Creates and starts what is missing or has changed, services of extra files included."""
        return self.argv(mode, *UP)

    def recreate(self, mode: Mode) -> Argv:
        """Recreates the server in any case, and nothing else."""
        return self.argv(mode, *UP, "--force-recreate", "--no-deps", SERVICE)

    def start(self, mode: Mode) -> Argv:
        """Starts the server's container as it is, with the image and the settings it was made with."""
        return self.argv(mode, *PLAIN, "start", SERVICE)

    def stop(self, mode: Mode) -> Argv:
        """Stops the server and removes nothing: `docker volume prune` of an older engine takes a volume without a
        container. Services of extra files keep running: one of them may be the S3 that a verb needs.
        """
        return self.argv(mode, *PLAIN, "stop", SERVICE)

    def down_volumes(self, mode: Mode) -> Argv:
        """Removes containers, those of every profile too, the network and the named volumes."""
        return self.argv(mode, "--profile", "*", *PLAIN, "down", "--volumes")

    def image_verb(self, mode: Mode, verb: Sequence[str], binds: Sequence[Bind] = (), bare: bool = False) -> Argv:
        """A verb of the image in a container of its own, by the one entrypoint that drops rights. `bare`: without the
        volumes.
        """
        volumes = tuple(part for bind in binds for part in ("-v", str(bind)))
        look = ("-f", LOOK_FILE) if bare else ()
        return self.argv(mode, *look, "run", "--rm", "--no-deps", "-T", *volumes, SERVICE, *verb)

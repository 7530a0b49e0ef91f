"""What ends a verb early. Each class owns its exit code and writes its sentence from its fields; callers pass facts,
never prose.
"""

from collections.abc import Sequence
from pathlib import Path

from mlflow_stack.findings import Finding, errors_of
from mlflow_stack.outcome import Outcome

TAIL_LINES = 12
"""Lines of a failed command's output that its sentence repeats."""


class StackError(Exception):
    """Shown as findings, in text and in the JSON envelope alike; never as a traceback."""

    exit_code = 1

    @property
    def findings(self) -> list[Finding]:
        """At least one of level error."""
        raise NotImplementedError

    def __str__(self) -> str:
        return "; ".join(finding.text for finding in self.findings)


class UsageError(StackError):
    """The command line, a file or a setting is wrong: nothing was done."""

    exit_code = 2


class BadArguments(UsageError):
    """The command line does not parse: `message` is the parser's."""

    def __init__(self, message: str, verb: str) -> None:
        self.message, self.verb = message, verb

    @property
    def findings(self) -> list[Finding]:
        """One, with the way to the help page."""
        help_page = " ".join(["./stack", self.verb, "--help"] if self.verb else ["./stack", "--help"])
        return [Finding("usage.arguments", "error", self.message, fix=(help_page,))]


class ExtraFileMissing(UsageError):
    """A file of --file or MLFLOW_STACK_FILES is not there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def findings(self) -> list[Finding]:
        """One, naming the file."""
        text = "The extra Compose file does not exist (--file, or MLFLOW_STACK_FILES)"
        return [Finding("usage.extra-file", "error", text, where=str(self.path))]


class ExtraFileRedefines(UsageError):
    """Extra files may add services; `what` (such as `services.mlflow`) is the stack's own."""

    def __init__(self, paths: Sequence[Path], what: Sequence[str]) -> None:
        self.paths, self.what = tuple(paths), tuple(what)

    @property
    def findings(self) -> list[Finding]:
        """One, naming files and keys."""
        text = f"An extra Compose file may only add services; this changes {', '.join(self.what)}"
        where = ", ".join(str(path) for path in self.paths)
        return [Finding("usage.extra-file", "error", text, where=where)]


class ConfigRefused(UsageError):
    """`docker compose config` does not accept the files or `.env`: `variable` is named where the message gives its
    place.
    """

    def __init__(self, message: str, variable: str = "", value: str = "", allowed: str = "", example: str = "") -> None:
        self.message, self.variable, self.value, self.allowed, self.example = message, variable, value, allowed, example

    @property
    def findings(self) -> list[Finding]:
        """One: variable, value and what is allowed, or Compose's own words."""
        if self.variable:
            text = f"{self.variable}={self.value} is not allowed: {self.allowed}" if self.value else self.message
            return [Finding("settings.value", "error", text, self.variable, (f"{self.variable}={self.example}",))]
        return [Finding("settings.compose", "error", f"Compose refuses the settings: {self.message}", where=".env")]


class NotAnswered(UsageError):
    """A verb that asks has no terminal to ask on, and no --yes."""

    def __init__(self, verb: str) -> None:
        self.verb = verb

    @property
    def findings(self) -> list[Finding]:
        """One, with the two ways on."""
        text = f"`{self.verb}` asks before it acts, and there is no terminal to ask on: nothing was done"
        return [
            Finding(
                "usage.not-answered",
                "error",
                text,
                fix=(f"./stack {self.verb} --dry-run", f"./stack {self.verb} --yes"),
            )
        ]


class NothingNamed(UsageError):
    """`adopt` without anything to adopt, or with two databases."""

    @property
    def findings(self) -> list[Finding]:
        """One, with all uses."""
        fix = (
            "./stack adopt --db mlflow.db --artifacts mlartifacts",
            "./stack adopt --mlruns mlruns",
            "./stack adopt --claim",
        )
        text = "Say what to adopt: one of --db FILE and --mlruns DIR, or --claim"
        return [Finding("usage.arguments", "error", text, fix=fix)]


class SourceUnusable(UsageError):
    """A path given to `adopt` is not there, or cannot be bound (Compose's -v has no way to write a colon)."""

    def __init__(self, path: Path, option: str) -> None:
        self.path, self.option = path, option

    @property
    def findings(self) -> list[Finding]:
        """One, naming option and path."""
        why = "holds a colon, which a bind cannot name" if ":" in str(self.path) else "does not exist"
        return [Finding("usage.source", "error", f"The path of {self.option} {why}", where=str(self.path))]


class S3Needed(UsageError):
    """A verb is about S3, and the container is in local mode: `what` is the option or address that says so."""

    def __init__(self, what: str) -> None:
        self.what = what

    @property
    def findings(self) -> list[Finding]:
        """One, with the switch to S3 mode."""
        text = f"{self.what} needs S3 mode, and this stack is in local mode: nothing was done"
        return [Finding("s3.mode", "error", text, fix=("./stack start",))]


class NoContainer(UsageError):
    """A verb needs a container, running or stopped, and there is none."""

    def __init__(self, verb: str, project: str) -> None:
        self.verb, self.project = verb, project

    @property
    def findings(self) -> list[Finding]:
        """One, with the two ways to get one."""
        text = f"`{self.verb}` needs a container, and project {self.project} has none"
        return [Finding("usage.no-container", "error", text, fix=("./stack start", "./stack start --disable-s3"))]


class PreflightFailed(StackError):
    """Findings of the host forbid to go on: exit 3 when Docker or Compose is among them, else 2. Nothing was
    changed.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.found = list(findings)
        self.exit_code = 3 if any(finding.id.startswith("docker.") for finding in errors_of(self.found)) else 2

    @property
    def findings(self) -> list[Finding]:
        """All of them, warnings too."""
        return self.found


class DockerUnusable(PreflightFailed):
    """Docker or Compose cannot be used: exit 3."""


class CommandFailed(StackError):
    """A process ended with another exit code than 0."""

    exit_code = 4

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    @property
    def findings(self) -> list[Finding]:
        """One: exit code, last lines, and the command to try by hand."""
        said = (self.outcome.err.strip() or self.outcome.out.strip()).splitlines()[-TAIL_LINES:]
        text = f"A command ended with exit code {self.outcome.exit} after {self.outcome.elapsed:.1f} s"
        return [
            Finding(
                "command.failed", "error", "\n".join([text + (":" if said else ""), *said]), fix=(self.outcome.by_hand,)
            )
        ]


class WorkFailed(CommandFailed):
    """A verb of the image, for which the server was stopped, did not end well: `ready` whether the server is back."""

    def __init__(self, outcome: Outcome, verb: str, ready: bool) -> None:
        super().__init__(outcome)
        self.verb, self.ready = verb, ready

    @property
    def findings(self) -> list[Finding]:
        """The command's, and what is there now."""
        fix = (f"./stack {self.verb}",) if self.ready else ("./stack start", "./stack doctor")
        return [*super().findings, Finding("server.ready", "warning", whole_database(self.ready), fix=fix)]


class FileUnusable(UsageError):
    """A file of this host could not be read or written: `why` is the system's word."""

    def __init__(self, path: str, why: str) -> None:
        self.path, self.why = path, why

    @property
    def findings(self) -> list[Finding]:
        """One, naming file and reason."""
        return [Finding("host.file", "error", f"A file could not be used: {self.why}", where=self.path)]


class Interrupted(StackError):
    """Ctrl-C: `left` says what is there now, `again` is the command that goes on."""

    exit_code = 130

    def __init__(self, verb: str, left: str, again: str) -> None:
        self.verb, self.left, self.again = verb, left, again

    @property
    def findings(self) -> list[Finding]:
        """One, with the command that goes on and the one that ends it."""
        text = f"`{self.verb}` was interrupted: {self.left}"
        return [Finding("stack.interrupted", "error", text, fix=(self.again, "./stack stop"))]


def whole_database(ready: bool) -> str:
    """After a verb that replaces the database in one rename."""
    server = "the server runs again" if ready else "the server is stopped"
    return f"{server}, on the database of before or the new one, whole"

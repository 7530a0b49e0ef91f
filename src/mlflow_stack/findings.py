"""What was found: one line, a place, and what to type. Compared by value, so that a test is one equality."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

Level = Literal["ok", "info", "warning", "error", "unknown"]
LEVELS: tuple[Level, ...] = ("ok", "info", "warning", "error", "unknown")


@dataclass(frozen=True)
class Finding:
    """`id` is documented and never used for something else again.

    `where` is a file, profile, bucket or variable, or "". `fix` holds commands and lines to write, in order.
    Never holds a credential.
    """

    id: str
    level: Level
    text: str
    where: str = ""
    fix: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The five keys of an envelope's `findings`."""
        return {"id": self.id, "level": self.level, "text": self.text, "where": self.where, "fix": list(self.fix)}

    @classmethod
    def from_json(cls, event: Mapping[str, Any]) -> "Finding":
        """A `finding` event of the image. An unknown level becomes `unknown`, never green."""
        level = event.get("level")
        return cls(
            id=str(event.get("id", "")),
            level=cast(Level, level) if level in LEVELS else "unknown",
            text=str(event.get("text", "")),
            where=str(event.get("where") or ""),
            fix=tuple(str(line) for line in event.get("fix") or ()),
        )


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """Those that forbid to go on."""
    return [finding for finding in findings if finding.level == "error"]


def exit_code(findings: Iterable[Finding]) -> int:
    """Of a verb that looks: 3 when Docker is unusable, 1 for an error or something that could not be found out,
    else 0.
    """
    found = list(findings)
    if any(finding.id.startswith("docker.") for finding in errors_of(found)):
        return 3
    return 1 if any(finding.level in ("error", "unknown") for finding in found) else 0

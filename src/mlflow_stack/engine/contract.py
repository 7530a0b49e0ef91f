"""What the image says, typed: its events, and as much of its plans and results as the wrapper uses.

The image puts its plans and results into words itself. A test compares these with what it really says, so that a field
that is renamed inside turns it red; other fields are kept for --json. Sizes are in bytes; None: not known.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

from mlflow_stack.errors import Level


class Model(BaseModel):
    """Frozen; keeps fields that it does not know."""

    model_config = ConfigDict(extra="allow", frozen=True)


class Amount(Model):
    """`progress`: `done` of `total`."""

    done: int
    total: int | None
    unit: str
    label: str


class Found(Model):
    """`finding`."""

    id: str
    level: str
    text: str
    where: str | None = ""
    fix: tuple[str, ...] = ()

    @property
    def known_level(self) -> Level:
        """A level that this checkout does not know is `unknown`, never green."""
        levels: dict[str, Level] = {"ok": "ok", "info": "info", "warning": "warning", "error": "error"}
        return levels.get(self.level, "unknown")


class Plan(Model):
    """What a plan holds, for --json and to be sent back."""


class Planned(Model):
    """`plan`: the plan, and what it says to people. `nothing`: why there is nothing to do, else ""."""

    plan: dict[str, Any]
    title: str
    facts: tuple[str, ...]
    stays: tuple[str, ...]
    nothing: str


class End(Model):
    """`result`, the last event. `done`: whether a plan was agreed to and executed. `lines`: for people."""

    ok: bool
    done: bool = False
    lines: tuple[str, ...] = ()


class Database(Model):
    """The volume's database."""

    bytes: int | None
    revision: str | None
    experiments: int | None
    runs: int | None


class Facts(Model):
    """What `check` knows beside its findings. `snapshot`: the newest; `drilled`: when one was last tried."""

    mlflow: str
    python: str
    sqlite: str
    snapshot: str | None
    drilled: str | None
    database: Database


class Checked(Model):
    """`check`; no facts where the settings are wrong."""

    facts: Facts | None


class UpgradePlan(Plan):
    """Whether the schema changes, and from what."""

    revision: str
    migrate: bool


class Sample(Model):
    """An artifact that must come down through the server as it lies in the store."""

    path: str
    sha256: str


class Samples(Model):
    """`migrate execute`."""

    samples: tuple[Sample, ...]


class Snapshot(Model):
    """`backup create`. `snapshot`: its folder, as the container sees it."""

    snapshot: str
    runs: int
    experiments: int
    objects: int
    object_bytes: int
    whole: bool


class Place(Model):
    """Where a snapshot is: `uri` in S3 (`backup push`), else its folder as the container sees it (`backup fetch`,
    `upgrade execute`).
    """

    uri: str = ""
    snapshot: str = ""
    kept: str = ""

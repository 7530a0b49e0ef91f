"""From the rounds' figures to rows with a ratio, and to a table beside the goals."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from containers import command

Round = Mapping[str, float]


@dataclass(frozen=True)
class Measure:
    """A figure: its key in a round, how it is shown (`unit` after dividing by `scale`), and the goal for ours ÷ stock.

    `at_most` says on which side of the goal is good; a goal of None is a figure for information.
    """

    key: str
    text: str
    unit: str
    scale: float = 1.0
    goal: float | None = None
    at_most: bool = True


MEASURES = (
    Measure("image", "image", "MB", 1e6),
    Measure("idle", "idle memory", "MiB", 2**20, 0.10),
    Measure("start", "start to first answer", "s", 1, 0.31),
    Measure("log_metric", "log_metric", "/s", 1, 2.5, at_most=False),
    Measure("log_metric_p50", "log_metric p50", "ms", 1e-3),
    Measure("log_metric_p99", "log_metric p99", "ms", 1e-3, 0.5),
    Measure("log_batch", "log_batch of 100", "/s", 1, 1.4, at_most=False),
    Measure("log_batch_p50", "log_batch p50", "ms", 1e-3),
    Measure("log_batch_p99", "log_batch p99", "ms", 1e-3, 0.5),
    Measure("search", "experiments/search", "/s", 1, 3.4, at_most=False),
    Measure("log_metric_cpu", "processor time of a log_metric", "ms", 1e-3),
    Measure("log_batch_cpu", "processor time of a log_batch", "ms", 1e-3),
    Measure("search_cpu", "processor time of a search", "ms", 1e-3),
    Measure("busy", "machine busy while it rests", "%", 1e-2),
    Measure("loaded", "memory after load", "MiB", 2**20),
)


@dataclass(frozen=True)
class Row:
    """One measure of both servers over the rounds: least, median and greatest of each, and of ours ÷ stock."""

    measure: Measure
    stock: tuple[float, float, float] | None
    ours: tuple[float, float, float] | None
    ratio: tuple[float, float, float] | None

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or nothing where there is no goal or only one server."""
        goal = self.measure.goal
        if goal is None or self.ratio is None:
            return ""
        return "met" if (self.ratio[1] <= goal if self.measure.at_most else self.ratio[1] >= goal) else "missed"


def spread(values: Sequence[float]) -> tuple[float, float, float] | None:
    """Least, median and greatest; None of nothing."""
    return (min(values), statistics.median(values), max(values)) if values else None


def rows(rounds: Mapping[str, Sequence[Round]]) -> list[Row]:
    """A row for each measure; servers are paired by round: what disturbs the machine disturbs neighbours alike."""
    made = []
    for measure in MEASURES:
        stock = [each[measure.key] for each in rounds.get("stock", ()) if measure.key in each]
        ours = [each[measure.key] for each in rounds.get("ours", ()) if measure.key in each]
        ratios = [mine / theirs for mine, theirs in zip(ours, stock, strict=False) if theirs]
        made.append(Row(measure, spread(stock), spread(ours), spread(ratios)))
    return made


def _shown(values: tuple[float, float, float] | None, scale: float = 1.0) -> str:
    if values is None:
        return "–"
    least, middle, most = (
        f"{value / scale:.3g}" if value / scale < 1000 else f"{value / scale:.0f}" for value in values
    )
    return f"**{middle}** ({least}–{most})"


def markdown(made: Sequence[Row], storms: Mapping[str, str], facts: Mapping[str, str]) -> str:
    """The table for people: median (least–greatest), the ratio ours ÷ stock, the goal and whether it is met."""
    lines = [f"- {name}: {value}" for name, value in facts.items()]
    lines += ["", "| | stock | ours | ours ÷ stock | goal | |", "|---|---|---|---|---|---|"]
    for row in made:
        goal = "" if row.measure.goal is None else f"{'≤' if row.measure.at_most else '≥'} {row.measure.goal:g}"
        cells = (_shown(row.stock, row.measure.scale), _shown(row.ours, row.measure.scale), _shown(row.ratio))
        lines.append(f"| {row.measure.text}, {row.measure.unit} | {' | '.join(cells)} | {goal} | {row.verdict} |")
    if storms:
        shown = [storms.get(name, "–") for name in ("stock", "ours")]
        lines.append(f"| 128 writers for 30 s | {' | '.join(shown)} | | no error | |")
    return "\n".join(lines)


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    shown = command("docker", "info", "--format", "{{.ServerVersion}}, {{.Driver}}, cgroup v{{.CgroupVersion}}").strip()
    return {"cores": str(os.cpu_count()), "kernel": platform.release(), "engine": shown}

"""From the rounds' figures to rows beside their goals, and to tables and a chart of them."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from containers import command

Round = Mapping[str, float]
Rounds = Mapping[str, Sequence[Round]]
Spread = tuple[float, float, float]


@dataclass(frozen=True)
class Measure:
    """A figure: its key in a round, how it is shown (`unit` after dividing by `scale`), and the goal.

    The goal is for ours ÷ `against`, or for ours itself where that is empty; `at_most` says on which side of it is
    good. Without a goal it is a figure for information.
    """

    key: str
    text: str
    unit: str
    scale: float = 1.0
    goal: float | None = None
    at_most: bool = True
    against: str = "stock"


METADATA = (
    Measure("image", "image", "MB", 1e6, 0.42),
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
    Measure("storm_errors", "128 writers for 30 s, errors", "", 1, 0, against=""),
)
STARTING = (
    Measure("compose", "`docker compose up` until it is ready", "s"),
    Measure("wrapper", "`./stack start`", "s"),
    Measure("extra", "`./stack start` beyond that", "s", 1, 1.0, against=""),
)
ARTIFACTS = (
    Measure("up", "512 MiB up", "MiB/s", 2**20, 0.95, at_most=False, against="boto3"),
    Measure("down", "512 MiB down", "MiB/s", 2**20, 0.95, at_most=False, against="boto3"),
    Measure("first_byte", "first byte of 512 MiB", "ms", 1e-3, 0.05),
    Measure("small", "files of 10 KB up, 8 threads", "/s", 1, 1.7, at_most=False),
    Measure("grown", "memory beyond idle, 4 clients moving 512 MiB each", "MiB", 2**20, 120 * 2**20, against=""),
    Measure("disk", "files on the container's disk meanwhile", "MiB", 2**20, 0, against=""),
)
HISTORY = (
    Measure("first_page", "first page of the UI", "ms", 1e-3, 1.0),
    Measure("sought", "search with filter and order", "ms", 1e-3, 1.0),
    Measure("history", "history of 100,000 points", "ms", 1e-3, 1.0),
    Measure("charts", "chart of 10 runs of 10,000 points", "ms", 1e-3, 1.0),
    Measure("deletion", "deletion of a run of 5 million rows", "s", 1, 1.0),
    Measure("history_memory", "memory afterwards", "MiB", 2**20),
)


@dataclass(frozen=True)
class Row:
    """One measure over the rounds: least, median and greatest by server, and of what is compared with the goal."""

    measure: Measure
    by_server: Mapping[str, Spread]
    compared: Spread | None

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or nothing where there is no goal or nothing to compare."""
        goal = self.measure.goal
        if goal is None or self.compared is None:
            return ""
        middle = self.compared[1]
        return "met" if (middle <= goal if self.measure.at_most else middle >= goal) else "missed"


def spread(values: Sequence[float]) -> Spread | None:
    """Least, median and greatest; None of nothing."""
    return (min(values), statistics.median(values), max(values)) if values else None


def rows(measures: Sequence[Measure], rounds: Rounds) -> list[Row]:
    """A row for each measure; servers are paired by round: what disturbs the machine disturbs neighbors alike."""
    made = []
    for measure in measures:
        values = {name: [each[measure.key] for each in own if measure.key in each] for name, own in rounds.items()}
        ours = values.get("ours", [])
        if measure.against:
            pairs = zip(ours, values.get(measure.against, []), strict=False)
            compared = spread([mine / theirs for mine, theirs in pairs if theirs])
        else:
            compared = spread(ours)
        by_server = {name: found for name, own in values.items() if (found := spread(own)) is not None}
        made.append(Row(measure, by_server, compared))
    return made


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _shown(values: Spread | None, scale: float = 1.0) -> str:
    if values is None:
        return "–"
    least, middle, most = (_number(value / scale) for value in values)
    return f"**{middle}**" if least == most else f"**{middle}** ({least}–{most})"


def markdown(made: Sequence[Row]) -> str:
    """The table for people: median (least–greatest) by server, what is compared, the goal and whether it is met."""
    servers = [name for name in ("boto3", "stock", "ours") if any(name in row.by_server for row in made)]
    lines = [f"| | {' | '.join(servers)} | ours ÷ | goal | |", "|---" * (len(servers) + 4) + "|"]
    for row in made:
        measure, scale = row.measure, row.measure.scale
        goal = ""
        if measure.goal is not None:
            shown = measure.goal / scale if not measure.against else measure.goal
            goal = f"{'≤' if measure.at_most else '≥'} {_number(shown)}{'' if measure.against else f' {measure.unit}'}"
        compared = f"{measure.against}: {_shown(row.compared)}" if measure.against and row.compared else ""
        cells = " | ".join(_shown(row.by_server.get(name), scale) for name in servers)
        unit = f", {measure.unit}" if measure.unit else ""
        lines.append(f"| {measure.text}{unit} | {cells} | {compared} | {goal} | {row.verdict} |")
    return "\n".join(lines)


def chart(made: Sequence[Row], file: Path) -> None:
    """A bar for each row with a goal that is a ratio: how many times better ours is, on a logarithmic scale."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    shown = [row for row in made if row.measure.goal is not None and row.measure.against and row.compared]
    times = [1 / row.compared[1] if row.measure.at_most else row.compared[1] for row in shown if row.compared]
    goals = [1 / row.measure.goal if row.measure.at_most else row.measure.goal for row in shown if row.measure.goal]
    figure, axes = plt.subplots(figsize=(8, 0.4 * len(shown) + 1))
    names = [f"{row.measure.text} (÷ {row.measure.against})" for row in shown]
    axes.barh(names, times, color="#2a7ab0")
    axes.scatter(goals, names, marker="|", s=250, color="black", zorder=3, label="goal")
    axes.set_xscale("log")
    axes.axvline(1, color="grey", linewidth=0.8)
    axes.set_xlabel("times better than the other")
    axes.invert_yaxis()
    axes.legend(loc="lower right")
    figure.tight_layout()
    # No date in it: the same figures make the same file.
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    shown = command("docker", "info", "--format", "{{.ServerVersion}}, {{.Driver}}, cgroup v{{.CgroupVersion}}").strip()
    return {"cores": str(os.cpu_count()), "kernel": platform.release(), "engine": shown}

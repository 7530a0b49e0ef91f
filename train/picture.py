"""The plot of a run: its learning curve, and where it shoots from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Arc, Circle

from court import BASKET, CELL_METRES, DEPTH, THREE_METRES, WIDTH, Ints

INCHES = (10, 4.2)


def draw(curve: Sequence[tuple[int, float]], shots: Ints) -> Figure:
    """(update, win rate) pairs and [K, 2] cells of shots → a figure; it needs no display and leaves nothing open."""
    figure = Figure(figsize=INCHES, layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot([step for step, _ in curve], [rate for _, rate in curve], marker=".", color="tab:blue")
    left.axhline(0.5, color="grey", linewidth=0.8, linestyle="--")
    left.set(title="Win rate against the first policy", xlabel="update", ylabel="win rate", ylim=(0, 1.02))
    left.grid(alpha=0.3)

    counts = np.zeros((DEPTH, WIDTH))
    np.add.at(counts, (shots[:, 1], shots[:, 0]), 1)
    edges = (-0.5, WIDTH - 0.5, -0.5, DEPTH - 0.5)
    shown = right.imshow(counts / max(1, len(shots)), origin="lower", extent=edges, cmap="YlOrRd")
    figure.colorbar(shown, ax=right, label="share of shots")
    across = 2 * THREE_METRES / CELL_METRES
    right.add_patch(Arc(BASKET, across, across, theta1=0, theta2=180, color="tab:blue", linewidth=1.5))
    right.add_patch(Circle(BASKET, 0.15, color="tab:blue", fill=False, linewidth=1.5))
    right.set(title="Shots", xticks=[], yticks=[], xlim=edges[:2], ylim=edges[2:])
    return figure

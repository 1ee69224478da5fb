"""Figures of the mathematics used: a graph with its slopes, a cloud's directions, paired dots."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from helpers.plots.style import PALETTE, wide_figure

_NODES = {
    "w = 3": (0, 0),
    "a = 2w + 1 = 7": (2, 0.8),
    "b = w² = 9": (2, -0.8),
    "f = a b = 63": (4, 0),
}
_SLOPES = ((0, 1, "2"), (0, 2, "2w = 6"), (1, 3, "b = 9"), (2, 3, "a = 7"))


def graph() -> Figure:
    """Draw the graph of f = a b with a = 2w + 1 and b = w², at w = 3, a slope at each arrow.

    Examples
    --------
    >>> [text.get_text() for text in graph().axes[0].texts][:2]
    ['w = 3', 'a = 2w + 1 = 7']
    """
    figure, axes = wide_figure(2.6)
    style = {"boxstyle": "round,pad=0.4", "facecolor": "white", "edgecolor": PALETTE[0], "lw": 1.8}
    for name, place in _NODES.items():
        axes.text(*place, name, ha="center", va="center", bbox=style, zorder=3)
    places = list(_NODES.values())
    for start, end, slope in _SLOPES:
        (x0, y0), (x1, y1) = places[start], places[end]
        look = {"arrowstyle": "-|>", "color": "0.3", "lw": 1.4, "shrinkA": 32, "shrinkB": 40}
        axes.annotate("", (x1, y1), (x0, y0), arrowprops=look)
        above = 0.2 if y0 + y1 > 0 else -0.2
        axes.text((x0 + x1) / 2, (y0 + y1) / 2 + above, slope, ha="center", va="center")
    axes.set(xlim=(-0.7, 4.8), ylim=(-1.2, 1.2))
    axes.axis("off")
    return figure


def cloud(points: np.ndarray) -> Figure:
    """Draw points and an arrow of one standard deviation along each direction of their scatter.

    Parameters
    ----------
    points
        (N, 2), with mean 0.

    Examples
    --------
    >>> figure = cloud(np.array([[3, 3], [-3, -3], [1, -1], [-1, 1]]))
    >>> sorted(text.get_text() for text in figure.axes[0].texts if text.get_text())
    ['1 standard deviation: 1', '1 standard deviation: 3']
    """
    figure, axes = wide_figure(3.6)
    axes.scatter(*points.T, s=60, color=PALETTE[0], zorder=3)
    values, vectors = np.linalg.eigh(points.T @ points / len(points))
    for number, (value, vector) in enumerate(zip(values, vectors.T, strict=True), 1):
        tip = np.sqrt(value) * vector * (1 if vector[0] >= 0 else -1)
        look = {"arrowstyle": "-|>", "color": PALETTE[number], "lw": 2.2}
        axes.annotate("", tip, (0, 0), arrowprops=look)
        label = f"1 standard deviation: {np.sqrt(value):g}"
        axes.annotate(label, tip, (24, 0), textcoords="offset points", color=PALETTE[number])
    axes.set(xlabel="first coordinate", ylabel="second coordinate", aspect="equal")
    axes.set(xlim=(-4.5, 8.5), ylim=(-3.6, 3.6))
    return figure


def pairs(one: Sequence[float], other: Sequence[float]) -> Figure:
    """Draw two groups of shares, in per cent, as heaps and joined in pairs.

    Examples
    --------
    >>> figure = pairs([90, 94], [91, 95.2])
    >>> [len(axes.lines) for axes in figure.axes]
    [2, 2]
    """
    figure, panels = wide_figure(3.0, columns=2, sharey=True)
    for axes, title, line in zip(panels, ("two heaps", "in pairs"), ("none", "-"), strict=True):
        for seed, both in enumerate(zip(one, other, strict=True)):
            if line == "none":  # nothing tells the seeds apart
                axes.plot([0, 1], both, "o", ls=line, color="0.3")
                continue
            axes.plot([0, 1], both, "os^Dv"[seed % 5], ls=line, color=PALETTE[seed])
            axes.annotate(
                f"seed {seed}", (1, both[1]), (9, 0), textcoords="offset points", va="center"
            )
        axes.set(title=title, xticks=[0, 1], xticklabels=["A", "B"], xlim=(-0.4, 1.6))
    panels[0].set_ylabel("share right (%)")
    return figure

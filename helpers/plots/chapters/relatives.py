"""Figures of the networks that are called AlexNet: what they cost, and how conv1 meets the edge."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers.architectures import Conv, get
from helpers.plots.style import PALETTE, wide_figure
from helpers.shapes import output_size, pad_amounts


def cost_map(costs: pd.DataFrame) -> Figure:
    """Draw parameters against multiply-adds; networks that cost the same share a point.

    Parameters
    ----------
    costs
        Index: names; columns ``parameters`` and ``multiply-adds``.
    """
    millions = costs[["parameters", "multiply-adds"]] / 1e6
    alike = millions.round(0).apply(tuple, axis=1)
    groups = [(millions.loc[names].mean(), names) for names in costs.groupby(alike).groups.values()]
    figure, axes = wide_figure(5.2)
    right = sorted((g for g in groups if g[0].iloc[0] > 55), key=lambda group: group[0].iloc[1])
    height = -1e9
    for point, names in right:  # the crowd at 60 million: labels in a column, with lines to them
        height = max(height + 90 + 45 * (len(names) > 2), point.iloc[1] - 30)
        _label(axes, point, names, (71, height))
    for point, names in (group for group in groups if group[0].iloc[0] <= 55):
        _label(axes, point, names, (point.iloc[0] + 1.5, point.iloc[1] - 30))
    axes.set(xlabel="parameters (millions)", ylabel="multiply-adds for one picture (millions)")
    axes.set(xlim=(0, 112), ylim=(0, 1300), xticks=range(0, 71, 10))
    return figure


def _label(axes, point: pd.Series, names, place: tuple) -> None:
    axes.plot(*point, "o", ms=9, color=PALETTE[0], mec="white")
    lines = [", ".join(names[i : i + 2]) for i in range(0, len(names), 2)]
    line = {"arrowstyle": "-", "color": "0.5", "lw": 0.9, "shrinkB": 5}
    axes.annotate(
        ",\n".join(lines), tuple(point), place, fontsize=9.5, va="center", arrowprops=line
    )


def conv1_edges(networks: Mapping[str, tuple[str, int]]) -> Figure:
    """Draw the first and the last windows of conv1 at both edges of the picture.

    Parameters
    ----------
    networks
        Label to (architecture, side of the picture in pixels).
    """
    figure, (left, right) = wide_figure(1.0 + 0.8 * len(networks), columns=2, sharey=True)
    for row, (arch, size) in enumerate(networks.values()):
        conv = next(record for record in get(arch).layers if isinstance(record, Conv))
        window = (size, conv.kernel, conv.stride, conv.padding)
        count = output_size(*window, conv.rounding)
        before = pad_amounts(*window)[0]
        edge = size + max(0, _end(conv, count, before) - size)
        for axes in (left, right):
            _strip(axes, row, 0, size, "#d9d9d9", None)
            _strip(axes, row, -before, 0, "white", "////")
            _strip(axes, row, size, edge, "white", "////")
            for i in (0, 1, count - 2, count - 1):
                corner = (i * conv.stride - before, row - 0.36 + 0.14 * (i % 2))
                size_ = (conv.kernel, 0.58)
                axes.add_patch(Rectangle(corner, *size_, fill=False, lw=2, ec=PALETTE[i % 2]))
        right.text(229.5, row, f"{count}", va="center", fontsize=12, weight="bold")
    left.set(
        xlim=(-3.5, 17.5), yticks=range(len(networks)), yticklabels=networks, title="left edge"
    )
    right.set(xlim=(203, 233), title="right edge, number of windows", xticks=range(204, 229, 4))
    left.set(ylim=(len(networks) - 0.4, -0.6), xlabel="pixel of the picture")
    right.set(xlabel="pixel of the picture")
    for axes in (left, right):
        axes.grid(axis="y", visible=False)
    return figure


def _end(conv: Conv, count: int, before: int) -> int:
    return (count - 1) * conv.stride - before + conv.kernel


def _strip(axes, row: int, start: float, end: float, colour: str, hatch: str | None) -> None:
    if end > start:
        place: dict[str, Any] = {
            "facecolor": colour,
            "edgecolor": "0.55",
            "hatch": hatch,
            "lw": 0.8,
        }
        axes.add_patch(Rectangle((start, row - 0.36), end - start, 0.72, **place))

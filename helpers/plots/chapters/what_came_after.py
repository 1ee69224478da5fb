"""Figures of what came after: what later networks cost, and what a part of AlexNet was worth."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.plots.style import PALETTE, wide_figure


def costs(table: pd.DataFrame) -> Figure:
    """Draw each network at its parameters and multiply-adds, in the order of the years.

    Parameters
    ----------
    table
        Indexed by name, with columns ``parameters`` and ``multiply-adds``, in millions.

    Examples
    --------
    >>> table = pd.DataFrame({"parameters": [61.0], "multiply-adds": [724.0]}, index=["AlexNet"])
    >>> costs(table).axes[0].texts[0].get_text()
    'AlexNet'
    """
    figure, axes = wide_figure(3.8)
    x, y = table["parameters"].to_numpy(), table["multiply-adds"].to_numpy() / 1000
    axes.plot(x, y, color="#bbbbbb", lw=1.2, ls=":", zorder=1)
    axes.plot(x, y, "o", color=PALETTE[0], ms=8)
    for name, place in zip(table.index, zip(x, y, strict=True), strict=True):
        # Beside a network that costs a little more there is no room above.
        crowded = (
            (x / place[0] < 2) & (x / place[0] > 0.5) & (y > place[1]) & (y / place[1] < 1.4)
        ).any()
        up = -18 if crowded else 9
        offset: dict[str, Any] = {"xytext": (0, up), "textcoords": "offset points", "ha": "center"}
        axes.annotate(name, place, **offset, fontsize=9.5)
    axes.set(xscale="log", yscale="log", xlim=(4, 260), ylim=(0.4, 32))
    axes.set_xticks([5, 10, 20, 50, 100, 200], ["5", "10", "20", "50", "100", "200"])
    axes.set_yticks([0.5, 1, 2, 5, 10, 20], ["0.5", "1", "2", "5", "10", "20"])
    axes.minorticks_off()
    axes.set(xlabel="parameters, in millions", ylabel="multiply-adds a picture, in billions")
    return figure


def logged(table: pd.DataFrame) -> Figure:
    """Draw by how much the error rose when a part was changed: a pair of bars for each change.

    Parameters
    ----------
    table
        Indexed by the change, with columns ``top-1`` and ``top-5``, in points.

    Examples
    --------
    >>> table = pd.DataFrame({"top-1": [1.4], "top-5": [1.2]}, index=["no LRN"])
    >>> len(logged(table).axes[0].patches)
    2
    """
    figure, axes = wide_figure(0.9 + 0.62 * len(table))
    rows = np.arange(len(table))
    for shift, colour, hatch, name in ((-0.19, 0, "", "top-1"), (0.19, 1, "//", "top-5")):
        bars = axes.barh(rows + shift, table[name], 0.36, color=PALETTE[colour], label=name)
        for bar in bars:
            bar.set(hatch=hatch, edgecolor="white")
        axes.bar_label(bars, fmt="%+.2f", padding=3, fontsize=9)
    axes.axvline(0, color="black", lw=1)
    low, high = table.to_numpy().min(), table.to_numpy().max()
    axes.set(xlim=(min(low, 0) - 0.3, max(high, 0) + 0.3), xlabel="rise of the error, in points")
    axes.set_yticks(rows, list(table.index))
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.legend(frameon=False, loc="lower right")
    return figure

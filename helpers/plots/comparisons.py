"""Several results side by side, each with its interval."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from helpers.plots.style import PALETTE, percents, plain, wide_figure


def intervals(shares: Mapping[str, tuple[float, float, float]], xlabel: str) -> Figure:
    """Draw shares with their intervals, one below the other.

    Parameters
    ----------
    shares
        Name, then (share, lower end, upper end), each 0 to 1.
    xlabel
        What the shares are.
    """
    figure, axis = wide_figure(1.0 + 0.42 * len(shares))
    for place, (middle, low, high) in enumerate(shares.values()):
        colour = PALETTE[place % len(PALETTE)]
        axis.plot([low, high], [place, place], color=colour, linewidth=3, solid_capstyle="butt")
        axis.plot(middle, place, "o", color=colour, markersize=7)
        axis.annotate(
            f"{100 * middle:.1f} %",
            (middle, place),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=9.5,
        )
    axis.set_yticks(range(len(shares)), [plain(name, 40) for name in shares])
    axis.set_ylim(len(shares) - 0.5, -0.7)
    axis.xaxis.set_major_formatter(percents())
    axis.set_xlabel(plain(xlabel, 80))
    return figure


MARKERS = ("o", "s", "^", "D", "v", "P")


def paired_differences(
    rows: dict[str, np.ndarray], intervals: dict[str, tuple], unit: str
) -> Figure:
    """Draw one difference a seed and the interval of their mean, one line for each comparison.

    Parameters
    ----------
    rows
        For each title the differences, one a seed.
    intervals
        For the same titles: mean, lower and upper end.
    unit
        Label of the horizontal axis.

    Examples
    --------
    >>> figure = paired_differences({"a": np.array([1.0, 3.0])}, {"a": (2.0, 1.0, 3.0)}, "points")
    >>> figure.axes[0].get_xlabel()
    'points'
    """
    figure, axes = wide_figure(1.0 + 0.75 * len(rows))
    for y, (title, values) in enumerate(rows.items()):
        mean, low, high = intervals[title]
        axes.plot(values, np.full(len(values), y - 0.18), "o", color="#999999", ms=4.5)
        axes.plot([low, high], [y + 0.12, y + 0.12], color=PALETTE[0], lw=2.5)
        axes.plot(mean, y + 0.12, "D", color=PALETTE[0], ms=7)
    axes.axvline(0, color="black", lw=1, ls="--")
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set(ylim=(len(rows) - 0.5, -0.5), xlabel=unit)
    axes.grid(axis="y", visible=False)
    return figure

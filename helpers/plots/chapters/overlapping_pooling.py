"""Figures of overlapping pooling: windows over a row, how often each input is read, shifts.

Each function takes computed data and returns a ``Figure``; nothing is computed here but positions.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers.plots.comparisons import MARKERS
from helpers.plots.style import PALETTE, WIDTH, wide_figure


def row_windows(values: Sequence[int], pools: dict[str, tuple[int, int, int]]) -> Figure:
    """Draw a row of inputs and, for each way to pool, its windows with their maxima.

    A window that hangs over the right edge is cut off there and drawn dashed.

    Parameters
    ----------
    values
        The inputs.
    pools
        For each title: kernel, stride, number of windows.

    Examples
    --------
    >>> len(row_windows([1, 2, 3], {"2/1": (2, 1, 2)}).axes)
    1
    """
    depths = [1.0 + min(count, -(-kernel // stride)) for kernel, stride, count in pools.values()]
    figure, axes = wide_figure(0.42 * (1.6 + sum(depths)))
    for i, value in enumerate(values):
        axes.add_patch(Rectangle((i, 0), 1, 0.9, fc="white", ec="#888888"))
        axes.text(i + 0.5, 0.45, str(value), ha="center", va="center")
    y = -0.4
    for colour, (title, window), depth in zip(PALETTE, pools.items(), depths, strict=False):
        axes.text(0.06, y - 0.2, title, ha="left", va="center", fontsize=10)
        _windows(axes, values, window, y - 1.35, colour)
        y -= depth
    axes.set(xlim=(-0.1, len(values) + 1.1), ylim=(y - 0.3, 1))
    axes.set_axis_off()
    return figure


def _windows(axes: Axes, values: Sequence[int], window: tuple[int, int, int], top: float, colour):
    kernel, stride, count = window
    rows = -(-kernel // stride)  # neighbours that overlap go to lines of their own
    for i in range(count):
        begin, end = i * stride, i * stride + kernel
        y = top - (i % rows)
        style = "--" if end > len(values) else "-"
        box = Rectangle((begin + 0.06, y), kernel - 0.12, 0.8, fc=(*colour, 0.2), ec=colour)
        box.set(ls=style, lw=1.8)
        axes.add_patch(box)
        best = max(values[begin : min(end, len(values))])
        axes.text(begin + kernel / 2, y + 0.4, f"max {best}", ha="center", va="center", fontsize=9)


def count_maps(maps: dict[str, np.ndarray]) -> Figure:
    """Draw, for each way to pool, a square of inputs with the number of windows that read each.

    Examples
    --------
    >>> [t.get_text() for t in count_maps({"2/2": np.ones((1, 2), int)}).axes[0].texts]
    ['1', '1']
    """
    figure, panels = wide_figure(0.5 + WIDTH / len(maps), columns=len(maps), squeeze=False)
    shades = {0: "white", 1: "#f1f1f1", 2: (*PALETTE[0], 0.35), 4: (*PALETTE[1], 0.65)}
    for axes, (title, counts) in zip(panels[0], maps.items(), strict=True):
        for (i, j), count in np.ndenumerate(counts):
            colour = shades.get(int(count), PALETTE[2])
            axes.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, fc=colour, ec="white"))
            axes.text(j, i, f"{count}", ha="center", va="center", fontsize=10)
        height, width = counts.shape
        axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5), title=title)
        axes.set(xticks=range(width), yticks=range(height), xlabel="column", ylabel="row")
        axes.set_aspect("equal")
        axes.grid(False)
    return figure


def shift_changes(shifts: Sequence[int], changes: dict[str, np.ndarray]) -> Figure:
    """Draw how much a pooled map changes when the picture moves.

    Parameters
    ----------
    shifts
        Pixels by which the picture was moved.
    changes
        For each way to pool, one mean relative change (a fraction) a shift.

    Examples
    --------
    >>> len(shift_changes([0, 1], {"max": np.array([0.0, 0.5])}).axes[0].lines)
    1
    """
    figure, axes = wide_figure(3.4)
    for colour, marker, (name, values) in zip(PALETTE, MARKERS, changes.items(), strict=False):
        axes.plot(shifts, 100 * values, marker=marker, color=colour, label=name)
    axes.set(xticks=shifts, xlabel="picture moved to the right, in pixels")
    axes.set(ylabel="change of the map, in %", ylim=(0, None))
    axes.legend(frameon=False)
    return figure

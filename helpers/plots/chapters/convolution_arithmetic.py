"""Figures of convolution arithmetic: windows over a row of pixels, and what lies beyond its end.

Each function takes computed data and returns a ``Figure``; nothing is computed here but positions.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers.plots.style import HEAT, PALETTE, wide_figure

_INSIDE, _OUTSIDE = "white", "#e2e2e2"


def _pixels(axes: Axes, first: int, last: int, size: int) -> None:
    """Draw the pixels first … last of a row as cells; those outside 0 … size - 1 hold a zero."""
    for pixel in range(first, last + 1):
        inside = 0 <= pixel < size
        look: dict[str, Any] = {"fc": _INSIDE} if inside else {"fc": _OUTSIDE, "hatch": "////"}
        axes.add_patch(Rectangle((pixel - 0.5, 0), 1, 0.8, ec="#777777", lw=0.8, **look))
        back = {"boxstyle": "square,pad=0.15", "fc": _OUTSIDE, "ec": "none"}
        text = str(pixel) if inside else "0"
        axes.text(
            pixel, 0.4, text, ha="center", va="center", fontsize=9, bbox=None if inside else back
        )


def _window(axes: Axes, start: int, kernel: int, y: float, text: str, colour: object) -> None:
    """Draw one window as a bar under the pixels it covers."""
    axes.add_patch(Rectangle((start - 0.42, y), kernel - 0.16, 0.56, fc=colour, ec="black", lw=0.9))
    axes.text(start + (kernel - 1) / 2, y + 0.27, text, ha="center", va="center", fontsize=9)


def _bare(axes: Axes, left: float, right: float, low: float, high: float) -> None:
    axes.set(xlim=(left, right), ylim=(low, high))
    axes.set_axis_off()


def sliding_windows(size: int, kernel: int, recipes: dict[str, Sequence[int]]) -> Figure:
    """Draw how a window slides over a short row of pixels, one panel a recipe.

    Parameters
    ----------
    size, kernel
        Pixels in the row and in the window.
    recipes
        Title and the first pixel of each window; may begin before 0 and end after the row.

    Examples
    --------
    >>> len(sliding_windows(8, 3, {"floor": [0, 2, 4], "ceil": [0, 2, 4, 6]}).axes)
    2
    """
    figure, panels = wide_figure(1.35 * len(recipes), rows=len(recipes), squeeze=False)
    first = min(0, *(min(starts) for starts in recipes.values()))
    last = max(size - 1, *(max(starts) + kernel - 1 for starts in recipes.values()))
    for axes, (title, starts) in zip(panels[:, 0], recipes.items(), strict=True):
        _pixels(axes, min(0, *starts), max(size - 1, starts[-1] + kernel - 1), size)
        for number, start in enumerate(starts):
            y = -0.72 - 0.66 * (number % 2)
            _window(axes, start, kernel, y, f"window {number}", PALETTE[(8, 9)[number % 2]])
        _bare(axes, first - 0.7, last + 0.7, -1.5, 0.95)
        axes.set_title(title, loc="left", fontsize=10.5)
    return figure


def overhanging_windows(
    size: int, kernel: int, starts: Sequence[int], numbers: Sequence[int]
) -> Figure:
    """Draw the last windows of a long row, pixel by pixel, with the zeros they hang over.

    Parameters
    ----------
    size, kernel
        Pixels in the row and in the window.
    starts, numbers
        First pixel and number of each window drawn.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = wide_figure(0.62 + 0.46 * len(starts) + 0.5)
    first, last = starts[0], starts[-1] + kernel - 1
    _pixels(axes, first, last, size)
    for row, (start, number) in enumerate(zip(starts, numbers, strict=True)):
        over = max(0, start + kernel - size)
        text = f"window {number}: pixels {start} to {start + kernel - 1}"
        _window(axes, start, kernel, -0.75 - 0.72 * row, text, PALETTE[1 if over else 8])
    axes.plot([size - 0.5] * 2, [-0.72 * len(starts) - 0.2, 1.0], color="black", lw=2, zorder=0.5)
    axes.text(size - 0.7, 1.12, "image ends here", ha="right", fontsize=9.5)
    axes.text(size - 0.3, 1.12, "zeros", ha="left", fontsize=9.5)
    _bare(axes, first - 0.7, last + 0.7, -0.72 * len(starts) - 0.25, 1.6)
    return figure


def grid_ends(size: int, kernel: int, grids: dict[str, tuple[int, int]]) -> Figure:
    """Draw the first and the last window of several recipes at the two ends of one row.

    Parameters
    ----------
    size, kernel
        Pixels in the row and in the window.
    grids
        Name of each recipe and the first pixel of its first and of its last window.
    """
    figure, panels = wide_figure(0.62 * len(grids) + 0.9, columns=2, sharey=True)
    for end, axes in enumerate(panels):
        for row, starts in enumerate(grids.values()):
            start, y = starts[end], -row
            text = f"{start} … {start + kernel - 1}".replace("-", "−")
            _window(axes, start, kernel, y - 0.28, text, PALETTE[(8, 9)[end]])
        axes.set(ylim=(0.6 - len(grids), 0.6), yticks=[-row for row in range(len(grids))])
        axes.grid(axis="y", visible=False)
        axes.set(xlabel="pixel", title=("first window", "last window")[end])
    panels[0].set_yticklabels(list(grids))
    panels[0].axvspan(-6.5, -0.5, fc=_OUTSIDE, hatch="//", ec="#bbbbbb", lw=0, zorder=0.2)
    panels[0].set(xlim=(-5.5, 12.5), xticks=range(-4, 13, 4))
    panels[1].axvspan(size - 0.5, size + 7, fc=_OUTSIDE, hatch="//", ec="#bbbbbb", lw=0, zorder=0.2)
    panels[1].set(xlim=(size - 14.5, size + 4.5), xticks=range(size - 12, size + 5, 4))
    return figure


def deviation_maps(maps: dict[str, np.ndarray], top: float) -> Figure:
    """Draw where each recipe's output differs from the original's, as heat maps.

    Parameters
    ----------
    maps
        Title and largest deviation at each position, (height, width), in per cent.
    top
        Value of the brightest colour, in per cent.
    """
    figure, panels = wide_figure(2.9, columns=len(maps))
    for axes, (title, values) in zip(panels, maps.items(), strict=True):
        image = axes.imshow(values, cmap=HEAT, vmin=0, vmax=top, interpolation="nearest")
        axes.set_title(title, fontsize=10.5)
        axes.set(xlabel="column", xticks=[0, 27, 54], yticks=[0, 27, 54])
        axes.grid(False)
    panels[0].set_ylabel("row")
    figure.colorbar(image, ax=panels, label="largest deviation (%)", shrink=0.8, extend="max")
    return figure

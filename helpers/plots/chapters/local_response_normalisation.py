"""Figures of local response normalisation.

Each function takes computed data and returns a ``Figure``; nothing is computed here but positions.
"""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers.plots.style import LINES, PALETTE, curves_on, wide_figure

TARGET, WINDOW, OUTSIDE = PALETTE[1], PALETTE[8], "#f4f4f4"


def cell(axes: Axes, x: float, y: float, text: str, colour: object, thick: bool = False) -> None:
    """Draw one labelled unit square whose lower left corner is (x, y)."""
    edge = "black" if thick else "#888888"
    axes.add_patch(Rectangle((x, y), 0.92, 0.8, fc=colour, ec=edge, lw=2.2 if thick else 0.8))
    axes.text(x + 0.46, y + 0.4, text, ha="center", va="center", fontsize=9.5)


def lrn_windows(values: Sequence[int], radius: int, channels: Sequence[int]) -> Figure:
    """Draw the channels of one pixel and, for some of them, the window they are divided by.

    Parameters
    ----------
    values
        The activations of one pixel, one whole number a channel.
    radius
        Half width of the window: channel i sees i - radius … i + radius.
    channels
        The channels whose windows are drawn, one row each, with k = 0 and alpha = beta = 1.

    Examples
    --------
    >>> len(lrn_windows([1, 2, 3, 4], 1, [0, 2]).axes)
    1
    """
    figure, axes = wide_figure(0.62 * (len(channels) + 1.4))
    for i, value in enumerate(values):
        cell(axes, i, 0, str(value), "white")
        axes.text(i + 0.46, 1.05, f"{i}", ha="center", fontsize=9, color="#555555")
    axes.text(-0.2, 0.4, "$a$", ha="right", va="center")
    axes.text(-0.2, 1.15, "channel", ha="right", va="center", fontsize=9, color="#555555")
    for row, i in enumerate(channels, start=1):
        _window_row(axes, values, radius, i, -1.1 * row)
    axes.set(xlim=(-1.7, len(values) + 3.9), ylim=(-1.1 * len(channels) - 0.15, 1.5))
    axes.set_axis_off()
    return figure


def _window_row(axes: Axes, values: Sequence[int], radius: int, i: int, y: float) -> None:
    total = 0
    for j, value in enumerate(values):
        inside = abs(i - j) <= radius
        total += value**2 * inside
        colour = (TARGET if j == i else WINDOW) if inside else OUTSIDE
        cell(axes, j, y, f"{value}²" if inside else "", colour, thick=j == i)
    axes.text(-0.2, y + 0.4, f"$i={i}$", ha="right", va="center")
    exact = Fraction(values[i], total)
    text = f"{values[i]} / {total} = {float(exact):.4f}"
    axes.text(len(values) + 0.2, y + 0.4, text, ha="left", va="center", fontsize=10.5)


def lrn_response(
    own: np.ndarray, curves: dict[str, np.ndarray], other: np.ndarray, falling: dict
) -> Figure:
    """Draw output against input (left) and against one neighbour's value (right).

    Parameters
    ----------
    own, other
        Horizontal axes: the channel's own activation, the neighbour's activation.
    curves, falling
        Name of each line and its outputs, for the left and for the right panel.
    """
    figure, (left, right) = wide_figure(3.2, columns=2)
    curves_on(left, own, curves)
    left.set(xlabel="own activation $a_i$", ylabel="output $b_i$", title="a channel and itself")
    curves_on(right, other, falling)
    right.set(xlabel="one neighbour's activation", ylabel="output $b_i$")
    right.set_title("the neighbour grows")
    return figure


def band(matrix: np.ndarray) -> Figure:
    """Draw the 0/1 matrix that adds each channel's neighbours.

    Examples
    --------
    >>> band(np.eye(3)).axes[0].get_xlabel()
    'channel j that is added'
    """
    figure, axes = wide_figure(2.9)
    axes.set_aspect("equal")
    size = len(matrix)
    for i, j in np.ndindex(matrix.shape):
        colour = WINDOW if matrix[i, j] else OUTSIDE
        cell(axes, j - 0.46, size - 1 - i - 0.4, f"{matrix[i, j]:.0f}", colour, thick=i == j)
    axes.set(xlim=(-0.6, size - 0.4), ylim=(-0.6, size - 0.4), xticks=range(size))
    axes.set_yticks(range(size), [str(size - 1 - i) for i in range(size)])
    axes.set(xlabel="channel j that is added", ylabel="output channel i")
    axes.grid(False)
    return figure


def lrn_deviation(scales: np.ndarray, deviation: pd.DataFrame) -> Figure:
    """Draw each system's largest relative deviation from the paper over the activations' scale.

    Parameters
    ----------
    scales
        Standard deviations of the activations before the ReLU.
    deviation
        One column for each system, one row for each scale, in per cent.
    """
    figure, axes = wide_figure(3.9)
    for number, name in enumerate(deviation):
        style = {"color": PALETTE[number], "ls": LINES[number % len(LINES)]}
        axes.plot(scales, deviation[name], lw=2, marker="osD^vX"[number], label=name, **style)
    axes.set(xscale="log", yscale="log", xlabel="standard deviation before the ReLU (scale)")
    axes.set_ylabel("largest deviation (%)")
    axes.set_xticks(scales, [f"{scale:g}" for scale in scales])
    axes.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    axes.minorticks_off()
    axes.legend(frameon=False, loc="lower right")
    return figure


def lrn_divisors(divisors: pd.DataFrame, constant: float) -> Figure:
    """Draw what LRN divides by in trained networks: median, 5th to 95th percentile, all values.

    Parameters
    ----------
    divisors
        One row for each layer and network, named by the index, with the columns p0, p5, p50, p95
        and p100.
    constant
        What it divides by where activations are small.

    Examples
    --------
    >>> row = pd.DataFrame({"p0": 1.7, "p5": 1.7, "p50": 2, "p95": 3, "p100": 9}, index=["lrn1"])
    >>> lrn_divisors(row, 1.682).axes[0].get_yticklabels()[0].get_text()
    'lrn1'
    """
    figure, axes = wide_figure(1.2 + 0.5 * len(divisors))
    for y, row in enumerate(divisors.itertuples()):
        colour = PALETTE[y % 2]
        axes.plot([row.p0, row.p100], [y, y], color=colour, lw=1.2, marker="|", ms=9)
        axes.plot([row.p5, row.p95], [y, y], color=colour, lw=7, solid_capstyle="butt")
        axes.plot(row.p50, y, "D", color="white", mec="black", ms=6)
    axes.axvline(constant, color="black", lw=1, ls="--")
    axes.set(ylim=(len(divisors) - 0.5, -0.5), xlabel="divided by")
    axes.set_yticks(range(len(divisors)), list(divisors.index))
    axes.grid(axis="y", visible=False)
    return figure


def tower_deviation(channels: np.ndarray, deviation: np.ndarray) -> Figure:
    """Draw, channel by channel, how far one normaliser over both towers is off.

    Parameters
    ----------
    channels
        Channel numbers shown.
    deviation
        Mean relative deviation of each, in per cent.
    """
    figure, axes = wide_figure(2.6)
    axes.bar(channels, deviation, color=PALETTE[0], edgecolor="black", lw=0.5)
    middle = (channels[0] + channels[-1]) / 2
    axes.axvline(middle, color="black", ls="--", lw=1)
    top = deviation.max()
    axes.text(channels[0], top * 0.9, "tower a", ha="left")
    axes.text(channels[-1], top * 0.9, "tower b", ha="right")
    axes.set(xticks=channels, xlabel="channel of conv1", ylabel="mean deviation (%)")
    axes.grid(axis="x", visible=False)
    return figure


def norm_scopes(scopes: dict[str, np.ndarray], target: tuple[int, int]) -> Figure:
    """Draw which (example, channel) values a normaliser reads for one output.

    Parameters
    ----------
    scopes
        Title of each panel and a truth table of shape (examples, channels).
    target
        Example and channel of the output.
    """
    figure, panels = wide_figure(2.6, columns=len(scopes))
    for axes, (title, used) in zip(panels, scopes.items(), strict=True):
        for row, column in np.ndindex(used.shape):
            colour = WINDOW if used[row, column] else "white"
            text = "×" if used[row, column] else ""
            if (row, column) == target:
                colour, text = TARGET, "b"
            cell(axes, column, -row, text, colour, thick=(row, column) == target)
        axes.set(xlim=(-0.2, used.shape[1] + 0.1), ylim=(0.75 - used.shape[0], 1.05), title=title)
        axes.set(xlabel="channel", xticks=[], yticks=[])
        axes.grid(False)
    panels[0].set_ylabel("example")
    return figure

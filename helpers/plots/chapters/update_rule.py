"""Figures of the update rule: what a step is made of, what decay takes, which rates suit a rule."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from helpers.plots.style import LINES, PALETTE, curves_on, wide_figure


def step_parts(path: np.ndarray, kept: np.ndarray, steep: float = 20.0) -> Figure:
    """Draw each step in a valley as two arrows: the velocity kept, and what the gradient adds.

    Parameters
    ----------
    path
        (steps + 1, 2) weights.
    kept
        (steps, 2): the part of each step that comes from the velocity before it.
    steep
        How many times as steep the valley is along the second weight.

    Examples
    --------
    >>> path, kept = np.array([[10.0, 1.0], [9.0, 0.5]]), np.zeros((1, 2))
    >>> step_parts(path, kept).axes[0].get_xlabel()
    'first weight'
    """
    figure, axes = wide_figure(3.4)
    low, high = path.min(axis=0), path.max(axis=0)
    room = 0.12 * (high - low)
    x, y = (np.linspace(low[i] - room[i], high[i] + room[i], 80) for i in (0, 1))
    axes.contour(x, y, 0.5 * (x**2 + steep * y[:, None] ** 2), 9, colors="#bbbbbb", linewidths=0.8)
    for start, end, part in zip(path[:-1], path[1:], kept, strict=True):
        for tail, tip, color in ((start, start + part, 0), (start + part, end, 1)):
            look = {"lw": 2, "color": PALETTE[color], "ls": LINES[color]}
            ends = {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0}
            axes.annotate("", tip, tail, arrowprops=look | ends)
    axes.plot(*path.T, "ko", ms=6)
    for number, place in enumerate(path):
        name = f"after {number}" if number else "start"
        axes.annotate(name, place, xytext=(8, -13), textcoords="offset points")
    for color, name in enumerate(("velocity kept", "gradient (and decay)")):
        axes.plot([], [], color=PALETTE[color], ls=LINES[color], lw=2, label=name)
    axes.set(xlabel="first weight", ylabel="second weight")
    axes.grid(False)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def decay_curves(steps: np.ndarray, left_over: dict[str, np.ndarray]) -> Figure:
    """Draw the share of a weight that is left after steps without any gradient.

    Parameters
    ----------
    steps
        Step numbers.
    left_over
        Rule and share left at these steps.

    Examples
    --------
    >>> decay_curves(np.array([0, 10]), {"a": np.array([1, 0.9])}).axes[0].get_xlabel()
    'steps without gradient'
    """
    figure, axes = wide_figure(3.2)
    curves_on(axes, steps, left_over)
    axes.set(xlabel="steps without gradient", ylabel="share of the weight left", ylim=(0.55, 1.02))
    return figure


def rates_tried(rates: Sequence[float], losses: Mapping[str, np.ndarray], title: str) -> Figure:
    """Draw the loss that each rule reaches at each learning rate; a star marks its best.

    Parameters
    ----------
    rates
        Learning rates.
    losses
        Rule, and its loss at each rate.
    title
        What is to be seen.

    Examples
    --------
    >>> axes = rates_tried([0.1, 1], {"a": np.array([2.0, 1.0])}, "It falls").axes[0]
    >>> axes.lines[1].get_xydata().tolist()  # the star
    [[1.0, 1.0]]
    """
    figure, axes = wide_figure(3.6)
    for number, (name, values) in enumerate(losses.items()):
        look = {"color": PALETTE[number], "ls": LINES[number], "lw": 2}
        axes.plot(rates, values, marker="o", ms=4, label=name, **look)
        best = int(np.argmin(values))
        axes.plot(rates[best], values[best], "*", ms=13, color=PALETTE[number], mec="black")
    axes.set(xscale="log", yscale="log", title=title)
    axes.set(xlabel="learning rate", ylabel="loss on validation pictures")
    figure.legend(loc="outside lower center", ncols=4)
    return figure

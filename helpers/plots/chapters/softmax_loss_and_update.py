"""Figures of softmax, loss and the update rule."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.figure import Figure

from helpers.plots.style import PALETTE, curves_on, wide_figure


def softmax_bars(scores: np.ndarray, probabilities: np.ndarray, labels: Sequence[str]) -> Figure:
    """Draw scores beside the probabilities that the softmax makes of them.

    Parameters
    ----------
    scores, probabilities
        One number a class.
    labels
        Names of the classes.
    """
    figure, (left, right) = wide_figure(2.7, columns=2)
    for axes, values, name in ((left, scores, "score"), (right, probabilities, "probability")):
        bars = axes.bar(labels, values, color=PALETTE[0], edgecolor="black", lw=0.6)
        axes.bar_label(bars, [f"{value:.3g}" for value in values], padding=2)
        axes.set(ylabel=name)
        axes.margins(y=0.15)
        axes.grid(axis="x", visible=False)
    return figure


def descent(paths: dict[str, np.ndarray], loss: Callable, extent: Sequence[float]) -> Figure:
    """Draw how two weights walk down a valley, one panel a path, over lines of equal loss.

    Parameters
    ----------
    paths
        Title and (steps + 1, 2) weights of each walk.
    loss
        Function of two arrays.
    extent
        Least and greatest value of the first and of the second weight.
    """
    figure, panels = wide_figure(3.0, columns=len(paths), sharey=True)
    left, right, low, high = extent
    x, y = np.meshgrid(np.linspace(left, right, 120), np.linspace(low, high, 120))
    for number, (axes, (title, path)) in enumerate(zip(panels, paths.items(), strict=True)):
        axes.contour(x, y, loss(x, y), levels=9, colors="#999999", linewidths=0.8)
        axes.plot(path[:, 0], path[:, 1], "-o", ms=3, lw=1.4, color=PALETTE[number])
        axes.plot(0, 0, "k*", ms=10)
        axes.set(title=title, xlabel="first weight")
        axes.grid(False)
    panels[0].set_ylabel("second weight")
    return figure


def decay_curves(steps: np.ndarray, left_over: dict[str, np.ndarray]) -> Figure:
    """Draw the share of a weight that is left after steps without any gradient.

    Parameters
    ----------
    steps
        Step numbers.
    left_over
        Rule and share left at these steps.
    """
    figure, axes = wide_figure(3.2)
    curves_on(axes, steps, left_over)
    axes.set(xlabel="steps without gradient", ylabel="share of the weight left", ylim=(0.55, 1.02))
    return figure

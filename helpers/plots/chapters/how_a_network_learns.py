"""Figures of how a network learns: pixels, loss, slopes, rates, a valley, over-fitting.

They are narrow, so that their letters can be read on a telephone.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers.plots.style import LINES, PALETTE

#: Flat pairs and edges, in every figure of the chapter.
_CLASSES: tuple[dict[str, Any], ...] = (
    {"color": PALETTE[0], "marker": "o", "label": "flat"},
    {"color": PALETTE[1], "marker": "x", "label": "edge"},
)
_SLOPE = PALETTE[3]  # whatever is a slope of the loss
_DARK = "0.25"
_MIDDLE: dict[str, Any] = {"ha": "center", "va": "center"}


def _narrow(height: float, rows: int = 1, columns: int = 1, **options: Any) -> tuple[Figure, Any]:
    return plt.subplots(rows, columns, figsize=(5.2, height), layout="constrained", **options)


def pixel_pairs(x: np.ndarray, y: np.ndarray) -> Figure:
    """Draw some pictures of two pixels above the plane of all of them.

    Parameters
    ----------
    x
        Brightness of both pixels (n, 2).
    y
        Class of each pair (n,): 0 is flat, 1 an edge.

    Examples
    --------
    >>> len(pixel_pairs(np.array([[1.0, 1.2], [2.0, -2.0]]), np.array([0, 1])).axes)
    9
    """
    figure = plt.figure(figsize=(5.2, 5.0), layout="constrained")
    grid = figure.add_gridspec(2, 8, height_ratios=[1, 6])
    shown = [*np.flatnonzero(y == 0)[:4], *np.flatnonzero(y == 1)[:4]]
    for place in range(8):
        axes = figure.add_subplot(grid[0, place])
        axes.set_axis_off()
        if place < len(shown):
            axes.imshow(x[shown[place]][None], cmap="gray", vmin=-2.5, vmax=2.5)
            axes.set_title(_CLASSES[y[shown[place]]]["label"], color="black", fontsize=10)
    plane = figure.add_subplot(grid[1, :])
    _scatter(plane, x, y)
    plane.set(xlabel="brightness of the left pixel", ylabel="of the right pixel", aspect="equal")
    figure.legend(*plane.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _scatter(axes: Axes, x: np.ndarray, y: np.ndarray, size: float = 22) -> None:
    for number, look in enumerate(_CLASSES):
        left, right = x[y == number].T
        axes.scatter(left, right, s=size, lw=1.2, **look)


def penalty(probabilities: Sequence[float]) -> Figure:
    """Draw minus the logarithm of a probability, with some values marked.

    Parameters
    ----------
    probabilities
        Those to mark.

    Examples
    --------
    >>> [text.get_text() for text in penalty([0.5]).axes[0].texts]
    ['p = 0.5, loss 0.693']
    """
    figure, axes = _narrow(3.0)
    every = np.linspace(0.01, 1, 200)
    axes.plot(every, -np.log(every), color=_DARK, lw=2)
    for p in probabilities:
        axes.plot(p, -np.log(p), "o", color=PALETTE[0], ms=7)
        place = {"ha": "right", "xytext": (12, 22)} if p > 0.7 else {"xytext": (8, 8)}
        text = f"p = {p:.3g}, loss {-np.log(p):.3f}"
        axes.annotate(text, (p, -np.log(p)), textcoords="offset points", **place)
    axes.set(xlabel="probability given to the right class", ylabel="loss", xlim=(0, 1.02))
    axes.set_title("The surer of a wrong answer, the dearer")
    return figure


def diagram(
    columns: Sequence[np.ndarray],
    weights: Sequence[np.ndarray],
    notes: Sequence[str],
    slopes: Sequence[np.ndarray] = (),
) -> Figure:
    """Draw a network of 2, 2 and 2 units with its numbers, and the slopes of the loss if given.

    Parameters
    ----------
    columns
        What the pixels, the hidden units and the scores hold, three times (2,).
    weights
        ``[W1, b1, W2, b2]``; the biases are not drawn.
    notes
        What stands beside each score.
    slopes
        Slopes with respect to the hidden sums and the scores, twice (2,), then to ``W1`` and
        ``W2``; none, and only the forward pass is drawn.

    Examples
    --------
    >>> two, square = np.array([1.0, 2.0]), np.ones((2, 2))
    >>> figure = diagram([two, two, two], [square, two, square, two], ["p = 0.27", "p = 0.73"])
    >>> sum(text.get_text() == "1" for text in figure.axes[0].texts)  # weights, and three units
    11
    """
    figure, axes = _narrow(3.6)
    at = [(0, 1), (0, 0), (2, 1), (2, 0), (4, 1), (4, 0)]
    for layer, matrix in enumerate((weights[0], weights[2])):
        for i, j in np.ndindex(2, 2):
            slope = float(slopes[2 + layer][i, j]) if slopes else None
            _edge(axes, at[2 * layer + i], at[2 * layer + 2 + j], float(matrix[i, j]), slope)
    for (x, y), value in zip(at, np.ravel(columns), strict=True):
        _unit(axes, x, y, f"{value:.3g}")
    for (x, y), slope in zip(at[2:], np.ravel(slopes[:2]), strict=False):
        axes.text(x, y + (0.38 if y else -0.38), _signed(slope), color=_SLOPE, **_MIDDLE)
    for height, name in ((1.23, "unit 1"), (-0.23, "unit 2")):
        axes.text(2, height, name, color=_DARK, fontsize=9, **_MIDDLE)
    for y, note in zip((1, 0), notes, strict=True):
        axes.text(4.35, y, note, va="center")
    for x, name in ((0, "pixels"), (2, "hidden units"), (4, "scores")):
        axes.text(x, 1.62, name, color=_DARK, **_MIDDLE)
    axes.set(xlim=(-0.5, 5.6), ylim=(-0.5, 1.7))
    axes.set_axis_off()
    return figure


def _signed(number: float) -> str:
    return f"{number:+.3f}".replace("-", "−")


def _unit(axes: Axes, x: float, y: float, text: str) -> None:
    axes.plot(x, y, "o", ms=29, mfc="white", mec=_DARK, mew=1.6, zorder=3)
    axes.text(x, y, text, zorder=4, **_MIDDLE)


def _edge(axes: Axes, start: tuple, end: tuple, weight: float, slope: float | None) -> None:
    """Draw a line with its weight near its beginning and its slope near its end."""
    axes.plot(*zip(start, end, strict=True), color="0.65", lw=1.2, zorder=1)
    white = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    x, y = (a + 0.28 * (b - a) for a, b in zip(start, end, strict=True))
    axes.text(x, y, f"{weight:.3g}".replace("-", "−"), bbox=white, zorder=2, **_MIDDLE)
    if slope is not None:
        x, y = (a + 0.69 * (b - a) for a, b in zip(start, end, strict=True))
        axes.text(x, y, _signed(slope), color=_SLOPE, fontsize=9.5, bbox=white, zorder=2, **_MIDDLE)


def tangent(values: np.ndarray, losses: np.ndarray, at: float, slope: float, name: str) -> Figure:
    """Draw the loss over one weight, and the slope where the weight is now.

    Parameters
    ----------
    values, losses
        Values of the weight (n,), increasing, and the loss at each.
    at
        What the weight is now.
    slope
        Slope of the loss there.
    name
        Of the weight.

    Examples
    --------
    >>> w = np.linspace(0, 2, 3)
    >>> tangent(w, w**2, 1.0, 2.0, "w").axes[0].get_title()
    'Now the slope is +2.00: a smaller weight is better'
    """
    figure, axes = _narrow(3.0)
    here = float(np.interp(at, values, losses))
    near = at + np.array([-0.3, 0.3])
    axes.plot(values, losses, color=_DARK, lw=2)
    axes.plot(near, here + slope * (near - at), color=_SLOPE, lw=3)
    axes.plot(at, here, "o", color=_SLOPE, ms=9)
    better = "smaller" if slope > 0 else "larger"
    said = f"{slope:+.2f}".replace("-", "−")
    axes.set_title(f"Now the slope is {said}: a {better} weight is better")
    axes.set(xlabel=name, ylabel="loss")
    return figure


def planes(x: np.ndarray, y: np.ndarray, edges: Mapping[str, Callable]) -> Figure:
    """Draw which part of the plane networks call an edge, one panel each, under the pairs.

    Parameters
    ----------
    x, y
        Pairs (n, 2) and their classes (n,).
    edges
        Title, and a function from pairs (m, 2) to whether each is called an edge (m,).

    Examples
    --------
    >>> x, y = np.zeros((1, 2)), np.zeros(1, int)
    >>> planes(x, y, {"left": lambda pairs: pairs[:, 0] < 0}).axes[0].get_title()
    'left'
    """
    figure, panels = _narrow(2.5, columns=len(edges), sharex=True, sharey=True, squeeze=False)
    side = np.linspace(-2.6, 2.6, 105)
    grid = np.stack(np.meshgrid(side, side), axis=-1)
    colors = [(*PALETTE[n][:3], 0.25) for n in (0, 1)]
    for axes, (title, edge) in zip(panels[0], edges.items(), strict=True):
        said = np.reshape(edge(grid.reshape(-1, 2)), grid.shape[:2])
        axes.contourf(side, side, said, levels=[-0.5, 0.5, 1.5], colors=colors)
        _scatter(axes, x, y, size=6)
        axes.set(title=title, aspect="equal")
        axes.grid(visible=False)
    panels[0, 0].set(xlabel="left pixel", ylabel="right pixel")
    named, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(named, names, loc="outside lower center", ncols=2, markerscale=2)
    return figure


def rates(curves: Mapping[float, Sequence[float]], ignorance: float, title: str) -> Figure:
    """Draw the loss over epochs, one line a learning rate.

    Parameters
    ----------
    curves
        Rate, and the loss before the first epoch and after each.
    ignorance
        Loss of equal probabilities.
    title
        What is to be seen.

    Examples
    --------
    >>> [line.get_label() for line in rates({0.1: [1.0, 0.5]}, 0.7, "It falls").axes[0].lines][:1]
    ['rate 0.1']
    """
    figure, axes = _narrow(3.6)
    for number, (rate, losses) in enumerate(curves.items()):
        look = {"color": PALETTE[number], "ls": LINES[number], "label": f"rate {rate:g}"}
        axes.plot(losses, lw=2, **look)
    axes.axhline(ignorance, color="0.5", lw=1)
    end = max(map(len, curves.values())) - 1
    axes.text(end, ignorance, "equal probabilities", va="bottom", ha="right", color=_DARK)
    axes.set(xlabel="epochs", ylabel="loss on other pictures", ylim=(0, None), title=title)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def valley(walks: Mapping[str, np.ndarray], steepness: float) -> Figure:
    """Draw walks of two weights through a valley, true to scale, one below the other.

    Parameters
    ----------
    walks
        Title, and the weights (steps + 1, 2) of each walk.
    steepness
        How many times as steep the valley is across as along.

    Examples
    --------
    >>> valley({"one step": np.array([[10.0, 1.0], [9.0, 0.0]])}, 20).axes[0].get_aspect()
    1.0
    """
    figure, panels = _narrow(0.5 + 1.55 * len(walks), rows=len(walks), sharex=True, squeeze=False)
    x, y = np.meshgrid(np.linspace(-5, 11, 160), np.linspace(-2.2, 2.2, 60))
    heights = 0.5 * (x**2 + steepness * y**2)
    for number, (axes, (title, walk)) in enumerate(zip(panels[:, 0], walks.items(), strict=True)):
        levels = 0.5 * np.array([1, 2, 4, 6, 8, 10]) ** 2
        axes.contour(x, y, heights, levels=levels, colors="0.7", linewidths=0.8)
        axes.plot(*walk.T, "-o", ms=3, lw=1.3, color=PALETTE[number])
        axes.plot(0, 0, "k*", ms=10)
        axes.set(title=title, aspect="equal", ylabel="$w_2$")
        axes.grid(visible=False)
    panels[-1, 0].set_xlabel("$w_1$")
    return figure


def parting(training: np.ndarray, validation: np.ndarray, title: str) -> Figure:
    """Draw the losses of several networks over epochs, training dashed and validation solid.

    Parameters
    ----------
    training, validation
        Losses (networks, epochs + 1); the first of each row is before the first epoch.
    title
        What is to be seen.

    Examples
    --------
    >>> len(parting(np.ones((2, 3)), np.ones((2, 3)), "Level").axes[0].lines)  # and two best epochs
    6
    """
    figure, axes = _narrow(3.8)
    epochs = np.arange(1, training.shape[1])
    for number, (taught, held) in enumerate(zip(training, validation, strict=True)):
        color, best = PALETTE[number], held[1:].argmin()
        axes.plot(epochs, taught[1:], "--", color=color, lw=1.3, label="training")
        axes.plot(epochs, held[1:], "-", color=color, lw=1.8, label="validation")
        axes.plot(epochs[best], held[1:][best], "o", color=color, ms=7, label="least validation")
    axes.set(xscale="log", xlabel="epochs", ylabel="loss", ylim=(0, None), title=title)
    shown = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
    figure.legend(shown.values(), shown.keys(), loc="outside lower center", ncols=3)
    return figure

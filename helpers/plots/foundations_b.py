"""Figures of chapters 5 to 8: normalisation, dropout, augmentation, loss and update rule.

Each function takes computed data and returns a ``Figure``; nothing is computed here but positions.
"""

from collections.abc import Sequence
from fractions import Fraction

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from helpers.plots.style import PALETTE, WIDTH

_TARGET, _WINDOW, _OUTSIDE = PALETTE[1], PALETTE[8], "#f4f4f4"
# Photographs make large PNGs: fewer dots keep a chapter small.
_PHOTO_DPI = 75
_LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 2)))


def _figure(height: float, rows: int = 1, columns: int = 1, **options: object):
    """Return a figure of the text's width with its axes."""
    return plt.subplots(rows, columns, figsize=(WIDTH, height), layout="constrained", **options)


def _cell(axes: Axes, x: float, y: float, text: str, colour: object, thick: bool = False) -> None:
    """Draw one labelled unit square whose lower left corner is (x, y)."""
    edge = "black" if thick else "#888888"
    axes.add_patch(Rectangle((x, y), 0.92, 0.8, fc=colour, ec=edge, lw=2.2 if thick else 0.8))
    axes.text(x + 0.46, y + 0.4, text, ha="center", va="center", fontsize=9.5)


# --- chapter 5 ------------------------------------------------------------------------------------


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
    figure, axes = _figure(0.62 * (len(channels) + 1.4))
    for i, value in enumerate(values):
        _cell(axes, i, 0, str(value), "white")
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
        colour = (_TARGET if j == i else _WINDOW) if inside else _OUTSIDE
        _cell(axes, j, y, f"{value}²" if inside else "", colour, thick=j == i)
    axes.text(-0.2, y + 0.4, f"$i={i}$", ha="right", va="center")
    exact = Fraction(values[i], total)
    text = f"{values[i]} / {total} = {float(exact):.4f}"
    axes.text(len(values) + 0.2, y + 0.4, text, ha="left", va="center", fontsize=10.5)


def lrn_response(own: np.ndarray, curves: dict[str, np.ndarray], other: np.ndarray, falling: dict):
    """Draw output against input (left) and against one neighbour's value (right).

    Parameters
    ----------
    own, other
        Horizontal axes: the channel's own activation, the neighbour's activation.
    curves, falling
        Name of each line and its outputs, for the left and for the right panel.
    """
    figure, (left, right) = _figure(3.2, columns=2)
    _lines(left, own, curves)
    left.set(xlabel="own activation $a_i$", ylabel="output $b_i$", title="a channel and itself")
    _lines(right, other, falling)
    right.set(xlabel="one neighbour's activation", ylabel="output $b_i$")
    right.set_title("the neighbour grows")
    return figure


def _lines(axes: Axes, x: np.ndarray, curves: dict[str, np.ndarray]) -> None:
    for number, (name, y) in enumerate(curves.items()):
        axes.plot(x, y, color=PALETTE[number], ls=_LINES[number % len(_LINES)], lw=2, label=name)
    axes.legend(frameon=False)


def band(matrix: np.ndarray) -> Figure:
    """Draw the 0/1 matrix that adds each channel's neighbours.

    Examples
    --------
    >>> band(np.eye(3)).axes[0].get_xlabel()
    'channel j that is added'
    """
    figure, axes = _figure(2.9)
    axes.set_aspect("equal")
    size = len(matrix)
    for i, j in np.ndindex(matrix.shape):
        colour = _WINDOW if matrix[i, j] else _OUTSIDE
        _cell(axes, j - 0.46, size - 1 - i - 0.4, f"{matrix[i, j]:.0f}", colour, thick=i == j)
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
        Standard deviations of the activations.
    deviation
        One column for each system, one row for each scale, in per cent.
    """
    figure, axes = _figure(3.9)
    for number, name in enumerate(deviation):
        style = {"color": PALETTE[number], "ls": _LINES[number % len(_LINES)]}
        axes.plot(scales, deviation[name], lw=2, marker="osD^vX"[number], label=name, **style)
    axes.set(xscale="log", yscale="log", xlabel="scale of the activations (standard deviation)")
    axes.set_ylabel("largest deviation (%)")
    axes.set_xticks(scales, [f"{scale:g}" for scale in scales])
    axes.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    axes.minorticks_off()
    axes.legend(frameon=False, loc="lower right")
    return figure


def tower_deviation(channels: np.ndarray, deviation: np.ndarray) -> Figure:
    """Draw, channel by channel, how far one normaliser over both towers is off.

    Parameters
    ----------
    channels
        Channel numbers shown.
    deviation
        Largest relative deviation of each, in per cent.
    """
    figure, axes = _figure(2.6)
    axes.bar(channels, deviation, color=PALETTE[0], edgecolor="black", lw=0.5)
    middle = (channels[0] + channels[-1]) / 2
    axes.axvline(middle, color="black", ls="--", lw=1)
    top = deviation.max()
    axes.text(channels[0], top * 0.9, "tower a", ha="left")
    axes.text(channels[-1], top * 0.9, "tower b", ha="right")
    axes.set(xticks=channels, xlabel="channel of conv1", ylabel="largest deviation (%)")
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
    figure, panels = _figure(2.6, columns=len(scopes))
    for axes, (title, used) in zip(panels, scopes.items(), strict=True):
        for row, column in np.ndindex(used.shape):
            colour = _WINDOW if used[row, column] else "white"
            text = "×" if used[row, column] else ""
            if (row, column) == target:
                colour, text = _TARGET, "b"
            _cell(axes, column, -row, text, colour, thick=(row, column) == target)
        axes.set(xlim=(-0.2, used.shape[1] + 0.1), ylim=(0.75 - used.shape[0], 1.05), title=title)
        axes.set(xlabel="channel", xticks=[], yticks=[])
        axes.grid(False)
    panels[0].set_ylabel("example")
    return figure


# --- chapter 8 ------------------------------------------------------------------------------------


def softmax_bars(scores: np.ndarray, probabilities: np.ndarray, labels: Sequence[str]) -> Figure:
    """Draw scores beside the probabilities that the softmax makes of them.

    Parameters
    ----------
    scores, probabilities
        One number a class.
    labels
        Names of the classes.
    """
    figure, (left, right) = _figure(2.7, columns=2)
    for axes, values, name in ((left, scores, "score"), (right, probabilities, "probability")):
        bars = axes.bar(labels, values, color=PALETTE[0], edgecolor="black", lw=0.6)
        axes.bar_label(bars, [f"{value:.3g}" for value in values], padding=2)
        axes.set(ylabel=name)
        axes.margins(y=0.15)
        axes.grid(axis="x", visible=False)
    return figure


def descent(paths: dict[str, np.ndarray], loss: object, extent: Sequence[float]) -> Figure:
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
    figure, panels = _figure(3.0, columns=len(paths), sharey=True)
    x, y = np.meshgrid(np.linspace(*extent[:2], 120), np.linspace(*extent[2:], 120))
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
    figure, axes = _figure(3.2)
    _lines(axes, steps, left_over)
    axes.set(xlabel="steps without gradient", ylabel="share of the weight left", ylim=(0.55, 1.02))
    return figure


# --- chapter 6 ------------------------------------------------------------------------------------


def mask_outputs(outputs: np.ndarray, test: float) -> Figure:
    """Draw how often each output occurs over all masks, and the scaled test output.

    Parameters
    ----------
    outputs
        One number a mask.
    test
        The output of the scaled network.
    """
    figure, axes = _figure(2.7)
    values, counts = np.unique(outputs, return_counts=True)
    axes.bar(values, counts, width=0.8, color=PALETTE[0], edgecolor="black", lw=0.6)
    axes.axvline(test, color="black", ls="--", lw=1.6, label="test output = mean")
    axes.set(xlabel="output with one mask", ylabel="masks", xticks=values)
    axes.set_ylim(0, counts.max() * 1.3)
    axes.legend(frameon=False, loc="upper right")
    return figure


def monte_carlo(passes: np.ndarray, error: np.ndarray, scaled: float) -> Figure:
    """Draw the typical error of Monte-Carlo dropout over the number of passes.

    Parameters
    ----------
    passes, error
        Numbers of random masks and the root mean square error with them.
    scaled
        The error of one scaled pass.
    """
    figure, axes = _figure(2.9)
    axes.loglog(passes, error, "-o", color=PALETTE[0], lw=2, label="average of random masks")
    axes.axhline(scaled, color="black", ls="--", label="one scaled pass")
    axes.set(xlabel="random masks averaged", ylabel="typical error (probability)")
    axes.set_xticks(passes, [str(count) for count in passes])
    axes.set_yticks([0.003, 0.01, 0.03, 0.1], ["0.003", "0.01", "0.03", "0.1"])
    axes.minorticks_off()
    axes.legend(frameon=False)
    return figure


def seed_curves(curves: dict[str, list[pd.DataFrame]], column: str, label: str) -> Figure:
    """Draw one thin line a seed and one thick line for the mean of each group.

    Parameters
    ----------
    curves
        Group and its tables, each with an "epoch" column.
    column, label
        What is drawn, and how the axis calls it, with its unit.
    """
    figure, axes = _figure(3.4)
    for number, (name, tables) in enumerate(curves.items()):
        style = {"color": PALETTE[number], "ls": _LINES[number]}
        for table in tables:
            axes.plot(table["epoch"], table[column], lw=0.7, alpha=0.5, **style)
        mean = np.mean([table[column] for table in tables], axis=0)
        axes.plot(tables[0]["epoch"], mean, lw=3, label=name, **style)
    axes.set(xlabel="epoch", ylabel=label)
    axes.legend(frameon=False)
    return figure


# --- chapter 7 ------------------------------------------------------------------------------------


def crop_windows(picture: np.ndarray, corners: dict[str, tuple[int, int]], size: int) -> Figure:
    """Draw square windows on a picture.

    Parameters
    ----------
    picture
        (H, W, 3) uint8.
    corners
        Name of each window and its first row and column.
    size
        Side of the windows in pixels.
    """
    figure, axes = _figure(3.4, dpi=_PHOTO_DPI)
    axes.imshow(picture)
    for number, (name, (y, x)) in enumerate(corners.items()):
        frame = {"ls": _LINES[number], "lw": 2.6, "ec": (PALETTE[3], "black", PALETTE[0])[number]}
        label = f"{name} ({y}, {x})"
        axes.add_patch(Rectangle((x - 0.5, y - 0.5), size, size, fc="none", label=label, **frame))
    axes.set(xlabel="column (pixels)", ylabel="row (pixels)", xlim=(-4, 259), ylim=(259, -4))
    axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False)
    axes.grid(False)
    return figure


def picture_grid(pictures: np.ndarray, titles: Sequence[str], columns: int) -> Figure:
    """Draw pictures in rows, each under its title.

    Parameters
    ----------
    pictures
        (N, H, W, 3), 0–255; values outside are cut.
    titles
        One a picture.
    columns
        Pictures in a row.
    """
    rows = -(-len(pictures) // columns)
    figure, panels = _figure(
        rows * (WIDTH / columns + 0.2), rows, columns, squeeze=False, dpi=_PHOTO_DPI
    )
    for axes, picture, title in zip(panels.flat, pictures, titles, strict=True):
        axes.imshow(np.clip(picture, 0, 255).astype("uint8"))
        axes.set_title(title, fontsize=9.5)
        axes.set_axis_off()
    return figure


def colour_cloud(
    pixels: np.ndarray, mean: np.ndarray, sigma: np.ndarray, vectors: np.ndarray
) -> Figure:
    """Draw pixels over red and blue, with the principal directions as arrows.

    Parameters
    ----------
    pixels
        (N, 3), 0–255.
    mean, sigma, vectors
        As `helpers.augment.colour_pca` returns them; arrows are one sigma long.
    """
    figure, axes = _figure(3.7)
    axes.scatter(pixels[:, 0], pixels[:, 2], c=pixels / 255, s=9, lw=0)
    for number, name in zip((2, 1, 0), ("first", "second", "third"), strict=True):
        end = mean + sigma[number] * vectors[:, number]
        arrow = {"arrowstyle": "->", "lw": 2.2, "color": "black", "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (end[0], end[2]), (mean[0], mean[2]), arrowprops=arrow)
        axes.text(end[0] + 3, end[2] - 4, name, fontsize=10, weight="bold", va="top")
    axes.set(xlabel="red (grey levels)", ylabel="blue (grey levels)", aspect="equal")
    axes.set(xlim=(-5, 260), ylim=(-5, 260))
    return figure

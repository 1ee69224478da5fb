"""Digits: samples and errors, the confusion of ten classes, dropout left on, pictures read."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from helpers.evaluation import wilson_interval
from helpers.plots.style import PALETTE, WIDTH, plain, wide_figure


def grid(images: Sequence[np.ndarray], titles: Sequence[str], columns: int = 8) -> Figure:
    """Show small grey pictures, ink dark on light, each with a title.

    Parameters
    ----------
    images
        (28, 28) or (28, 28, 1) each, 0 to 255, ink bright as in MNIST.
    titles
        One for each picture.
    columns
        Pictures in a row.
    """
    lines = max(1, -(-len(images) // columns))
    figure, axes = wide_figure(lines * (WIDTH / columns + 0.25), lines, columns)
    axes = np.atleast_1d(axes).ravel()
    for axis in axes:
        axis.axis("off")
    for axis, image, title in zip(axes, images, titles, strict=False):
        axis.imshow(np.squeeze(image), cmap="gray_r", vmin=0, vmax=255)
        axis.set_title(plain(title), fontsize=9.5)
    return figure


def confusion(matrix: pd.DataFrame) -> Figure:
    """Draw the counts of many classes; wrong ones stand out, the diagonal is pale."""
    counts = matrix.to_numpy()
    wrong = counts - np.diag(np.diag(counts))
    figure, axis = plt.subplots(figsize=(WIDTH * 0.8, WIDTH * 0.72))
    axis.imshow(wrong, cmap="Oranges", vmin=0, vmax=max(1, 1.4 * wrong.max()))
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "0.45" if row == column else "black"
            axis.text(column, row, count, ha="center", va="center", color=colour, fontsize=10)
    names = [plain(name) for name in matrix.index]
    axis.set_xticks(range(len(names)), names)
    axis.set_yticks(range(len(names)), names)
    axis.set(xlabel="predicted", ylabel="true")
    axis.grid(visible=False)
    return figure


def passes(noisy: Sequence[int], plain: int, total: int) -> Figure:
    """Draw the share right of several passes with dropout on beside the one with it off.

    Parameters
    ----------
    noisy, plain
        Digits read rightly in each pass with dropout on, and with it off.
    total
        Digits judged; bars are the Wilson 95 % intervals.
    """
    figure, axis = wide_figure(2.6)
    # Spread over the height, since equal shares would hide each other.
    heights = np.linspace(-0.35, 0.35, len(noisy))
    groups = ((noisy, heights, "o", 5, PALETTE[1]), ([plain], [1], "D", 8, PALETTE[0]))
    for counts, places, marker, size, colour in groups:
        ends = np.array([wilson_interval(int(count), total) for count in counts])
        middle = np.asarray(counts) / total
        reach = np.abs(ends.T - middle)
        style = {"color": colour, "markersize": size, "elinewidth": 1, "capsize": 2}
        axis.errorbar(middle, places, xerr=reach, fmt=marker, **style)
    axis.set_yticks([0, 1], ["dropout left on", "dropout off"])
    axis.set_ylim(-0.6, 1.5)
    axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    axis.set_xlabel("share right with its 95 % interval, a dot for each pass over the same digits")
    return figure


def readings(rows: Sequence[tuple[np.ndarray, np.ndarray, str]], titles: Sequence[str]) -> Figure:
    """Show picture files above what the network is shown of them.

    Parameters
    ----------
    rows
        For each file: its grey values, (height, width), the 28×28 made of it, and what was said.
    titles
        One for each file, put above it.
    """
    figure, axes = wide_figure(2 * WIDTH / len(rows) + 0.9, 2, len(rows), squeeze=False)
    for (top, bottom), (grey, digit, said), title in zip(axes.T, rows, titles, strict=True):
        top.imshow(grey, cmap="gray", vmin=0, vmax=255)
        top.set_title(plain(title), fontsize=9.5)
        bottom.imshow(np.squeeze(digit), cmap="gray", vmin=0, vmax=255)
        bottom.set_xlabel(said, fontsize=9.5)
        for axis in (top, bottom):
            axis.set(xticks=[], yticks=[])
            axis.grid(visible=False)
    return figure

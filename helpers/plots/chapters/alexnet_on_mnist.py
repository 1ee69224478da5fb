"""Digits: samples and errors, the confusion of ten classes, dropout left on, pictures read."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.plots.style import WIDTH, plain, wide_figure


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

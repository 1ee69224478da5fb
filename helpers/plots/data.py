"""Sheets of pictures from a data set."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from helpers import datasets
from helpers.plots.evaluation import PICTURE_DPI
from helpers.plots.style import WIDTH, plain


def contact_sheet(data, rows: int = 2, columns: int = 6, seed: int = 0) -> Figure:
    """Show some pictures of each class as the network gets them: 256×256, central square.

    Parameters
    ----------
    data
        ``ImageFolder``.
    rows
        Rows for each class.
    columns
        Pictures in a row.
    seed
        Decides which pictures are taken.

    Examples
    --------
    >>> contact_sheet(datasets.load("embedded", split="train"))  # doctest: +SKIP
    """
    rng = np.random.default_rng(seed)
    count = rows * columns
    groups = []
    for label, title in enumerate(data.titles):
        paths = data.table.loc[data.table["label"] == label, "path"].to_numpy()
        chosen = rng.choice(paths, min(count, len(paths)), replace=False)
        groups.append((title, [datasets.decode(path) for path in chosen]))
    return grouped_sheet(groups, columns)


def grouped_sheet(groups: Sequence[tuple[str, list[np.ndarray]]], columns: int = 6) -> Figure:
    """Show groups of pictures under one heading each, ``columns`` in a row.

    Parameters
    ----------
    groups
        Pairs of heading and pictures (H, W, 3), uint8.
    columns
        Pictures in a row.
    """
    lines = [-(-len(pictures) // columns) for _, pictures in groups]
    height = WIDTH / columns * sum(lines) + 0.32 * len(groups)
    figure = plt.figure(figsize=(WIDTH, height), dpi=PICTURE_DPI)
    parts = figure.subfigures(len(groups), 1, height_ratios=lines, squeeze=False)[:, 0]
    for part, (title, pictures), line in zip(parts, groups, lines, strict=True):
        part.suptitle(plain(title), fontsize=12)
        axes = part.subplots(line, columns, squeeze=False).ravel()
        for axis in axes:
            axis.axis("off")
        for axis, picture in zip(axes, pictures, strict=False):
            axis.imshow(picture)
    return figure

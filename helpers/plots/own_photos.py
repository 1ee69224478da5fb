"""Figures of chapter 18: how much better more photographs make the network, and look-alikes."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator, PercentFormatter

from helpers.datasets import decode
from helpers.plots.evaluation import PICTURE_DPI
from helpers.plots.style import PALETTE, WIDTH


def expectations(network: pd.DataFrame, linear: pd.DataFrame) -> Figure:
    """Draw the share right over the number of training pictures, one point a run.

    Parameters
    ----------
    network, linear
        A row a seed and a column a number of pictures; shares, 0 to 1.

    Examples
    --------
    >>> figure = expectations(pd.DataFrame({50: [0.8]}), pd.DataFrame({50: [0.7]}))
    >>> figure.axes[0].get_xlabel()
    'training photographs'
    """
    figure, axis = plt.subplots(figsize=(WIDTH, 3.8))
    styles = (("AlexNet", network, "o", 0, 0.94), ("8×8 thumbnail, linear", linear, "s", 1, 1.06))
    for name, table, marker, colour, shift in styles:
        counts = np.array([int(count) for count in table])
        axis.plot(counts, table.mean(), color=PALETTE[colour], marker="_", ms=16, mew=2.5, lw=1.2)
        for _, values in table.iterrows():
            axis.plot(counts * shift, values, marker, color=PALETTE[colour], ms=5, alpha=0.75)
        axis.plot([], [], marker + "-", color=PALETTE[colour], label=name)
    axis.set_xscale("log")
    axis.set_xticks(counts, [str(count) for count in counts])
    axis.minorticks_off()
    axis.yaxis.set_major_locator(MultipleLocator(0.05))
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set_ylim(top=1)
    axis.set(xlabel="training photographs", ylabel="share right")
    axis.legend(loc="lower right")
    return figure


def pairs(table: pd.DataFrame) -> Figure:
    """Draw pairs of pictures side by side (``own_photos.nearest_pairs``), nearest first.

    Each pair has a column: the training picture above, the validation picture below.
    """
    height = 0.6 + 2 * WIDTH / len(table)
    figure, axes = plt.subplots(
        2, len(table), figsize=(WIDTH, height), dpi=PICTURE_DPI, squeeze=False
    )
    for column, row in enumerate(table.itertuples()):
        for axis, path in zip(axes[:, column], (row.train, row.val), strict=True):
            axis.imshow(decode(path))
            axis.set(xticks=[], yticks=[])
        axes[0, column].set_title(f"{row.distance:.2f}")
    axes[0, 0].set_ylabel("training")
    axes[1, 0].set_ylabel("validation")
    return figure

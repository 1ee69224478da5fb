"""Figures of errors: every wrong picture, and how often a kind of picture is wrong."""

import textwrap
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers import datasets, evaluation
from helpers.plots.style import PALETTE, PICTURE_DPI, WIDTH, percents, plain, wide_figure


def wrong_sheet(predictions: pd.DataFrame, columns: int = 8) -> Figure:
    """Show every wrong picture, the surest first, in a block for each kind of error.

    Parameters
    ----------
    predictions
        Predictions table with at least one wrong row.
    columns
        Pictures in a row.
    """
    wrong = evaluation.surest_wrong(predictions, len(predictions))
    kinds = list(wrong.groupby(["label_name", "prediction_name"]))
    lines = [-(-len(rows) // columns) for _, rows in kinds]
    height = (WIDTH / columns + 0.2) * sum(lines) + 0.35 * len(kinds)
    figure = plt.figure(figsize=(WIDTH, height), dpi=PICTURE_DPI)
    parts = figure.subfigures(len(kinds), 1, height_ratios=lines, squeeze=False)[:, 0]
    for part, ((true, said), rows), line in zip(parts, kinds, lines, strict=True):
        part.suptitle(plain(f"true: {true}; called: {said}", 70), fontsize=11)
        axes = part.subplots(line, columns, squeeze=False).ravel()
        for axis in axes:
            axis.axis("off")
        for axis, row in zip(axes, rows.itertuples(), strict=False):
            axis.imshow(datasets.decode(row.path, 128))
            axis.set_title(f"{100 * row.probability:.1f} %", fontsize=9)
    return figure


def slices(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw how often pictures are wrong over a property of theirs, a panel for each property.

    Parameters
    ----------
    tables
        Name of each property and its table, a row for each part of the pictures: ``mean`` of the
        property, share ``wrong`` and the ends of its interval, ``low`` and ``high``.
    """
    figure, axes = wide_figure(2.9, columns=len(tables), sharey=True, squeeze=False)
    for axis, (name, table) in zip(axes[0], tables.items(), strict=True):
        reach = np.stack([table["wrong"] - table["low"], table["high"] - table["wrong"]])
        axis.errorbar(
            table["mean"], table["wrong"], reach, fmt="o", color=PALETTE[0], capsize=3,
        )  # fmt: skip
        axis.set_xlabel(textwrap.fill(plain(name, 40), 16))
        axis.set_xmargin(0.15)
        axis.yaxis.set_major_formatter(percents())
    axes[0, 0].set(ylabel="share wrong, 95 % interval", ylim=(0, None))
    return figure

"""Figures of dropout: what masks do to an output, many passes, and curves of several seeds."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.plots.style import LINES, PALETTE, wide_figure


def mask_outputs(outputs: np.ndarray, test: float) -> Figure:
    """Draw how often each output occurs over all masks, and the scaled test output.

    Parameters
    ----------
    outputs
        One number a mask.
    test
        The output of the scaled network.
    """
    figure, axes = wide_figure(2.7)
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
    figure, axes = wide_figure(2.9)
    axes.loglog(passes, error, "-o", color=PALETTE[0], lw=2, label="average of random masks")
    axes.axhline(scaled, color="black", ls="--", label="one scaled pass")
    axes.set(xlabel="random masks averaged", ylabel="typical error (probability)")
    axes.set_xticks(passes, [str(count) for count in passes])
    axes.set_yticks([0.01, 0.03, 0.1, 0.3], ["0.01", "0.03", "0.1", "0.3"])
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
    figure, axes = wide_figure(3.4)
    for number, (name, tables) in enumerate(curves.items()):
        style = {"color": PALETTE[number], "ls": LINES[number]}
        for table in tables:
            axes.plot(table["epoch"], table[column], lw=0.7, alpha=0.5, **style)
        mean = np.mean([table[column] for table in tables], axis=0)
        axes.plot(tables[0]["epoch"], mean, lw=3, label=name, **style)
    axes.set(xlabel="epoch", ylabel=label)
    axes.legend(frameon=False)
    return figure

"""Figures of heat maps' scores: tables, deletion curves, maps of randomised networks."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.plots.style import PALETTE, percents, plain, wide_figure


def score_table(scores: pd.DataFrame, chance: float, xlabel: str) -> Figure:
    """Draw each method's mean score with its interval against that of a uniform map.

    Parameters
    ----------
    scores
        Index: method; columns ``mean``, ``low``, ``high``, 0 to 1.
    chance
        Score of a map that is the same everywhere.
    xlabel
        What the score is.
    """
    figure, axis = wide_figure(1.3 + 0.45 * len(scores))
    for place, row in enumerate(scores.itertuples()):
        colour = PALETTE[place % len(PALETTE)]
        axis.plot([row.low, row.high], [place, place], color=colour, linewidth=3)
        axis.plot(row.mean, place, "o", color=colour, markersize=7)
    axis.axvline(chance, color="0.35", linestyle=":", linewidth=1.8, label="uniform map")
    axis.set_yticks(range(len(scores)), [plain(name) for name in scores.index])
    axis.set_ylim(len(scores) - 0.5, -0.6)
    axis.xaxis.set_major_formatter(percents())
    axis.set_xlabel(plain(xlabel, 80))
    figure.legend(loc="outside upper right")
    return figure


def curves(lines: Mapping[str, np.ndarray], title: str) -> Figure:
    """Draw mean deletion or insertion curves, one line per method.

    Parameters
    ----------
    lines
        Name and (N, steps + 1) probabilities.
    title
        What is done to the pictures.
    """
    figure, axis = wide_figure(3.4)
    for number, (name, values) in enumerate(lines.items()):
        share = np.linspace(0, 1, values.shape[1])
        marker = "os^Dvx"[number % 6]
        style = {"marker": marker, "color": PALETTE[number], "label": plain(name, 40)}
        axis.plot(share, values.mean(axis=0), **style)
    axis.set(xlabel="share of the picture", ylabel="mean probability", title=plain(title, 60))
    axis.xaxis.set_major_formatter(percents())
    axis.set_ylim(0, 1.03)
    axis.legend()
    return figure


def small_maps(grids: Mapping[str, np.ndarray]) -> Figure:
    """Show small maps with their numbers written in the cells, one panel each."""
    figure, axes = wide_figure(2.3, columns=len(grids), squeeze=False)
    largest = max(np.abs(values).max() for values in grids.values())
    for axis, (title, values) in zip(axes[0], grids.items(), strict=True):
        axis.imshow(values, cmap="RdBu_r", vmin=-1.6 * largest, vmax=1.6 * largest)
        for (row, column), value in np.ndenumerate(values):
            axis.text(column, row, f"{value:g}", ha="center", va="center", fontsize=12)
        axis.set_title(plain(title), fontsize=10)
        axis.set_xticks([])
        axis.set_yticks([])
        axis.grid(visible=False)
    return figure

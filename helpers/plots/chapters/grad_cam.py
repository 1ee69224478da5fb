"""Figures of heat maps' scores: tables, deletion curves, maps of randomised networks."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from helpers.plots.grids import overlay
from helpers.plots.style import PALETTE, WIDTH, percents, picture_axes, plain, wide_figure


def score_table(
    scores: pd.DataFrame, chance: float, xlabel: str, draws: Sequence[float] = ()
) -> Figure:
    """Draw each method's mean score with its interval against that of a uniform map.

    Parameters
    ----------
    scores
        Index: method; columns ``mean``, ``low``, ``high``, 0 to 1.
    chance
        Score of a map that is the same everywhere.
    xlabel
        What the score is.
    draws
        The same score of networks with random weights, a point each, in a line of its own.
    """
    lines = [plain(name) for name in scores.index] + ["random weights"] * bool(len(draws))
    figure, axis = wide_figure(1.3 + 0.45 * len(lines))
    for place, row in enumerate(scores.itertuples()):
        colour = PALETTE[place % len(PALETTE)]
        axis.plot([row.low, row.high], [place, place], color=colour, linewidth=3)
        axis.plot(row.mean, place, "o", color=colour, markersize=7)
    axis.plot(draws, [len(scores)] * len(draws), "o", color="0.35", alpha=0.5, markersize=6)
    axis.axvline(chance, color="0.35", linestyle=":", linewidth=1.8, label="uniform map")
    axis.set_yticks(range(len(lines)), lines)
    axis.set_ylim(len(lines) - 0.5, -0.6)
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


def draws(values: pd.DataFrame, ylabel: str) -> Figure:
    """Draw a point for each draw of random weights, and the mean of each column as a bar.

    Parameters
    ----------
    values
        A column for each kind of draw, a row for each draw.
    ylabel
        What the values are.
    """
    figure, axis = wide_figure(3.4)
    sns.stripplot(values, ax=axis, color=PALETTE[0], alpha=0.6, size=6, jitter=0.12, legend=False)
    for place, name in enumerate(values):
        axis.hlines(values[name].mean(), place - 0.25, place + 0.25, color="0.2", linewidth=2.5)
    axis.axhline(0, color="0.35", linestyle=":", linewidth=1.8)
    axis.set(ylabel=plain(ylabel, 60), xlabel="drawn anew")
    return figure


def in_one_row(panels: Sequence[tuple[str, np.ndarray, np.ndarray | None]]) -> Figure:
    """Show pictures and heat maps over them side by side, small.

    Parameters
    ----------
    panels
        Title, picture (H, W, 3) of 0 to 255, and a map (H, W) of 0 to 1 over it, or None.
    """
    figure, axes = picture_axes(1, len(panels), WIDTH / len(panels) + 0.6)
    figure.set_dpi(75)  # a notebook has room for so many bytes
    for axis, (title, picture, values) in zip(axes[0], panels, strict=True):
        if values is None:
            axis.imshow(picture)
        else:
            overlay(axis, picture / 255, values)
        axis.set_title(plain(title, 60), fontsize=9)
    return figure


def by_layer(
    layers: Sequence[str], scores: Mapping[str, Sequence[float]], levels: Mapping[str, float]
) -> Figure:
    """Draw the energy inside the object over the layers, one line per method.

    Parameters
    ----------
    layers
        Names, from the input upwards.
    scores
        Name of a method and its score at each layer, 0 to 1.
    levels
        Name and score of maps that know no layer.
    """
    figure, axis = wide_figure(3.2)
    for number, (name, values) in enumerate(scores.items()):
        style = {"marker": "os^D"[number % 4], "color": PALETTE[number], "label": plain(name)}
        axis.plot(layers, values, **style)
    for (name, value), line in zip(levels.items(), (":", "--", "-."), strict=False):
        axis.axhline(value, color="0.35", linestyle=line, label=plain(name))
    axis.yaxis.set_major_formatter(percents())
    axis.set(ylabel="energy inside the object", ylim=(0, 1))
    axis.legend(ncols=2)
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

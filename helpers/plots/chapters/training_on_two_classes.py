"""Figures of training on two classes: edges, what arrives of four starts, networks' opponents."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from helpers.plots.style import PALETTE, percents, plain, wide_figure


def directions(features: np.ndarray, labels: np.ndarray, titles: Sequence[str]) -> Figure:
    """Draw how much edge the pictures of each class have in each direction: medians and quartiles.

    Parameters
    ----------
    features
        (N, directions), each row with the sum 1; the directions part 0 to 180 degrees equally.
    labels
        (N,) class of each picture.
    titles
        Names of the classes.

    Examples
    --------
    >>> figure = directions(np.full((4, 2), 0.5), np.array([0, 0, 1, 1]), ["ship", "bike"])
    >>> [label.get_text() for label in figure.axes[0].get_xticklabels()]
    ['0–90', '90–180']
    """
    figure, axes = wide_figure(3.4)
    step = 180 // features.shape[1]
    names = [f"{first}–{first + step}" for first in range(0, 180, step)]
    table = pd.DataFrame(features, columns=names)
    table["class"] = [plain(titles[label]) for label in labels]
    table = table.melt("class", var_name="direction", value_name="share")
    style = {"palette": PALETTE[: len(titles)], "markers": list("os^D")[: len(titles)]}
    half = {"estimator": "median", "errorbar": ("pi", 50)}  # from quarter to quarter
    sns.pointplot(
        table, x="direction", y="share", hue="class", dodge=0.3, ls="none", ax=axes, **half, **style
    )
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set(xlabel="direction of the slope, in degrees", ylabel="share of all edges")
    axes.legend(title="", frameon=False)
    return figure


def starts(spreads: Mapping[str, Sequence[float]], layers: Sequence[str]) -> Figure:
    """Draw how much activations differ from picture to picture, layer by layer, for each start.

    Parameters
    ----------
    spreads
        Name of each start, and its deviation at each layer.
    layers
        Names of the layers.

    Examples
    --------
    >>> starts({"Glorot": [1.0, 0.1]}, ["conv1", "fc8"]).axes[0].get_yscale()
    'log'
    """
    figure, axes = wide_figure(3.8)
    for number, (name, values) in enumerate(spreads.items()):
        style = {"marker": "os^D"[number % 4], "color": PALETTE[number]}
        axes.plot(list(layers), list(values), **style, label=plain(name, 40))
    axes.set(yscale="log", ylabel="deviation from picture to picture")
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def flat(runs: pd.DataFrame) -> Figure:
    """Draw training loss and validation accuracy of runs from several starts, a line a seed.

    Parameters
    ----------
    runs
        Columns ``start``, ``seed``, ``updates``, ``loss``, ``val_accuracy``; a row an epoch.

    Examples
    --------
    >>> row = {"start": "weak", "seed": 0, "updates": 25, "loss": 0.69, "val_accuracy": 0.5}
    >>> [axes.get_title() for axes in flat(pd.DataFrame([row])).axes]
    ['Training loss', 'Validation pictures right']
    """
    figure, panels = wide_figure(3.6, columns=2)
    columns, levels = ("loss", "val_accuracy"), (np.log(2), 0.5)
    for axes, column, level in zip(panels, columns, levels, strict=True):
        axes.axhline(level, color="0.35", ls=":", lw=1.5)
        for number, (name, group) in enumerate(runs.groupby("start", sort=False)):
            style = {"marker": "os^D"[number % 4], "color": PALETTE[number], "markersize": 4}
            for _, one in group.groupby("seed"):
                axes.plot(one["updates"], one[column], **style, lw=1.2, label=plain(name, 40))
    panels[0].set(xlabel="updates", title="Training loss")
    panels[1].set(xlabel="updates", title="Validation pictures right")
    panels[1].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    handles, names = panels[0].get_legend_handles_labels()
    kept = dict(zip(names, handles, strict=True))
    figure.legend(kept.values(), kept.keys(), loc="outside lower center", ncols=2)
    return figure


def against(
    opponents: Mapping[str, tuple[float, float, float]],
    networks: Mapping[str, Sequence[float]],
    guessing: float,
) -> Figure:
    """Draw the shares of opponents, grey with their intervals, and below them those of networks.

    Parameters
    ----------
    opponents
        Name, then (share, lower end, upper end), each 0 to 1.
    networks
        Name, then the share of each seed, a dot each.
    guessing
        What guessing gets, a dotted line.

    Examples
    --------
    >>> figure = against({"ruler": (0.7, 0.6, 0.8)}, {"network": [0.9, 0.92]}, 0.5)
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['ruler', 'network']
    """
    names = [*opponents, *networks]
    figure, axes = wide_figure(1.0 + 0.36 * len(names))
    for place, (middle, low, high) in enumerate(opponents.values()):
        axes.plot([low, high], [place, place], color="0.6", lw=3, solid_capstyle="butt")
        axes.plot(middle, place, "o", color="0.35", markersize=6)
    for place, seeds in enumerate(networks.values(), start=len(opponents)):
        axes.plot(seeds, [place] * len(seeds), "D", color=PALETTE[0], markersize=6, alpha=0.8)
    axes.axvline(guessing, color="0.35", ls=":", lw=1.5)
    axes.set_yticks(range(len(names)), [plain(name, 40) for name in names])
    axes.set(ylim=(len(names) - 0.5, -0.5), xlabel="share of the test pictures right")
    axes.xaxis.set_major_formatter(percents())
    return figure

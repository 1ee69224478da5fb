"""Figures of your own photos: what more photographs and learnt weights do, and look-alikes."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MultipleLocator, PercentFormatter

from helpers.datasets import decode
from helpers.evaluation import wilson_interval
from helpers.plots.comparisons import MARKERS
from helpers.plots.style import PALETTE, PICTURE_DPI, WIDTH, percents, plain, wide_figure

#: What a layer is at the start of a training, and how it is drawn.
STATES: dict[str, tuple[str, dict]] = {
    "drawn": ("drawn at random, learns", {"facecolor": "white"}),
    "frozen": ("learnt elsewhere, stays", {"facecolor": PALETTE[0], "alpha": 0.6, "hatch": "//"}),
    "learning": ("learnt elsewhere, learns on", {"facecolor": PALETTE[1], "alpha": 0.6}),
}


def expectations(network: pd.DataFrame, linear: pd.DataFrame, judged: int, feature: str) -> Figure:
    """Draw the share right over the number of training pictures, one point a run.

    Parameters
    ----------
    network, linear
        A row a seed and a column a number of pictures; shares, 0 to 1.
    judged
        Pictures that each share is of; bars are the Wilson 95 % intervals of the runs.
    feature
        What the linear rule reads, for the legend.

    Examples
    --------
    >>> figure = expectations(pd.DataFrame({50: [0.8]}), pd.DataFrame({50: [0.7]}), 100, "edges")
    >>> figure.axes[0].get_xlabel()
    'training photographs'
    """
    figure, axis = wide_figure(3.8)
    styles = (("AlexNet", network, "o", 0, 0.88), (f"{feature}, linear", linear, "s", 1, 1.14))
    for name, table, marker, colour, shift in styles:
        counts, colour = np.array([int(count) for count in table]), PALETTE[colour]
        axis.plot(counts, table.mean(), color=colour, marker="_", ms=16, mew=2.5, lw=1.2)
        aside = np.linspace(0.95, 1.05, len(table))  # the runs of one size, beside each other
        for apart, (_, values) in zip(aside, table.iterrows(), strict=True):
            ends = [wilson_interval(round(share * judged), judged) for share in values]
            reach = np.abs(np.transpose(ends) - values.to_numpy())
            style = {"color": colour, "ms": 5, "elinewidth": 1.2, "capsize": 2}
            axis.errorbar(counts * shift * apart, values, reach, fmt=marker, **style)
        axis.plot([], [], marker + "-", color=colour, label=name)
    axis.set_xscale("log")
    axis.set_xticks(counts, [str(count) for count in counts])
    axis.minorticks_off()
    axis.yaxis.set_major_locator(MultipleLocator(0.05))
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set_ylim(top=1)
    axis.set(xlabel="training photographs", ylabel="share right, with its 95 % interval")
    axis.legend(loc="lower right")
    return figure


def pairs(table: pd.DataFrame) -> Figure:
    """Draw pairs of pictures side by side (``subsets.nearest_pairs``), nearest first.

    Each pair has a column: the training picture above, the validation picture below.
    """
    height = 0.6 + 2 * WIDTH / len(table)
    figure, axes = wide_figure(height, 2, len(table), squeeze=False, dpi=PICTURE_DPI)
    for column, row in enumerate(table.itertuples()):
        for axis, path in zip(axes[:, column], (row.train, row.val), strict=True):
            axis.imshow(decode(path))
            axis.set(xticks=[], yticks=[])
        axes[0, column].set_title(f"{row.distance:.2f}")
    axes[0, 0].set_ylabel("training")
    axes[1, 0].set_ylabel("validation")
    return figure


def sureness(rows: dict[str, np.ndarray], limit: float) -> Figure:
    """Draw how sure a network is of pictures of several kinds, a row for each kind.

    Parameters
    ----------
    rows
        For each kind the probabilities of the classes that the network names, one for each picture.
    limit
        Below which it is not to answer: a dashed line.

    Examples
    --------
    >>> figure = sureness({"digits": np.array([0.6, 0.9])}, 0.7)
    >>> figure.axes[0].texts[0].get_text()
    '50 %'
    """
    figure, axis = wide_figure(1.0 + 0.5 * len(rows))
    for place, values in enumerate(rows.values()):
        axis.plot(
            values, np.full(len(values), place), "|", color=PALETTE[place > 0], ms=14, alpha=0.4
        )
        told = f"{100 * (values >= limit).mean():.0f} %"
        axis.annotate(told, (1.01, place), xycoords=("axes fraction", "data"), va="center")
    axis.axvline(limit, color="black", lw=1, ls="--")
    axis.annotate("at or above the line", (1.01, -0.7), xycoords=("axes fraction", "data"))
    axis.set_yticks(range(len(rows)), list(rows))
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_xlabel("probability of the class that is named")
    axis.grid(axis="y", visible=False)
    return figure


def beginnings(ways: Mapping[str, Sequence[str]], layers: Sequence[str]) -> Figure:
    """Draw which layers of a network come from where, a row for each way to begin.

    Parameters
    ----------
    ways
        Title, then for each layer ``"drawn"``, ``"frozen"`` or ``"learning"``: drawn at random and
        learning, from another network and fixed, or from there and learning.
    layers
        Their names, as many.

    Examples
    --------
    >>> figure = beginnings({"head": ["frozen", "drawn"]}, ["conv1", "fc8"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['conv1', 'fc8']
    """
    figure, axis = wide_figure(0.9 + 0.5 * len(ways))
    for row, states in enumerate(ways.values()):
        for place, (layer, state) in enumerate(zip(layers, states, strict=True)):
            axis.barh(row, 0.9, 0.7, place - 0.45, edgecolor="black", **STATES[state][1])
            ground = {"fc": "white", "ec": "none", "pad": 1.5}  # the letters lie on no stroke
            axis.text(place, row, layer, ha="center", va="center", fontsize=9.5, bbox=ground)
    handles = [Patch(edgecolor="black", **style, label=said) for said, style in STATES.values()]
    axis.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0), ncols=3, frameon=False
    )
    axis.set_yticks(range(len(ways)), list(ways))
    axis.set(xticks=[], ylim=(len(ways) - 0.5, -0.5))
    axis.grid(visible=False)
    axis.spines[:].set_visible(False)
    return figure


def from_learnt(shares: Mapping[str, pd.DataFrame], level: Mapping[str, pd.Series]) -> Figure:
    """Draw the share right over the number of training pictures, for several ways to begin.

    Parameters
    ----------
    shares
        Name of a way, then a row a draw and a column a number of pictures; 0 to 1. Dots are draws,
        lines their means.
    level
        Name of an opponent, then its mean share by number of pictures: dashed.

    Examples
    --------
    >>> table = pd.DataFrame({25: [0.6, 0.7], 50: [0.8, 0.7]})
    >>> figure = from_learnt({"scratch": table}, {"thumbnails": table.mean()})
    >>> [label.get_text() for label in figure.axes[0].get_xticklabels()]
    ['25', '50']
    """
    figure, axis = wide_figure(5)
    apart = np.linspace(-0.2, 0.2, len(shares))
    for i, (name, table) in enumerate(shares.items()):
        style = {"color": PALETTE[i], "marker": MARKERS[i]}
        places = np.arange(table.shape[1]) + apart[i]
        for _, values in table.iterrows():
            axis.plot(places, values, ls="", ms=4, alpha=0.6, **style)
        axis.plot(places, table.mean(), ms=8, lw=1.4, label=plain(name), **style)
    for grey, (name, means) in zip(("0.25", "0.55"), level.items(), strict=False):
        axis.plot(np.arange(len(means)), means, color=grey, ls="--", label=plain(name))
    counts = next(iter(shares.values())).columns
    axis.set_xticks(range(len(counts)), [str(count) for count in counts])
    axis.yaxis.set_major_formatter(percents())
    axis.set(xlabel="training photographs", ylabel="share of the test photographs right")
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncol=2, fontsize=8.5)
    return figure

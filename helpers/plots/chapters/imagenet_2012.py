"""Figures of 2012 and ImageNet: the contest, the results of 2012, and the years around them.

Each function takes numbers and returns a ``Figure``; the numbers come from the ledger or the cell.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.plots.style import PALETTE, wide_figure

_HAND_MADE, _NETWORK, _ENSEMBLE, _GREY = PALETTE[7], PALETTE[0], PALETTE[1], "#6b6b6b"


def ranked_guesses(names: Sequence[str], scores: np.ndarray, truth: int, k: int = 5) -> Figure:
    """Draw the scores of one picture in order, with the first ``k`` and the true class marked.

    Parameters
    ----------
    names, scores
        Classes and their scores, shape (classes,).
    truth
        Index of the true class.
    k
        How many guesses count.

    Examples
    --------
    >>> len(ranked_guesses("abc", np.array([0.2, 0.5, 0.3]), truth=2, k=2).axes[0].patches)
    3
    """
    order = np.argsort(-scores)
    figure, axes = wide_figure(2.6)
    colours = [
        _ENSEMBLE if c == truth else _NETWORK if i < k else _GREY for i, c in enumerate(order)
    ]
    hatches = ["//" if c == truth else "" for c in order]
    axes.bar(range(len(order)), scores[order], color=colours, hatch=hatches, edgecolor="white")
    axes.axvline(k - 0.5, color="black", ls="--", lw=1)
    axes.text(k - 0.56, scores.max(), f"first {k}", ha="right", va="top")
    labels = [f"{names[c]}\n(true)" if c == truth else names[c] for c in order]
    axes.set_xticks(range(len(order)), labels)
    axes.set(ylabel="score", xlabel="class, best guess first")
    axes.grid(axis="x", visible=False)
    return figure


def growth(table: pd.DataFrame) -> Figure:
    """Draw how many times larger the second row of a table is than its first, on a log scale.

    Parameters
    ----------
    table
        Two rows (old, new), one column a quantity.

    Examples
    --------
    >>> table = pd.DataFrame({"layers": [5, 8]}, index=["LeNet", "AlexNet"])
    >>> len(growth(table).axes[0].patches)
    1
    """
    ratio = (table.iloc[1] / table.iloc[0]).sort_values()
    figure, axes = wide_figure(0.5 * len(ratio) + 0.9)
    axes.barh(ratio.index, ratio, color=_NETWORK)
    for i, value in enumerate(ratio):
        axes.text(
            value * 1.1, i, f"× {value:,.3g}" if value < 1000 else f"× {value:,.0f}", va="center"
        )
    axes.set_xscale("log")
    axes.set_xlim(1, ratio.max() * 8)
    axes.set_xlabel(f"{table.index[1]} over {table.index[0]}")
    axes.grid(axis="y", visible=False)
    return figure


def result_tables(contests: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw error rates of systems, one panel a contest.

    Parameters
    ----------
    contests
        Title -> table with the columns ``system``, ``error (%)`` and ``kind``
        (``"hand-made features"``, ``"one network"`` or ``"several networks"``).

    Examples
    --------
    >>> rows = [{"system": "A", "error (%)": 26.2, "kind": "hand-made features"}]
    >>> len(result_tables({"2012": pd.DataFrame(rows)}).axes)
    1
    """
    colours = {
        "hand-made features": _HAND_MADE,
        "one network": _NETWORK,
        "several networks": _ENSEMBLE,
    }
    hatches = {"hand-made features": "..", "one network": "", "several networks": "//"}
    rows = [len(table) for table in contests.values()]
    height = 0.42 * sum(rows) + 0.9 * len(rows)
    figure, panels = wide_figure(height, len(rows), squeeze=False, height_ratios=rows)
    for axes, (title, table) in zip(panels.ravel(), contests.items(), strict=True):
        for kind, part in table[::-1].groupby("kind", sort=False):
            axes.barh(
                part["system"],
                part["error (%)"],
                color=colours[kind],
                hatch=hatches[kind],
                edgecolor="white",
                label=kind,
            )
        axes.set_yticks(range(len(table)), table["system"][::-1])
        for i, error in enumerate(table["error (%)"][::-1]):
            axes.text(error + 0.4, i, f"{error:.1f}", va="center")
        axes.set_title(title, loc="left")
        axes.set_xlim(0, 33)
        axes.grid(axis="y", visible=False)
    panels.ravel()[-1].set_xlabel("top-5 error (%)")
    return figure


def errors_by_year(table: pd.DataFrame, human: float) -> Figure:
    """Draw one top-5 error a year, and one person's.

    Parameters
    ----------
    table
        Indexed by year, columns ``error (%)``, ``system`` and ``network`` (True for convolutional
        networks).
    human
        Error of one trained person in %.

    Examples
    --------
    >>> rows = {"error (%)": [25.8, 15.3], "system": ["A", "B"], "network": [False, True]}
    >>> len(errors_by_year(pd.DataFrame(rows, index=[2011, 2012]), 5.1).axes)
    1
    """
    figure, axes = wide_figure(3.8)
    colours = [_NETWORK if network else _HAND_MADE for network in table["network"]]
    hatches = ["" if network else ".." for network in table["network"]]
    axes.bar(table.index, table["error (%)"], color=colours, hatch=hatches, edgecolor="white")
    axes.axhline(human, color="black", ls="--", lw=1, zorder=0.5)
    axes.text(table.index.max() + 0.45, human + 0.4, "one person", ha="right")
    # A white ground keeps a label readable where the dashed line runs through it.
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    for year, row in table.iterrows():
        error = row["error (%)"]
        axes.text(year, error + 0.5, f"{error:.3g}", ha="center", bbox=ground)
    labels = [f"{year}\n{row['system']}" for year, row in table.iterrows()]
    axes.set_xticks(table.index, labels, fontsize=9)
    axes.set_ylabel("top-5 test error (%)")
    axes.set_ylim(0, table["error (%)"].max() + 3)
    axes.grid(axis="x", visible=False)
    return figure

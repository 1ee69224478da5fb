"""Learning curves, confusion matrices, galleries and thresholds."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from helpers import datasets, evaluation
from helpers.plots.style import PALETTE, WIDTH

PICTURE_DPI = 85  # pictures make large files; the book keeps them small


def learning_curves(histories: Mapping[str, pd.DataFrame], chance: float | None = None) -> Figure:
    """Draw loss and accuracy of one or several runs, training dashed and validation solid.

    Parameters
    ----------
    histories
        Name of each run and its history: ``epoch``, ``loss``, ``accuracy``, ``val_loss``,
        ``val_accuracy``.
    chance
        Accuracy of guessing, drawn as a dotted line together with its loss, log(1 / chance).
    """
    figure, axes = plt.subplots(1, 2, figsize=(WIDTH, 3.5))
    for number, (name, history) in enumerate(histories.items()):
        for axis, column in zip(axes, ("loss", "accuracy"), strict=True):
            style = {"color": PALETTE[number], "marker": "os^Dv"[number % 5], "markersize": 4}
            axis.plot(history["epoch"], history[column], "--", **style, alpha=0.75)
            axis.plot(history["epoch"], history[f"val_{column}"], "-", **style, label=name)
    _name_curves(axes, chance)
    _legend_of_curves(figure, axes[0], several=len(histories) > 1)
    return figure


def _name_curves(axes, chance: float | None) -> None:
    axes[0].set(xlabel="epoch", ylabel="cross-entropy", title="Loss", ylim=(0, None))
    axes[1].set(xlabel="epoch", ylabel="share right", title="Accuracy")
    axes[1].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    for axis in axes:
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    if chance is not None:
        if np.log(1 / chance) > axes[0].get_ylim()[1]:
            axes[0].set_ylim(0, 1.1 * np.log(1 / chance))
        for axis, level in zip(axes, (np.log(1 / chance), chance), strict=True):
            axis.axhline(level, color="0.35", linestyle=":", linewidth=1.5)
            axis.annotate(
                "guessing",
                (1, level),
                xycoords=("axes fraction", "data"),
                xytext=(-3, 3),
                textcoords="offset points",
                ha="right",
                fontsize=9,
                color="0.35",
            )


def _legend_of_curves(figure, axis, several: bool) -> None:
    """One legend below both panels: line styles, and the runs when there are several."""
    lines = [
        plt.Line2D([], [], color="0.2", linestyle=style, label=name)
        for name, style in (("training", "--"), ("validation", "-"))
    ]
    handles = axis.get_legend_handles_labels()[0] if several else []
    figure.legend(
        handles=[*lines, *handles], loc="outside lower center", ncols=min(4, 2 + len(handles))
    )


def confusion(predictions: pd.DataFrame, title: str = "") -> Figure:
    """Draw the confusion matrix: counts, rates, and the Wilson 95 % interval of each rate.

    With more than twenty classes the colours must do: the cells have no room for numbers.

    Examples
    --------
    >>> confusion(run.predictions)  # doctest: +SKIP
    """
    return confusions({title: predictions})


def confusions(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw one confusion matrix beside the other; each cell says what ``confusion`` says."""
    size = WIDTH / 2 if len(tables) > 1 else WIDTH * 0.62
    figure, axes = plt.subplots(
        1, len(tables), figsize=(min(WIDTH, size * len(tables)), 3.6), squeeze=False
    )
    for axis, (title, predictions) in zip(axes[0], tables.items(), strict=True):
        _matrix(axis, evaluation.confusion_matrix(predictions), title)
    for axis in axes[0][1:]:
        axis.set_ylabel("")
    return figure


def _matrix(axis, matrix: pd.DataFrame, title: str) -> None:
    rates = evaluation.rates(matrix).to_numpy()
    axis.imshow(rates, cmap="Blues", vmin=0, vmax=1.15)
    axis.set(xlabel="predicted", ylabel="true", title=title)
    axis.grid(visible=False)
    if len(matrix) > evaluation.MANY_CLASSES:
        return
    totals = matrix.sum(axis=1).to_numpy()
    for row, total in enumerate(totals):
        for column in range(len(matrix)):
            text = _cell(int(matrix.iloc[row, column]), int(total))
            colour = "white" if rates[row, column] > 0.6 else "black"
            axis.text(column, row, text, ha="center", va="center", color=colour, fontsize=9.5)
    names = [str(name).replace(" ", "\n", 1) for name in matrix.index]
    axis.set_xticks(range(len(names)), names)
    axis.set_yticks(range(len(names)), names)


def _cell(count: int, total: int) -> str:
    if total == 0:
        return "0"
    low, high = evaluation.wilson_interval(count, total)
    return f"{count}\n{100 * count / total:.1f} %\n({100 * low:.1f} to {100 * high:.1f})"


def gallery(rows: pd.DataFrame, columns: int = 4) -> Figure:
    """Show the pictures of some predictions with what was said, how surely, and what is true.

    Parameters
    ----------
    rows
        Rows of a predictions table, as from ``evaluation.surest_wrong``.
    columns
        Pictures in a row.
    """
    lines = max(1, -(-len(rows) // columns))
    wide = WIDTH / columns
    size = (WIDTH, lines * (wide + 0.6))
    figure, axes = plt.subplots(lines, columns, figsize=size, dpi=PICTURE_DPI)
    axes = np.atleast_1d(axes).ravel()
    for axis in axes:
        axis.axis("off")
    for axis, row in zip(axes, rows.itertuples(), strict=False):
        axis.imshow(datasets.decode(row.path))
        axis.set_title(caption(row), fontsize=9.5)
    return figure


def caption(row) -> str:
    """Return what stands over a picture: ✓ or ✗, the prediction, its probability, the truth."""
    said = f"{row.prediction_name}\n{100 * row.probability:.1f} %"
    return f"✓ {said}" if row.correct else f"✗ {said}, true:\n{row.label_name}"


def intervals(shares: Mapping[str, tuple[float, float, float]], xlabel: str) -> Figure:
    """Draw shares with their intervals, one below the other.

    Parameters
    ----------
    shares
        Name, then (share, lower end, upper end), each 0 to 1.
    xlabel
        What the shares are.
    """
    figure, axis = plt.subplots(figsize=(WIDTH, 1.0 + 0.42 * len(shares)))
    for place, (middle, low, high) in enumerate(shares.values()):
        colour = PALETTE[place % len(PALETTE)]
        axis.plot([low, high], [place, place], color=colour, linewidth=3, solid_capstyle="butt")
        axis.plot(middle, place, "o", color=colour, markersize=7)
        axis.annotate(
            f"{100 * middle:.1f} %",
            (middle, place),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=9.5,
        )
    axis.set_yticks(range(len(shares)), list(shares))
    axis.set_ylim(len(shares) - 0.5, -0.7)
    axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set_xlabel(xlabel)
    return figure


def thresholds(table: pd.DataFrame, positive: str) -> Figure:
    """Draw precision and recall over the threshold (``evaluation.threshold_table``)."""
    figure, axis = plt.subplots(figsize=(WIDTH, 3.3))
    for number, (name, marker) in enumerate((("precision", "o"), ("recall", "s"))):
        axis.plot(table["threshold"], table[name], marker=marker, color=PALETTE[number], label=name)
    axis.set(
        xlabel=f"called “{positive}” when its probability is at least …",
        ylabel="share",
    )
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.legend()
    return figure


def reliability(bins: pd.DataFrame) -> Figure:
    """Draw how often the network was right over how sure it was (``evaluation.calibration``)."""
    figure, axis = plt.subplots(figsize=(WIDTH * 0.72, 3.8))
    low, high = bins["right"] - bins["right_low"], bins["right_high"] - bins["right"]
    axis.plot([0.5, 1], [0.5, 1], ":", color="0.35", label="as sure as right")
    axis.errorbar(
        bins["said"], bins["right"], [low, high], fmt="o", color=PALETTE[0], capsize=4,
        label="95 % interval",
    )  # fmt: skip
    for row in bins.itertuples():
        # Below the interval: the groups near 100 % are too close to each other for labels beside.
        place = {"xytext": (0, -13), "textcoords": "offset points", "ha": "center", "fontsize": 9}
        axis.annotate(f"n = {row.images}", (row.said, row.right_low), **place)
    axis.set(xlabel="mean probability of the prediction", ylabel="share right")
    for scale in (axis.xaxis, axis.yaxis):
        scale.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set(xlim=(0.48, 1.06), ylim=(bins["right_low"].min() - 0.1, 1.03))
    axis.legend(loc="lower right")
    return figure

"""Curves over epochs, thresholds and probabilities."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers import evaluation
from helpers.plots.style import LONGEST, LONGEST_TITLE, PALETTE, WIDTH, percents, plain, wide_figure

#: So many epochs of a curve have a mark, at most; more would hide the line.
MARKS = 15


def learning_curves(histories: Mapping[str, pd.DataFrame], chance: float | None = None) -> Figure:
    """Draw loss and accuracy of one or several runs, training dashed and validation solid.

    A single run has a colour for each of the two, of several runs each has its own. Of a
    long run only some epochs have a mark.

    Parameters
    ----------
    histories
        Name of each run and its history: ``epoch``, ``loss``, ``accuracy``, ``val_loss``,
        ``val_accuracy``.
    chance
        Accuracy of guessing, drawn as a dotted line together with its loss, log(1 / chance).
    """
    figure, axes = wide_figure(3.5, columns=2)
    several = len(histories) > 1
    for number, (name, history) in enumerate(histories.items()):
        learnt, judged = (number, number) if several else (1, 0)
        look = {"marker": "os^Dv"[number % 5], "markevery": -(-len(history) // MARKS), "ms": 4}
        label = plain(name, 40)
        for axis, column in zip(axes, ("loss", "accuracy"), strict=True):
            colours = PALETTE[learnt % len(PALETTE)], PALETTE[judged % len(PALETTE)]
            epochs = history["epoch"]
            axis.plot(epochs, history[column], "--", color=colours[0], alpha=0.75, **look)
            axis.plot(epochs, history[f"val_{column}"], "-", color=colours[1], label=label, **look)
    _name_curves(axes, chance)
    _legend_of_curves(figure, axes[0], several)
    return figure


def _name_curves(axes, chance: float | None) -> None:
    axes[0].set(xlabel="epoch", ylabel="cross-entropy", title="Loss", ylim=(0, None))
    axes[1].set(xlabel="epoch", ylabel="share right", title="Accuracy")
    axes[1].yaxis.set_major_formatter(percents())
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
    colours = ("0.2", "0.2") if several else (PALETTE[1], PALETTE[0])
    kinds = zip(("training", "validation"), ("--", "-"), colours, strict=True)
    lines = [plt.Line2D([], [], color=colour, ls=ls, label=name) for name, ls, colour in kinds]
    handles = axis.get_legend_handles_labels()[0] if several else []
    figure.legend(
        handles=[*lines, *handles], loc="outside lower center", ncols=min(4, 2 + len(handles))
    )


def thresholds(table: pd.DataFrame, positive: str) -> Figure:
    """Draw precision and recall over the threshold (``evaluation.threshold_table``).

    Bars are the Wilson 95 % intervals; the two shares of a threshold stand a little apart, so that
    neither hides the other.
    """
    figure, axis = wide_figure(3.6)
    for number, (name, marker) in enumerate((("precision", "o"), ("recall", "s"))):
        middle = table[name]
        reach = [middle - table[f"{name}_low"], table[f"{name}_high"] - middle]
        axis.errorbar(
            table["threshold"] + (number - 0.5) * 0.008, middle, reach, fmt=f"{marker}-",
            color=PALETTE[number], capsize=3, elinewidth=1.2, label=name,
        )  # fmt: skip
    axis.set(
        xlabel=f"called “{plain(positive, 40)}” when its probability is at least …",
        ylabel="share, with its 95 % interval",
    )
    axis.yaxis.set_major_formatter(percents())
    axis.legend()
    return figure


def roc(predictions: pd.DataFrame, title: str = "") -> Figure:
    """Draw ROC curves: of two classes the second's, of more each one's against the rest.

    Parameters
    ----------
    predictions
        Table with the probability of each class (``evaluation.predict``).
    title
        Of the figure.

    Examples
    --------
    >>> roc(run.predictions).axes[0].get_xlabel()
    'share of the others called so'
    """
    figure, axis = plt.subplots(figsize=(WIDTH * 0.72, 4.4))
    axis.plot([0, 1], [0, 1], ":", color="0.35")
    for label, style in _curve_styles(predictions):
        table = evaluation.roc_table(predictions, label)
        area = evaluation.roc_area(predictions, label)
        name = f"{style.pop('name')}: area {area.area:.3f} ({area.low:.3f} to {area.high:.3f})"
        axis.plot(table["false_rate"], table["true_rate"], **style, label=name)
    _finish_curves(axis, title, "share of the others called so", "share of the class found")
    return figure


def precision_recall(predictions: pd.DataFrame, title: str = "") -> Figure:
    """Draw precision over recall, of the classes that ``roc`` draws.

    Arguments as for ``roc``; the legend has the average precision and the share of the class,
    which is what guessing gets.

    Examples
    --------
    >>> precision_recall(run.predictions).axes[0].get_xlabel()
    'recall: share of the class found'
    """
    from sklearn import metrics

    figure, axis = plt.subplots(figsize=(WIDTH * 0.72, 4.4))
    for label, style in _curve_styles(predictions):
        true = (predictions["label"] == label).to_numpy()
        average = evaluation.average_precision(predictions, label)
        share = evaluation.positive_probability(predictions, label)
        precision, recall, _ = metrics.precision_recall_curve(true, share)
        name = f"{style.pop('name')}: average {average:.3f}, guessing {true.mean():.3f}"
        # Steps: between two points there is no third on a straight line.
        axis.plot(recall, precision, **style, drawstyle="steps-post", label=name)
    _finish_curves(axis, title, "recall: share of the class found", "precision")
    return figure


def _curve_styles(predictions: pd.DataFrame) -> list[tuple[int, dict]]:
    """Return label, name and line of each curve; the first ten classes have a colour of theirs."""
    names = {
        **dict(zip(predictions["prediction"], predictions["prediction_name"], strict=True)),
        **dict(zip(predictions["label"], predictions["label_name"], strict=True)),
    }
    labels = sorted(predictions["label"].unique())
    if len(names) == 2:
        labels = labels[-1:]
    styles = []
    for number, label in enumerate(labels):
        few = number < len(PALETTE)
        style = {"color": PALETTE[number] if few else "0.6", "lw": 1.8 if few else 0.8}
        styles.append((label, {**style, "name": plain(names.get(label, label), LONGEST)}))
    return styles


def _finish_curves(axis, title: str, xlabel: str, ylabel: str) -> None:
    axis.set(xlabel=xlabel, ylabel=ylabel, title=plain(title, LONGEST_TITLE))
    axis.set(xlim=(-0.01, 1.01), ylim=(0, 1.02))
    for scale in (axis.xaxis, axis.yaxis):
        scale.set_major_formatter(percents())
    handles, names = axis.get_legend_handles_labels()
    if len(names) > len(PALETTE):
        handles, names = handles[: len(PALETTE)], [*names[: len(PALETTE) - 1], "others grey"]
    axis.figure.legend(handles, names, loc="outside lower center", ncols=1)


def reliability(bins: pd.DataFrame) -> Figure:
    """Draw how often the network was right over how sure it was (``evaluation.calibration``)."""
    figure, axis = plt.subplots(figsize=(WIDTH * 0.72, 3.8))
    low, high = bins["right"] - bins["right_low"], bins["right_high"] - bins["right"]
    start = min(0.5, float(bins["said"].min()))
    axis.plot([start, 1], [start, 1], ":", color="0.35", label="as sure as right")
    axis.errorbar(
        bins["said"], bins["right"], [low, high], fmt="o", color=PALETTE[0], capsize=4,
        label="95 % interval, below it the number of pictures",
    )  # fmt: skip
    for row in bins.itertuples():
        # Bare numbers below: the groups near 100 % are too close to each other for anything wider.
        place: dict[str, Any] = {
            "xytext": (0, -13),
            "textcoords": "offset points",
            "ha": "center",
            "fontsize": 9,
        }
        axis.annotate(str(row.images), (row.said, row.right_low), **place)
    axis.set(xlabel="mean probability of the prediction", ylabel="share right")
    for scale in (axis.xaxis, axis.yaxis):
        scale.set_major_formatter(percents())
    axis.set(xlim=(start - 0.02, 1.06), ylim=(bins["right_low"].min() - 0.1, 1.03))
    figure.legend(loc="outside upper center")  # inside it hides a group
    return figure

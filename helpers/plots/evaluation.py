"""Learning curves, confusion matrices, ROC and precision-recall curves, galleries, thresholds."""

import textwrap
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers import datasets, evaluation
from helpers.paths import shorten
from helpers.plots.style import PALETTE, WIDTH, percents, plain

PICTURE_DPI = 85  # pictures make large files; the book keeps them small
#: Up to so many classes a cell has room for count, rate and interval; then for the count alone;
#: then for its colour; and above the last one the classes have no names.
THREE_LINES, COUNTS, NAMED = 4, 15, 60
LONGEST_TITLE = 60
LONGEST = 26  # letters of a class's name on an axis


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
            style = {
                "color": PALETTE[number % len(PALETTE)],
                "marker": "os^Dv"[number % 5],
                "markersize": 4,
            }
            label = plain(name, 40)
            axis.plot(history["epoch"], history[column], "--", **style, alpha=0.75)
            axis.plot(history["epoch"], history[f"val_{column}"], "-", **style, label=label)
    _name_curves(axes, chance)
    _legend_of_curves(figure, axes[0], several=len(histories) > 1)
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

    The figure grows with the classes. Above four of them a cell holds its count alone, above
    fifteen its colour, above sixty the classes are numbered.

    Examples
    --------
    >>> confusion(run.predictions)  # doctest: +SKIP
    """
    return confusions({title: predictions})


def confusions(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw one confusion matrix beside the other; each cell says what ``confusion`` says."""
    matrices = [evaluation.confusion_matrix(table) for table in tables.values()]
    sizes = [_matrix_size(matrix, len(tables)) for matrix in matrices]
    whole = (sum(wide for wide, _ in sizes), max(high for _, high in sizes))
    ratios = [wide for wide, _ in sizes]
    figure, axes = plt.subplots(1, len(tables), figsize=whole, squeeze=False, width_ratios=ratios)
    for axis, title, matrix in zip(axes[0], tables, matrices, strict=True):
        _matrix(axis, matrix, title)
    for axis in axes[0][1:]:
        axis.set_ylabel("")
    return figure


def _matrix_size(matrix: pd.DataFrame, beside: int) -> tuple[float, float]:
    """Return width and height in inches at which everything that is written can be read."""
    count = len(matrix)
    if count <= 2:
        return (WIDTH / 2 if beside > 1 else WIDTH * 0.62), 3.6
    names = 0.085 * max(len(name) for name in _axis_names(matrix))
    if count <= THREE_LINES:
        return 1.3 * count + 0.5 + names, 0.8 * count + 1.2 + names
    cell = 0.44 if count <= COUNTS else 0.19
    side = max(2.6, cell * min(count, NAMED))
    return side + names + (0.5 if count <= COUNTS else 1.4), side + names + 0.8


def _matrix(axis, matrix: pd.DataFrame, title: str) -> None:
    rates, count = evaluation.rates(matrix).to_numpy(), len(matrix)
    # Where colour must do, a rate of a few per cent has to be seen too.
    scale = {"vmin": 0, "vmax": 1.15} if count <= COUNTS else {"norm": PowerNorm(0.5, 0, 1)}
    aspect = "auto" if 2 < count <= THREE_LINES else None  # three lines are wider than high
    image = axis.imshow(rates, cmap="Blues", aspect=aspect, **scale)
    axis.set(xlabel="predicted", ylabel="true", title=plain(title, LONGEST_TITLE))
    axis.grid(visible=False)
    if count <= COUNTS:
        _write_cells(axis, matrix, rates)
    else:
        bar = axis.figure.colorbar(image, ax=axis, fraction=0.04, pad=0.02)
        bar.ax.yaxis.set_major_formatter(percents())
        bar.set_label("share of the true class")
    if count <= NAMED:
        _name_classes(axis, _axis_names(matrix))
    else:
        axis.set(xlabel=f"predicted: number of the class, 0 to {count - 1}")


def _write_cells(axis, matrix: pd.DataFrame, rates: np.ndarray) -> None:
    totals, large = matrix.sum(axis=1).to_numpy(), len(matrix) <= THREE_LINES
    for row, total in enumerate(totals):
        for column in range(len(matrix)):
            count = int(matrix.iloc[row, column])
            text = _cell(count, int(total)) if large else str(count or "")
            colour = "white" if rates[row, column] > 0.6 else "black"
            axis.text(column, row, text, ha="center", va="center", color=colour, fontsize=9.5)


def _axis_names(matrix: pd.DataFrame) -> list[str]:
    """Return the classes as they stand on the axes: whole where few, else up to 26 letters."""
    if len(matrix) <= 2:
        return [plain(_in_lines(str(name))) for name in matrix.index]
    return [plain(name, LONGEST) for name in matrix.index]


def _in_lines(name: str) -> str:
    """Break a name at its first space, a long one wherever it has to be."""
    if len(name) <= LONGEST:
        return name.replace(" ", "\n", 1)
    return textwrap.fill(shorten(name, 2 * LONGEST), 14)


def _name_classes(axis, names: Sequence[str]) -> None:
    many = len(names) > THREE_LINES or max(map(len, names)) > 14
    size = {"fontsize": 8} if len(names) > COUNTS else {}
    axis.set_xticks(range(len(names)), names, rotation=90 if many and len(names) > 2 else 0, **size)
    axis.set_yticks(range(len(names)), names, **size)


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
        axis.set_title(plain(caption(row)), fontsize=9.5)
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
    axis.set_yticks(range(len(shares)), [plain(name, 40) for name in shares])
    axis.set_ylim(len(shares) - 0.5, -0.7)
    axis.xaxis.set_major_formatter(percents())
    axis.set_xlabel(plain(xlabel, 80))
    return figure


def thresholds(table: pd.DataFrame, positive: str) -> Figure:
    """Draw precision and recall over the threshold (``evaluation.threshold_table``).

    Bars are the Wilson 95 % intervals; the two shares of a threshold stand a little apart, so that
    neither hides the other.
    """
    figure, axis = plt.subplots(figsize=(WIDTH, 3.6))
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


def roc(predictions: pd.DataFrame, positive: int | None = None, title: str = "") -> Figure:
    """Draw the ROC curve of one class against the rest, or of each class.

    Parameters
    ----------
    predictions
        Table with the probability of each class (``evaluation.predict``).
    positive
        The class; None: of two classes the second, of more each that occurs.
    title
        Of the figure.

    Examples
    --------
    >>> roc(run.predictions)  # doctest: +SKIP
    """
    figure, axis = plt.subplots(figsize=(WIDTH * 0.72, 4.4))
    axis.plot([0, 1], [0, 1], ":", color="0.35")
    for label, style in _curve_styles(predictions, positive):
        table = evaluation.roc_table(predictions, label)
        area = evaluation.roc_area(predictions, label)
        name = f"{style.pop('name')}: area {area.area:.3f} ({area.low:.3f} to {area.high:.3f})"
        axis.plot(table["false_rate"], table["true_rate"], **style, label=name)
    _finish_curves(axis, title, "share of the others called so", "share of the class found")
    return figure


def precision_recall(
    predictions: pd.DataFrame, positive: int | None = None, title: str = ""
) -> Figure:
    """Draw precision over recall of one class against the rest, or of each class.

    Arguments as for ``roc``; the legend has the average precision and the share of the class,
    which is what guessing gets.

    Examples
    --------
    >>> precision_recall(run.predictions)  # doctest: +SKIP
    """
    from sklearn import metrics

    figure, axis = plt.subplots(figsize=(WIDTH * 0.72, 4.4))
    for label, style in _curve_styles(predictions, positive):
        true = (predictions["label"] == label).to_numpy()
        average = evaluation.average_precision(predictions, label)
        share = evaluation.positive_probability(predictions, label)
        precision, recall, _ = metrics.precision_recall_curve(true, share)
        name = f"{style.pop('name')}: average {average:.3f}, guessing {true.mean():.3f}"
        # Steps: between two points there is no third on a straight line.
        axis.plot(recall, precision, **style, drawstyle="steps-post", label=name)
    _finish_curves(axis, title, "recall: share of the class found", "precision")
    return figure


def _curve_styles(predictions: pd.DataFrame, positive: int | None) -> list[tuple[int, dict]]:
    """Return label, name and line of each curve; the first ten classes have a colour of theirs."""
    names = {
        **dict(zip(predictions["prediction"], predictions["prediction_name"], strict=True)),
        **dict(zip(predictions["label"], predictions["label_name"], strict=True)),
    }
    labels = sorted(predictions["label"].unique())
    if positive is not None:
        labels = [positive]
    elif len(names) == 2:
        labels = labels[-1:]
    styles = []
    for number, label in enumerate(labels):
        few = number < len(PALETTE)
        style = {"color": PALETTE[number] if few else "0.6", "lw": 1.8 if few else 0.8}
        styles.append((label, {**style, "name": plain(names.get(label, label), LONGEST)}))
    return styles


def _finish_curves(axis, title: str, xlabel: str, ylabel: str) -> None:
    axis.set(
        xlabel=xlabel,
        ylabel=ylabel,
        title=plain(title, LONGEST_TITLE),
        xlim=(-0.01, 1.01),
        ylim=(0, 1.02),
    )
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
        label="95 % interval",
    )  # fmt: skip
    for row in bins.itertuples():
        # Below the interval: the groups near 100 % are too close to each other for labels beside.
        place = {"xytext": (0, -13), "textcoords": "offset points", "ha": "center", "fontsize": 9}
        axis.annotate(f"n = {row.images}", (row.said, row.right_low), **place)
    axis.set(xlabel="mean probability of the prediction", ylabel="share right")
    for scale in (axis.xaxis, axis.yaxis):
        scale.set_major_formatter(percents())
    axis.set(xlim=(start - 0.02, 1.06), ylim=(bins["right_low"].min() - 0.1, 1.03))
    axis.legend(loc="lower right")
    return figure

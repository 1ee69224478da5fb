"""Confusion matrices, of two classes or of a thousand."""

import textwrap
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from helpers import evaluation
from helpers.files import shorten
from helpers.plots.style import LONGEST, LONGEST_TITLE, WIDTH, percents, plain

#: Up to so many classes a cell has room for count, rate and interval; then for the count alone;
#: then for its colour; and above the last one the classes have no names.
THREE_LINES, COUNTS, NAMED = 4, 15, 60


def confusion(predictions: pd.DataFrame, title: str = "") -> Figure:
    """Draw the confusion matrix: counts, rates, and the Wilson 95 % interval of each rate.

    The figure grows with the classes. Above four of them a cell holds its count alone, above
    fifteen its colour, above sixty the classes are numbered.

    Examples
    --------
    >>> len(confusion(run.predictions).axes[0].texts)
    4
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

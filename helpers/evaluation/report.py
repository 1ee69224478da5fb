"""A predictions table in words: accuracy, confusion matrix, classes, base rates."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.evaluation.ranking import (
    average_precision,
    class_count,
    has_probabilities,
    one_vs_rest,
    precision_at,
    roc_area,
)
from helpers.evaluation.rates import accuracy, class_names, confusion_matrix, per_class, top_k
from helpers.files import shorten, shown

#: Above so many classes nobody reads a table of all pairs; the report names the extremes instead.
MANY_CLASSES = 20
TERMINAL = 78  # columns for a row of that table
SHORTEST = 16  # letters of a name that are always shown


def report(predictions: pd.DataFrame) -> str:
    """Return accuracy, confusion matrix and the figures of each class as text.

    Examples
    --------
    >>> report(run.predictions).splitlines()[0]
    'accuracy: ... of 4 = ...'
    """
    printed = _printed(list(class_names(predictions).values()))
    names = ("label_name", "prediction_name")
    predictions = predictions.assign(**{name: predictions[name].map(printed) for name in names})
    lines = [f"accuracy: {accuracy(predictions)}"]
    lines += [f"warning: {said}" for said in seen_before(predictions)]
    if "rank" in predictions and predictions["rank"].max() > 5:
        lines.append(f"top-5:    {top_k(predictions, 5)}")
        errors = (100 * (1 - part.share) for part in (accuracy(predictions), top_k(predictions, 5)))
        lines.append("top-1 error {:.1f} %, top-5 error {:.1f} %".format(*errors))
    if len(class_names(predictions)) > MANY_CLASSES:
        return "\n".join(lines + _extremes(predictions) + _ranking(predictions))
    lines += ["", "true class in rows, prediction in columns:"]
    lines += [confusion_matrix(predictions).to_string(), ""]
    table = per_class(predictions)
    for title, row in table.iterrows():
        parts = [_figure_with_interval(row, name) for name in ("precision", "recall", "f1")]
        lines.append(f"{title}: {', '.join(parts)}, {_pictures(int(row['images']))}")
    return "\n".join(lines + _ranking(predictions))


def _printed(names: Sequence[str]) -> dict[str, str]:
    """Return each name as it is printed: in one line, and short enough for a row of the table.

    Examples
    --------
    >>> _printed(["a" * 40 + "b", "a" * 40 + "c", "dog"])["a" * 40 + "b"]
    'aaaaaaaa…aaaaaaab'
    """
    if len(names) > MANY_CLASSES:  # in lists, one below the other
        return {name: shown(name) for name in names}
    most = max(SHORTEST, TERMINAL // (len(names) + 1) - 2)
    short = {name: shorten(shown(name), most) for name in names}
    often = Counter(short.values())
    numbered = enumerate(short.items(), start=1)
    return {
        # Those that are alike without their middle are told apart by their number.
        name: text if often[text] == 1 else f"{shorten(shown(name), most - 4)} #{i}"
        for i, (name, text) in numbered
    }


def seen_before(predictions: pd.DataFrame) -> list[str]:
    """Return what to say beside an accuracy where the network has seen some pictures before.

    Parameters
    ----------
    predictions
        Table with ``correct``; a column ``seen``, if it has one, says of which part of the
        network's own pictures each is: "training", "validation" or "".

    Examples
    --------
    >>> table = pd.DataFrame({"correct": [True] * 4, "seen": ["training", "", "", "training"]})
    >>> seen_before(table)[0][:40]
    'of these 4 pictures 2 taught the network'
    """
    parts = predictions["seen"] if "seen" in predictions else pd.Series("", predictions.index)
    taught, steered = int((parts == "training").sum()), int((parts == "validation").sum())
    if taught + steered == 0:
        return []
    said = [f"{taught} taught the network"] if taught else []
    said += [f"{steered} steered its training and chose its epoch"] if steered else []
    new = predictions[parts == ""]
    rest = f"on the {len(new)} new ones it is {accuracy(new)}" if len(new) else "none is new"
    return [
        f"of these {_pictures(len(predictions))} {' and '.join(said)} (the same contents, or "
        f"nearly the same to look at): the accuracy does not tell of new pictures; {rest}"
    ]


def _pictures(count: int) -> str:
    return f"{count} picture" if count == 1 else f"{count} pictures"


def _ranking(predictions: pd.DataFrame) -> list[str]:
    """Return lines on ROC areas, average precisions and base rates, where they can be had."""
    if not has_probabilities(predictions):
        return []
    names, labels = class_names(predictions), predictions["label"].unique()
    if len(labels) < 2:
        return ["", f"all pictures are {names[labels[0]]}: no ROC curve and no average precision"]
    if class_count(predictions) > 2 or len(names) > 2:
        each = one_vs_rest(predictions)
        area, precision = each["roc_area"].mean(), each["average_precision"].mean()
        return [
            "",
            f"each class against the rest, mean of {len(each)}: area under the ROC curve "
            f"{area:.3f}, average precision {precision:.3f}",
        ]
    area = roc_area(predictions, max(names))
    lines = ["", f"area under the ROC curve: {area} (0.5 is guessing)"]
    return lines + [line for label in names for line in _base_rates(predictions, label)]


def _base_rates(predictions: pd.DataFrame, label: int) -> list[str]:
    """Return a line on average precision and one on precision at other base rates."""
    name, here = class_names(predictions)[label], (predictions["label"] == label).mean()
    average = average_precision(predictions, label)
    table = precision_at(predictions, label)
    parts = [
        f"{_percent(row.share)} %: {_percent(row.precision)} % "
        f"({_percent(row.low)} to {_percent(row.high)})"
        for row in table.itertuples()
    ]
    first = f"{name}: average precision {average:.3f} ({_percent(here)} % of these pictures)"
    if table["precision"].isna().all():
        return [first, f"  no picture was called {name}, so it has no precision"]
    return [
        first,
        f"  precision where the share of {name} is " + ", ".join(parts),
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.3g}" if np.isfinite(share) else "?"


def _extremes(predictions: pd.DataFrame, count: int = 10) -> list[str]:
    """Return lines on the classes that are hardest and the confusions that are most frequent."""
    right = predictions.groupby("label").agg(
        title=("label_name", "first"), correct=("correct", "sum"), images=("correct", "size")
    )
    order = (right["correct"] / right["images"]).sort_values(kind="stable").index[:count]
    lines = ["", f"the hardest of {len(right)} classes:"]
    for row in right.loc[order].itertuples():
        lines.append(f"  {row.title}: {row.correct} of {row.images} right")
    wrong = predictions[~predictions["correct"].astype(bool)]
    pairs = wrong.groupby(["label_name", "prediction_name"]).size()
    lines += ["", "the most frequent confusions:"]
    for (true, said), times in pairs.sort_values(ascending=False, kind="stable")[:count].items():
        lines.append(f"  {true} taken for {said}: {times} times")
    return lines


def _figure_with_interval(row: pd.Series, name: str) -> str:
    if not np.isfinite(row[name]):  # nothing was called so, or nothing is so: a share of nothing
        return f"{name} undefined"
    return f"{name} {row[name]:.3f} ({row[name + '_low']:.3f} to {row[name + '_high']:.3f})"

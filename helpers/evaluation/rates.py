"""Shares with their intervals, the confusion matrix, and the pictures to look at first.

In: a predictions table. Out: numbers and rows of it; nothing is predicted here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from helpers import validate
from helpers.errors import UserError


def half_up(number: float, digits: int = 0) -> float:
    """Return a number rounded as one does by hand: a half goes away from zero.

    Python's ``round`` and its formats send a half to the even neighbour, so 290 of 400 would be
    printed as 72 %; and a sum that is a half on paper may lie a hair below it.

    Examples
    --------
    >>> half_up(72.5), half_up(-8.35, 1), half_up(94.24, 1)
    (73.0, -8.4, 94.2)
    """
    scaled = abs(number) * 10**digits
    return math.copysign(math.floor(scaled + 0.5 + 1e-9) / 10**digits, number)


@dataclass(frozen=True)
class Share:
    """So many of so many, with the Wilson 95 % interval."""

    correct: int
    total: int

    @property
    def share(self) -> float:
        """``correct`` divided by ``total``, 0 to 1."""
        return self.correct / self.total

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end of the 95 % interval, 0 to 1."""
        return wilson_interval(self.correct, self.total)

    def __str__(self) -> str:
        low, high = (100 * end for end in self.interval)
        share = f"{self.correct} of {self.total} = {half_up(100 * self.share, 1):.1f} %"
        return f"{share} (95 % interval {low:.1f} to {high:.1f})"


def wilson_interval(correct: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of a share.

    Unlike share ± z·sqrt(share·(1-share)/total) it stays inside 0 to 1 and keeps its promise for
    small samples and for shares near 1, which is where a good classifier's accuracy lies.

    Parameters
    ----------
    correct, total
        Whole numbers, 0 ≤ correct ≤ total, total ≥ 1.
    confidence
        How often such an interval holds the true share, between 0 and 1.

    Raises
    ------
    UserError
        When the numbers have no meaning.

    Examples
    --------
    >>> low, high = wilson_interval(90, 100)
    >>> round(low, 3), round(high, 3)
    (0.826, 0.945)
    """
    if total < 1 or not 0 <= correct <= total:
        raise UserError(f"A share needs 0 ≤ correct ≤ total and total ≥ 1, got {correct}/{total}.")
    if not 0 < confidence < 1:
        raise UserError(f"confidence must lie between 0 and 1, got {confidence}.")
    ends = stats.binomtest(int(correct), int(total)).proportion_ci(confidence, method="wilson")
    return float(ends.low), float(ends.high)


def accuracy(predictions: pd.DataFrame) -> Share:
    """Return the share of right predictions.

    Examples
    --------
    >>> str(accuracy(pd.DataFrame({"correct": [True] * 96 + [False] * 4})))
    '96 of 100 = 96.0 % (95 % interval 90.2 to 98.4)'
    """
    return Share(int(predictions["correct"].sum()), len(predictions))


def top_k(predictions: pd.DataFrame, k: int) -> Share:
    """Return the share of pictures whose true class is among the ``k`` likeliest.

    Examples
    --------
    >>> top_k(pd.DataFrame({"rank": [1, 2, 6]}), 5).share
    0.6666666666666666
    """
    validate.whole("k", k, least=1)
    return Share(int((predictions["rank"] <= k).sum()), len(predictions))


@dataclass(frozen=True)
class Mean:
    """A mean over independent runs with its t interval."""

    mean: float
    low: float
    high: float
    deviation: float
    count: int


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> Mean:
    """Return the mean over seeds and its interval (Student's t).

    It says how far another seed's mean may lie; what a finite set of test pictures adds to the
    doubt is the business of ``wilson_interval``.

    Examples
    --------
    >>> result = mean_interval([0.95, 0.96, 0.97])
    >>> round(result.mean, 3), round(result.low, 3), round(result.high, 3)
    (0.96, 0.935, 0.985)
    """
    runs = np.asarray(values, float)
    if len(values) < 2:
        raise UserError(f"A mean with an interval needs at least two runs, got {len(values)}.")
    deviation = float(runs.std(ddof=1))
    reach = stats.t.ppf(0.5 + confidence / 2, len(values) - 1) * deviation / np.sqrt(len(values))
    mean = float(runs.mean())
    return Mean(mean, mean - float(reach), mean + float(reach), deviation, len(values))


def confusion_matrix(predictions: pd.DataFrame) -> pd.DataFrame:
    """Count how often each class was taken for each.

    Parameters
    ----------
    predictions
        Table with ``label``, ``label_name``, ``prediction``, ``prediction_name``.

    Returns
    -------
    pandas.DataFrame
        (classes, classes) counts; row = true class, column = prediction, in the order of the
        labels; classes that occur in neither column are left out.

    Examples
    --------
    >>> table = pd.DataFrame({"label": [0, 0, 1], "prediction": [0, 1, 1]})
    >>> table["label_name"] = table["label"].map({0: "bike", 1: "ship"})
    >>> table["prediction_name"] = table["prediction"].map({0: "bike", 1: "ship"})
    >>> confusion_matrix(table).to_numpy().tolist()
    [[1, 1], [0, 1]]
    """
    names = class_names(predictions)
    counts = predictions.value_counts(["label", "prediction"]).unstack(fill_value=0)
    counts = counts.reindex(index=list(names), columns=list(names), fill_value=0)
    true, predicted = (pd.Index(names.values(), name=side) for side in ("true", "predicted"))
    return pd.DataFrame(counts.to_numpy(), true, predicted)


def rates(matrix: pd.DataFrame) -> pd.DataFrame:
    """Divide each row of a confusion matrix by its sum: shares of the true class, 0 to 1.

    A class without a picture has no rate: its row is NaN.
    """
    return matrix.div(matrix.sum(axis=1), axis=0)


def per_class(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return precision, recall and F1 of each class, each with its 95 % interval.

    F1 is no share of pictures, but hits / (hits + both kinds of error) = J is one, and
    F1 = 2J / (1 + J) grows with J; so the interval of J gives the one of F1.

    Returns
    -------
    pandas.DataFrame
        Index class title; ``images``, then ``precision``, ``recall``, ``f1``, each followed by
        ``_low`` and ``_high``; 0 to 1, NaN where there is nothing to divide by.
    """
    matrix = confusion_matrix(predictions)
    counts = matrix.to_numpy()
    rows = []
    for i in range(len(counts)):
        hits, true, called = counts[i, i], counts[i].sum(), counts[:, i].sum()
        row = {"images": true}
        row |= with_interval("precision", hits, called)
        row |= with_interval("recall", hits, true)
        jaccard = with_interval("f1", hits, true + called - hits)
        row |= {name: 2 * value / (1 + value) for name, value in jaccard.items()}
        if true + called:  # to the last bit, so that it is rounded as an equal precision is
            row["f1"] = 2 * hits / (true + called)
        rows.append(row)
    return pd.DataFrame(rows, index=matrix.index.rename("class"))


def with_interval(name: str, correct: int, total: int) -> dict[str, float]:
    """Return a share and the ends of its interval as three named numbers; NaN of nothing."""
    if total == 0:
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"), np.nan)
    low, high = wilson_interval(int(correct), int(total))
    return {name: correct / total, f"{name}_low": low, f"{name}_high": high}


def class_names(predictions: pd.DataFrame) -> dict[int, str]:
    """Return the name of each class that occurs by its label, in the order of the labels."""
    if len(predictions) == 0:
        raise UserError("There are no predictions to count.")
    true = zip(predictions["label"], predictions["label_name"], strict=True)
    guessed = zip(predictions["prediction"], predictions["prediction_name"], strict=True)
    return dict(sorted({*true, *guessed}))


def surest_wrong(predictions: pd.DataFrame, count: int = 8) -> pd.DataFrame:
    """Return the wrong rows the network was surest of, surest first."""
    return _surest(predictions[~predictions["correct"].astype(bool)], count)


def surest_right(predictions: pd.DataFrame, count: int = 8) -> pd.DataFrame:
    """Return the right rows the network was surest of, surest first."""
    return _surest(predictions[predictions["correct"].astype(bool)], count)


def hardest(predictions: pd.DataFrame, count: int = 8) -> pd.DataFrame:
    """Return the rows with the lowest probability of the true class: the wrong ones first."""
    return predictions.sort_values(["probability_true", "path"]).head(count)


def _surest(rows: pd.DataFrame, count: int) -> pd.DataFrame:
    # A second key makes the order the same on every machine where probabilities are equal.
    return rows.sort_values(["probability", "path"], ascending=[False, True]).head(count)

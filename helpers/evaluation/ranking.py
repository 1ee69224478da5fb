"""What the probabilities of a predictions table are worth, whatever the threshold.

Thresholds, ROC and precision-recall, precision at other base rates, calibration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import optimize, stats

from helpers.errors import UserError
from helpers.evaluation.predictions import KEPT_CLASSES
from helpers.evaluation.rates import Share, class_names, with_interval


def positive_probability(predictions: pd.DataFrame, positive: int) -> np.ndarray:
    """Return each picture's probability of class ``positive``, (N,).

    A table that holds the probabilities of all classes answers for any number of them; one without
    (of an older version, or of more than ``KEPT_CLASSES``) for two.

    Raises
    ------
    UserError
        When the table does not hold these probabilities.
    """
    column = f"probability_{positive}"
    if column in predictions:
        return predictions[column].to_numpy(float)
    if not has_probabilities(predictions):
        raise UserError(
            "A threshold needs two classes, or a table with the probabilities of all; this one has "
            "more classes and only the probability of the predicted one."
        )
    guess = predictions["probability"].to_numpy()
    return np.where(predictions["prediction"] == positive, guess, 1 - guess)


def has_probabilities(predictions: pd.DataFrame) -> bool:
    """Whether each class's probability is in the table, or follows since there are two classes."""
    if "probability_0" in predictions:
        return True
    if "probability" not in predictions or len(class_names(predictions)) > 2:
        return False
    # Two of three classes may be all that occur; then the two probabilities do not add up to 1.
    right = (predictions["prediction"] == predictions["label"]).to_numpy()
    guess, truth = (predictions[name].to_numpy() for name in ("probability", "probability_true"))
    return bool((guess >= 0.5 - 1e-6).all() and np.allclose((guess + truth)[~right], 1, atol=1e-6))


def class_count(predictions: pd.DataFrame) -> int:
    """Return how many classes the network knows, 0 where the table does not say."""
    return sum(f"probability_{label}" in predictions for label in range(KEPT_CLASSES))


def threshold_table(
    predictions: pd.DataFrame, positive: int, thresholds: Sequence[float]
) -> pd.DataFrame:
    """Return precision and recall of class ``positive`` for several thresholds.

    Returns
    -------
    pandas.DataFrame
        ``threshold``, ``called`` (pictures at or above it), ``precision`` (NaN when none is
        called), ``recall`` (NaN when no picture is of the class), and the ends of both shares'
        Wilson 95 % intervals: ``precision_low`` to ``recall_high``.
    """
    share = positive_probability(predictions, positive)
    true = (predictions["label"] == positive).to_numpy()
    rows = []
    for threshold in thresholds:
        called = share >= threshold
        hits = (called & true).sum()
        both = with_interval("precision", hits, called.sum())
        both |= with_interval("recall", hits, true.sum())
        rows.append({"threshold": threshold, "called": called.sum(), **both})
    ends = ["precision_low", "precision_high", "recall_low", "recall_high"]
    return pd.DataFrame(rows, columns=["threshold", "called", "precision", "recall", *ends])


@dataclass(frozen=True)
class Area:
    """Area under a ROC curve, 0 to 1, with its 95 % interval."""

    area: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.area:.3f} (95 % interval {self.low:.3f} to {self.high:.3f})"


def roc_table(predictions: pd.DataFrame, positive: int) -> pd.DataFrame:
    """Return the ROC curve of class ``positive`` against the rest.

    Returns
    -------
    pandas.DataFrame
        ``threshold`` (from infinity down), ``false_rate`` (share of the others that are called
        ``positive``), ``true_rate`` (share of the class that is).

    Raises
    ------
    UserError
        When no picture, or every picture, is of the class.
    """
    from sklearn import metrics

    true, share = _one_class(predictions, positive)
    false_rate, true_rate, threshold = metrics.roc_curve(true, share)
    table = {"threshold": threshold, "false_rate": false_rate, "true_rate": true_rate}
    return pd.DataFrame(table)


def roc_area(predictions: pd.DataFrame, positive: int) -> Area:
    """Return the area under the ROC curve of class ``positive`` with its 95 % interval.

    The area is how often a picture of the class gets a higher probability than one of another. The
    interval is Newcombe's (2006, method 5): like Wilson's for a share, it takes the variance at its
    own ends, stays inside 0 to 1 and has a width at an area of 1 as well.

    Raises
    ------
    UserError
        When no picture, or every picture, is of the class.

    Examples
    --------
    >>> table = pd.DataFrame({"label": [0, 1, 1], "probability_1": [0.2, 0.1, 0.9]})
    >>> roc_area(table, 1).area
    0.5
    """
    from sklearn import metrics

    true, share = _one_class(predictions, positive)
    area = float(metrics.roc_auc_score(true, share))
    return Area(area, *_area_interval(area, int(true.sum()), int((~true).sum())))


def _area_interval(area: float, positives: int, others: int) -> tuple[float, float]:
    z, middle = stats.norm.ppf(0.975), (positives + others) / 2 - 1

    def distance(end: float) -> float:
        spread = 1 + middle * ((1 - end) / (2 - end) + end / (1 + end))
        return (end - area) ** 2 - z * z * end * (1 - end) * spread / (positives * others)

    # At 0 and 1 the variance is 0, so that there the distance is never below 0.
    low = 0.0 if area == 0 else float(optimize.brentq(distance, 0, area - 1e-12))
    high = 1.0 if area == 1 else float(optimize.brentq(distance, area + 1e-12, 1))
    return (low, high)


def average_precision(predictions: pd.DataFrame, positive: int) -> float:
    """Return the mean precision over the recalls of class ``positive``, 0 to 1.

    Steps, as scikit-learn advises; trapezoids between the points would flatter. Guessing gives the
    share of the class among the pictures.

    Raises
    ------
    UserError
        When no picture, or every picture, is of the class.
    """
    from sklearn import metrics

    return float(metrics.average_precision_score(*_one_class(predictions, positive)))


def one_vs_rest(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return ROC area and average precision of each class that occurs, against all others.

    Returns
    -------
    pandas.DataFrame
        Index class title; ``roc_area``, ``low``, ``high``, ``average_precision``, ``images``. The
        mean of a column is the macro value: each class counts the same, however many its pictures.

    Raises
    ------
    UserError
        When fewer than two classes occur, or the table lacks the probabilities of all.
    """
    counts = predictions["label"].value_counts()
    names, labels, rows = class_names(predictions), sorted(counts.index), []
    for label in labels:
        area = roc_area(predictions, label)
        average = average_precision(predictions, label)
        rows.append((area.area, area.low, area.high, average, int(counts[label])))
    columns = ["roc_area", "low", "high", "average_precision", "images"]
    index = pd.Index([names[label] for label in labels], name="class")
    return pd.DataFrame(rows, index, columns)


def precision_at(
    predictions: pd.DataFrame, positive: int, shares: Sequence[float] = (0.5, 0.1, 0.01)
) -> pd.DataFrame:
    """Return what the precision of class ``positive`` is where it is more or less frequent.

    How many of a class are found, and how many of the rest are mistaken for it, belong to the
    network; precision also depends on how frequent the class is where the network is used.

    Parameters
    ----------
    predictions
        Table with ``label`` and ``prediction``.
    positive
        The class.
    shares
        Its shares among all pictures, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        ``share``, ``precision``, and ``low`` and ``high``: with both rates at the worse, and at
        the better, ends of their 95 % intervals. NaN where nothing is called so.

    Raises
    ------
    UserError
        When no picture, or every picture, is of the class, or a share is not between 0 and 1.

    Examples
    --------
    >>> table = pd.DataFrame({"label": [1] * 100 + [0] * 100})
    >>> table["prediction"] = [1] * 98 + [0] * 101 + [1]
    >>> precision_at(table, 1)["precision"].round(3).tolist()
    [0.99, 0.916, 0.497]
    """
    if not all(0 < share < 1 for share in shares):
        raise UserError(f"shares must lie between 0 and 1, got {list(shares)}.")
    true = (predictions["label"] == positive).to_numpy()
    called = (predictions["prediction"] == positive).to_numpy()
    _both_sides(true, positive)
    found, false = (Share(int(called[part].sum()), int(part.sum())) for part in (true, ~true))
    ends = (
        (found.share, false.share),
        (found.interval[0], false.interval[1]),
        (found.interval[1], false.interval[0]),
    )
    rows = [[share] + [_precision(*pair, share) for pair in ends] for share in shares]
    return pd.DataFrame(rows, columns=["share", "precision", "low", "high"])


def _precision(found: float, false: float, share: float) -> float:
    called = found * share + false * (1 - share)
    return found * share / called if called > 0 else float("nan")


def _one_class(predictions: pd.DataFrame, positive: int) -> tuple[np.ndarray, np.ndarray]:
    """Return whether each picture is of the class, and its probability."""
    true = (predictions["label"] == positive).to_numpy()
    _both_sides(true, positive)
    return true, positive_probability(predictions, positive)


def _both_sides(true: np.ndarray, positive: int) -> None:
    if true.all() or not true.any():
        some = "every" if true.all() and len(true) else "no"
        raise UserError(
            f"A ROC curve and base rates need pictures of class {positive} and of others; {some} "
            "picture is of it."
        )


def calibration(predictions: pd.DataFrame, edges: Sequence[float]) -> pd.DataFrame:
    """Compare how sure the network says it is with how often it is right.

    Parameters
    ----------
    predictions
        Table with ``probability`` and ``correct``.
    edges
        Increasing borders of the bins; the last bin takes its upper border too. What lies below
        the first or above the last has a bin of its own, from 0 or up to 1.

    Returns
    -------
    pandas.DataFrame
        For each bin that is not empty, with every picture in one of them: ``low``, ``high``,
        ``images``, ``said`` (mean probability), ``right`` (share of right ones), ``right_low``,
        ``right_high``.
    """
    probability = predictions["probability"].to_numpy()
    correct = predictions["correct"].to_numpy(bool)
    edges = _whole_range(edges, probability)
    bins = np.clip(np.digitize(probability, edges) - 1, 0, len(edges) - 2)
    rows = []
    for i in range(len(edges) - 1):
        inside = bins == i
        if inside.any():
            said = float(probability[inside].mean())
            share = with_interval("right", int(correct[inside].sum()), int(inside.sum()))
            row = {"low": edges[i], "high": edges[i + 1], "images": int(inside.sum())}
            rows.append({**row, "said": said, **share})
    return pd.DataFrame(rows)


def _whole_range(edges: Sequence[float], probability: np.ndarray) -> list[float]:
    """Add 0 in front and 1 behind where a probability lies outside the borders."""
    edges = [float(edge) for edge in edges]
    if len(edges) < 2 or any(low >= high for low, high in pairwise(edges)):
        raise UserError(f"edges must be two or more numbers, each above the last, got {edges}.")
    before = [0.0] if (probability < edges[0]).any() else []
    return [*before, *edges, *([1.0] if (probability > edges[-1]).any() else [])]

"""A predictions table, and everything that follows from it.

In: a trained model and an ``ImageFolder``, or a stored ``predictions.csv``. Out: confusion matrix,
rates with intervals, ROC and base rates, the surest right and wrong pictures, means over seeds,
linear baselines.

Path, label and prediction are collected in one pass and stay in one row from then on. Collected
separately, from a generator that shuffles, they belong to different pictures, and the confusion
matrix looks like chance whatever the network has learnt.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import optimize, stats

from helpers import datasets
from helpers.errors import UserError
from helpers.paths import shorten, shown

COLUMNS = (
    "path",
    "label",
    "label_name",
    "prediction",
    "prediction_name",
    "probability",
    "probability_true",
    "rank",
    "correct",
)

#: Up to so many classes the table also has ``probability_0``, ``probability_1``, …: every class's
#: probability. ImageNet's thousand for 50,000 pictures would be a file of a gigabyte.
KEPT_CLASSES = 100
OF_CLASS = "probability of "  # so these columns begin in files, with the name of the class behind
#: How the columns of a stored table are read: a class may be called ``None``, ``007`` or ``true``.
_TYPES = {
    **dict.fromkeys(("path", "label_name", "prediction_name"), object),
    **dict.fromkeys(("label", "prediction", "rank"), int),
    **{"probability": float, "probability_true": float, "correct": bool},
}

#: Above so many classes nobody reads a table of all pairs; the report names the extremes instead.
MANY_CLASSES = 20
TERMINAL = 78  # columns for a row of that table
SHORTEST = 16  # letters of a name that are always shown

# ---------------------------------------------------------------------------------------------
# One pass over the pictures
# ---------------------------------------------------------------------------------------------


def predict(model, data, batch_size: int = 64, views: int = 1) -> pd.DataFrame:
    """Predict every picture of ``data`` once, in the order of its table.

    Only a batch and the finished rows are held in memory, whatever the number of classes.

    Parameters
    ----------
    model
        Keras model from pixels 0–255, (N, size, size, 3), to logits or softmax, (N, classes).
    data
        ``ImageFolder``; pictures are decoded to 256×256 and cropped centrally to ``size``.
    batch_size
        Crops at a time.
    views
        1: the central crop; 10: the mean over the probabilities of the paper's ten crops (section
        4.1, ``augment.ten_crop``).

    Returns
    -------
    pandas.DataFrame
        One row per picture: ``path``, ``label``, ``label_name``, ``prediction``,
        ``prediction_name``, ``probability`` (of the prediction), ``probability_true`` (of the true
        class), ``rank`` (1 where the true class came first, and alone), ``correct``; with up to
        ``KEPT_CLASSES`` classes also ``probability_0``, … of each class, by its label.

    Raises
    ------
    UserError
        No pictures, a model with another number of classes, another number of views, or a network
        that answers with something that is no number.

    Examples
    --------
    >>> predict(run.model, run.data.subset("val"))  # doctest: +SKIP
    """
    return predict_together([(model, data)], batch_size, views)


def predict_together(
    networks: Sequence[tuple], batch_size: int = 64, views: int = 1
) -> pd.DataFrame:
    """Predict every picture once by the mean of several networks' probabilities.

    Parameters
    ----------
    networks
        Pairs of model and ``ImageFolder``: the same pictures for all, in the same order; they may
        be brought to a size and quality of their own for each network (``equal``).
    batch_size, views
        As for ``predict``.

    Returns
    -------
    pandas.DataFrame
        As from ``predict``.

    Examples
    --------
    >>> predict_together([(one.model, data), (other.model, data)])  # doctest: +SKIP
    """
    if views not in (1, 10):
        raise UserError(f"views must be 1 or 10, got {views}.")
    for model, data in networks:
        _fits(model, data)
    judge = _over_ten_views if views == 10 else _over_centre
    data = networks[0][1]
    size = min(max(1, batch_size // views), len(data))
    readers = [datasets.Batches(part, size, seed=0, shuffle=False) for _, part in networks]
    parts, seen = [], 0
    for together in zip(*(reader.epoch(0) for reader in readers), strict=True):
        pairs = zip(networks, together, strict=True)
        shares = [judge(model, images) for (model, _), (images, _) in pairs]
        rows = data.table.iloc[seen : seen + len(shares[0])]
        lost = set().union(*(reader.lost for reader in readers))
        for _, labels in together:
            _refuse_another_order(rows, labels, lost)
        paths, labels = rows["path"].to_numpy(), rows["label"].to_numpy()
        parts.append(_rows(paths, labels, np.mean(shares, axis=0), data.titles))
        seen += len(rows)
    return pd.concat(parts, ignore_index=True).drop(sorted(lost)).reset_index(drop=True)


def _refuse_another_order(rows: pd.DataFrame, labels: np.ndarray, lost: set[int]) -> None:
    """Make sure that the batches, which bring their own labels, are in the order of the table.

    Where a file can no longer be read, another picture takes its place.
    """
    read = ~rows.index.isin(list(lost))
    if not np.array_equal(rows["label"][read], labels[read]):
        raise AssertionError("The batches are not in the order of the table.")


def _over_centre(model, images: np.ndarray) -> np.ndarray:
    return probabilities(model, central(images, model.input_shape[1]))


def _over_ten_views(model, images: np.ndarray) -> np.ndarray:
    """Return the mean probabilities, (N, classes), over ten crops of each picture."""
    from helpers import augment

    crops = np.asarray(augment.ten_crop(images, model.input_shape[1]))
    shares = probabilities(model, crops.reshape(-1, *crops.shape[2:]))
    return shares.reshape(len(images), 10, -1).mean(axis=1)


def probabilities(model, images: np.ndarray) -> np.ndarray:
    """Return softmax probabilities, (N, classes) float64, of pixels at the model's size."""
    scores = np.asarray(model.predict_on_batch(np.asarray(images, "float32")), "float64")
    if _ends_in_softmax(model):
        return scores
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


def _ends_in_softmax(model) -> bool:
    """Whether the last layer is a softmax, or has one as its activation."""
    last = model.layers[-1]
    activation = getattr(getattr(last, "activation", None), "__name__", "")
    return activation == "softmax" or type(last).__name__ == "Softmax"


def central(images: np.ndarray, size: int) -> np.ndarray:
    """Cut the central ``size`` × ``size`` square of (N, H, W, C).

    Examples
    --------
    >>> central(np.zeros((2, 256, 256, 3)), 227).shape
    (2, 227, 227, 3)
    """
    top, left = ((side - size) // 2 for side in images.shape[1:3])
    return images[:, top : top + size, left : left + size]


def _fits(model, data) -> None:
    if len(data) == 0:
        raise UserError(f"There is no picture to predict in {data.source}.")
    outputs = model.output_shape[-1]
    if outputs != len(data.classes):
        raise UserError(
            f"The network tells {outputs} classes apart and {data.source} has "
            f"{len(data.classes)} ({', '.join(data.classes[:5])}); use the classes it was "
            "trained on."
        )


def _rows(paths, labels, shares: np.ndarray, titles: Sequence[str]) -> pd.DataFrame:
    """Build the predictions table from (N, classes) probabilities."""
    refuse_no_numbers(paths, shares)
    picked = shares.argmax(axis=1)
    every = np.arange(len(labels))
    truth = shares[every, labels]
    names = np.asarray(list(titles), dtype=object)
    values = (
        paths,
        labels,
        names[labels],
        picked,
        names[picked],
        shares[every, picked],
        truth,
        # A class that is just as likely may as well have come first: a tie is no hit.
        (shares >= truth[:, None]).sum(axis=1),
        picked == labels,
    )
    columns = dict(zip(COLUMNS, values, strict=True))
    if shares.shape[1] <= KEPT_CLASSES:
        columns |= {f"probability_{label}": column for label, column in enumerate(shares.T)}
    return pd.DataFrame(columns)


def refuse_no_numbers(paths, shares: np.ndarray) -> None:
    """Raise ``UserError`` when a network answers some pictures with NaN: it has learnt nothing."""
    broken = np.flatnonzero(~np.isfinite(shares).all(axis=1))
    if len(broken):
        raise UserError(
            f"The network answers {len(broken)} of {len(shares)} pictures, first "
            f"{paths[broken[0]]}, with NaN, which is no number: its training has run away; train "
            "it again with a lower learning rate."
        )


def read_predictions(path: str | Path) -> pd.DataFrame:
    """Return a stored predictions table, the names of classes letter for letter.

    Parameters
    ----------
    path
        A ``predictions.csv``, of a run or of ``evaluate --out``.

    Returns
    -------
    pandas.DataFrame
        As ``predict`` gives it; ``path`` and names are strings, also ``"None"``, ``"007"`` and
        ``"true"``. Tables of older versions lack the columns ``probability_0``, ….

    Raises
    ------
    UserError
        When there is no such file, or it is no table of predictions.

    Examples
    --------
    >>> read_predictions("runs/bicycles/predictions.csv")  # doctest: +SKIP
    """
    try:
        table = pd.read_csv(
            path,
            dtype=_TYPES,
            keep_default_na=False,
            encoding_errors="surrogateescape",
        )
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such table of predictions.") from None
    except (ValueError, OSError) as error:
        raise UserError(_no_table(path, (str(error).splitlines() or ["unreadable"])[0])) from None
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise UserError(_no_table(path, f"it has no column {missing[0]}"))
    return _numbered(table)


def named(predictions: pd.DataFrame, titles: Sequence[str]) -> pd.DataFrame:
    """Return predictions as they are stored: the columns of the classes have their names.

    ``read_predictions`` gives the columns ``probability_0``, … back, by their order.

    Examples
    --------
    >>> named(pd.DataFrame({"probability_0": [0.2]}), ["bike"]).columns.tolist()
    ['probability of bike']
    """
    columns = {f"probability_{label}": f"{OF_CLASS}{name}" for label, name in enumerate(titles)}
    return predictions.rename(columns=columns)


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    own = [name for name in table if name.startswith(OF_CLASS)]
    return table.rename(columns={name: f"probability_{label}" for label, name in enumerate(own)})


def _no_table(path, reason: str) -> str:
    return (
        f"{path} is no whole table of predictions ({reason}); make it again with "
        "python -m helpers evaluate --run RUN --out FILE.csv."
    )


# ---------------------------------------------------------------------------------------------
# Shares and their intervals
# ---------------------------------------------------------------------------------------------


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
        share = f"{self.correct} of {self.total} = {100 * self.share:.1f} %"
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
    z = stats.norm.ppf(0.5 + confidence / 2)
    share, weight = correct / total, z * z / total
    centre = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * np.sqrt(share * (1 - share) / total + weight / (4 * total))
    # At 0 and at 1 the exact ends are 0 and 1; rounding must not lead outside.
    low = 0.0 if correct == 0 else float(centre - half)
    high = 1.0 if correct == total else float(centre + half)
    return low, high


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
    if k < 1:
        raise UserError(f"k must be at least 1, got {k}.")
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
    values = np.asarray(values, float)
    if len(values) < 2:
        raise UserError(f"A mean with an interval needs at least two runs, got {len(values)}.")
    deviation = float(values.std(ddof=1))
    reach = stats.t.ppf(0.5 + confidence / 2, len(values) - 1) * deviation / np.sqrt(len(values))
    mean = float(values.mean())
    return Mean(mean, mean - float(reach), mean + float(reach), deviation, len(values))


# ---------------------------------------------------------------------------------------------
# The confusion matrix and what is read from it
# ---------------------------------------------------------------------------------------------


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
    names = _names(predictions)
    place = {label: i for i, label in enumerate(names)}
    counts = np.zeros((len(names), len(names)), int)
    for label, prediction in zip(predictions["label"], predictions["prediction"], strict=True):
        counts[place[label], place[prediction]] += 1
    titles = list(names.values())
    return pd.DataFrame(
        counts, index=pd.Index(titles, name="true"), columns=pd.Index(titles, name="predicted")
    )


def rates(matrix: pd.DataFrame) -> pd.DataFrame:
    """Divide each row of a confusion matrix by its sum: shares of the true class, 0 to 1.

    A class without a picture has no rate: its row is NaN.
    """
    totals = matrix.sum(axis=1).astype(float)
    return matrix.div(totals.where(totals > 0), axis=0)


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
        row |= _with_interval("precision", hits, called)
        row |= _with_interval("recall", hits, true)
        jaccard = _with_interval("f1", hits, true + called - hits)
        row |= {name: 2 * value / (1 + value) for name, value in jaccard.items()}
        rows.append(row)
    return pd.DataFrame(rows, index=matrix.index.rename("class"))


def _with_interval(name: str, correct: int, total: int) -> dict[str, float]:
    if total == 0:
        return dict.fromkeys((name, f"{name}_low", f"{name}_high"), float("nan"))
    low, high = wilson_interval(int(correct), int(total))
    return {name: correct / total, f"{name}_low": low, f"{name}_high": high}


def _names(predictions: pd.DataFrame) -> dict[int, str]:
    """Return title by label, in the order of the labels."""
    if len(predictions) == 0:
        raise UserError("There are no predictions to count.")
    true = zip(predictions["label"], predictions["label_name"], strict=True)
    guessed = zip(predictions["prediction"], predictions["prediction_name"], strict=True)
    return dict(sorted({*true, *guessed}))


# ---------------------------------------------------------------------------------------------
# Galleries
# ---------------------------------------------------------------------------------------------


def surest_wrong(predictions: pd.DataFrame, count: int = 8) -> pd.DataFrame:
    """Return the wrong rows the network was surest of, surest first."""
    return _surest(predictions[~predictions["correct"].astype(bool)], count)


def surest_right(predictions: pd.DataFrame, count: int = 8) -> pd.DataFrame:
    """Return the right rows the network was surest of, surest first."""
    return _surest(predictions[predictions["correct"].astype(bool)], count)


def hardest(predictions: pd.DataFrame, count: int = 8) -> pd.DataFrame:
    """Return the rows with the lowest probability of the true class: the wrong ones first."""
    order = predictions.sort_values(["probability_true", "path"], kind="stable")
    return order.head(count)


def _surest(rows: pd.DataFrame, count: int) -> pd.DataFrame:
    # A second key makes the order the same on every machine where probabilities are equal.
    order = rows.sort_values(["probability", "path"], ascending=[False, True], kind="stable")
    return order.head(count)


# ---------------------------------------------------------------------------------------------
# One class against the rest: its probability as a scale
# ---------------------------------------------------------------------------------------------


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
    if not _has_probabilities(predictions):
        raise UserError(
            "A threshold needs two classes, or a table with the probabilities of all; this one has "
            "more classes and only the probability of the predicted one."
        )
    guess = predictions["probability"].to_numpy()
    return np.where(predictions["prediction"] == positive, guess, 1 - guess)


def _has_probabilities(predictions: pd.DataFrame) -> bool:
    """Whether each class's probability is in the table, or follows since there are two classes."""
    if "probability_0" in predictions:
        return True
    if "probability" not in predictions or len(_names(predictions)) > 2:
        return False
    # Two of three classes may be all that occur; then the two probabilities do not add up to 1.
    right = (predictions["prediction"] == predictions["label"]).to_numpy()
    guess, truth = (predictions[name].to_numpy() for name in ("probability", "probability_true"))
    return bool((guess >= 0.5 - 1e-6).all() and np.allclose((guess + truth)[~right], 1, atol=1e-6))


def _class_count(predictions: pd.DataFrame) -> int:
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
        hits, count = int((called & true).sum()), int(called.sum())
        precision, recall = _with_ends(hits, count), _with_ends(hits, int(true.sum()))
        rows.append((threshold, count, precision[0], recall[0], *precision[1:], *recall[1:]))
    ends = ["precision_low", "precision_high", "recall_low", "recall_high"]
    return pd.DataFrame(rows, columns=["threshold", "called", "precision", "recall", *ends])


def _with_ends(correct: int, total: int) -> tuple[float, float, float]:
    """Return a share and its Wilson interval; NaN where there is nothing to share."""
    if total == 0:
        return (float("nan"),) * 3
    return correct / total, *wilson_interval(correct, total)


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
    names, labels, rows = _names(predictions), sorted(counts.index), []
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
            share = _with_interval("right", int(correct[inside].sum()), int(inside.sum()))
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


# ---------------------------------------------------------------------------------------------
# Linear baselines
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Baseline:
    """What a linear classifier reaches: on held-out parts of the training split, and on val."""

    name: str
    folds: tuple[float, ...]
    held_out: Share

    def to_dict(self) -> dict:
        """Return plain numbers, ready for JSON."""
        low, high = self.held_out.interval
        return {
            "name": self.name,
            "five_fold_mean": float(np.mean(self.folds)),
            "folds": list(self.folds),
            "held_out_correct": self.held_out.correct,
            "held_out_total": self.held_out.total,
            "held_out": self.held_out.share,
            "held_out_low": low,
            "held_out_high": high,
        }


def thumbnail_baseline(data, size: int = 8) -> Baseline:
    """Fit logistic regression to thumbnails of ``size`` × ``size`` pixels.

    Parameters
    ----------
    data
        ``ImageFolder`` with both splits.
    size
        Side of the thumbnail; must divide 256.

    Returns
    -------
    Baseline
        Five-fold accuracies on the training split (fewer folds when a class has fewer pictures),
        and the share right on the validation split.

    Raises
    ------
    UserError
        When ``size`` does not divide 256, a split is empty, or a class has a single picture.
    """
    name = "mean colour" if size == 1 else f"{size}×{size} thumbnail"
    train, val = (_thumbnails(data, split, size) for split in ("train", "val"))
    return _logistic(name, *train, *val)


def colour_baseline(data) -> Baseline:
    """Fit logistic regression to the mean colour of each picture: three numbers."""
    return thumbnail_baseline(data, size=1)


def baselines(data) -> list[dict]:
    """Return mean colour and 8×8 thumbnail as dictionaries: what a network has to beat."""
    return [colour_baseline(data).to_dict(), thumbnail_baseline(data).to_dict()]


def thumbnails(images: np.ndarray, size: int) -> np.ndarray:
    """Average (N, H, W, 3) pictures over blocks to (N, size·size·3), 0 to 1.

    Examples
    --------
    >>> thumbnails(np.full((1, 256, 256, 3), 255, "uint8"), 2).shape
    (1, 12)
    """
    count, height, width, channels = images.shape
    if size < 1 or height % size or width % size:
        raise UserError(f"size must divide {height}, got {size}.")
    blocks = images.reshape(count, size, height // size, size, width // size, channels)
    return blocks.mean(axis=(2, 4)).reshape(count, -1) / 255


def _thumbnails(data, split: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    part = data.subset(split)
    if len(part) == 0:
        raise UserError(f"{data.source} has no picture in the split {split!r}.")
    batches = datasets.Batches(part, min(64, len(part)), seed=0, shuffle=False)
    features, labels = zip(
        *((thumbnails(np.asarray(images), size), labels) for images, labels in batches.epoch(0)),
        strict=True,
    )
    return np.concatenate(features), np.concatenate(labels)


def _logistic(name: str, train, labels, val, val_labels) -> Baseline:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    smallest = int(np.bincount(labels).min())
    if smallest < 2:
        raise UserError(
            f"A linear baseline needs at least 2 training pictures of each class, got {smallest} "
            "of one; add pictures."
        )
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    folds = StratifiedKFold(min(5, smallest), shuffle=True, random_state=0)
    scores = cross_val_score(model, train, labels, cv=folds)
    right = model.fit(train, labels).predict(val) == val_labels
    return Baseline(name, tuple(scores.tolist()), Share(int(right.sum()), len(right)))


# ---------------------------------------------------------------------------------------------
# In words
# ---------------------------------------------------------------------------------------------


def report(predictions: pd.DataFrame) -> str:
    """Return accuracy, confusion matrix and the figures of each class as text.

    Examples
    --------
    >>> print(report(run.predictions))  # doctest: +SKIP
    """
    printed = _printed(list(_names(predictions).values()))
    names = ("label_name", "prediction_name")
    predictions = predictions.assign(**{name: predictions[name].map(printed) for name in names})
    lines = [f"accuracy: {accuracy(predictions)}"]
    lines += [f"warning: {said}" for said in seen_before(predictions)]
    if "rank" in predictions and predictions["rank"].max() > 5:
        lines.append(f"top-5:    {top_k(predictions, 5)}")
        errors = (100 * (1 - part.share) for part in (accuracy(predictions), top_k(predictions, 5)))
        lines.append("top-1 error {:.1f} %, top-5 error {:.1f} %".format(*errors))
    if len(_names(predictions)) > MANY_CLASSES:
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
        f"of these {_pictures(len(predictions))} {' and '.join(said)} (the same contents, whatever "
        f"the name): the accuracy is too good for new pictures; {rest}"
    ]


def _pictures(count: int) -> str:
    return f"{count} picture" if count == 1 else f"{count} pictures"


def _ranking(predictions: pd.DataFrame) -> list[str]:
    """Return lines on ROC areas, average precisions and base rates, where they can be had."""
    if not _has_probabilities(predictions):
        return []
    names, labels = _names(predictions), predictions["label"].unique()
    if len(labels) < 2:
        return ["", f"all pictures are {names[labels[0]]}: no ROC curve and no average precision"]
    if _class_count(predictions) > 2 or len(names) > 2:
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
    name, here = _names(predictions)[label], (predictions["label"] == label).mean()
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

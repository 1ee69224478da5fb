"""What a finished run is judged on, and whether its result says anything.

A network that has learnt nothing has an accuracy too. So the result is put beside guessing and
beside a linear model on thumbnails, on the same pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from helpers.errors import UserError
from helpers.files import shown

if TYPE_CHECKING:
    from helpers.datasets import ImageFolder

#: Up to so many pictures the linear model is fitted: beyond it takes longer than it tells.
FITTED = 5000
NAMED = 5  # classes in a sentence
UNLIKELY = 0.05  # a result as good by guessing alone
LOTS = 999  # times that the answers are given out anew
#: What ``judged_on`` may say, and what a reader is told.
CHOSEN = (
    "chosen on these pictures: there is no test part, and the validation pictures also steered the "
    "training, so the accuracy is a little too good"
)


def judged(data: "ImageFolder") -> tuple["ImageFolder", str]:
    """Return the pictures that a finished run is judged on, and ``"test"`` or ``"validation"``.

    Parameters
    ----------
    data
        An ``ImageFolder``; its test part if it has one, else its validation part, which is a test
        part too where it has decided nothing (``Recipe.steered``).
    """
    if (data.table["split"] == "test").any():
        return data.subset("test"), "test"
    return data.subset("val"), "validation" if data.chosen_on_validation else "test"


#: What to say of a linear model that does better than guessing.
LAYOUT = (
    ": colour and rough layout tell the classes apart, and the network need not have learnt more. "
    "Add pictures that differ in these, or train for more epochs (--epochs)."
)


@dataclass(frozen=True)
class Linear:
    """How a linear model on thumbnails of 8×8 pixels does on the judged pictures.

    ``alike``: the mean over the classes of the share right; None: not known.
    """

    right: int
    total: int
    alike: float | None = None


def linear(data: "ImageFolder") -> Linear | None:
    """Return what logistic regression on 8×8 thumbnails gets right; None where it cannot be fitted.

    It learns from the training pictures and is judged on those that ``judged`` names. It is left
    out with more than 5000 pictures, and where a class has a single training picture.
    """
    from helpers import evaluation

    part, _ = judged(data)
    table = pd.concat([data.subset("train").table, part.table.assign(split="val")])
    if len(table) > FITTED:
        return None
    try:
        fitted = evaluation.thumbnail_baseline(replace(data, table=table.reset_index(drop=True)))
    except UserError:
        return None
    return Linear(fitted.held_out.correct, fitted.held_out.total, fitted.alike)


def unjudged(predictions: pd.DataFrame, titles: Sequence[str]) -> list[str]:
    """Return a sentence on classes of which no picture was judged.

    Examples
    --------
    >>> unjudged(pd.DataFrame({"label": [0, 2]}), ("mug", "book", "plant"))
    ['No picture of book was judged: the figures say nothing of it.']
    """
    there = set(predictions["label"])
    missing = [shown(title) for label, title in enumerate(titles) if label not in there]
    if not missing:
        return []
    which = ", ".join(missing[:NAMED]) + (" and others" if len(missing) > NAMED else "")
    what = "it" if len(missing) == 1 else "them"
    return [f"No picture of {which} was judged: the figures say nothing of {what}."]


def sentences(
    predictions: pd.DataFrame, baseline: Linear | None, *, balanced: bool = False
) -> list[str]:
    """Return what to say of a result that is no better than something simple; mostly nothing.

    Parameters
    ----------
    predictions
        Table with ``label``, ``label_name`` and ``correct``; if ``balanced`` also ``prediction``.
    baseline
        From ``linear``.
    balanced
        All classes count alike, as they did in the training (class weights).

    Examples
    --------
    >>> table = pd.DataFrame({"label": [0, 1] * 4, "label_name": ["a", "b"] * 4})
    >>> sentences(table.assign(correct=[True] * 4 + [False] * 4), None)[0][:36]
    'This is no better than guessing, as '
    """
    right, total = int(predictions["correct"].sum()), len(predictions)
    most = predictions["label_name"].value_counts().iloc[0]
    guessed = _guessed_alike(predictions) if balanced else _guessed(predictions)
    said = []
    if guessed:
        said.append(
            f"This is no better than guessing, as far as {total} pictures can tell: {guessed}. "
            "Look whether the training loss has fallen (history.csv): if not, train for more "
            "epochs (--epochs) or at another --learning-rate; if it has, add pictures."
        )
    if balanced and baseline is not None and baseline.alike is not None:
        return said + _linear_alike(predictions, baseline.alike)
    # Where classes count alike, pictures right say nothing if the commonest class gets as many.
    tells = baseline is not None and (baseline.right > most or not balanced)
    if baseline is not None and tells and right <= baseline.right:
        said.append(
            f"This is no better than a linear model on thumbnails of 8×8 pixels, which gets "
            f"{baseline.right} of {baseline.total} right"
            + (LAYOUT if baseline.right > most else ".")
        )
    return said


def alike(predictions: pd.DataFrame, baseline: Linear | None) -> list[str]:
    """Return the accuracy where every class counts alike, beside that of what is simple.

    Examples
    --------
    >>> table = pd.DataFrame({"label": [0, 0, 0, 1], "correct": [True, True, True, False]})
    >>> alike(table, Linear(2, 4, 0.75))
    ['With every class counting alike: 50.0 %; guessing 50.0 %, the linear model 75.0 %.']
    """
    shares = predictions.groupby("label")["correct"].mean()
    if len(shares) == 1:  # it alone was judged: there is nothing to count alike
        return []
    beside = f"guessing {100 / len(shares):.1f} %"
    if baseline is not None and baseline.alike is not None:
        beside += f", the linear model {100 * baseline.alike:.1f} %"
    return [f"With every class counting alike: {100 * shares.mean():.1f} %; {beside}."]


def _linear_alike(predictions: pd.DataFrame, linear: float) -> list[str]:
    shares = predictions.groupby("label")["correct"].mean()
    if shares.mean() > linear:
        return []
    return [
        "This is no better than a linear model on thumbnails of 8×8 pixels, which gets "
        f"{100 * linear:.1f} % where every class counts alike"
        + (LAYOUT if linear > 1 / len(shares) else ".")
    ]


def _guessed(predictions: pd.DataFrame) -> str:
    """Say what always naming the commonest class gets, where this is no better; else ""."""
    right, total = int(predictions["correct"].sum()), len(predictions)
    commonest = predictions["label_name"].value_counts()
    name, count = commonest.index[0], commonest.iloc[0]
    share = count / total
    if share == 1 or stats.binomtest(right, total, share, "greater").pvalue <= UNLIKELY:
        return ""
    return f"always saying '{shown(name)}' gets {count} of them right, this {right}"


def _guessed_alike(predictions: pd.DataFrame) -> str:
    """Say what guessing gets of the mean over the classes, where this is no better; else ""."""
    labels, named = (predictions[name].to_numpy() for name in ("label", "prediction"))
    classes, places, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if len(classes) == 1:
        return ""
    weights = 1 / (len(classes) * counts[places])

    def mean(answers: np.ndarray) -> float:
        return float(weights[answers == labels].sum())

    # The same answers given to the pictures by lot: so guessing does, whatever it likes to say.
    lots = np.random.default_rng(0)
    reached = mean(named)
    as_good = sum(mean(lots.permutation(named)) >= reached - 1e-9 for _ in range(LOTS))
    if (as_good + 1) / (LOTS + 1) <= UNLIKELY:
        return ""
    return (
        f"where each class counts alike guessing gets {100 / len(classes):.1f} %, "
        f"this {100 * reached:.1f} %"
    )

"""Linear models on thumbnails: what a network has to beat."""

from dataclasses import dataclass

import numpy as np

from helpers import datasets
from helpers.datasets.subsets import thumbnails
from helpers.errors import UserError
from helpers.evaluation.rates import Share


@dataclass(frozen=True)
class Baseline:
    """What a linear classifier reaches: on held-out parts of the training split, and on val.

    ``alike``: the mean of the shares of each class on val, where every class counts alike.
    """

    name: str
    folds: tuple[float, ...]
    held_out: Share
    alike: float


def thumbnail_baseline(data: datasets.ImageFolder, size: int = 8) -> Baseline:
    """Fit logistic regression to thumbnails of ``size`` × ``size`` pixels.

    Parameters
    ----------
    data
        ``ImageFolder`` with both splits.
    size
        Side of the thumbnail, which must divide 256; 1 is the mean colour.

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
    alike = float(np.mean([right[val_labels == k].mean() for k in np.unique(val_labels)]))
    return Baseline(name, tuple(scores.tolist()), Share(int(right.sum()), len(right)), alike)

"""Some of the pictures: fewer to learn from, the most alike of two parts; thumbnails of them."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from helpers.datasets.batches import Batches
from helpers.datasets.folder import ImageFolder
from helpers.errors import UserError

BLOCK = 64  # pictures that are compared at a time


def fewer(data: ImageFolder, count: int, seed: int = 0) -> ImageFolder:
    """Return ``count`` of the training pictures, drawn class by class, and all of the others.

    Parameters
    ----------
    data
        The pictures.
    count
        Training pictures in all; the same number from each class, to within one.
    seed
        Of the draw. The 50 pictures of a seed are among its 500.

    Raises
    ------
    UserError
        When a class has too few pictures, or ``count`` is smaller than the number of classes.

    Examples
    --------
    >>> from helpers import datasets
    >>> fewer(datasets.load("photos"), 6).counts()["training"].to_dict()
    {'blue': 3, 'red': 3}
    """
    table, classes = data.table, len(data.classes)
    if count < classes:
        raise UserError(f"images must be at least {classes}, one for each class; got {count}.")
    kept = np.array(table["split"] != "train")
    for label, name in enumerate(data.classes):
        share = count // classes + (label < count % classes)
        rows = np.flatnonzero((table["split"] == "train") & (table["label"] == label))
        if share > len(rows):
            raise UserError(f"{name} has {len(rows)} training pictures, {share} are wanted.")
        kept[np.random.default_rng([seed, label]).permutation(rows)[:share]] = True
    return replace(data, table=table[kept].reset_index(drop=True))


def nearest_pairs(data: ImageFolder, count: int = 4, size: int = 16) -> pd.DataFrame:
    """Return the training pictures that most resemble a validation picture, with that picture.

    Two shots of one moment, one learned from and one judged by, make the accuracy too good.

    Parameters
    ----------
    data
        Pictures with both parts.
    count
        Pairs to return; a training picture is in one pair at most.
    size
        Side of the thumbnails that are compared; must divide 256.

    Returns
    -------
    DataFrame
        Columns ``train``, ``val`` (paths) and ``distance``: root mean square difference of the
        thumbnails, 0 for equal ones, 1 for black and white. Nearest first.

    Examples
    --------
    >>> from helpers import datasets
    >>> nearest_pairs(datasets.load("photos"), 2).columns.tolist()
    ['train', 'val', 'distance']
    """
    from scipy.spatial.distance import cdist

    parts = {split: data.subset(split) for split in ("train", "val")}
    judged = np.concatenate(list(_thumbnails(parts["val"], size)))
    # Block by block: neither the pictures nor all their distances are ever in memory at once.
    found = []
    for block in _thumbnails(parts["train"], size):
        gaps = cdist(block, judged) / np.sqrt(judged.shape[1])
        found.append((gaps.argmin(axis=1), gaps.min(axis=1)))
    nearest, distance = (np.concatenate(column) for column in zip(*found, strict=True))
    rows = np.argsort(distance, kind="stable")[:count]
    paths = {split: part.table["path"].to_numpy() for split, part in parts.items()}
    pairs = {"train": paths["train"][rows], "val": paths["val"][nearest[rows]]}
    return pd.DataFrame({**pairs, "distance": distance[rows]})


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


def _thumbnails(part: ImageFolder, size: int) -> Iterator[np.ndarray]:
    batches = Batches(part, BLOCK, seed=0, shuffle=False, budget=0)
    return (thumbnails(images, size) for images, _ in batches.epoch(0))

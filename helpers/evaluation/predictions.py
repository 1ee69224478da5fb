"""The predictions table: one pass over the pictures, and how it is stored and read back.

In: a trained model and an ``ImageFolder``, or a stored ``predictions.csv``.

Path, label and prediction are collected in one pass and stay in one row from then on. Collected
separately, from a generator that shuffles, they belong to different pictures, and the confusion
matrix looks like chance whatever the network has learnt.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers import datasets, environment
from helpers.datasets.batches import fed
from helpers.errors import UserError
from helpers.files import as_named, as_stored

if TYPE_CHECKING:
    import keras

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


def predict(
    model: "keras.Model", data: datasets.ImageFolder, batch_size: int = 64, views: int = 1
) -> pd.DataFrame:
    """Predict every picture of ``data`` once, in the order of its table.

    Only a batch and the finished rows are held in memory, whatever the number of classes.

    Parameters
    ----------
    model
        Keras model from pixels 0–255, (N, size, size, 3), to logits or softmax, (N, classes).
    data
        ``ImageFolder``; pictures are decoded to 256×256 and cropped centrally to ``size``, or,
        where that is below 64, decoded to ``size``.
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
    >>> len(predict(run.model, run.data.subset("val")))
    6
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
    >>> data = run.data.subset("val")
    >>> len(predict_together([(run.model, data), (run.model, data)]))
    6
    """
    if views not in (1, 10):
        raise UserError(f"views must be 1 or 10, got {views}.")
    for model, data in networks:
        _fits(model, data)
    judge = _over_ten_views if views == 10 else _over_centre
    data = networks[0][1]
    size = min(max(1, batch_size // views), len(data))
    readers = [
        datasets.Batches(part, size, seed=0, shuffle=False, shape=fed(model.input_shape[1:]))
        for model, part in networks
    ]
    parts, seen = [], 0
    for together in zip(*(reader.epoch(0) for reader in readers), strict=True):
        pairs = zip(networks, together, strict=True)
        shares = [judge(model, images) for (model, _), (images, _) in pairs]
        rows = data.table.iloc[seen : seen + len(shares[0])]
        lost = set().union(*(reader.lost for reader in readers))
        for _, labels in together:
            _refuse_another_order(rows, labels, lost)
        paths, labels = rows["path"].to_numpy(), rows["label"].to_numpy()
        parts.append(tabulate(paths, labels, np.mean(shares, axis=0), data.titles))
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


def probabilities(model: "keras.Model", images: np.ndarray) -> np.ndarray:
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


def tabulate(
    paths: Sequence[str], labels: np.ndarray, shares: np.ndarray, titles: Sequence[str]
) -> pd.DataFrame:
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


def refuse_no_numbers(paths: Sequence[str | Path], shares: np.ndarray) -> None:
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
    >>> read_predictions("runs/bicycles/predictions.csv").columns[:3].tolist()
    ['path', 'label', 'label_name']
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
    table["path"] = list(map(as_stored, table["path"]))
    return _numbered(table)


def named(
    predictions: pd.DataFrame, titles: Sequence[str], *, absolute: bool = False
) -> pd.DataFrame:
    """Return predictions as they are stored: the columns of the classes have their names.

    Pictures out of an archive are named as lying in it; ``absolute``: by its whole path.

    ``read_predictions`` gives the columns ``probability_0``, … back, by their order.

    Examples
    --------
    >>> named(pd.DataFrame({"probability_0": [0.2]}), ["bike"]).columns.tolist()
    ['probability of bike']
    """
    columns = {f"probability_{label}": f"{OF_CLASS}{name}" for label, name in enumerate(titles)}
    stored = predictions.rename(columns=columns)
    if "path" in stored:
        stored["path"] = [as_named(path, absolute) for path in stored["path"]]
    return stored


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    own = [name for name in table if name.startswith(OF_CLASS)]
    return table.rename(columns={name: f"probability_{label}" for label, name in enumerate(own)})


def _no_table(path, reason: str) -> str:
    return (
        f"{path} is no whole table of predictions ({reason}); make it again with "
        f"{environment.program()} evaluate --run RUN --out FILE.csv."
    )

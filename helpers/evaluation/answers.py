"""What a finished run says of other people's pictures, in batches.

In: a finished ``Run`` and files. Out: an answer a picture, so that thousands of pictures take the
memory of a few. What cannot be read is left out, remembered and named. Behind ``Run.predict``,
``Run.pictures`` and the command ``predict``.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import Image

from helpers import datasets, evaluation
from helpers.datasets.batches import WORKERS, fed
from helpers.datasets.decoding import fitted
from helpers.errors import UserError
from helpers.evaluation.inputs import Named, find, listed
from helpers.files import shown
from helpers.training.crossed import Crossed

if TYPE_CHECKING:
    from helpers.training.runs import Run

BATCH = 32  # pictures in memory at a time


#: Said of a picture on which something stands out that no digit looks like.
NO_DIGIT = "what stands out on it is no digit; show one digit, dark on light or light on dark."


def _nothing() -> np.ndarray:
    return np.zeros(0)


@dataclass(frozen=True)
class Answer:
    """What a network says of one picture: ``shares``, (classes,), or why it has no answer."""

    path: Path
    shares: np.ndarray = field(default_factory=_nothing)
    pixels: np.ndarray = field(default_factory=_nothing)
    error: str = ""


def answers(run: "Run | Crossed", files: Sequence[Path]) -> Iterator[Answer]:
    """Yield an answer for each file, in order, as soon as its batch is done.

    Parameters
    ----------
    run
        Finished ``Run``, on photographs or digits; of a ``Crossed`` the mean of its folds.
    files
        Picture files.

    Raises
    ------
    UserError
        When the network answers with something that is no number.
    """
    if isinstance(run, Crossed):
        yield from map(_mean, zip(*(answers(one, files) for one in run.runs), strict=True))
        return
    read = _reader(run)
    with ThreadPoolExecutor(WORKERS) as pool:
        for start in range(0, len(files), BATCH):
            batch = list(pool.map(read, files[start : start + BATCH]))
            yield from _answered(run, batch)


def _mean(several: Sequence[Answer]) -> Answer:
    """Return what several networks say of one picture together."""
    bad = [answer for answer in several if answer.error]
    if bad:
        return bad[0]
    return replace(several[0], shares=np.mean([answer.shares for answer in several], axis=0))


def _answered(run, batch: list[Answer]) -> Iterator[Answer]:
    good = [answer for answer in batch if not answer.error]
    if not good:
        return iter(batch)
    pixels = np.stack([answer.pixels for answer in good])
    shares = evaluation.probabilities(run.model, pixels)
    evaluation.refuse_no_numbers([answer.path for answer in good], shares)
    return among(batch, map(_answer, good, shares, _strange(run, pixels)))


def _answer(picture: Answer, shares: np.ndarray, strange: bool) -> Answer:
    if strange:
        return replace(picture, error=f"{shown(picture.path)}: {NO_DIGIT}")
    return replace(picture, shares=shares)


def _strange(run, pixels: np.ndarray) -> np.ndarray:
    """Return which pictures show nothing that the network knows, bool (N,); digits only."""
    if not run.recipe.broad:
        return np.zeros(len(pixels), bool)
    from helpers.digits import lessons

    return lessons.shows_none(run.model, pixels)


def among(batch: list[Answer], found: Iterator) -> Iterator:
    """Yield what was found for each picture in order, and as it is each answer that is an error."""
    return (answer if answer.error else next(found) for answer in batch)


def _reader(run):
    """Return the function that reads a file as the run's network wants it, or says why not."""
    look = seen(run)

    def read(path: Path) -> Answer:
        try:
            return Answer(path, pixels=look(path))
        except UserError as error:
            return Answer(path, error=shown(error))

    return read


def seen(run: "Run") -> Callable[[Path], np.ndarray]:
    """Return the function that reads what a run's network sees of a file: uint8 (size, size, C).

    Of a page that is the digit on it, as MNIST would have it, where the network was trained on
    these.
    """
    from helpers.digits import picture

    size, equal = run.model.input_shape[1], run.equal
    side, channels = fed(run.model.input_shape[1:])

    def look(path: Path) -> np.ndarray:
        if run.recipe.of_digits:
            page = Image.fromarray(picture.read(path)[..., 0])
            pixels = fitted(page, side, channels)
        else:
            pixels = datasets.decode(path, side, equal, channels)
        return evaluation.central(pixels[None], size)[0]

    return look


def complaint(bad: Sequence[Answer], total: int) -> str:
    """Return what an error says of the files that could not be read: every one is named."""
    if len(bad) == 1 and total == 1:
        return bad[0].error
    lines = [answer.error.removesuffix(".") for answer in bad]
    if len(lines) == 1:
        return f"1 of {total} files has no answer: {lines[0]}."
    return f"{len(bad)} of {total} files have no answer:\n  " + "\n  ".join(lines)


def names_of(run: "Run | Crossed") -> list[str]:
    """Return the classes in words; their folders' names where two would be called the same."""
    titles = list(run.environment["titles"])
    return titles if len(set(titles)) == len(titles) else list(run.classes)


def row(answer: Answer, names: Sequence[str]) -> list:
    """Return path, prediction, its probability, and the probability of each class."""
    best = int(answer.shares.argmax())
    return [str(answer.path), names[best], float(answer.shares[best]), *answer.shares.tolist()]


def predict(run: "Run | Crossed", paths: Named) -> pd.DataFrame:
    """Return what a run says of pictures: one row a file, in order; behind ``Run.predict``.

    Parameters
    ----------
    run
        Finished ``Run``.
    paths
        A file, a folder, several of them, or rows of a table with the column ``path``.

    Returns
    -------
    pandas.DataFrame
        ``path``, ``prediction``, ``probability``, then a column a class with its probability.
        Files that cannot be read have no row; a warning names them.

    Raises
    ------
    UserError
        When there is no picture, or none can be read.
    """
    names, rows, bad = names_of(run), [], []
    files = find(paths).files
    for answer in answers(run, files):
        if answer.error:
            bad.append(answer)
        else:
            rows.append(row(answer, names))
    warn_of(bad, len(files))
    return pd.DataFrame(rows, columns=["path", "prediction", "probability", *names])


def warn_of(bad: Sequence[Answer], total: int) -> None:
    """Raise when no file could be read, warn when some could not."""
    if len(bad) == total:
        raise UserError(complaint(bad, total))
    if bad:
        warnings.warn(complaint(bad, total), stacklevel=3)


def pictures(run: "Run", rows: Named) -> np.ndarray:
    """Return the central crops of pictures as a run's network sees them; behind ``Run.pictures``.

    Parameters
    ----------
    run
        Finished ``Run``.
    rows
        Rows of a table with the column ``path``, or files and folders.

    Returns
    -------
    numpy.ndarray
        uint8, (N, side, side, 3); of digits (N, 28, 28, 1).
    """
    paths = find(rows).files if len(listed(rows)) else []
    look = seen(run)
    shape = tuple(run.model.input_shape[1:])
    found = [look(path) for path in paths]
    return np.stack(found) if found else np.zeros((0, *shape), np.uint8)

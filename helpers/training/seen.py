"""Which of the judged pictures a network has seen before: they taught it, or steered its training.

Known by their contents, so a copy, another name and another place do not hide them; and by what
they show (``datasets.series``), so that one is found that was saved anew, smaller, in another
format, or in a mirror. The latter not of very many pictures.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.datasets import contents, imagenet, series, tree
from helpers.files import source_folder
from helpers.training.crossed import Crossed

if TYPE_CHECKING:
    from helpers.datasets.folder import ImageFolder
    from helpers.training.runs import Run

#: The parts of a run's pictures that its result depends on, as the column ``seen`` names them.
PARTS = {"train": "training", "val": "validation"}


def before(run: "Run | Crossed", paths: Sequence[str]) -> tuple[np.ndarray, bool]:
    """Return in which part of a run's own pictures each file is, and how that was looked for.

    Parameters
    ----------
    run
        Finished ``Run`` or ``Crossed``; each picture of the latter has taught some of its runs.
    paths
        Picture files.

    Returns
    -------
    numpy.ndarray
        ``(N,)`` of str: "training", "validation" or "" for none.
    bool
        Whether pictures that were saved anew were looked for too: not among more than
        ``series.MANY``.

    Raises
    ------
    UserError
        When the run's own pictures are no longer there, or can no longer be read.

    Examples
    --------
    >>> before(run, ["copy.png"])[0].tolist()
    ['training']
    """
    if not _may_share(run, paths):
        return np.full(len(paths), "", object), False
    table = run.data.table
    split = np.full(len(table), "train") if isinstance(run, Crossed) else table["split"].to_numpy()
    part = pd.Series(split).map(PARTS).fillna("").to_numpy(object)
    found = _first(part, run.data.digests(), contents.digests(list(paths)))
    if len(table) + len(paths) > series.MANY:
        return found, False
    new = np.flatnonzero(found == "")
    found[new] = _saved_anew(run.data, part, [paths[i] for i in new.tolist()])
    return found, True


def _first(part: np.ndarray, own: Sequence[str], asked: Sequence[str]) -> np.ndarray:
    """Return the part of each digest, "training" where it is in several."""
    known = pd.Series(part, own)
    known = known[known != ""].sort_values()  # "training" before "validation"
    return known[~known.index.duplicated()].reindex(asked).fillna("").to_numpy(object)


def _saved_anew(data: "ImageFolder", part: np.ndarray, paths: Sequence[str]) -> np.ndarray:
    """Return the part of each picture that is nearly the same as one of them, or its mirror."""
    found = np.full(len(paths), "", object)
    if not paths:
        return found
    own = series.look_at(data.table["path"].tolist(), Path(data.location))
    looks = series.look_at(paths, Path(os.path.commonpath(map(os.path.dirname, paths))))
    for others in (own, own.flipped()):
        for i, j in series.across(looks, others):
            found[i] = min(filter(None, (found[i], part[j])), default="")
    return found


def _may_share(run, paths: Sequence[str]) -> bool:
    """Whether it is worth while to look: of very many, some file must have the length of one.

    True where they lie in archives or are drawn: a look at the folder tells nothing then.
    """
    source = str(run.recipe.data)
    folder = source_folder(source)
    if folder is None or source.startswith("imagenet:") or imagenet.is_fetched(folder):
        return True
    own = tree.scan(folder).all_pictures()
    if len(own) + len(paths) <= series.MANY:
        return True
    sizes = set(map(size, own))
    return any(size(path) in sizes for path in paths)


def size(path: str | Path) -> int:
    """Return a file's bytes, 0 where it cannot be looked at: it teaches and judges nothing.

    Examples
    --------
    >>> size("no.jpg")
    0
    """
    try:
        return os.path.getsize(path)
    except OSError:
        return 0

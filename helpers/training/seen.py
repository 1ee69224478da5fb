"""Which of the judged pictures a network has seen before: they taught it, or steered its training.

Known by their contents, so a copy, another name and another place do not hide them; a picture that
was saved anew is another file and is not found.
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.datasets import contents, imagenet, tree
from helpers.files import source_folder
from helpers.training.crossed import Crossed

if TYPE_CHECKING:
    from helpers.training.crossed import Crossed
    from helpers.training.runs import Run

#: The parts of a run's pictures that its result depends on, as the column ``seen`` names them.
PARTS = {"train": "training", "val": "validation"}


def before(run: "Run | Crossed", paths: Sequence[str]) -> np.ndarray:
    """Return in which part of a run's own pictures each file is: ``(N,)`` of str, "" for none.

    Parameters
    ----------
    run
        Finished ``Run`` or ``Crossed``; each picture of the latter has taught some of its runs.
    paths
        Picture files.

    Raises
    ------
    UserError
        When the run's own pictures are no longer there, or can no longer be read.

    Examples
    --------
    >>> before(run, ["copy.png"]).tolist()
    ['training']
    """
    if not _may_share(run, paths):
        return np.full(len(paths), "", object)
    table = run.data.table
    split = np.full(len(table), "train") if isinstance(run, Crossed) else table["split"].to_numpy()
    own = pd.Series(split, run.data.digests()).map(PARTS)
    own = own.dropna().sort_values()  # "training" before "validation"
    known = own[~own.index.duplicated()]
    return known.reindex(contents.digests(list(paths))).fillna("").to_numpy(object)


def _may_share(run, paths: Sequence[str]) -> bool:
    """Whether some file has the length of one in the run's folder: a quick look, without reading.

    True where they lie in archives or are drawn: a look at the folder tells nothing then.
    """
    source = str(run.recipe.data)
    folder = source_folder(source)
    if folder is None or source.startswith("imagenet:") or imagenet.is_fetched(folder):
        return True
    own = {os.path.getsize(path) for path in tree.scan(folder).all_pictures()}
    return any(os.path.getsize(path) in own for path in paths)

"""How well AlexNet does on 50 and on 500 of your photographs, and a linear model beside it.

``python -m helpers record own_photos --data photos``, with one folder in ``photos`` for each class.
All runs are judged on the same validation pictures.
"""

import itertools
from dataclasses import replace
from pathlib import Path

import pandas as pd

from helpers import datasets, evaluation
from helpers.datasets import subsets
from helpers.errors import UserError
from helpers.training import Recipe
from results.record import Record, begin, trained

COUNTS = (50, 500)  # photographs to learn from
#: One row an epoch.
RECORD = Record(
    folder=Path(__file__).parent,
    key=("photos", "seed"),
    columns=(
        *("photos", "seed", "epoch"),
        *("loss", "accuracy", "val_loss", "val_accuracy", "seconds"),
    ),
)
#: One row a run: the share that logistic regression on thumbnails gets right, of ``judged``.
LINEAR = replace(RECORD, columns=("photos", "seed", "judged", "linear"), name="linear.csv")


def recipe(count: int, seed: int, data: str) -> Recipe:
    """Return the settings of a run; the fewer the photographs, the more often each is shown."""
    return Recipe(data=data, images=count, seed=seed, keep="last", precision="float32")


def make(out: Path = RECORD.folder, seeds: int = 3, data: str | None = None) -> None:
    """Train what the record lacks."""
    if data is None:
        raise UserError("own_photos needs --data, a folder with one of photographs for each class.")
    record, linear = (replace(table, folder=out) for table in (RECORD, LINEAR))
    photos = datasets.load(data)
    if left := record.missing(itertools.product(COUNTS, range(seeds))):
        begin(out, photos, recipes=[recipe(count, 0, data) for count in COUNTS])
    for count, seed in left:
        named = {"photos": count, "seed": seed}
        few = evaluation.thumbnail_baseline(subsets.fewer(photos, count, seed)).held_out
        # The linear model first: a run counts as done when its epochs are there.
        linear.append(pd.DataFrame([named | {"judged": few.total, "linear": few.share}]))
        with trained(recipe(count, seed, data)) as run:
            record.append(run.history.assign(**named))
    last = record.read().groupby(["seed", "photos"])["val_accuracy"].last()
    print((100 * last.unstack("photos")).round(1).to_string())

"""Bicycles and ships once more, every photograph first brought to one size and one quality.

In: ``--data``, a folder with the sub-folders ``bicycle`` and ``ship``, those of the withdrawn
result (``results/photos_two_class``). Each becomes a JPEG file of 128×128 pixels and quality 75,
from which all that follows is learnt. Out, as in ``results/flowers``: ``opponents.csv``, with what
the original files tell and the new ones no longer can; ``runs.csv`` and ``history.csv`` of the
network ``book``. ``checks.json``: what the
check of the package says of the originals and of the new files.
"""

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import datasets
from helpers.datasets import ImageFolder, checks, properties
from helpers.datasets.decoding import Equal, equalised
from helpers.errors import UserError
from helpers.files import write_atomic, write_json
from results.flowers import make as flowers
from results.flowers import opponents
from results.record import Record, begin, trained

FOLDER = Path(__file__).parent
CLASSES = ("bicycle", "ship")
EQUAL = Equal(128, 75)  # no photograph of these is smaller
EPOCHS = 30

RECORD = replace(flowers.RECORD, folder=FOLDER, key=("seed",))
HISTORY = replace(
    flowers.HISTORY, folder=FOLDER, key=("seed",), columns=flowers.HISTORY.columns[3:]
)
OPPONENTS = Record(
    folder=FOLDER,
    key=("opponent", "seed"),
    columns=opponents.COLUMNS,
    name="opponents.csv",
    texts=("wrong",),
)


def brought(photographs: ImageFolder, folder: Path, equal: Equal = EQUAL) -> ImageFolder:
    """Write every photograph at one size and quality into a folder, and read it.

    Each keeps its part: small and compressed, fewer of those that are nearly the same are found.

    Raises
    ------
    UserError
        Two of a class have one name, or there are too few for a part that judges.
    """
    for row in photographs.table.itertuples():
        name = f"{Path(row.path).stem}.jpg"
        path = folder / row.split / photographs.classes[row.label] / name
        if path.exists():
            raise UserError(f"{row.path} has the name of another one; give it another name.")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, partial(Path.write_bytes, data=equalised(row.path, equal)))
    return flowers.with_test(datasets.load(folder))


def make(out: Path = FOLDER, seeds: int = 3, data: str | None = None) -> None:
    """Add what the record lacks."""
    if data is None or not all((Path(data) / name).is_dir() for name in CLASSES):
        raise UserError("photos_equalised needs --data, a folder that holds bicycle and ship.")
    originals = datasets.load(data, classes=CLASSES)
    with tempfile.TemporaryDirectory() as folder:
        _make(out, seeds, originals, brought(originals, Path(folder) / "photos"))


def _make(out: Path, seeds: int, originals: ImageFolder, photographs: ImageFolder) -> None:
    record, against = (replace(table, folder=out) for table in (RECORD, OPPONENTS))
    settings = flowers.recipe("book", EPOCHS, 0, photographs.source)
    begin(out, photographs, recipe=settings, side=EQUAL.side, quality=EQUAL.quality)
    if not (out / "checks.json").exists():
        said = {"originals": originals, "equalised": photographs}
        write_json(out / "checks.json", {k: checks.examine(v).lines() for k, v in said.items()})
    if against.read().empty:
        against.append(opponents.table(photographs, _before(originals, photographs)))
    for (seed,) in record.missing((seed,) for seed in range(seeds)):
        with trained(replace(settings, seed=seed)) as run:
            replace(HISTORY, folder=out).append(run.history.assign(seed=seed))
            row = {"classes": 2, "network": "book", "precision": settings.precision, "seed": seed}
            row |= {"rule": flowers.RULES["book"][0], "epochs": EPOCHS}
            row |= flowers.judged(run, photographs) | flowers.first_filters(run)
            record.append(pd.DataFrame([row]))
    print(record.read().drop(columns="wrong").to_string(index=False))


def _before(originals: ImageFolder, photographs: ImageFolder) -> dict[str, np.ndarray]:
    """Return what the original files tell, in the order of the new ones."""
    paths = {(label, Path(path).stem): path for label, path in _rows(originals)}
    ordered = [paths[label, Path(path).stem] for label, path in _rows(photographs)]
    known = properties.measured(ordered, Path(originals.location))
    size = known[:, properties.COLUMNS["size"]]
    columns = [*properties.COLUMNS["sharpness"]]
    return {
        "short side of the original": size.min(axis=1, keepdims=True),
        "sharpness of the original": known[:, columns],
    }


def _rows(data: ImageFolder) -> zip:
    return zip(data.table["label"], data.table["path"], strict=True)

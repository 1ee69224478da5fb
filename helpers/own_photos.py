"""The reader's own photographs: out of a zip file, and how many of them it takes.

In: unpacking; smaller training sets that share one validation set; a record of runs with them.
Out: finding, checking and splitting the pictures (``datasets``), training (``training``).

Make a record with
``python -m helpers.own_photos --data photos --counts 50 500 --out results/own_photos``.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.datasets import archives
from helpers.datasets.splits import name_hash
from helpers.errors import UserError
from helpers.files import home, write_atomic
from helpers.training import runs
from helpers.training.recipe import Recipe

SHOWN = 5000  # pictures that a run of few photos is shown in all, each many times
EPOCHS = 20  # at least
BLOCK = 64  # pictures that are compared at a time
BATCH = 16
COLUMNS = ["photos", "seed", "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds"]


def unpacked(archive: str | Path) -> Path:
    """Return the folder of the classes in a zip or tar file, unpacked beside it once.

    Raises
    ------
    UserError
        As ``archives.unpack``.

    Examples
    --------
    >>> sorted(folder.name for folder in unpacked("photos.zip").iterdir())
    ['blue', 'red']
    """
    return archives.unpacked(archive, beside=True)


def fewer(data, count: int, seed: int, folder: str | Path) -> Path:
    """Lay out ``count`` training pictures, drawn at random class by class, and all for validation.

    Parameters
    ----------
    data
        An ``ImageFolder``.
    count
        Training pictures in all; the same number from each class, to within one.
    seed
        Of the draw. The 50 pictures of a seed are among its 500.
    folder
        Where the copies go: ``train/CLASS`` and ``val/CLASS``. Appears whole or not at all.

    Raises
    ------
    UserError
        When a class has too few pictures, or ``count`` is smaller than the number of classes.
    """
    training, judged = data.subset("train").table, data.subset("val").table
    if count < len(data.classes):
        raise UserError(f"count must be at least {len(data.classes)}, one a class; got {count}.")
    folder = Path(folder)
    if folder.exists():
        raise UserError(f"{folder} exists already; name a new folder for the pictures.")
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
        for label, name in enumerate(data.classes):
            share = count // len(data.classes) + (label < count % len(data.classes))
            paths = training.loc[training["label"] == label, "path"].to_numpy()
            if share > len(paths):
                raise UserError(f"{name} has {len(paths)} training pictures, {share} are wanted.")
            order = np.random.default_rng([seed, label]).permutation(len(paths))
            _copy(paths[order[:share]], Path(beside) / "new" / "train" / name)
            paths = judged.loc[judged["label"] == label, "path"]
            _copy(paths, Path(beside) / "new" / "val" / name)
        os.replace(Path(beside) / "new", folder)
    return folder


def _copy(paths, folder: Path) -> None:
    folder.mkdir(parents=True)
    for path in paths:
        shutil.copy(path, folder)


def nearest_pairs(data, count: int = 4, size: int = 16) -> pd.DataFrame:
    """Return the training pictures that most resemble a validation picture, with that picture.

    Two shots of one moment, one learned from and one judged by, make the accuracy too good.

    Parameters
    ----------
    data
        An ``ImageFolder`` with both splits.
    count
        Pairs to return; a training picture is in one pair at most.
    size
        Side of the thumbnails that are compared; must divide 256.

    Returns
    -------
    DataFrame
        Columns ``train``, ``val`` (paths) and ``distance``: root mean square difference of the
        thumbnails, 0 for equal ones, 1 for black and white. Nearest first.
    """
    from scipy.spatial.distance import cdist

    from helpers import datasets, evaluation

    def small(part) -> Iterator[np.ndarray]:
        batches = datasets.Batches(part, BLOCK, seed=0, shuffle=False, budget=0)
        return (evaluation.thumbnails(images, size) for images, _ in batches.epoch(0))

    parts = {split: data.subset(split) for split in ("train", "val")}
    judged = np.concatenate(list(small(parts["val"])))
    # Block by block: neither the pictures nor all their distances are ever in memory at once.
    found = []
    for block in small(parts["train"]):
        gaps = cdist(block, judged) / np.sqrt(judged.shape[1])
        found.append((gaps.argmin(axis=1), gaps.min(axis=1)))
    nearest, distance = (np.concatenate(column) for column in zip(*found, strict=True))
    rows = np.argsort(distance, kind="stable")[:count]
    paths = {split: part.table["path"].to_numpy() for split, part in parts.items()}
    pairs = {"train": paths["train"][rows], "val": paths["val"][nearest[rows]]}
    return pd.DataFrame({**pairs, "distance": distance[rows]})


def as_recorded(data):
    """Return flat folders cut as the record's photographs were: a fifth by the name's hash alone.

    The judged pictures of the record stay the same; folders made by hand stay as they are.
    """
    if (Path(data.location) / "train").is_dir():
        return data
    fifth = [name_hash(path) % 5 == 0 for path in data.table["path"]]
    return replace(data, table=data.table.assign(split=np.where(fifth, "val", "train")))


def recipe(count: int, seed: int = 0, data: str | Path = "photos") -> Recipe:
    """Return a recipe for ``count`` training pictures: the fewer, the more often each is shown.

    Small batches, so that even 50 pictures give three updates an epoch; and more patience where an
    epoch is short, since two or three updates without progress mean nothing.

    Examples
    --------
    >>> recipe(50).epochs, recipe(500).epochs
    (100, 20)
    """
    # Single precision and the last epoch's weights: the recorded runs of that chapter rest on them.
    epochs = max(EPOCHS, SHOWN // count)
    return Recipe(
        data=str(data),
        epochs=epochs,
        batch_size=min(BATCH, count),
        patience=epochs // 4,
        keep="last",
        precision="float32",
        seed=seed,
    )


def run_folder(recipe: Recipe, data) -> Path:
    """Return where a run on ``data`` belongs: other photographs, recipe or code, another folder.

    Examples
    --------
    >>> from helpers import datasets
    >>> run_folder(recipe(50), datasets.load("photos")).name[:-12]
    'own-paper-'
    """
    return home() / "runs" / f"own-{runs.Identity.of(recipe, data).name}"


# ---------------------------------------------------------------------------------------------
# The record
# ---------------------------------------------------------------------------------------------


def measure(data, count: int, seed: int) -> tuple[pd.DataFrame, dict]:
    """Train on ``count`` pictures of ``data``; return the epochs, and what a linear model gets.

    Both are judged on all validation pictures of ``data``.
    """
    from helpers import datasets, evaluation
    from helpers.training import train

    with tempfile.TemporaryDirectory() as folder:
        photos = fewer(data, count, seed, Path(folder) / "photos")
        linear = evaluation.thumbnail_baseline(datasets.load(photos)).held_out
        run = train(recipe(count, seed, photos), Path(folder) / "run", verbose=False)
        epochs = run.history.assign(photos=count, seed=seed)[COLUMNS]
    judged = {"photos": count, "seed": seed, "judged": linear.total}
    return epochs, judged | {"linear": linear.share}


def complete(folder: str | Path, data, counts: list[int], seeds: int) -> None:
    """Add the runs that the record in ``folder`` lacks; each is written when it is done."""
    folder = Path(folder)
    for count in counts:
        for seed in range(seeds):
            if (count, seed) in set(zip(*_columns(folder), strict=True)):
                continue
            epochs, judged = measure(data, count, seed)
            # The baselines first: a run counts as done when its epochs are there.
            _append(folder / "linear.csv", pd.DataFrame([judged]))
            _append(folder / "runs.csv", epochs)


def _columns(folder: Path) -> tuple[list[int], list[int]]:
    table = read(folder)
    return table["photos"].tolist(), table["seed"].tolist()


def read(folder: str | Path, name: str = "runs.csv") -> pd.DataFrame:
    """Return a table of the record; no rows when nothing has been recorded there.

    ``runs.csv`` has one row an epoch; ``linear.csv`` one a run, with the share that logistic
    regression on thumbnails of 8×8 pixels gets right, of ``judged`` pictures.

    Raises
    ------
    UserError
        When the file is no such table.
    """
    path = Path(folder) / name
    if not path.exists():
        return pd.DataFrame(columns=["photos", "seed"])
    table = pd.read_csv(path)
    if list(table)[:2] != ["photos", "seed"]:
        raise UserError(f"{path} is no record of runs with few photos; name another folder.")
    return table


def _append(path: Path, rows: pd.DataFrame) -> None:
    key = ["photos", "seed"]
    table = read(path.parent, path.name)
    done = table.set_index(key).index.isin(rows.set_index(key).index)
    kept = [table[~done]] if len(table) else []
    table = pd.concat([*kept, rows.round(5)])
    write_atomic(path, lambda target: table.to_csv(target, index=False))


def last(table: pd.DataFrame) -> pd.DataFrame:
    """Return the validation accuracy of each run's last epoch: a row a seed, a column a size.

    Examples
    --------
    >>> rows = [(50, 0, 1, 0.6), (50, 0, 2, 0.7)]
    >>> table = pd.DataFrame(rows, columns=["photos", "seed", "epoch", "val_accuracy"])
    >>> float(last(table)[50][0])
    0.7
    """
    final = table.sort_values("epoch").groupby(["seed", "photos"])["val_accuracy"].last()
    return final.unstack("photos")


def main(arguments: list[str] | None = None) -> int:
    """Make or continue a record; exit status 2 on bad input, told in one line."""
    parser = argparse.ArgumentParser(prog="python -m helpers.own_photos")
    parser.add_argument("--data", required=True, help="folder with one per class")
    parser.add_argument("--counts", type=int, nargs="+", required=True, help="training pictures")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each size")
    parser.add_argument("--out", required=True, help="folder of the record; continued if begun")
    options = parser.parse_args(arguments)
    try:
        from helpers import datasets

        if options.seeds < 1:
            raise UserError(f"--seeds must be at least 1, got {options.seeds}.")
        data = as_recorded(datasets.load(options.data))
        complete(options.out, data, options.counts, options.seeds)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print((100 * last(read(options.out))).round(1).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())

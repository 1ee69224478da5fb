"""Cross-validation: where pictures are few, each of them judges once.

All pictures of a source are dealt into folds, class by class, series together. A run learns from
all folds but two: one judges it, the next one steers it. So what steers never judges, and after as
many runs as folds every picture has been judged once, by a network that had not seen it.
"""

import gc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from helpers.datasets import series, splits
from helpers.errors import UserError
from helpers.training import run_files
from helpers.training.recipe import Recipe

if TYPE_CHECKING:
    from helpers.datasets import ImageFolder

#: From so many pictures on the parts of a single run are large enough to say something.
FEW = 100
LEAST_GROUPS = 3  # of each class: one to learn from, one to steer, one to judge


def dealt(data: "ImageFolder", fold: tuple[int, int]) -> "ImageFolder":
    """Return the pictures of a source with the splits of one fold.

    Parameters
    ----------
    data
        An ``ImageFolder``; its own splits do not matter.
    fold
        ``(2, 5)``: of five folds the second is "test", the third "val", the others are "train".

    Raises
    ------
    UserError
        When a class has fewer pictures than folds, or all from one or two series, or when there is
        a test part made by hand.
    """
    number, count = fold
    if "test" in data.made:
        raise UserError(
            f"{data.source} has a test part of its own, which --folds would learn from as well; "
            "leave --folds out, or name a folder of the other pictures alone."
        )
    place = numbers(data, count)
    part = {number - 1: "test", number % count: "val"}
    table = data.table.assign(split=[part.get(one, "train") for one in place])
    notes = tuple(note for note in data.notes if note not in data.of_parts)
    return replace(data, table=table, notes=notes, of_parts=(), chosen_on_validation=False)


def numbers(data: "ImageFolder", count: int) -> list[int]:
    """Return the fold of each picture, from 0, in the order of the table."""
    labels = data.table["label"].to_numpy()
    rows = [[i for i, label in enumerate(labels) if label == k] for k in range(len(data.classes))]
    paths = data.table["path"].tolist()
    groups = series.found([[paths[i] for i in own] for own in rows], Path(data.location))
    place, sizes = [0] * len(paths), [0] * count
    for title, own, together in zip(data.titles, rows, groups, strict=True):
        _enough(title, len(own), len(together), count)
        here = [0] * count  # pictures of this class in each fold
        for group in sorted(together, key=lambda group: _order(group, own, paths)):
            fold = min(range(count), key=lambda i: (here[i], sizes[i], i))
            here[fold] += len(group)
            sizes[fold] += len(group)
            for position in group:
                place[own[position]] = fold
    return place


def _order(group: list[int], own: list[int], paths: list[str]) -> tuple[int, int]:
    """Long series first, since they are hardest to place; then by the names' hashes."""
    return -len(group), min(splits.name_hash(paths[own[position]]) for position in group)


def _enough(title: str, pictures: int, groups: int, count: int) -> None:
    if pictures < count:
        raise UserError(
            f"{count} folds need {count} pictures of each class; {title} has {pictures}: add some, "
            "or take fewer folds."
        )
    if groups < LEAST_GROUPS:
        raise UserError(
            f"The pictures of {title} come from {groups} series; folds need {LEAST_GROUPS} at "
            "least, since one series is never on both sides."
        )


def run_all(
    recipe: Recipe, count: int, folder: Path, train: Callable, *, anew: bool = False
) -> list:
    """Train one run for each fold, in ``folder/fold-1`` and so on, and return them.

    Parameters
    ----------
    train
        Called with a recipe and a folder; returns the finished run. Finished folds come back at
        once, so that repeating the command resumes.
    anew
        The folds that are there are trained again.

    Raises
    ------
    UserError
        When the folder holds anything else.
    """
    check(folder, count, anew)
    found = []
    for number in range(1, count + 1):
        found.append(train(replace(recipe, fold=(number, count)), folder / f"fold-{number}"))
        gc.collect()  # Keras' models hold themselves: one at a time is enough for the memory
    return found


def check(folder: Path, count: int, anew: bool = False) -> None:
    """Refuse a folder that holds something else than these folds and what is made of them."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; the folds need a folder.")
    own = {f"fold-{i}" for i in range(1, count + 1)} | {"predictions.csv", *run_files.ADDED}
    others = sorted(path.name for path in folder.glob("[!.]*") if path.name not in own)
    if others:
        raise UserError(
            f"{folder} holds {others[0]}, which is none of these {count} folds; choose a new or an "
            "empty folder."
        )
    first = folder / "fold-1"
    there = run_files.read_recipe(first).fold if (first / "recipe.json").exists() else None
    if there is not None and there[1] != count and not anew:
        raise UserError(
            f"{folder} holds {there[1]} folds, and --folds {count} is asked for; choose a new or "
            "an empty folder, or train anew with --restart."
        )


def standing(folder: Path) -> str:
    """Return in a sentence how far the folds in a folder have come.

    Examples
    --------
    >>> standing(Path("a_folder_that_is_not_there"))
    '0 folds are finished. Repeat the same command to go on.'
    """
    done = [path for path in folder.glob("fold-*") if run_files.is_finished(path)]
    word = "fold is" if len(done) == 1 else "folds are"
    return f"{len(done)} {word} finished. Repeat the same command to go on."


def pooled(done: list) -> pd.DataFrame:
    """Return the predictions of all folds in one table, with the number of the fold.

    Of the finished runs themselves every picture of the source is there once.
    """
    tables = [run.predictions.assign(fold=i) for i, run in enumerate(done, start=1)]
    return pd.concat(tables, ignore_index=True)


def spread(predictions: pd.DataFrame) -> str:
    """Return the accuracy of each fold and their mean in one line.

    Examples
    --------
    >>> spread(pd.DataFrame({"fold": [1, 1, 2], "correct": [True, False, True]}))
    'each fold: 1 of 2, 1 of 1; mean of their accuracies 75.0 % (standard deviation 35.4)'
    """
    found = predictions.groupby("fold")["correct"].agg(["sum", "size"])
    each = ", ".join(f"{right} of {total}" for right, total in found.to_numpy())
    shares = 100 * found["sum"] / found["size"]
    mean, deviation = shares.mean(), shares.std()
    return (
        f"each fold: {each}; mean of their accuracies {mean:.1f} % "
        f"(standard deviation {deviation:.1f})"
    )

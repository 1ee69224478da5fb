"""A finished run judged on labelled pictures, its own or others: behind ``evaluate``."""

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from helpers import datasets, evaluation
from helpers.datasets.folder import some, wants_all
from helpers.errors import UserError
from helpers.training import folds, seen
from helpers.training.crossed import Crossed

if TYPE_CHECKING:
    from helpers.training.runs import Run

PARTS = {"train": "training part", "val": "validation part", "test": "test part"}


@dataclass(frozen=True)
class Judged:
    """A predictions table and the sentences that say of what, and what was left out.

    ``pictures`` are these in words; ``chosen``: whether they chose the weights as well;
    ``balanced``: whether all classes counted alike in the training.
    """

    predictions: pd.DataFrame
    said: tuple[str, ...]
    pictures: str
    chosen: bool = False
    balanced: bool = False


def judge(
    run: "Run | Crossed",
    source: str | None = None,
    split: str | None = None,
    *,
    views: int = 1,
    skip_unreadable: bool = False,
) -> Judged:
    """Return a run's predictions for its own pictures or for others of the same classes.

    Parameters
    ----------
    run
        Finished ``Run`` or ``Crossed``; the folds of the latter judge their own pictures each by
        the one run that had not seen it, and other pictures together.
    source
        Other pictures; None: those it was trained on.
    split
        "train", "val", "test" or "all"; None: the test part where there is one; otherwise of its
        own pictures the validation part, of others all.
    views
        As for ``evaluation.predict``.
    skip_unreadable
        Leave out unreadable files, as a run that was trained so does anyway.

    Raises
    ------
    UserError
        Other classes, an empty part, unreadable files.
    """
    if source is None and isinstance(run, Crossed):
        return _folds(run, split, views=views, skip_unreadable=skip_unreadable)
    if source is None and split is None and views == 1:
        return _stored(run)
    skip = skip_unreadable or run.recipe.skip_unreadable
    if source is None:
        data = _own_pictures(run, skip)
    else:
        judge: bool | Literal["only"] = True if wants_all(run.recipe.classes) else "only"
        data = datasets.load(source, classes=run.classes, skip_unreadable=skip, judge=judge)
    part, said = _part(data, split, "all" if source else "val")
    said += ", the mean over ten views of each" if views > 1 else ""
    notes = data.left_out()
    # As the network saw them, also where the pictures of the run have changed since.
    networks = [(one.model, replace(part, equal=one.equal)) for one in getattr(run, "runs", [run])]
    table = evaluation.predict_together(networks, views=views)
    chosen = source is None and data.chosen_on_validation and (part.table["split"] == "val").all()
    if source is not None:
        table = _marked(table, _seen_before(run, table, notes))
    elif not chosen:
        own = part.table.set_index("path")["split"].map(seen.PARTS)
        table = _marked(table, own.reindex(table["path"]).fillna("").to_numpy(object))
    pictures, alike = said.partition(": ")[2], run.recipe.class_weights
    return Judged(table, (said, *notes), pictures, bool(chosen), alike)


def _own_pictures(run, skip_unreadable: bool):
    from helpers.training import runs

    data = runs.load_data(replace(run.recipe, skip_unreadable=skip_unreadable))
    _same_classes(run, data)
    if run.recipe.of_digits:  # their validation pictures chose nothing
        split = data.table["split"].replace("val", "test")
        return replace(data, table=data.table.assign(split=split))
    return data


def _marked(table: pd.DataFrame, before: np.ndarray | None) -> pd.DataFrame:
    """Add the column ``seen`` where the network has seen some of the pictures before."""
    return table if before is None or not (before != "").any() else table.assign(seen=before)


def _seen_before(run, table: pd.DataFrame, notes: list[str]) -> np.ndarray | None:
    """Return which pictures the run has seen before; None, and a note, where nobody can tell."""
    try:
        found, compared = seen.before(run, table["path"].tolist())
    except (UserError, OSError):
        notes.append(
            f"whether it was trained on some of these cannot be told: the pictures in "
            f"{run.recipe.data} are no longer there or cannot be read"
        )
        return None
    if not compared:
        notes.append(
            "of so many pictures only exact copies were looked for among those it was trained on, "
            "not what was saved anew"
        )
    return found


def _folds(run: Crossed, split: str | None, **choice) -> Judged:
    """Return what the folds say of their own pictures, each by the run that had not seen it."""
    if split not in (None, "test"):
        raise UserError(
            f"--split {split} means other pictures for each fold in {run.path}; name one of them, "
            f"like --run {run.runs[0].path}, or leave --split out."
        )
    judged = [judge(one, None, split, **choice) for one in run.runs]
    table, count = folds.pooled(judged), len(judged)
    who = f"the one run of {count} that had not seen it"
    said = f"looked at {_pictures(table)}: each judged by {who}"
    pictures = f"{_pictures(table)}, {count} folds"
    notes = dict.fromkeys(note for one in judged for note in one.said[1:])
    alike = run.recipe.class_weights
    return Judged(table, (said, folds.spread(table), *notes), pictures, balanced=alike)


def _stored(run) -> Judged:
    table = run.predictions
    part = run.environment.get("judged_on", "validation" if run.recipe.steered else "test")
    source = run.recipe.data
    said = (
        f"looked at {_pictures(table)}: the {part} part of {source}{_no_longer_there(run, table)}"
    )
    alike = run.recipe.class_weights
    return Judged(table, (said,), f"{part} pictures", part == "validation", alike)


def _no_longer_there(run, table: pd.DataFrame) -> str:
    """Say that answers are those of the training where its pictures have moved or gone."""
    place = str(run.recipe.data).removeprefix("imagenet:")
    gone = "which is" if not os.path.exists(place) else ""
    if os.path.isdir(place):
        count = sum(not os.path.exists(path) for path in table["path"])
        gone = f"{count:,} of which {'is' if count == 1 else 'are'}" if count else ""
    if not os.path.isabs(place) or not gone:
        return ""
    return f", {gone} no longer there: these answers are stored with the run, from its training"


def _pictures(rows) -> str:
    return f"{len(rows):,} picture{'' if len(rows) == 1 else 's'}"


def _part(data, split: str | None, otherwise: str) -> tuple:
    """Return the pictures to judge and the sentence that says which they are."""
    if data.uncut:
        if split in PARTS:
            raise UserError(
                f"{data.source} has no parts (folders train, val or test), so that --split {split} "
                "names nothing in it; leave --split out, and all its pictures are judged."
            )
        return data, f"looked at {_pictures(data)}: all of {data.source}"
    there = [part for part in PARTS if (data.table["split"] == part).any()]
    chosen = split or ("test" if "test" in there else otherwise)
    has = ", ".join(PARTS[part] for part in there)
    if chosen == "all":
        return data, f"looked at {_pictures(data)}: all of {data.source} ({has})"
    if chosen not in there:
        raise UserError(
            f"{data.source} has no {PARTS[chosen]}, only a {has}; name that with --split, or all."
        )
    part = data.subset(chosen)
    return part, f"looked at {_pictures(part)}: the {PARTS[chosen]} of {data.source}"


def _same_classes(run, data) -> None:
    if tuple(data.classes) != run.classes:
        raise UserError(
            f"{data.source} has the classes {some(data.classes)}, the run knows "
            f"{some(run.classes)}; they must be the same."
        )

"""AlexNet on real photographs of flowers, from scratch, and what simple features get of them.

In: photographs with a folder for each of daisies, sunflowers and tulips: ``--data``, or else the
source ``flowers``. The README beside this file says which the record was made from. Out:

* ``opponents.csv``: what else tells the classes apart, fitted and judged on the same pictures;
* ``runs.csv``: one row a run, judged by the test part, which has chosen nothing, with what became
  of its first filters; ``history.csv``: its epochs;
* ``book/``: one of the networks; ``conv1.npz``: the first filters of one of whole width.

``python -m helpers record flowers --data flowers`` makes them or goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import datasets, models
from helpers.datasets import ImageFolder
from helpers.errors import UserError
from helpers.explain import filters
from helpers.files import write_atomic, write_csv, write_json
from helpers.training import Recipe, Run
from results.flowers import opponents
from results.record import Record, begin, copy, trained

FOLDER = Path(__file__).parent
PAIR, THREE = ("daisy", "sunflower"), ("daisy", "sunflower", "tulip")
HALF, SINGLE = "mixed_bfloat16", "float32"
KEPT = ("recipe.json", "environment.json", "history.csv", "predictions.csv", "model.keras")

#: How each network learns; nothing was tried on these pictures. The narrow one as in the quick run,
#: whose rate was chosen on drawn ones; the others by the rule of the paper and the demonstration.
RULES: dict[str, tuple[str, dict]] = {
    "book": ("Adam 2e-4", {"optimizer": "adam", "learning_rate": 2e-4, "scaling": 1 / 4}),
    "paper": ("momentum 0.01", {"learning_rate": 0.01}),
    "two_class": ("momentum 0.01", {"learning_rate": 0.01}),
}


@dataclass(frozen=True)
class Part:
    """Runs of one network on some classes: each seed in each of the precisions."""

    kinds: tuple[str, ...]
    network: str
    epochs: int
    seeds: int
    precisions: tuple[str, ...] = (HALF,)


#: In the order in which they are made.
PLAN = (
    Part(THREE, "book", 30, 3),
    Part(PAIR, "paper", 15, 5, (HALF, SINGLE)),
    Part(PAIR, "two_class", 15, 1),
    Part(THREE, "paper", 15, 3),
)

KEY = ("classes", "network", "precision", "seed")
RECORD = Record(
    folder=FOLDER,
    key=KEY,
    columns=(
        *KEY,
        *("rule", "learnt_from", "epochs", "right", "of", "val_accuracy", "images_per_second"),
        *("smooth_before", "smooth_after", "smoother", "filters", "moved", "wrong"),
    ),
    texts=("wrong",),
)
HISTORY = replace(
    RECORD,
    columns=(
        *KEY,
        *("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds"),
    ),
    name="history.csv",
    texts=(),
)
OPPONENTS = Record(
    folder=FOLDER,
    key=("classes",),
    columns=("classes", *opponents.COLUMNS),
    name="opponents.csv",
    texts=("wrong",),
)


def recipe(network: str, epochs: int, seed: int, data: str = "flowers") -> Recipe:
    """Return the settings of one run: a cosine, and the last weights, so that nothing steers."""
    return Recipe(
        data=data,
        arch=network,
        epochs=epochs,
        batch_size=16,
        schedule="cosine",
        keep="last",
        precision=HALF,
        seed=seed,
        **RULES[network][1],
    )


def photographs(source: str, kinds: Sequence[str]) -> ImageFolder:
    """Return the pictures of some classes; a folder may have its name in the plural.

    Raises
    ------
    UserError
        The source has no folder of one of them, or too few pictures for a part that judges.
    """
    there = {name.removesuffix("s"): name for name in datasets.load(source).classes}
    if gone := [kind for kind in kinds if kind not in there]:
        wanted = f"a folder each of {', '.join(kinds)}"
        raise UserError(f"{source} has no folder {gone[0]}; flowers needs --data with {wanted}.")
    return with_test(datasets.load(source, classes=[there[kind] for kind in kinds]))


def with_test(pictures: ImageFolder) -> ImageFolder:
    """Return the pictures, unless they have no part that only judges."""
    if not (pictures.table["split"] == "test").any():
        raise UserError(f"{pictures.source} has no test part: give at least ten pictures a class.")
    return pictures


def make(out: Path = FOLDER, seeds: int | None = None, data: str = "flowers") -> None:
    """Add what the record lacks; ``seeds``: at most so many of each part of the plan."""
    record, against = (replace(table, folder=out) for table in (RECORD, OPPONENTS))
    pictures = {kinds: photographs(data, kinds) for kinds in {part.kinds for part in PLAN}}
    for part in PLAN:
        count, keys = len(part.kinds), _keys(part, min(part.seeds, seeds or part.seeds))
        if record.missing(keys) or against.missing([(count,)]):
            begin(out, pictures[THREE], recipes={name: recipe(name, 1, 0) for name in RULES})
        for key in record.missing(keys):
            _one(record, part, dict(zip(KEY, key, strict=True)), pictures[part.kinds])
        if against.missing([(count,)]):
            against.append(opponents.table(pictures[part.kinds]).assign(classes=count))
    print(record.read().drop(columns="wrong").to_string(index=False))


def _keys(part: Part, seeds: int) -> list[tuple]:
    """Return what tells the runs of a part from others, all of a seed before the next seed."""
    name = len(part.kinds), part.network
    return [(*name, precision, seed) for seed in range(seeds) for precision in part.precisions]


def _one(record: Record, part: Part, key: dict, pictures: ImageFolder) -> None:
    settings = recipe(part.network, part.epochs, key["seed"], pictures.source)
    settings = replace(settings, classes=pictures.classes, precision=key["precision"])
    history = replace(HISTORY, folder=record.folder)
    with trained(settings) as run:
        if key["seed"] == 0 and key["precision"] == HALF:
            _keep(run, part, record.folder)
        # The epochs first: a run counts as done when its row is there.
        history.append(run.history.assign(**key))
        row = key | {"rule": RULES[part.network][0], "epochs": part.epochs}
        record.append(pd.DataFrame([row | judged(run, pictures) | first_filters(run)]))


def judged(run: Run, pictures: ImageFolder) -> dict:
    """Return how many of the test pictures a run gets right, and which it does not."""
    answers, test = run.predictions, pictures.subset("test").table
    names = [[Path(path).name for path in table["path"]] for table in (answers, test)]
    assert names[0] == names[1], "the answers are of other pictures"
    right = answers["correct"].to_numpy(bool)
    return {
        "learnt_from": int((pictures.table["split"] == "train").sum()),
        "right": int(right.sum()),
        "of": len(right),
        "wrong": opponents.places(~right),
        "val_accuracy": run.history["val_accuracy"].iloc[-1],
        "images_per_second": run.history["images_per_second"].median(),
    }


def first_filters(run: Run) -> dict:
    """Return how smooth conv1 is and was, how many are smoother than any was, how far it moved."""
    arch, classes = run.recipe.architecture, len(run.classes)
    start = models.build(arch, classes, run.recipe.seed, initial=run.recipe.initial)
    before, after = (filters.kernels(network) for network in (start, run.model))
    was, now = (filters.smoothness(one) for one in (before, after))
    return {
        "smooth_before": was.mean(),
        "smooth_after": now.mean(),
        "smoother": int((now > was.max()).sum()),
        "filters": len(now),
        "moved": float(np.linalg.norm(after - before) / np.linalg.norm(before)),
    }


def _keep(run: Run, part: Part, out: Path) -> None:
    if part.network == "book":
        keep(run, out / "book", "flowers")
    elif part.network == "paper":  # the last one is of three classes
        kernels = filters.kernels(run.model).astype("float16")
        write_atomic(out / "conv1.npz", lambda path: _save(path, kernels, len(part.kinds)))


def _save(path: Path, kernels: np.ndarray, classes: int) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, kernels=kernels, classes=classes)


def keep(run: Run, folder: Path, source: str) -> None:
    """Keep a run whole, with the name of its source and no place of this machine."""
    copy(run, folder, KEPT)
    write_json(folder / "recipe.json", replace(run.recipe, data=source).to_dict())
    paths = [Path(path) for path in run.predictions["path"]]
    names = [f"{path.parent.name}/{path.name}" for path in paths]
    write_csv(folder / "predictions.csv", run.predictions.assign(path=names))

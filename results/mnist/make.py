"""All of MNIST: 60,000 digits to learn from, and the 10,000 that judge.

In: MNIST, where Keras keeps it (fetched once; its own four files, unpacked, may lie there instead).
Out:

* ``choice.csv``: three rates at each width, one epoch of 50,000 training digits each, and how many
  of the other 10,000 training digits were right. The test digits are not looked at;
* ``runs.csv``: one row a run at the better rate, on all 60,000, judged by the test digits, which
  have chosen nothing: the rate falls along a cosine, and the last weights are kept;
* ``history.csv``: its epochs, with the test digits watched and never used;
* ``opponents.csv``: the same judged without a network, by the nearest training digits; how many
  of them vote is chosen as the rates are;
* ``eighth/``: the network of an eighth of the width, which is small enough for a page; five passes.

``python -m helpers record mnist`` makes what is missing; on two cores that do
nothing else the eighth takes about a quarter of an hour, the whole network hours.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from sklearn.neighbors import KNeighborsClassifier

from helpers import architectures, datasets
from helpers.datasets import digits
from helpers.files import write_csv
from helpers.training import Recipe, Run
from helpers.training.recipe import DIGITS
from results.record import Record, begin, copy, trained

FOLDER = Path(__file__).parent
SOURCE, CHOOSING = "mnist:keras", "mnist:keras-validation"
CHOOSES = 9  # the seed that chooses, and is none of those that are judged
BATCH = 64
RATES = (5e-4, 1e-3, 2e-3)
KEPT = ("recipe.json", "environment.json", "history.csv", "model.keras")


@dataclass(frozen=True)
class Size:
    """Runs of one width: how many passes and seeds; the rates among which one is chosen."""

    name: str
    width: float
    epochs: int
    seeds: int
    rates: tuple[float, ...] = RATES


#: In the order in which they are made. The whole network stands still at rates that suit the
#: narrow ones (``whole-one-pass``).
PLAN = (
    Size("eighth", 1 / 8, 5, 1),
    Size("quarter", 1 / 4, 10, 3),
    Size("whole", 1, 6, 1, (5e-5, 1e-4, 2e-4)),
)
CHOICE = Record(
    folder=FOLDER,
    key=("network", "rate"),
    columns=("network", "rate", "seed", "learnt_from", "right", "of"),
    name="choice.csv",
)
RECORD = Record(
    folder=FOLDER,
    key=("network", "seed"),
    columns=("network", "seed", "rate", "epochs", "learnt_from", "right", "of", "seconds"),
)
OPPONENTS = Record(
    folder=FOLDER,
    key=("opponent", "judged_by"),
    columns=("opponent", "judged_by", "learnt_from", "right", "of"),
    name="opponents.csv",
)
NEIGHBOURS = (1, 3, 5)
HISTORY = replace(
    RECORD,
    columns=(
        *("network", "seed", "epoch"),
        *("loss", "accuracy", "val_loss", "val_accuracy", "seconds"),
    ),
    name="history.csv",
)


def recipe(size: Size, rate: float, seed: int, data: str, **changes: object) -> Recipe:
    """Return the settings of one run."""
    settings = Recipe(
        data=data,
        arch=architectures.narrow("mnist", size.width),
        epochs=size.epochs,
        batch_size=BATCH,
        learning_rate=rate,
        seed=seed,
        **DIGITS,
    )
    return replace(settings, **changes)


def make(out: Path = FOLDER, seeds: int | None = None) -> None:
    """Add what the record lacks; ``seeds``: at most so many of each width."""
    choice, record = (replace(table, folder=out) for table in (CHOICE, RECORD))
    begin(out, datasets.load(SOURCE), recipe=recipe(PLAN[0], RATES[0], 0, SOURCE))
    _opponents(replace(OPPONENTS, folder=out))
    for size in PLAN:
        rate = _chosen(choice, size)
        count = min(size.seeds, seeds or size.seeds)
        for _, seed in record.missing((size.name, seed) for seed in range(count)):
            _one(record, size, rate, seed)
    print(record.read().to_string(index=False))


def _opponents(record: Record) -> None:
    """Let the nearest digits, pixel by pixel, vote: first where they choose, then where judged."""
    parts = {count: (f"{count} nearest", "choosing") for count in NEIGHBOURS}
    for count, key in parts.items():
        for _ in record.missing([key]):
            _vote(record, key, CHOOSING, count)
    right = record.read().query("judged_by == 'choosing'").set_index("opponent")["right"]
    best = max(NEIGHBOURS, key=lambda count: right[f"{count} nearest"])
    for key in record.missing([(f"{best} nearest", "test")]):
        _vote(record, key, SOURCE, best)


def _vote(record: Record, key: tuple[str, ...], source: str, count: int) -> None:
    """Add one row: what ``count`` nearest training digits of a source say of its others."""
    held = digits.load(source.partition(":")[2])
    learnt, asked = (images.reshape(len(images), -1) for images in (held.images, held.test_images))
    nearest = KNeighborsClassifier(count, algorithm="brute").fit(learnt / 255, held.labels)
    right = int((nearest.predict(asked / 255) == held.test_labels).sum())
    row = dict(zip(record.key, key, strict=True)) | {"right": right, "of": len(asked)}
    record.append(pd.DataFrame([row | {"learnt_from": len(learnt)}]))


def _chosen(choice: Record, size: Size) -> float:
    """Return the rate that got most of the training digits right that did not teach."""
    for _, rate in choice.missing((size.name, rate) for rate in size.rates):
        with trained(recipe(size, rate, CHOOSES, CHOOSING, epochs=1)) as run:
            row = {"network": size.name, "rate": rate, "seed": CHOOSES, **_judged(run.predictions)}
            choice.append(pd.DataFrame([row | {"learnt_from": _learnt_from(run)}]))
    table = choice.read()
    return table[table["network"] == size.name].set_index("rate")["right"].idxmax()


def _learnt_from(run: Run) -> int:
    """Return how many digits taught a run."""
    source = datasets.load(run.recipe.data).subset("train")
    return min(len(source), run.recipe.images or len(source))


def _judged(predictions: pd.DataFrame) -> dict:
    return {"right": int(predictions["correct"].sum()), "of": len(predictions)}


def _one(record: Record, size: Size, rate: float, seed: int) -> None:
    key = {"network": size.name, "seed": seed}
    with trained(recipe(size, rate, seed, SOURCE)) as run:
        if size.name == "eighth" and seed == 0:
            copy(run, record.folder / size.name, KEPT)
            # As many digits as the page shows: with all of them the table is three megabytes.
            write_csv(record.folder / size.name / "predictions.csv", run.predictions.round(4))
        # The epochs first: a run counts as done when its row is there.
        replace(HISTORY, folder=record.folder).append(run.history.assign(**key))
        row = key | {"rate": rate, "epochs": size.epochs, "learnt_from": _learnt_from(run)}
        row |= {"seconds": run.history["seconds"].sum()} | _judged(run.predictions)
        record.append(pd.DataFrame([row]))

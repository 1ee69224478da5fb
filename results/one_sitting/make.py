"""The thirty lines of the first chapter, run with several seeds and rates.

In: the cells of that chapter with the tag ``recipe``, and the drawn pictures, made now if they are
not there. Out: ``runs.csv``, one row a rate and seed. ``SEEDS`` at the chapter's own rate say how
far the chapter's result may lie from the one that is printed; the other rates have one seed, which
is none of these, and were looked at on the validation pictures alone: the test pictures judge the
chosen rate and no other.

``python -m helpers record one_sitting`` makes what is missing; a run takes one to five
minutes on two cores.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path

import keras
import nbformat
import pandas as pd

from helpers import datasets
from helpers.files import root
from results.record import Record, begin

CHAPTER = "alexnet_in_one_sitting"
EPOCHS, BATCH, RATE = 24, 16, 2e-4
RATES, CHOOSING = (7e-5, RATE, 6e-4), 9  # one seed chooses among three rates
SEEDS = tuple(range(5))  # and these judge it
RECORD = Record(
    folder=Path(__file__).parent,
    key=("rate", "seed"),
    columns=(
        *("rate", "seed", "epochs", "seconds"),
        *("train_accuracy", "val_accuracy", "test_accuracy"),  # after the last epoch
    ),
)


def lines() -> str:
    """Return the recorded lines of the chapter."""
    (path,) = (root() / "notebooks").glob(f"[0-9][0-9]_{CHAPTER}.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(x.source for x in cells if "recipe" in x.metadata.get("tags", []))


def runs() -> list[tuple[float, int]]:
    """Return rate and seed of all runs, those that choose first."""
    return [*((rate, CHOOSING) for rate in RATES), *((RATE, seed) for seed in SEEDS)]


def trained(pictures: datasets.ImageFolder, rate: float, seed: int, epochs: int) -> dict:
    """Run the chapter's lines; return its names."""
    names = {"keras": keras, "layers": keras.layers, "datasets": datasets, "pictures": pictures}
    names |= {"rate": rate, "seed": seed, "epochs": epochs, "batch": BATCH}
    names["progress"] = keras.callbacks.Callback()
    exec(compile(lines(), CHAPTER, "exec"), names)  # the book's own lines
    return names


def row(pictures: datasets.ImageFolder, rate: float, seed: int, epochs: int = EPOCHS) -> dict:
    """Train once; the test pictures are asked only of the seeds that judge."""
    begun = time.perf_counter()
    names = trained(pictures, rate, seed, epochs)
    log = {name: values[-1] for name, values in names["history"].history.items()}
    found = {"rate": rate, "seed": seed, "epochs": epochs}
    found |= {"seconds": round(time.perf_counter() - begun, 1)}
    found |= {"train_accuracy": log["accuracy"], "val_accuracy": log["val_accuracy"]}
    if seed == CHOOSING:
        return found | {"test_accuracy": None}
    _, share = names["network"].evaluate(*names["part"]("test"), verbose=0)
    return found | {"test_accuracy": share}


def make(out: Path = RECORD.folder) -> None:
    """Train what the record lacks."""
    record = replace(RECORD, folder=out)
    pictures = datasets.load("drawn")
    if left := record.missing(runs()):
        begin(out, pictures, lines=lines().splitlines(), epochs=EPOCHS, batch=BATCH)
    for rate, seed in left:
        record.append(pd.DataFrame([row(pictures, rate, seed)]))
        print(record.rows((rate, seed)).to_string(header=False), file=sys.stderr, flush=True)

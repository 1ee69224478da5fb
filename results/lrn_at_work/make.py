"""Whether local response normalisation is at work, or only divides by a constant.

With the paper's constants LRN divides by 2^0.75 = 1.682 wherever the activations are small. So the
network of the ablations is trained in three ways: with LRN, with a division by 1.682 in its place,
and with neither; on pixels divided by 16, as in the ablations, and on whole ones, up to ±128.

Out: ``runs.csv``, one row a run, judged by test pictures that chose nothing; ``divisors.csv``, what
the LRN of each finished network divides by.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import datasets
from helpers.architectures import LRN, changed, without
from helpers.datasets.drawn import files as drawn
from helpers.explain import filters
from helpers.training import Recipe, Run
from results.ablations import make as ablations
from results.record import Record, begin, trained

PICTURES = (400, 100, 400)  # plain drawn ones: to learn from, to choose the rate by, to judge by
CONSTANT = 2**0.75  # what the paper's k and beta make of small activations
ALONE = {"alpha": 0.0}  # nothing else is left
#: Short name of each variant: in words, and the network.
VARIANTS = {
    "lrn": ("with LRN", ablations.NARROW),
    "divided": ("divided by 1.682", changed(ablations.NARROW, lrn1=ALONE, lrn2=ALONE)),
    "neither": ("with neither", without(ablations.NARROW, LRN)),
}
SMALL, WHOLE = 1 / 16, 1.0  # factors on the pixels
#: On whole pixels each variant has a rate of its own, searched with a seed of its own: from the
#: first rate to what lies beside the best.
RATES = (0.003, 0.001, 0.0003, 0.0001, 0.00003, 0.00001)
FIRST, CHOOSES = 0.0003, 9
USUAL = ablations.recipe("whole", 0).learning_rate  # on pixels divided by 16
LAYERS = {"lrn1": "conv1", "lrn2": "conv2"}  # whose answers each normalises
PERCENT = (0, 5, 50, 95, 100)
FOLDER = Path(__file__).parent
RECORD = Record(
    folder=FOLDER,
    key=("scaling", "variant", "rate", "seed"),
    columns=(
        *("scaling", "variant", "rate", "seed"),
        *("loss", "accuracy", "val_loss", "val_accuracy", "right", "of", "processor_seconds"),
    ),
)
DIVISORS = Record(
    folder=FOLDER,
    key=("scaling", "rate", "seed", "layer"),
    columns=("scaling", "rate", "seed", "layer", *(f"p{percent}" for percent in PERCENT), "off"),
    name="divisors.csv",
)


def recipe(scaling: float, variant: str, rate: float, seed: int, data: str = "embedded") -> Recipe:
    """Return the settings of one run: those of the ablations, but for what is asked."""
    same = ablations.recipe("whole", seed, data)
    return replace(same, arch=VARIANTS[variant][1], scaling=scaling, learning_rate=rate)


def divisors(run: Run) -> pd.DataFrame:
    """Return what the LRN layers of a network divide by where there is something to divide.

    Returns
    -------
    pandas.DataFrame
        One row a layer: percentiles of the divisors over all positive activations of the validation
        pictures, and ``off``, the share of those that differ from 2^0.75 by more than 1 %.
    """
    pictures = run.pictures(run.data.subset("val").table)
    answers = filters.activations(run.model, pictures, [*LAYERS, *LAYERS.values()])
    rows = []
    for name, before in LAYERS.items():
        on = answers[before] > 0
        found = answers[before][on] / answers[name][on]
        off = np.mean(np.abs(found / CONSTANT - 1) > 0.01)
        rows.append((name, *np.percentile(found, PERCENT), off))
    return pd.DataFrame(rows, columns=list(DIVISORS.columns[3:]))


def next_rate(tried: pd.DataFrame) -> float | None:
    """Return the rate to try next, None when what lies beside the best is tried."""
    if tried.empty:
        return FIRST
    at = RATES.index(best_rate(tried))
    near = RATES[max(0, at - 1) : at + 2]
    return next((rate for rate in near if rate not in tried["rate"].tolist()), None)


def best_rate(tried: pd.DataFrame) -> float:
    """Return the rate with the highest validation accuracy, among equals the lowest loss."""
    order = tried.sort_values(["val_accuracy", "val_loss"], ascending=[False, True])
    return float(order["rate"].iloc[0])


def searched(table: pd.DataFrame, variant: str) -> pd.DataFrame:
    """Return the runs that chose the rate of a variant on whole pixels."""
    return table[(table["seed"] == CHOOSES) & (table["variant"] == variant)]


def wanted(record: Record, seeds: int) -> Iterator[tuple[float, str, float, int]]:
    """Yield the runs that the record lacks, one after the other: first those that choose rates."""
    for variant in VARIANTS:
        while (rate := next_rate(searched(record.read(), variant))) is not None:
            yield WHOLE, variant, rate, CHOOSES
    own = own_rates(record.read())
    for seed in range(seeds):
        runs = [(SMALL, variant, USUAL, seed) for variant in VARIANTS]
        runs += [(WHOLE, variant, own[variant], seed) for variant in VARIANTS]
        yield from record.missing(runs)


def own_rates(table: pd.DataFrame) -> dict[str, float]:
    """Return the rate that the search has found for each variant on whole pixels."""
    return {variant: best_rate(searched(table, variant)) for variant in VARIANTS}


def make(out: Path = FOLDER, seeds: int = 5) -> None:
    """Train what the record lacks."""
    record, divided = replace(RECORD, folder=out), replace(DIVISORS, folder=out)
    pictures = str(drawn.ensure(*PICTURES[:2], test=PICTURES[2]))
    first = {name: recipe(SMALL, name, USUAL, 0) for name in VARIANTS}
    runs = {name: settings.name for name, settings in first.items()}
    begin(out, datasets.load(pictures), recipe=first["lrn"], variants=runs)
    for scaling, variant, rate, seed in wanted(record, seeds):
        start = time.process_time()
        with trained(recipe(scaling, variant, rate, seed, pictures)) as run:
            spent = round(time.process_time() - start)
            if variant == "lrn" and seed != CHOOSES:
                divided.append(divisors(run).assign(scaling=scaling, rate=rate, seed=seed))
            judged = run.predictions["correct"]
            known = {"scaling": scaling, "variant": variant, "rate": rate, "seed": seed}
            known |= {"right": judged.sum(), "of": len(judged), "processor_seconds": spent}
            record.append(run.history.tail(1).assign(**known))
        print(record.rows((scaling, variant, rate, seed)).to_string(header=False), flush=True)


def accuracies(table: pd.DataFrame, scaling: float, rates: dict[str, float]) -> pd.DataFrame:
    """Return the share of test pictures that each variant is right on at its rate.

    One row for each seed with which all of them were trained.
    """
    judged = table[(table["scaling"] == scaling) & (table["seed"] != CHOOSES)]
    judged = judged[judged["rate"] == judged["variant"].map(rates)]
    shares = judged.assign(share=judged["right"] / judged["of"])
    return shares.pivot(index="seed", columns="variant", values="share")[list(VARIANTS)].dropna()

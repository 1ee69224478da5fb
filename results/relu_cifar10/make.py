"""The experiment of the paper's Figure 1 (§3.1): passes to 25 % training error, ReLU against tanh.

A network of four layers with weights, on CIFAR-10, without regularisation of any kind; the
learning rate is chosen for each activation on its own, to be as fast as possible.
The paper does not print that network. This one has the layers of cuda-convnet's CIFAR example
(``example-layers/layers-18pct.cfg``) without its normalisers, and with maximum pools throughout.

``python -m helpers record relu_cifar10 --data cifar10.zip``, with ``train/CLASS/NAME`` in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import datasets
from helpers.architectures import Architecture, Conv, Dense, Flatten, Pool
from helpers.errors import UserError
from helpers.training import Recipe
from helpers.training.watch import TrainingErrors
from results.record import Record, begin, trained

ACTIVATIONS = ("relu", "tanh")
TARGET = 0.25  # the training error to reach, as a share
LIMIT = 40  # epochs at most
BEHIND = 0.03  # a rate under trial is given up when an epoch ends so much above the best rate
PARTS = 5  # how often an epoch reports its error
RUN = ("start", "activation", "learning_rate", "seed")
RECORD = Record(
    folder=Path(__file__).parent,
    key=RUN,
    columns=(*RUN, "epoch", "training_error", "seconds"),
    name="history.csv",
    texts=("start",),
)


@dataclass(frozen=True)
class Start:
    """How a network begins: deviations of its weights (None: Glorot), factor on its pixels."""

    weight_std: tuple[float | None, ...]
    scaling: float
    first_rate: float  # where the search begins


#: ``today``: what a library does by default; 62 is the deviation of CIFAR-10's pixels. ``2012``:
#: weights as in ``layers-18pct.cfg``, and the rate of ``layer-params-18pct.cfg``.
STARTS = {
    "today": Start((None,) * 4, scaling=1 / 62, first_rate=0.02),
    "2012": Start((0.0001, 0.01, 0.01, 0.01), scaling=1.0, first_rate=0.001),
}


def network(activation: str, start: str = "today") -> Architecture:
    """Return the four-layer network: three convolutions and one dense layer have weights.

    ``layers-18pct.cfg``: 5 × 5 kernels, 32, 32 and 64 maps, a pool of 3 with stride 2 behind each.
    Padding ``"same"`` gives that file's map sizes, 16, 8 and 4.
    """
    *stds, last = STARTS[start].weight_std
    layers = []
    for number, (maps, std) in enumerate(zip((32, 32, 64), stds, strict=True), start=1):
        options = {"padding": "same", "activation": activation, "weight_std": std}
        layers += [Conv(f"conv{number}", maps, 5, **options), Pool(f"pool{number}", padding="same")]
    head = Dense("fc4", 10, activation=None, weight_std=last)
    title = f"Four layers for CIFAR-10, {activation}"
    source = "paper §3.1; cuda-convnet example-layers/layers-18pct.cfg without rnorm"
    return Architecture(
        f"cifar_{activation}", title, (32, 32, 3), (*layers, Flatten(), head), source
    )


def recipe(start: str, activation: str, rate: float, seed: int, data: str) -> Recipe:
    """Return the settings of a run: plain gradient descent with momentum, no regularisation."""
    return Recipe(
        data=data,
        arch=network(activation, start),
        initial="spec",
        scaling=STARTS[start].scaling,
        learning_rate=rate,
        schedule="constant",
        weight_decay=0.0,
        augment=(),
        batch_size=128,
        epochs=LIMIT,
        keep="last",
        precision="float32",
        seed=seed,
    )


def curve(
    settings: Recipe, against: pd.DataFrame | None = None, parts: int = PARTS
) -> pd.DataFrame:
    """Train until the target, or until it has fallen behind ``against``; return the errors."""
    errors = TrainingErrors(parts, lambda rows: done(pd.DataFrame(rows), against))
    try:
        with trained(settings, [errors]):
            pass
    except FloatingPointError:  # the rate was too high; what was noted before counts
        pass
    return pd.DataFrame(errors.rows)


def done(errors: pd.DataFrame, against: pd.DataFrame | None) -> bool:
    """Whether a run has met the target, or can no longer be as fast as another one."""
    if epochs_to(errors) is not None or against is None:
        return epochs_to(errors) is not None
    last = errors.iloc[-1]
    best = against.loc[against["epoch"] == last["epoch"], "training_error"]
    return best.empty or last["training_error"] > best.iloc[0] + BEHIND


def make(out: Path = RECORD.folder, seeds: int = 3, data: str | None = None) -> None:
    """Search the rates on seed 0 and train the other seeds with them, skipping what is there."""
    if data is None:
        raise UserError("relu_cifar10 needs --data, a folder or zip with train/CLASS/NAME in it.")
    record = replace(RECORD, folder=out)
    begin(out, datasets.load(data), recipe=recipe("today", "relu", 0.02, 0, data))
    for start in STARTS:
        rates = {activation: search(record, start, activation, data) for activation in ACTIVATIONS}
        for seed in range(1, seeds):
            for activation, rate in rates.items():
                run(record, (start, activation, rate, seed), data)
    print(winners(record.read()).round(2).to_string(index=False))


def search(record: Record, start: str, activation: str, data: str) -> float:
    """Return the fastest rate on seed 0: up in steps of 2 while it wins, else down."""
    rate = STARTS[start].first_rate
    best = run(record, (start, activation, rate, 0), data)
    for factor in (2.0, 0.5):
        first = rate
        while True:
            trial = run(record, (start, activation, rate * factor, 0), data, best)
            if (epochs_to(trial) or np.inf) >= (epochs_to(best) or np.inf):
                break
            rate, best = rate * factor, trial
        if rate != first:
            break
    return rate


def run(record: Record, key: Sequence, data: str, against: pd.DataFrame | None = None):
    """Return the rows of one run, trained now if they are not there."""
    if record.missing([key]):
        rows = curve(recipe(*key, data), against)
        record.append(rows.assign(**dict(zip(RUN, key, strict=True))))
    return record.rows(key)


def epochs_to(curve: pd.DataFrame, target: float = TARGET) -> float | None:
    """Return the epochs after which a curve first meets ``target``, between its points by a line.

    None when the curve stays above; its first epoch when it starts at or below.
    """
    epochs, errors = curve["epoch"].to_numpy(float), curve["training_error"].to_numpy(float)
    reached = np.flatnonzero(errors <= target)
    if not len(reached):
        return None
    i = reached[0]
    if i == 0:
        return float(epochs[0])
    share = (errors[i - 1] - target) / (errors[i - 1] - errors[i])
    return float(epochs[i - 1] + share * (epochs[i] - epochs[i - 1]))


def winners(history: pd.DataFrame) -> pd.DataFrame:
    """Return the epochs to the target of each start, activation and seed, at its chosen rate.

    The chosen rate of an activation is the one that is fastest on seed 0, or where none reaches the
    target there, the one that ends with the least error. The columns are those of ``RUN`` and
    ``epochs``, NaN where the target was not reached.
    """
    groups = history.groupby(list(RUN), sort=False)
    found = groups[["epoch", "training_error"]].apply(lambda rows: epochs_to(rows) or np.nan)
    table = found.rename("epochs").reset_index()
    ends = groups["training_error"].last().rename("end").reset_index()
    first = table.merge(ends, on=list(RUN)).query("seed == 0").sort_values(["epochs", "end"])
    best = first.drop_duplicates(["start", "activation"])[list(RUN[:3])]
    return table.merge(best, on=list(RUN[:3])).reset_index(drop=True)


def ratios(history: pd.DataFrame, start: str) -> pd.Series:
    """Return, for each seed, how many times more epochs tanh needs than ReLU."""
    table = winners(history).query("start == @start")
    table = table.pivot(index="seed", columns="activation", values="epochs")
    return table["tanh"] / table["relu"]

"""The same short run from several starts, and by two update rules.

In: the plain drawn pictures, 400 to learn from and 100 to watch by, which are learned in 250
updates. Out: ``runs.csv``, a row an epoch of 25 updates. From one to the next of ``STARTS`` only
what is named differs: 0.01 draws all weights from N(0, 0.01²) with biases 0; the paper's start has
the biases of 1 that its section 5 names. ``python -m helpers record initial_weights`` makes what is
missing; a run takes half a minute on two cores.
"""

from dataclasses import replace
from pathlib import Path

from helpers import architectures, datasets
from helpers.training import Recipe, quick_recipe
from results.record import Record, begin, trained

EPOCHS, UPDATES = 10, 25  # 400 pictures in batches of 16 are 25 updates
LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")
WEAK = {
    "arch": architectures.changed(
        "book", **{name: {"weight_std": 0.01, "bias": 0.0} for name in LAYERS}
    ),
    "initial": "spec",
}
RAW = {"scaling": 1.0}
#: Name of each start, and what of the recipe it changes.
STARTS: dict[str, dict] = {
    "Glorot, pixels ÷ 16": {},
    "0.01, pixels ÷ 16": WEAK,
    "0.01, raw pixels": WEAK | RAW,
    "paper: 0.01, biases 1, raw pixels": RAW | {"initial": "paper"},
}
#: The other rule, at half the paper's rate; the schedule stays.
RULES: dict[str, dict] = {
    "Adam": {},
    "momentum": {"optimizer": "sgd", "learning_rate": 0.005},
}
RECORD = Record(
    folder=Path(__file__).parent,
    key=("start", "rule", "seed"),
    columns=("start", "rule", "seed", "updates", "loss", "val_loss", "val_accuracy"),
)


def recipe(start: str, rule: str = "Adam", seed: int = 0) -> Recipe:
    """Return the quick run on the plain pictures, from one of the ``STARTS``."""
    short = replace(quick_recipe(seed), data="embedded", epochs=EPOCHS, scaling=1 / 16)
    return replace(short, **STARTS[start], **RULES[rule])


def make(out: Path = RECORD.folder, seeds: int = 3) -> None:
    """Train what the record lacks, all starts of a seed before the next seed."""
    record = replace(RECORD, folder=out)
    runs = [(start, rule, seed) for seed in range(seeds) for rule in RULES for start in STARTS]
    if left := record.missing(runs):
        begin(out, datasets.load("embedded"), recipes=[recipe(*run).name for run in runs])
    for start, rule, seed in left:
        with trained(recipe(start, rule, seed)) as run:
            log = run.history.assign(start=start, rule=rule, seed=seed)
            record.append(log.assign(updates=UPDATES * log["epoch"]))

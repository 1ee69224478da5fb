"""One part of AlexNet taken out at a time, and what the two-class task notices of it.

The network is the paper's at a quarter of its width, trained for six epochs on drawn pictures: a
small task. The chapter on what came after says what the record can tell and what not.
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from helpers import datasets
from helpers.architectures import (
    LRN,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Pool,
    changed,
    narrow,
    without,
)
from helpers.datasets.drawn import files as drawn
from helpers.training import Recipe
from results.record import Record, begin, trained

TRAINING, VALIDATION = 400, 400  # drawn pictures: those of the quick run, and four times the judges
NARROW = narrow("paper", 1 / 4)


def _each(*kinds: type, **fields: object) -> dict[str, dict]:
    """Return the same change for all hidden layers of some kinds."""
    return {one.name: fields for one in NARROW.layers[:-1] if isinstance(one, kinds)}


#: Short name of each change: in words, and the network. With pools of 2, conv2 and conv5 have less
#: padding, as in net #147; dropout of 0 keeps the seeds of the other layers.
VARIANTS = {
    "whole": ("nothing changed", NARROW),
    "no_lrn": ("without local response normalisation", without(NARROW, LRN)),
    "batch_norm": (
        "batch normalisation instead of LRN",
        changed(NARROW, lrn1=BatchNorm("lrn1"), lrn2=BatchNorm("lrn2")),
    ),
    "no_overlap": (
        "pools 2/2 instead of 3/2",
        changed(
            NARROW,
            conv2={"padding": 1},
            conv5={"padding": 0},
            **_each(Pool, kernel=2, rounding="ceil"),
        ),
    ),
    "tanh": ("tanh instead of ReLU", changed(NARROW, **_each(Conv, Dense, activation="tanh"))),
    "no_dropout": ("without dropout", changed(NARROW, **_each(Dropout, rate=0.0))),
    "no_augmentation": ("without crops, flips and colour noise", NARROW),
}
RECORD = Record(
    folder=Path(__file__).parent,
    key=("variant", "seed"),
    columns=(
        *("variant", "seed", "epoch"),
        *("loss", "accuracy", "val_loss", "val_accuracy", "seconds"),
    ),
)


def plain(seed: int) -> Recipe:
    """Return a short run of the whole network on the 400 plain pictures, by the paper's rule."""
    # 400 pictures are few: small batches, pixels four times as strong and a smaller rate learn them
    # in ten epochs. With a patience of three, one seed in three ended on a bad epoch.
    return Recipe(
        data="embedded",
        batch_size=16,
        scaling=1 / 16,
        learning_rate=0.005,
        epochs=10,
        patience=2,
        keep="last",
        precision="float32",
        seed=seed,
    )


def recipe(name: str, seed: int, data: str = "embedded") -> Recipe:
    """Return the settings of one run: those of the plain run, in fewer epochs.

    The rate falls in the last third: at the full one the validation accuracy jumps by tens of
    points from epoch to epoch, and the last value would be a matter of luck.
    """
    short = replace(plain(seed), data=data, arch=VARIANTS[name][1], epochs=6)
    return replace(
        short, schedule="step", augment=() if name == "no_augmentation" else short.augment
    )


def make(out: Path = RECORD.folder, seeds: int = 5) -> None:
    """Train what the record lacks, all variants of a seed before the next seed."""
    record = replace(RECORD, folder=out)
    pictures = drawn.ensure(TRAINING, VALIDATION)
    if left := record.missing((name, seed) for seed in range(seeds) for name in VARIANTS):
        runs = {name: recipe(name, 0).name for name in VARIANTS}
        begin(out, datasets.load(pictures), recipe=recipe("whole", 0), variants=runs)
    for name, seed in left:
        with trained(recipe(name, seed, str(pictures))) as run:
            record.append(run.history.assign(variant=name, seed=seed))
    print((100 * differences(record.read())).round(1).to_string())


def differences(table: pd.DataFrame, column: str = "val_accuracy") -> pd.DataFrame:
    """Return each variant's last value minus the whole network's, a row a seed."""
    last = table.sort_values("epoch").groupby(["variant", "seed"])[column].last()
    wide = last.unstack("variant")
    order = [name for name in VARIANTS if name in wide and name != "whole"]
    return wide[order].sub(wide["whole"], axis=0)

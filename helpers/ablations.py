"""One part of AlexNet taken out at a time, and what the two-class task notices of it.

The network is the paper's at a quarter of its width, with the same layers, trained for a few
epochs on the drawn pictures. That is a small task; the record says what it can tell and what not.

In: the variants, the training of one of them, a record on disk that goes on where it stopped.
Out: the drawing (``plots.chapters.what_came_after``), and what Krizhevsky logged (the ledger, nets
#145 to #148).

Run it with ``python -m helpers.ablations --seeds 5 --out results/ablations``.
"""

import argparse
import json
import platform
import sys
import time
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pandas as pd

from helpers import architectures as arches
from helpers.architectures import LRN, Architecture, Conv, Dense, Dropout, Pool
from helpers.errors import UserError
from helpers.files import write_atomic
from helpers.training.recipe import Recipe, quick_recipe

WIDTH = 4  # each layer has this many times fewer channels or units than the paper's
EPOCHS = 6
TRAINING, VALIDATION = 400, 400  # drawn pictures: those of the quick run, and four times the judges
COLUMNS = ["variant", "seed", "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds"]
#: What is changed, as a short name and in words.
VARIANTS = {
    "whole": "nothing changed",
    "no_lrn": "without local response normalisation",
    "batch_norm": "batch normalisation instead of LRN",
    "no_overlap": "pools 2/2 instead of 3/2",
    "tanh": "tanh instead of ReLU",
    "no_dropout": "without dropout",
    "no_augmentation": "without crops, flips and colour noise",
}


def narrow(arch: Architecture, factor: int = WIDTH) -> Architecture:
    """Return ``arch`` with each width divided by ``factor``, the last layer left as it is.

    Raises
    ------
    UserError
        When a width is not divisible.

    Examples
    --------
    >>> narrow(arches.get("paper")).layer("conv1").filters
    24
    """
    *body, head = arch.layers
    records = tuple(_narrowed(record, factor) for record in body)
    return replace(arch, name=f"{arch.name}_narrow", layers=(*records, head))


def _narrowed(record: arches.Layer, factor: int) -> arches.Layer:
    field = {Conv: "filters", Dense: "units"}.get(type(record))
    if field is None:
        return record
    width = getattr(record, field)
    if width % factor:
        raise UserError(f"factor must divide {width}, the width of {record.name}; got {factor}.")
    return replace(record, **{field: width // factor})


def variant(name: str, arch: Architecture) -> Architecture:
    """Return ``arch`` changed as ``VARIANTS`` says; what is no matter of layers changes nothing.

    Batch normalisation takes the places of the LRN layers when the model is built.

    Raises
    ------
    UserError
        When there is no such variant.

    Examples
    --------
    >>> variant("tanh", arches.get("paper")).layer("conv1").activation
    'tanh'
    """
    if name not in VARIANTS:
        raise UserError(f"variant must be one of {', '.join(VARIANTS)}; got {name!r}.")
    if name == "no_lrn":
        return arches.without(arch, LRN)
    change = {"no_overlap": _apart, "tanh": _tanh, "no_dropout": _kept}.get(name)
    return arch if change is None else replace(arch, layers=tuple(map(change, arch.layers)))


def _apart(record: arches.Layer) -> arches.Layer:
    """Return pools of 2 and less padding where net #147 has it: conv2 1, conv5 0."""
    if isinstance(record, Pool):
        return replace(record, kernel=2, rounding="ceil")
    padding = {"conv2": 1, "conv5": 0}.get(record.name)
    return record if padding is None else replace(record, padding=padding)


def _tanh(record: arches.Layer) -> arches.Layer:
    if getattr(record, "activation", None) == "relu":
        return replace(record, activation="tanh")
    return record


def _kept(record: arches.Layer) -> arches.Layer:
    """Return dropout that drops nothing: the layer stays, so the seeds of the others do too."""
    return replace(record, rate=0.0) if isinstance(record, Dropout) else record


def recipe(name: str, seed: int, epochs: int = EPOCHS) -> Recipe:
    """Return the settings of one run: those of the quick run, fewer epochs, a narrow network.

    Examples
    --------
    >>> recipe("no_augmentation", 0).augment
    ()
    """
    arch = variant(name, narrow(arches.get("paper")))
    augment = () if name == "no_augmentation" else quick_recipe().augment
    return replace(quick_recipe(seed), arch=arch, epochs=epochs, augment=augment)


def batch_normalised(model):
    """Return a copy of a Keras model with batch normalisation in the places of its LRN layers.

    Examples
    --------
    >>> from helpers import models
    >>> batch_normalised(models.build(narrow(arches.get("paper")))).get_layer("lrn1").momentum
    0.9
    """
    import keras

    from helpers.lrn import LocalResponseNormalization

    def copied(layer):
        if isinstance(layer, LocalResponseNormalization):
            # 25 updates an epoch: with Keras' momentum of 0.99 the averages would lag behind.
            return keras.layers.BatchNormalization(momentum=0.9, name=layer.name)
        return type(layer).from_config(layer.get_config())

    copy = keras.models.clone_model(model, clone_function=copied)
    for layer in model.layers:
        if not isinstance(layer, LocalResponseNormalization):
            copy.get_layer(layer.name).set_weights(layer.get_weights())
    return copy


def pictures():
    """Return the drawn pictures of the record as an ``ImageFolder``, drawn the first time."""
    from helpers import datasets
    from helpers.datasets.drawn import files as drawn

    return datasets.load(drawn.ensure(TRAINING, VALIDATION))


def train(data, name: str, seed: int, epochs: int = EPOCHS) -> pd.DataFrame:
    """Train one variant and return its rows of the record, one an epoch.

    Parameters
    ----------
    data
        An ``ImageFolder`` with a training and a validation split.
    name, seed
        Which variant, and the seed of weights, order, crops, colours and dropout.
    """
    from helpers.training import loop

    settings = recipe(name, seed, epochs)
    pictures, judged = loop.training_batches(data, settings), loop.validation_batches(data)
    statistics = loop.statistics(data.subset("train"), pictures)
    network = _network(name)(settings, len(data.classes), statistics)
    rows = []
    for epoch in range(1, epochs + 1):
        start = time.perf_counter()
        logs = network.train_epoch(pictures, epoch, rate(settings.learning_rate, epoch, epochs))
        logs |= network.validate(judged)
        seconds = round(time.perf_counter() - start, 2)
        rows.append({"variant": name, "seed": seed, "epoch": epoch, **logs, "seconds": seconds})
    return pd.DataFrame(rows)[COLUMNS]


def rate(first: float, epoch: int, epochs: int) -> float:
    """Return the learning rate of an epoch, counted from 1: a tenth of it in the last third.

    At the full rate the validation accuracy jumps by tens of points from epoch to epoch, and the
    last value would be a matter of luck.

    Examples
    --------
    >>> [rate(0.5, epoch, 6) for epoch in (4, 5)]
    [0.5, 0.05]
    """
    return first / 10 if epoch > 2 * epochs // 3 else first


def _network(name: str) -> type:
    from helpers.training.network import Network

    class Normalised(Network):
        """The network in training, normalised by batches."""

        def _core(self, precision: str):
            return batch_normalised(super()._core(precision))

    return Normalised if name == "batch_norm" else Network


# ---------------------------------------------------------------------------------------------
# The record
# ---------------------------------------------------------------------------------------------


def read(folder: str | Path) -> pd.DataFrame:
    """Return the record of a folder; no rows when nothing has been recorded there.

    Raises
    ------
    UserError
        When the file is no such record.
    """
    path = Path(folder) / "runs.csv"
    if not path.exists():
        return pd.DataFrame(columns=COLUMNS)
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read as a record of ablations ({error}).") from error
    if list(table) != COLUMNS:
        raise UserError(f"{path} must have the columns {', '.join(COLUMNS)}.")
    return table


def missing(table: pd.DataFrame, seeds: int) -> list[tuple[str, int]]:
    """Return the runs that ``table`` lacks, all variants of a seed before the next seed.

    Examples
    --------
    >>> missing(pd.DataFrame({"variant": ["whole"], "seed": [0]}), 1)[0]
    ('no_lrn', 0)
    """
    done = set(zip(table["variant"], table["seed"], strict=True))
    return [(name, seed) for seed in range(seeds) for name in VARIANTS if (name, seed) not in done]


def append(folder: str | Path, rows: pd.DataFrame) -> None:
    """Add one run to the record; the file appears whole or not at all."""
    table = read(folder)
    table = pd.concat([table, rows.round(5)]) if len(table) else rows.round(5)
    write_atomic(Path(folder) / "runs.csv", lambda path: table.to_csv(path, index=False))


def settings() -> dict:
    """Return what decides the results, and the versions that made them."""
    values = recipe("whole", 0).to_dict()
    values["arch"] = values["arch"]["name"]
    packages = ("tensorflow", "keras", "numpy")
    return {
        "recipe": values,
        "width": f"1/{WIDTH}",
        "pictures": {"train": TRAINING, "val": VALIDATION},
        "variants": VARIANTS,
        "python": platform.python_version(),
        "machine": platform.machine(),
        **{name: metadata.version(name) for name in packages},
    }


def differences(table: pd.DataFrame, column: str = "val_accuracy") -> pd.DataFrame:
    """Return each variant's last value minus the whole network's, seed by seed.

    Returns
    -------
    DataFrame
        One row a seed, one column a variant, "whole" left out.

    Examples
    --------
    >>> rows = [("whole", 0, 1, 0.9), ("tanh", 0, 1, 0.8)]
    >>> table = pd.DataFrame(rows, columns=["variant", "seed", "epoch", "val_accuracy"])
    >>> float(differences(table)["tanh"][0].round(3))
    -0.1
    """
    last = table.sort_values("epoch").groupby(["variant", "seed"])[column].last()
    wide = last.unstack("variant")
    order = [name for name in VARIANTS if name in wide and name != "whole"]
    return wide[order].sub(wide["whole"], axis=0)


def complete(folder: str | Path, data, seeds: int) -> pd.DataFrame:
    """Train what the record lacks, one run after the other, and return the whole of it."""
    text = json.dumps(settings(), indent=2) + "\n"
    write_atomic(Path(folder) / "settings.json", lambda path: path.write_text(text))
    for name, seed in missing(read(folder), seeds):
        append(folder, train(data, name, seed))
    return read(folder)


def main(arguments: list[str] | None = None) -> int:
    """Make or continue a record; exit status 2 on bad input, told in one line."""
    parser = argparse.ArgumentParser(prog="python -m helpers.ablations")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each variant")
    parser.add_argument("--out", required=True, help="folder of the record; continued if begun")
    options = parser.parse_args(arguments)
    try:
        if options.seeds < 1:
            raise UserError(f"--seeds must be at least 1, got {options.seeds}.")
        table = complete(options.out, pictures(), options.seeds)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print((100 * differences(table)).round(1).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What else tells the classes of photographs apart: opponents of a network, on the same pictures.

Each is a linear rule on some numbers of each picture (``results.drawn_baselines.baselines``),
fitted to the training part, its penalty chosen there by five folds, judged by the test part: what
the file says without a look at the picture, simple features of the pixels, and channel means of
networks that have learnt nothing.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from helpers import datasets, evaluation, models
from helpers.datasets import ImageFolder, properties
from helpers.evaluation import thumbnails
from results.drawn_baselines import baselines

LAYERS = ("pool1", "pool2", "pool5")
#: Networks that have learnt nothing, and from how many seeds.
UNTRAINED = {"book": 3, "paper": 1}
SCALING = 1 / 64  # on the pixels, as training has it by default
COLUMNS = ("opponent", "seed", "right", "of", "wrong")


def table(data: ImageFolder, more: Mapping[str, np.ndarray] | None = None) -> pd.DataFrame:
    """Return how many of the test pictures each opponent gets right, a row each.

    Parameters
    ----------
    data
        Pictures with a training and a test part.
    more
        Further numbers of each picture, (pictures, numbers) each, in the order of the table.

    Returns
    -------
    pandas.DataFrame
        ``opponent``, ``seed``, ``right``, ``of``, and ``wrong``: the places of the wrong ones in
        the table of the test part, from 0, with spaces between.
    """
    parts, labels = (data.table[name].to_numpy() for name in ("split", "label"))
    learn, judge = parts == "train", parts == "test"
    rows = []
    for name, seed, values in _described(data, more or {}):
        rule = baselines.fitted(values[learn], labels[learn])
        right = rule.predict(values[judge]) == labels[judge]
        rows.append((name, seed, int(right.sum()), len(right), places(~right)))
        print(f"{name} ({seed}): {right.sum()} of {len(right)}", flush=True)
    return pd.DataFrame(rows, columns=COLUMNS)


def places(wrong: np.ndarray) -> str:
    """Return the places of what is true, as a text.

    Examples
    --------
    >>> places(np.array([True, False, True]))
    '0 2'
    """
    return " ".join(map(str, np.flatnonzero(wrong)))


def _described(
    data: ImageFolder, more: Mapping[str, np.ndarray]
) -> Iterator[tuple[str, int, np.ndarray]]:
    for name, values in {**_of_files(data), **more}.items():
        yield name, 0, values
    images = datasets.load_images(data)
    yield "mean colour", 0, thumbnails(images, 1)
    for name in baselines.FEATURES:
        yield name, 0, baselines.features(images, name)
    mean = images[data.table["split"].to_numpy() == "train"].mean(axis=(0, 1, 2))
    for arch, seeds in UNTRAINED.items():
        for seed in range(seeds):
            yield f"untrained network {arch}", seed, untrained(images, mean, arch, seed)


def _of_files(data: ImageFolder) -> dict[str, np.ndarray]:
    """Return what is known of each file without a look at the picture."""
    paths = data.table["path"].tolist()
    known = properties.measured(paths, Path(data.location))
    names = ("size", "shape", "compression", "bytes per pixel", "bytes")
    columns = [column for name in names for column in properties.COLUMNS[name]]
    return {"size, quality and bytes of the file": known[:, columns]}


def untrained(images: np.ndarray, mean: np.ndarray, arch: str, seed: int) -> np.ndarray:
    """Return the mean of each channel of three layers of a network that has learnt nothing."""
    centre = keras.layers.Rescaling(SCALING, (-mean * SCALING).tolist(), name="centre")
    model = models.build(arch, 2, seed, initial="glorot", preprocessing=(centre,))
    pooled = [
        keras.layers.GlobalAveragePooling2D()(model.get_layer(name).output) for name in LAYERS
    ]
    inside = keras.Model(model.inputs, keras.layers.Concatenate()(pooled))
    seen = evaluation.central(images, model.input_shape[1])
    return inside.predict(seen, batch_size=32, verbose=0)

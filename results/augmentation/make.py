"""Crops, flips and colour noise on few photographs: a small network with each, with all, with none.

In: photographs of daisies, sunflowers and tulips (``--data``, or the source ``flowers``), brought
to 32×32 pixels; 100 a class to learn from, drawn by the seed, and the test part to judge by. All
ways see windows of 28×28, seven eighths of the side as in the paper, in as many updates; nothing is
chosen, and the last weights count. Out:

* ``runs.csv``: one row a run, with how many of the pictures it learnt from it gets right;
* ``baselines.csv``: linear rules on simple features of the same pictures.

``python -m helpers record augmentation --data flowers``; a run takes some seconds.
"""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from helpers import augment, datasets, models
from helpers.architectures import Architecture, Conv, Dense, Flatten, Pool
from helpers.datasets.subsets import thumbnails
from results.drawn_baselines import baselines
from results.flowers.make import THREE, photographs
from results.record import Record, begin

SIDE, WINDOW, BATCH, EPOCHS = 32, 28, 20, 60
EACH = 100  # photographs of a class to learn from
RATE = 1e-3  # Adam's own; falls along a cosine
NETWORK = Architecture(
    "small",
    "Three convolutions and two dense layers",
    (WINDOW, WINDOW, 3),
    (
        Conv("conv1", 16, 5, padding=2),
        Pool("pool1"),
        Conv("conv2", 32, 3, padding=1),
        Pool("pool2"),
        Conv("conv3", 32, 3, padding=1),
        Flatten(),
        Dense("fc4", 64),
        Dense("fc5", len(THREE), activation=None),
    ),
    "results/augmentation",
)
#: What makes the pictures of each epoch differ.
WAYS = {
    "none": (),
    "crop": ("crop",),
    "flip": ("flip",),
    "colour": ("colour",),
    "all": ("crop", "flip", "colour"),
}
FEATURES = {"mean colour": 1, "thumbnail 4x4": 4, "thumbnail 8x8": 8}
KEY = ("way", "seed")
RECORD = Record(
    folder=Path(__file__).parent,
    key=KEY,
    columns=(*KEY, "updates", "loss", "right", "of", "learnt_right", "learnt_of"),
)
BASELINES = replace(
    RECORD,
    key=("baseline", "seed"),
    columns=("baseline", "seed", "right", "of"),
    name="baselines.csv",
)
Part = tuple[np.ndarray, np.ndarray]  # pictures (N, 32, 32, 3) from 0 to 255, labels (N,)


def varied(
    images: np.ndarray, kinds: tuple[str, ...], draw: np.random.Generator, axes: tuple
) -> np.ndarray:
    """Return a window of each picture, changed at random as ``kinds`` say.

    All numbers are drawn, whichever are used, so that all ways see one order of pictures.

    Parameters
    ----------
    images
        (N, 32, 32, 3), 0 to 255.
    kinds
        Of "crop", "flip" and "colour".
    draw
        Where the numbers come from.
    axes
        Mean, spreads and directions of the colours (``augment.colour_pca``).

    Returns
    -------
    numpy.ndarray
        (N, 28, 28, 3).
    """
    places = draw.integers(0, SIDE - WINDOW + 1, (len(images), 2))
    mirrored, numbers = draw.random(len(images)) < 0.5, draw.normal(size=(len(images), 3))
    if "crop" not in kinds:
        places[:] = (SIDE - WINDOW) // 2
    mirrored &= "flip" in kinds
    seen = augment.crop(images.astype("float32"), places, WINDOW, mirrored)
    if "colour" in kinds:
        mean, sigma, vectors = axes
        seen = augment.shift_colour(seen, numbers.astype("float32"), mean, sigma, vectors)
    return np.asarray(seen)


def trained(learn: Part, way: str, seed: int) -> tuple[keras.Model, float]:
    """Train the network on some photographs; return it and the mean loss of its last epoch."""
    images, labels = learn
    axes, updates = augment.colour_pca(images), EPOCHS * len(images) // BATCH
    model = models.build(NETWORK, len(THREE), seed, initial="glorot")
    rate = keras.optimizers.schedules.CosineDecay(RATE, updates)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss)
    draw, losses = np.random.default_rng([seed, 1]), []
    for _ in range(EPOCHS):
        order = draw.permutation(len(images))
        for chosen in np.split(order, len(order) // BATCH):
            seen = (varied(images[chosen], WAYS[way], draw, axes) - axes[0]) / 64
            losses.append(float(model.train_on_batch(seen, labels[chosen])))
    return model, float(np.mean(losses[-len(images) // BATCH :]))


def right(model: keras.Model, part: Part, mean: np.ndarray) -> int:
    """Return how many pictures of a part the network gets right, by their central windows."""
    images, labels = part
    seen = (np.asarray(augment.center_crop(images.astype("float32"), WINDOW)) - mean) / 64
    return int((model.predict(seen, verbose=0).argmax(axis=1) == labels).sum())


def few(part: Part, seed: int) -> Part:
    """Return ``EACH`` pictures of each class, drawn by the seed."""
    draw, (images, labels) = np.random.default_rng([seed, 0]), part
    kept = [draw.permutation(np.flatnonzero(labels == one))[:EACH] for one in np.unique(labels)]
    return images[np.concatenate(kept)], labels[np.concatenate(kept)]


def parts(data: datasets.ImageFolder) -> tuple[Part, Part]:
    """Return the training and the test part, each picture averaged to 32×32."""
    found = []
    for split in ("train", "test"):
        subset = data.subset(split)
        small = 255 * thumbnails(datasets.load_images(subset), SIDE)
        found.append((small.reshape(-1, SIDE, SIDE, 3), subset.table["label"].to_numpy()))
    return found[0], found[1]


def beside(learn: Part, judge: Part) -> dict[str, int]:
    """Return how many test pictures a linear rule on each simple feature gets right."""
    counts = {}
    for name, side in FEATURES.items():
        values = [thumbnails(images, side) for images, _ in (learn, judge)]
        rule = baselines.fitted(values[0], learn[1])
        counts[name] = int((rule.predict(values[1]) == judge[1]).sum())
    return counts


def make(out: Path = RECORD.folder, seeds: int = 5, data: str = "flowers") -> None:
    """Add what the record lacks, all ways of a seed before the next seed."""
    record, against = (replace(table, folder=out) for table in (RECORD, BASELINES))
    pictures = photographs(data, THREE)
    begin(out, pictures, network=NETWORK.to_dict(), rate=RATE, batch=BATCH, epochs=EPOCHS)
    learnt, judge = parts(pictures)
    for seed in range(seeds):
        learn = few(learnt, seed)
        for way, _ in record.missing((way, seed) for way in WAYS):
            model, loss = trained(learn, way, seed)
            mean = augment.colour_pca(learn[0])[0]
            row = {"way": way, "seed": seed, "updates": EPOCHS * len(learn[1]) // BATCH}
            row |= {"loss": loss, "right": right(model, judge, mean), "of": len(judge[1])}
            row |= {"learnt_right": right(model, learn, mean), "learnt_of": len(learn[1])}
            record.append(pd.DataFrame([row]))
            print(row, flush=True)
        names = {name for name, _ in against.missing((name, seed) for name in FEATURES)}
        for name, count in (beside(learn, judge) if names else {}).items():
            row = {"baseline": name, "seed": seed, "right": count, "of": len(judge[1])}
            against.append(pd.DataFrame([row]))


def gains(table: pd.DataFrame) -> pd.DataFrame:
    """Return each way's share of right test pictures minus that without any, a row a seed.

    Examples
    --------
    >>> rows = [("none", 0, 50, 100), ("crop", 0, 60, 100)]
    >>> gains(pd.DataFrame(rows, columns=["way", "seed", "right", "of"]))["crop"].round(2).tolist()
    [0.1]
    """
    shares = table.assign(share=table["right"] / table["of"])
    wide = shares.pivot(index="seed", columns="way", values="share").dropna()
    return wide[[way for way in WAYS if way in wide and way != "none"]].sub(wide["none"], axis=0)

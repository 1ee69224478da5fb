"""What weights that have learnt are worth: bicycles and ships, from 25 to 500 photographs.

In: ``--data``, a folder with the sub-folders ``bicycle`` and ``ship``, brought to one size and one
quality, and the networks of ``results/flowers/book``
(photographs of flowers) and ``results/book_run`` (drawn bikes and ships); what starts from one that
is not there is left out. Out:

* ``runs.csv``: one row a run. Three ways to the same architecture: ``scratch``, all weights drawn;
  ``head``, a linear model learns on frozen features; ``fine-tuning``, all layers learn. Each has
  the same number of updates, of pictures an update and of pictures shown;
* ``opponents.csv``: simple features of the same pictures, and channel means of networks, drawn and
  learnt, with one kind of linear rule for all;
* ``choice.csv``: the rate of each way, chosen on validation pictures in a draw that is not
  reported.

All are judged by the same test pictures, of which none teaches or chooses.
``python -m helpers record transfer --data photos``, some fifteen minutes on two cores.
"""

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from helpers import datasets, evaluation, models
from helpers.architectures import Architecture
from helpers.datasets import ImageFolder, subsets
from helpers.datasets.decoding import Equal, equalised
from helpers.errors import UserError
from helpers.files import write_atomic
from helpers.training import Recipe, Run
from results.drawn_baselines import baselines
from results.record import Record, begin, trained

FOLDER = Path(__file__).parent
CLASSES = ("bicycle", "ship")
EQUAL = Equal(128, 75)  # short side and quality of JPEG: no photograph of these is smaller
NETWORK: str | Architecture = "book"
SCALING = 1 / 4  # of pixels, for weights that are drawn; both starts have it too
STARTS = {"drawn": FOLDER.parent / "book_run", "flowers": FOLDER.parent / "flowers" / "book"}
COUNTS = (25, 50, 100, 500)  # photographs to learn from, half of each class
CHOOSES = 9  # the draw that chooses and is not reported
CHOOSES_FROM = 100  # photographs
MEANS = "channel means, {}"
LAYERS = ("pool1", "pool2", "pool5")  # whose channel means a linear rule is given
BATCH = 25
UPDATES = 200  # so that each run shows 5,000 pictures
VALIDATION = 20  # of each class: they are looked at after each pass
RATES = {
    "scratch": (2e-4, 5e-4),
    "head": (1e-3, 3e-3),
    "fine-tuning": (1e-4, 3e-4),
}
#: What a run starts from, and how it goes on.
WAYS = (("none", "scratch"), *itertools.product(STARTS, ("head", "fine-tuning")))

KEY = ("start", "way", "photos", "draw")
RECORD = Record(
    folder=FOLDER,
    key=KEY,
    columns=(*KEY, "weights", "rate", "updates", "loss", "right", "of", "wrong", "seconds"),
    texts=("wrong", "weights"),
)
CHOICE = Record(
    folder=FOLDER,
    key=("start", "way", "rate"),
    columns=("start", "way", "rate", "photos", "draw", "val_accuracy", "val_loss"),
    name="choice.csv",
)
OPPONENTS = Record(
    folder=FOLDER,
    key=("opponent", "photos", "draw"),
    columns=("opponent", "photos", "draw", "right", "of", "wrong"),
    name="opponents.csv",
    texts=("wrong",),
)


def recipe(data: str, start: str, way: str, photos: int, draw: int, rate: float) -> Recipe:
    """Return the settings of one run: a cosine, and the last weights, so that nothing steers."""
    return Recipe(
        data=data,
        arch=NETWORK,
        start=str(STARTS[start]) if start in STARTS else None,
        freeze="features" if way == "head" else None,
        scaling=None if start in STARTS else SCALING,
        images=photos,
        seed=draw,
        epochs=UPDATES * BATCH // photos,
        batch_size=BATCH,
        optimizer="adam",
        learning_rate=rate,
        schedule="cosine",
        keep="last",
        precision="mixed_bfloat16",
    )


def absent() -> set[str]:
    """Return which of the starts are not there."""
    return {name for name, place in STARTS.items() if not (place / "model.keras").exists()}


def brought(originals: ImageFolder, folder: Path) -> ImageFolder:
    """Write photographs at one size and quality into a folder for each part of their cut.

    Few go into the validation part. All are as they came but for size and quality.

    Raises
    ------
    UserError
        There are too few for a part that judges.
    """
    table = originals.table
    if not (table["split"] == "test").any():
        raise UserError(f"{originals.source} has no test part: give at least ten pictures a class.")
    place = table.groupby(["split", "label"]).cumcount()
    for row in table[(table["split"] != "val") | (place < VALIDATION)].itertuples():
        path = folder / row.split / originals.classes[row.label] / f"{Path(row.path).stem}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, partial(Path.write_bytes, data=equalised(row.path, EQUAL)))
    return datasets.load(folder)


def make(out: Path = FOLDER, seeds: int = 3, data: str | None = None) -> None:
    """Add what the record lacks; ``seeds``: how many draws of each number of photographs."""
    if data is None or not all((Path(data) / name).is_dir() for name in CLASSES):
        raise UserError("transfer needs --data, a folder that holds bicycle and ship.")
    with tempfile.TemporaryDirectory() as place:
        _make(out, seeds, brought(datasets.load(data, classes=CLASSES), Path(place)))


def _make(out: Path, seeds: int, photographs: ImageFolder) -> None:
    record, against = (replace(table, folder=out) for table in (RECORD, OPPONENTS))
    settings = recipe(photographs.source, "none", "scratch", COUNTS[0], 0, RATES["scratch"][0])
    begin(out, photographs, recipe=settings, rates=RATES)
    draws = list(itertools.product(COUNTS, range(seeds)))
    done = set(against.read()["opponent"])
    if not done >= {*baselines.FEATURES, *map(MEANS.format, {"none", *STARTS} - absent())}:
        for name, values in _described(photographs, done):
            against.append(_opponent(photographs, draws, name, values))
    ways = [way for way in WAYS if way[0] not in absent()]
    runs = [(*way, photos, draw) for photos, draw in _by_draw(draws) for way in ways]
    for start, way, photos, draw in record.missing(runs):
        rate = chosen(out, start, way, photographs.source)
        with trained(recipe(photographs.source, start, way, photos, draw, rate)) as run:
            row = {"start": start, "way": way, "photos": photos, "draw": draw, "rate": rate}
            row["weights"] = run.environment.get("start", {}).get("weights", "drawn at random")
            record.append(pd.DataFrame([row | _judged(run)]))
    print(record.read().drop(columns="wrong").to_string(index=False))


def _by_draw(draws: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the draws in the order in which they are of use before all are there."""
    return sorted(draws, key=lambda pair: (pair[1], pair[0]))


def _judged(run: Run) -> dict:
    """Return what a run got right, how many updates it had, and how long they took."""
    history = run.history
    updates = len(history) * (run.recipe.images // run.recipe.batch_size)
    told = {"updates": updates, "loss": history["loss"].iloc[-1]}
    return told | _counted(run.predictions["correct"]) | {"seconds": history["seconds"].sum()}


def _counted(right: Sequence[bool]) -> dict:
    """Return how many are right, of how many, and the places of the wrong ones."""
    wrong = np.flatnonzero(~np.asarray(right, bool)).tolist()
    told = {"right": len(right) - len(wrong), "of": len(right)}
    return told | {"wrong": " ".join(map(str, wrong))}


def chosen(out: Path, start: str, way: str, data: str) -> float:
    """Return the rate at which a way learns best, tried on validation pictures."""
    table = replace(CHOICE, folder=out)
    for _, _, rate in table.missing((start, way, rate) for rate in RATES[way]):
        with trained(recipe(data, start, way, CHOOSES_FROM, CHOOSES, rate)) as run:
            row = {"start": start, "way": way, "rate": rate}
            ends = run.history.tail(1)[["val_accuracy", "val_loss"]]
            table.append(ends.assign(**row, photos=CHOOSES_FROM, draw=CHOOSES))
    tried = table.read()
    tried = tried[(tried["start"] == start) & (tried["way"] == way)]
    order = tried.sort_values(["val_accuracy", "val_loss"], ascending=[False, True])
    return float(order["rate"].iloc[0])


def _opponent(
    photographs: ImageFolder, draws: list[tuple[int, int]], name: str, values: np.ndarray
) -> pd.DataFrame:
    """Return what a linear rule gets right that learns from the same photographs."""
    labels = photographs.table["label"].to_numpy()
    judge = photographs.table["split"].to_numpy() == "test"
    rows = []
    for photos, draw in draws:
        learn = _drawn(photographs, photos, draw)
        rule = baselines.fitted(values[learn], labels[learn])
        right = rule.predict(values[judge]) == labels[judge]
        rows.append({"opponent": name, "photos": photos, "draw": draw} | _counted(right))
    return pd.DataFrame(rows)


def _drawn(photographs: ImageFolder, photos: int, draw: int) -> np.ndarray:
    """Return which photographs a draw learns from: (photographs,) of bool."""
    few = subsets.fewer(photographs, photos, draw).subset("train").table["path"]
    return photographs.table["path"].isin(few).to_numpy()


def _described(photographs: ImageFolder, done: set[str]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield numbers of each photograph by name, but those that are done."""
    images = datasets.load_images(photographs)
    for name in baselines.FEATURES.keys() - done:
        yield name, baselines.features(images, name)
    for start in {"none", *STARTS} - absent():
        if MEANS.format(start) not in done:
            yield MEANS.format(start), channel_means(_network(start, photographs, images), images)


def _network(start: str, photographs: ImageFolder, images: np.ndarray) -> keras.Model:
    """Return the network of a start; of ``"none"`` one that has learnt nothing."""
    if start in STARTS:
        return Run.load(STARTS[start]).model
    mean = images[photographs.table["split"].to_numpy() == "train"].mean(axis=(0, 1, 2))
    centre = keras.layers.Rescaling(SCALING, (-mean * SCALING).tolist(), name="centre")
    return models.build(NETWORK, 2, 0, initial="glorot", preprocessing=(centre,))


def channel_means(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return the mean of each channel of three layers: (pictures, channels)."""
    pool = keras.layers.GlobalAveragePooling2D()
    pooled = [pool(model.get_layer(name).output) for name in LAYERS]
    inside = keras.Model(model.inputs, keras.layers.Concatenate()(pooled))
    seen = evaluation.central(images, model.input_shape[1])
    return inside.predict(seen, batch_size=32, verbose=0)

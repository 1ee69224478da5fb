"""What simple features, and the network ``book`` beside them, tell of the drawn pictures.

In: the drawn pictures, made now if they are not there. Out:

* ``baselines.csv``: each simple feature on the plain and on the hard pictures;
* ``confusers.csv``: each feature on fewer hard pictures, whole and with one confuser left out;
* ``network.csv``: one row a seed, the network trained on the same 1,600 pictures.

``python -m helpers record drawn_baselines`` makes them. What stands in a table already is not
computed again, so a run that was stopped goes on; delete a table, or some of its rows, to make them
anew. The confusers take some ten minutes, a seed some minutes.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
from PIL import Image

from helpers import datasets, evaluation
from helpers.datasets.drawn import files as drawn
from helpers.datasets.drawn import hard, things
from helpers.training import quick_recipe, train
from results.drawn_baselines import baselines

FEWER = (400, 200)  # pictures to learn from and to judge by, where confusers are left out
SEEDS = range(5)
def _same(picture: Image.Image, rng) -> Image.Image:
    return picture


#: What is put in the place of what while the pictures of a row are drawn.
WITHOUT = {
    "nothing": {},
    "shaken camera": {(hard, "shaken"): _same},
    "uneven light": {(hard, "lit"): _same},
    "wire, rain and twigs": {(hard, "veil"): lambda canvas, rng: None},
    "furrows, boards and litter": {(things, "SURFACES"): (lambda *_: None,)},
    "camera held askew": {(hard, "ASKEW"): 0.0},
    "object out of the middle": {(hard, "ASIDE"): (0.0, 0.0)},
    "things of either kind in both": {(hard, "OWN"): 0.425, (hard, "OTHERS"): 0.425},
    "all things": {(hard, "put"): lambda *_: None},
}


@contextmanager
def left_out(name: str) -> Iterator[None]:
    """Draw without one confuser."""
    patches = [mock.patch.object(*place, value) for place, value in WITHOUT[name].items()]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()


def square(picture: Image.Image) -> np.ndarray:
    """Return the central square of a picture at the size that networks see."""
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    box = (left, top, left + side, top + side)
    return np.asarray(picture.resize((256, 256), Image.BILINEAR, box=box))


def few(split: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw ``count`` hard pictures of both classes by turns, and their labels."""
    pictures = [
        square(drawn.draw(wnid, 0, split, number, "hard")[0])
        for number in range(count // 2)
        for wnid in drawn.CLASSES
    ]
    return np.stack(pictures), np.arange(count) % 2


def part(data, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the decoded pictures of a split, and their labels."""
    subset = data.subset(split)
    return datasets.load_images(subset), subset.table["label"].to_numpy()


def judged(learn: tuple, judge: tuple, name: str) -> dict:
    """Return one row: how many of the judged pictures a feature gets right."""
    model = baselines.fitted(baselines.features(learn[0], name), learn[1])
    right = int((model.predict(baselines.features(judge[0], name)) == judge[1]).sum())
    return {"baseline": name, "trained on": len(learn[1]), **share(right, len(judge[1]))}


def share(right: int, total: int) -> dict:
    """Return a count with its share and 95 % interval."""
    low, high = evaluation.wilson_interval(right, total)
    parts = {"share": right / total, "low": low, "high": high}
    return {"right": right, "of": total} | {key: round(value, 4) for key, value in parts.items()}


def add(path: Path, key: dict, rows: Callable[[], list[dict]]) -> None:
    """Append rows to a table unless it has some of this key."""
    there = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=list(key))
    if (there[list(key)] == pd.Series(key)).all(axis=1).any():
        return
    new = pd.DataFrame([key | row for row in rows()])
    print(new.to_string(index=False), flush=True)
    pd.concat([there, new] if len(there) else [new]).to_csv(path, index=False)


def simple(source: str) -> list[dict]:
    """Return the rows of all features on a source; without a test part, ``val`` judges."""
    data = datasets.load(source)
    judge = "test" if (data.table["split"] == "test").any() else "val"
    learn, held = part(data, "train"), part(data, judge)
    return [judged(learn, held, name) for name in baselines.FEATURES]


def confused(name: str) -> list[dict]:
    """Return the rows of all features on pictures without one confuser."""
    with left_out(name):
        learn, judge = (few(*which) for which in zip(("train", "val"), FEWER, strict=True))
    return [judged(learn, judge, feature) for feature in baselines.FEATURES]


def network(seed: int) -> list[dict]:
    """Train the network from one seed; return its row, judged by the test part."""

    recipe = quick_recipe(seed)
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        run = train(recipe, Path(folder) / "run", verbose=False)
        spent = round(time.process_time() - start)
        answers = run.predictions
    known = {"epochs": recipe.epochs, "processor seconds": spent}
    return [known | share(int(answers["correct"].sum()), len(answers))]


def make(out: Path = Path(__file__).parent) -> None:
    """Add what the tables lack."""
    for source in ("drawn", "embedded"):
        add(out / "baselines.csv", {"pictures": source}, partial(simple, source))
    for seed in SEEDS:
        add(out / "network.csv", {"seed": seed}, partial(network, seed))
    for name in WITHOUT:
        add(out / "confusers.csv", {"without": name}, partial(confused, name))

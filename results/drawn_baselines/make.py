"""What simple features, and the network ``book`` beside them, tell of the drawn pictures.

In: the drawn pictures, made now if they are not there. Out:

* ``baselines.csv``: each simple feature on the plain and on the hard pictures;
* ``test.csv``: which of the hard test pictures each of them gets right (1), from the same fit;
* ``untrained.csv``: layers of a network that has learnt nothing, a linear rule on each of them;
* ``confusers.csv``: each feature on fewer hard pictures, whole and with one confuser left out;
* ``network.csv``: one row a setting and seed, the quick run trained on the same 1,600 pictures.

``python -m helpers record drawn_baselines`` makes them. What stands in a table already is not
computed again, so a run that was stopped goes on; delete a table, or some of its rows, to make them
anew. The confusers take some ten minutes, a seed some minutes.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
from PIL import Image

from helpers import datasets, evaluation, explain, files
from helpers.datasets.drawn import files as drawn
from helpers.datasets.drawn import hard, things
from helpers.explain import filters
from helpers.training import Run, quick_recipe
from results.drawn_baselines import baselines
from results.record import trained

FEWER = (400, 200)  # pictures to learn from and to judge by, where confusers are left out
ONE, TWO = ({f"TF_NUM_{kind}OP_THREADS": n for kind in ("INTRA", "INTER")} for n in "12")
#: What the quick run is trained with otherwise, in small letters of its recipe and in capitals of
#: the environment, and from how many seeds.
SETTINGS: dict[str, tuple[dict, int]] = {
    "as chosen": ({}, 12),
    "rate 5e-4": ({"learning_rate": 5e-4}, 3),
    "float32": ({"precision": "float32"}, 3),
    "bfloat16": ({"precision": "mixed_bfloat16"}, 3),
    "one thread": (ONE, 3),
    "two threads": (TWO, 3),
    "whole width": ({"arch": "paper"}, 3),
}


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


def hits(learn: tuple, judge: tuple, name: str) -> np.ndarray:
    """Return which of the judged pictures a feature gets right."""
    model = baselines.fitted(baselines.features(learn[0], name), learn[1])
    return model.predict(baselines.features(judge[0], name)) == judge[1]


def counted(right: dict[str, np.ndarray], learned: int) -> list[dict]:
    """Return a row a feature: how many of the judged pictures it gets right."""
    return [
        {"baseline": name, "trained on": learned} | share(int(hit.sum()), len(hit))
        for name, hit in right.items()
    ]


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


def simple(source: str, out: Path) -> list[dict]:
    """Return the rows of all features on a source; without a test part, ``val`` judges.

    ``test.csv`` keeps what they answer to the hard ones, picture by picture.
    """
    data = datasets.load(source)
    judge = "test" if (data.table["split"] == "test").any() else "val"
    learn, held = part(data, "train"), part(data, judge)
    right = {name: hits(learn, held, name) for name in baselines.FEATURES}
    if source == "drawn":
        names = [Path(path).stem for path in data.subset(judge).table["path"]]
        table = pd.DataFrame(right, pd.Index(names, name="picture")).astype(int)
        files.write_csv(out / "test.csv", table.reset_index())
    return counted(right, len(learn[1]))


def confused(name: str) -> list[dict]:
    """Return the rows of all features on pictures without one confuser."""
    with left_out(name):
        learn, judge = (few(*which) for which in zip(("train", "val"), FEWER, strict=True))
    right = {feature: hits(learn, judge, feature) for feature in baselines.FEATURES}
    return counted(right, len(learn[1]))


@contextmanager
def anew(**variables: str) -> Iterator[ProcessPoolExecutor]:
    """Hand out a process that starts with these variables: TensorFlow reads them once."""
    with (
        mock.patch.dict(os.environ, variables),
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
    ):
        yield pool


def network(setting: str, seed: int) -> list[dict]:
    """Train the network from one seed; return its row, judged by the test part."""
    changes = {key: value for key, value in SETTINGS[setting][0].items() if key.islower()}
    recipe = replace(quick_recipe(seed, "drawn"), **changes)
    datasets.load(recipe.data)  # drawn before the clock runs
    with trained(recipe) as run:
        answers, log, precision = run.predictions, run.history, run.environment["precision"]
    shares = (100 * log["val_accuracy"]).round(2)
    known = {"epochs": recipe.epochs, "seconds": round(log["seconds"].sum(), 1)}
    known |= {"precision": precision}
    known |= {"best validation": shares.max(), "last validation": shares.iloc[-1]}
    return [known | share(int(answers["correct"].sum()), len(answers))]


def in_process(setting: str, seed: int) -> list[dict]:
    """Return ``network``'s row, from a process with the variables of the setting."""
    variables = {key: value for key, value in SETTINGS[setting][0].items() if key.isupper()}
    with anew(**variables) as pool:
        return pool.submit(network, setting, seed).result()


def untrained(seed: int) -> list[dict]:
    """Return the rows of layers of a network that has learnt nothing, each with a linear rule.

    Beside each: on which of the same pictures only the recorded network is right, only the rule.
    """
    run = Run.load(files.root() / "results" / "book_run")
    blank = explain.randomised(run.model, seed)
    learn, judge = (run.data.subset(split).table for split in ("train", "test"))
    seen = [layers(blank, run.pictures(table)) for table in (learn, judge)]
    known = run.predictions.set_index("path")["correct"][judge["path"]].to_numpy(bool)
    rows = []
    for name in seen[0]:
        rule = baselines.fitted(seen[0][name], learn["label"])
        right = rule.predict(seen[1][name]) == judge["label"].to_numpy()
        ours, theirs = int((known & ~right).sum()), int((right & ~known).sum())
        alone = {"only the network": ours, "only the rule": theirs}
        rows.append({"layer": name} | share(int(right.sum()), len(right)) | alone)
    return rows


def layers(network, pictures: np.ndarray) -> dict[str, np.ndarray]:
    """Return the mean of each channel of pool1 and pool2, and the units of fc7."""
    found = filters.activations(network, pictures, ("pool1", "pool2", "fc7"))
    return {n: v.mean(axis=(1, 2)) if v.ndim == 4 else v for n, v in found.items()}


def make(out: Path = Path(__file__).parent) -> None:
    """Add what the tables lack."""
    for source in ("drawn", "embedded"):
        add(out / "baselines.csv", {"pictures": source}, partial(simple, source, out))
    for setting, (_, seeds) in SETTINGS.items():
        for seed in range(seeds):
            row = {"setting": setting, "seed": seed}
            add(out / "network.csv", row, partial(in_process, setting, seed))
    for seed in range(3):
        add(out / "untrained.csv", {"seed": seed}, partial(untrained, seed))
    for name in WITHOUT:
        add(out / "confusers.csv", {"without": name}, partial(confused, name))

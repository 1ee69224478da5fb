"""Activations of a trained first layer, which the chapter on LRN normalises in several ways.

In: a short run on the plain drawn pictures, trained now if it is not there.
Out: ``conv1.npz``: what all 96 channels of conv1, after the ReLU, answer at 500 places drawn at
random from the 100 validation pictures; ``recipe.json`` and ``environment.json`` of the run.
"""

from pathlib import Path

import numpy as np

from helpers.explain import filters
from helpers.files import write_atomic
from helpers.training import load_or_train
from results.ablations.make import plain
from results.record import copy

PLACES = 500


def make(out: Path = Path(__file__).parent) -> None:
    """Write the files."""
    run = load_or_train(plain(0))
    pictures = run.pictures(run.data.subset("val").table)
    answers = filters.activations(run.model, pictures, ["conv1"])["conv1"]  # (100, 55, 55, 96)
    answers = answers.reshape(-1, answers.shape[-1])
    chosen = np.random.default_rng(0).choice(len(answers), PLACES, replace=False)
    # Half precision: a thousandth of each value is more than enough, and the file stays small.
    kept = answers[chosen].astype("float16")
    copy(run, out, ("recipe.json", "environment.json"))
    write_atomic(out / "conv1.npz", lambda path: _save(path, kept))


def _save(path: Path, activations: np.ndarray) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, activations=activations)

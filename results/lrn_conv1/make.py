"""Activations of a trained first layer, which the chapter on LRN puts through the LRN of several systems.

In: the quick run on the drawn pictures, trained now if it is not there.
Out: ``conv1.npz`` beside this file: what all 96 channels of conv1, after the ReLU, answer at 500
places drawn at random from the 100 validation pictures; ``recipe.json`` and ``environment.json`` of
the run.

Run from the root of the repository: ``python results/lrn_conv1/make.py``.
"""

import shutil
from pathlib import Path

import numpy as np

from helpers import datasets, evaluation
from helpers.explain import filters
from helpers.training import load_or_train, quick_recipe

HERE = Path(__file__).resolve().parent
PLACES = 500

run = load_or_train(quick_recipe())
pictures = evaluation.central(datasets.load_images(run.data.subset("val")), 224)
answers = filters.activations(run.model, pictures, ["conv1"])["conv1"]  # (100, 55, 55, 96)
answers = answers.reshape(-1, answers.shape[-1])
chosen = np.random.default_rng(0).choice(len(answers), PLACES, replace=False)
# Half precision: a thousandth of each value is more than enough, and the file stays small.
np.savez_compressed(HERE / "conv1.npz", activations=answers[chosen].astype("float16"))
for name in ("recipe.json", "environment.json"):
    shutil.copy(run.path / name, HERE / name)

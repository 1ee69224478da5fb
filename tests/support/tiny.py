"""What the training tests share: a network of a few thousand weights and a folder of pictures."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from helpers import __main__ as cli
from helpers.architectures import Architecture, Conv, Dense, Dropout, Flatten, Pool
from helpers.training import Recipe

ROOT = Path(__file__).resolve().parents[2]
ARCH = Architecture(
    "tiny",
    "For tests",
    (64, 64, 3),
    (
        Conv("conv1", 8, 7, stride=4),
        Pool("pool1"),
        Conv("conv2", 8, 3, padding=1),
        Flatten(),
        Dense("fc6", 16),
        Dropout("drop6"),
        Dense("fc7", 2, activation=None),
    ),
    "tests",
)


def make_folder(folder: Path, train: int = 32, val: int = 16, classes=("red", "blue")) -> Path:
    """Write noisy JPEGs, reddish and bluish (and greenish), into one folder per class."""
    rng = np.random.default_rng(0)
    channels = {"red": 0, "green": 1, "blue": 2}
    for split, count in (("train", train), ("val", val)):
        for i in range(count):
            name = classes[i % len(classes)]
            pixels = rng.integers(0, 180, (270, 260, 3), dtype="uint8")
            pixels[..., channels[name]] += 40
            path = folder / split / name / f"{i:03d}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)
    return folder


def picture(path: Path, colour=(200, 30, 30), size=(64, 64)) -> Path:
    """Write a picture of one colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def flat(root: Path, counts: dict[str, int], start: int = 0) -> Path:
    """Write so many pictures of each colour, each of its own width, into a folder a class."""
    colours = {"red": (200, 40, 40), "blue": (40, 40, 200), "green": (40, 200, 40)}
    for name, count in counts.items():
        for i in range(start, start + count):
            picture(root / name / f"{i:03d}.png", colours[name], (60 + i, 64))
    return root


def call(*arguments) -> int:
    """Run a command in this process and return its exit status."""
    try:
        return cli.main([str(argument) for argument in arguments])
    except SystemExit as leaving:
        return leaving.code


def recipe(data: Path, **changes) -> Recipe:
    """Return a short recipe for the tiny network, in single precision on every device."""
    settings = {"arch": ARCH, "epochs": 3, "batch_size": 8, "precision": "float32"}
    return Recipe(**{"data": str(data), **settings, **changes})


def interrupt(patch, epoch: int) -> None:
    """Let Ctrl-C be pressed as soon as a run comes to an epoch."""
    from helpers.training.network import Network

    proceed = Network.train_epoch

    def train_epoch(self, batches, number, *others):
        if number == epoch:
            raise KeyboardInterrupt
        return proceed(self, batches, number, *others)

    patch.setattr(Network, "train_epoch", train_epoch)


def python(code: str, home: Path, **variables: str) -> subprocess.CompletedProcess:
    """Run code in a process of its own, with another backend or other settings."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment(home, **variables),
        capture_output=True,
        text=True,
        timeout=300,
    )


def environment(home: Path, **variables: str) -> dict[str, str]:
    """Return the variables of a child process that uses this checkout and its own home."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
    own = {"ALEXNET_HOME": str(home), "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return {**os.environ, **own, **variables}

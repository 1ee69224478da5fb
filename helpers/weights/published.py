"""The published 1000-class network: fetched only when the reader asks for it, checked, used.

Nothing is downloaded unless ``ALEXNET_PRETRAINED=1`` is set. A file that lies in the folder
``published`` of the book's cache already is used without asking the network.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.errors import UserError
from helpers.evaluation.predictions import central, probabilities
from helpers.fetch import Published, published
from helpers.files import home

if TYPE_CHECKING:
    import keras


#: torchvision's weights. The file's name ends with the first eight digits of its SHA-256
#: (torchvision/models/alexnet.py); the whole of it and the size stand in many public repositories.
WEIGHTS = Published(
    "alexnet-owt-7be5be79.pth",
    "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
    244_408_911,
    "sha256",
    "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
)
#: The class names that Keras uses (keras/src/applications/imagenet_utils.py).
NAMES = Published(
    "imagenet_class_index.json",
    "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json",
    35_363,
    "md5",
    "c2c37ea517e94d9795004a39431a14cb",
)


def weights_file() -> Path:
    """Return the path of torchvision's published weights; ``weights.load_torchvision`` reads it.

    Raises
    ------
    UserError
        Not there and not asked for, not reachable, or not the file that was published.
    """
    return find(WEIGHTS)


def class_names() -> tuple[str, ...]:
    """Return the 1000 classes of ILSVRC in the order of the logits; UserError as above."""
    index = json.loads(find(NAMES).read_text(encoding="utf-8"))
    return tuple(index[str(i)][1].replace("_", " ") for i in range(len(index)))


def find(file: Published) -> Path:
    """Return a published file from the cache, fetching it first if the reader has agreed.

    Examples
    --------
    >>> find(NAMES)
    Traceback (most recent call last):
        ...
    helpers.errors.UserError: imagenet_class_index.json is not here. With internet, set ...
    """
    path = home() / "pretrained" / file.name
    if not path.exists() and os.environ.get("ALEXNET_PRETRAINED") != "1":
        raise UserError(
            f"{file.name} is not here. With internet, set ALEXNET_PRETRAINED=1 to fetch "
            f"{file.size / 1e6:.3g} MB, or put the file into the folder 'pretrained' of the book's "
            f"cache (ALEXNET_HOME, else ~/.cache/alexnet-book) yourself, from {file.address}."
        )
    return published(file, path)


def top(
    model: "keras.Model", picture: np.ndarray, names: Sequence[str], k: int = 5
) -> pd.DataFrame:
    """Return the ``k`` most probable classes of one picture, the best first.

    Parameters
    ----------
    model
        Pixels 0–255 (N, size, size, 3) to logits.
    picture
        (height, width, 3), RGB, at least as large as the model's input; its centre is used.
    names
        One for each logit.
    k
        How many.

    Raises
    ------
    UserError
        When names and logits are not equally many.
    """
    shares = probabilities(model, central(picture[None], model.input_shape[1]))[0]
    if len(names) != len(shares):
        raise UserError(f"There are {len(names)} names for {len(shares)} logits.")
    best = np.argsort(-shares, kind="stable")[:k]
    return pd.DataFrame({"class": [names[i] for i in best], "probability": shares[best]})

"""Pictures that playgrounds show, as data for scripts: a page from disk may not read a picture."""

import base64
from typing import Any

import numpy as np


def flower() -> np.ndarray:
    """Return the grey flower of the chapter on convolution, cut as there, (320, 320), uint8."""
    from sklearn.datasets import load_sample_image  # here: it takes a while

    whole = load_sample_image("flower.jpg")[60:380, 140:460]
    return whole.mean(axis=2).round().astype("uint8")


def photograph() -> dict[str, Any]:
    """Return the flower as data.

    Returns
    -------
    dict
        Width and height in pixels, and the grey values row by row, a byte each, in base64.

    Examples
    --------
    >>> photograph()["width"], len(base64.b64decode(photograph()["grey"]))
    (320, 102400)
    """
    height, width = flower().shape
    coded = base64.b64encode(flower()).decode("ascii")
    return {"width": width, "height": height, "grey": coded}


def digits() -> dict[str, list[list[int]]]:
    """Return the first handwritten digit of each class in scikit-learn's collection.

    Returns
    -------
    dict
        By class: rows of ink, 0 to 16, (8, 8).

    Examples
    --------
    >>> digits()["0"][0]
    [0, 0, 5, 13, 9, 1, 0, 0]
    """
    from sklearn.datasets import load_digits  # here: it takes a while

    known = load_digits()
    first = [int(np.flatnonzero(known.target == digit)[0]) for digit in range(10)]
    return {str(d): known.images[i].astype(int).tolist() for d, i in enumerate(first)}

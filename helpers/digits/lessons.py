"""What a network learns from in an epoch, and how it learns to refuse.

A recipe that is not ``broad`` gives the digits of its data, each once. A broad one varies half of
them, adds a quarter in print and half as many pictures without a digit, drawn anew in each epoch.

The ten logits stay ten. That a picture shows none has a logit of its own that is always 0, so the
network says so by keeping all ten below it.
"""

import keras
import numpy as np

from helpers.datasets.digits import Digits
from helpers.digits import no_digits, variants
from helpers.digits.recipe import Recipe

NONE = 10  # label of pictures without a digit
VARIED, PRINTED, WITHOUT = 1 / 2, 1 / 4, 1 / 2  # of the digits
#: Share of the likeliest digit among the ten and none, below which it is not named.
LEAST = 0.5
MOST = 8000  # digits that these are shares of: drawing takes milliseconds a picture


def count(recipe: Recipe, digits: Digits) -> int:
    """Return how many pictures an epoch has."""
    return len(digits.labels) + (sum(_extra(digits)) if recipe.broad else 0)


def of_an_epoch(
    recipe: Recipe, digits: Digits, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pictures of an epoch, uint8 (N, 28, 28, 1), and their labels, int32 (N,).

    Parameters
    ----------
    recipe
        Says whether they are broad.
    digits
        The data; only its training part is used.
    rng
        Source of chance.
    """
    if not recipe.broad:
        return digits.images, digits.labels
    images = digits.images.copy()
    for i in rng.permutation(len(images))[: int(VARIED * min(MOST, len(images)))]:
        images[i] = variants.varied(images[i], rng)
    in_print, without = _extra(digits)
    numbers = rng.integers(10, size=in_print)
    printed = [variants.printed(int(number), rng) for number in numbers]
    shapes = [no_digits.shape(rng, digits.images) for _ in range(without)]
    labels = [digits.labels, numbers, np.full(without, NONE)]
    return np.concatenate([images, printed, shapes]), np.concatenate(labels).astype("int32")


def _extra(digits: Digits) -> tuple[int, int]:
    """Return how many pictures in print and without a digit come to the digits; one at least."""
    base = min(MOST, len(digits.labels))
    return max(1, int(PRINTED * base)), max(1, int(WITHOUT * base))


def shows_none(model: keras.Model, pixels: np.ndarray) -> np.ndarray:
    """Return in which pictures a network that learnt from broad lessons finds no one digit.

    Two digits that touch often get a share each.

    Parameters
    ----------
    model
        Ten logits.
    pixels
        uint8 (N, 28, 28, 1).

    Returns
    -------
    numpy.ndarray
        bool (N,).
    """
    logits = np.asarray(model.predict_on_batch(np.asarray(pixels, "float32")), "float64")
    total = np.logaddexp(np.logaddexp.reduce(logits, axis=1), 0)  # the logit of none is 0
    return logits.max(axis=1) - total < np.log(LEAST)


def loss(labels, logits):
    """Return the cross-entropy of ten digits and none, (N,)."""
    labels = keras.ops.reshape(labels, (-1,))
    return keras.losses.sparse_categorical_crossentropy(labels, _eleven(logits), from_logits=True)


def right(labels, logits):
    """Return 1 where the largest of eleven logits is that of the label, else 0, (N,)."""
    return keras.metrics.sparse_categorical_accuracy(labels, _eleven(logits))


def _eleven(logits):
    """Append the logit of none, which is 0: (N, 10) becomes (N, 11)."""
    return keras.ops.pad(logits, [[0, 0], [0, 1]])

"""What a network learns from in an epoch, and how it learns to refuse.

A recipe that is not ``broad`` gives the digits of its data, each once. A broad one varies half of
them, adds a quarter in print and half as many pictures without a digit, drawn anew in each epoch.

The ten logits stay ten. That a picture shows none has a logit of its own that is always 0
(``training.network`` appends it), so the network says so by keeping all ten below it.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers import architectures, environment
from helpers.datasets.batches import Batch, Batches
from helpers.datasets.folder import ImageFolder
from helpers.digits import no_digits, variants
from helpers.training.recipe import DIGITS, Recipe

if TYPE_CHECKING:
    import keras

    from helpers.training.runs import Run

NONE = 10  # label of pictures without a digit
VARIED, PRINTED, WITHOUT = 1 / 2, 1 / 4, 1 / 2  # of the digits
#: Share of the likeliest digit among the ten and none, below which it is not named.
LEAST = 0.5
MOST = 8000  # digits that these are shares of: drawing takes milliseconds a picture
BATCH = 250  # pictures at a time where nothing is learnt


def standard_recipe(**changes: Any) -> Recipe:
    """Return the recipe of the profile, with changes.

    Quick: the network at a quarter of its width on 4,000 pictures, under a minute on two cores.
    Full: the whole network on all pictures.

    Examples
    --------
    >>> standard_recipe(seed=3).architecture.input_shape
    (28, 28, 1)
    """
    if environment.current() == "full":
        whole = Recipe("mnist", "mnist", epochs=12, batch_size=64, learning_rate=1e-4, **DIGITS)
        return replace(whole, **changes)
    small, rate = architectures.narrow("mnist", 1 / 4), 1e-3
    quarter = Recipe("mnist", small, epochs=6, batch_size=32, learning_rate=rate, **DIGITS)
    return replace(quarter, **{"images": 4000, **changes})


def broad_recipe(**changes: Any) -> Recipe:
    """Return the recipe of the command line: for digits on pages of all kinds.

    In the quick profile eight epochs of 7,000 pictures, some minutes on two cores.

    Examples
    --------
    >>> broad_recipe(seed=3).broad
    True
    """
    longer = {} if environment.current() == "full" else {"epochs": 8}
    return standard_recipe(**{**longer, "broad": True, **changes})


class Lessons(Batches):
    """Batches of digits as a broad recipe wants them; ``seed`` also decides what is drawn."""

    def __init__(self, data: ImageFolder, batch_size: int, *, seed: int) -> None:
        super().__init__(
            data, batch_size, seed=seed, shuffle=True, drop_remainder=True, shape=(28, 1)
        )
        self.images = np.stack(list(self.pictures(range(len(data)))))  # (N, 28, 28, 1)

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return (len(self.labels) + sum(self._extra())) // self.batch_size

    def epoch(self, number: int) -> Iterator[Batch]:
        """Yield the batches of one epoch: uint8 (B, 28, 28, 1), int32 (B,)."""
        rng = np.random.default_rng([self.seed, number])
        order = rng.permutation(len(self.labels) + sum(self._extra()))
        images, labels = self._drawn(rng)
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            rows = order[start : start + self.batch_size]
            yield images[rows], labels[rows]

    def _drawn(self, rng: np.random.Generator) -> Batch:
        """Return all pictures of an epoch and their labels."""
        images = self.images.copy()
        for i in rng.permutation(len(images))[: int(VARIED * min(MOST, len(images)))]:
            images[i] = variants.varied(images[i], rng)
        in_print, without = self._extra()
        numbers = rng.integers(10, size=in_print)
        printed = [variants.printed(int(number), rng) for number in numbers]
        shapes = [no_digits.shape(rng, self.images) for _ in range(without)]
        labels = [self.labels, numbers, np.full(without, NONE)]
        return np.concatenate([images, printed, shapes]), np.concatenate(labels).astype("int32")

    def _extra(self) -> tuple[int, int]:
        """Return how many pictures in print and without a digit are added; one at least."""
        base = min(MOST, len(self.labels))
        return max(1, int(PRINTED * base)), max(1, int(WITHOUT * base))


def shows_none(model: "keras.Model", pixels: np.ndarray) -> np.ndarray:
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


def refusals(run: "Run") -> str:
    """Return how many digits of the held-out part a broad run would refuse, as a line."""
    part = run.data.subset("val")
    pictures = np.stack([part.decode(path, 28, 1) for path in part.table["path"]])
    parts = np.split(pictures, range(BATCH, len(pictures), BATCH))
    refused = sum(int(shows_none(run.model, part).sum()) for part in parts)
    return f"refused as no digit by predict: {refused} of {len(pictures)}"

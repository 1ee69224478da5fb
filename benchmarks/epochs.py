"""Five epochs from JPEG files against bare ``train_on_batch`` on a batch that lies ready.

Ours: reading and decoding the files, mean and colour axes, crops, flips, colour noise, five epochs.
Not counted on either side: building and tracing the network, and validation, which the bare loop
does not have. The bare loop is timed in two halves, before and after, so that a machine that gets
slower or faster in between does not decide the ratio.
"""

import time

import common
import numpy as np
from common import Ready, ratio, seconds

from helpers import datasets
from helpers.datasets.drawn import files as drawn
from helpers.training import Recipe, loop, network

EPOCHS, BARE_STEPS = 5, 12


def main() -> None:
    recipe = Recipe(data=str(drawn.ensure()), epochs=EPOCHS, batch_size=32, precision="float32")
    size = recipe.architecture.input_shape[0]
    net = network.Network(recipe, 2, (np.full(3, 110.0), np.full(3, 30.0), np.eye(3)))
    rng = np.random.default_rng(0)
    batch = recipe.batch_size
    ready = rng.integers(0, 256, (batch, size, size, 3)).astype("float32")
    labels = rng.integers(0, 2, batch)
    bare = net.bare()
    step = lambda: bare.train_on_batch(ready, labels)  # noqa: E731
    net.train_epoch(Ready(batch, 1), 1, 1e-6)  # trace, not counted
    first = seconds(step, BARE_STEPS)
    images, taken = _from_files(recipe, net)
    second = seconds(step, BARE_STEPS, warm=1)
    bare_rate = batch / np.median(first + second)
    print(
        f"bare train_on_batch: {bare_rate:.1f} images/s (halves: "
        f"{batch / np.median(first):.1f}, {batch / np.median(second):.1f})"
    )
    print(f"five epochs from {images // EPOCHS} JPEG files: {images / taken:.1f} images/s")
    ratio("five epochs from JPEG files / bare train_on_batch", images / taken / bare_rate, "≥ 0.95")


def _from_files(recipe: Recipe, net: network.Network) -> tuple[int, float]:
    """Return images and seconds of five epochs, from a cold start at the files."""
    common.cold(datasets.load(recipe.data).table["path"])
    start = time.perf_counter()
    data = datasets.load(recipe.data)
    batches = loop.training_batches(data, recipe)
    loop.statistics(data.subset("train"), batches)
    images = 0
    for epoch in range(1, EPOCHS + 1):
        net.train_epoch(batches, epoch, recipe.learning_rate)
        images += len(batches) * batches.batch_size
    return images, time.perf_counter() - start


if __name__ == "__main__":
    main()

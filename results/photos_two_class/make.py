"""What a ruler gets from the photographs: the size of the file, and how sharp it is.

In: the photographs, and the split that the recorded runs had (``seed-0/predictions.csv``).
Out: ``ruler.json`` beside this file.

``python -m helpers record photos_two_class --data photos``, with the folders ``bicycle`` and
``ship`` in ``photos``. No network is built.
"""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageOps
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers.datasets.decoding import decode
from helpers.errors import UserError
from helpers.evaluation import thumbnails
from helpers.files import write_json

HERE = Path(__file__).resolve().parent
CLASSES = ("bicycle", "ship")
BANDS = np.linspace(1, 128, 11)  # ten bands of frequency, in periods per picture
OTHER_BANDS = {"from 1": np.geomspace(1, 128, 11), "from 2": np.geomspace(2, 128, 11)}


def short_side(path: Path) -> int:
    """Return the shorter side of a file as it stands upright, in pixels."""
    with Image.open(path) as picture:
        return min(ImageOps.exif_transpose(picture).size)


def spectrum(grey: np.ndarray, bands: np.ndarray) -> np.ndarray:
    """Return the logarithm of the mean power in each band, less their mean: (bands,)."""
    side = len(grey)
    window = np.hanning(side)[:, None] * np.hanning(side)
    power = np.abs(np.fft.fft2((grey - grey.mean()) * window)) ** 2
    frequency = np.hypot(*np.meshgrid(*2 * [np.fft.fftfreq(side) * side]))
    pairs = itertools.pairwise(bands)
    levels = [np.log(power[(frequency >= a) & (frequency < b)].mean() + 1e-9) for a, b in pairs]
    return np.array(levels) - np.mean(levels)


def features(paths: list[Path]) -> dict[str, np.ndarray]:
    """Return all that is measured of each file, by name: (N, numbers)."""
    grey, small = [], []
    for path in paths:
        square = decode(path)
        grey.append(square.astype(float).mean(axis=-1))
        small.append(thumbnails(square[None], 8)[0])
    found = {f"logarithmic {k}": [spectrum(g, v) for g in grey] for k, v in OTHER_BANDS.items()}
    found |= {"spectrum": [spectrum(g, BANDS) for g in grey], "thumbnail": small}
    found["size"] = [[short_side(path)] for path in paths]
    return {name: np.array(values, float) for name, values in found.items()}


def cut(sides: np.ndarray, ship: np.ndarray) -> int:
    """Return the limit below which a file is best called a ship: the middle of the best ones."""
    limits = np.arange(sides.min(), sides.max() + 2)
    right = [((sides < limit) == ship).sum() for limit in limits]
    return int(np.ceil(np.median(limits[right == np.max(right)])))


def linear(values: np.ndarray, ship: np.ndarray, learn, judge) -> np.ndarray:
    """Return which judged files logistic regression gets right."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    return model.fit(values[learn], ship[learn]).predict(values[judge]) == ship[judge]


def rule(name: str, right: np.ndarray, paths: list[str]) -> dict:
    """Return one entry of the record."""
    wrong = [path for path, good in zip(paths, right, strict=True) if not good]
    return {"name": name, "correct": int(right.sum()), "total": len(right), "wrong": wrong}


def make(out: Path = HERE, data: str | None = None) -> None:
    """Measure every photograph and write the record."""
    paths = sorted(path for path in Path(data or "").glob("*/*") if path.parent.name in CLASSES)
    if not paths:
        raise UserError("photos_two_class needs --data, a folder that holds bicycle and ship.")
    names = [f"photos/{path.parent.name}/{path.name}" for path in paths]
    ship = np.array([path.parent.name == "ship" for path in paths])
    held = np.isin(names, pd.read_csv(HERE / "seed-0" / "predictions.csv")["path"])
    judged = [name for name, inside in zip(names, held, strict=True) if inside]
    found = features(paths)
    sides = found["size"][:, 0]
    limit = cut(sides[~held], ship[~held])
    bands = {k: linear(v, ship, ~held, held) for k, v in found.items() if k != "size"}
    record = {
        "short_side_median": {k: float(np.median(sides[ship == s])) for s, k in enumerate(CLASSES)},
        "limit": limit,
        "rules": [
            rule("short side of the file", (sides < limit)[held] == ship[held], judged),
            rule("power spectrum, ten numbers", bands["spectrum"], judged),
            rule("8×8 thumbnail", bands["thumbnail"], judged),
        ],
        "other_bands": {k: int(v.sum()) for k, v in bands.items() if k.startswith("log")},
    }
    write_json(out / "ruler.json", record)

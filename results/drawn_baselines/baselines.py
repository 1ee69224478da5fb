"""What simple features tell of the drawn pictures: logistic regression on each of them.

Each takes (N, 256, 256, 3) bytes to (N, numbers). The strength of the penalty is chosen by
five-fold cross-validation on the training pictures alone.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers.evaluation import thumbnails
from results.photos_two_class.make import spectrum as power_spectrum

DIRECTIONS, CELLS, COLOURS = 9, 4, 4
BANDS = np.geomspace(2, 128, 11)  # ten bands of frequency, in periods per picture
STRENGTHS = np.geomspace(1e-5, 1, 6)


def gradients(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which of the nine directions each pixel's edge has, and how strong it is."""
    down, across = np.gradient(image.mean(axis=-1))
    angle = np.arctan2(down, across) % np.pi
    return (angle / np.pi * DIRECTIONS).astype(int) % DIRECTIONS, np.hypot(down, across)


def histogram(image: np.ndarray, cells: int) -> np.ndarray:
    """Return the strength of each direction in each of ``cells`` × ``cells`` cells, sum 1 each."""
    bins, strength = gradients(image)
    side = len(image) // cells
    cell = np.arange(len(image)) // side
    index = (cell[:, None] * cells + cell) * DIRECTIONS + bins
    sums = np.bincount(index.ravel(), strength.ravel(), cells * cells * DIRECTIONS)
    sums = sums.reshape(-1, DIRECTIONS)
    return (sums / (sums.sum(axis=1, keepdims=True) + 1e-9)).ravel()


def spectrum(image: np.ndarray) -> np.ndarray:
    """Return the logarithm of the mean power of the grey picture in ten bands, less its mean."""
    return power_spectrum(image.mean(axis=-1), BANDS)


def colours(image: np.ndarray) -> np.ndarray:
    """Return the share of the picture in each of 4 × 4 × 4 colours."""
    level = image.reshape(-1, 3) // (256 // COLOURS)
    index = level @ np.array([COLOURS**2, COLOURS, 1])
    return np.bincount(index, minlength=COLOURS**3) / len(index)


FEATURES = {
    "nine edge directions": lambda image: histogram(image, 1),
    "HOG on a 4x4 grid": lambda image: histogram(image, CELLS),
    "ten numbers of the spectrum": spectrum,
    "colour histogram": colours,
    "thumbnail 8x8": lambda image: thumbnails(image[None], 8)[0],
    "thumbnail 16x16": lambda image: thumbnails(image[None], 16)[0],
}


def features(images: np.ndarray, name: str) -> np.ndarray:
    """Return one of the ``FEATURES`` of each picture: (N, numbers)."""
    return np.stack([FEATURES[name](image) for image in images])


def fitted(values: np.ndarray, labels: np.ndarray):
    """Return the classifier, its penalty chosen by five folds of these pictures."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    search = GridSearchCV(model, {"logisticregression__C": STRENGTHS}, cv=folds)
    return search.fit(values, labels)

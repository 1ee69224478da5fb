"""Drawn bikes without their riders."""

import numpy as np
import pytest
from PIL import Image

from helpers.book.riders import without_riders
from helpers.datasets.drawn import files as drawings
from helpers.datasets.drawn import hard


@pytest.fixture(scope="module")
def bikes(tmp_path_factory):
    """Eight drawn bikes; at least one of them is ridden and one is not."""
    folder = drawings.make(tmp_path_factory.mktemp("drawn") / "hard", 16, 2, style="hard")
    return sorted(folder.glob("train/n03792782/*.JPEG"))


def pixels(path):
    return np.asarray(Image.open(path).convert("RGB"), float)


def test_the_rider_goes_and_all_else_stays(bikes, tmp_path):
    found = without_riders(bikes, tmp_path)
    assert 0 < len(found) < len(bikes)
    for before, after in found.items():
        changed = np.abs(pixels(before) - pixels(after)).max(axis=-1) > 30
        assert 0.001 < changed.mean() < 0.4
    assert hard.LadenBike.__name__ == "LadenBike"  # the drawing program is as it was

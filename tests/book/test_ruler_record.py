"""What a ruler gets from the recorded photographs: its measures, its record, and who quotes it."""

import json

import numpy as np
import pandas as pd
import pytest
from bookfiles import ROOT
from PIL import Image
from scipy import ndimage

from helpers.book.records import experiment

RECORD = ROOT / "results" / "photos_two_class"
QUOTED = ("CHANGELOG.md", "results/README.md", "book/index.md")


@pytest.fixture(scope="module")
def ruler():
    return experiment("photos_two_class")


def test_the_short_side_is_that_of_the_upright_picture(ruler, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    Image.new("RGB", (90, 40)).save(tmp_path / "turned.jpg", exif=exif)
    assert ruler.short_side(tmp_path / "turned.jpg") == 40


@pytest.mark.parametrize(
    ("sides", "ship", "limit"),
    [([100, 110, 300, 310], [1, 1, 0, 0], 206), ([100, 300, 120], [1, 0, 1], 211)],
)
def test_the_limit_lies_in_the_middle_between_the_classes(ruler, sides, ship, limit):
    assert ruler.cut(np.array(sides), np.array(ship, bool)) == limit


def test_blur_moves_the_spectrum_and_brightness_does_not(ruler):
    grey = np.random.default_rng(0).uniform(0, 255, (256, 256))
    sharp = ruler.spectrum(grey, ruler.BANDS)
    blurred = ruler.spectrum(ndimage.gaussian_filter(grey, 2), ruler.BANDS)
    assert sharp.shape == (10,)
    assert np.ptp(sharp) < 1 < 5 < blurred[0] - blurred[-1]
    np.testing.assert_allclose(ruler.spectrum(0.5 * grey + 20, ruler.BANDS), sharp, atol=1e-6)


def test_the_record_belongs_to_the_recorded_split():
    rules = json.loads((RECORD / "ruler.json").read_text(encoding="utf-8"))["rules"]
    held = set(pd.read_csv(RECORD / "seed-0" / "predictions.csv")["path"])
    for rule in rules:
        assert rule["correct"] + len(rule["wrong"]) == rule["total"] == len(held) == 186
        assert set(rule["wrong"]) <= held


@pytest.mark.parametrize("page", QUOTED)
def test_pages_quote_the_record(page):
    rules = json.loads((RECORD / "ruler.json").read_text(encoding="utf-8"))["rules"]
    text = (ROOT / page).read_text(encoding="utf-8")
    size, sharpness = (rule["correct"] for rule in rules[:2])
    assert f"{size} of the 186" in text
    assert f"{sharpness}" in text.split(f"{size} of the 186")[1]
    assert "98.6" not in text

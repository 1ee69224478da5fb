"""The hard drawn pictures: deterministic, masked, in three parts, not told by simple features."""

import numpy as np
import pandas as pd
import pytest
from bookfiles import ROOT
from PIL import Image

from helpers import datasets
from helpers.datasets.drawn import files as drawings
from helpers.datasets.drawn import hard
from helpers.datasets.drawn.scene import Canvas
from helpers.errors import UserError
from results.drawn_baselines import baselines
from results.drawn_covered import make as drawn_covered


def pixels(number, seed=0, split="train"):
    """Return picture and mask of one bike and one ship, as arrays."""
    both = [drawings.draw(wnid, seed, split, number, "hard") for wnid in drawings.CLASSES]
    return [np.asarray(part) for picture, mask, _ in both for part in (picture, mask)]


def same(one, other):
    return [a.shape == b.shape and bool((a == b).all()) for a, b in zip(one, other, strict=True)]


def test_the_same_numbers_draw_the_same_picture():
    assert all(same(pixels(3), pixels(3)))


@pytest.mark.parametrize("other", [{"seed": 1}, {"split": "val"}, {"split": "test"}])
def test_other_numbers_draw_another_picture(other):
    assert not any(same(pixels(3), pixels(3, **other)))


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hard") / "small"
    return drawings.make(folder, train=6, val=4, test=4, style="hard")


def test_there_are_three_parts_of_both_classes(small):
    data = datasets.load(small)
    found = data.table.groupby(["split", "label"]).size().to_dict()
    assert found == {("train", 0): 3, ("train", 1): 3} | {
        (split, label): 2 for split in ("val", "test") for label in (0, 1)
    }


def test_every_picture_has_a_mask_of_its_size(small):
    for path in small.glob("t*/*/*.JPEG"):
        mask = drawings.load_mask(path)
        assert mask.shape == Image.open(path).size[::-1]
        assert 0.005 < mask.mean() < 0.6, path.name


def test_the_mask_is_turned_and_cut_as_the_picture_is():
    """A picture that is its own mask: both agree but for the filter at the edges."""
    for seed in range(4):
        canvas = Canvas(320, 240)
        corners = np.array([[150, 120], [450, 160], [420, 380], [180, 330]])
        canvas.polygon(corners, (255, 255, 255), True)
        picture, mask = hard.turned(canvas, np.random.default_rng(seed), (240, 180))
        assert picture.size == mask.size == (240, 180)
        assert ((np.asarray(picture)[..., 0] >= 128) == (np.asarray(mask) >= 128)).all()


def test_what_stands_in_front_is_not_in_the_mask():
    canvas = Canvas(200, 200)
    corners = np.array([[0, 0], [400, 0], [400, 400], [0, 400]])
    canvas.polygon(corners, (9, 9, 9), True)
    before = canvas.image.copy()
    for veil in hard.things.VEILS:
        veil(canvas, np.random.default_rng(0))
    changed = (np.asarray(canvas.image) != np.asarray(before)).any(axis=-1)
    assert changed.any()
    assert not np.asarray(canvas.mask)[changed].any()


def test_no_test_part_is_drawn_unless_asked_for(tmp_path):
    folder = drawings.make(tmp_path / "x", train=2, val=2, style="hard")
    assert sorted(path.name for path in folder.iterdir()) == ["masks", "train", "val"]


def test_another_style_is_refused(tmp_path):
    with pytest.raises(UserError, match="style must be one of plain, hard"):
        drawings.make(tmp_path / "x", train=2, val=2, style="easy")
    assert not (tmp_path / "x").exists()


def squares(count, split):
    """Return ``count`` pictures of each class, as the network sees them, and their labels."""
    drawn = [
        drawings.draw(wnid, 0, split, number, "hard")[0].resize((256, 256), Image.BILINEAR)
        for number in range(count)
        for wnid in drawings.CLASSES
    ]
    return np.stack([np.asarray(picture) for picture in drawn]), np.arange(2 * count) % 2


@pytest.mark.slow
def test_edge_directions_do_not_tell_the_classes():
    """Of the plain pictures they tell 99 of 100; the record has all baselines on all pictures."""
    learned, judged = squares(60, "train"), squares(40, "val")
    model = baselines.fitted(baselines.features(learned[0], "nine edge directions"), learned[1])
    right = model.score(baselines.features(judged[0], "nine edge directions"), judged[1])
    assert right < 0.85


def test_the_record_of_answers_belongs_to_the_pictures_and_to_the_counts_beside_it():
    record = ROOT / "results" / "drawn_baselines"
    answers = pd.read_csv(record / "test.csv").set_index("picture")
    counts = pd.read_csv(record / "baselines.csv").set_index(["pictures", "baseline"])["right"]
    assert answers.sum().to_dict() == counts["drawn"].to_dict()
    covered = pd.read_csv(ROOT / "results" / "drawn_covered" / "test.csv")
    assert set(answers.index) == set(covered["picture"])


# What is covered --------------------------------------------------------------------------------


def test_the_record_of_what_is_covered_belongs_to_the_pictures_of_today():
    record = pd.read_csv(ROOT / "results" / "drawn_covered" / "test.csv")
    assert len(record) == drawings.STYLES["hard"][1][2]
    assert record["covered"].between(0, 1).all()
    today = drawn_covered.table(6)
    there = record.set_index("picture").loc[today["picture"], "covered"]
    np.testing.assert_allclose(today["covered"], there, atol=1e-3)

"""Fewer pictures to learn from, and pairs that look alike across the parts."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import tiny
from PIL import Image

from helpers import datasets
from helpers.datasets import subsets
from helpers.errors import UserError


@pytest.fixture
def photos(folder):
    return datasets.load(folder)


def names_of(data):
    return {Path(path).parts[-2:] for path in data.subset("train").table["path"]}


def test_fewer_pictures_keep_their_sides_and_grow_into_each_other(photos):
    small, large = (subsets.fewer(photos, count, seed=3) for count in (7, 12))
    assert len(names_of(small)) == 7
    assert names_of(small) < names_of(large) < names_of(photos)
    counts = small.subset("train").table["label"].value_counts()
    assert abs(counts[0] - counts[1]) == 1
    pd.testing.assert_frame_equal(small.subset("val").table, photos.subset("val").table)
    assert names_of(subsets.fewer(photos, 7, seed=4)) != names_of(small)
    assert names_of(subsets.fewer(photos, 32)) == names_of(photos)


@pytest.mark.parametrize(("count", "said"), [(1, "at least 2"), (999, "blue has 16 training")])
def test_what_cannot_be_drawn_is_told(photos, count, said):
    with pytest.raises(UserError, match=said):
        subsets.fewer(photos, count)


def test_a_copy_on_the_other_side_is_the_nearest_pair(photos, tmp_path):
    few = subsets.fewer(photos, 12)
    learned = few.subset("train").table["path"].iloc[0]
    copy = {"path": str(tmp_path / "again.jpg"), "label": 0, "split": "val"}
    Image.open(learned).resize((300, 280)).save(copy["path"], quality=60)
    rows = pd.concat([few.table, pd.DataFrame([copy])], ignore_index=True)
    table = subsets.nearest_pairs(replace(few, table=rows), 3)
    assert table.loc[0, ["train", "val"]].tolist() == [learned, copy["path"]]
    assert table["train"].is_unique
    assert table["distance"][0] < 0.75 * table["distance"][1]


def test_black_and_white_are_as_far_apart_as_can_be(tmp_path):
    for side, colour in (("train", (0, 0, 0)), ("val", (255, 255, 255))):
        for name in "ab":
            tiny.picture(tmp_path / side / name / "x.png", colour)
    table = subsets.nearest_pairs(datasets.load(tmp_path), 1)
    assert table["distance"].tolist() == [1.0]

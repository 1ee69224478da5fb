"""The drawn pictures: deterministic, whole, varied, masked, and not to be told by their colours."""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers import datasets
from helpers.datasets.drawn import files as drawings
from helpers.errors import UserError


def pixels_of(folder):
    """A digest of the decoded pixels of every picture and mask, by name."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(np.asarray(Image.open(path))).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def drawn():
    return drawings.ensure()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return drawings.make(tmp_path_factory.mktemp("drawn") / "small", train=6, val=4)


def test_the_same_seed_draws_the_same_pictures(small, tmp_path):
    assert pixels_of(drawings.make(tmp_path / "again", train=6, val=4)) == pixels_of(small)


def test_a_picture_does_not_depend_on_how_many_there_are(small, tmp_path):
    more = pixels_of(drawings.make(tmp_path / "more", train=8, val=4))
    few = pixels_of(small)
    assert len(more) == len(few) + 4
    assert all(more[name] == digest for name, digest in few.items())


def test_another_seed_draws_other_pictures(small, tmp_path):
    other = pixels_of(drawings.make(tmp_path / "other", train=6, val=4, seed=1))
    assert not set(other.values()) & set(pixels_of(small).values())


def test_the_layout_is_imagenets(drawn):
    for split, count in (("train", 200), ("val", 50)):
        for wnid in drawings.CLASSES:
            pictures = sorted((drawn / split / wnid).iterdir())
            masks = sorted((drawn / "masks" / split / wnid).iterdir())
            assert len(pictures) == len(masks) == count
            assert all(path.name.startswith(f"{wnid}_") for path in pictures)
            assert {path.suffix for path in pictures} == {".JPEG"}


def test_sizes_and_shapes_vary(drawn):
    sizes = {Image.open(path).size for path in drawn.glob("train/*/*.JPEG")}
    assert len(sizes) >= 5
    assert any(width > height for width, height in sizes)
    assert any(width < height for width, height in sizes)
    for path in list(drawn.glob("train/*/*.JPEG"))[:5]:
        assert Image.open(path).format == "JPEG"


def test_masks_cover_an_object_and_not_everything(drawn):
    for path in drawn.glob("val/*/*.JPEG"):
        mask = drawings.load_mask(path)
        assert mask.shape == Image.open(path).size[::-1]
        assert 0.005 < mask.mean() < 0.8, path.name
        square = drawings.mask_square(path)
        assert square.shape == (256, 256)
        assert square.any(), path.name


def test_a_mask_lies_where_the_object_is(drawn):
    """Inside the mask a picture has more fine structure than outside, on average."""
    ratios = []
    for path in sorted(drawn.glob("val/*/*.JPEG")):
        grey = datasets.decode(path).mean(axis=-1)
        detail = np.abs(np.diff(grey, axis=1))[:-1] + np.abs(np.diff(grey, axis=0))[:, :-1]
        mask = drawings.mask_square(path)[:-1, :-1]
        ratios.append(detail[mask].mean() / detail[~mask].mean())
    assert np.median(ratios) > 1.5


@pytest.mark.parametrize("size", [(301, 226), (226, 301), (400, 300), (300, 300)])
def test_a_mask_is_cut_as_its_picture_is(tmp_path, size):
    """A picture that is its own mask: both squares agree but for the filter at the edges."""
    mask = Image.new("1", size)
    mask.paste(1, (size[0] // 2 - 60, size[1] // 2 - 40, size[0] // 2 + 21, size[1] // 2 + 33))
    for folder, suffix in (("val/n1", "JPEG"), ("masks/val/n1", "png")):
        (tmp_path / folder).mkdir(parents=True)
        name = tmp_path / folder / f"n1_1.{suffix}"
        mask.convert("RGB" if suffix == "JPEG" else "1").save(name)
    path = tmp_path / "val" / "n1" / "n1_1.JPEG"
    picture = datasets.decode(path).mean(axis=-1) >= 128
    assert (drawings.mask_square(path) != picture).sum() <= 12


def scores(features, data):
    """Accuracy of a logistic regression: five-fold on the training pictures, and held out."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000, C=0.1))
    train = (data.table["split"] == "train").to_numpy()
    labels = data.table["label"].to_numpy()
    folds = cross_val_score(model, features[train], labels[train], cv=5).mean()
    held_out = model.fit(features[train], labels[train]).score(features[~train], labels[~train])
    return folds, held_out


@pytest.mark.parametrize(("side", "limit"), [(1, 0.60), (16, 0.75)])
def test_a_linear_model_cannot_tell_the_classes(drawn, side, limit):
    data = datasets.load("embedded")
    squares = datasets.load_images(data)
    small = [Image.fromarray(square).resize((side, side), Image.BOX) for square in squares]
    features = np.stack([np.asarray(thumbnail, float).ravel() for thumbnail in small])
    assert max(scores(features, data)) < limit


def test_drawing_is_quick_enough(tmp_path):
    """400 + 100 pictures are to take under 15 s on two idle cores; here a tenth, with room."""
    start = time.perf_counter()
    drawings.make(tmp_path / "x", train=40, val=10)
    assert time.perf_counter() - start < 10


def test_an_interrupted_drawing_leaves_nothing_that_counts(tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path))
    real, calls = drawings.draw, []

    def fail(*arguments):
        calls.append(arguments)
        if len(calls) > 3:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(drawings, "draw", fail)
    with pytest.raises(KeyboardInterrupt):
        drawings.ensure(train=6, val=4)
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(drawings, "draw", real)
    assert len(list(drawings.ensure(train=6, val=4).glob("*/*/*.JPEG"))) == 10


def test_two_at_once_get_one_whole_folder(tmp_path, monkeypatch):
    """Both draw; the second to finish finds the name taken and uses the first one's folder."""
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path))
    with ThreadPoolExecutor(2) as pool:
        folders = list(pool.map(lambda _: drawings.ensure(train=6, val=4), range(2)))
    assert folders[0] == folders[1]
    assert list(tmp_path.iterdir()) == [folders[0]]
    assert len(list(folders[0].glob("*/*/*.JPEG"))) == 10


def test_the_second_call_draws_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path))
    first = drawings.ensure(train=4, val=2)
    monkeypatch.setattr(drawings, "make", None)
    assert drawings.ensure(train=4, val=2) == first


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"train": 1}, "train must be a whole number of at least 2"),
        ({"val": 2.5}, "val must be"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_bad_counts_are_refused(tmp_path, options, said):
    with pytest.raises(UserError, match=said):
        drawings.make(tmp_path / "x", **options)
    assert not (tmp_path / "x").exists()


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(UserError, match="is in use"):
        drawings.make(tmp_path, train=4, val=2)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_only_drawn_pictures_have_masks(tmp_path):
    with pytest.raises(UserError, match="only drawn pictures have masks"):
        drawings.load_mask(tmp_path / "val" / "bike" / "x.JPEG")

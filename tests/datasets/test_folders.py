"""Folders as people have them: parts, classes, what is left out and said, the cut, series."""

import errno
import json
import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import tiny
from PIL import Image, ImageFilter

from helpers import __main__ as cli
from helpers import datasets
from helpers.datasets import tree
from helpers.datasets.drawn import files as drawn
from helpers.errors import UserError


def picture(path, seed=0, size=(64, 48)):
    """Write a picture that resembles no other one: blots of colours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draw(seed).resize(size, Image.Resampling.BICUBIC).save(path)
    return path


def draw(seed, side=7):
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def fill(folder, names=("cat", "dog"), count=12, ending=".jpg", first=0):
    """Put ``count`` pictures into a sub-folder of each name."""
    for k, name in enumerate(names):
        for i in range(count):
            picture(folder / name / f"{name}{i:03d}{ending}", first + 1000 * k + i)
    return folder


def said(folder, capsys, *options):
    """Return what the command ``data`` prints about a folder that it accepts."""
    assert cli.main(["data", str(folder), *options]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    return told.out


def refused(folder, capsys, *options):
    """Return the one sentence with which ``data`` refuses a folder."""
    assert cli.main(["data", str(folder), *options]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    return told.err


def parts(data):
    return data.table["split"].value_counts().to_dict()


# --- Parts -----------------------------------------------------------------------------------

NAMES = [
    ("train", "val", "test"),
    ("train", "valid", "test"),
    ("Train", "Validation", "TEST"),
    ("training", "validation", "testing"),
    ("training_set", "val_set", "test_set"),
    ("train-data", "valid data", "test images"),
]


@pytest.mark.parametrize("names", NAMES)
def test_parts_made_by_hand_are_used_however_they_are_called(tmp_path, capsys, names):
    for k, (name, count) in enumerate(zip(names, (5, 3, 2), strict=True)):
        fill(tmp_path / name, count=count, first=100 * k)
    data = datasets.load(tmp_path)
    assert data.classes == ("cat", "dog")
    assert parts(data) == {"train": 10, "val": 6, "test": 4}
    assert not data.chosen_on_validation
    assert "cat: 5 training, 3 validation, 2 test" in said(tmp_path, capsys)
    for path, part in zip(data.table["path"], data.table["split"], strict=True):
        assert Path(path).is_absolute()
        assert names[("train", "val", "test").index(part)] in path


def test_train_and_val_stay_and_the_report_says_what_that_means(tmp_path, capsys):
    for k, name in enumerate(("train", "val")):
        fill(tmp_path / name, count=4, first=100 * k)
    assert datasets.load(tmp_path).chosen_on_validation
    assert "no test part" in said(tmp_path, capsys)


def test_train_and_test_get_their_validation_from_train(tmp_path):
    fill(tmp_path / "train", count=20)
    fill(tmp_path / "test", count=3, first=50)
    data = datasets.load(tmp_path)
    expected = {"training": [16, 16], "validation": [4, 4], "test": [3, 3]}
    assert data.counts().to_dict("list") == expected
    assert list(data.counts().index) == ["cat", "dog"]
    assert all("/test/" in path for path in data.subset("test").table["path"])


@pytest.mark.parametrize("name", ["train", "Training", "test", "val"])
def test_a_folder_called_like_a_part_that_holds_pictures_is_a_class(tmp_path, name):
    fill(tmp_path, (name, "plane", "ship"))
    assert set(datasets.load(tmp_path).classes) == {name, "plane", "ship"}


def test_what_lies_beside_the_parts_is_named(tmp_path, capsys):
    fill(tmp_path / "train", count=5)
    fill(tmp_path / "val", count=5, first=50)
    fill(tmp_path, ("extra",), 3)
    picture(tmp_path / "loose.jpg")
    output = said(tmp_path, capsys)
    assert "extra/: 3 pictures left out" in output
    assert "1 picture in no class folder" in output
    assert datasets.load(tmp_path).classes == ("cat", "dog")


def test_a_class_that_nothing_judges_is_named(tmp_path, capsys):
    names = ("cat", "dog", "fox", "owl")
    fill(tmp_path / "train", names, 5)
    fill(tmp_path / "test", names[:2], 3, first=50)
    assert "  no test picture of fox, owl: nothing will be known" in said(tmp_path, capsys)
    fill(tmp_path / "test", names[2:], 3, first=7000)
    assert "no test picture" not in said(tmp_path, capsys)


def test_unlabelled_test_pictures_are_named(tmp_path, capsys):
    fill(tmp_path / "train", count=10)
    fill(tmp_path, ("test",), 4)
    assert "test/: 4 pictures left out, in no class folders" in said(tmp_path, capsys)


def test_parts_inside_each_class(tmp_path):
    for name in ("cat", "dog"):
        fill(tmp_path / name, ("train",), 4)
        fill(tmp_path / name, ("valid",), 2, first=50)
    data = datasets.load(tmp_path)
    assert data.classes == ("cat", "dog")
    assert parts(data) == {"train": 8, "val": 4}


def test_what_cannot_be_told_is_asked(tmp_path, capsys):
    fill(tmp_path / "train", ("2022", "2023"), 5)
    fill(tmp_path, ("plane", "ship"), 5)
    assert "lies beside plane, ship; if it is a class" in refused(tmp_path, capsys)
    shutil.rmtree(tmp_path / "train")
    fill(tmp_path / "val", ("plane", "ship"), 5)
    shutil.rmtree(tmp_path / "plane")
    shutil.rmtree(tmp_path / "ship")
    fill(tmp_path / "test", ("plane", "ship"), 5)
    assert "no train/ to learn from" in refused(tmp_path, capsys)


def test_one_folder_around_all_is_passed_through(tmp_path, capsys):
    fill(tmp_path / "pets" / "inner", count=10)
    (tmp_path / "pets" / "__MACOSX" / "inner").mkdir(parents=True)
    (tmp_path / "pets" / "readme.txt").write_text("pets")
    output = said(tmp_path / "pets", capsys)
    assert "read is inner/" in output
    assert "cat: 6 training" in output


# --- What systems and people leave there -----------------------------------------------------

SYSTEM = ["__MACOSX", "@eaDir", ".ipynb_checkpoints", "$RECYCLE.BIN", "#recycle", ".Trash-1000"]


@pytest.mark.parametrize("name", SYSTEM)
def test_system_folders_are_no_classes(tmp_path, name, capsys):
    fill(tmp_path, count=10)
    fill(tmp_path / name, ("cat",), 2, first=70)
    (tmp_path / name / "cat" / "._cat000.jpg").write_bytes(b"x")
    picture(tmp_path / "cat" / name / "thumb.jpg")
    picture(tmp_path / "cat" / "@eaDir" / "cat000.jpg" / "THUMB.jpg")
    for junk in ("Thumbs.db", ".DS_Store", "._cat001.jpg", "desktop.ini"):
        (tmp_path / "cat" / junk).write_bytes(b"junk")
    data = datasets.load(tmp_path)
    assert data.classes == ("cat", "dog")
    assert len(data) == 20
    assert name in said(tmp_path, capsys)


def test_empty_folders_and_runs_are_no_classes(tmp_path, capsys):
    fill(tmp_path, count=10)
    (tmp_path / "results" / "deep").mkdir(parents=True)
    picture(tmp_path / "run" / "curves.png")
    (tmp_path / "run" / "recipe.json").write_text("{}")
    picture(tmp_path / "cat" / "run" / "confusion.png")
    (tmp_path / "cat" / "run" / "recipe.json").write_text("{}")
    output = said(tmp_path, capsys)
    assert "results/ holds no picture: no class" in output
    assert "run/ holds a training run: no class" in output
    assert len(datasets.load(tmp_path)) == 20
    (tmp_path / "one" / "empty").mkdir(parents=True)
    fill(tmp_path / "one", ("cat",))
    assert "found 1 class folder(s) with pictures" in refused(tmp_path / "one", capsys)


def test_sub_folders_of_a_class_are_read_and_said(tmp_path, capsys):
    fill(tmp_path, count=10)
    fill(tmp_path / "cat", ("2023", "2024"), 4, first=300)
    data = datasets.load(tmp_path)
    assert data.table["label"].value_counts().to_dict() == {0: 18, 1: 10}
    assert "cat/: 8 pictures in sub-folders read as cat (2023, 2024)" in said(tmp_path, capsys)


def test_a_link_back_up_ends(tmp_path):
    fill(tmp_path, count=10)
    (tmp_path / "cat" / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "bird").symlink_to(tmp_path / "dog", target_is_directory=True)
    data = datasets.load(tmp_path)
    assert data.classes == ("bird", "cat", "dog")
    assert len(data) == 30


def test_a_link_to_a_folder_above_brings_nothing_in(tmp_path, capsys):
    fill(tmp_path / "photos", count=10)
    fill(tmp_path, ("secret",), 3)
    (tmp_path / "photos" / "cat" / "back").symlink_to(tmp_path, target_is_directory=True)
    assert "back, a link back up" in said(tmp_path / "photos", capsys)
    assert len(datasets.load(tmp_path / "photos")) == 20


@pytest.mark.parametrize("ending", [".CR2", ".nef", ".DNG"])
def test_raw_files_are_named_with_what_to_do(tmp_path, capsys, ending):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for i in range(3):
            (tmp_path / name / f"{i}{ending}").write_bytes(b"II*\0")
    told = refused(tmp_path, capsys)
    assert f"6 raw files of a camera (6 {ending.lower()}; export as JPEG or PNG)" in told
    fill(tmp_path, count=10)
    assert "3 raw files of a camera" in said(tmp_path, capsys)


ENDINGS = (".ppm", ".pgm", ".pbm", ".pnm", ".jpe", ".jp2", ".j2k", ".tga", ".webp", ".avif")
ENDINGS += (".JPG", ".Png", ".bmp", ".gif", ".tiff", ".dib", ".pcx", ".ico", ".jfif", ".qoi")


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_that_pillow_reads(tmp_path, ending):
    fill(tmp_path, count=3, ending=ending)
    data = datasets.load(tmp_path)
    assert len(data) == 6
    assert datasets.load_images(data).std() > 10 or ending == ".pbm"


def test_endings_of_no_picture_are_counted_and_odd_ones_looked_into(tmp_path, capsys):
    fill(tmp_path, count=10)
    first = tmp_path / "cat" / "cat000.jpg"
    for i in range(4):
        shutil.copy(picture(tmp_path / f"{i}.jpg", 500 + i), tmp_path / "cat" / f"IMG_{i}")
        (tmp_path / f"{i}.jpg").unlink()
    shutil.copy(first, tmp_path / "dog" / "old.jpg_large")
    for name in ("a.dng", "b.dng", "notes.txt", "README", "film.mpg", "c.pdf"):
        (tmp_path / "dog" / name).write_text("no picture")
    output = said(tmp_path, capsys)
    assert "dog/: 3 files that are no pictures by ending (1 " in output
    assert "1 PDF file (1 .pdf; save its pages as JPEG or PNG)" in output
    assert "2 raw files of a camera (2 .dng" in output
    assert all(kind in output for kind in ("1 .txt", "1 without", "1 .mpg"))
    assert datasets.load(tmp_path).table["label"].value_counts().to_dict() == {0: 14, 1: 11}


# --- Names -----------------------------------------------------------------------------------


def test_one_name_in_two_spellings_is_one_class(tmp_path):
    composed, apart = (unicodedata.normalize(form, "vélo") for form in ("NFC", "NFD"))
    fill(tmp_path / "train", (composed, "dog"), 5)
    fill(tmp_path / "val", (apart, "dog"), 5, first=50)
    data = datasets.load(tmp_path)
    assert data.classes == ("dog", composed)
    assert parts(data) == {"train": 10, "val": 10}
    assert datasets.load(tmp_path, classes=(apart, "dog")).classes == data.classes


def test_the_cut_does_not_depend_on_the_spelling(tmp_path):
    found = []
    for form in ("NFC", "NFD"):
        names = [unicodedata.normalize(form, text) for text in ("vélo", "bâteau")]
        data = datasets.load(fill(tmp_path / form, names, 15))
        keys = [unicodedata.normalize("NFC", Path(path).name) for path in data.table["path"]]
        found.append(dict(zip(keys, data.table["split"], strict=True)))
    assert found[0] == found[1]


@pytest.mark.skipif(sys.platform != "linux", reason="the file system decides")
def test_names_that_are_not_utf8(tmp_path, capsys):
    fill(tmp_path, count=10)
    odd = os.fsencode(tmp_path / "cat") + b"/caf\xe9.jpg"
    Path(os.fsdecode(odd)).write_bytes(picture(tmp_path / "x.jpg", 900).read_bytes())
    (tmp_path / "x.jpg").unlink()
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    for i in range(10):
        picture(folder / f"{i}.jpg", 800 + i)
    data = datasets.load(tmp_path)
    assert data.classes == ("caf\\xe9", "cat", "dog")
    assert len(data) == 31
    assert datasets.load_images(data).shape[0] == 31
    assert "caf\\xe9: 6 training" in said(tmp_path, capsys)


# --- The cut ---------------------------------------------------------------------------------


@pytest.mark.parametrize("counts", [(10, 10), (30, 95), (11, 57, 23)])
def test_sixty_twenty_twenty_of_each_class(tmp_path, counts):
    names = [f"class{k}" for k in range(len(counts))]
    for k, (name, count) in enumerate(zip(names, counts, strict=True)):
        fill(tmp_path, (name,), count, first=2000 * k)
    table = datasets.load(tmp_path).counts()
    for column, share in (("training", 0.6), ("validation", 0.2), ("test", 0.2)):
        assert (abs(table[column] - share * np.array(counts)) <= 1).all(), table


def test_equal_names_in_two_classes_are_cut_each_on_its_own(tmp_path):
    for k, name in enumerate(("cat", "dog")):
        for i in range(30):
            picture(tmp_path / name / f"IMG_{i:04d}.jpg", 1000 * k + i)
    table = datasets.load(tmp_path).table
    held = [table[(table["label"] == k) & (table["split"] != "train")]["path"] for k in (0, 1)]
    cats, dogs = ({Path(path).name for path in paths} for paths in held)
    assert len(cats) == len(dogs) == 12
    assert cats != dogs


def test_a_new_picture_moves_few_others(tmp_path):
    fill(tmp_path, count=30)
    for i in range(5):
        before = datasets.load(tmp_path).table.set_index("path")["split"]
        picture(tmp_path / "cat" / f"new{i}.jpg", 700 + i)
        after = datasets.load(tmp_path).table.set_index("path")["split"]
        assert (after[before.index] != before).sum() <= 2


def test_few_pictures_have_no_test_part_and_it_is_said(tmp_path, capsys):
    fill(tmp_path, ("cat",), 9)
    fill(tmp_path, ("dog",), 40, first=100)
    data = datasets.load(tmp_path)
    assert data.counts().to_dict("list") == {"training": [7, 32], "validation": [2, 8]}
    assert data.chosen_on_validation
    assert len(data.subset("test")) == 0
    assert data.subset("train").chosen_on_validation
    assert "chosen on these" in said(tmp_path, capsys)


# --- Series ----------------------------------------------------------------------------------


def sides(data, names):
    table = data.table.assign(name=[Path(path).name for path in data.table["path"]])
    return set(table[table["name"].isin(names)]["split"])


def photo(seed):
    """A picture with detail at every size, as photographs have."""
    big = draw(seed, 9).resize((320, 240), Image.Resampling.BICUBIC)
    fine = draw(seed + 50_000, 60).resize((320, 240), Image.Resampling.BICUBIC)
    return Image.blend(big, fine, 0.25)


CHANGES = {
    "quality": lambda image: image,
    "halved": lambda image: image.resize((160, 120)),
    "cropped": lambda image: image.crop((5, 4, 315, 236)),
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(1)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_copies_stay_on_one_side(tmp_path, change):
    """Twelve pictures and a copy of each, which by chance would often be on another side."""
    for k, name in enumerate(("cat", "dog")):
        for i in range(12):
            image = photo(100 * k + i)
            path = tmp_path / name / f"{i}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            image.save(path, quality=90)
            CHANGES[change](image).save(tmp_path / name / f"z{97 - 7 * i}_{i}.jpg", quality=60)
    data = datasets.load(tmp_path)
    for name in ("cat", "dog"):
        table = data.table[[f"/{name}/" in path for path in data.table["path"]]]
        split = {
            Path(path).name: part for path, part in zip(table["path"], table["split"], strict=True)
        }
        assert set(split.values()) == {"train", "val", "test"}
        for i in range(12):
            assert split[f"{i}.jpg"] == split[f"z{97 - 7 * i}_{i}.jpg"]


def shifted(image, steps):
    """The same place a moment later."""
    return image.rotate(1.5 * steps).crop((30, 20, 290, 220))


def taken(second):
    exif = Image.Exif()
    exif[0x0132] = f"2024:05:01 12:00:{second:02d}"
    return exif


@pytest.mark.parametrize("by", ["number", "time"])
def test_a_burst_stays_on_one_side(tmp_path, by):
    fill(tmp_path, count=20)
    names = [f"f{i}.jpg" if by == "number" else f"{chr(99 + 4 * i)}.jpg" for i in range(6)]
    for i, name in enumerate(names):
        exif = taken(2 * i) if by == "time" else Image.Exif()
        shifted(photo(7), i).save(tmp_path / "cat" / name, exif=exif)
    assert len(sides(datasets.load(tmp_path), names)) == 1


def test_no_series_swallows_a_class(tmp_path, capsys):
    fill(tmp_path, ("dog",), 20)
    (tmp_path / "cat").mkdir()
    for i in range(20):
        photo(7).save(tmp_path / "cat" / f"{i}.jpg", quality=60 + i)
    counts = datasets.load(tmp_path).counts()
    assert counts["training"].tolist() == [12, 12]
    assert counts.loc["cat"].tolist() == [12, 4, 4]
    assert "cat/: 20 of 20 pictures are one series: it was cut" in said(tmp_path, capsys)


def test_drawn_pictures_are_no_series(tmp_path):
    from helpers.datasets import series

    folder = drawn.make(tmp_path / "drawn", 60, 2, masks=False)
    paths = sorted(map(str, folder.glob("train/*/*.JPEG")))
    groups = series.found([paths], Path("."))[0]
    assert sum(len(group) for group in groups if len(group) > 1) <= len(paths) / 100


def test_above_many_files_only_equal_bytes_are_together(tmp_path, monkeypatch):
    from helpers.datasets import series

    monkeypatch.setattr(series, "MANY", 10)
    monkeypatch.setattr(series, "look_at", None)
    fill(tmp_path, count=20)
    for i in range(6):
        shutil.copy(tmp_path / "cat" / f"cat00{i}.jpg", tmp_path / "cat" / f"x{i}.jpg")
    data = datasets.load(tmp_path)
    for i in range(6):
        assert len(sides(data, (f"cat00{i}.jpg", f"x{i}.jpg"))) == 1


# --- Judging other pictures ------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 7])
@pytest.mark.parametrize("names", [("cat", "dog"), ("dog",)])
def test_judged_pictures_are_not_cut(tmp_path, count, names):
    fill(tmp_path, names, count)
    data = datasets.load(tmp_path, judge=True, classes=("dog", "cat"))
    assert data.classes == ("dog", "cat")
    assert parts(data) == {"test": count * len(names)}
    assert set(data.table["label"]) == {("dog", "cat").index(name) for name in names}
    assert not data.chosen_on_validation


def test_judged_folders_keep_their_parts_and_name_strangers(tmp_path):
    fill(tmp_path / "train", ("cat",), 2)
    fill(tmp_path / "val", ("cat",), 3, first=50)
    data = datasets.load(tmp_path, judge=True, classes=("cat", "dog"))
    assert parts(data) == {"val": 3, "train": 2}
    fill(tmp_path / "train", ("bird",), 2)
    with pytest.raises(UserError, match="pictures of bird, which the network does not know"):
        datasets.load(tmp_path, judge=True, classes=("cat", "dog"))
    with pytest.raises(UserError, match="no pictures of mouse, rat, one folder a class; it has"):
        datasets.load(tmp_path, judge=True, classes=("mouse", "rat"))
    for classes in (("n03792782", "n03095699"), ("n03792782", "cat")):  # of it none, and one
        with pytest.raises(UserError, match=r"n03792782 \(mountain bike\)"):
            datasets.load(tmp_path, judge=True, classes=classes)


def test_names_that_differ_in_capitals_and_pictures_in_the_cloud_are_told(tmp_path, capsys):
    fill(tmp_path, ("Cats", "cats", "dogs"), 10)
    (tmp_path / "dogs" / ".p1.jpg.icloud").write_bytes(b"bplist00")
    told = said(tmp_path, capsys)
    assert "Cats and cats differ in capital letters alone" in told
    assert "1 picture still in the cloud (1 .icloud; download first)" in told
    assert "--folds 5" in told


@pytest.mark.parametrize(
    ("names", "dates"),
    [
        (("2019", "2020"), "2019, 2020"),
        (("2019-05", "2019-06", "2019-07"), "2019-05, 2019-06, 2019-07"),
        (("20190501", "2020_01_31", "cats"), "20190501, 2020_01_31"),
        (("2019", "cats"), ""),  # one alone may be anything
        (("1", "2"), ""),
        (("20191", "20201399"), ""),
        (("747", "1815"), ""),
    ],
)
def test_classes_called_like_dates_are_told(tmp_path, capsys, names, dates):
    fill(tmp_path, names, 10)
    told = said(tmp_path, capsys)
    assert ("look like dates" in told) is bool(dates)
    if dates:
        assert f"{dates} look like dates: as classes they teach when a picture was taken" in told


def test_pictures_in_the_cloud_are_told_of_an_archive_too(tmp_path, capsys):
    fill(tmp_path / "photos", ("cats", "dogs"), 10)
    (tmp_path / "photos" / "dogs" / ".p1.heic.icloud").write_bytes(b"bplist00")
    shutil.make_archive(tmp_path / "takeout", "zip", tmp_path, "photos")
    assert "dogs/: 1 picture still in the cloud" in said(tmp_path / "takeout.zip", capsys)


def test_a_class_that_one_part_lacks_is_named_with_the_parts(tmp_path):
    fill(tmp_path / "Train", ("a", "b"), 3)
    fill(tmp_path / "Valid", ("a", "b"), 2, first=20)
    fill(tmp_path / "Test", ("a", "z"), 2, first=40)
    said = r"no folder for the class 'z' for training, only one for test; it has a, b for training"
    with pytest.raises(UserError, match=said):
        datasets.load(tmp_path)


def test_folds_are_advised_only_where_they_can_be_made(tmp_path, capsys):
    fill(tmp_path, ("a", "b"), 3)
    assert "--folds" not in said(tmp_path, capsys)


def test_it_is_said_which_class_is_too_small_for_a_test_part(tmp_path, capsys):
    fill(tmp_path, ("cat",), 12)
    fill(tmp_path, ("dog",), 7, first=50)
    told = said(tmp_path, capsys)
    assert "dog has 7 pictures; from 10 in each class on" in told


# --- Slow and broken places ------------------------------------------------------------------


def test_what_takes_long_is_told_with_progress(tmp_path):
    """In a process of its own: what a reader sees while every file takes a while."""
    fill(tmp_path, count=12)
    code = (
        "import time, sys\n"
        "from helpers import __main__ as cli\n"
        "from helpers.datasets import folder, waiting\n"
        "waiting.FIRST, waiting.EVERY = 0.2, 0.3\n"
        "real = folder.check\n"
        "def slow(path, **how):\n    time.sleep(0.1)\n    real(path, **how)\n"
        "folder.check = slow\n"
        f"sys.exit(cli.main(['data', {str(tmp_path)!r}]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=tiny.environment(tmp_path), capture_output=True, text=True
    )
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    told = next(i for i, line in enumerate(lines) if line.startswith("checking 24 files in "))
    assert "copy a zip" not in done.stderr  # it lies on this machine
    assert " of 24" in lines[told + 1]


def test_a_place_that_breaks_is_one_sentence(tmp_path, capsys, monkeypatch):
    fill(tmp_path, count=3)
    real = os.scandir

    def broken(folder):
        if str(folder).endswith("dog"):
            raise OSError(errno.EIO, "Input/output error")
        return real(folder)

    monkeypatch.setattr(tree.os, "scandir", broken)
    told = refused(tmp_path, capsys)
    assert f"{tmp_path / 'dog'} cannot be read: Input/output error" in told
    assert "copy the pictures" in told


# --- The command -----------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["embedded", "drawn"])
def test_the_set_just_written_is_described(tmp_path, capsys, monkeypatch, source):
    """Also when its folder is called like the drawn pictures that lie elsewhere."""
    monkeypatch.chdir(tmp_path)
    real = drawn.make
    few = lambda folder, seed, style: real(folder, 4, 2, seed, style=style)  # noqa: E731
    monkeypatch.setattr(drawn, "make", few)
    assert cli.main(["data", source, "--out", source, "--seed", "3"]) == 0
    output = capsys.readouterr().out
    assert "2 training, 1 validation" in output
    assert "6 pictures" in output


def test_a_seed_is_used_or_refused(tmp_path, capsys, monkeypatch):
    asked = []

    def ensure(seed=0, style="plain"):
        asked.append((seed, style))
        return fill(tmp_path / f"pictures {style}")

    monkeypatch.setattr(drawn, "ensure", ensure)
    assert cli.main(["data", "embedded", "--seed", "3"]) == 0
    assert cli.main(["data", "drawn", "--seed", "4"]) == 0
    assert asked == [(3, "plain"), (4, "hard")]
    capsys.readouterr()
    assert "--seed goes with embedded" in refused(tmp_path / "drawn", capsys, "--seed", "3")


@pytest.mark.parametrize("name", ["mnist", "embedded", "auto", "imagenet-download"])
def test_folders_called_like_a_source_are_reached(tmp_path, capsys, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / name, ("x", "y"), 10)
    assert "x: 6 training" in said(f"./{name}", capsys)


def test_a_class_that_the_parts_do_not_share_is_named(tmp_path, capsys):
    fill(tmp_path / "train", ("cat", "dog"), 3)
    fill(tmp_path / "val", ("cat", "Dog"), 3, first=50)
    assert "no folder for the class" in refused(tmp_path, capsys)


# --- The download ----------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["train", "val"])
def test_a_download_leaves_other_peoples_pictures_alone(tmp_path, capsys, part):
    mine = picture(tmp_path / part / "n03792782" / "mine.JPEG")
    before = mine.read_bytes()
    command = ["data", "imagenet-download", "--out", str(tmp_path), "--accept-imagenet-terms"]
    assert cli.main(command) == 2
    told = capsys.readouterr().err
    assert "was not written by this command, so nothing was fetched" in told
    assert mine.read_bytes() == before
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]


def test_notes_reach_whoever_trains(tmp_path):
    """What is left out is also in the table that a program gets."""
    fill(tmp_path, count=10)
    (tmp_path / "cat" / "notes.txt").write_text("x")
    notes = datasets.load(tmp_path).notes
    assert notes[:1] == ("cat/: 1 file that is no picture by ending (1 .txt) left out",)
    assert not any("left out" in note for note in notes[1:])
    assert json.dumps(notes)


@pytest.mark.parametrize("ending", [".tif", ".gif", ".webp", ".png"])
def test_files_of_which_only_the_first_frame_is_read_are_counted(tmp_path, capsys, ending):
    fill(tmp_path / "photos")
    for i in range(2):
        frames = [draw(70 + 5 * i + k).resize((64, 48)) for k in range(3)]
        path = tmp_path / "photos" / "cat" / f"film{i}{ending}"
        frames[0].save(path, save_all=True, append_images=frames[1:])
    single = tmp_path / "photos" / "dog" / f"single{ending}"
    draw(99).save(single)
    told = said(tmp_path / "photos", capsys)
    assert told.count("pages or frames") == 1
    assert f"2 files hold several pages or frames (such as cat/film0{ending}): only" in told


def test_what_a_phone_puts_behind_a_photograph_is_no_second_frame(tmp_path, capsys):
    fill(tmp_path / "photos")
    path = tmp_path / "photos" / "cat" / "phone.jpg"
    draw(1).resize((64, 48)).save(path, "MPO", save_all=True, append_images=[draw(2)])
    path.with_suffix(".mpo").write_bytes(picture(tmp_path / "x.jpg", 5).read_bytes())
    assert "frames" not in said(tmp_path / "photos", capsys)


def test_copies_within_a_class_are_counted_in_one_line(tmp_path, capsys):
    fill(tmp_path / "photos", count=20)
    for i in range(3):
        shutil.copy(
            tmp_path / "photos" / "cat" / "cat004.jpg", tmp_path / "photos/cat" / f"{i}.jpg"
        )
    told = said(tmp_path / "photos", capsys)
    assert "3 pictures are exact copies of others in their class and part" in told
    assert "the same as" not in told


def test_folders_that_differ_only_in_how_an_accent_is_stored_are_told(tmp_path, capsys):
    fill(tmp_path / "photos", names=("caf\xe9", "dog"))
    fill(tmp_path / "photos", names=("cafe\u0301",), first=500)
    if len(list((tmp_path / "photos").iterdir())) == 2:
        pytest.skip("the file system keeps one spelling")
    told = said(tmp_path / "photos", capsys)
    assert "caf\xe9/: 2 folders whose names differ only in how an accent is stored" in told
    assert "48" not in told.splitlines()[0]
    assert "36 pictures, 2 classes" in told


WINDOWS = [
    "con",
    "Aux",
    "NUL",
    "com1",
    "LPT\xb9",
    "aux.photos",
    "dog.",
    "dog ",
    "a:b",
    "what?",
    "a|b",
]


@pytest.mark.parametrize("name", WINDOWS)
def test_a_name_that_windows_refuses_is_a_hint(tmp_path, capsys, name):
    fill(tmp_path / "photos", names=("cat", name))
    told = said(tmp_path / "photos", capsys)
    assert "Windows takes no folder of such a name" in told
    assert name in told


@pytest.mark.parametrize(
    "name", ["cone", "auxiliary", "com", "com10", "nul_", ".con", "a.con", "b c"]
)
def test_other_names_are_none_of_windows_business(tmp_path, capsys, name):
    if name.startswith("."):
        name = f"x{name}"
    fill(tmp_path / "photos", names=("cat", name))
    assert "Windows" not in said(tmp_path / "photos", capsys)


# --- What is said of odd folders ---------------------------------------------------------------


def test_folders_of_one_part_are_read_together_and_that_is_said(tmp_path, capsys):
    fill(tmp_path / "train", count=12)
    fill(tmp_path / "Training", count=6, first=5000)
    told = said(tmp_path, capsys)
    assert "36 pictures" in told
    assert "Training/ and train/ are read together, as the part train, and all of it" in told
    fill(tmp_path / "test", count=4, first=9000)
    told = said(tmp_path, capsys)
    assert "are read together, as the part train" in told
    assert "anew" not in told


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_class_with_a_comma_can_be_chosen_however_it_is_stored(tmp_path, capsys, stored, packed):
    name = "Müll, gelb"
    place = fill(tmp_path / "p", (unicodedata.normalize(stored, name), "cat", "dog"))
    if packed:
        place = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, "p"))
    told = said(place, capsys, "--classes", unicodedata.normalize("NFC", name), "cat")
    assert "24 pictures, 2 classes" in told
    assert "'Müll, gelb'" in refused(place, capsys, "--classes", "bird")


def test_pictures_beside_a_table_are_counted(tmp_path, capsys):
    for i in range(16):
        picture(tmp_path / "all" / f"{chr(97 + i)}.jpg", i)
    (tmp_path / "all" / "labels.csv").write_text("a,b")
    told = refused(tmp_path / "all", capsys)
    assert "16 pictures lie in no class folder" in told


def test_parts_without_one_to_learn_from_are_named(tmp_path, capsys):
    for part in ("test", "val"):
        fill(tmp_path / part, count=4)
    assert "has test/ and val/ but no train/" in refused(tmp_path, capsys)


def test_drawings_as_text_have_their_remedy(tmp_path, capsys):
    fill(tmp_path)
    (tmp_path / "cat" / "logo.svg").write_text("<svg/>")
    assert "1 SVG drawing (1 .svg; export as PNG)" in said(tmp_path, capsys)


def test_what_is_said_of_one_cut_is_not_said_of_folds(tmp_path):
    from helpers.training import folds

    fill(tmp_path, count=12)
    for name in ("cat", "dog"):
        for i in range(2, 10):  # so that few series are left to deal out
            shutil.copy(tmp_path / name / f"{name}001.jpg", tmp_path / name / f"{name}{i:03d}.jpg")
    data = datasets.load(tmp_path)
    assert data.of_parts
    assert set(data.of_parts) <= set(data.notes)
    dealt = folds.dealt(data, (1, 3))
    assert list(dealt.notes) == [note for note in data.notes if note not in data.of_parts]

"""Folders as people have them: links, half downloads, all in one folder, one level too deep."""

import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from test_folders import fill, parts, picture, refused, said
from tiny import call

from helpers import datasets
from helpers.datasets import flat, waiting
from helpers.errors import UserError
from helpers.evaluation import inputs

LINKS = {
    "link": lambda first, new: new.symlink_to(first),
    "hard link": lambda first, new: os.link(first, new),
    "copy": lambda first, new: new.write_bytes(first.read_bytes()),
}


@pytest.mark.parametrize("how", LINKS)
def test_copies_and_links_do_not_make_the_tenth_picture(tmp_path, capsys, how):
    fill(tmp_path, ("temple",), 9)
    fill(tmp_path, ("dahlia",), 12, first=500)
    LINKS[how](tmp_path / "temple" / "temple003.jpg", tmp_path / "temple" / "again.jpg")
    told = said(tmp_path, capsys)
    assert "no test part" in told
    assert "temple/: 10 pictures, 9 without copies and links; from 10 on" in told
    assert "test" not in parts(datasets.load(tmp_path))
    picture(tmp_path / "temple" / "tenth.jpg", 900)
    told = said(tmp_path, capsys)
    assert "without copies" not in told
    assert parts(datasets.load(tmp_path))["test"] >= 4


def test_a_part_of_one_series_is_named(tmp_path, capsys):
    """However many files there are, a part with one picture of a class says little of it."""
    fill(tmp_path, ("cat",), 12)
    for number in range(3):  # three moments, four copies each
        first = picture(tmp_path / "dog" / f"m{number}.jpg", 700 + number).read_bytes()
        for i in range(3):
            (tmp_path / "dog" / f"m{number}c{i}.jpg").write_bytes(first)
    fill(tmp_path, ("dog",), 8, first=800)
    data = datasets.load(tmp_path)
    table = data.table[data.table["label"] == 1]
    contents = table["path"].map(lambda path: open(path, "rb").read())
    small = [part for part in ("val", "test") if contents[table["split"] == part].nunique() < 2]
    told = said(tmp_path, capsys)
    assert ("dog/: one picture or series only for" in told) == bool(small)
    assert "cat/: one" not in told


@pytest.mark.parametrize("seed", range(6))
def test_a_small_part_is_named_exactly_where_it_is(tmp_path, seed):
    fill(tmp_path, ("cat",), 12)
    for number in range(11):
        first = picture(tmp_path / "dog" / f"{seed}m{number}.jpg", 50 * seed + number + 300)
        if number % 3 == 0:
            (first.parent / f"{seed}c{number}.jpg").write_bytes(first.read_bytes())
    data = datasets.load(tmp_path)
    table = data.table[data.table["label"] == 1]
    contents = table["path"].map(lambda path: open(path, "rb").read())
    small = [part for part in ("val", "test") if contents[table["split"] == part].nunique() < 2]
    assert any("dog/: one picture or series" in note for note in data.notes) == bool(small)


ENDINGS = [".crdownload", ".part", ".partial", ".download", ".opdownload", ".tmp", ".CRDOWNLOAD"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_unfinished_downloads_are_left_out_and_named(tmp_path, capsys, ending):
    fill(tmp_path, ("cat", "dog"), 10)
    whole = (tmp_path / "cat" / "cat000.jpg").read_bytes()
    (tmp_path / "cat" / f"new.jpg{ending}").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "dog" / f"Unconfirmed 7{ending}").write_bytes(whole[:300])
    (tmp_path / "dog" / "list.txt").write_text("dogs")
    told = said(tmp_path, capsys)
    kind = re.escape(ending.lower())
    assert re.search(rf"cat/: 1 unfinished download \(1 {kind}; fetch again\) left out", told)
    assert re.search(rf"1 file that .* \(1 \.txt\) and 1 unfinished download \(1 {kind};", told)
    assert len(datasets.load(tmp_path)) == 20


def test_safari_keeps_an_unfinished_picture_in_a_folder(tmp_path, capsys):
    fill(tmp_path, ("cat", "dog"), 10)
    picture(tmp_path / "cat" / "new.jpg.download" / "new.jpg")
    assert "cat/: 1 unfinished download (1 .download" in said(tmp_path, capsys)


@pytest.mark.parametrize("count", [1, 17])
def test_one_level_too_deep_names_the_folder_above(tmp_path, count):
    fill(tmp_path, ("temple", "dahlia"), count)
    pictures = "1 picture" if count == 1 else "17 pictures"
    wanted = f"holds {pictures} itself and no class folders; name the folder above, {tmp_path}."
    with pytest.raises(UserError, match=re.escape(wanted)):
        datasets.load(tmp_path / "temple", judge=True, classes=("dahlia", "temple"))
    with pytest.raises(UserError, match="folder called like their class"):
        datasets.load(tmp_path / "temple", judge=True, classes=("dahlia", "rose"))


@pytest.mark.parametrize("place", ["train", "train/train", "."])
@pytest.mark.parametrize("form", ["{}.{}", "{}_{:03d}", "{}{}", "{} ({})", "{}-{}"])
def test_all_classes_in_one_folder_get_a_command(tmp_path, capsys, place, form):
    top = tmp_path / "photos"
    for k, name in enumerate(("cat", "Blüte")):
        for i in range(4):
            picture(top / place / f"{form.format(name, i)}.jpg", 10 * k + i)
    told = refused(top, capsys)
    assert "begin with Blüte, cat; if these are the classes" in told
    command = told.split(": python -c ")[1].rstrip().removesuffix(".")
    subprocess.run(f"'{sys.executable}' -c {command}", shell=True, check=True)
    data = datasets.load(top)
    assert (data.classes, len(data)) == (("Blüte", "cat"), 8)


@pytest.mark.parametrize("place", ["", "all", "all/of it"])
@pytest.mark.parametrize("kind", ["zip", "tar", "gztar"])
def test_the_command_sorts_what_lies_in_one_folder_of_an_archive(tmp_path, capsys, place, kind):
    for k, name in enumerate(("cat", "Blüte")):
        for i in range(4):
            picture(tmp_path / "photos" / place / f"{name}_{i}.jpg", 10 * k + i)
    archive = Path(shutil.make_archive(str(tmp_path / "pack"), kind, tmp_path / "photos"))
    said = refused(archive, capsys)
    command, _, new = said.split(": python -c ")[1].partition("; it unpacks them first: then name ")
    subprocess.run(f"'{sys.executable}' -c {command}", shell=True, check=True)
    data = datasets.load(new.rstrip().removesuffix("."))
    assert (data.classes, len(data)) == (("Blüte", "cat"), 8)


def test_kaggle_s_test_folder_beside_makes_no_class(tmp_path, capsys):
    for i in range(4):
        picture(tmp_path / "train" / f"cat.{i}.jpg", i)
        picture(tmp_path / "train" / f"dog.{i}.jpg", 10 + i)
        picture(tmp_path / "test" / f"{i}.jpg", 20 + i)
    assert "begin with cat, dog" in refused(tmp_path, capsys)


@pytest.mark.parametrize("names", [("train", "test"), ("train", "val"), ("train", "bike")])
def test_classes_called_like_parts_are_said(tmp_path, capsys, names):
    fill(tmp_path, names, 5)
    told = said(tmp_path, capsys)
    assert ("hold pictures themselves, so they are read as classes" in told) == (
        "bike" not in names
    )


@pytest.mark.parametrize("names", [("IMG_", "DSC_"), ("a", "b", "c", "d", "e"), ("WhatsApp ", "x")])
def test_cameras_and_single_names_are_no_classes(names):
    each = 1 if len(names) > 3 else 5
    assert flat.beginnings([f"{name}{i}.jpg" for name in names for i in range(each)]) == []


def test_a_class_of_one_picture_is_named(tmp_path, capsys):
    fill(tmp_path, ("cat", "dog"), 1)
    fill(tmp_path, ("bird",), 3, first=70)
    told = refused(tmp_path, capsys)
    assert "one readable picture only of cat, dog; each class needs at least two" in told


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_folder_of_archives_alone_says_what_to_do(tmp_path, capsys, count):
    for i in range(count):
        with zipfile.ZipFile(tmp_path / f"takeout-{i}.zip", "w") as file:
            file.writestr("cat/1.txt", "x")
    assert call("data", tmp_path) == 2
    told = capsys.readouterr().err
    assert "takeout-0.zip" in told
    assert f"{count} archive" in told
    assert ("unpack them into one folder" in told) is (count > 1)


@pytest.mark.parametrize("count", [1, 2])
def test_pdf_files_are_named_with_what_to_do(tmp_path, capsys, count):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for i in range(2):
            Image.new("RGB", (80, 80), (90 * i, 9, 200)).save(tmp_path / name / f"{i}.png")
    for i in range(count):
        (tmp_path / "cat" / f"scan{i}.pdf").write_bytes(b"%PDF-1.4")
    assert call("data", tmp_path) == 0
    word = "file" if count == 1 else "files"
    told = f"{count} PDF {word} ({count} .pdf; save its pages as JPEG or PNG)"
    assert told in capsys.readouterr().out
    assert told in str(inputs.find(tmp_path))


def test_advice_on_network_disks_is_given_where_there_is_one_and_once(
    monkeypatch, capsys, tmp_path
):
    monkeypatch.setattr(waiting, "FIRST", 0.01)
    for place in (tmp_path, "/content/drive/MyDrive/photos", "/content/drive/MyDrive/photos"):
        with waiting.Waiting("checking", 9, place):
            time.sleep(0.1)
    lines = capsys.readouterr().err.splitlines()
    assert [waiting.ADVICE in line for line in lines if "checking" in line] == [False, True, False]

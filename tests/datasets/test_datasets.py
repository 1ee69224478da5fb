"""Sources of pictures: folders, ImageNet copies, decoding, batches, bad input."""

import io
import re
import shutil
import struct
import tarfile
import tracemalloc
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from helpers import datasets
from helpers.datasets import batches as batches_module
from helpers.datasets import decoding, folder, imagenet, unpack
from helpers.datasets.folder import ImageFolder
from helpers.errors import UserError

BIKE, SHIP = "n03792782", "n03095699"


def picture(path, size=(40, 30), colour=(200, 30, 60), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path, **options)
    return path


@pytest.fixture
def photos(tmp_path):
    """Twelve pictures of each of two classes."""
    for name in ("bike", "ship"):
        for i in range(12):
            picture(tmp_path / "photos" / name / f"{name}{i}.jpg", colour=(20 * i, 90, 10))
    return tmp_path / "photos"


# --- Folders ---------------------------------------------------------------------------------


def test_a_folder_per_class(photos):
    data = datasets.load(photos)
    assert data.classes == data.titles == ("bike", "ship")
    assert len(data) == 24
    assert [len(data.subset(part)) for part in ("train", "val", "test")] == [14, 6, 4]
    assert set(data.subset("val").table["label"]) == {0, 1}
    assert data.location == str(photos)
    assert not data.chosen_on_validation
    assert all(
        name in path
        for path, name in zip(data.table["path"], ["bike"] * 12 + ["ship"] * 12, strict=True)
    )


def test_adding_files_moves_few_others(photos):
    before = datasets.load(photos).table.set_index("path")["split"]
    picture(photos / "bike" / "new.jpg", colour=(0, 200, 0))
    after = datasets.load(photos).table.set_index("path")["split"]
    assert (after[before.index] != before).sum() <= 2
    assert {"train", "val", "test"} == set(after)


def test_train_and_val_folders_are_kept(tmp_path):
    for part, count in (("train", 3), ("val", 2)):
        for name in ("a", "b"):
            for i in range(count):
                picture(tmp_path / part / name / f"{part}{i}.png")
    counts = datasets.load(tmp_path).table["split"].value_counts()
    assert counts.to_dict() == {"train": 6, "val": 4}
    assert len(datasets.load(tmp_path, "val")) == 4


def test_names_with_spaces_and_other_alphabets(tmp_path):
    for name in ("vélo tout terrain", "コンテナ船"):
        for i in range(3):
            picture(tmp_path / name / f"{name} {i}.jpg")
    data = datasets.load(tmp_path)
    assert len(datasets.load_images(data)) == 6
    assert data.classes == ("vélo tout terrain", "コンテナ船")


def test_some_classes(tmp_path):
    for name in ("a", "b", "c"):
        for i in range(3):
            picture(tmp_path / name / f"{i}.jpg")
    assert datasets.load(tmp_path, classes=("c", "a")).classes == ("a", "c")
    assert datasets.load(tmp_path, classes="all").classes == ("a", "b", "c")
    with pytest.raises(UserError, match="no folder for the class 'd'; it has a, b, c"):
        datasets.load(tmp_path, classes=("a", "d"))


def test_auto_follows_the_environment(photos, monkeypatch):
    monkeypatch.setenv("ALEXNET_DATA", str(photos))
    assert datasets.load().classes == ("bike", "ship")


def test_bad_folders_are_named(tmp_path, photos):
    empty, one = tmp_path / "empty", tmp_path / "one"
    empty.mkdir()
    picture(one / "only" / "a.jpg")
    hollow = tmp_path / "hollow"
    for i in range(3):
        picture(hollow / "a" / f"{i}.jpg")
    (hollow / "b").mkdir()
    for place, said in (
        (tmp_path / "nowhere", "there is no such folder"),
        (empty, r"found 0 class folder\(s\) .* at least two are needed"),
        (one, r"found 1 class folder\(s\)"),
        (hollow, r"found 1 class folder\(s\) with pictures"),
        (photos / "bike" / "bike0.jpg", "is a file; give a folder"),
    ):
        with pytest.raises(UserError, match=said):
            datasets.load(place)
    with pytest.raises(UserError, match="the class 'b' has no readable picture"):
        datasets.load(hollow, classes=("a", "b"))
    with pytest.raises(UserError, match="split must be 'train', 'val' or 'test'"):
        datasets.load(photos, "judge")


def test_unreadable_files_are_named_and_left_out_only_on_demand(photos):
    whole = (photos / "bike" / "bike1.jpg").read_bytes()
    (photos / "bike" / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (photos / "bike" / "zero.jpg").write_bytes(b"")
    (photos / "ship" / "text.png").write_text("no picture")
    (photos / "ship" / "notes.txt").write_text("not looked at")
    with pytest.raises(UserError, match="3 file") as caught:
        datasets.load(photos)
    assert all(name in str(caught.value) for name in ("cut.jpg", "zero.jpg", "text.png"))
    assert "--skip-unreadable" in str(caught.value)
    data = datasets.load(photos, skip_unreadable=True)
    assert len(data) == 24
    assert [path.rsplit("/", 1)[1] for path in data.skipped] == ["cut.jpg", "zero.jpg", "text.png"]


def test_whole_files_are_checked_without_decoding_them(photos, monkeypatch):
    Image.new("RGB", (9, 9)).save(photos / "bike" / "whole.png")
    Image.new("RGB", (9, 9)).save(photos / "bike" / "other.bmp")
    decoded = []
    monkeypatch.setattr(decoding, "upright_rgb", lambda path, size: decoded.append(path))
    monkeypatch.setattr(folder, "DECODED_FIRST", 25)
    assert len(datasets.load(photos)) == 26
    assert [str(path).rsplit("/", 1)[1] for path in decoded] == ["other.bmp"]


def test_damage_in_the_middle_is_found_before_anything_starts(tmp_path, monkeypatch, capsys):
    """Such a file has a header and an end; of very many files training leaves it out."""
    for name in ("a", "b"):
        for i in range(6):
            picture(tmp_path / name / f"{i}.png", size=(300, 300))
    hurt = tmp_path / "a" / "hurt.png"
    picture(hurt, size=(300, 300))
    body = bytearray(hurt.read_bytes())
    body[60:90] = bytes(30)
    hurt.write_bytes(body)
    with pytest.raises(UserError, match=r"hurt\.png cannot be read"):
        datasets.load(tmp_path)
    monkeypatch.setattr(folder, "DECODED_FIRST", 12)
    data = datasets.load(tmp_path)
    assert (
        sum(len(labels) for _, labels in datasets.Batches(data, 4, seed=0, shuffle=False).epoch(0))
        == 13
    )
    assert "left out, 1 in all" in capsys.readouterr().err
    assert datasets.load(tmp_path, skip_unreadable=True).skipped == (str(hurt),)


def test_the_complaint_is_one_sentence_of_bounded_length(photos):
    for i in range(8):
        (photos / "bike" / f"zero{i}.jpg").write_bytes(b"")
    with pytest.raises(UserError) as caught:
        datasets.load(photos)
    said = str(caught.value)
    assert said.startswith("8 file(s) to mend or remove")
    assert said.endswith("zero4.jpg and 3 more cannot be read as a picture: it is empty (0 bytes).")
    assert "\n" not in said


@pytest.mark.parametrize("kinds", [1, 3, 7, 9])
def test_the_complaint_counts_every_file_and_names_what_an_installation_mends(
    photos, monkeypatch, kinds
):
    paths = [photos / "bike" / f"{k}-{i}.jpg" for k in range(kinds) for i in range(k + 1)]

    def look(path, **options):
        number = path.rpartition("/")[2].partition("-")[0]
        if path in map(str, paths):
            remedy = ", pip install it" if int(number) == kinds - 1 else ""
            raise UserError(f"{path} is odd{number}{remedy}.")
        return decoding.check(path, **options)

    for path in paths:
        path.write_bytes(b"")
    monkeypatch.setattr(folder, "check", look)
    with pytest.raises(UserError) as caught:
        datasets.load(photos)
    said = str(caught.value)
    more = sum(map(int, re.findall(r"and (\d+) more", said)))
    assert said.startswith(f"{len(paths)} file(s)")
    assert said.count(".jpg") + more == len(paths)
    assert said.index("pip install") < said.index("is odd0") or kinds == 1
    assert "skip_unreadable=True" in said


@pytest.mark.parametrize("place", ["val", "train"])
def test_classes_that_differ_in_capitals_between_parts_are_told_so(tmp_path, place):
    for part in ("train", "val"):
        for name in ("Daisy" if part == place else "daisy", "tulip"):
            picture(tmp_path / part / name / "x.jpg")
    with pytest.raises(UserError, match="differ in capital letters alone: rename one"):
        datasets.load(tmp_path)


@pytest.mark.parametrize("name", ["dev", "Development", "dev_set"])
def test_a_development_part_steers(tmp_path, name):
    for part in ("train", name, "test"):
        for kind in ("a", "b"):
            picture(tmp_path / part / kind / f"{part}.jpg")
    assert datasets.load(tmp_path).counts()["validation"].tolist() == [1, 1]


def test_pictures_taken_out_of_train_are_told(tmp_path):
    for part, count in (("train", 10), ("test", 3)):
        for kind in ("a", "b"):
            for i in range(count):
                picture(
                    tmp_path / part / kind / f"{part}{i}.jpg", colour=(2 * ord(kind), 20 * i, count)
                )
    data = datasets.load(tmp_path)
    steer = data.counts()["validation"].sum()
    told = f"no val/ to choose the weights: {steer} of the 20 pictures in train/ are taken for it"
    assert any(note.startswith(told) for note in data.left_out()), data.left_out()


def test_a_class_that_only_one_side_has_is_named(tmp_path):
    for place in ("train/a", "train/b", "val/a", "val/b", "val/c"):
        picture(tmp_path / place / "x.jpg")
    with pytest.raises(UserError, match="no folder for the class 'c' for training, only one for"):
        datasets.load(tmp_path)
    assert datasets.load(tmp_path, classes=("a", "b")).classes == ("a", "b")
    with pytest.raises(UserError, match="a is one class"):
        datasets.load(tmp_path, classes="a")


def test_a_small_class_has_a_picture_on_each_side(tmp_path):
    for name in ("a", "b"):
        for i in range(2):
            picture(tmp_path / name / f"{i}.jpg")
    counts = datasets.load(tmp_path).table.groupby(["label", "split"]).size()
    assert counts.tolist() == [1, 1, 1, 1]


def test_the_split_survives_a_move_to_another_place(photos, tmp_path):
    before = datasets.load(photos).table["split"].tolist()
    photos.rename(tmp_path / "elsewhere")
    assert datasets.load(tmp_path / "elsewhere").table["split"].tolist() == before


@pytest.mark.parametrize("name", ["late.jpg", "late.png"])
def test_a_file_that_lacks_only_its_end_is_named_at_once(photos, name):
    """Its header is whole, so only its last bytes give it away."""
    pixels = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    path = photos / "bike" / name
    Image.fromarray(pixels).save(path)
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(UserError, match=name):
        datasets.load(photos)


# --- Decoding --------------------------------------------------------------------------------


def test_shorter_side_and_central_square(tmp_path):
    """Three vertical bands; the outer ones lie outside the central square."""
    pixels = np.zeros((300, 900, 3), np.uint8)
    pixels[:, :300], pixels[:, 300:600], pixels[:, 600:] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    Image.fromarray(pixels).save(tmp_path / "bands.png")
    square = datasets.decode(tmp_path / "bands.png")
    assert square.shape == (256, 256, 3)
    assert square.dtype == np.uint8
    assert (square[:, 5:-5] == (0, 255, 0)).all()


def test_a_picture_of_the_right_size_is_not_touched(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "noise.png")
    assert (datasets.decode(tmp_path / "noise.png") == pixels).all()


def test_the_fast_way_equals_the_slow_one(tmp_path):
    """A large JPEG is decoded at reduced size; the result differs by a grey level or so."""
    y, x = np.mgrid[0:1200, 0:1600]
    smooth = np.stack([x / 1600, y / 1200, (x + y) / 2800], -1) * 255
    Image.fromarray(smooth.astype(np.uint8)).save(tmp_path / "large.jpg", quality=95)
    slow = Image.open(tmp_path / "large.jpg").resize(
        (256, 256), Image.Resampling.BICUBIC, box=(200, 0, 1400, 1200)
    )
    fast = datasets.decode(tmp_path / "large.jpg").astype(int)
    assert np.abs(fast - np.asarray(slow)).mean() < 1.5


def odd_pictures(folder):
    """Name, what the middle pixel must be, and how the file is made."""
    red, grey = (255, 0, 0), (128, 128, 128)
    square = (64, 64)
    cmyk = Image.new("CMYK", square, (0, 255, 255, 0))
    alpha = Image.new("RGBA", square, (255, 0, 0, 128))
    palette = Image.new("RGB", square, red).convert("P")
    sixteen = Image.fromarray(np.full(square, 32896, np.uint16))
    frames = [Image.new("RGB", square, colour) for colour in (red, (0, 0, 255))]
    alpha_grey = Image.new("LA", square, (0, 128))
    return [
        ("cmyk.jpg", red, lambda p: cmyk.save(p)),
        ("alpha.png", (255, 127, 127), lambda p: alpha.save(p)),
        ("grey_alpha.png", (127, 127, 127), lambda p: alpha_grey.save(p)),
        ("palette.png", red, lambda p: palette.save(p)),
        ("sixteen.png", grey, lambda p: sixteen.save(p)),
        ("grey.jpg", grey, lambda p: Image.new("L", square, 128).save(p)),
        ("bilevel.png", (255,) * 3, lambda p: Image.new("1", square, 1).save(p)),
        ("animated.gif", red, lambda p: frames[0].save(p, save_all=True, append_images=frames[1:])),
        ("png.JPEG", red, lambda p: Image.new("RGB", square, red).save(p, format="PNG")),
        ("thin.png", red, lambda p: Image.new("RGB", (1, 700), red).save(p)),
        ("dot.png", red, lambda p: Image.new("RGB", (1, 1), red).save(p)),
    ]


@pytest.mark.parametrize("case", range(11))
def test_odd_but_readable_pictures_are_read_rightly(tmp_path, case):
    name, middle, make = odd_pictures(tmp_path)[case]
    make(tmp_path / name)
    square = datasets.decode(tmp_path / name)
    assert square.shape == (256, 256, 3)
    assert np.abs(square[128, 128].astype(int) - middle).max() <= 3, name


def test_the_camera_turned_is_put_upright(tmp_path):
    pixels = np.zeros((100, 200, 3), np.uint8)
    pixels[:, 100:] = 255  # white on the right
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to show
    Image.fromarray(pixels).save(tmp_path / "turned.jpg", exif=exif, quality=95)
    square = datasets.decode(tmp_path / "turned.jpg")
    assert square[20].mean() < 20  # the left half of the file is the upper half of the picture
    assert square[-20].mean() > 235


def test_a_phones_heic_is_called_by_its_name(tmp_path):
    """Pillow does not know the format; "no picture" would send its owner looking for a fault."""
    (tmp_path / "IMG_1.HEIC").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    with pytest.raises(UserError, match=r"IMG_1\.HEIC .* it is HEIC, .*; export it as JPEG first"):
        datasets.decode(tmp_path / "IMG_1.HEIC")


def test_giants_are_refused(tmp_path):
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    import zlib

    def chunk(kind, body):
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"0"))
    (tmp_path / "bomb.png").write_bytes(bomb)
    with pytest.raises(UserError, match=r"bomb\.png"):
        datasets.decode(tmp_path / "bomb.png")


def test_the_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(decoding, "MOST", 800)
    picture(tmp_path / "wide.png", size=(30, 30))
    with pytest.raises(UserError, match=r"wide\.png .* at most 800 are read"):
        datasets.decode(tmp_path / "wide.png")


def test_a_dark_picture_of_16_bits_stays_dark(tmp_path):
    """Its values need more than twelve bits, so that 5,000 of 65,535 is meant."""
    Image.fromarray(np.full((64, 64), 5000, np.uint16)).save(tmp_path / "dark.png")
    assert (datasets.decode(tmp_path / "dark.png") == 19).all()


def test_decoding_leaves_the_warning_filters_alone(tmp_path):
    """catch_warnings in threads would leave the last one's filters behind, for everybody."""
    paths = [picture(tmp_path / f"{i}.jpg") for i in range(40)]
    before = list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(datasets.decode, paths))
    assert warnings.filters == before


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"gone\.jpg cannot be read as a picture: there is no such"):
        datasets.decode(tmp_path / "gone.jpg")


# --- Batches ---------------------------------------------------------------------------------


def test_memory_and_stream_give_the_same_batches(photos):
    data = datasets.load(photos)
    both = [datasets.Batches(data, 5, seed=3, shuffle=True, budget=budget) for budget in (None, 0)]
    assert [b.in_memory for b in both] == [True, False]
    for epoch in (0, 1, 7):
        for (x, y), (u, v) in zip(*(b.epoch(epoch) for b in both), strict=True):
            assert x.dtype == np.uint8
            assert (x == u).all()
            assert (y == v).all()


def test_the_order_depends_on_seed_and_epoch_alone(photos):
    data = datasets.load(photos)

    def labels(seed, epoch):
        run = datasets.Batches(data, 8, seed=seed, shuffle=True)
        return np.concatenate([y for _, y in run.epoch(epoch)]).tolist()

    assert labels(1, 4) == labels(1, 4)
    assert labels(1, 4) != labels(1, 5)
    assert labels(1, 4) != labels(2, 4)
    assert sorted(labels(1, 4)) == [0] * 12 + [1] * 12


def test_without_shuffling_rows_stay_in_place(photos):
    data = datasets.load(photos)
    run = datasets.Batches(data, 7, seed=0, shuffle=False)
    assert len(run) == 4
    got = np.concatenate([images for images, _ in run.epoch(0)])
    assert (got == datasets.load_images(data)).all()


@pytest.mark.parametrize("budget", [None, 0])
def test_every_picture_keeps_its_own_label(photos, budget):
    """Shuffled batches pair pictures and labels as the table does."""
    data = datasets.load(photos)
    pixels, labels = datasets.load_images(data), data.table["label"].to_numpy()
    run = datasets.Batches(data, 5, seed=0, shuffle=True, budget=budget)
    for number in range(2):
        got = [np.concatenate(parts) for parts in zip(*run.epoch(number), strict=True)]
        assert (got[0] == pixels[run.order(number)]).all()
        assert got[1].tolist() == labels[run.order(number)].tolist()


def test_the_last_batch_may_be_left_out(photos):
    data = datasets.load(photos)
    run = datasets.Batches(data, 7, seed=0, shuffle=True, drop_remainder=True)
    assert [len(y) for _, y in run.epoch(0)] == [7, 7, 7]
    assert len(run) == 3
    with pytest.raises(UserError, match="batch_size must be at least 1"):
        datasets.Batches(data, 0, seed=0, shuffle=True)


@pytest.mark.parametrize("budget", [None, 0])
def test_a_file_that_breaks_later_is_named_and_left_out(photos, budget, capsys):
    """The picture before it takes its place, at the start of an epoch the one behind it."""
    data = datasets.load(photos)
    pictures = datasets.load_images(data)
    (photos / "ship" / "ship3.jpg").write_bytes(b"")
    run = datasets.Batches(data, 5, seed=0, shuffle=True, budget=budget)
    lost = data.table["path"].str.endswith("ship3.jpg").argmax()
    run.order = lambda number: np.roll(np.arange(24), -lost + number)
    for number in range(2):
        rows = run.order(number)
        at = rows.tolist().index(lost)
        rows[at] = rows[at - 1] if at else rows[1]
        images, labels = zip(*run.epoch(number), strict=True)
        assert [len(batch) for batch in images] == [5, 5, 5, 5, 4]
        assert (np.concatenate(images) == pictures[rows]).all()
        assert (np.concatenate(labels) == data.table["label"][rows]).all()
    said = capsys.readouterr().err
    assert said.startswith("left out, 1 in all: ")
    assert said.count("ship3.jpg cannot be read") == 1


def test_when_the_disk_is_gone_it_is_told(photos):
    data = datasets.load(photos)
    shutil.rmtree(photos)
    with pytest.raises(UserError, match=r"11 of 24 pictures can no longer be read, first: .*bike0"):
        list(datasets.Batches(data, 5, seed=0, shuffle=False).epoch(0))


def test_streaming_memory_does_not_grow_with_the_pictures(photos, monkeypatch):
    """Peak of 3,000 streamed pictures against 300, as numpy reports it to tracemalloc."""
    data = datasets.load(photos)
    monkeypatch.setattr(
        ImageFolder, "decode", lambda self, path, *how: np.zeros((256, 256, 3), np.uint8)
    )

    def peak(count):
        table = pd.concat([data.table] * (count // len(data) + 1), ignore_index=True)[:count]
        run = datasets.Batches(replace(data, table=table), 8, seed=0, shuffle=True, budget=0)
        tracemalloc.start()
        assert sum(len(labels) for _, labels in run.epoch(0)) == count
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    few, many = peak(300), peak(3000)
    assert many < 1.2 * few
    assert many < 8 * (batches_module.AHEAD + 4) * batches_module.BYTES_PER_PICTURE


@pytest.mark.parametrize(("budget", "times"), [(None, 1), (0, 3)])
def test_a_picture_in_memory_is_decoded_once(photos, monkeypatch, budget, times):
    """Also when some were asked for before the first epoch."""
    data = datasets.load(photos)
    decoded, real = [], ImageFolder.decode

    def noted(self, path, *how):
        decoded.append(path)
        return real(self, path, *how)

    monkeypatch.setattr(ImageFolder, "decode", noted)
    run = datasets.Batches(data, 5, seed=0, shuffle=True, budget=budget)
    sample = list(run.pictures([3, 17]))
    assert (sample[1] == datasets.decode(data.table["path"][17])).all()
    for number in range(times):
        list(run.epoch(number))
    assert decoded.count(data.table["path"][3]) == (1 if budget is None else times + 1)
    assert decoded.count(data.table["path"][4]) == (1 if budget is None else times)


def test_the_first_batch_is_there_before_the_rest_is_decoded(photos, monkeypatch):
    data = datasets.load(photos)
    decoded, real = [], ImageFolder.decode

    def noted(self, path, *how):
        decoded.append(path)
        return real(self, path, *how)

    monkeypatch.setattr(ImageFolder, "decode", noted)
    run = datasets.Batches(data, 2, seed=0, shuffle=True)
    epoch = run.epoch(0)
    next(epoch)
    assert len(decoded) <= 2 * (batches_module.AHEAD + 1)
    first = [data.table["path"][row] for row in run.order(0)[:2]]
    assert set(first) <= set(decoded)


def test_the_budget_decides(photos):
    data = datasets.load(photos)
    needed = len(data) * 256 * 256 * 3
    for budget, kept in ((needed, True), (needed - 1, False)):
        run = datasets.Batches(data, 4, seed=0, shuffle=False, budget=budget)
        assert run.in_memory is kept


# --- ImageNet --------------------------------------------------------------------------------


def val_name(i):
    return f"ILSVRC2012_val_{i:08d}.JPEG"


@pytest.fixture
def ilsvrc(tmp_path):
    """Four training pictures a class and a flat val folder with three classes in turn."""
    root = tmp_path / "imagenet"
    for wnid in (BIKE, SHIP, "n01440764"):
        for i in range(4):
            picture(root / "train" / wnid / f"{wnid}_{i}.JPEG")
    for i in range(1, 10):
        picture(root / "val" / val_name(i))
    return root


def kaggle(root):
    rows = ["ImageId,PredictionString"]
    for i in range(1, 10):
        wnid = (BIKE, SHIP, "n01440764")[i % 3]
        rows.append(f"ILSVRC2012_val_{i:08d},{wnid} 85 1 499 272 ")
    (root / "LOC_val_solution.csv").write_text("\n".join(rows) + "\n")


def devkit(root, folder="ILSVRC2012_devkit_t12/data"):
    from scipy.io import savemat

    place = root / folder
    place.mkdir(parents=True)
    kinds = np.dtype([("ILSVRC2012_ID", object), ("WNID", object)])
    synsets = np.array([(1, SHIP), (2, "n01440764"), (3, BIKE)], kinds)
    savemat(place / "meta.mat", {"synsets": synsets})
    numbers = [{0: 3, 1: 1, 2: 2}[i % 3] for i in range(1, 10)]
    truth = place / "ILSVRC2012_validation_ground_truth.txt"
    truth.write_text("\n".join(map(str, numbers)) + "\n")


def listed(root):
    wnids = [(BIKE, SHIP, "n01440764")[i % 3] for i in range(1, 10)]
    (root / "imagenet_2012_validation_synset_labels.txt").write_text("\n".join(wnids) + "\n")


@pytest.mark.parametrize("labels", [kaggle, devkit, listed])
def test_flat_validation_pictures_get_their_labels(ilsvrc, labels):
    labels(ilsvrc)
    data = datasets.load(f"imagenet:{ilsvrc}")
    assert data.classes == (SHIP, BIKE)
    assert data.titles == ("container ship", "mountain bike")
    judged = data.subset("test").table
    numbers = {
        int(path.rsplit("_", 1)[1][:8]): label
        for path, label in zip(judged["path"], judged["label"], strict=True)
    }
    assert numbers == {i: 1 if i % 3 == 0 else 0 for i in range(1, 10) if i % 3 != 2}
    assert data.counts().to_dict("list") == {
        "training": [3, 3],
        "validation": [1, 1],
        "test": [3, 3],
    }


def test_all_classes_and_their_names(ilsvrc):
    kaggle(ilsvrc)
    (ilsvrc / "LOC_synset_mapping.txt").write_text("n01440764 tench, Tinca tinca\n")
    data = datasets.load(f"imagenet:{ilsvrc}", classes="all")
    assert data.titles == ("tench", "container ship", "mountain bike")
    assert len(data) == 12 + 9


def test_kaggles_layout_and_sorted_validation(tmp_path):
    root = tmp_path / "k"
    for part in ("train", "val"):
        for wnid in (BIKE, SHIP):
            for i in range(2):
                picture(root / "ILSVRC/Data/CLS-LOC" / part / wnid / f"{part}{i}.JPEG")
    data = datasets.load(f"imagenet:{root}")
    assert data.counts().to_dict("list") == {
        "training": [1, 1],
        "validation": [1, 1],
        "test": [2, 2],
    }


def make_tar(path, members):
    with tarfile.open(path, "w") as tar:
        for name, body in members:
            info = tarfile.TarInfo(name)
            if body is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
                tar.addfile(info)
            else:
                info.size = len(body)
                tar.addfile(info, io.BytesIO(body))


def jpeg_bytes(colour=(9, 9, 9)):
    file = io.BytesIO()
    Image.new("RGB", (30, 30), colour).save(file, "JPEG")
    return file.getvalue()


def test_archives_per_class_are_unpacked_once_and_not_into_the_users_folder(
    ilsvrc, tmp_path, monkeypatch
):
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path / "home"))
    kaggle(ilsvrc)
    for wnid in (BIKE, SHIP):
        folder = ilsvrc / "train" / wnid
        make_tar(folder.with_suffix(".tar"), [(p.name, p.read_bytes()) for p in folder.iterdir()])
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
    before = sorted(p for p in ilsvrc.rglob("*"))
    data = datasets.load(f"imagenet:{ilsvrc}")
    assert len(data.subset("train")) + len(data.subset("val")) == 8
    assert sorted(ilsvrc.rglob("*")) == before
    monkeypatch.setattr(unpack, "unpack_pictures", None)
    assert len(imagenet.read_imagenet(ilsvrc, None, False)) == len(data)


@pytest.mark.parametrize("name", ["../evil.JPEG", "/abs.JPEG", "sub/../../evil.JPEG", "a\\b.JPEG"])
def test_a_member_that_would_escape_is_refused_by_name(tmp_path, name):
    make_tar(tmp_path / "x.tar", [("good.JPEG", jpeg_bytes()), (name, jpeg_bytes())])
    with pytest.raises(UserError, match="not a plain file with a plain name"):
        unpack.unpack_pictures(tmp_path / "x.tar", tmp_path / "out" / "x")
    assert list((tmp_path / "out").iterdir()) == []
    assert not (tmp_path / "evil.JPEG").exists()


def test_a_link_in_an_archive_is_refused(tmp_path):
    make_tar(tmp_path / "x.tar", [("link.JPEG", None)])
    with pytest.raises(UserError, match=r"link\.JPEG' is not a plain file"):
        unpack.unpack_pictures(tmp_path / "x.tar", tmp_path / "x")


def test_an_archive_cut_off_leaves_nothing(tmp_path):
    make_tar(tmp_path / "x.tar", [(f"{i}.JPEG", jpeg_bytes()) for i in range(9)])
    whole = (tmp_path / "x.tar").read_bytes()
    (tmp_path / "x.tar").write_bytes(whole[:3000])
    with pytest.raises(UserError, match="not a whole tar archive"):
        unpack.unpack_pictures(tmp_path / "x.tar", tmp_path / "out" / "x")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_full_disk_is_noticed_before_unpacking(tmp_path, monkeypatch):
    make_tar(tmp_path / "x.tar", [("a.JPEG", jpeg_bytes())])
    usage = type("Usage", (), {"free": 10})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(UserError, match="GB of disk"):
        unpack.unpack_pictures(tmp_path / "x.tar", tmp_path / "out" / "x")


def test_damaged_label_files_are_named(ilsvrc):
    truth = ilsvrc / "ILSVRC2012_validation_ground_truth.txt"
    truth.write_text("1\n2\n")
    with pytest.raises(UserError, match=r"needs the development kit's meta\.mat beside it"):
        datasets.load(f"imagenet:{ilsvrc}")
    (ilsvrc / "meta.mat").write_text("no matrix")
    with pytest.raises(UserError, match=r"meta\.mat does not hold the labels"):
        datasets.load(f"imagenet:{ilsvrc}")
    truth.unlink()
    devkit(ilsvrc, "data")
    truth = ilsvrc / "data" / truth.name
    truth.write_text("1\n1001\n")  # no class has this number
    with pytest.raises(UserError, match=r"ground_truth\.txt does not hold .* 1001"):
        datasets.load(f"imagenet:{ilsvrc}")
    (ilsvrc / "LOC_val_solution.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match=r"LOC_val_solution\.csv does not hold"):
        datasets.load(f"imagenet:{ilsvrc}")


def test_missing_parts_of_imagenet_are_named(ilsvrc, tmp_path):
    with pytest.raises(UserError, match="their labels were not found"):
        datasets.load(f"imagenet:{ilsvrc}")
    kaggle(ilsvrc)
    with pytest.raises(UserError, match=r"neither a folder n00000001 nor an archive"):
        datasets.load(f"imagenet:{ilsvrc}", classes=(BIKE, "n00000001"))
    with pytest.raises(UserError, match="called like n03792782, got 'bike'"):
        datasets.load(f"imagenet:{ilsvrc}", classes=("bike", BIKE))
    with pytest.raises(UserError, match="no such folder"):
        datasets.load("imagenet:nowhere")
    with pytest.raises(UserError, match="no folder of training pictures"):
        datasets.load(f"imagenet:{tmp_path}")

"""The report on pictures before they are learned from, on generated folders, by the commands."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import tiny
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from helpers import architectures, datasets
from helpers.__main__ import main
from helpers.datasets import checks
from helpers.training import Run, folds

CLASSES = ("cat", "dog")


def texture(rng: np.random.Generator, width: int = 300, height: int = 260) -> Image.Image:
    """Return a picture like no other: clouds, the finer the fainter, the finest as it happens."""
    layers = np.zeros((height, width, 3))
    for cells, strength in ((4, 1), (12, 0.4), (40, 0.2), (130, rng.uniform(0.02, 0.2))):
        noise = Image.fromarray(rng.integers(0, 256, (cells, cells, 3), np.uint8))
        cloud = noise.resize((width, height), Image.Resampling.BICUBIC)
        layers += strength * (np.asarray(cloud, float) - 128)
    return Image.fromarray(np.clip(128 + layers / 1.5, 0, 255).astype(np.uint8))


def save(picture: Image.Image, path: Path, quality: int = 90) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, quality=quality)
    return path


def flat(folder: Path, counts=(30, 30), **changed) -> Path:
    """Write a folder of two classes; the pictures of dogs are saved by ``changed``."""
    rng = np.random.default_rng(1)
    for name, count in zip(CLASSES, counts, strict=True):
        for i in range(count):
            how = changed if name == "dog" else {}
            picture = how.get("change", lambda it: it)(texture(rng))
            save(picture, folder / name / f"{rng.integers(10**9)}x{i}.jpg", how.get("quality", 90))
    return folder


def by_hand(folder: Path) -> Path:
    """Write a folder that somebody has split."""
    rng = np.random.default_rng(2)
    for part, count in (("train", 12), ("val", 6)):
        for name in CLASSES:
            for i in range(count):
                save(texture(rng), folder / part / name / f"{rng.integers(10**9)}x{i}.jpg")
    return folder


def report(capsys, *arguments) -> str:
    capsys.readouterr()
    assert main(["data", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def cropped(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    return picture.crop((0, 0, round(0.97 * width), round(0.97 * height)))


CHANGES = {
    "encoded": lambda it: it,
    "halved": lambda it: it.resize((it.width // 2, it.height // 2)),
    "cropped": cropped,
}
MIRRORED = {
    name: lambda it, alter=alter: alter(ImageOps.mirror(it)) for name, alter in CHANGES.items()
}


FOUND = {
    "unequal classes": (lambda at: flat(at, (48, 12)), "copies and series, and size, bytes"),
    "a copy": (
        lambda at: flat(at, (12, 12)) and twice(at),
        "examined for series, and size, bytes, shape",
    ),
    "a leak": (lambda at: flat(at, quality=20), "examined for copies and series: nothing"),
}


def twice(folder: Path) -> Path:
    """Copy a picture of one class into the other."""
    first = min((folder / "cat").iterdir())
    shutil.copy(first, folder / "dog" / "another.jpg")
    return folder


@pytest.mark.parametrize("found", FOUND)
def test_what_was_looked_for_in_vain_is_said_beside_what_was_found(tmp_path, capsys, found):
    make, said = FOUND[found]
    folder = make(tmp_path / "photos")
    told = report(capsys, folder)
    assert said in told
    assert "nothing found; marks in the pictures" in told
    again = checks.examine(datasets.load(str(folder)))
    assert checks.Report.of(again.as_dict()) == again
    assert again.findings


def test_a_report_of_before_says_no_more_than_it_did():
    old = {"findings": ["leak: the size"], "remarks": [], "looked_for": "copies, and size"}
    assert "nothing found" not in str(checks.Report.of(old))
    assert "examined for copies, and size: nothing" in str(checks.Report.of(old | {"findings": []}))


@pytest.mark.parametrize("place", ["val/cat", "train/dog", "val/dog"])
def test_a_picture_that_is_there_twice_is_found(tmp_path, capsys, place):
    folder = by_hand(tmp_path / "photos")
    first, *others = sorted((folder / "train" / "cat").iterdir())
    (folder / place / "copied.jpg").write_bytes(first.read_bytes())
    for path, (name, alter) in zip(others, CHANGES.items(), strict=False):
        save(alter(Image.open(path)), folder / place / f"{name}.jpg", quality=60)
    said = report(capsys, folder)
    other = "part" if place == "val/cat" else "class"
    assert f"1 picture is the same as one of another {other}" in said
    assert f"3 pictures are nearly the same as one of another {other}" in said
    assert said.count(" one of another ") == 2
    assert f"train/cat/{first.name}" in said
    assert f"{place}/copied.jpg" in said


@pytest.mark.parametrize("place", ["val/cat", "train/dog", "val/dog"])
def test_a_mirror_image_is_found(tmp_path, capsys, place):
    folder = by_hand(tmp_path / "photos")
    others = sorted((folder / "train" / "cat").iterdir())
    white = Image.new("RGB", (300, 260), "white")  # most of a product's picture is one colour
    white.paste(Image.open(others[3]).crop((0, 0, 90, 150)), (20, 60))
    save(white, folder / "train" / "cat" / "product.jpg")
    save(ImageOps.mirror(white), folder / place / "exchanged.jpg", quality=60)
    for path, (name, alter) in zip(others, MIRRORED.items(), strict=False):
        save(alter(Image.open(path)), folder / place / f"{name}.jpg", quality=60)
    said = report(capsys, folder)
    other = "part" if place == "val/cat" else "class"
    assert f"4 pictures are the mirror image of one of another {other}" in said
    assert said.count(" one of another ") == 1


def test_a_mirror_image_stays_on_the_side_of_its_picture(tmp_path, capsys):
    folder = flat(tmp_path / "photos", counts=(12, 12))
    for path in sorted((folder / "cat").iterdir()):
        save(ImageOps.mirror(Image.open(path)), path.with_name(f"m{path.stem}.jpg"), quality=70)
    assert "nothing found" in report(capsys, folder)
    table = datasets.load(folder).table
    side = {Path(path).stem: part for path, part in zip(table["path"], table["split"], strict=True)}
    assert all(part == side[name.removeprefix("m")] for name, part in side.items())


def test_shots_in_a_row_on_two_sides_are_a_series(tmp_path, capsys):
    folder = by_hand(tmp_path / "photos")
    picture = texture(np.random.default_rng(3))
    moved = picture.transform(picture.size, Image.Transform.AFFINE, (1, 0, 20, 0, 1, 9))
    save(picture, folder / "train" / "cat" / "DSC_0107.jpg")
    save(moved, folder / "val" / "cat" / "DSC_0108.jpg")
    said = report(capsys, folder)
    assert "of one series with one of another part" in said
    assert "DSC_0107.jpg" in said


def test_nothing_is_said_of_pictures_in_order(tmp_path, capsys):
    assert "nothing found" in report(capsys, by_hand(tmp_path / "split"))
    assert "nothing found" in report(capsys, flat(tmp_path / "flat"))


def test_no_drawn_picture_is_in_a_false_pair(capsys):
    assert "nothing found" in report(capsys, "embedded")


LEAKS = {
    "size in pixels": {"change": lambda it: it.resize((150, 130))},
    "compression": {"quality": 30},
    "sharpness": {"change": lambda it: it.filter(ImageFilter.GaussianBlur(2))},
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_property_that_tells_the_classes_apart_is_named(tmp_path, capsys, name):
    said = report(capsys, flat(tmp_path / "photos", **LEAKS[name]))
    cause = "leak or motif" if name == "sharpness" else "leak"
    assert re.search(rf"{cause}: the {name}.* alone tells the class of (9\d\.\d|100\.0) %", said)
    assert ("--equalise brings" in said) == (name != "sharpness")
    assert ("--equalise cannot help" in said) == (name == "sharpness")


@pytest.mark.parametrize(
    ("counts", "name"),
    [
        ((32, 12), "size in pixels"),
        ((12, 32), "size in pixels"),
        ((48, 12), "compression"),
        ((12, 12), "sharpness"),
    ],
)
def test_a_leak_is_found_in_few_pictures_and_unlike_classes(tmp_path, capsys, counts, name):
    """With shots of one moment among them: they count once, as guessing counts them."""
    folder = flat(tmp_path / "photos", counts=counts, **LEAKS[name])
    larger = folder / ("cat" if counts[0] > counts[1] else "dog")
    for path in sorted(larger.iterdir())[:3]:
        for number in (1, 2):
            shutil.copy(path, path.with_name(f"{path.stem}_BURST{number}{path.suffix}"))
    assert re.search(r"leak( or motif)?: the", report(capsys, folder))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("counts", [(32, 12), (12, 12)])
def test_sizes_that_tell_nothing_are_no_leak_in_few_pictures(tmp_path, capsys, counts, seed):
    rng = np.random.default_rng(seed)
    sizes = [(300, 260), (260, 300), (150, 130)]
    change = lambda it: it.resize(sizes[rng.integers(3)])  # noqa: E731
    folder = flat(tmp_path / "photos", counts=counts, change=change)
    for path in (folder / "cat").iterdir():
        save(change(Image.open(path)), path, 90)
    assert "leak" not in report(capsys, folder)


def grey(picture: Image.Image) -> Image.Image:
    return picture.convert("L")


def nearly_grey(picture: Image.Image) -> Image.Image:
    noise = np.random.default_rng(6).normal(0, 1.5, (picture.height, picture.width, 3))
    light = np.asarray(picture.convert("L"), float)[..., None]
    return Image.fromarray((light + noise).clip(0, 255).astype(np.uint8))


def dull(picture: Image.Image) -> Image.Image:
    return ImageEnhance.Color(picture).enhance(0.4)


@pytest.mark.parametrize("options", [[], ["--equalise"]])
@pytest.mark.parametrize("change", [grey, nearly_grey])
def test_a_grey_class_is_named(tmp_path, capsys, change, options):
    said = report(capsys, flat(tmp_path / "photos", change=change), *options)
    assert re.search(r"leak.*greyness \(grey or colour\) alone tells the class of 100.0 %", said)
    assert "make all pictures grey" in said


def test_dull_colours_are_no_greyness(tmp_path, capsys):
    said = report(capsys, flat(tmp_path / "photos", change=dull))
    assert "greyness (" not in said


@pytest.mark.parametrize(("light", "named"), [(0.03, True), (0.3, True), (0.8, False)])
def test_a_much_darker_class_is_a_hint(tmp_path, capsys, light, named):
    def darker(picture):
        return ImageEnhance.Brightness(picture).enhance(light)

    said = report(capsys, flat(tmp_path / "photos", change=darker))
    assert ("brightness alone tells the class of" in said) == named
    assert ("dog is darkest" in said) == named


def test_what_was_examined_is_said_and_nothing_else_promised(tmp_path, capsys):
    """A date stamp in one class is not looked for; few pictures tell nothing of properties."""
    said = report(capsys, flat(tmp_path / "photos", change=stamped))
    assert "examined for copies and series, and size, bytes, shape, sharpness, greyness: n" in said
    assert "marks in the pictures (a date, a logo, a frame) are not looked for" in said
    said = report(capsys, flat(tmp_path / "few", counts=(8, 8)))
    assert "examined for copies and series: nothing found" in said
    assert "too few pictures" in said


def stamped(picture: Image.Image) -> Image.Image:
    ImageDraw.Draw(picture).text((230, 240), "13.05.2024", fill=(255, 140, 0))
    return picture


@pytest.mark.parametrize("name", ["size in pixels", "compression"])
def test_equalising_takes_the_leak_away(tmp_path, capsys, name):
    said = report(capsys, flat(tmp_path / "photos", **LEAKS[name]), "--equalise")
    assert "leak:" not in said
    left = re.search(
        r"then the (sharpness|number of bytes) alone tells the class of ([\d.]+)", said
    )
    assert float(left[2]) < 80, said
    assert "a leak that is left" not in said


@pytest.mark.parametrize("grain", [3, 30])
def test_what_still_tells_when_all_is_equal_may_be_the_motif(tmp_path, capsys, grain):
    """Sharpness is no leak where one class is smooth and the other rough by nature."""
    rng = np.random.default_rng(4)

    def rough(picture):
        noise = rng.normal(0, grain, (picture.height, picture.width, 1))
        return Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8))

    def smooth(picture):
        return picture.filter(ImageFilter.GaussianBlur(3))

    folder = flat(tmp_path / "photos", change=rough)
    for path in (folder / "cat").iterdir():
        save(smooth(Image.open(path)), path)
    said = report(capsys, folder, "--equalise")
    assert re.search(r"then the (sharpness|number of bytes) alone tells the class of 1?\d\d", said)
    assert "that may be what they show" in said
    assert "leak or motif, equalised" in said
    assert "leak:" not in said
    assert "sharpness, greyness: nothing found" not in said


def test_a_share_is_said_of_the_series(tmp_path, capsys):
    """Eight series of five nearly equal frames are eight pictures, not forty."""
    rng = np.random.default_rng(5)
    for name in CLASSES:
        for number in range(4):
            picture = texture(rng)
            picture = picture if name == "cat" else picture.filter(ImageFilter.GaussianBlur(3))
            for i in range(5):
                save(picture, tmp_path / "photos" / name / f"s{number}q{i}.jpg", 86 + i)
    said = report(capsys, tmp_path / "photos")
    assert "alone tells" not in said  # eight right of eight may be chance
    assert "too few series to look for leaks: 40 pictures are 8 series" in said
    for name in CLASSES:
        for number in range(4, 16):
            picture = texture(rng)
            picture = picture if name == "cat" else picture.filter(ImageFilter.GaussianBlur(3))
            for i in range(2):
                save(picture, tmp_path / "photos" / name / f"s{number}q{i}.jpg", 86 + i)
    assert re.search(r"of 88 pictures in 32 series", report(capsys, tmp_path / "photos"))


def test_classes_of_very_different_size_are_named_with_the_remedy(tmp_path, capsys):
    folder = flat(tmp_path / "photos", counts=(60, 15))
    assert "36 training pictures of cat, 9 of dog; --class-weights" in report(capsys, folder)
    assert "--class-weights" not in report(capsys, flat(tmp_path / "other", counts=(30, 15)))


def test_of_very_many_pictures_a_sample_is_examined_and_copies_in_all(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("helpers.datasets.series.MANY", 30)
    monkeypatch.setattr("helpers.datasets.checks.SAMPLE", 40)
    folder = flat(tmp_path / "photos", **LEAKS["size in pixels"])
    for path in list((folder / "cat").iterdir())[:20]:
        (folder / "dog" / path.name).write_bytes(path.read_bytes())
    said = report(capsys, folder)
    assert "beyond copies, 40 of the 80 pictures were examined" in said
    assert "20 pictures are the same as one of another class" in said


@pytest.mark.thorough
def test_a_resumed_run_says_again_what_was_found_and_examines_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(architectures.SPECS, "tiny", tiny.ARCH)
    folder = flat(tmp_path / "photos", counts=(24, 24), **LEAKS["size in pixels"])
    (folder / "cat" / "letter.txt").write_text("dear")
    command = ["train", "--data", str(folder), "--arch", "tiny", "--epochs", "2", "--out"]
    with monkeypatch.context() as patch:
        tiny.interrupt(patch, 2)
        assert main([*command, str(tmp_path / "run")]) == 130
    assert "leak:" in capsys.readouterr().out
    monkeypatch.setattr(checks, "examine", None)
    assert main([*command, str(tmp_path / "run")]) == 0
    assert (
        0 < (said := capsys.readouterr().out).index("leak:") < said.index("resumed after epoch 1")
    )
    card = (tmp_path / "run" / "model_card.md").read_text()
    assert "- leak:" in card
    assert "no picture by ending (1 .txt) left out" in card


def test_training_says_it_first_and_keeps_what_is_equalised(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(architectures.SPECS, "tiny", tiny.ARCH)
    folder = flat(tmp_path / "photos", counts=(40, 12), **LEAKS["size in pixels"])
    command = ["train", "--data", str(folder), "--arch", "tiny", "--epochs", "1", "--out"]
    assert main([*command, str(tmp_path / "plain")]) == 0
    said = capsys.readouterr().out
    assert 0 < said.index("leak:") < said.index("--class-weights") < said.index("epoch   1/1")
    lines = [line.strip() for line in said.splitlines()]
    warnings = [line for line in lines if line.startswith(("leak:", "the classes are of very"))]
    card = (tmp_path / "plain" / "model_card.md").read_text()
    assert [line in card for line in warnings] == [True, True]
    assert main([*command, str(tmp_path / "plain")]) == 0
    again = capsys.readouterr().out
    assert "holds this run, finished" in again
    assert [line in again for line in warnings] == [True, True]
    options = ["--equalise", "--class-weights"]
    assert main([*command, str(tmp_path / "equal"), *options]) == 0
    said = capsys.readouterr().out
    assert "equalised: shorter side 130, JPEG quality 75" in said
    assert "--class-weights" not in said
    run = Run.load(tmp_path / "equal")
    path = min((folder / "cat").iterdir())
    equal = datasets.decode(path, equal=run.equal)
    assert (run.equal.side, run.equal.quality) == (130, 75)
    side = tiny.ARCH.input_shape[0]
    corner = (256 - side) // 2
    crop = np.s_[corner : corner + side, corner : corner + side]
    assert (run.pictures([path])[0] == equal[crop]).all()
    assert (equal != datasets.decode(path)).any()
    assert (datasets.load_images(run.data)[run.data.table["path"] == str(path)] == equal).all()
    assert main([*command, str(tmp_path / "plain"), "--equalise"]) == 2
    assert "equalise (False there, True now)" in capsys.readouterr().err


@pytest.mark.parametrize("across", [True, False])
def test_classes_that_are_each_others_mirror_image_are_told_from_wrong_labels(
    tmp_path, capsys, across
):
    """Left and right arrows, say: most mirrored pairs lie in two classes; else one does."""
    rng = np.random.default_rng(3)
    for i in range(12):
        for name in CLASSES:
            save(texture(rng), tmp_path / name / f"{name}{i * 9}x.jpg")
        other = CLASSES[1] if across or i == 0 else CLASSES[0]
        with Image.open(tmp_path / "cat" / f"cat{i * 9}x.jpg") as seen:
            save(ImageOps.mirror(seen), tmp_path / other / f"m{i * 9}x.jpg")
    lines = report(capsys, tmp_path).splitlines()
    found = [line for line in lines if "is the mirror image" in line or "are the mirror" in line]
    assert "where left and right matter, train with --augment crop,colour" in found[0]
    advised = [i for i, line in enumerate(lines) if "left and right seem to be" in line]
    assert bool(advised) is across
    assert not across or "of 12 mirrored pairs 12 lie in two classes" in lines[advised[0]]


def test_motifs_of_folds_are_those_of_all_judged_pictures(tmp_path):
    rng = np.random.default_rng(4)
    for name in CLASSES:
        for i in range(9):
            picture = texture(rng)
            save(picture, tmp_path / name / f"{i * 9}x.jpg")
            save(picture, tmp_path / name / f"y{i * 9}.jpg", quality=80)
    dealt = folds.dealt(datasets.load(tmp_path), (1, 3))
    remarks = checks.examine(dealt, folds=True).remarks
    assert any("36 judged pictures of all folds show 18 motifs" in said for said in remarks)

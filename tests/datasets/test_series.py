"""Copies and shots of one moment stay on one side; pictures that share a frame do not."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from tiers import sample
from tiny import call

from helpers import datasets
from helpers.datasets.decoding import TURNS


def scene(rng, width=400, height=300) -> Image.Image:
    """Return a picture like no other: coarse and fine clouds in colour."""
    layers = np.full((height, width, 3), 128.0)
    for cells, strength in ((5, 0.9), (16, 0.5), (60, 0.2)):
        noise = Image.fromarray(rng.integers(0, 256, (cells, cells, 3), np.uint8))
        cloud = noise.resize((width, height), Image.Resampling.BICUBIC)
        layers += strength * (np.asarray(cloud, float) - 128)
    return Image.fromarray(layers.clip(0, 255).astype(np.uint8))


def chat(photo: Image.Image) -> Image.Image:
    """Return a screenshot of an app: all is the same but a quarter of the area."""
    screen = Image.new("RGB", (360, 780), (236, 229, 221))
    pen, rng = ImageDraw.Draw(screen), np.random.default_rng(9)
    pen.rectangle((0, 0, 360, 60), fill=(7, 94, 84))
    for top in (*range(70, 200, 40), *range(560, 740, 40)):
        width = int(rng.integers(140, 280))
        pen.rounded_rectangle((12, top, 12 + width, top + 32), 8, fill="white")
        for left in range(20, width, 7):
            pen.line((left, top + 9, left + 4, top + 22), fill=(40, 40, 40), width=2)
    screen.paste(photo.resize((226, 310)), (20, 220))
    return screen


def barred(photo: Image.Image) -> Image.Image:
    screen = Image.new("RGB", (400, 400))
    screen.paste(photo.resize((400, 225)), (0, 88))
    return screen


def pillared(photo: Image.Image) -> Image.Image:
    screen = Image.new("RGB", (480, 300))
    screen.paste(photo.resize((240, 300)), (120, 0))
    return screen


def framed(photo: Image.Image) -> Image.Image:
    screen = Image.new("RGB", (400, 300), "white")
    screen.paste(photo.resize((250, 190)), (75, 55))
    return screen


def told(folder, capsys) -> str:
    capsys.readouterr()
    assert call("data", folder) == 0
    return capsys.readouterr().out


def fill(folder, change=lambda it: it, count=24, seed=0):
    rng = np.random.default_rng(seed)
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            change(scene(rng)).save(folder / name / f"IMG_{i:04d}.jpg", quality=85)


@pytest.mark.parametrize("frame", sample([chat, barred, pillared, framed]))
def test_what_frames_share_is_no_likeness(tmp_path, capsys, frame):
    """Numbered in a row too: each shows another photograph."""
    fill(tmp_path / "photos", frame)
    said = told(tmp_path / "photos", capsys)
    assert "series:" not in said
    assert "one of another" not in said
    assert ": nothing found" in said or "leak" in said


@pytest.mark.parametrize("frame", sample([chat, barred, pillared, framed]))
def test_the_same_within_a_frame_is_found(tmp_path, capsys, frame):
    folder = tmp_path / "photos"
    fill(folder, frame, 12)
    for i in range(3):
        copy = Image.open(folder / "cat" / f"IMG_{i:04d}.jpg")
        copy.resize((copy.width // 2, copy.height // 2)).save(folder / "dog" / f"z{i}x.jpg")
    said = told(folder, capsys)
    assert "3 pictures are nearly the same as one of another class" in said
    assert "one of the labels may be wrong: look at them" in said


def test_a_picture_of_16_bits_is_compared_too(tmp_path, capsys):
    folder = tmp_path / "photos"
    fill(folder, count=12)
    for i in range(2):
        grey = np.asarray(Image.open(folder / "cat" / f"IMG_{i:04d}.jpg").convert("L"))
        for name, top in (("cat", 16), ("dog", 257)):  # 12 bits and 16
            deep = Image.fromarray(grey.astype(np.uint16) * np.uint16(top))
            deep.save(folder / name / f"scan{9 * i}x.png")
    assert "2 pictures are nearly the same as one of another class" in told(folder, capsys)


def turned(picture: Image.Image, orientation: int) -> Image.Image:
    """Return the pixels that a camera writes which was held so: the way back from what is seen."""
    backwards = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}[orientation]
    return picture.transpose(TURNS[backwards]) if backwards in TURNS else picture


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_edit_that_was_saved_upright_is_found(tmp_path, capsys, orientation):
    """As phones do: IMG_0001 lies on its side in the file, IMG_E0001 does not."""
    folder, rng = tmp_path / "photos", np.random.default_rng(orientation)
    fill(folder, count=6)
    for i, size in enumerate([(400, 300), (300, 400)]):
        seen, exif = scene(rng, *size), Image.Exif()
        exif[0x0112] = orientation
        turned(seen, orientation).save(folder / "cat" / f"x{i * 9}.jpg", quality=88, exif=exif)
        seen.save(folder / "dog" / f"E{i * 9}x.jpg", quality=80)
    assert "2 pictures are nearly the same as one of another class" in told(folder, capsys)


NAMES = {
    "Burst": "20240513_1200{:02d}_Burst{:02d}.jpg",
    "BURST": "00{1:03d}IMG_BURST202405131200{0:02d}123_{1}.jpg",
    "counter": "IMG_20240513_1200{:02d}_{:03d}.jpg",
    "brackets": "2024-05-13 12.00.{:02d} ({}).jpg",
    "tilde": "IMG_20240513_1200{:02d}~{}.jpg",
    "pixel": "PXL_20240513_1200{:02d}{:03d}.jpg",
    "iso": "scene 2024-05-13T12-00-{:02d}-{}.jpg",
}


def shots(scenery: Image.Image, rng, count: int, moved: float = 0.055):
    """Yield shots of one scene: moved, lighter or darker, each with noise of its own."""
    width, height = (round(side * (1 - moved)) for side in scenery.size)
    for _ in range(count):
        left = rng.integers(0, scenery.width - width + 1)
        top = rng.integers(0, scenery.height - height + 1)
        pixels = np.asarray(scenery.crop((left, top, left + width, top + height)), float)
        pixels = pixels * rng.uniform(0.95, 1.05) + rng.normal(0, 6, pixels.shape)
        yield Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def parts(folder: Path) -> dict[str, str]:
    table = datasets.load(folder).table
    return {Path(path).name: part for path, part in zip(table["path"], table["split"], strict=True)}


@pytest.mark.parametrize("pattern", NAMES)
@pytest.mark.parametrize("alike", [True, False])
def test_names_of_one_second_are_one_series(tmp_path, pattern, alike):
    rng = np.random.default_rng(1)
    fill(tmp_path, count=15)
    names = [NAMES[pattern].format(7, k) for k in range(1, 6)]
    views = shots(scene(rng, 1100, 800), rng, 5) if alike else [scene(rng) for _ in names]
    for name, view in zip(names, views, strict=True):
        view.save(tmp_path / "cat" / name)
    found = parts(tmp_path)
    assert len({found[name] for name in names}) == 1


@pytest.mark.parametrize("step", [1, 2])
def test_shots_of_following_seconds_are_one_series(tmp_path, step):
    rng = np.random.default_rng(2)
    fill(tmp_path, count=15)
    names = [f"{9 - k}x_20240513_1200{step * k:02d}_a.jpg" for k in range(5)]
    for name, view in zip(names, shots(scene(rng, 1100, 800), rng, 5), strict=True):
        view.save(tmp_path / "cat" / name)
    found = parts(tmp_path)
    assert len({found[name] for name in names}) == 1


APART = {
    "seconds": "20240513_1200{:02d}.jpg",
    "whatsapp": "IMG-20240513-WA{:04d}.jpg",
    "album": "WhatsApp Image 2024-05-13 at 12.00.07 ({}).jpeg",
    "telegram": "photo_2024-05-13_12-00-07 ({}).jpg",
    "day": "20240513_{:03d}.jpg",
}


@pytest.mark.parametrize("pattern", APART)
def test_other_pictures_of_one_day_are_no_series(tmp_path, capsys, pattern):
    rng = np.random.default_rng(3)
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for i in range(20):
            scene(rng).save(tmp_path / name / APART[pattern].format(i))
    assert "one series" not in told(tmp_path, capsys)
    assert {"train", "val", "test"} == set(parts(tmp_path).values())

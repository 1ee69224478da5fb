"""Picture files with an empty stretch are damaged; flat pictures, full of zeros, are not."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw
from sklearn.datasets import load_sample_image
from tiers import sample

from helpers import datasets
from helpers.__main__ import main
from helpers.errors import UserError

PHOTO = Image.fromarray(load_sample_image("flower.jpg"))
CHINA = Image.fromarray(load_sample_image("china.jpg"))
WAYS = {
    "x.jpg": [{"quality": q} for q in (50, 75, 95)] + [{"optimize": True}, {"progressive": True}],
    "x.png": [{}],
    "x.gif": [{}],
    "x.webp": [{"quality": 80}, {"quality": 95, "method": 0}, {"lossless": True, "method": 0}],
    "x.bmp": [{}],
    "x.tif": [{}, {"compression": "tiff_lzw"}, {"compression": "tiff_adobe_deflate"}],
    "x.ppm": [{}],
    "x.tga": [{}, {"compression": "tga_rle"}],
    "x.avif": [{"speed": 9}],
    "x.jp2": [{}],
}
CASES = [(name, options) for name, ways in WAYS.items() for options in ways]


def saved(picture: Image.Image, name: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, Image.registered_extensions()[name[1:]], **options)
    return file.getvalue()


def emptied(data: bytes, share: float, length: int | None = None) -> bytes:
    """Return a file with zeros from a share of it on, to the end or for a length."""
    start = int(share * len(data))
    stop = len(data) if length is None else min(len(data), start + length)
    return data[:start] + bytes(stop - start) + data[stop:]


def said(folder, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    try:
        datasets.decode(folder / name)
    except UserError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("name", "options"), CASES)
@pytest.mark.parametrize("photo", [PHOTO, CHINA], ids=["flower", "china"])
def test_a_file_that_was_given_its_room_and_never_filled(tmp_path, name, options, photo):
    data = saved(photo, name, **options)
    assert not said(tmp_path, name, data)
    for share in (0.15, 0.3, 0.5, 0.66, 0.8):
        assert "cannot be read as a picture" in said(tmp_path, name, emptied(data, share)), share
    blocks = 4096 * (len(data) // 2 // 4096)
    if blocks:
        assert said(tmp_path, name, data[:blocks] + bytes(len(data) - blocks))


@pytest.mark.parametrize("options", [o for o in WAYS["x.jpg"] if "progressive" not in o])
@pytest.mark.parametrize("photo", [PHOTO, CHINA], ids=["flower", "china"])
def test_a_hole_in_the_middle_of_a_jpeg(tmp_path, options, photo):
    data = saved(photo, "x.jpg", **options)
    for share in (0.2, 0.33, 0.5, 0.7, 0.9):
        for length in (600, 2000):
            assert "cannot be read" in said(tmp_path, "x.jpg", emptied(data, share, length))


def test_the_command_names_it(tmp_path, capsys):
    for name in ("cat", "dog"):
        for i in range(6):
            path = tmp_path / "photos" / name / f"{i}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(saved(PHOTO.rotate(7 * i), "x.jpg"))
    path.write_bytes(emptied(path.read_bytes(), 0.4, 1500))
    assert main(["data", str(tmp_path / "photos")]) == 2
    told = capsys.readouterr().err
    assert "5.jpg" in told
    assert "a part of the file is empty (zeros); fetch or copy it again" in told
    assert told.count("\n") == 1


def drawn() -> dict[str, Image.Image]:
    """Return pictures whose files are full of zeros, and none of them damaged."""
    night = Image.new("RGB", (900, 900))
    ImageDraw.Draw(night).ellipse((100, 50, 800, 500), fill=(200, 180, 90))
    product = Image.new("RGB", (1200, 1200), "white")
    product.paste(PHOTO.resize((500, 330)), (300, 200))
    barred = Image.new("RGB", (640, 900))
    barred.paste(PHOTO, (0, 200))
    page = Image.new("1", (1000, 1400), 1)
    ImageDraw.Draw(page).rectangle((0, 900, 1000, 1400), fill=0)
    found = {
        "black": Image.new("RGB", (2000, 2000)),
        "white": Image.new("RGB", (2000, 2000), "white"),
        "red": Image.new("RGB", (2000, 2000), (200, 30, 40)),
        "fall": Image.fromarray(
            np.tile((255 - np.arange(4000) // 16).clip(0).astype(np.uint8), (900, 1))
        ),
        "ramp": Image.fromarray(np.tile(np.arange(4000).astype(np.uint8), (900, 1))),
        "night": night,
        "product": product,
        "barred": barred,
        "page": page.convert("L"),
        "diagonal": Image.fromarray(np.tri(700, 900, 100, np.uint8) * 200).rotate(180),
    }
    return {
        **found,
        "turned": night.rotate(90),
        "below": product.transpose(Image.Transpose.ROTATE_180),
    }


@pytest.mark.parametrize("name", sample(WAYS, 3))
def test_no_whole_picture_is_refused(tmp_path, name):
    ways = WAYS[name]
    if name == "x.jpg":
        ways = [
            {"quality": q, "optimize": o, "progressive": p}
            for q in (5, 60, 100)
            for o in (False, True)
            for p in (False, True)
        ]
    for which, picture in drawn().items():
        if name == "x.avif" and picture.width > 1000:
            continue
        for options in ways:
            assert not said(tmp_path, name, saved(picture, name, **options)), (which, options)


def test_zeros_behind_the_end_are_no_damage(tmp_path):
    for name in ("x.jpg", "x.png", "x.gif", "x.webp", "x.avif"):
        assert not said(tmp_path, name, saved(PHOTO, name) + bytes(70_000)), name

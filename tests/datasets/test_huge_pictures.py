"""Huge pictures: read in half a gigabyte and a few seconds, or refused in one sentence."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
import tiny
from PIL import Image
from tiers import sample

from helpers import datasets
from helpers.__main__ import main

BYTES, SECONDS = 500_000_000, 10.0

#: Reads file after file and tells of each what came out, how many bytes more than at the start the
#: process had at its worst, and how many seconds it worked.
READER = """
import json, sys, time
from pathlib import Path
from PIL import Image, ImageCms
from helpers import datasets
from helpers.errors import UserError
def memory(what):
    status = Path("/proc/self/status").read_text()
    return int(status.split(what + ":")[1].split()[0]) * 1024
Image.init()
first, *paths = sys.argv[1:]
datasets.decode(first)
before = memory("VmRSS")
for path in paths:
    Path("/proc/self/clear_refs").write_text("5")  # the worst is counted anew
    begin = time.process_time()
    try:
        said = str(datasets.decode(path).shape)
    except UserError as error:
        said = str(error)
    seconds = time.process_time() - begin
    print(json.dumps([Path(path).name, said, memory("VmHWM") - before, seconds]), flush=True)
"""


def photo(side: int, mode: str = "RGB") -> Image.Image:
    """Return a smooth picture: the same whatever its size."""
    small = np.random.default_rng(0).integers(20, 236, (5, 5, 3), dtype=np.uint8)
    picture = Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC)
    grey = picture.convert("L")
    if mode in ("RGBA", "LA", "clear"):
        picture.putalpha(grey.point(lambda value: 255 if value > 100 else 0))
        return picture if mode == "RGBA" else picture.convert("LA")
    if mode.startswith("I;16"):
        return Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    if mode == "F":
        return Image.fromarray(np.asarray(grey).astype(np.float32) / 255)
    if mode == "LAB":
        return Image.merge("LAB", picture.split())
    return picture.quantize(64, dither=0) if mode == "P" else picture.convert(mode)


def tiled(side: int, mode: str = "RGB") -> Image.Image:
    """Return a large picture that is quickly made: one tile again and again."""
    tile = np.asarray(photo(250, mode))
    return Image.fromarray(np.tile(tile, (side // 250, side // 250, *[1] * (tile.ndim - 2))))


#: Name, what writes it, and whether it is read; those come first that `make test` looks at.
HUGE = {
    "alpha.png": (lambda to: tiled(5000, "RGBA").save(to, compress_level=1), True),
    "reduced.jpg": (lambda to: tiled(15000, "L").save(to, quality=60), True),
    "photo.webp": (lambda to: tiled(6000).save(to, method=0), False),
    "deep.png": (lambda to: tiled(6000, "I;16").save(to, compress_level=1), True),
    "deep.tif": (lambda to: tiled(6000, "I;16").save(to), True),
    "float.tif": (lambda to: tiled(6000, "F").save(to), True),
    "clear.gif": (lambda to: tiled(6000, "L").save(to, transparency=3), True),
    "ink.tif": (lambda to: tiled(6000).convert("CMYK").save(to), True),
    "strip.tif": (
        lambda to: tiled(4500).save(to, compression="tiff_lzw", strip_size=4500**2 * 3),
        True,
    ),
    "reduced.jp2": (lambda to: tiled(4500, "L").save(to, num_resolutions=6), True),
    "alpha.webp": (lambda to: tiled(6000, "RGBA").save(to, method=0), False),
    "slow.jpg": (lambda to: tiled(9000).save(to, progressive=True, subsampling=0), False),
    "thin.png": (lambda to: tiled(5000, "RGBA").crop((0, 0, 5000, 500)).save(to), True),
}


@pytest.mark.skipif(sys.platform != "linux", reason="the worst of a process is told by Linux")
@pytest.mark.parametrize("huge", sample([[*HUGE][:3], [*HUGE][3:]]), ids=["some", "others"])
def test_huge_pictures_take_half_a_gigabyte_or_are_refused(tmp_path, huge):
    for name in huge:
        HUGE[name][0](tmp_path / name)
    with open(tmp_path / "whole_disk.bmp", "wb") as file:
        file.write(b"BM")
        file.truncate(900_000_000)
    photo(30).save(tmp_path / "small.png")
    names = ["small.png", *huge, "whole_disk.bmp"]
    done = subprocess.run(
        [sys.executable, "-c", READER, *(tmp_path / name for name in names)],
        env=tiny.environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [name for name, *_ in told] == names[1:]
    for name, said, memory, seconds in told:
        if name in HUGE and HUGE[name][1]:
            assert said == "(256, 256, 3)", name
        else:
            assert f"{name} cannot be read as a picture: it" in said
            assert said.endswith("make it smaller first.")
        assert memory < BYTES, (name, memory)
        assert seconds < SECONDS, (name, seconds)


def test_the_refusal_names_the_size(tmp_path, capsys):
    for name in ("cat", "dog"):
        for i in range(3):
            path = tmp_path / "photos" / name / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            photo(40 + i).save(path)
    Image.new("RGB", (6000, 5000)).save(tmp_path / "photos" / "cat" / "big.webp", method=0)
    blank = (tmp_path / "photos" / "cat" / "big.webp").read_bytes()
    (tmp_path / "photos" / "cat" / "big.webp").write_bytes(blank + bytes(30_000))
    assert main(["data", str(tmp_path / "photos")]) == 2
    said = capsys.readouterr().err
    assert "big.webp cannot be read as a picture: it has 6,000×5,000 pixels, and decoding" in said
    assert said.count("\n") == 1
    assert main(["data", str(tmp_path / "photos"), "--skip-unreadable"]) == 0


SHAPES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "TIFF": ("L", "RGB", "RGBA", "CMYK", "LAB", "F", "I;16", "P", "I"),
    "WEBP": ("RGB", "RGBA"),
    "GIF": ("P",),
}


@pytest.mark.parametrize(
    ("kind", "mode"),
    sample([(kind, modes[-1]) for kind, modes in SHAPES.items()], 5)
    + sample([(kind, mode) for kind, modes in SHAPES.items() for mode in modes[:-1]], 0),
)
def test_a_large_picture_is_read_as_a_small_one_of_its_kind(tmp_path, kind, mode):
    """From four million pixels on it is brought near its size in strips, before its colours."""
    read = []
    for side in (2100, 700):  # 2100 is no multiple of what a strip has
        file = io.BytesIO()
        options = {"method": 0, "lossless": True} if kind == "WEBP" else {}
        photo(side, mode).save(file, kind, **options)
        (tmp_path / "x").write_bytes(file.getvalue())
        read.append(datasets.decode(tmp_path / "x").astype(int))
    assert np.abs(read[0] - read[1]).mean() < (8 if mode == "1" else 2)
    assert np.ptp(read[0]) > 100


@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
def test_a_large_drawing_in_one_clear_colour_keeps_its_ground(tmp_path, mode):
    pixels = np.full((2100, 2200), 255, np.uint8)
    pixels[900:1200] = 0
    drawing = Image.fromarray(pixels).convert(mode)
    clear = (255, 255, 255) if mode == "RGB" else 255
    drawing.save(tmp_path / "x.png", transparency=clear)
    found = datasets.decode(tmp_path / "x.png")
    assert (found[128] == 0).all()
    assert (found[20] == 255).all()

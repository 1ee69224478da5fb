"""Pictures that are read and show little, or otherwise than meant: a note for each kind."""

import numpy as np
import pytest
from PIL import Image
from test_decoding import tiff
from tiers import sample
from tiny import call

from helpers import datasets


def noisy(rng, width=300, height=260, top=255):
    """Return grey values 0 to ``top``: blotches and grain."""
    coarse = Image.fromarray(rng.integers(0, 256, (6, 6), np.uint8))
    values = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), float)
    values = values + rng.normal(0, 12, values.shape)
    values -= values.min()
    return (values * (top / values.max())).round().astype(np.uint16)


@pytest.fixture
def photos(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("cup", "pot"):
        (tmp_path / name).mkdir()
        for i in range(6):
            grey = noisy(rng).astype(np.uint8)
            Image.fromarray(grey).convert("RGB").save(tmp_path / name / f"{i}{name}.png")
    return tmp_path


def write(path, values, kind):
    if kind == "png":
        Image.fromarray(values).save(path)
    else:
        path.write_bytes(tiff(values, 16, 1, "<" if kind == "little" else ">"))


def told(folder, capsys) -> str:
    capsys.readouterr()
    assert call("data", folder) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("kind", sample(["png", "little", "big"]))
@pytest.mark.parametrize(
    ("top", "bits"), [(255, 8), (200, 8), (1023, 12), (4080, 12), (4095, 12), (4096, 0), (65535, 0)]
)
def test_fewer_bits_in_16_are_brightened(photos, capsys, kind, top, bits):
    values = noisy(np.random.default_rng(1), top=top)
    for name in ("scan", "scan2"):
        write(photos / "cup" / (name + (".png" if kind == "png" else ".tif")), values, kind)
    (path,) = photos.glob("cup/scan.*")
    white = 2 ** (bits or 16) - 1
    assert abs(datasets.decode(path, 260).max() - 255 * top / white) <= 2
    said = told(photos, capsys)
    assert ("brightened accordingly" in said) == bool(bits)
    if bits:
        assert f"2 pictures hold {bits} bits in 16 (such as cup/{path.name}): bri" in said


def test_a_large_picture_is_judged_by_its_brightest_pixel(tmp_path):
    """Reducing averages the brightest pixels away; they still say that all 16 bits are used."""
    values = noisy(np.random.default_rng(2), 3000, 2000, 4000)
    dark, bright = tmp_path / "dark.png", tmp_path / "bright.png"
    Image.fromarray(values).save(bright)
    values[1234, 567] = 60000
    Image.fromarray(values).save(dark)
    assert np.median(datasets.decode(bright)) > 10 * np.median(datasets.decode(dark))


@pytest.mark.parametrize("side", [100, 3000])
def test_black_stays_black_and_is_said(photos, capsys, side):
    path = photos / "cup" / "night.png"
    Image.fromarray(np.zeros((side, side), np.uint16)).save(path)
    assert not datasets.decode(path).any()
    said = told(photos, capsys)
    assert "1 picture is nearly all black or of one colour (cup/night.png): it holds not" in said
    assert "brightened" not in said


@pytest.mark.parametrize("colour", [(0, 0, 0), (9, 3, 12), (255, 255, 255), (200, 40, 40)])
@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_pictures_of_one_colour_are_said(photos, capsys, colour, ending):
    rng = np.random.default_rng(3)
    for i in range(2):
        pixels = np.clip(np.array(colour) + rng.normal(0, 3, (200, 220, 3)), 0, 255)
        Image.fromarray(pixels.astype(np.uint8)).save(photos / "pot" / f"lid{i}.{ending}")
    said = told(photos, capsys)
    assert f"2 pictures are nearly all black or of one colour (such as pot/lid0.{ending})" in said


SHAPES = [
    ((6000, 400), "over 3 times as long as wide", "only the middle 7 % of the area is taken"),
    ((300, 920), "over 3 times as long as wide", "only the middle 33 % of the area is taken"),
    ((16, 16), "smaller than 64 pixels", "enlarged"),
    ((63, 90), "smaller than 64 pixels", "enlarged"),
    ((900, 300), "", ""),
    ((64, 64), "", ""),
]


@pytest.mark.parametrize(("shape", "what", "why"), SHAPES)
@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_odd_shapes_and_sizes_are_said(photos, capsys, shape, what, why, ending):
    picture = Image.fromarray(noisy(np.random.default_rng(4), *shape).astype(np.uint8))
    picture.save(photos / "pot" / f"odd.{ending}")
    said = told(photos, capsys)
    assert any(kind in said for kind in {one[1] for one in SHAPES if one[1]}) == bool(what)
    if what:
        assert f"1 picture is {what} (pot/odd.{ending}): {why}" in said


PAGES = [
    b"<!DOCTYPE html>\n<html><body>404</body></html>",
    b"\xef\xbb\xbf\n <!-- moved -->\n<HTML lang='de'><head></head></HTML>",
    b"<?xml version='1.0'?><!DOCTYPE html PUBLIC ''><html/>",
    "<html><title>Sign in</title></html>".encode("utf-16"),
]


@pytest.mark.parametrize("page", PAGES)
def test_a_web_page_in_place_of_a_picture_is_said(photos, capsys, page):
    (photos / "cup" / "page.jpg").write_bytes(page)
    assert call("data", photos) == 2
    said = capsys.readouterr().err
    assert "page.jpg cannot be read as a picture: it is a web page (HTML), no picture" in said
    assert "fetch the picture again" in said


@pytest.mark.parametrize(
    ("sizes", "count", "taken", "seen"),
    [
        ([(210, 297)], "8 pictures are far from square", "71", "54"),
        ([(320, 200)], "8 pictures are far from square", "62", "48"),
        ([(320, 200), (210, 297)], "8 pictures are far from square", "62 to 71", "48 to 54"),
        ([(1000, 250)], "8 pictures are over 3 times as long as wide", "25", "19"),
        ([(1000, 250), (200, 2000)], "8 pictures are over 3 times", "10 to 25", "8 to 19"),
        ([(400, 300)], "", "", ""),
        ([(300, 300)], "", "", ""),
    ],
)
def test_how_much_of_the_area_is_seen_is_said(tmp_path, capsys, sizes, count, taken, seen):
    """A network takes 224 of 256 pixels a side: 77 % of the square."""
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for i in range(4):
            width, height = sizes[i % len(sizes)]
            pixels = rng.integers(0, 256, (height, width, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{i}.png")
    assert call("data", tmp_path) == 0
    said = capsys.readouterr().out
    assert count in said
    if count:
        assert f"(such as cat/0.png): only the middle {taken} % of the area is taken" in said
        assert f"224 of its 256 pixels a side sees {seen} % of the picture" in said
    else:
        assert "square" not in said
        assert "of the area" not in said

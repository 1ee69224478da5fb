"""Pages of text, tables, music, maps and forms are no copies of each other; their copies are."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from sklearn.datasets import load_sample_image
from test_series import fill, scene, told
from tiers import sample

from helpers import datasets
from helpers.datasets import series

WIDTH, HEIGHT = 744, 1052  # pixels of a page: 90 a inch


def words(rng, count: int) -> str:
    letters = ("".join(map(chr, rng.integers(97, 123, rng.integers(2, 11)))) for _ in range(count))
    return " ".join(letters)


def page(color: int | tuple = 255) -> tuple[Image.Image, ImageDraw.ImageDraw, ImageFont.ImageFont]:
    sheet = Image.new("L" if isinstance(color, int) else "RGB", (WIDTH, HEIGHT), color)
    return sheet, ImageDraw.Draw(sheet), ImageFont.load_default(15)


def text(rng) -> Image.Image:
    sheet, pen, font = page()
    for top in range(72, 980, 22):
        pen.text((66, top), words(rng, 14)[:74], 0, font)
    return sheet


def fax(rng) -> Image.Image:
    return text(rng).convert("1")


def deep(rng) -> Image.Image:
    return Image.fromarray(np.asarray(text(rng)).astype(np.uint16) * np.uint16(257))


def invoice(rng) -> Image.Image:
    sheet, pen, font = page()
    for top in range(72, 160, 22):
        pen.text((66, top), words(rng, 3), 0, font)
    for top in range(300, 840, 30):
        pen.line((66, top, 678, top), 0, 2)
        pen.text((78, top + 6), words(rng, 4), 0, font)
        pen.text((570, top + 6), f"{rng.integers(1, 99_999) / 100:.2f}", 0, font)
    for left in (66, 420, 540, 678):
        pen.line((left, 300, left, 840), 0, 2)
    return sheet


def music(rng) -> Image.Image:
    sheet, pen, _ = page()
    for top in range(72, 960, 90):
        for line in range(5):
            pen.line((60, top + 8 * line, 684, top + 8 * line), 0)
        for left in range(84, 670, 27):
            note = top + 4 * int(rng.integers(0, 9))
            pen.ellipse((left, note - 4, left + 11, note + 4), 0)
            pen.line((left + 10, note, left + 10, note - 30), 0)
    return sheet


def form(rng) -> Image.Image:
    """The same printed page, with other lines of handwriting in four boxes."""
    sheet = text(np.random.default_rng(7))
    pen = ImageDraw.Draw(sheet)
    for top in range(180, 980, 200):
        pen.rectangle((66, top, 678, top + 66), 255, 0)
        points = [(84, top + 33)]
        while points[-1][0] < 640:
            right, down = rng.integers((2, 14), (9, 54)).tolist()
            points.append((points[-1][0] + right, top + down))
        pen.line(points, 40, 3)
    return sheet


def street_map(rng) -> Image.Image:
    sheet, pen, _ = page((242, 239, 233))
    for _ in range(50):
        x, y, turn = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(0, np.pi)
        far = 400 * np.cos(turn), 400 * np.sin(turn)
        ends = (x - far[0], y - far[1], x + far[0], y + far[1])
        pen.line(ends, "white" if rng.random() < 0.6 else (250, 200, 120), int(rng.integers(3, 8)))
    for x, y in zip(rng.integers(0, WIDTH, 400), rng.integers(0, HEIGHT, 400), strict=True):
        pen.rectangle((x, y, x + 12, y + 9), (200, 190, 180))
    return sheet


def bricks(rng) -> Image.Image:
    wall = np.full((HEIGHT, WIDTH), 150.0)
    for row, top in enumerate(range(0, HEIGHT, 32)):
        for left in range(-40 * (row % 2), WIDTH, 80):
            wall[top + 3 : top + 32, max(0, left + 3) : left + 80] = 110 + rng.normal(0, 14)
    noisy = wall + rng.normal(0, 5, wall.shape)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


KINDS = [text, fax, deep, invoice, music, form, street_map, bricks]


def store(sheet: Image.Image, path) -> None:
    if sheet.mode == "1":
        sheet.save(path.with_suffix(".tif"), compression="group4")
    else:
        sheet.save(path.with_suffix(".png"), compress_level=1)


def archive(folder, kind, count=12) -> list[Image.Image]:
    """Two classes of pages, numbered in a row; return those of the first."""
    rng = np.random.default_rng(4)
    classes = {name: [kind(rng) for _ in range(count)] for name in ("letter", "order")}
    for name, sheets in classes.items():
        (folder / name).mkdir(parents=True)
        for i, sheet in enumerate(sheets):
            store(sheet, folder / name / f"scan_{i:03d}")
    return classes["letter"]


@pytest.mark.parametrize("kind", sample(KINDS, 3))
def test_pages_of_one_layout_are_no_series(tmp_path, capsys, kind):
    archive(tmp_path / "pages", kind)
    said = told(tmp_path / "pages", capsys)
    assert "nearly the same" not in said
    assert "series with" not in said
    assert "one series" not in said
    assert "too few series" not in said
    parts = datasets.load(tmp_path / "pages").table["split"]
    assert set(parts) == {"train", "val", "test"}


def saved_anew(sheet, rng):
    file = io.BytesIO()
    sheet.convert("L").save(file, "JPEG", quality=60)
    return Image.open(file)


def halved(sheet, rng):
    return sheet.convert("L").resize((sheet.width // 2, sheet.height // 2))


def cropped(sheet, rng):
    left, top = rng.uniform(0, 0.03, 2) * sheet.size
    box = (left, top, left + 0.97 * sheet.width, top + 0.97 * sheet.height)
    return sheet.convert("L").crop(tuple(map(int, box)))


def scanned_again(sheet, rng):
    moved = Image.new("L", sheet.size, 255)
    moved.paste(sheet.convert("L"), tuple(rng.integers(-7, 8, 2).tolist()))
    pixels = np.asarray(moved.filter(ImageFilter.GaussianBlur(0.6)), float)
    pixels = pixels + rng.normal(0, 8, pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("kind", sample([text, street_map, fax, invoice, music, form], 2))
@pytest.mark.parametrize("change", sample([scanned_again, saved_anew, halved]))
def test_a_page_that_is_there_twice_is_found(tmp_path, capsys, kind, change):
    rng = np.random.default_rng(6)
    sheets = archive(tmp_path / "pages", kind, 6)
    for i in range(3):
        change(sheets[i], rng).save(tmp_path / "pages" / "order" / f"z{9 * i}x.png")
    said = told(tmp_path / "pages", capsys)
    assert "3 pictures are nearly the same as one of another class" in said


def shapes(rng) -> Image.Image:
    """Things of one colour on a ground of soft colours: few cells have any detail."""
    ground = Image.fromarray(rng.integers(30, 226, (6, 8, 3), np.uint8))
    picture = ground.resize((400, 300), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(picture)
    for _ in range(6):
        x, y, size = rng.integers((0, 0, 12), (340, 240, 40)).tolist()
        pen.rectangle((x, y, x + size, y + size), tuple(rng.integers(0, 256, 3).tolist()))
    x, y, size = rng.integers((60, 40, 90), (160, 90, 150)).tolist()
    pen.ellipse((x, y, x + size, y + size), "grey", "black", 4)
    return picture


def place(rng) -> Image.Image:
    left, top = rng.integers((20, 20), (220, 160)).tolist()
    photograph = Image.fromarray(load_sample_image("china.jpg"))
    return photograph.crop((left, top, left + 400, top + 260))


@pytest.mark.parametrize("seen", [shapes, place])
def test_shots_of_an_unsteady_hand_in_bad_light_are_a_series(tmp_path, seen):
    """Their names follow each other; each is turned by up to two degrees and has its own noise."""
    rng, paths = np.random.default_rng(3), []
    for scene_number in range(5):
        picture = seen(rng)
        for shot in range(3):
            turned = picture.rotate(rng.uniform(-1, 1), Image.Resampling.BICUBIC)
            pixels = np.asarray(turned) * rng.uniform(0.95, 1.05) + rng.normal(
                0, 6, (picture.height, picture.width, 3)
            )
            path = tmp_path / f"IMG_{10 * scene_number + shot:04d}.jpg"
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
            paths.append(str(path))
    groups = series.found([paths], tmp_path)[0]
    assert sorted(map(sorted, groups)) == [[k, k + 1, k + 2] for k in range(0, 15, 3)]


@pytest.mark.parametrize("change", [saved_anew, halved, cropped])
def test_copies_within_a_class_are_counted_and_not_called_nothing(tmp_path, capsys, change):
    folder, rng = tmp_path / "photos", np.random.default_rng(8)
    fill(folder)
    for i in range(8):
        picture = Image.open(folder / "cat" / f"IMG_{i:04d}.jpg")
        change(picture, rng).convert("L").save(folder / "cat" / f"IMG_{i:04d}-bearbeitet.jpg")
        picture.convert("L").save(folder / "cat" / f"IMG_{i:04d}.jpg", quality=90)
    said = told(folder, capsys)
    assert "8 pictures are nearly the same as another of the same class (cat" in said
    assert "they stay on one side" in said
    assert "series" not in said.partition(": nothing found")[0].rpartition("examined for")[2]


def test_exact_copies_are_not_called_nothing(tmp_path, capsys):
    folder = tmp_path / "photos"
    fill(folder)
    for i in range(4):
        content = (folder / "cat" / f"IMG_{i:04d}.jpg").read_bytes()
        (folder / "cat" / f"again {i}.jpg").write_bytes(content)
    said = told(folder, capsys)
    assert "4 pictures are exact copies of others" in said
    assert "examined for series, and size" in said
    assert "nearly the same" not in said


def test_the_motifs_that_judge_are_counted(tmp_path, capsys):
    rng = np.random.default_rng(9)
    for part, count in {"train": 8, "val": 8, "test": 3}.items():
        for name in ("cat", "dog"):
            (tmp_path / part / name).mkdir(parents=True)
            for i in range(count):
                picture = scene(rng)
                picture.save(tmp_path / part / name / f"{7 * i}x.jpg", quality=90)
                if part == "test" and name == "dog":
                    picture.save(tmp_path / part / name / f"{7 * i}x-2.jpg", quality=60)
    assert "the 9 judged pictures show 6 motifs: copies and shots of one moment" in told(
        tmp_path, capsys
    )

"""Pages with a digit as a telephone photographs them: seven kinds of trouble in three strengths.

A page is grey values, float (800, 600), paper 225 and ink 40. ``KINDS[kind](page, strength, rng)``
returns a picture, ready to be saved; strengths are 0, 1, 2.
"""

from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

PAPER, INK = 225, 40
FONTS = ("DejaVuSans-Bold", "DejaVuSans", "DejaVuSerif-Bold", "DejaVuSansMono")


def printed(text: str, font: str = FONTS[0], size: int = 300, place=(190, 190)) -> np.ndarray:
    """Return a page with text in a typeface of matplotlib's."""
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", f"{font}.ttf")
    page = Image.new("L", (600, 800), PAPER)
    ImageDraw.Draw(page).text(place, text, fill=INK, font=ImageFont.truetype(path, size))
    return np.asarray(page, float)


def written(digit: np.ndarray, scale: int = 11, place=(150, 200)) -> np.ndarray:
    """Return a page with a digit of MNIST, (28, 28, 1), enlarged."""
    side = 28 * scale
    big = Image.fromarray(digit[..., 0]).resize((side, side), Image.Resampling.BICUBIC)
    page = np.full((800, 600), float(PAPER))
    left, top = place
    page[top : top + side, left : left + side] -= (PAPER - INK) * np.asarray(big, float) / 255
    return page


def uneven_light(page, strength, rng):
    """Light that falls off across the page, to 60, 45 and 30 %, and a soft shadow of a hand."""
    height, width = page.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    along = (x * np.cos(angle) + y * np.sin(angle)) / 1.42  # −1 to 1
    light = 1 - (0.4, 0.55, 0.7)[strength] * (1 + along) / 2
    across = -x * np.sin(angle) + y * np.cos(angle)
    edge = 1 / (1 + np.exp(-(across - rng.uniform(-0.3, 0.3)) / 0.08))
    return _grey(page * light * (1 - (0.1, 0.2, 0.3)[strength] * edge))


def ruled(page, strength, rng):
    """Lines of 2, 3 and 4 pixels, ever darker, tilted; the strongest is squared paper."""
    lines = Image.new("L", (page.shape[1], page.shape[0]), 255)
    pen, slope = ImageDraw.Draw(lines), np.tan(np.radians(rng.uniform(-2, 2)))
    tone = (200, 180, 150)[strength]
    width, step, start = 2 + strength, int(rng.integers(45, 60)), int(rng.integers(0, 40))
    for k in range(start - 100, 900, step):
        pen.line((0, k, 600, k + 600 * slope), fill=tone, width=width)
        if strength == 2:
            pen.line((k, 0, k - 800 * slope, 800), fill=tone, width=width)
    return _grey(page * np.asarray(lines, float) / 255)


def desk(page, strength, rng):
    """A dark desk along one edge, two edges, three edges."""
    page, edges = page.copy(), rng.permutation(4)[: strength + 1]
    for edge in edges:
        wide, turned = int(rng.integers(15, 60)), np.rot90(page, edge)
        turned[:wide] = rng.uniform(20, 90)
    return _grey(page)


def on_a_desk(page, strength, rng):
    """The sheet on a dark desk that shows all around it, at an angle."""
    tone = (100, 60, 25)[strength]
    sheet = Image.fromarray(page.astype("uint8")).convert("LA")
    turned = sheet.rotate(rng.uniform(-6, 6), Image.Resampling.BICUBIC, expand=True)
    wide, high = (side + 80 * (1 + strength) for side in turned.size)
    whole = Image.new("LA", (wide, high), (tone, 255))
    whole.alpha_composite(turned, (40 * (1 + strength), 30 * (1 + strength)))
    grain = rng.normal(0, 4, (high, wide))
    return _grey(np.asarray(whole.convert("L"), float) + grain)


def specks(page, strength, rng):
    """10, 40 and 160 dark specks of up to six pixels, and a blot or two."""
    image = Image.fromarray(page.astype("uint8"))
    pen = ImageDraw.Draw(image)
    for _ in range((10, 40, 160)[strength]):
        x, y, r = rng.uniform(0, 600), rng.uniform(0, 800), rng.uniform(0, 3)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=int(rng.integers(0, 90)))
    for _ in range(strength):
        x, y = rng.uniform(20, 580), rng.uniform(20, 120)
        pen.ellipse((x - 9, y - 9, x + 9, y + 9), fill=30)
    return _grey(np.asarray(image, float))


def dim_noise(page, strength, rng):
    """Half, a third, a quarter of the light, with noise of 6, 9 and 12 grey levels."""
    noise = rng.normal(0, (6, 9, 12)[strength], page.shape)
    return _grey(page / (2 + strength) + noise)


def transparent(page, strength, rng):
    """White strokes on nothing, opaque, half opaque, and half opaque light grey."""
    ink = (PAPER - page) / (PAPER - INK)
    pixels = np.zeros((*page.shape, 2), "uint8")
    pixels[..., 0] = (255, 255, 235)[strength]
    pixels[..., 1] = (ink * (255, 128, 140)[strength]).round()
    return Image.fromarray(pixels, "LA").convert("RGBA")


def _grey(page: np.ndarray) -> Image.Image:
    return Image.fromarray(page.clip(0, 255).round().astype("uint8"))


KINDS = {
    f.__name__: f
    for f in (uneven_light, ruled, desk, on_a_desk, specks, dim_noise, transparent)
}  # fmt: skip

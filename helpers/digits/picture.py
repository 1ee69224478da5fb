"""From a picture of one digit, of any size and polarity, to what a picture in MNIST is.

MNIST's digits were scaled, with their shape kept, to fit into 20×20 pixels, and laid into 28×28
with their centre of mass in the middle, white on black. A network that has seen nothing else must
be shown the same.
"""

from pathlib import Path

import numpy as np
from PIL import Image

# The reading of odd but whole files (turned, transparent, 16 bit) is that of all pictures here.
from helpers.datasets.decoding import upright_rgb
from helpers.datasets.digits import SIDE
from helpers.digits.page import ink
from helpers.errors import UserError

BOX = 20  # pixels that the longer side of a digit takes in MNIST
CENTRE = 14  # index of the row and column in which the centre of mass comes to lie


def read(path: str | Path) -> np.ndarray:
    """Read a picture file and return the digit as MNIST would have it.

    Parameters
    ----------
    path
        One digit, dark on light or light on dark, in any format that Pillow reads.

    Returns
    -------
    numpy.ndarray
        uint8, (28, 28, 1), ink bright.

    Raises
    ------
    UserError
        The file cannot be read, is blank, shows several digits, or none that stands out.

    Examples
    --------
    >>> read("seven.png").shape
    (28, 28, 1)
    """
    grey = np.asarray(upright_rgb(path, 256).convert("L"), float)
    try:
        return normalise(grey)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def normalise(grey: np.ndarray) -> np.ndarray:
    """Crop, scale and centre the digit in grey values.

    Parameters
    ----------
    grey
        (height, width), 0 to 255, one digit; light and ground as a camera sees them (``page``).

    Returns
    -------
    numpy.ndarray
        uint8, (28, 28, 1), ink bright.

    Raises
    ------
    UserError
        When the page is blank, or shows several digits or none that stands out.

    Examples
    --------
    >>> page = np.full((90, 60), 250.0)
    >>> page[20:70, 25:32] = 30
    >>> digit = normalise(page)
    >>> digit.shape, int(digit.max())
    ((28, 28, 1), 255)
    """
    return boxed(ink(grey))


def boxed(amount: np.ndarray) -> np.ndarray:
    """Crop to the ink, scale and centre: the last three steps of ``normalise``.

    Parameters
    ----------
    amount
        (height, width), 0 to 1, 0 where there is no ink; some ink somewhere.

    Returns
    -------
    numpy.ndarray
        uint8, (28, 28, 1), ink bright.

    Examples
    --------
    >>> bar = np.zeros((90, 60))
    >>> bar[20:70, 25:32] = 1
    >>> boxed(bar).any(axis=(1, 2)).sum()
    np.int64(20)
    """
    return _centred(_scaled(_cropped(amount)))[..., None]


def _cropped(amount: np.ndarray) -> np.ndarray:
    """Cut away the rows and columns without ink around the digit."""
    rows, columns = (np.flatnonzero(amount.any(axis=axis)) for axis in (1, 0))
    return amount[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scaled(amount: np.ndarray) -> np.ndarray:
    """Bring the longer side to 20 pixels; return uint8."""
    height, width = amount.shape
    factor = BOX / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    picture = Image.fromarray((255 * amount).round().astype("uint8"))
    if size != picture.size:
        # The filter widens with the reduction, so that thin strokes turn grey and don't break.
        picture = picture.resize(size, Image.Resampling.BICUBIC)
    small = np.asarray(picture, float)
    return (255 * small / small.max()).round().astype("uint8")


def _centred(small: np.ndarray) -> np.ndarray:
    """Lay the digit into 28×28 with its centre of mass in the middle."""
    field = np.zeros((SIDE, SIDE), "uint8")
    top, left = (_offset(small.sum(axis=axis, dtype=float)) for axis in (1, 0))
    field[top : top + small.shape[0], left : left + small.shape[1]] = small
    return field


def _offset(mass: np.ndarray) -> int:
    """Return where rows (or columns) of these masses begin, none of them outside."""
    middle = (np.arange(len(mass)) * mass).sum() / mass.sum()
    return int(np.clip(round(CENTRE - middle), 0, SIDE - len(mass)))

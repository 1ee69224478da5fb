"""What is known of a picture without seeing what it shows: size, compression, sharpness, greyness.

A network that is to learn bicycles may learn these instead, where one class comes from another
camera or collection than the other.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, JpegImagePlugin

from helpers.datasets import series
from helpers.datasets.decoding import SIDE, Equal, decode, equalised, square, upright_rgb
from helpers.errors import UserError

RINGS = 10  # of the power spectrum: how much there is of coarse and of fine detail
LOSSLESS = 101  # stands for the quality of all that is no JPEG
#: Properties, causes before effects, with their columns in ``measured``.
COLUMNS = {
    "size": (0, 1),
    "shape": (2,),
    "compression": (3,),
    "sharpness": tuple(range(4, 4 + RINGS)),
    "bytes per pixel": (4 + RINGS,),
    "bytes": (5 + RINGS,),
    "greyness": (6 + RINGS,),
}
BRIGHTNESS = 7 + RINGS  # a column of its own: it may be what the pictures show
WIDTH = 8 + RINGS
COLOURED = 12  # grey levels between channels, which noise and JPEG stay below in a grey picture
COLOURED_SHARE = 0.001  # of the pixels: a picture in colour has more, however dull it is
LEFT = ("sharpness", "bytes", "greyness")  # what can differ once the pictures have been equalised
#: Sum of the 64 luminance steps of the JPEG standard's example, which is quality 50.
STANDARD_STEPS = 3688
SAMPLE = 2000  # files whose headers say what the smallest size and quality are
MOST_QUALITY = 75
LEAST = Equal(32, 20)  # below, there is nothing left to learn from


def measured(paths: Sequence[str], folder: Path, equal: Equal | None = None) -> np.ndarray:
    """Return the properties of the pictures: float32 (N, 18), NaN for those that cannot be read.

    Width and height in pixels, width by height, JPEG quality (101: no JPEG), ten numbers of the
    sharpness of what the network gets, bytes per pixel, bytes, whether it is grey (1) or in colour
    (0), and the mean brightness, 0 to 255. Where ``equal`` is given, all of it is that of the
    pictures after they were brought to it.
    """
    name = "seen" if equal is None else f"equalised-{equal.side}-{equal.quality}"

    def measure(path: str) -> np.ndarray:
        return np.array(_measure(path, equal), np.float32).view(np.uint8)

    rows = series.measured(paths, folder, "measuring", name, measure, 4 * WIDTH)
    return np.ascontiguousarray(rows).view(np.float32)


def _measure(path: str, equal: Equal | None) -> list[float]:
    try:
        if equal is not None:
            return _measure_equalised(path, equal)
        picture = upright_rgb(path, SIDE)
        width, height, quality = _header(path) or (*picture.size, LOSSLESS)
        if (width < height) != (picture.width < picture.height):  # it lay on its side
            width, height = height, width
        head, size = [width, height, width / height, quality], os.path.getsize(path)
        pixels = np.asarray(square(picture, SIDE))
        return [*head, *sharpness(pixels), size / (width * height), size, *_light(pixels)]
    except (UserError, OSError):
        return [float("nan")] * WIDTH


def _measure_equalised(path: str, equal: Equal) -> list[float]:
    size = len(equalised(path, equal))
    head = [equal.side, equal.side, 1.0, equal.quality]
    pixels = decode(path, equal=equal)
    return [*head, *sharpness(pixels), size / equal.side**2, size, *_light(pixels)]


def _light(pixels: np.ndarray) -> tuple[float, float]:
    """Return whether a picture is exactly or nearly grey, 1 or 0, and its mean brightness."""
    apart = pixels.max(axis=-1) - pixels.min(axis=-1)
    grey = (apart > COLOURED).mean() <= COLOURED_SHARE
    return float(grey), float(pixels.mean())


def _header(path: str) -> tuple[int, int, float] | None:
    """Return width, height and quality as the file's head has them; None where Pillow has none."""
    try:
        with Image.open(path) as picture:
            return *picture.size, _quality(picture)
    except Exception:  # a format that is read in another way, or a file that is gone
        return None


def _quality(picture: Image.Image) -> float:
    """Return the quality, 1 to 100, that a JPEG was saved with, by the steps of its values."""
    if not isinstance(picture, JpegImagePlugin.JpegImageFile) or not picture.quantization:
        return LOSSLESS
    scale = 100 * sum(picture.quantization[min(picture.quantization)]) / STANDARD_STEPS
    return round(5000 / scale if scale > 100 else 100 - scale / 2)


def sharpness(pixels: np.ndarray) -> np.ndarray:
    """Return how a picture's detail is spread over ten scales, coarse to fine.

    Parameters
    ----------
    pixels
        uint8, (256, 256, 3).

    Returns
    -------
    numpy.ndarray
        float32, (10,): logarithm of the mean power in rings of the grey spectrum, less its mean, so
        that neither light nor contrast counts.
    """
    import scipy.fft

    grey = np.asarray(Image.fromarray(pixels).convert("L"), np.float32)
    # A window, since the jump from one edge to the opposite one is no detail of the picture.
    spectrum = scipy.fft.rfft2((grey - grey.mean()) * _WINDOW)
    power = np.bincount(_RING.ravel(), np.square(np.abs(spectrum)).ravel(), RINGS + 1)
    logarithms = np.log(power[:RINGS] / _IN_RING + 1)
    return (logarithms - logarithms.mean()).astype(np.float32)


_WINDOW = np.outer(np.hanning(SIDE), np.hanning(SIDE)).astype(np.float32)
_FREQUENCY = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE))  # 0 to 0.5, and corners
_RING = np.minimum((2 * RINGS * _FREQUENCY).astype(int), RINGS)
_IN_RING = np.bincount(_RING.ravel())[:RINGS]


def common(paths: Sequence[str]) -> Equal:
    """Return the side and quality that nearly all pictures reach: a fifth percentile, by headers.

    Examples
    --------
    >>> common([])
    Equal(side=256, quality=75)
    """
    chosen = np.random.default_rng(0).permutation(len(paths))[:SAMPLE]
    heads = [head for i in chosen if (head := _header(paths[i]))]
    sides = [min(width, height) for width, height, _ in heads] or [SIDE]
    qualities = [quality for _, _, quality in heads] or [MOST_QUALITY]
    side, quality = (int(np.percentile(values, 5)) for values in (sides, qualities))
    return Equal(
        int(np.clip(side, LEAST.side, SIDE)), int(np.clip(quality, LEAST.quality, MOST_QUALITY))
    )

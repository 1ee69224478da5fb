"""From a file to 256×256 RGB pixels, as in the paper (§2): shorter side to 256, central square.

Odd but readable files are read rightly (CMYK, 16 bit, grey, palette, alpha, animated, turned by
EXIF, a PNG named .JPEG); an unreadable one is a ``UserError`` that names it. Colour profiles are
left alone, as ImageNet's readers leave them.
"""

import os
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from helpers.errors import UserError

SIDE = 256
#: The last bytes of a file that has arrived whole, by Pillow's name of the format.
ENDS = {"JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82"}

# Pillow warns of odd metadata and of large pictures; the first are none of our business, the second
# it refuses at twice that size. A filter for good, since catch_warnings is not safe in threads.
warnings.filterwarnings("ignore", module=r"PIL\.")


def decode(path: str | Path, size: int = SIDE) -> np.ndarray:
    """Read one picture, shorter side to ``size`` pixels, central square.

    The paper does not name its filter. Ours is Pillow's bicubic, which widens with the reduction,
    so that every source pixel counts: without that, fine texture turns into patterns of its own.
    A JPEG whose shorter side is four times ``size`` or more is first reduced by its decoder (by 2,
    4 or 8), which saves most of the time and changes a pixel by a grey level or so.

    Parameters
    ----------
    path
        Any picture that Pillow reads.
    size
        Side of the square in pixels.

    Returns
    -------
    numpy.ndarray
        uint8, (size, size, 3), RGB.

    Raises
    ------
    UserError
        When the file is missing, empty, cut off, no picture, or far too large (from 179 million
        pixels, Pillow's guard against files that unpack to gigabytes).

    Examples
    --------
    >>> decode("bike.jpg").shape  # doctest: +SKIP
    (256, 256, 3)
    """
    picture = _upright_rgb(path, size)
    box = _central_box(picture.size)
    if min(picture.size) == size:
        return np.asarray(picture.crop(box))  # (size, size, 3)
    # Only the central square is computed, so a long thin picture costs no more than a square.
    square = picture.resize((size, size), Image.Resampling.BICUBIC, box=box, reducing_gap=3.0)
    return np.asarray(square)  # (size, size, 3)


def _central_box(shape: tuple[int, int]) -> tuple[int, int, int, int]:
    width, height = shape
    side = min(width, height)
    # Whole pixels, so that a picture of the right height is cut and not blurred.
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side


def verify(path: str | Path) -> None:
    """Raise the ``UserError`` that ``decode`` would raise, forty times faster for whole files.

    A JPEG or PNG whose header can be read and whose last bytes are what ends such a file counts as
    whole; every other file is decoded. Damage in the middle of a file is left for ``decode``.

    Examples
    --------
    >>> verify("half_a_bike.jpg")  # doctest: +SKIP
    Traceback (most recent call last):
        ...
    helpers.errors.UserError: half_a_bike.jpg cannot be read as a picture: image file is truncated.
    """
    if not _looks_whole(path):
        decode(path)


def _looks_whole(path: str | Path) -> bool:
    try:
        with open(path, "rb") as file, Image.open(file) as picture:
            end = ENDS[picture.format]
            file.seek(-len(end), os.SEEK_END)
            return file.read() == end
    except Exception:  # whatever it is, decoding finds it again and says it
        return False


def _upright_rgb(path: str | Path, size: int) -> Image.Image:
    """Return the first frame, turned upright, as RGB; JPEGs may come at a reduced size."""
    try:
        with Image.open(path) as picture:
            # The JPEG decoder can halve a picture several times over almost for free.
            picture.draft(None, (2 * size, 2 * size))
            picture.load()
            return _to_rgb(ImageOps.exif_transpose(picture))
    except Exception as error:  # Pillow's plug-ins raise many kinds for broken files
        raise UserError(f"{path} cannot be read as a picture: {_why(error, path)}.") from None


def _why(error: Exception, path: str | Path) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, UnidentifiedImageError):
        if os.path.getsize(path) == 0:
            return "it is empty (0 bytes)"
        if Path(path).suffix.lower() in (".heic", ".heif"):
            return "it is HEIC, the format of many phones; export it as JPEG first"
        return "it is no picture, or of an unknown format"
    if isinstance(error, Image.DecompressionBombError):
        # A small file can unpack to gigabytes, so Pillow refuses it before it does.
        return f"it has more than {2 * Image.MAX_IMAGE_PIXELS:,} pixels; reduce it first"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _to_rgb(picture: Image.Image) -> Image.Image:
    """Return ``picture`` as RGB: transparency on white, 16 bit scaled to 8."""
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        return _from_deep(picture).convert("RGB")
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert("RGB")
    return picture.convert("RGB")


def _from_deep(picture: Image.Image) -> Image.Image:
    """Return a grey picture of 16 or 32 bits as one of 8; Pillow's own conversion cuts at 255."""
    values = np.asarray(picture, np.float64)
    # Only the modes of 32 bits leave open what white is; 16 bits run to 65535.
    eight = picture.mode in ("I", "F") and values.max() <= 255
    scaled = values if eight else values / 257
    return Image.fromarray(scaled.round().clip(0, 255).astype(np.uint8))

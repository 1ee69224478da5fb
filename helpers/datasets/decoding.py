"""From a file to 256×256 RGB pixels, as in the paper (§2): shorter side to 256, central square.

Odd but readable files are read rightly (CMYK, 16 bit, grey, palette, alpha, animated, a PNG named
.JPEG); an unreadable one is a ``UserError`` that names it.
"""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from helpers.errors import UserError

SIDE = 256
#: Larger pictures are refused, since a small file can unpack to gigabytes.
MOST_PIXELS = 200_000_000


def decode(path: str | Path, size: int = SIDE) -> np.ndarray:
    """Read one picture, shorter side to ``size`` pixels, central square.

    Bicubic with anti-aliasing, which for a reduction averages over all source pixels; nearest or
    plain bilinear would make patterns of their own.

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
        When the file is missing, empty, cut off, no picture, or far too large.

    Examples
    --------
    >>> decode("bike.jpg").shape  # doctest: +SKIP
    (256, 256, 3)
    """
    picture = _upright_rgb(path, size)
    scale = size / min(picture.size)
    target = tuple(max(size, round(side * scale)) for side in picture.size)
    if target != picture.size:
        # Only the central square is computed, so a long thin picture costs no more than a square.
        box = _central_box(picture.size)
        picture = picture.resize((size, size), Image.Resampling.BICUBIC, box=box, reducing_gap=3.0)
    else:
        picture = picture.crop(_central_box(picture.size))
    return np.asarray(picture)  # (size, size, 3)


def _central_box(shape: tuple[int, int]) -> tuple[float, float, float, float]:
    width, height = shape
    side = min(width, height)
    # Whole pixels, rounded down, as the released script cuts the square (make-data.py:32-41).
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side


def _upright_rgb(path: str | Path, size: int) -> Image.Image:
    """Return the first frame, turned upright, as RGB; JPEGs may come at a reduced size."""
    try:
        with warnings.catch_warnings():
            # Odd metadata is none of our business; pixels are.
            warnings.simplefilter("ignore")
            with Image.open(path) as picture:
                _refuse_giants(picture, path)
                # The JPEG decoder can halve a picture several times over almost for free.
                picture.draft("RGB" if picture.mode == "RGB" else None, (2 * size, 2 * size))
                picture.load()
                return _to_rgb(ImageOps.exif_transpose(picture))
    except UserError:
        raise
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file.") from None
    except Exception as error:  # Pillow's plug-ins raise many kinds for broken files
        reason = str(error) or type(error).__name__
        raise UserError(f"{path}: not a readable picture ({reason}).") from None


def _refuse_giants(picture: Image.Image, path: str | Path) -> None:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise UserError(
            f"{path}: {width}×{height} pixels are more than the {MOST_PIXELS:,} allowed; "
            "reduce the picture first."
        )


def _to_rgb(picture: Image.Image) -> Image.Image:
    """Return ``picture`` as RGB: transparency on white, 16 bit scaled to 8."""
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        values = np.asarray(picture, np.float64)
        # 16-bit files run to 65535; Pillow's own conversion would cut at 255.
        bright = 65535.0 if values.max(initial=0) > 255 else 255.0
        return Image.fromarray((values * 255.0 / bright).clip(0, 255).astype(np.uint8)).convert(
            "RGB"
        )
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert("RGB")
    return picture.convert("RGB")

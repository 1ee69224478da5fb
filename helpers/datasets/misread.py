"""Files that Pillow opens without a word and reads wrongly: put right, or not read at all.

Found by writing every kind that Pillow opens, and comparing what it reads with what was written.

TIFF: colours plane by plane (the bytes of 16 bits are taken for pixels of 8), compressed numbers
whose highest byte comes first, signed numbers of 8 bits, large ones of 32 without a sign, palettes
of 8 bits where 16 belong. PNG: the transparent grey of 2 or 4 bits. TGA: the transparent bit of 16.
GIF: what a first frame leaves free. JPEG 2000: colours of more than 8 bits, whose white becomes
black. Where nothing can be put right, ``refusal`` or ``spoilt`` has the reason.

In: a picture as Pillow has opened it. Out: the same, so that its pixels come out right
(``decoding``).
"""

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageFile, ImagePalette

from helpers.datasets import formats

BITS, COMPRESSION, PHOTOMETRIC, PALETTE = 258, 259, 262, 320
PLANAR, EXTRA, SAMPLE_FORMAT = 284, 338, 339
RGB, CMYK, LAB = 2, 5, 8  # of PHOTOMETRIC; 0: white is zero, 1: black is
UNSIGNED, SIGNED = 1, 2  # of SAMPLE_FORMAT
COLOURS = {RGB: 3, CMYK: 4}
PLANES = 2  # of PLANAR: one after the other
#: Pillow turns these numbers' bytes round, and libtiff, which unpacks them, has done so before.
AS_UNPACKED = {"I;16BS": "I;16NS", "I;32BS": "I;32NS", "F;32BF": "F;32NF"}
#: Grey levels that one step is in PNG of few bits, by Pillow's name for how they are packed.
FEW_BITS = {"L;2": 85, "L;4": 17}
#: Where a GIF's ``info`` says which part of its screen the first frame fills.
FRAME = "box of the first frame"


def refusal(tags: Mapping, bands: tuple[str, ...]) -> str | None:
    """Return why a file's pixels would be guesswork, None if they are not.

    Parameters
    ----------
    tags
        Its tags, by number.
    bands
        What Pillow takes its channels for.

    Examples
    --------
    >>> refusal({PHOTOMETRIC: RGB, BITS: (8, 8, 8), PLANAR: PLANES}, ("R", "G", "B"))
    >>> refusal({PHOTOMETRIC: LAB, BITS: (8, 8, 8), PLANAR: PLANES}, ("L", "A", "B"))[:41]
    'it is a TIFF file whose channels lie plan'
    """
    if PHOTOMETRIC not in tags and tags.get(COMPRESSION) not in (6, 7):  # JPEG says it itself
        return (
            "it is a TIFF file that does not say whether 0 is black or white; save it as PNG, the "
            "way it should look"
        )
    if tags.get(PLANAR) != PLANES or len(bands) == 1:
        return None
    kind, channels = tags.get(PHOTOMETRIC, RGB), len(tags.get(BITS, ()))
    unnamed = channels > COLOURS.get(kind, channels) and not tags.get(EXTRA)
    if unnamed or bands in (("L", "A"), ("L", "a"), ("P", "A")) or kind == LAB:
        return (
            "it is a TIFF file whose channels lie plane by plane, which is not read here for this "
            "kind of colours; save it interleaved (chunky), or as PNG"
        )
    return None


def prepare(picture: Image.Image, data: bytes) -> None:
    """Have the pixels of a picture that is opened, and not yet loaded, unpacked rightly."""
    tiles = getattr(picture, "tile", None)
    if not tiles:
        return
    assert isinstance(picture, ImageFile.ImageFile), "that has tiles"
    how, clear = tiles[0].args, picture.info.get("transparency")
    if picture.format == "TIFF":
        _prepare_tiff(picture, getattr(picture, "tag_v2"))  # noqa: B009
    elif picture.format == "PNG" and how in FEW_BITS and isinstance(clear, int):
        picture.info["transparency"] = FEW_BITS[how] * clear
    elif picture.format == "TGA" and how[0] == "BGRA;15Z" and data[17] & 15:
        picture.tile = [tile._replace(args=("BGRA;15", *tile.args[1:])) for tile in tiles]
    elif picture.format == "GIF":
        picture.info[FRAME] = tiles[0].extents


def _prepare_tiff(picture: ImageFile.ImageFile, tags) -> None:
    if by_planes(tags) and picture.tile[0].codec_name == "raw":
        # Pillow's own reader knows planes of 8 bits alone; libtiff knows both.
        depth = ";16N" if tags[BITS][0] == 16 else ""
        options = (picture.mode + depth, False, tags.offset)
        picture.tile = [ImageFile._Tile("libtiff", (0, 0, tags[256], tags[257]), 0, options)]
        picture.use_load_libtiff = True  # type: ignore[attr-defined]
    picture.tile = [_as_unpacked(tile) for tile in picture.tile]
    colours = tags.get(PALETTE, ())
    if picture.mode in ("P", "PA") and max(colours, default=256) < 256:
        picture.palette = ImagePalette.raw("RGB;L", bytes(colours))


def by_planes(tags: Mapping) -> bool:
    """Whether a file holds one plane for each colour.

    Examples
    --------
    >>> by_planes({PHOTOMETRIC: RGB, PLANAR: PLANES}), by_planes({PHOTOMETRIC: RGB})
    (True, False)
    """
    return tags.get(PLANAR) == PLANES and tags.get(PHOTOMETRIC) in COLOURS


def _as_unpacked(tile: ImageFile._Tile) -> ImageFile._Tile:
    if tile.codec_name != "libtiff" or not isinstance(tile.args, tuple):
        return tile
    mode, *rest = tile.args
    return tile._replace(args=(AS_UNPACKED.get(mode, mode), *rest))


def spoilt(picture: Image.Image, data: bytes) -> str | None:
    """Return why what was loaded may be wrong, None if it is not.

    Of JPEG 2000 with more than 8 bits Pillow rounds colours up, also beyond 255, which becomes 0:
    where there is no 0, there is no such pixel.

    Examples
    --------
    >>> spoilt(Image.new("RGB", (1, 1)), b"BM...")
    """
    if picture.format != "JPEG2000" or len(picture.getbands()) == 1:
        return None
    if formats.jpeg2000_bits(data) <= 8 or min(np.min(picture.getextrema(), axis=1)) > 0:
        return None
    return (
        "it is a JPEG 2000 file with more than 8 bits a colour, of which white would come out "
        "black; save it as PNG or TIFF"
    )


def settled(picture: Image.Image) -> Image.Image:
    """Return a loaded picture with what Pillow has made of it put right.

    Examples
    --------
    >>> settled(Image.new("L", (1, 1), 255)).getpixel((0, 0))  # nothing to put right
    255
    """
    if picture.format == "TIFF":
        return _with_signs(picture, getattr(picture, "tag_v2"))  # noqa: B009
    box = picture.info.get(FRAME, (0, 0, *picture.size))
    if box == (0, 0, *picture.size) or "transparency" in picture.info:
        return picture
    screen = Image.new("RGB", picture.size, "white")  # as a browser shows it on a white page
    screen.paste(picture.crop(box).convert("RGB"), box)
    return screen


def _with_signs(picture: Image.Image, tags: Mapping) -> Image.Image:
    form, bits = tags.get(SAMPLE_FORMAT, (UNSIGNED,))[0], tags.get(BITS, (1,))[0]
    if picture.mode == "L" and form == SIGNED:
        return Image.fromarray(np.asarray(picture).view(np.int8).astype(np.int32))
    if picture.mode == "I" and (form, bits) == (UNSIGNED, 32):
        values = np.asarray(picture)
        if values.min() < 0:  # beyond 2 to the 31, which mode I does not hold
            return Image.fromarray(values.view(np.uint32).astype(np.float32))
    return picture

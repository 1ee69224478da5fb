"""From a file to 256×256 RGB pixels, as in the paper (§2): shorter side to 256, central square.

Whole files are read rightly, however odd they are:

* Metadata never stands in the way: the orientation alone is looked up (``formats``), and a file
  whose comments, profiles or EXIF block stop Pillow is read without them. Colour profiles are left
  alone, as ImageNet's readers leave them.
* Grey of 12 or 16 bits runs from black to what its format calls white. In PNG and TIFF of 16 bits
  the whole picture's largest value decides, since scanners and microscopes put fewer bits into 16:
  up to 255 it holds 8 bits, up to 4095 twelve (read as 16 bits it would be nearly black); a
  picture that is all black stays black. Of colour with 16 bits the upper eight are read.
* Of grey of 32 bits or floating point, 1 is white if all values lie between 0 and 1 (floating point
  only), 255 if they lie between 0 and 255, 65535 if they lie between 0 and that (whole numbers
  only); else the smallest value is black and the largest white. What is no number is black.
* Transparent pictures are laid on white, and on black where their visible part is nearly white and
  would vanish. Where nothing at all is visible, BMP and TGA are read as if they had none.
  In PNG of 16 bits in colour the upper eight tell which colour is the transparent one.
* CMYK in JPEG: Adobe's mark says that 255 means no ink. Without it the file does not say, and of
  both readings the one with less black ink is taken.
* Of several frames, the first.

A file that is damaged is a ``UserError`` that names it, also where a decoder would fill up what is
missing (``formats``, and ``holes`` with its limits), and so is one whose pixels Pillow would take
for others without a word (``misread``).
"""

import contextlib
import errno
import importlib
import io
import logging
import os
import stat
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, JpegImagePlugin, UnidentifiedImageError

from helpers.datasets import formats, holes, misread
from helpers.errors import UserError

SIDE = 256
#: Targa files have no mark of their own at the start, so only their endings tell them.
TARGA = frozenset({".tga", ".icb", ".vda", ".vst"})
#: Pillow's readers that are not asked: PostScript and metafiles are programs, which others run.
NOT_PICTURES = frozenset("BUFR EPS FITS GRIB HDF5 IPTC MPEG TGA WMF".split())
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})

MILLION = 1_000_000
SMALL = 16 * MILLION  # pixels; more are decoded only if the file's bytes bear it
MOST = 120 * MILLION  # pixels that are decoded in full
MOST_JPEG = 1000 * MILLION  # JPEGs are reduced while they are decoded
BUDGET = 450 * MILLION  # bytes of memory for one picture, its file included
LARGE = 64 * MILLION  # bytes; what takes more is decoded one picture at a time
#: Bytes that a pixel takes while a picture is decoded, measured; of other formats, those it keeps.
WHILE_DECODED = {"WEBP": 16, "AVIF": 16, "HEIF": 16, "JPEG2000": 20}
KEPT = {"1": 1, "L": 1, "P": 1} | dict.fromkeys(("I;16", "I;16L", "I;16B", "I;16N"), 2)
#: Formats in which many programs leave alpha at 0; elsewhere that means that nothing is seen.
NO_ALPHA = ("BMP", "DIB", "TGA")
#: Bytes that a pixel takes once more where it becomes RGB: of grey, and of depth, ink and alpha.
AS_RGB, WITH_COPIES = 4, 18
#: Pictures of more pixels than this are first brought near what is wanted, strip by strip.
SHRUNK = 4 * MILLION
STRIP = MILLION  # pixels
GAP = 3.0  # times the side that is wanted: so far whole numbers reduce, then the filter does
#: The most pixels that one byte can stand for: a bit for each block of 8×8 in JPEG; for others this
#: is no law, but no photograph comes near.
JPEG_PIXELS_A_BYTE = 512
PIXELS_A_BYTE = 1000
#: Bytes that a decoder passes over after a whole picture, and reads as pixels after half of one.
JUNK = bytes(np.random.default_rng(0).integers(0, 255, 256, dtype=np.uint8))

#: Where a picture's ``info`` says how many bits were found in its 16.
BITS = "bits that are used"
SPARE_BITS = (8, 12)

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
NEARLY_WHITE = 48  # grey levels from white, on average over what is visible

_one_large = threading.Lock()

# Pillow warns of odd metadata and of large pictures; the first are none of our business, the second
# have limits of their own here. A filter for good: catch_warnings is not safe in threads.
warnings.filterwarnings("ignore", module=r"PIL\.")
# What it logs would go to stderr, for want of anybody who listens.
logging.getLogger("PIL").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Equal:
    """What all pictures are brought to, so that neither size nor compression tells them apart.

    ``side`` is the shorter side in pixels, ``quality`` that of JPEG, 1 to 95.
    """

    side: int
    quality: int


def decode(
    path: str | Path, size: int = SIDE, equal: Equal | None = None, channels: int = 3
) -> np.ndarray:
    """Read one picture, shorter side to ``size`` pixels, central square.

    The paper does not name its filter. Ours is Pillow's bicubic, which widens with the reduction,
    so that every source pixel counts: without that, fine texture turns into patterns of its own.
    A JPEG whose shorter side is four times ``size`` or more is first reduced by its decoder (by 2,
    4 or 8), which saves most of the time and changes a pixel by a grey level or so.

    Parameters
    ----------
    path
        Any picture that Pillow reads, or HEIC where pillow-heif is installed.
    size
        Side of the square in pixels.
    equal
        Bring the picture to this side and quality first, as if it had come so.
    channels
        3: RGB; 1: grey.

    Returns
    -------
    numpy.ndarray
        uint8, (size, size, channels).

    Raises
    ------
    UserError
        When the file is missing, empty, cut off, no picture, or far too large: from 120 million
        pixels (JPEGs, which are reduced while they are decoded, from 1000 million), or where
        decoding would take more than 450 MB (WebP and AVIF from some 28 million pixels on).

    Examples
    --------
    >>> decode("bike.jpg").shape
    (256, 256, 3)
    """
    if equal is None:
        return fitted(upright_rgb(path, size), size, channels)
    with Image.open(io.BytesIO(equalised(path, equal))) as picture:
        return fitted(picture.convert("RGB"), size, channels)


def fitted(picture: Image.Image, size: int, channels: int = 3) -> np.ndarray:
    """Return the central square of a picture: uint8 (size, size, channels), RGB or grey.

    Examples
    --------
    >>> fitted(Image.new("L", (28, 28), 7), 28, 1).max()
    np.uint8(7)
    """
    mode = "RGB" if channels == 3 else "L"
    found = square(picture if picture.mode == mode else picture.convert(mode), size)
    return np.asarray(found).reshape(size, size, channels)


def equalised(path: str | Path, equal: Equal) -> bytes:
    """Return the JPEG file that a picture is brought to: its central square, as ``equal`` says.

    Examples
    --------
    >>> equalised("bike.jpg", Equal(256, 75))[:2].hex()  # how a JPEG file begins
    'ffd8'
    """
    file = io.BytesIO()
    small = square(upright_rgb(path, equal.side), equal.side)
    small.save(file, "JPEG", quality=equal.quality)
    return file.getvalue()


def square(picture: Image.Image, size: int) -> Image.Image:
    """Return the central square of a picture, at ``size`` pixels a side."""
    box = _central_box(picture.size)
    if min(picture.size) == size:
        return picture.crop(box)
    # Only the central square is computed, so a long thin picture costs no more than a square.
    return picture.resize((size, size), Image.Resampling.BICUBIC, box=box, reducing_gap=GAP)


def _central_box(shape: tuple[int, int]) -> tuple[int, int, int, int]:
    width, height = shape
    side = min(width, height)
    # Whole pixels, so that a picture of the right height is cut and not blurred.
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side


def check(path: str | Path, *, thorough: bool = True) -> Image.Image | None:
    """Raise the ``UserError`` that ``decode`` would raise, or return what was decoded.

    Parameters
    ----------
    path
        The file.
    thorough
        Decode it. False: a JPEG or PNG whose header can be read and whose last bytes are what ends
        such a file counts as whole, which is forty times faster and leaves damage in the middle for
        ``decode``; every other file is decoded.

    Returns
    -------
    PIL.Image.Image or None
        The picture as RGB, perhaps reduced; None where it was not decoded.

    Examples
    --------
    >>> check("half_a_bike.jpg")
    Traceback (most recent call last):
        ...
    helpers.errors.UserError: half_a_bike.jpg cannot be read as a picture: it ends in the ...
    """
    return upright_rgb(path, SIDE) if thorough or not _looks_whole(path) else None


def frames(path: str | Path) -> int:
    """Return how many pictures a file holds of which ``decode`` takes the first: pages, frames.

    A JPEG counts as one: what phones put behind it is its preview or its depth. So does a file that
    cannot be opened.

    Examples
    --------
    >>> frames("scan.tif")
    3
    """
    try:
        with Image.open(path) as picture:
            kind = picture.format
            return 1 if kind in ("JPEG", "MPO", "ICO", "ICNS") else getattr(picture, "n_frames", 1)
    except Exception:  # whatever it is, decoding finds it again and says it
        return 1


#: The last bytes of a file that has arrived whole, by Pillow's name of the format.
ENDS = {"JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82"}


def _looks_whole(path: str | Path) -> bool:
    try:
        with open(path, "rb") as file, Image.open(file, formats=("JPEG", "PNG")) as picture:
            end = ENDS[str(picture.format)]
            file.seek(-len(end), os.SEEK_END)
            return file.read() == end
    except Exception:  # whatever it is, decoding finds it again and says it
        return False


def upright_rgb(path: str | Path, size: int) -> Image.Image:
    """Return the first frame, turned upright, as RGB.

    A JPEG may come reduced, with a shorter side of twice ``size`` pixels or more.

    Raises
    ------
    UserError
        As ``decode``.
    """
    try:
        return _read(_content(path), Path(path).suffix.lower(), size)
    except Exception as error:  # Pillow's readers raise many kinds for broken files
        raise UserError(f"{path} cannot be read as a picture: {_why(error)}.") from None


UNREAD = "it is damaged, or of a kind that is not read here; save it anew as JPEG or PNG"
ENDS_EARLY = "it ends in the middle; fetch or copy it again"
#: How decoders say that a file is too short, and that it is of a kind that they do not know.
CUT_OFF = ("truncated", "only got", "end of file")
UNKNOWN = ("unsupported", "not supported", "unknown", "not available")


class Refused(Exception):
    """Says in a few words why a file is not read."""


def _content(path: str | Path) -> bytes:
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise Refused("it is no file" if stat.S_ISDIR(status.st_mode) else "it is no plain file")
    if status.st_size == 0:
        raise Refused("it is empty (0 bytes)")
    if status.st_size > BUDGET:
        raise Refused(f"its file has {status.st_size // MILLION:,} MB; make it smaller first")
    return Path(path).read_bytes()


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return "it is a link that leads back to itself"
    if isinstance(error, UnidentifiedImageError):
        return "it is no picture, or of an unknown format"
    if isinstance(error, MemoryError):
        return "there is not enough memory for it"
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, OSError) and error.strerror:  # the system's words: permission denied
        return error.strerror
    said = str(error).lower()  # the decoder's words, which are for programmers
    if any(word in said for word in UNKNOWN) or isinstance(error, NotImplementedError):
        return UNREAD
    if isinstance(error, EOFError) or any(word in said for word in CUT_OFF):
        return ENDS_EARLY
    return "it is damaged; fetch or copy it again"


def _read(data: bytes, ending: str, size: int) -> Image.Image:
    """Read the pixels, if need be without the metadata, and turn them upright."""
    try:
        picture, turn = _loaded(data, ending, size)
    except (Refused, MemoryError):
        raise
    except Exception:
        bare, exif = formats.without_metadata(data)
        if bare == data:
            raise
        picture, turn = _loaded(bare, ending, size)
        turn = formats.orientation(exif) if exif else turn
    return picture.transpose(TURNS[turn]) if turn in TURNS else picture


def _loaded(data: bytes, ending: str, size: int) -> tuple[Image.Image, int]:
    """Return the pixels of the first frame as RGB, and the orientation that the file names."""
    picture = _opened(data, ending)
    if picture.format == "TIFF" and (why := misread.refusal(_tags(picture), picture.getbands())):
        raise Refused(why)
    misread.prepare(picture, data)
    _refuse_giants(picture, len(data))
    held = _held(picture)
    halved = _reduce_while_decoding(picture, size)
    needed = held + _needed(picture, len(data), size, halved)
    if needed > BUDGET:
        raise Refused(_too_much(picture.size, f"decoding takes {needed // MILLION:,} MB of memory"))
    turn, jpeg = _orientation(picture, data), picture.format in ("JPEG", "MPO")
    with _one_large if needed > LARGE else contextlib.nullcontext():
        # TIFF's reader turns the picture itself, from a block that it would have to understand.
        picture.getexif = Image.Exif  # type: ignore[method-assign]
        picture.load()
        if (jpeg and holes.is_empty_within(data)) or holes.is_empty_at_the_end(picture, data):
            raise Refused("a part of the file is empty (zeros); fetch or copy it again")
        if formats.is_cut_off(picture.format, data) or _filled_up(picture, data, size):
            raise Refused(ENDS_EARLY)
        if why := misread.spoilt(picture, data):
            raise Refused(why)
        picture = misread.settled(picture)
        bits = _bits(picture)  # of the whole, since reducing takes the brightest pixels away
        rgb = _to_rgb(_shrunk(picture, size), bits)
        if bits is not None:
            rgb.info[BITS] = bits
        return rgb, turn


def _too_much(shape: tuple[int, int], why: str) -> str:
    return f"it has {shape[0]:,}×{shape[1]:,} pixels, and {why}; make it smaller first"


def _opened(data: bytes, ending: str) -> Image.Image:
    """Open a picture; HEIC with pillow-heif, and a giant JPEG, which Pillow would refuse."""
    wanted = _formats() + (("TGA",) if ending in TARGA else ())
    try:
        return Image.open(io.BytesIO(data), formats=wanted)
    except UnidentifiedImageError:
        if data[:2] in (b"II", b"MM") and (b"*" in data[2:4] or b"+" in data[2:4]):
            raise Refused(f"it is a TIFF file, but {UNREAD}") from None
        if formats.is_web_page(data):
            raise Refused("it is a web page (HTML), no picture; fetch the picture again") from None
        if data[4:8] != b"ftyp" or data[8:12] not in HEIC_BRANDS:
            raise
        file = _heic().open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
        _refuse_many("HEIF", file.size)
        return file.to_pillow()
    except Image.DecompressionBombError:
        if data[:2] == b"\xff\xd8":
            return JpegImagePlugin.JpegImageFile(io.BytesIO(data))
        raise Refused(f"it has more than {MOST:,} pixels; make it smaller first") from None


def _formats() -> tuple[str, ...]:
    Image.init()
    return tuple(name for name in Image.ID if name not in NOT_PICTURES)


def _heic():
    try:
        return importlib.import_module("pillow_heif")
    except ImportError:
        raise Refused(
            "it is HEIC, the format of many phones; export it as JPEG first, or make it readable "
            "with pip install pillow-heif"
        ) from None


def _refuse_giants(picture: Image.Image, length: int) -> None:
    """Refuse what would take for ever, and headers that promise what the bytes cannot hold."""
    pixels, jpeg = picture.width * picture.height, picture.format in ("JPEG", "MPO")
    most = MOST_JPEG if jpeg else MOST
    if pixels > most:
        raise Refused(_too_much(picture.size, f"at most {most:,} are read"))
    bearable = (JPEG_PIXELS_A_BYTE if jpeg else PIXELS_A_BYTE) * length
    # A blank page of one bit takes next to nothing, on disk and in memory.
    if pixels > max(SMALL, bearable) and picture.mode != "1":
        raise Refused(
            f"its header promises {picture.width:,}×{picture.height:,} pixels, but it has only "
            f"{length:,} bytes"
        )


def _refuse_many(kind: str, shape: tuple[int, int]) -> None:
    """Refuse what its reader decodes at once, before it does."""
    needed = (WHILE_DECODED[kind] + AS_RGB) * shape[0] * shape[1]
    if needed > BUDGET:
        raise Refused(_too_much(shape, f"decoding takes {needed // MILLION:,} MB of memory"))


def _reduce_while_decoding(picture: Image.Image, size: int) -> int:
    """Let the decoder reduce the picture, and return how often what Pillow tells is yet halved."""
    # The JPEG decoder can halve a picture several times over almost for free.
    picture.draft(None, (2 * size, 2 * size))
    if picture.format == "JPEG2000" and picture.width * picture.height > SMALL:
        steps = min(picture.size) // (2 * size)
        halvings = min(5, max(0, steps.bit_length() - 1))
        picture.reduce = halvings  # type: ignore[method-assign, assignment]
        return halvings
    return 0


def _held(picture: Image.Image) -> int:
    """Return the bytes that the decoder needs for itself, whatever is reduced."""
    pixels = picture.width * picture.height
    if picture.info.get("progressive") and (layers := getattr(picture, "layer", None)):
        areas = [layer[1] * layer[2] for layer in layers]  # two bytes a value, all of them at once
        most = max(layer[1] for layer in layers) * max(layer[2] for layer in layers)
        return 2 * pixels * sum(areas) // max(1, most)
    if picture.format == "TIFF":
        return pixels * _strip_bits(picture) // (8 * max(1, picture.height))
    return 0


def _tags(picture: Image.Image) -> dict:
    """Return the tags of a TIFF file."""
    return getattr(picture, "tag_v2", {})


def _strip_bits(picture: Image.Image) -> int:
    """Return rows of a strip of a TIFF file times bits of a pixel, for its decoder's buffer."""
    rows = _tags(picture).get(323) or _tags(picture).get(278) or picture.height
    bits = _tags(picture).get(258, (1,))
    plain = _tags(picture).get(259, 1) == 1 and not misread.by_planes(_tags(picture))
    if plain or not isinstance(rows, int) or not isinstance(bits, tuple):
        return 0
    return min(rows, picture.height) * sum(bits)


def _needed(picture: Image.Image, length: int, size: int, halved: int) -> int:
    """Return how many bytes of memory it takes to read a picture, as its header tells."""
    width, height = picture.width >> halved, picture.height >> halved
    a_pixel = KEPT.get(picture.mode, 4)
    if picture.format in ("JPEG", "MPO"):  # that it is whole shows when it is decoded once more
        a_pixel, length = 3 * a_pixel, 2 * length
    a_pixel = WHILE_DECODED.get(str(picture.format), a_pixel)
    if _factor(width, height, size) < 2:
        plain = picture.mode in ("1", "L", "P") and "transparency" not in picture.info
        copies = AS_RGB if plain else WITH_COPIES
        a_pixel += 0 if picture.mode == "RGB" else copies
    return length + a_pixel * width * height


def _orientation(picture: Image.Image, data: bytes) -> int:
    if picture.format == "TIFF":
        return formats.orientation(data)
    exif = picture.info.get("exif")
    if exif is None and isinstance(text := picture.info.get("Raw profile type exif"), str):
        with contextlib.suppress(ValueError):  # as ImageMagick writes it: three lines, then hex
            exif = bytes.fromhex("".join(text.split("\n")[3:]))
    turn = formats.orientation(exif) if isinstance(exif, bytes) else 1
    xmp = picture.info.get("XML:com.adobe.xmp") or picture.info.get("xmp")
    return formats.xmp_orientation(xmp) if turn == 1 and isinstance(xmp, bytes | str) else turn


def _filled_up(picture: Image.Image, data: bytes, size: int) -> bool:
    """Whether the decoder has made up the rest of a JPEG that has an end, but not all its pixels.

    What is missing comes out mid-grey, or, of a progressive file, as less detail. Such a file reads
    otherwise when more bytes follow; a whole one does not.
    """
    if picture.format not in ("JPEG", "MPO"):
        return False
    corner = picture.getpixel((picture.width - 1, picture.height - 1))
    values = np.array(corner).ravel()
    if not picture.info.get("progressive") and (np.abs(values - 127.5) > 1).any():
        return False
    end = formats.jpeg_end(data) or len(data)  # one without an end has been refused before
    longer = JpegImagePlugin.JpegImageFile(io.BytesIO(data[: end - 2] + JUNK + data[end - 2 :]))
    longer.draft(None, (2 * size, 2 * size))
    return ImageChops.difference(longer, picture).getbbox(alpha_only=False) is not None


# ---------------------------------------------------------------------------------------------
# Large pictures
# ---------------------------------------------------------------------------------------------


def _factor(width: int, height: int, size: int) -> int:
    """Return by which whole number a picture is reduced before anything else is done with it."""
    return int(min(width, height) / (GAP * size)) if width * height > SHRUNK else 1


def _shrunk(picture: Image.Image, size: int) -> Image.Image:
    """Return a large picture reduced, so that its colours are worked out of few pixels.

    Strip by strip, since some of its modes must be changed first, which takes a copy.
    """
    factor = _factor(*picture.size, size)
    if factor < 2:
        return picture
    rows = factor * max(1, STRIP // (picture.width * factor))
    tops = range(0, picture.height, rows)
    boxes = [(0, top, picture.width, min(top + rows, picture.height)) for top in tops]
    strips = [_strip(picture.crop(box), factor) for box in boxes]
    height = sum(strip.height for strip in strips)
    small = Image.new(strips[0].mode, (strips[0].width, height))
    for i, strip in enumerate(strips):
        small.paste(strip, (0, i * strips[0].height))
    small.info, small.format = strips[0].info, picture.format
    if picture.format == "TIFF":
        small.tag_v2 = _tags(picture)  # type: ignore[attr-defined]
    return small


def _strip(strip: Image.Image, factor: int) -> Image.Image:
    """Reduce a strip, in a mode in which colours can be averaged."""
    if strip.mode.startswith("I;16"):
        values = Image.fromarray(np.asarray(strip).astype(np.int32)).reduce(factor)
        small = Image.fromarray(np.asarray(values).astype(np.uint16))
        small.info = strip.info
        return small
    clear = strip.mode == "PA" or "transparency" in strip.info
    if strip.mode in ("1", "P", "PA") or (clear and strip.mode in ("L", "RGB")):
        with contextlib.suppress(ValueError, TypeError):  # a transparent colour that is none
            return strip.convert("RGBA" if clear else "RGB").reduce(factor)
        return strip.convert("RGB").reduce(factor)
    return strip.reduce(factor)


# ---------------------------------------------------------------------------------------------
# Colours
# ---------------------------------------------------------------------------------------------


def _to_rgb(picture: Image.Image, bits: int | None) -> Image.Image:
    """Return ``picture`` as RGB, 8 bits a channel; ``bits`` as ``_bits`` found them."""
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        picture = _from_deep(picture, bits)
    if picture.mode == "LAB":
        return _from_lab(picture)
    if picture.mode == "CMYK" and picture.format in ("JPEG", "MPO"):
        picture = _with_ink(picture)
    if "A" in picture.getbands() or "a" in picture.getbands() or "transparency" in picture.info:
        with contextlib.suppress(ValueError, TypeError):  # a transparent colour that is none
            return _on_ground(picture.convert("RGBA"), unused=picture.format in NO_ALPHA)
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _on_ground(picture: Image.Image, *, unused: bool = False) -> Image.Image:
    """Lay a transparent picture on white, or on black where it would vanish on white.

    ``unused``: where alpha is 0 everywhere, the program that wrote it knew nothing of alpha.
    """
    alpha = picture.getchannel("A")
    if unused and alpha.getextrema()[1] == 0:
        return picture.convert("RGB")
    colour = "white"
    if np.min(alpha.getextrema()) < 255:
        small = picture.reduce(max(1, min(picture.size) // SIDE))
        pixels = np.asarray(small, np.float32)  # (height, width, 4)
        seen, darkest = pixels[..., 3], pixels[..., :3].min(axis=-1)
        if seen.sum() and (seen * (255 - darkest)).sum() / seen.sum() < NEARLY_WHITE:
            colour = "black"
    ground = Image.new("RGBA", picture.size, colour)
    return Image.alpha_composite(ground, picture).convert("RGB")


def _with_ink(picture: Image.Image) -> Image.Image:
    """Return a CMYK picture with 255 for full ink; Pillow takes every JPEG for Adobe's."""
    if "adobe" in picture.info or np.asarray(picture.getchannel("K")).mean() < 127.5:
        return picture
    return ImageChops.invert(picture)


def _from_lab(picture: Image.Image) -> Image.Image:
    from PIL import ImageCms

    lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    found = ImageCms.profileToProfile(picture, lab, rgb, outputMode="RGB")
    assert found is not None, "a new picture, unless it were to be changed in its place"
    return found


def _bits(picture: Image.Image) -> int | None:
    """Return how many bits a grey PNG or TIFF of 16 holds, None where that is all of them.

    Where white is zero it is the same: read as 16 bits such a picture would be nearly white.
    """
    deep = picture.mode.startswith("I;16") and picture.format in ("PNG", "TIFF")
    if not deep or _named_bits(picture) != 16:
        return None
    most = _most(picture)
    return next((bits for bits in SPARE_BITS if 0 < most < 2**bits), None)


def _named_bits(picture: Image.Image) -> int:
    return _tags(picture).get(258, (16,))[0] if picture.format == "TIFF" else 16


def _most(picture: Image.Image) -> int:
    """Return the largest value of a grey picture, strip by strip, since each takes a copy."""
    rows = max(1, STRIP // picture.width)
    tops = range(0, picture.height, rows)
    boxes = [(0, top, picture.width, min(top + rows, picture.height)) for top in tops]
    return max(int(np.asarray(picture.crop(box)).max()) for box in boxes)


def _from_deep(picture: Image.Image, bits: int | None) -> Image.Image:
    """Return a grey picture of more than 8 bits as one of 8, which Pillow would cut at 255."""
    values = np.nan_to_num(
        np.asarray(picture, np.float32), nan=-np.inf, posinf=np.inf, neginf=-np.inf
    )
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    black, white = _ends(picture, low, high, bits)
    with np.errstate(invalid="ignore", over="ignore"):
        grey = ((values - black) * (255 / (white - black))).clip(0, 255).round()
    if picture.format == "TIFF" and _tags(picture).get(262) == 0:  # white is zero
        grey = 255 - grey
    eight = Image.fromarray(grey.astype(np.uint8))
    clear = picture.info.get("transparency")
    if isinstance(clear, int):
        eight.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
    return eight


def _ends(picture: Image.Image, low: float, high: float, bits: int | None) -> tuple[float, float]:
    """Return which values are black and white (see the top of this file)."""
    if picture.mode.startswith("I;16"):
        return 0.0, 2.0 ** (bits or _named_bits(picture)) - 1
    if picture.format in ("PNG", "PPM") and picture.mode == "I":
        return 0.0, 65535.0
    for white in (1.0, 255.0) if picture.mode == "F" else (255.0, 65535.0):
        if low >= 0 and high <= white:
            return 0.0, white
    return low, high if high > low else low + max(1.0, abs(low))

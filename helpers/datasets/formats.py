"""What picture files say about themselves: where they end, which way is up, what is no pixel.

Pillow reads pixels and metadata in one go, so an odd comment, profile or EXIF block can make it
refuse a picture that is whole. Here the metadata can be taken out of a file first, and the one
thing that is needed of it, the orientation, is looked up without reading the rest.

In: the bytes of JPEG, PNG, GIF, WebP, TIFF, AVIF and JPEG 2000 files. Out: pixels (``decoding``).
"""

import re
import struct
from collections.abc import Iterator

Bytes = bytes | bytearray

ORIENTATION = 0x0112  # EXIF's and TIFF's tag
MOST_TAGS = 65_535  # of a TIFF file
EXIF_HEADER = b"Exif\0\0"
#: EXIF's and TIFF's types of whole numbers: how many bytes one takes, and struct's letter for it.
WHOLE_NUMBERS = {1: "B", 3: "H", 4: "I"}
START_OF_JPEG_2000 = b"\xff\x4f\xff\x51"  # its code stream's, and its sizes'
END_OF_JPEG = b"\xff\xd9"
#: A marker within a JPEG's compressed data: no escaped 0xFF, no restart, no padding.
MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
XMP_ORIENTATION = re.compile(rb"tiff:Orientation(?:=[\"']|>)\s*([1-8])\b")
WEB_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*"
    rb"<(?:!doctype\s+html|html|head|body|meta|title|script)\b",
    re.IGNORECASE | re.DOTALL,
)
#: PNG's chunks that decide what the pixels are; all others are about the picture.
PNG_PIXELS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
WEBP_ABOUT = frozenset({b"EXIF", b"XMP ", b"ICCP"})
#: TIFF's tags that decide what the pixels are.
TIFF_PIXELS = frozenset(
    {254, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 293, 317, 320, 322, 323, 324}
    | {325, 332, 338, 339, 347, 512, 513, 514, 519, 520, 521, 529, 530, 531, 532}
)


def orientation(exif: Bytes) -> int:
    r"""Return tag 0x0112 of an EXIF block or TIFF file: 1 to 8, and 1 (upright) for anything odd.

    Nothing else of the block is looked at, so nothing else in it can do harm.

    Examples
    --------
    >>> entry = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
    >>> orientation(b"Exif\0\0" + b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4))
    6
    """
    start = 0
    while exif[start : start + 6] == EXIF_HEADER:  # some programs write it twice
        start += 6
    order = {b"II": "<", b"MM": ">"}.get(bytes(exif[start : start + 2]))
    if order is None:
        return 1
    try:
        # BigTIFF, for files of gigabytes, has longer fields: what holds 2 bytes, 8; what 4, 8.
        big = b"+" in exif[start + 2 : start + 4]
        (at,) = struct.unpack_from(f"{order}Q" if big else f"{order}I", exif, start + 4 + 4 * big)
        (count,) = struct.unpack_from(f"{order}Q" if big else f"{order}H", exif, start + at)
        for i in range(min(count, MOST_TAGS)):
            entry = start + at + (8 + 20 * i if big else 2 + 12 * i)
            tag, kind = struct.unpack_from(f"{order}HH", exif, entry)
            if tag == ORIENTATION and kind in WHOLE_NUMBERS:
                place = entry + (12 if big else 8)
                (value,) = struct.unpack_from(order + WHOLE_NUMBERS[kind], exif, place)
                return value if 1 <= value <= 8 else 1
    except struct.error:  # the block ends before its entries do
        pass
    return 1


def is_web_page(data: Bytes) -> bool:
    """Whether a file is a web page: what a server sends in place of a picture that is gone.

    Examples
    --------
    >>> is_web_page(b"<!DOCTYPE html><html>404"), is_web_page(b"GIF89a")
    (True, False)
    """
    start = bytes(data[:2000])
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):  # two bytes a letter
        start = start[2:].replace(b"\0", b"")
    return WEB_PAGE.match(start) is not None


def jpeg2000_bits(data: Bytes) -> int:
    r"""Return how many bits the first channel of a JPEG 2000 file has, 8 for anything odd.

    Examples
    --------
    >>> jpeg2000_bits(START_OF_JPEG_2000 + bytes(38) + b"\x0f"), jpeg2000_bits(b"")
    (16, 8)
    """
    at = data.find(START_OF_JPEG_2000) + len(START_OF_JPEG_2000) + 38
    found = START_OF_JPEG_2000 in data and at < len(data)
    return (data[at] & 0x7F) + 1 if found else 8


def xmp_orientation(xmp: bytes | str) -> int:
    """Return the orientation that an XMP text names, 1 (upright) without one.

    Examples
    --------
    >>> xmp_orientation('<x tiff:Orientation="3"/>')
    3
    """
    found = XMP_ORIENTATION.search(xmp.encode() if isinstance(xmp, str) else xmp)
    return int(found[1]) if found else 1


# ---------------------------------------------------------------------------------------------
# Where a file ends
# ---------------------------------------------------------------------------------------------


def is_cut_off(kind: str | None, data: Bytes) -> bool:
    r"""Whether a file of Pillow's format ``kind`` lacks its end; what follows it is no matter.

    Of formats without a mark at their end this is always False: the decoder misses the pixels.

    Examples
    --------
    >>> is_cut_off("JPEG", b"\xff\xd8 no end"), is_cut_off("BMP", b"BM")
    (True, False)
    """
    look = {
        "JPEG": lambda data: jpeg_end(data) is None,
        "MPO": lambda data: jpeg_end(data) is None,
        "PNG": lambda data: b"IEND" not in {name for name, _, _ in _png_chunks(data)},
        "GIF": _gif_is_cut_off,
        "WEBP": lambda data: 8 + int.from_bytes(data[4:8], "little") > len(data) + 1,
        # The code stream ends in the marker that JPEG ends in; boxes may follow.
        "JPEG2000": lambda data: END_OF_JPEG not in data[-(1 << 16) :],
    }.get(kind or "")
    return look is not None and look(data)


def jpeg_end(data: Bytes) -> int | None:
    """Return where the first picture of a JPEG file ends, after its marker; None if nowhere.

    The segments are followed from the start: previews within the metadata have ends of their own,
    and phones write more pictures, films or numbers behind the end.
    """
    for marker, _, stop in jpeg_segments(data):
        if marker == 0xD9:
            return stop
    return None


def jpeg_segments(data: Bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and stop of a JPEG's segments; compressed data lies between them."""
    at = 2
    while found := MARKER.search(data, at):
        marker, start, at = found[1][0], found.start(), found.end()
        if marker not in WITHOUT_LENGTH and marker != 0xD9:
            at += max(2, int.from_bytes(data[at : at + 2], "big"))
        yield marker, start, at
        if marker == 0xD9:
            return


def _png_chunks(data: Bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and stop of the chunks of a PNG file that are there whole."""
    at = 8
    while at + 12 <= len(data):
        name, stop = bytes(data[at + 4 : at + 8]), at + 12 + int.from_bytes(data[at : at + 4])
        if stop > len(data):
            return
        yield name, at, stop
        if name == b"IEND":
            return
        at = stop


def _gif_is_cut_off(data: Bytes) -> bool:
    """Whether a GIF stops before its trailer, block by block."""
    at = 13 + _colours(data[10:11])
    while data[at : at + 1] in (b"!", b","):
        if data[at : at + 1] == b"!":
            at += 2
        else:
            at += 11 + _colours(data[at + 9 : at + 10])
        while length := int.from_bytes(data[at : at + 1]):
            at += 1 + length
        at += 1
    return at > len(data)  # anything but a block is the trailer, or what stands for it


def _colours(flags: Bytes) -> int:
    """Return the bytes of the palette that a GIF's flags announce."""
    value = int.from_bytes(flags)
    return 3 << (1 + (value & 7)) if value & 0x80 else 0


# ---------------------------------------------------------------------------------------------
# Files without their metadata
# ---------------------------------------------------------------------------------------------


def without_metadata(data: bytes) -> tuple[bytes, bytes]:
    """Return a file with what decides its pixels alone, and the EXIF block that was in it.

    Colours are not changed: profiles are left alone in this book anyway. A file of a kind that is
    not known here comes back as it is.

    Examples
    --------
    >>> without_metadata(b"BM...")
    (b'BM...', b'')
    """
    if data[:2] == b"\xff\xd8":
        return _bare_jpeg(data)
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _bare_png(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _bare_webp(data)
    if data[:4] in (b"II*\0", b"MM\0*"):
        return _bare_tiff(data), data
    if data[4:8] == b"ftyp":
        # An item of an unknown type is passed over; turning is a property and stays.
        end = data.find(b"mdat", 0, 1 << 20)
        head = data[: end if end > 0 else 1 << 14]
        return head.replace(b"Exif\0", b"none\0") + data[len(head) :], b""
    return data, b""


def _bare_jpeg(data: bytes) -> tuple[bytes, bytes]:
    parts, exif = [data[:2]], b""
    for marker, start, stop in jpeg_segments(data):
        if marker == 0xDA:  # the pixels begin
            return b"".join([*parts, data[start:]]), exif
        body = data[start + 4 : stop]
        if marker == 0xE1 and body.startswith(EXIF_HEADER):
            exif = exif or body
        # Of the application's segments JFIF's and Adobe's say what the colours are.
        if marker in (0xE0, 0xEE) or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            parts.append(data[start:stop])
    return data, exif


def _bare_png(data: bytes) -> tuple[bytes, bytes]:
    parts, exif, last = [data[:8]], b"", 8
    for name, start, last in _png_chunks(data):
        if name in PNG_PIXELS:
            parts.append(data[start:last])
        elif name == b"eXIf":
            exif = exif or data[start + 8 : last - 4]
    return b"".join([*parts, data[last:]]), exif


def _bare_webp(data: bytes) -> tuple[bytes, bytes]:
    parts, exif, at = [], b"", 12
    while at + 8 <= len(data):
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        stop = at + 8 + length + length % 2
        if name == b"VP8X":  # its flags announce what is taken out
            flags = bytes([data[at + 8] & 0b11010011])
            parts.append(data[at : at + 8] + flags + data[at + 9 : stop])
        elif name not in WEBP_ABOUT:
            parts.append(data[at:stop])
        elif name == b"EXIF":
            exif = exif or data[at + 8 : at + 8 + length]
        at = stop
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body, exif


def _bare_tiff(data: bytes) -> bytes:
    """Take all other tags out of the first directory of a TIFF file; its data stays where it is."""
    order = "<" if data[:2] == b"II" else ">"
    try:
        (at,) = struct.unpack_from(f"{order}I", data, 4)
        (count,) = struct.unpack_from(f"{order}H", data, at)
    except struct.error:
        return data
    starts = range(at + 2, min(at + 2 + 12 * count, len(data) - 11), 12)
    kept = [
        data[start : start + 12]
        for start in starts
        if struct.unpack_from(f"{order}H", data, start)[0] in TIFF_PIXELS
    ]
    table = struct.pack(f"{order}H", len(kept)) + b"".join(kept) + bytes(4)
    return data[:at] + table + data[at + len(table) :]

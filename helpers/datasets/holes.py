"""Picture files with an empty stretch: a download that was given its room and never filled.

Decoders take zeros for pixels, so such files look whole to them. But zeros are also what flat
pictures are compressed to, megabytes of them in a large black one, so a run of zeros alone means
nothing. What is asked here is whether the zeros could stand for what would come out of them.

Found: all of JPEG's stretches of 512 bytes or more that decode to more than a flat patch, in any
place; the end of WebP, AVIF and of uncompressed BMP, PPM, TGA and TIFF. Checksums and markers find
those of PNG and GIF, and the ends of JPEG, JPEG 2000 and of compressed TIFF (``formats``, and the
decoders). Not found: shorter stretches; a stretch of a JPEG with tables of its own in which zeros
mean a flat patch; one in the middle of WebP, AVIF and what is not compressed, or at the end of a
picture that is black there anyway.

In: bytes, and for ends the decoded picture. Out: pixels (``decoding``).
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from helpers.datasets import formats

LEAST = 512  # bytes, a sector of a disk
RUN = re.compile(rb"\0{%d,}" % LEAST)
#: A run of DC values can only fall so far: twice the range of a picture of 8 bits, times 8.
RANGE = 2 * 8 * 256
BAND = 5  # coefficients, of which not all are -1 in block after block
SIDE = 16  # pixels of the blocks of WebP
#: Bytes of zeros that a block without detail can take at most, with loss and without; measured: 2
#: and 32. A photograph's blocks take 20 and more, and 200 and more.
A_PLAIN_BLOCK, LOSSLESS = 16, 128
LEFT_TO_RIGHT = 0.9  # share of pixels that are not zero, in the row before the zeros
ROWS = 8  # of zeros, at least


def is_empty_within(data: bytes) -> bool:
    """Whether a JPEG's compressed data has zeros that would come out as more than a flat patch.

    Examples
    --------
    >>> is_empty_within(b"no zeros")
    False
    """
    if not RUN.search(data):
        return False
    known = _Known()
    segments = itertools.pairwise(formats.jpeg_segments(data))
    for (marker, start, stop), (_, end, _) in segments:
        if marker == 0xDA:
            scan = known.scan(data[start + 4 : stop])
            for run in RUN.finditer(data, stop, end):
                if scan is not None and scan.cannot_be(8 * len(run[0])):
                    return True
        else:
            known.learn(marker, data[start + 4 : stop])
    return False


def is_empty_at_the_end(picture: Image.Image, data: bytes) -> bool:
    """Whether the last bytes of a decoded picture's file are zeros that stand for nothing."""
    unpadded = _without_padding(picture.format, data)
    if unpadded is None or unpadded[-LEAST:].count(0) < LEAST:
        return False
    data = unpadded
    if picture.format in ("WEBP", "AVIF"):
        zeros = len(data) - len(data.rstrip(b"\0"))
        a_block = LOSSLESS if b"VP8L" in data[:64] else A_PLAIN_BLOCK
        return zeros > LEAST + a_block * _plain_blocks(picture)
    upwards = picture.format in ("BMP", "TGA") and _breaks_off(picture, upwards=True)
    return upwards or _breaks_off(picture, upwards=False)


def _without_padding(kind: str | None, data: bytes) -> bytes | None:
    """Return a file up to its own end, None for a kind whose end is looked at elsewhere."""
    if kind == "WEBP":
        return data[: 8 + int.from_bytes(data[4:8], "little")]
    if kind == "AVIF":
        at = 0
        while size := int.from_bytes(data[at : at + 4]):  # box after box
            at += size
        return data[:at] if at else data
    return data if kind in ("BMP", "PPM", "TGA", "TIFF") else None


def _plain_blocks(picture: Image.Image) -> int:
    """Return how many blocks at the end, row after row, have one colour or what is above them."""
    pixels, count = np.asarray(picture), 0  # (height, width, channels)
    for top in reversed(range(0, picture.height, SIDE)):
        row = pixels[top : top + SIDE]
        above = pixels[max(0, top - SIDE) : top][: len(row)]
        for left in reversed(range(0, picture.width, SIDE)):
            block = row[:, left : left + SIDE]
            flat = (block == block[0, 0]).all()
            if not flat and not np.array_equal(block, above[:, left : left + SIDE]):
                return count
            count += 1
    return count


def _breaks_off(picture: Image.Image, upwards: bool) -> bool:
    """Whether the pixels stop within a row, and all that follow are zero.

    A black margin begins with a row, and a black shape has an outline: both differ from a row that
    is full up to a pixel and empty from there on, below a row that is full.
    """
    if picture.mode.startswith("I;16"):
        picture = picture.convert("I")
    box = picture.getbbox(alpha_only=False)
    if box is None:
        return False
    last, empty = (box[1], box[1]) if upwards else (box[3] - 1, picture.height - box[3])
    before = last + 1 if upwards else last - 1
    if empty < ROWS or not 0 <= before < picture.height:
        return False
    here, above = (_not_zero(picture, row) for row in (last, before))
    stop = int(np.flatnonzero(here)[-1]) + 1
    if not 4 <= stop <= len(here) - 4:
        return False
    return (
        above[stop:].mean() >= LEFT_TO_RIGHT
        and here[:stop].mean() >= LEFT_TO_RIGHT * above[:stop].mean() > 0
    )


def _not_zero(picture: Image.Image, row: int) -> np.ndarray:
    pixels = np.asarray(picture.crop((0, row, picture.width, row + 1)))[0]
    return pixels.astype(bool).reshape(picture.width, -1).any(axis=1)


# ---------------------------------------------------------------------------------------------
# What zeros mean in a JPEG
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    """One component in a scan: what the code of zeros says of DC and AC, blocks, first step."""

    dc: tuple[int, int]  # bits, symbol
    ac: tuple[int, int]
    blocks: int  # that follow each other
    step: int


@dataclass(frozen=True)
class _Scan:
    """A scan of Huffman codes: its components, its band, and by how many bits it is coarser."""

    parts: list[_Part]
    first: int
    last: int
    coarser: int
    progressive: bool

    def cannot_be(self, bits: int) -> bool:
        """Whether so many zero bits stand for what no picture holds."""
        if self.first > 0:
            run, size = divmod(self.parts[0].ac[1], 16)
            return self.last - self.first + 1 >= BAND and (size > 0 or run == 15)
        if not self.progressive and any(part.ac[1] for part in self.parts):
            return True  # a value in block after block that is not the end of a block
        a_round = sum(part.blocks * self._bits(part) for part in self.parts)
        return any(bits // a_round * part.blocks * self._fall(part) > RANGE for part in self.parts)

    def _bits(self, part: _Part) -> int:
        return sum(part.dc) + (0 if self.progressive else part.ac[0])

    def _fall(self, part: _Part) -> int:
        """Return by how much each block is darker than the one before: a symbol is a size."""
        return (((1 << part.dc[1]) - 1) << self.coarser) * part.step


@dataclass
class _Known:
    """What a JPEG has said so far of its tables and components."""

    codes: dict[int, tuple[int, int]] = field(default_factory=dict)  # class and number, a byte
    steps: dict[int, int] = field(default_factory=dict)
    parts: dict[int, tuple[int, int]] = field(default_factory=dict)  # blocks, number of its steps
    progressive: bool | None = None

    def learn(self, marker: int, body: bytes) -> None:
        """Take in a segment: tables of codes, of steps, or the frame."""
        if marker == 0xC4:
            self.codes |= dict(_codes(body))
        elif marker == 0xDB:
            self.steps |= dict(_steps(body))
        elif marker in (0xC0, 0xC1, 0xC2):
            self.progressive = marker == 0xC2
            for at in range(6, len(body) - 2, 3):
                self.parts[body[at]] = ((body[at + 1] >> 4) * (body[at + 1] & 15), body[at + 2])

    def scan(self, head: bytes) -> _Scan | None:
        """Return what a scan is made of; None where zeros may mean anything."""
        if self.progressive is None or len(head) < 4 + 2 * head[0]:  # arithmetic coding, or broken
            return None
        count = head[0]
        first, last, precision = head[1 + 2 * count : 4 + 2 * count]
        if precision >> 4:  # a bit more of what is known: zeros are as good as ones
            return None
        parts = []
        for number, tables in zip(head[1 : 1 + 2 * count : 2], head[2::2], strict=False):
            blocks, steps = self.parts.get(number, (0, 0))
            dc = self.codes.get(tables >> 4, (1, 0))
            ac = self.codes.get(0x10 | tables & 15, (1, 0))
            parts.append(
                _Part(dc, ac, blocks if count > 1 else min(1, blocks), self.steps.get(steps, 1))
            )
        if not parts or not all(part.blocks for part in parts):
            return None
        return _Scan(parts, first, last, precision & 15, self.progressive)


def _codes(body: bytes) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield each table's number, with the length of its code of zeros and what that means."""
    at = 0
    while at + 17 < len(body):
        counts = body[at + 1 : at + 17]
        length = next((i for i, count in enumerate(counts, 1) if count), 0)
        if not length:
            return
        yield body[at], (length, body[at + 17])
        at += 17 + sum(counts)


def _steps(body: bytes) -> Iterator[tuple[int, int]]:
    """Yield each table's number and its step for DC."""
    at = 0
    while at + 3 <= len(body):
        wide = body[at] >> 4
        yield body[at] & 15, int.from_bytes(body[at + 1 : at + 2 + wide])
        at += 1 + (128 if wide else 64)

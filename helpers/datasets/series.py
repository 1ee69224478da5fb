"""Which pictures of a class belong together: copies of one, and shots of one moment.

Two of them, one learned from and one judged by, make the accuracy too good, so a cut into parts
keeps them on one side. What is compared is small: in which direction 512 places of a picture grow
brighter (a difference hash, as in the package ``imagehash``, of 16×16 places in two directions,
without those that are flat: bars and frames are no likeness), a grey thumbnail and a coarse one in
colour. Whatever is alike so far must then be alike everywhere: of 8×8 cells of the thumbnail none
may differ much, so that screenshots of one app, each with another photograph, are different; and
alike in fine detail, as pages of text are not (module ``detail``). Re-encoded at quality 60,
halved, or cropped by 3 % is found, mirrored or not; of a thousand drawn pictures, at most one in a
hundred is in a false pair.

Shots of one moment are more loosely alike: their numbers or times follow each other, and moved by
up to a tenth of the picture, most of their cells are alike. Where names hold date and time to the
second, those of one second are one series by name alone.
"""

import contextlib
import hashlib
import itertools
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from helpers import files as places
from helpers.datasets import detail
from helpers.datasets.batches import WORKERS
from helpers.datasets.decoding import upright_rgb
from helpers.datasets.waiting import Waiting
from helpers.errors import UserError

MANY = 20_000  # files, above which only copies are looked for
SIDE = 16  # places a side whose brightness is compared with the next one's
GREY, POOLED, COLOUR = 40, 20, 4  # sides of the thumbnails
FLAT = 2  # grey levels between two places, up to which neither counts as brighter
CELLS = 8  # cells a side of the grey thumbnail, in which two pictures are compared
MOVED = 4  # places of it, by which a shot may be moved against the next one
EXPOSURE = 1.25  # and times as bright it may be
DRAFT = 128  # pixels, to which the JPEG decoder may reduce while it reads
#: For any two pictures: likeness of the directions (1: the same, 0: by chance) at least,
#: correlation of the grey thumbnails at least, difference of the coarse ones (0 to 1) at most, and
#: grey levels by which a cell may differ.
ALIKE = (0.45, 0.75, 0.12, 12.0)
#: For two in a row: correlation, once they are moved onto each other, difference of the coarse
#: thumbnails, grey levels by which a cell may differ, and share of the cells that may differ more.
IN_A_ROW = (0.7, 0.2, 12.0, 0.12)
BURST = 100  # pictures at most that share the second in their names
NUMBERS = 3  # how far apart the numbers of files in a row may be
SECONDS = 10  # and their times
HEAD = 1 << 16  # bytes that are compared first
BLOCK = 512  # pictures that are compared with all others at a time
NEAREST = 16  # of those that look like a picture, so many are compared in detail, the most alike
#: Looking at the pictures took this long: remember it. Also the least that is worth a file.
REMEMBERED = 2.0  # seconds


@dataclass(frozen=True)
class Looks:
    """What is compared of N pictures; rows of zeros for those that cannot be read.

    ``directions`` (N, 512) are -1, 0 (flat) and 1, divided so that their length is 1; ``grey``
    (N, 40, 40) are uint8, ``colour`` (N, 48) are 0 to 1, ``seconds`` (N,) when the pictures were
    taken, NaN where the file does not say; ``paths`` (N,) are their files.
    """

    directions: np.ndarray
    grey: np.ndarray
    colour: np.ndarray
    seconds: np.ndarray
    paths: np.ndarray
    mirrored: bool = False

    def __getitem__(self, rows: Any) -> "Looks":
        columns = ("directions", "grey", "colour", "seconds", "paths")
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})

    def flipped(self) -> "Looks":
        """Return what the same pictures look like in a mirror, left and right exchanged."""
        places = self.directions.reshape(-1, 2, SIDE, SIDE)[..., ::-1]
        directions = places * np.array([-1, 1], np.float32)[:, None, None]
        colour = self.colour.reshape(-1, COLOUR, COLOUR, 3)[:, :, ::-1].reshape(self.colour.shape)
        flat = directions.reshape(self.directions.shape)
        grey, mirrored = self.grey[:, :, ::-1], not self.mirrored
        return Looks(flat, grey, colour, self.seconds, self.paths, mirrored)

    def coarse(self) -> np.ndarray:
        """Return smaller grey thumbnails of mean 0 and length 1: float32 (N, 400)."""
        step = GREY // POOLED
        cells = self.grey.reshape(-1, POOLED, step, POOLED, step)
        return _unit(cells.mean(axis=(2, 4), dtype=np.float32).reshape(-1, POOLED**2))


def found(classes: Sequence[Sequence[str]], folder: Path) -> list[list[list[int]]]:
    """Return the series of each class.

    Parameters
    ----------
    classes
        Paths of the pictures of each class.
    folder
        Where they lie, for what is said when it takes long.

    Returns
    -------
    list
        For each class its groups: lists of positions in the class, each position in one. Above
        ``MANY`` files in all, only files of equal bytes are together.

    Examples
    --------
    >>> found([["a.jpg", "b.jpg"]], Path("."))
    [[[0], [1]]]
    """
    files = [path for paths in classes for path in paths]
    looks = look_at(files, folder) if len(files) <= MANY else None
    groups, start = [], 0
    for paths in classes:
        pairs = list(copies(paths))
        if looks is not None:
            own = looks[start : start + len(paths)]
            pairs += [*alike(own), *alike(own, own.flipped()), *in_a_row(paths, own)]
            pairs += same_second([Path(path).name for path in paths])
        groups.append(joined(len(paths), pairs))
        start += len(paths)
    return groups


def joined(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the groups that the pairs connect."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows, columns = np.array(list(pairs), int).reshape(-1, 2).T
    links = coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(count, count))
    _, labels = connected_components(links, directed=False)
    groups: dict[int, list[int]] = {}
    for position, label in enumerate(labels):
        groups.setdefault(label, []).append(position)
    return list(groups.values())


# ---------------------------------------------------------------------------------------------
# Copies: equal bytes
# ---------------------------------------------------------------------------------------------


def copies(paths: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield pairs of files of equal bytes; only files of one length are read."""
    for equal in _sorted_by(range(len(paths)), lambda i: os.path.getsize(paths[i])):
        for same in _sorted_by(equal, lambda i: _digest(paths[i], HEAD)):
            for group in _sorted_by(same, lambda i: _digest(paths[i], None)):
                yield from ((group[0], other) for other in group[1:])


def _sorted_by(positions: Iterable[int], key) -> list[list[int]]:
    """Return the positions that share a key with another one; files that are gone have none."""
    groups: dict[object, list[int]] = {}
    for i in positions:
        with contextlib.suppress(OSError):
            groups.setdefault(key(i), []).append(i)
    return [group for group in groups.values() if len(group) > 1]


def _digest(path: str, size: int | None) -> bytes:
    with open(path, "rb") as file:
        if size is None:
            return hashlib.file_digest(file, "sha256").digest()
        return hashlib.sha256(file.read(size)).digest()


# ---------------------------------------------------------------------------------------------
# Likeness
# ---------------------------------------------------------------------------------------------


def alike(looks: Looks, others: Looks | None = None) -> Iterator[tuple[int, int]]:
    """Yield the pairs of pictures that are alike, the smaller position first.

    With ``others``, the looks of the same pictures in a mirror, the pairs of which one is like the
    other in the mirror.
    """
    yield from _compared(looks, looks if others is None else others, once=True)


def across(looks: Looks, others: Looks) -> Iterator[tuple[int, int]]:
    """Yield the pairs of a picture and one of others that it is like."""
    yield from _compared(looks, others, once=False)


def _compared(looks: Looks, others: Looks, *, once: bool) -> Iterator[tuple[int, int]]:
    """Yield the pairs that are alike; ``once``: both are the same pictures."""
    grey, other_grey = looks.coarse(), others.coarse()
    for start in range(0, len(grey), BLOCK):
        rows = slice(start, start + BLOCK)
        near = looks.directions[rows] @ others.directions.T >= ALIKE[0]
        near &= grey[rows] @ other_grey.T >= ALIKE[1]
        near = np.triu(near, start + 1) if once else near
        pairs = np.argwhere(near) + np.array([start, 0])
        likeness = np.einsum("ij,ij->i", grey[pairs[:, 0]], other_grey[pairs[:, 1]])
        pairs = pairs[np.argsort(-likeness, kind="stable")]
        kept = [_everywhere(looks[some[:, 0]], others[some[:, 1]]) for some in _blocks(pairs)]
        pairs = _nearest(pairs[np.concatenate([*kept, np.zeros(0, bool)])])
        yield from _in_detail(pairs, looks, others)


def _nearest(pairs: np.ndarray) -> np.ndarray:
    """Return the first ``NEAREST`` pairs of each picture: of many pages all look alike."""
    often: dict[int, int] = {}
    kept = np.zeros(len(pairs), bool)
    for k, i in enumerate(pairs[:, 0].tolist()):
        often[i] = often.get(i, 0) + 1
        kept[k] = often[i] <= NEAREST
    return pairs[kept]


def _in_detail(
    pairs: np.ndarray, looks: Looks, others: Looks, *, shots: bool = False
) -> Iterator[tuple[int, int]]:
    """Yield the pairs that are alike in detail too."""
    files = looks.paths[pairs[:, 0]], others.paths[pairs[:, 1]]
    yield from map(tuple, pairs[detail.same(*files, _opened, others.mirrored, shots)].tolist())


def _blocks(pairs: np.ndarray) -> list[np.ndarray]:
    """Return pairs in blocks that fit into memory; none where there are none."""
    return np.array_split(pairs, 1 + len(pairs) // BLOCK) if len(pairs) else []


def _everywhere(some: Looks, others: Looks) -> np.ndarray:
    """Whether pictures are alike in colour and in each of their cells: bool (N,)."""
    from scipy.ndimage import uniform_filter

    # Blurred, so that it matters little on which places a thin line falls.
    one, other = (uniform_filter(it.grey.astype(np.float32), (1, 3, 3)) for it in (some, others))
    other = _moved(one, np.pad(other, [(0, 0), (1, 1), (1, 1)], "edge"))
    differ = np.maximum(_differ(one, other), _differ(other, one))
    alike = differ.max(axis=(1, 2), initial=0) <= ALIKE[3]
    return alike & (_shade(some.colour, others.colour) <= ALIKE[2])


def _differ(grey: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return by how many grey levels each cell leaves what the others have nearby.

    What others have in 3×3 places around counts as the same, so that a cut edge is no difference.

    Parameters
    ----------
    grey, others
        (N, S, S).

    Returns
    -------
    numpy.ndarray
        float32, (N, 8, 8).
    """
    from scipy.ndimage import maximum_filter, minimum_filter

    grey, others = grey.astype(np.float32), others.astype(np.float32)
    over = grey - maximum_filter(others, (1, 3, 3))
    under = minimum_filter(others, (1, 3, 3)) - grey
    side = grey.shape[1] // CELLS
    beyond = np.maximum(np.maximum(over, under), 0).reshape(-1, CELLS, side, CELLS, side)
    return beyond.mean(axis=(2, 4))


def _shade(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.sqrt(np.mean((some - others) ** 2, axis=1))


def _unit(values: np.ndarray) -> np.ndarray:
    """Return rows of mean 0 and length 1."""
    values = values - values.mean(axis=1, keepdims=True)
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-6)


def in_a_row(paths: Sequence[str], looks: Looks) -> Iterator[tuple[int, int]]:
    """Yield pairs whose numbers or times follow each other, and that are somewhat alike."""
    seconds = np.where(np.isnan(looks.seconds), [_seconds(path) for path in paths], looks.seconds)
    pairs = np.array([*_numbers_in_a_row(paths), *_times_in_a_row(seconds)], int).reshape(-1, 2)
    for some in _blocks(pairs):
        some = some[_moments(looks[some[:, 0]], looks[some[:, 1]])]
        yield from _in_detail(some, looks, looks, shots=True)


def _moments(some: Looks, others: Looks) -> np.ndarray:
    """Whether pictures may be shots of one moment, a little moved against each other: bool (N,)."""
    least, shade, most, share = IN_A_ROW
    inner = slice(MOVED, GREY - MOVED)
    grey = some.grey[:, inner, inner].astype(np.float32)
    moved = _moved(grey, others.grey.astype(np.float32))
    differ = _differ(grey, moved)
    flat = (_range(grey) <= FLAT) & (_range(moved) <= FLAT) & (differ <= FLAT)
    counted = np.maximum((~flat).sum(axis=(1, 2)), 1)
    alike = (differ > most).sum(axis=(1, 2)) <= share * counted
    products = (_unit(grey.reshape(len(grey), -1)) * _unit(moved.reshape(len(grey), -1))).sum(
        axis=1
    )
    return alike & (products >= least) & (_shade(some.colour, others.colour) <= shade)


def _moved(grey: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the part of larger ones that fits thumbnails best, as bright as these: (N, S, S)."""
    side = grey.shape[1]
    moves = list(itertools.product(range(others.shape[1] - side + 1), repeat=2))
    gain = grey.mean(axis=(1, 2)) / np.maximum(others.mean(axis=(1, 2)), 1)
    others = others * np.clip(gain, 1 / EXPOSURE, EXPOSURE)[:, None, None]
    parts = [others[:, down : down + side, right : right + side] for down, right in moves]
    far = np.array(
        [np.abs(grey[:, ::2, ::2] - part[:, ::2, ::2]).mean(axis=(1, 2)) for part in parts]
    )  # (moves, N)
    best = far.argmin(axis=0)
    return np.array([parts[move][i] for i, move in enumerate(best)]).reshape(grey.shape)


def _range(grey: np.ndarray) -> np.ndarray:
    side = grey.shape[1] // CELLS
    cells = grey.reshape(-1, CELLS, side, CELLS, side)
    return np.ptp(cells, axis=(2, 4))


#: Date and time to the second, and perhaps milliseconds, as phones and cameras name pictures.
STAMP = re.compile(
    r"(?<!\d)((?:19|20)\d\d)([-_.:]?)([01]\d)\2([0-3]\d)(?:[-_.T ]|_at_| at )*"
    r"([0-2]\d)[-_.:h]?([0-5]\d)[-_.:m]?([0-5]\d)(?:\d{3})?(?!\d)"
)
#: Beginnings of names in which messengers put the time of sending: an album has one.
SENT = ("whatsapp", "signal-", "photo_", "telegram")


def same_second(paths: Sequence[str]) -> list[tuple[int, int]]:
    """Return pairs of pictures of a folder whose names hold one date and time to the second.

    Not those that a messenger has named, nor those of a time that more share than a camera shoots
    in a second.
    """
    taken: dict[object, list[int]] = {}
    for i, path in enumerate(paths):
        name = Path(path)
        if (seconds := _seconds(path)) == seconds and not name.name.lower().startswith(SENT):
            taken.setdefault((name.parent, seconds), []).append(i)
    groups = [group for group in taken.values() if len(group) <= BURST]
    return [(group[0], other) for group in groups for other in group[1:]]


def _seconds(path: str) -> float:
    """Return the time that a file's name holds, in seconds; NaN without one."""
    if match := STAMP.search(Path(path).stem):
        year, month, day, hour, minute, second = (int(match[k]) for k in (1, 3, 4, 5, 6, 7))
        with contextlib.suppress(ValueError):  # no such day
            return datetime(year, month, day, hour, minute, second).timestamp()
    return float("nan")


def _numbers_in_a_row(paths: Sequence[str]) -> Iterator[tuple[int, int]]:
    numbered = []
    for i, path in enumerate(paths):
        name = Path(path)
        if match := re.fullmatch(r"(.*?)(\d+)(\D*)", name.stem):
            numbered.append(((str(name.parent), match[1], match[3]), int(match[2]), i))
    numbered.sort()
    for (text, number, i), (other, following, j) in itertools.pairwise(numbered):
        if text == other and following - number <= NUMBERS:
            yield i, j


def _times_in_a_row(seconds: np.ndarray) -> Iterator[tuple[int, int]]:
    order = np.argsort(seconds, kind="stable")
    close = np.diff(seconds[order]) <= SECONDS  # False beside NaN
    for k in np.flatnonzero(close):
        yield int(order[k]), int(order[k + 1])


# ---------------------------------------------------------------------------------------------
# Looking at the pictures
# ---------------------------------------------------------------------------------------------


def look_at(paths: Sequence[str], folder: Path) -> Looks:
    """Return what is compared of the pictures; remembered where looking takes long."""
    return _unpacked(measured(paths, folder, "comparing", "upright", _look, _WIDTH), paths)


def measured(
    paths: Sequence[str],
    folder: Path,
    doing: str,
    name: str,
    measure: Callable[[str], np.ndarray],
    width: int,
) -> np.ndarray:
    """Measure every picture in a few bytes, and remember them where that takes long.

    Parameters
    ----------
    paths, folder
        The pictures, and where they lie.
    doing
        What is done, for the line that says how far it is.
    name
        What the measures are remembered as, below ``helpers.files.home()``.
    measure
        Returns ``width`` bytes for one path: uint8 (width,).

    Returns
    -------
    numpy.ndarray
        uint8, (N, width).
    """
    memory = _file(folder, name)
    known = _remembered(memory, width)
    marks = [_mark(path) for path in paths]
    begun = time.monotonic()
    with Waiting(doing, len(paths), folder) as waiting:

        def one(path: str, mark: str) -> np.ndarray:
            row = known[mark] if mark in known else measure(path)
            waiting.step()
            return row

        with ThreadPoolExecutor(WORKERS) as pool:
            rows = list(pool.map(one, paths, marks))
    if time.monotonic() - begun > REMEMBERED and not set(marks) <= set(known):
        _remember(memory, marks, rows)
    return np.stack(rows) if rows else np.zeros((0, width), np.uint8)


_BITS = SIDE**2 * 2 // 8
_WIDTH = 2 * _BITS + GREY**2 + 3 * COLOUR**2 + 8  # bytes a picture


def _look(path: str) -> np.ndarray:
    """Return one picture in ``_WIDTH`` bytes, all zero when it cannot be read."""
    try:
        with Image.open(path) as picture:
            seconds = _taken(picture)
        colour = _opened(path, DRAFT)
    except Exception:  # Pillow's plug-ins raise many kinds; the check names such files
        return np.zeros(_WIDTH, np.uint8)
    grey = colour.convert("L")
    right, down = _small(grey, SIDE + 1, SIDE), _small(grey, SIDE, SIDE + 1)
    return np.concatenate(
        [
            *_directions(right, down),
            _small(grey, GREY, GREY).ravel(),
            _small(colour, COLOUR, COLOUR).ravel(),
            np.array([seconds]).view(np.uint8),
        ]
    )


def _opened(path: str, side: int) -> Image.Image:
    """Return a picture as it is seen: upright, its shorter side of ``side`` pixels or more."""
    return upright_rgb(path, side // 2)  # which reads twice as many


def _directions(right: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where grey grows brighter, and where darker, to the right and downwards.

    512 bits each, uint8 (64,).
    """
    parts = np.diff(right.astype(int), axis=1), np.diff(down.astype(int), axis=0)
    steps = np.concatenate([part.ravel() for part in parts])
    return np.packbits(steps > FLAT), np.packbits(steps < -FLAT)


def _small(picture: Image.Image, width: int, height: int) -> np.ndarray:
    return np.asarray(picture.resize((width, height), Image.Resampling.BOX, reducing_gap=2.0))


def _taken(picture: Image.Image) -> float:
    """Return when the camera took a picture, in seconds; NaN when it does not say so."""
    try:
        exif = picture.getexif()
        text = exif.get_ifd(0x8769).get(0x9003) or exif.get(0x0132)
        return datetime.strptime(str(text)[:19], "%Y:%m:%d %H:%M:%S").timestamp()
    except Exception:  # metadata may hold anything
        return float("nan")


def _unpacked(rows: np.ndarray, paths: Sequence[str]) -> Looks:
    ends = np.cumsum([_BITS, _BITS, GREY**2, 3 * COLOUR**2])
    brighter, darker, grey, colour, seconds = np.split(rows, ends, axis=1)
    steps = np.unpackbits(brighter, axis=1).astype(np.float32) - np.unpackbits(darker, axis=1)
    return Looks(
        steps / np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1),
        grey.reshape(-1, GREY, GREY),
        colour.astype(np.float32) / 255,
        np.ascontiguousarray(seconds).view(np.float64)[:, 0],
        np.array(paths, object),
    )


# ---------------------------------------------------------------------------------------------
# Remembering
# ---------------------------------------------------------------------------------------------


def _mark(path: str) -> str:
    """Return what changes when a file does."""
    try:
        status = os.stat(path)
    except OSError:
        return ""
    mark = f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} ".encode()
    return hashlib.sha256(mark + os.fsencode(path)).hexdigest()[:32]


def _file(folder: Path, name: str) -> Path:
    place = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return places.home() / name / f"{place}.npz"


def _remembered(path: Path, width: int) -> dict[str, np.ndarray]:
    try:
        with np.load(path) as file:
            rows = file["rows"]
            marks = file["marks"].tolist()
    except Exception:  # none yet, half of one, or no place for it: look anew
        return {}
    return dict(zip(marks, rows, strict=False)) if rows.shape[1:] == (width,) else {}


def _remember(path: Path, marks: Sequence[str], rows: Sequence[np.ndarray]) -> None:
    with contextlib.suppress(OSError, UserError):  # a full or read-only disk: look again
        places.write_atomic(
            path, lambda target: np.savez(target, marks=np.array(marks), rows=np.stack(rows))
        )

"""Which pictures of a class belong together: copies of one, and shots of one moment.

Two of them, one learned from and one judged by, make the accuracy too good, so a cut into parts
keeps them on one side. What is compared is small: in which direction 512 places of a picture grow
brighter (a difference hash, as in the package ``imagehash``, of 16×16 places in two directions), a
grey thumbnail and a coarse one in colour. Without the last two, all studio pictures on white would
be one series. Measured on flowers, bicycles and ships: re-encoded at quality 60, halved, or cropped
by 3 % is found, mirrored or not; of a thousand drawn pictures, none is in a false pair.
"""

import contextlib
import hashlib
import itertools
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from PIL import Image

from helpers import paths as places
from helpers.datasets.batches import WORKERS
from helpers.datasets.waiting import Waiting
from helpers.errors import UserError

MANY = 20_000  # files, above which only copies are looked for
SIDE = 16  # places a side whose brightness is compared with the next one's
GREY, COLOUR = 24, 4  # sides of the thumbnails
DRAFT = 128  # pixels, to which the JPEG decoder may reduce while it reads
#: Differing share of the 512 directions at most, correlation of the grey thumbnails at least, and
#: difference of the coarse ones (0 to 1) at most: for any two pictures, and for two in a row.
ALIKE = (0.25, 0.9, 0.12)
IN_A_ROW = (0.36, 0.7, 0.2)
NUMBERS = 3  # how far apart the numbers of files in a row may be
SECONDS = 10  # and their times
HEAD = 1 << 16  # bytes that are compared first
BLOCK = 512  # pictures that are compared with all others at a time
#: Looking at the pictures took this long: remember it. Also the least that is worth a file.
REMEMBERED = 2.0  # seconds


@dataclass(frozen=True)
class Looks:
    """What is compared of N pictures; rows of zeros for those that cannot be read.

    ``directions`` (N, 512) are -1 and 1, ``mirrored`` (N, 512) those of the mirror image, ``grey``
    (N, 576) have length 1, ``colour`` (N, 48) are 0 to 1, ``seconds`` (N,) when the pictures were
    taken, NaN where the file does not say.
    """

    directions: np.ndarray
    mirrored: np.ndarray
    grey: np.ndarray
    colour: np.ndarray
    seconds: np.ndarray

    def __getitem__(self, rows) -> "Looks":
        columns = self.directions, self.mirrored, self.grey, self.colour, self.seconds
        return Looks(*(column[rows] for column in columns))

    def flipped(self) -> "Looks":
        """Return what the same pictures look like in a mirror, left and right exchanged."""
        grey = self.grey.reshape(-1, GREY, GREY)[:, :, ::-1].reshape(self.grey.shape)
        colour = self.colour.reshape(-1, COLOUR, COLOUR, 3)[:, :, ::-1].reshape(self.colour.shape)
        return Looks(self.mirrored, self.directions, grey, colour, self.seconds)


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
    others = looks if others is None else others
    for start in range(0, len(looks.grey), BLOCK):
        rows = looks[start : start + BLOCK]
        near = _near(rows.directions @ others.directions.T, rows.grey @ others.grey.T, ALIKE)
        for i, j in np.argwhere(np.triu(near, start + 1)):
            if _shade(looks.colour[start + i], others.colour[j]) <= ALIKE[2]:
                yield int(start + i), int(j)


def _near(directions: np.ndarray, grey: np.ndarray, limits: tuple) -> np.ndarray:
    """Whether products of directions (-512 to 512) and of thumbnails (-1 to 1) are large enough."""
    return (directions >= 2 * SIDE**2 * (1 - 2 * limits[0])) & (grey >= limits[1])


def _shade(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.sqrt(np.mean((one - other) ** 2)))


def in_a_row(paths: Sequence[str], looks: Looks) -> Iterator[tuple[int, int]]:
    """Yield pairs whose numbers or times follow each other, and that are somewhat alike."""
    for i, j in [*_numbers_in_a_row(paths), *_times_in_a_row(looks.seconds)]:
        products = looks.directions[i] @ looks.directions[j], looks.grey[i] @ looks.grey[j]
        if _near(*products, IN_A_ROW) and _shade(looks.colour[i], looks.colour[j]) <= IN_A_ROW[2]:
            yield i, j


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
    return _unpacked(measured(paths, folder, "comparing", "looks", _look, _WIDTH))


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
        What the measures are remembered as, below ``helpers.paths.home()``.
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
            picture.draft("RGB", (DRAFT, DRAFT))
            colour = picture.convert("RGB")
    except Exception:  # Pillow's plug-ins raise many kinds; the check names such files
        return np.zeros(_WIDTH, np.uint8)
    grey = colour.convert("L")
    right, down = _small(grey, SIDE + 1, SIDE), _small(grey, SIDE, SIDE + 1)
    return np.concatenate(
        [
            _directions(right, down),
            _directions(right[:, ::-1], down[:, ::-1]),
            _small(grey, GREY, GREY).ravel(),
            _small(colour, COLOUR, COLOUR).ravel(),
            np.array([seconds]).view(np.uint8),
        ]
    )


def _directions(right: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Return where grey grows brighter to the right and downwards: 512 bits, uint8 (64,)."""
    brighter = np.diff(right.astype(int), axis=1) > 0, np.diff(down.astype(int), axis=0) > 0
    return np.packbits(np.concatenate([part.ravel() for part in brighter]))


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


def _unpacked(rows: np.ndarray) -> Looks:
    ends = np.cumsum([_BITS, _BITS, GREY**2, 3 * COLOUR**2])
    bits, mirrored, grey, colour, seconds = np.split(rows, ends, axis=1)
    grey = grey.astype(np.float32)
    grey -= grey.mean(axis=1, keepdims=True)
    length = np.linalg.norm(grey, axis=1, keepdims=True)
    return Looks(
        np.unpackbits(bits, axis=1).astype(np.float32) * 2 - 1,
        np.unpackbits(mirrored, axis=1).astype(np.float32) * 2 - 1,
        grey / np.maximum(length, 1e-6),
        colour.astype(np.float32) / 255,
        np.ascontiguousarray(seconds).view(np.float64)[:, 0],
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

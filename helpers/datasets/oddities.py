"""Pictures that can be read and yet show little, or of which only a part is seen.

In: a path and, where it was decoded to be checked, its picture. Out: the kinds of what is odd, and
a note for each kind: how many pictures, and one of them by name. None of it is refused.
"""

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.datasets.decoding import BITS, SIDE, SPARE_BITS, frames

MOSTLY_SEEN = 75  # percent of the area, below which it is said: photographs of 4:3 have that
LOOKED_AT = 224  # of 256 pixels a side: what most of the book's networks take of the square
LONG = 3  # times as long as wide, above which most of a picture lies outside its central square
SMALL = 64  # pixels, below which the 256 of a network are made up
CELLS = 64  # cells a side that are looked at for colours
EXCEPT = 0.5  # percent of the cells at either end: a dust grain is nothing to learn from
BLACK, SAME = 16, 6  # grey levels
PAGES, LENGTHY, TINY, EMPTY, CUT = "several pages", "long", "small", "empty", "seen to"


def kinds(path: str, picture: Image.Image | None) -> frozenset[str]:
    """Return what is odd about a picture.

    Parameters
    ----------
    path
        The file.
    picture
        What ``decoding.check`` made of it, perhaps reduced; None where it was not decoded: then
        pages alone are counted.

    Examples
    --------
    >>> sorted(kinds("icon.jpg", Image.new("RGB", (16, 16))))
    ['empty', 'small']
    """
    found = _pages(path)
    if picture is not None:
        if BITS in picture.info:
            found.add(f"{picture.info[BITS]} bits")
        found |= _of_size(picture.size)
        if _is_empty(picture):
            found.add(EMPTY)
    return frozenset(found)


def _pages(path: str) -> set[str]:
    several = not path.lower().endswith((".jpg", ".jpeg")) and frames(path) > 1
    return {PAGES} if several else set()


def _of_size(shape: tuple[int, int]) -> set[str]:
    return _far_from_square(shape) | ({TINY} if min(shape) < SMALL else set())


def _far_from_square(shape: tuple[int, int]) -> set[str]:
    seen = 100 * min(shape) / max(shape)
    kind = f"{LENGTHY if LONG * seen < 100 else CUT} {seen:.3g}"
    return {kind} if round(seen) < MOSTLY_SEEN else set()


def of_new(
    paths: Iterable[str | Path], empty: Iterable[str | Path] = (), *, whole: bool = False
) -> list[str]:
    """Return a note for each kind of odd picture among those a network is asked about.

    By the files' headers, but for ``empty``, those that ``shows_nothing`` has found. ``whole``: all
    of a page is looked at, as for digits.

    Examples
    --------
    >>> of_new(["bike.jpg"]), of_new(["scan.tif"])[0][:36]
    ([], '1 file holds several pages or frames')
    """
    odd, nothing = {}, set(map(str, empty))
    for path in map(str, paths):
        odd[path] = _pages(path) | ({EMPTY} if path in nothing else set())
        with contextlib.suppress(Exception):  # what cannot be opened is named elsewhere
            with Image.open(path) as picture:
                odd[path] |= set() if whole else _of_size(picture.size)
    return notes(odd, Path())


def shows_nothing(pixels: np.ndarray) -> bool:
    """Return whether a picture as a network gets it is nearly all black, or of nearly one colour.

    Parameters
    ----------
    pixels
        uint8, (H, W, 3), or (H, W, 1) for a network that reads greys.

    Examples
    --------
    >>> shows_nothing(np.full((256, 256, 3), 200, np.uint8))
    True
    >>> shows_nothing(np.arange(64 * 64, dtype=np.uint8).reshape(64, 64, 1))
    False
    """
    height, width, _ = pixels.shape
    return _is_empty(Image.fromarray(np.broadcast_to(pixels, (height, width, 3))))


def _is_empty(picture: Image.Image) -> bool:
    """Whether a picture is nearly all black, or of nearly one colour."""
    small = picture.resize((CELLS, CELLS), Image.Resampling.BOX, reducing_gap=2.0)
    pixels = np.asarray(small).reshape(-1, 3)
    low, high = np.percentile(pixels, (EXCEPT, 100 - EXCEPT), axis=0)
    return bool(high.max() <= BLACK or (high - low).max() <= SAME)


def notes(odd: Mapping[str, Iterable[str]], folder: Path) -> list[str]:
    """Return a note for each kind that occurs.

    Parameters
    ----------
    odd
        What is odd about each path.
    folder
        Where they lie; names are said as in it.

    Examples
    --------
    >>> notes({"photos/cup/icon.png": {"small"}}, Path("photos"))
    ['1 picture is smaller than 64 pixels (cup/icon.png): enlarged, it shows little']
    """
    said = []
    for kind, (one, several) in _TEXTS.items():
        if paths := [path for path, found in odd.items() if any(kind in name for name in found)]:
            name = Path(paths[0])
            example = str(name.relative_to(folder) if name.is_relative_to(folder) else name)
            text = one if len(paths) == 1 else several
            said.append(text.format(count=f"{len(paths):,}", example=example, **_seen(odd, kind)))
    return said


def _seen(odd: Mapping[str, Iterable[str]], kind: str) -> dict[str, str]:
    """Return in percent how much is taken of the pictures of a kind, and how much looked at."""
    if kind not in (CUT, LENGTHY):
        return {}
    found = {name for names in odd.values() for name in names if kind in name}
    shares = sorted(float(name.removeprefix(kind)) for name in found)
    ends, part = (shares[0], shares[-1]), (LOOKED_AT / SIDE) ** 2
    return {"taken": _percent(ends), "looked_at": _percent([part * end for end in ends])}


def _percent(ends: Iterable[float]) -> str:
    return " to ".join(dict.fromkeys(f"{end:.0f}" if end >= 1 else f"{end:.1g}" for end in ends))


PART = (
    "only the middle {taken} % of the area is taken, and a network that looks at "
    f"{LOOKED_AT} of its {SIDE} pixels a side sees {{looked_at}} % of the picture"
)
#: What is said of one picture and of several, in the order of the notes.
_TEXTS = {
    CUT: (
        f"1 picture is far from square ({{example}}): {PART}",
        f"{{count}} pictures are far from square (such as {{example}}): {PART}",
    ),
    PAGES: (
        "1 file holds several pages or frames ({example}): only the first is read",
        "{count} files hold several pages or frames (such as {example}): only the first of each "
        "is read",
    ),
    **{
        f"{bits} bits": (
            f"1 picture holds {bits} bits in 16 ({{example}}): brightened accordingly",
            f"{{count}} pictures hold {bits} bits in 16 (such as {{example}}): brightened "
            "accordingly",
        )
        for bits in SPARE_BITS
    },
    LENGTHY: (
        f"1 picture is over {LONG} times as long as wide ({{example}}): {PART}",
        f"{{count}} pictures are over {LONG} times as long as wide (such as {{example}}): {PART}",
    ),
    TINY: (
        f"1 picture is smaller than {SMALL} pixels ({{example}}): enlarged, it shows little",
        f"{{count}} pictures are smaller than {SMALL} pixels (such as {{example}}): enlarged, "
        "they show little",
    ),
    EMPTY: (
        "1 picture is nearly all black or of one colour ({example}): it holds nothing to tell a "
        "class by",
        "{count} pictures are nearly all black or of one colour (such as {example}): they hold "
        "nothing to tell a class by",
    ),
}

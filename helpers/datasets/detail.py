"""Whether two pictures are alike in fine detail too: two pages of text are not.

Reduced far enough, every page of text is grey, every sheet of music the same staves. So pairs that
look alike are compared once more, at 256×256 pixels and less a blur. In each of 8×8 cells what
remains must correlate, once the pictures are moved and stretched onto each other as a whole. Lines
along the edges of a cell (of a table, a form, rows of text) are taken out first: they are what
different pages share.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
from PIL import Image

from helpers.datasets.batches import WORKERS

FINE = 256  # pixels a side
CELLS = 8  # cells a side
REACH = 28  # pixels by which a cell is moved at most: a tenth of the picture and some
STRETCH = 0.06  # and by how much of the side one picture may be larger
BLURS = 1.0, 4.0  # pixels: detail is what lies between the two
LEAST = 2.0  # grey levels by which a cell must vary to have detail
SAME = 0.4  # correlation of a cell with the other picture's
SHARE = 0.85  # of the cells with detail, which must correlate
FIRST = 8  # cells of most detail, which alone rule most pairs out:
LIKELY = 0.6  # the better third of them must correlate so much where they fit best
KEPT = 4096  # pictures whose detail is kept in memory, 64 kB each

_CELL = FINE // CELLS
_TOP, _LEFT = (places.ravel() * _CELL for places in np.mgrid[:CELLS, :CELLS])

Open = Callable[[str, int], Image.Image]  # a path, and the pixels that the shorter side needs


def same(some: Sequence[str], others: Sequence[str], read: Open, mirrored: bool) -> np.ndarray:
    """Return whether each picture is like its partner in detail: bool (N,).

    Parameters
    ----------
    some, others
        Paths of the two pictures of each pair.
    read
        Opens one.
    mirrored
        The others are to be seen in a mirror.
    """

    def one(pair: tuple[str, str]) -> bool:
        detail, other = (_detail(path, _changed(path), read).astype(np.float32) for path in pair)
        return agree(detail, other[:, ::-1] if mirrored else other)

    with ThreadPoolExecutor(WORKERS) as pool:
        return np.fromiter(pool.map(one, zip(some, others, strict=True)), bool, len(some))


def _changed(path: str) -> float:
    try:
        return os.path.getmtime(path)
    except OSError:
        return 0.0


@lru_cache(KEPT)
def _detail(path: str, changed: float, read: Open) -> np.ndarray:
    """Return what a blur takes away: int8 (256, 256); zeros where a file cannot be read."""
    from scipy.ndimage import gaussian_filter

    try:
        grey = read(path, FINE).convert("L").resize((FINE, FINE), Image.Resampling.BOX)
    except Exception:  # it was read a moment ago: gone since, or being written
        return np.zeros((FINE, FINE), np.int8)
    pixels = np.asarray(grey, np.float32)
    fine, coarse = (gaussian_filter(pixels, blur) for blur in BLURS)
    return (fine - coarse).round().clip(-127, 127).astype(np.int8)


def agree(detail: np.ndarray, other: np.ndarray) -> bool:
    """Return whether two pictures' detail is the same nearly everywhere; True where none has any.

    Parameters
    ----------
    detail, other
        float32, (256, 256), of mean 0.
    """
    cells, wide = _bare(_windows(detail, _TOP, _LEFT, _CELL)), np.pad(other, REACH)
    strength = _strength(cells)
    fullest = np.argsort(-strength, kind="stable")
    fullest = fullest[strength[fullest] >= LEAST]
    if not len(fullest):
        return bool((_strength(_bare(_windows(other, _TOP, _LEFT, _CELL))) < LEAST).all())
    if np.quantile(_best_moves(cells, wide, fullest[:FIRST])[2], 2 / 3) < LIKELY:
        return False
    down, right, likeness = _best_moves(cells, wide, fullest)
    down = _smooth(_TOP, fullest, down, likeness)
    right = _smooth(_LEFT, fullest, right, likeness)
    return _share(cells, wide, _TOP + REACH + down, _LEFT + REACH + right) >= SHARE


def _windows(values: np.ndarray, top: np.ndarray, left: np.ndarray, side: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(values, (side, side))[top, left]


def _bare(cells: np.ndarray) -> np.ndarray:
    """Return cells without the means of their rows and columns: lines are gone, letters stay."""
    rows, columns = cells.mean(axis=2, keepdims=True), cells.mean(axis=1, keepdims=True)
    return cells - rows - columns + cells.mean(axis=(1, 2), keepdims=True)


def _strength(cells: np.ndarray) -> np.ndarray:
    return np.sqrt(np.square(cells).mean(axis=(1, 2)))


def _best_moves(cells: np.ndarray, wide: np.ndarray, chosen: np.ndarray) -> tuple:
    """Return where some cells fit best: pixels down, pixels right, and how well; (N,) each."""
    import scipy.fft

    side, moves = _CELL + 2 * REACH, 2 * REACH + 1
    cells, around = cells[chosen], _windows(wide, _TOP[chosen], _LEFT[chosen], side)
    spectrum = np.conj(scipy.fft.rfft2(cells, (side, side))) * scipy.fft.rfft2(around)
    products = scipy.fft.irfft2(spectrum, (side, side))[:, :moves, :moves]
    power = _windows(_power(wide), _TOP[chosen], _LEFT[chosen], moves)
    scale = np.sqrt(np.maximum(power, _CELL**2)) * (_strength(cells) * _CELL)[:, None, None]
    fit = (products / scale).reshape(len(cells), -1)
    down, right = np.divmod(fit.argmax(axis=1), moves)
    return down - REACH, right - REACH, fit.max(axis=1)


def _power(wide: np.ndarray) -> np.ndarray:
    """Return the sum of squares in a cell that begins at each pixel."""
    sums = np.pad(np.square(wide), [(1, 0), (1, 0)]).cumsum(0, float).cumsum(1)
    sums = sums[_CELL:] - sums[:-_CELL]
    return sums[:, _CELL:] - sums[:, :-_CELL]


def _smooth(
    places: np.ndarray, known: np.ndarray, moves: np.ndarray, likeness: np.ndarray
) -> np.ndarray:
    """Return by how much all cells are moved when the whole is moved and stretched: (64,).

    The stretch is the median one of the cells that fit best, so that some may be wrong.
    """
    sure = np.argsort(-likeness, kind="stable")[: max(FIRST, len(known) // 2)]
    at, moved = places[known[sure]], moves[sure]
    one, other = np.triu_indices(len(at), 1)
    apart = at[other] != at[one]
    slopes = (moved[other] - moved[one])[apart] / (at[other] - at[one])[apart]
    slope = np.clip(np.median(slopes), -STRETCH, STRETCH) if len(slopes) else 0.0
    return slope * places + np.median(moved - slope * at)


def _share(cells: np.ndarray, wide: np.ndarray, top: np.ndarray, left: np.ndarray) -> float:
    """Return the share of cells that correlate there, of those that have detail in either."""
    most = FINE + 2 * REACH - _CELL - 1
    top, left = (np.clip(np.rint(place).astype(int), 1, most - 1) for place in (top, left))
    # A cell that leaves the other picture by more than a quarter has no partner there.
    reach = (FINE - _CELL) / 2 + _CELL / 4
    strength, likeness = _strength(cells), np.full(len(cells), -1.0)
    counted = strength >= LEAST
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            others = _bare(_windows(wide, top + down, left + right, _CELL))
            beside = _strength(others)
            counted |= beside >= LEAST
            products = (cells * others).mean(axis=(1, 2))
            likeness = np.maximum(likeness, products / np.maximum(strength * beside, 0.25))
    middle = REACH + (FINE - _CELL) / 2
    inside = (np.abs(top - middle) <= reach) & (np.abs(left - middle) <= reach)
    return float((likeness[counted & inside] >= SAME).mean())

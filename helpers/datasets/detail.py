"""Whether two pictures are alike in fine detail too: two pages of text are not.

Reduced far enough, every page of text is grey, every sheet of music the same staves. So pairs that
look alike are compared once more, at 256×256 pixels and less a blur. In each of 8×8 cells what
remains must correlate, once the pictures are moved, stretched and turned onto each other as a
whole. Lines along the edges of a cell (of a table, a form, rows of text) are taken out first: they
are what different pages share.

Two shots of one moment, whose names or times say so already, may differ more: at the border, where
a hand has moved the camera, and in three cells of ten.
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
STRETCH = 0.06  # and by how much of the side one picture may be larger, or turned (3.4 degrees)
NEAR = 3  # pixels by which a cell may miss the place that the others give it
BLURS = 1.0, 4.0  # pixels: detail is what lies between the two
LEAST = 2.0  # grey levels by which a cell must vary to have detail
SAME = 0.4  # correlation of a cell with the other picture's
SHARE = 0.85  # of the cells with detail, which must correlate
FIRST = 8  # cells of most detail, which alone rule most pairs out:
LIKELY = 0.6  # the better third of them must correlate so much where they fit best
SHOTS = 0.7, 0.5  # in place of SHARE and LIKELY for shots of one moment
KEPT = 4096  # pictures whose detail is kept in memory, 64 kB each

_CELL = FINE // CELLS
_TOP, _LEFT = (places.ravel() * _CELL for places in np.mgrid[:CELLS, :CELLS])
_INNER = np.flatnonzero((np.minimum(_TOP, _LEFT) > 0) & (np.maximum(_TOP, _LEFT) < FINE - _CELL))
#: The places of the cells from the middle, and a 1 for what moves all alike: (64, 3).
_PLACES = np.c_[_TOP - _TOP.mean(), _LEFT - _LEFT.mean(), np.ones(CELLS**2)]

Open = Callable[[str, int], Image.Image]  # a path, and the pixels that the shorter side needs


def same(
    some: Sequence[str],
    others: Sequence[str],
    read: Open,
    mirrored: bool = False,
    shots: bool = False,
) -> np.ndarray:
    """Return whether each picture is like its partner in detail: bool (N,).

    Parameters
    ----------
    some, others
        Paths of the two pictures of each pair.
    read
        Opens one.
    mirrored
        The others are to be seen in a mirror.
    shots
        They may be shots of one moment.
    """

    def one(pair: tuple[str, str]) -> bool:
        detail, other = (_detail(path, _changed(path), read).astype(np.float32) for path in pair)
        return agree(detail, other[:, ::-1] if mirrored else other, shots)

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


def agree(detail: np.ndarray, other: np.ndarray, shots: bool = False) -> bool:
    """Return whether two pictures' detail is the same nearly everywhere; True where none has any.

    Parameters
    ----------
    detail, other
        float32, (256, 256), of mean 0.
    shots
        Whether they may be shots of one moment.
    """
    least, likely = SHOTS if shots else (SHARE, LIKELY)
    cells, wide = _bare(_windows(detail, _TOP, _LEFT, _CELL)), np.pad(other, REACH)
    strength = _strength(cells)
    fullest = np.argsort(-strength, kind="stable")
    fullest = fullest[strength[fullest] >= LEAST]
    if not len(fullest):
        return bool((_strength(_bare(_windows(other, _TOP, _LEFT, _CELL))) < LEAST).all())
    if np.quantile(_best_moves(cells, wide, fullest[:FIRST])[2], 2 / 3) < likely:
        return False
    down, right, likeness = _best_moves(cells, wide, fullest)
    sure = np.argsort(-likeness, kind="stable")[: max(FIRST, len(fullest) // 2)]
    down, right = (_smooth(fullest[sure], moves[sure]) for moves in (down, right))
    top, left = _TOP + REACH + down, _LEFT + REACH + right
    counted = _INNER if shots else slice(None)
    return _share(cells[counted], wide, top[counted], left[counted]) >= least


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


def _smooth(known: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Return by how much all cells are moved when the whole is moved, stretched and turned: (64,).

    Of the cells that are known some may be wrong: a plane is laid through those that a first guess,
    without a turn, comes near.
    """
    places, moves = _PLACES[known], moves.astype(float)
    plane = _first_guess(places, moves)
    for _ in range(4):
        near = np.abs(moves - places @ plane) <= NEAR
        if near.sum() < 2 * places.shape[1]:
            break
        better = np.linalg.lstsq(places[near], moves[near], rcond=None)[0]
        if np.abs(better[:2]).max() > STRETCH:
            break
        plane = better
    return _PLACES @ plane


def _first_guess(places: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Return slopes down and to the right, the median of which is of use, and the median move."""
    one, other = np.triu_indices(len(places), 1)
    steps, apart = moves[other] - moves[one], places[other, :2] - places[one, :2]
    each = [steps[far != 0] / far[far != 0] for far in apart.T]
    slopes = np.array([np.median(some) if len(some) else 0.0 for some in each])
    slopes = slopes.clip(-STRETCH, STRETCH)
    return np.array([*slopes, np.median(moves - places[:, :2] @ slopes)])


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

"""The small formulas of the chapters that playgrounds compute in the reader's browser.

In: what `book/_static/formulas.js` computes, as NumPy; the tests hold the two together. Out: local
response normalisation, shapes and rates, which have modules of their own.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def thinned(activations: Sequence[float], weights: Sequence[float], kept: Sequence[int]) -> float:
    """Return the output of a linear unit when some of the units that it reads are switched off.

    Parameters
    ----------
    activations, weights
        Of the units that are read.
    kept
        1 for a unit that is on, 0 for one that is off.

    Examples
    --------
    >>> thinned([1, 2, 3], [2, -1, 1], [1, 0, 1])
    5.0
    """
    return float(np.sum(np.multiply(np.multiply(kept, activations), weights)))


def all_thinned(activations: Sequence[float], weights: Sequence[float]) -> np.ndarray:
    """Return the outputs with every mask: number i has the binary digits of i, first unit first.

    Returns
    -------
    numpy.ndarray
        Outputs, (2 to the power of units,).

    Examples
    --------
    >>> all_thinned([1, 2], [3, 4]).tolist()
    [0.0, 8.0, 3.0, 11.0]
    """
    masks = product((0, 1), repeat=len(activations))
    return np.array([thinned(activations, weights, mask) for mask in masks])


def correlate(picture: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Lay a kernel on every window of a picture that fits, and add up the products.

    Parameters
    ----------
    picture, kernel
        Tables of numbers, (H, W) and (k, k).

    Returns
    -------
    numpy.ndarray
        The map, (H − k + 1, W − k + 1).

    Examples
    --------
    >>> correlate(np.arange(9).reshape(3, 3), np.array([[1, 0], [0, -1]])).tolist()
    [[-4.0, -4.0], [-4.0, -4.0]]
    """
    windows = sliding_window_view(np.asarray(picture, float), np.shape(kernel))
    return (windows * kernel).sum(axis=(2, 3))


def pool(picture: np.ndarray, size: int, stride: int = 2, average: bool = False) -> np.ndarray:
    """Keep the largest number of each window that fits, or the average.

    Parameters
    ----------
    picture
        A table, (H, W).
    size, stride
        The side of a window, and how far the next one begins.
    average
        Whether to average.

    Examples
    --------
    >>> pool(np.arange(9).reshape(3, 3), 2, 1).tolist()
    [[4, 5], [7, 8]]
    """
    windows = sliding_window_view(picture, (size, size))[::stride, ::stride]
    return windows.mean(axis=(2, 3)) if average else windows.max(axis=(2, 3))


def change(still: np.ndarray, moved: np.ndarray) -> float:
    """Return how far a map lies from the first one, as a share of the first one's length.

    Examples
    --------
    >>> change(np.array([3.0, 4.0]), np.array([3.0, 1.0]))
    0.6
    """
    return float(np.linalg.norm(moved - still) / np.linalg.norm(still))


def walk(rate: float, momentum: float, steep: float = 20, steps: int = 300) -> np.ndarray:
    """Walk down the valley of the loss (x² + steep · y²) / 2 from (10, 1).

    Parameters
    ----------
    rate, momentum
        Of the update rule: velocity ← momentum · velocity − rate · slope.
    steep
        How many times as steep the valley is across as along.
    steps
        How many steps are taken.

    Returns
    -------
    numpy.ndarray
        Both weights before the first step and after each, (steps + 1, 2).

    Examples
    --------
    >>> walk(0.05, 0.0, steps=1).tolist()
    [[10.0, 1.0], [9.5, 0.0]]
    """
    weights, velocity = np.array([10.0, 1.0]), np.zeros(2)
    path = [weights]
    for _ in range(steps):
        velocity = momentum * velocity - rate * np.array([1, steep]) * weights
        weights = weights + velocity
        path.append(weights)
    return np.array(path)


def steps_needed(path: np.ndarray, within: float = 0.01) -> int:
    """Return after how many steps a walk stays near the bottom; if never, one more than it has.

    Examples
    --------
    >>> steps_needed(walk(0.095, 0.0))
    70
    """
    far = ~(np.abs(path).max(axis=1) <= within)
    return int(np.flatnonzero(far)[-1]) + 1


def sent_back(
    weights: np.ndarray, inputs: np.ndarray, gradient: np.ndarray, tanh: bool
) -> tuple[np.ndarray, float]:
    """Send inputs through layers with weights, then a gradient back; return what is left of it.

    Parameters
    ----------
    weights
        One square table a layer, (depth, n, n); a unit's weights are a column.
    inputs, gradient
        What goes in at the first layer, and back at the last, (m, n).
    tanh
        The activation: tanh, or ReLU.

    Returns
    -------
    tuple
        Lengths of the gradient behind the last layer, in front of it, … in front of the first,
        as shares of the first of them, (depth + 1,); and the share of all units that are flat: the
        slope is below a tenth, where ReLU's is 0.

    Examples
    --------
    >>> sent_back(np.full((2, 1, 1), 0.5), np.ones((1, 1)), np.ones((1, 1)), tanh=False)
    (array([1.  , 0.5 , 0.25]), 0.0)
    """
    slopes = []
    for layer in weights:
        sums = inputs @ layer
        inputs = np.tanh(sums) if tanh else np.maximum(sums, 0)
        slopes.append(1 - inputs**2 if tanh else (sums > 0) * 1.0)
    lengths = [np.linalg.norm(gradient)]
    for layer, slope in zip(weights[::-1], slopes[::-1], strict=True):
        gradient = (gradient * slope) @ layer.T
        lengths.append(np.linalg.norm(gradient))
    return np.array(lengths) / lengths[0], float(np.mean(np.array(slopes) < 0.1))


def normals(seed: int, count: int) -> np.ndarray:
    """Return the normal numbers that the browser draws: mulberry32, then Box and Muller's formula.

    Examples
    --------
    >>> normals(1, 3).round(3).tolist()
    [1.404, 1.216, -0.51]
    """
    state = np.uint32(seed) + np.arange(1, 2 * count + 1, dtype=np.uint32) * np.uint32(0x6D2B79F5)
    mixed = (state ^ (state >> 15)) * (state | 1)
    mixed ^= mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)
    first, second = ((mixed ^ (mixed >> 14)) / 2**32).reshape(count, 2).T
    return np.sqrt(-2 * np.log(1 - first)) * np.cos(2 * np.pi * second)

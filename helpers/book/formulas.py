"""The small formulas of the chapters that playgrounds compute in the reader's browser.

In: what `book/_static/formulas.js` computes, as NumPy; the tests hold the two together. Out: local
response normalisation, shapes and rates, which have modules of their own.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np


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

"""Local response normalisation in NumPy: the plain loop, one matrix product, others' constants.

The formula is the paper's (§3.3): ``b_i = a_i / (k + alpha · Σ a_j²)^beta``, where the sum runs
over the ``n`` channels around ``i``, cut off at the first and the last channel.
Here alpha is not divided by n; ``convert`` translates to and from the systems that divide.
The channel is the last axis.
"""

from typing import Any

import numpy as np

from helpers import validate
from helpers.errors import UserError

#: Which systems divide alpha by n, what they call the arguments, whether n must be odd, and their
#: default k. Sources: paper §3.3; cuda-convnet layer.py:1181-1186 and conv_util.cu:1068-1086;
#: Caffe lrn_layer.cpp:12,115,120; torch/nn/modules/normalization.py:23; the TensorFlow API page.
CONVENTIONS: dict[str, Any] = {
    "paper": {"divides": False, "names": ("n", "k", "alpha", "beta"), "odd": False},
    "cuda-convnet": {"divides": True, "names": ("size", "minDiv", "scale", "pow"), "odd": False},
    "caffe": {"divides": True, "names": ("local_size", "k", "alpha", "beta"), "odd": True},
    "pytorch": {"divides": True, "names": ("size", "k", "alpha", "beta"), "odd": False},
    "tensorflow": {
        "divides": False,
        "names": ("depth_radius", "bias", "alpha", "beta"),
        "odd": True,
    },
}


def window(channel: int, n: int, channels: int) -> range:
    """Return the channels that the window around ``channel`` covers.

    An even ``n`` reaches one channel further to the left, as the released kernel does
    (``conv_util.cu:1068-1086``: start at ``-size/2 + i``).

    Examples
    --------
    >>> list(window(0, 5, 8)), list(window(3, 5, 8))
    ([0, 1, 2], [1, 2, 3, 4, 5])
    """
    start = channel - n // 2
    return range(max(0, start), min(channels, start + n))


def lrn_loop(
    a: np.ndarray, n: int = 5, k: float = 2.0, alpha: float = 1e-4, beta: float = 0.75
) -> np.ndarray:
    """Normalise ``a`` with plain loops: slow, and as close to the formula as code can be.

    Parameters
    ----------
    a
        Activations, any shape with the channel last: ``(..., channels)``.
    n, k, alpha, beta
        Window in channels and the constants of the paper's formula.

    Returns
    -------
    numpy.ndarray
        float64, the shape of ``a``. NaN in a window stays NaN.

    Examples
    --------
    >>> lrn_loop(np.array([1.0, 2, 3, 4, 5, 6, 7, 8]), n=5, k=0, alpha=1, beta=1)[0].round(7)
    np.float64(0.0714286)
    """
    a = _checked(a, n, k, alpha, beta)
    b = np.empty_like(a)
    for place in np.ndindex(a.shape[:-1]):
        for i in range(a.shape[-1]):
            total = 0.0
            for j in window(i, n, a.shape[-1]):
                total += a[place][j] ** 2
            b[place][i] = a[place][i] / (k + alpha * total) ** beta
    return b


def lrn(
    a: np.ndarray, n: int = 5, k: float = 2.0, alpha: float = 1e-4, beta: float = 0.75
) -> np.ndarray:
    """Normalise ``a`` by one matrix product over the channels; arguments as ``lrn_loop``.

    A NaN makes every channel of its place NaN here, since the product multiplies it by the zeros of
    the band too; the loop keeps it to the windows that hold it. Neither turns it into a number.

    Examples
    --------
    >>> a = np.random.default_rng(0).normal(size=(2, 3, 8))
    >>> bool(np.allclose(lrn(a), lrn_loop(a)))
    True
    """
    a = _checked(a, n, k, alpha, beta)
    sums = a**2 @ band(a.shape[-1], n)  # (..., channels)
    return a / (k + alpha * sums) ** beta


def band(channels: int, n: int, groups: int = 1) -> np.ndarray:
    """Return the 0/1 matrix whose column i marks the channels in the window of channel i.

    With ``groups`` towers the windows stop at the tower's edge.

    Examples
    --------
    >>> band(4, 3).astype(int)
    array([[1, 1, 0, 0],
           [1, 1, 1, 0],
           [0, 1, 1, 1],
           [0, 0, 1, 1]])
    """
    size = channels // groups
    tower = np.zeros((size, size))
    for i in range(size):
        tower[list(window(i, n, size)), i] = 1.0
    return np.kron(np.eye(groups), tower)


def _checked(a: np.ndarray, n: int, k: float, alpha: float, beta: float) -> np.ndarray:
    check_constants(n, k, alpha, beta)
    a = np.asarray(a, np.float64)
    if a.ndim == 0:
        raise UserError("a must have at least one axis, the channels; got a single number.")
    return a


def check_constants(n: int, k: float, alpha: float, beta: float) -> None:
    """Raise UserError, naming the argument, unless the constants have a meaning."""
    validate.whole("n", n, least=1)
    for name, value in (("k", k), ("alpha", alpha), ("beta", beta)):
        validate.number(name, value, low=0)


def convert(
    source: str,
    target: str,
    *,
    n: int = 5,
    k: float = 2.0,
    alpha: float = 1e-4,
    beta: float = 0.75,
) -> dict[str, float]:
    """Translate the constants of one system into the arguments of another.

    Parameters
    ----------
    source, target
        ``"paper"``, ``"cuda-convnet"``, ``"caffe"``, ``"pytorch"`` or ``"tensorflow"``.
    n, k, alpha, beta
        The constants as ``source`` understands them; ``n`` is always the full window in channels
        (so 2·depth_radius + 1 for TensorFlow).

    Returns
    -------
    dict
        Keyed by the target's own argument names; the same function in both systems.

    Raises
    ------
    UserError
        Unknown system, an even window where a system has only odd ones, meaningless constants.

    Examples
    --------
    >>> convert("cuda-convnet", "tensorflow", n=5, k=2, alpha=1e-4)
    {'depth_radius': 2, 'bias': 2, 'alpha': 2e-05, 'beta': 0.75}
    """
    check_constants(n, k, alpha, beta)
    for system in (source, target):
        if system not in CONVENTIONS:
            known = ", ".join(CONVENTIONS)
            raise UserError(f"There is no convention {system!r}; choose from {known}.")
        if CONVENTIONS[system]["odd"] and n % 2 == 0:
            raise UserError(f"n must be odd for {system}, got {n}.")
    here, there = CONVENTIONS[source]["divides"], CONVENTIONS[target]["divides"]
    if here != there:
        alpha = alpha * n if there else alpha / n
    size = (n - 1) // 2 if target == "tensorflow" else n
    return dict(zip(CONVENTIONS[target]["names"], (size, k, alpha, beta), strict=True))

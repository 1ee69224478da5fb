"""Local response normalisation, from the plain loop to a fast Keras layer.

The formula is the paper's (§3.3): ``b_i = a_i / (k + alpha · Σ a_j²)^beta``, where the sum runs
over the ``n`` channels around ``i``, cut off at the first and the last channel.
Here alpha is not divided by n; ``convert`` translates to and from the systems that divide.
The channel is the last axis.
"""

import sys
from functools import cache

import keras
import numpy as np
from keras import ops

from helpers.errors import UserError

#: Which systems divide alpha by n, what they call the arguments, whether n must be odd, and their
#: default k. Sources: paper §3.3; cuda-convnet layer.py:1181-1186 and conv_util.cu:1068-1086;
#: Caffe lrn_layer.cpp:12,115,120; torch/nn/modules/normalization.py:23; the TensorFlow API page.
CONVENTIONS = {
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
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise UserError(f"n must be a whole number of channels, at least 1, got {n!r}.")
    for name, value in (("k", k), ("alpha", alpha), ("beta", beta)):
        if not np.isscalar(value) or not np.isfinite(value) or value < 0:
            raise UserError(f"{name} must be a finite number of at least 0, got {value!r}.")


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


# ---------------------------------------------------------------------------------------------
# Keras layers
# ---------------------------------------------------------------------------------------------


def _power(x, beta: float):
    """Return ``x ** -beta``; two square roots for 3/4, since a general power is slow on a CPU."""
    if beta == 0.75:
        root = ops.rsqrt(x)
        return root * ops.sqrt(root)
    return ops.power(x, -beta)


@keras.saving.register_keras_serializable("alexnet_book")
class LocalResponseNormalization(keras.layers.Layer):
    """The paper's normalisation as a layer: shifted copies of the squares, added up.

    Written with its own gradient and, on TensorFlow, compiled by XLA into one pass over memory each
    way: ``tf.nn.local_response_normalization`` costs more than three times as much outside XLA
    (``benchmarks/``). Half-precision activations are squared in single precision, since 256² is
    already too large for a float16.

    Parameters
    ----------
    n, k, alpha, beta
        As in the paper's formula (§3.3); alpha is not divided by n.
    groups
        Number of towers; the window stays within each (``rnorm1a`` has 48 channels).

    Examples
    --------
    >>> layer = LocalResponseNormalization()
    >>> layer(np.zeros((1, 55, 55, 96), "float32")).shape
    TensorShape([1, 55, 55, 96])
    """

    def __init__(
        self,
        n: int = 5,
        k: float = 2.0,
        alpha: float = 1e-4,
        beta: float = 0.75,
        groups: int = 1,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        check_constants(n, k, alpha, beta)
        self.n, self.k, self.alpha, self.beta, self.groups = n, k, alpha, beta, groups

    def build(self, input_shape) -> None:
        """Check that the channels split into the towers."""
        channels = input_shape[-1]
        if channels is None or channels % self.groups:
            raise UserError(f"{self.name}: {channels} channels do not split into {self.groups}.")
        self.built = True

    def call(self, inputs):
        """Normalise activations of shape (..., channels)."""
        size = inputs.shape[-1] // self.groups
        towers = ops.reshape(inputs, (-1, self.groups, size))
        normalised = _normaliser(size, self.n, self.k, self.alpha, self.beta)(towers)
        return ops.reshape(normalised, ops.shape(inputs))

    def compute_output_shape(self, input_shape):
        """Return the shape of the input: normalisation keeps it."""
        return input_shape

    def get_config(self) -> dict:
        """Return the constructor arguments, so that a saved model can be loaded."""
        constants = {"n": self.n, "k": self.k, "alpha": self.alpha, "beta": self.beta}
        return {**super().get_config(), **constants, "groups": self.groups}


@cache
def _normaliser(size: int, n: int, k: float, alpha: float, beta: float):
    """Return the function ``a · s^-beta`` with ``s = k + alpha · Σ a²``, its gradient by hand.

    It takes activations of shape (places, towers, ``size``).
    """
    left, right = min(n // 2, size - 1), min(n - 1 - n // 2, size - 1)

    def scale_of(a):
        return k + alpha * _window_sum(ops.square(a), left, right)

    @_compiled
    def normalise(a):
        wide = _single(a)
        return ops.cast(wide * _power(scale_of(wide), beta), a.dtype)

    @_compiled
    def gradient(a, upstream):
        # d b_i / d a_j = [i=j] s_i^-beta − 2 alpha beta a_i a_j s_i^(-beta-1) for j in i's window;
        # seen from j, the channels i whose window holds it lie mirrored around it.
        wide = _single(a)
        scale = scale_of(wide)
        passed = _single(upstream) * _power(scale, beta)
        shared = _window_sum(passed * wide / scale, right, left)
        return ops.cast(passed - 2.0 * alpha * beta * wide * shared, a.dtype)

    @ops.custom_gradient
    def forward(a):
        def backward(*args, upstream=None):
            return gradient(a, args[0] if upstream is None else upstream)

        return normalise(a), backward

    return forward


def _window_sum(x, left: int, right: int):
    """Return, for each place of the last axis, the sum from ``left`` before to ``right`` after."""
    padded = ops.pad(x, [[0, 0], [0, 0], [left, right]])
    return sum(padded[..., i : i + x.shape[-1]] for i in range(left + right + 1))


def _single(x):
    """Return ``x`` in at least single precision."""
    return ops.cast(x, keras.backend.result_type(x.dtype, "float32"))


def _compiled(function):
    """Compile by XLA on TensorFlow; JAX compiles the whole step anyway, and Metal cannot."""
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    if sys.platform == "darwin" and tf.config.list_physical_devices("GPU"):
        return function
    return tf.function(function, jit_compile=True, reduce_retracing=True, autograph=False)


@keras.saving.register_keras_serializable("alexnet_book")
class SpatialResponseNormalization(keras.layers.Layer):
    """Normalisation over a square window within each channel: the released code's ``rnorm``.

    ``b = a / (k + scale/size² · Σ a²)^beta``, the sum over ``size`` × ``size`` places, cut off at
    the edge while the divisor stays ``size²`` (``layer.py:1183``, ``layers-145.cfg:107-117``).

    Examples
    --------
    >>> SpatialResponseNormalization()(np.zeros((1, 27, 27, 256), "float32")).shape
    TensorShape([1, 27, 27, 256])
    """

    def __init__(
        self, size: int = 5, k: float = 1.0, scale: float = 1e-3, beta: float = 0.75, **kwargs
    ) -> None:
        super().__init__(**kwargs)
        check_constants(size, k, scale, beta)
        self.size, self.k, self.scale, self.beta = size, k, scale, beta

    def call(self, inputs):
        """Normalise activations of shape (N, height, width, channels)."""
        before = self.size // 2
        after = self.size - 1 - before
        margin = [[0, 0], [before, after], [before, after], [0, 0]]
        squares = ops.pad(ops.square(inputs), margin)
        mean = ops.average_pool(squares, self.size, strides=1, padding="valid")
        return inputs * _power(self.k + self.scale * mean, self.beta)

    def get_config(self) -> dict:
        """Return the constructor arguments, so that a saved model can be loaded."""
        constants = {"size": self.size, "k": self.k, "scale": self.scale, "beta": self.beta}
        return {**super().get_config(), **constants}

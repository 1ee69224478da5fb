"""Local response normalisation as fast Keras layers; the NumPy functions are here too."""

import sys
from functools import cache
from typing import Any

import keras
from keras import ops

from helpers.errors import UserError
from helpers.lrn_formula import CONVENTIONS, band, check_constants, convert, lrn, lrn_loop, window

__all__ = [
    "CONVENTIONS",
    "LocalResponseNormalization",
    "SpatialResponseNormalization",
    "band",
    "check_constants",
    "convert",
    "lrn",
    "lrn_loop",
    "window",
]

#: A tensor of Keras' backend, or an array.
Tensor = Any


def _power(x: Tensor, beta: float) -> Tensor:
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
    >>> layer(ops.zeros((1, 55, 55, 96))).shape
    TensorShape([1, 55, 55, 96])
    """

    def __init__(
        self,
        n: int = 5,
        k: float = 2.0,
        alpha: float = 1e-4,
        beta: float = 0.75,
        groups: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_constants(n, k, alpha, beta)
        self.n, self.k, self.alpha, self.beta, self.groups = n, k, alpha, beta, groups

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Check that the channels split into the towers."""
        channels = input_shape[-1]
        if channels is None or channels % self.groups:
            raise UserError(f"{self.name}: {channels} channels do not split into {self.groups}.")
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """Normalise activations of shape (..., channels)."""
        size = inputs.shape[-1] // self.groups
        towers = ops.reshape(inputs, (-1, self.groups, size))
        normalised = _normaliser(size, self.n, self.k, self.alpha, self.beta)(towers)
        return ops.reshape(normalised, ops.shape(inputs))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
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
    >>> SpatialResponseNormalization()(ops.zeros((1, 27, 27, 256))).shape
    TensorShape([1, 27, 27, 256])
    """

    def __init__(
        self, size: int = 5, k: float = 1.0, scale: float = 1e-3, beta: float = 0.75, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        check_constants(size, k, scale, beta)
        self.size, self.k, self.scale, self.beta = size, k, scale, beta

    def call(self, inputs: Tensor) -> Tensor:
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

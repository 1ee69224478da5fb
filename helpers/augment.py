"""Crops, flips and colour noise: the two augmentations of the paper's section 4.1, batched.

In: float or uint8 pictures, channels last, RGB, 0–255, one batch at a time, on any device.
Out: pictures of the same scale, so that whatever follows (mean subtraction, a plot) is unchanged.

Each random layer is a pure function of its input and of a few numbers per picture. The numbers come
from the layer's own seeded generator, or from the caller: training passes numbers drawn from
(seed, epoch), which is what makes an interrupted run repeatable.
"""

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import ops

from helpers import validate
from helpers.errors import UserError

#: An array, or a tensor of Keras' backend.
Tensor = Any
Shape = tuple[int | None, ...]

COLOUR_NOISE = 0.1  # "set color noise to 0 from 0.1": layer-params-145.cfg:178


def crop(images: Tensor, offsets: Tensor, size: int, flipped: Tensor | None = None) -> Tensor:
    """Cut one ``size`` × ``size`` window per picture, mirrored where ``flipped`` is true.

    Parameters
    ----------
    images
        (N, H, W, C), any type.
    offsets
        (N, 2) whole numbers: first row and first column of each window.
    size
        Side of the window in pixels.
    flipped
        (N,) true where left and right change places, as `flip` does; it costs nothing here, since
        the pixels are gathered in any order.

    Returns
    -------
    tensor
        (N, size, size, C), same type.

    Raises
    ------
    UserError
        When the window is larger than the pictures.

    Examples
    --------
    >>> images = np.arange(16).reshape(1, 4, 4, 1)
    >>> np.asarray(crop(images, [[1, 2]], 2))[0, :, :, 0]
    array([[ 6,  7],
           [10, 11]])
    """
    images = ops.convert_to_tensor(images)
    height, width, channels = images.shape[1:]
    _window_fits(size, height, width)
    offsets = ops.cast(offsets, "int32")
    along = ops.arange(size, dtype="int32")
    rows = offsets[:, :1] + along  # (N, size)
    columns = offsets[:, 1:] + along
    if flipped is not None:
        mirrored = offsets[:, 1:] + (size - 1 - along)
        columns = ops.where(ops.cast(flipped, "bool")[:, None], mirrored, columns)
    first = ops.arange(ops.shape(images)[0], dtype="int32")[:, None] * height + rows
    # One gather of whole pixels from the flattened batch: the fastest form on a CPU and under XLA.
    index = first[:, :, None] * width + columns[:, None, :]  # (N, size, size)
    return ops.take(ops.reshape(images, (-1, channels)), index, axis=0)


def flip(images: Tensor, flipped: Tensor) -> Tensor:
    """Mirror left and right where ``flipped`` (N,) is true.

    Examples
    --------
    >>> np.asarray(flip(np.array([[[[1], [2]]]]), [True])).ravel()
    array([2, 1])
    """
    images = ops.convert_to_tensor(images)
    flipped = ops.cast(flipped, "bool")[:, None, None, None]
    return ops.where(flipped, ops.flip(images, axis=2), images)


def shift_colour(
    images: Tensor,
    numbers: Tensor,
    mean: Tensor,
    sigma: Tensor,
    vectors: Tensor,
    noise: float = COLOUR_NOISE,
) -> Tensor:
    """Add colour noise along the principal axes as the released code does.

    Centred pixels get ``noise`` · numbers · sigma along the axes and are then divided by
    1 + ``noise`` (``convdata_jpeg.py:65`` and ``:175-179``); the mean is put back.

    Parameters
    ----------
    images
        (N, H, W, 3), 0–255.
    numbers
        (N, 3) drawn from N(0, 1): one set for each picture.
    mean, sigma, vectors
        From `colour_pca`: (3,), (3,) in grey levels, (3, 3) with one axis per column.
    noise
        Share of sigma that is added: 0.1.

    Returns
    -------
    tensor
        (N, H, W, 3) float32, 0–255 scale (a little outside is possible).

    Examples
    --------
    >>> image = np.full((1, 1, 1, 3), 100.0)
    >>> shifted = shift_colour(image, np.zeros((1, 3)), np.zeros(3), np.ones(3), np.eye(3))
    >>> np.asarray(shifted).round(2).ravel().tolist() == [np.float32(90.91)] * 3
    True
    """
    mean = ops.convert_to_tensor(mean, "float32")
    axes = np.asarray(vectors, "float32") * np.asarray(sigma, "float32") * np.float32(noise)
    added = ops.matmul(ops.cast(numbers, "float32"), axes.T)  # (N, 3) grey levels
    centred = ops.cast(images, "float32") - mean
    return mean + (centred + added[:, None, None, :]) / (1 + noise)


class RandomCrop(keras.layers.Layer):
    """Cut a random window from each picture while training, the central one otherwise.

    Offsets are whole numbers from 0 to H - size, both included, drawn for each picture: 33 × 33
    positions for 256 → 224 (``convdata_jpeg.py:239``; the released code shares one draw among 32
    pictures, its successor draws for each).

    Parameters
    ----------
    size
        Side of the window in pixels.
    seed
        Of the layer's own generator, used when ``call`` gets no ``offsets``.
    """

    def __init__(self, size: int, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        validate.whole("size", size, least=1)
        self.size = int(size)
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(
        self,
        images: Tensor,
        offsets: Tensor | None = None,
        flipped: Tensor | None = None,
        training: bool | None = None,
    ) -> Tensor:
        """Map (N, H, W, C) to (N, size, size, C); ``offsets`` (N, 2) replaces the own draw.

        With ``offsets`` the windows can be mirrored in the same go: ``flipped`` (N,).
        """
        if offsets is not None:
            return crop(images, offsets, self.size, flipped)
        if not training:
            return center_crop(images, self.size)
        _window_fits(self.size, *images.shape[1:3])
        count = ops.shape(images)[0]
        draw = [
            keras.random.randint((count,), 0, side - self.size + 1, seed=self.generator)
            for side in images.shape[1:3]
        ]
        return crop(images, ops.stack(draw, axis=1), self.size)

    def compute_output_shape(self, input_shape: Shape, *_: Any, **__: Any) -> Shape:
        """Return (N, size, size, C)."""
        return (input_shape[0], self.size, self.size, input_shape[3])

    def get_config(self) -> dict:
        """Return what the constructor needs, for saving."""
        return {**super().get_config(), "size": self.size, "seed": self.seed}


class RandomFlip(keras.layers.Layer):
    """Mirror each picture left and right with probability ½ while training (paper section 4.1)."""

    def __init__(self, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(
        self, images: Tensor, flipped: Tensor | None = None, training: bool | None = None
    ) -> Tensor:
        """Map (N, H, W, C) to the same shape; ``flipped`` (N,) replaces the own draw."""
        if flipped is not None:
            return flip(images, flipped)
        if not training:
            return images
        draw = keras.random.uniform((ops.shape(images)[0],), seed=self.generator)
        return flip(images, draw < 0.5)

    def compute_output_shape(self, input_shape: Shape, *_: Any, **__: Any) -> Shape:
        """Return the input's shape."""
        return input_shape

    def get_config(self) -> dict:
        """Return what the constructor needs, for saving."""
        return {**super().get_config(), "seed": self.seed}


class PCAColour(keras.layers.Layer):
    """Colour noise along the principal axes of the training pixels, while training.

    See `shift_colour` for the formula and `colour_pca` for ``sigma``, ``vectors`` and ``mean``.
    """

    def __init__(
        self,
        sigma: Tensor,
        vectors: Tensor,
        mean: Tensor,
        noise: float = COLOUR_NOISE,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sigma, self.vectors, self.mean = (
            np.asarray(v, "float32").tolist() for v in (sigma, vectors, mean)
        )
        self.noise, self.seed = float(noise), seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(
        self, images: Tensor, numbers: Tensor | None = None, training: bool | None = None
    ) -> Tensor:
        """Map (N, H, W, 3) to float32; ``numbers`` (N, 3) from N(0, 1) replace the own draw."""
        if numbers is None and not training:
            return ops.cast(images, "float32")
        if numbers is None:
            numbers = keras.random.normal((ops.shape(images)[0], 3), seed=self.generator)
        return shift_colour(images, numbers, self.mean, self.sigma, self.vectors, self.noise)

    def compute_output_shape(self, input_shape: Shape, *_: Any, **__: Any) -> Shape:
        """Return the input's shape."""
        return input_shape

    def get_config(self) -> dict:
        """Return what the constructor needs, for saving."""
        own = {name: getattr(self, name) for name in ("sigma", "vectors", "mean", "noise", "seed")}
        return {**super().get_config(), **own}


class CenterCrop(keras.layers.Layer):
    """Cut the central window: what the single-view test looks at (``convdata_jpeg.py:235``)."""

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        validate.whole("size", size, least=1)
        self.size = int(size)

    def call(self, images: Tensor) -> Tensor:
        """Map (N, H, W, C) to (N, size, size, C)."""
        return center_crop(images, self.size)

    def get_config(self) -> dict:
        """Return what the constructor needs, for saving."""
        return {**super().get_config(), "size": self.size}


def center_crop(images: Tensor, size: int) -> Tensor:
    """Return the central ``size`` × ``size`` window of each picture, type kept.

    Examples
    --------
    >>> center_crop(np.arange(16).reshape(1, 4, 4, 1), 2)[0, :, :, 0]
    array([[ 5,  6],
           [ 9, 10]])
    """
    height, width = images.shape[1:3]
    _window_fits(size, height, width)
    top, left = (height - size) // 2, (width - size) // 2
    return images[:, top : top + size, left : left + size]


def ten_crop(images: Tensor, size: int) -> Tensor:
    """Return the ten views of the paper's test: four corners and the centre, each also mirrored.

    Order as ``convdata_jpeg.py:226-233``: five positions, then the same five mirrored.
    The network's probabilities are averaged over the ten (paper section 4.1).

    Parameters
    ----------
    images
        (N, H, W, C), any type.
    size
        Side of the windows in pixels.

    Returns
    -------
    tensor
        (N, 10, size, size, C), same type.

    Examples
    --------
    >>> ten_crop(np.zeros((2, 256, 256, 3)), 224).shape
    TensorShape([2, 10, 224, 224, 3])
    """
    images = ops.convert_to_tensor(images)
    height, width = images.shape[1:3]
    _window_fits(size, height, width)
    down, right = height - size, width - size
    corners = [(0, 0), (0, right), (down, 0), (down, right), (down // 2, right // 2)]
    views = [images[:, y : y + size, x : x + size] for y, x in corners]
    return ops.stack(views + [ops.flip(view, axis=2) for view in views], axis=1)


def colour_pca(images: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean, standard deviations and principal axes of the colours of all pixels.

    Paper section 4.1. ``sigma`` is the square root of the eigenvalues of the covariance, which is
    what the released code multiplies by (``convdata_jpeg.py:65``), in grey levels.

    Parameters
    ----------
    images
        (N, H, W, 3), uint8 or float, or any iterable of (H, W, 3): pictures can come one by one.
        Grey ones have one channel, and so has what is returned.

    Returns
    -------
    mean, sigma, vectors
        (3,), (3,) in rising order, (3, 3) with one axis per column; float64.

    Examples
    --------
    >>> pixels = np.array([[[[0, 0, 0], [2, 0, 0]]]], dtype="uint8")
    >>> mean, sigma, vectors = colour_pca(pixels)
    >>> mean, sigma
    (array([1., 0., 0.]), array([0., 0., 1.]))
    """
    total, products, count = np.zeros(1), np.zeros(1), 0
    for image in images:  # one picture at a time: a float copy of all would be large
        if np.ndim(image) != 3 or np.shape(image)[-1] not in (1, 3):
            shape = np.shape(image)
            raise UserError(f"images must be pictures (H, W, 3 or 1), got one of shape {shape}.")
        pixels = np.asarray(image).reshape(-1, np.shape(image)[-1]).astype("float64")
        total = total + pixels.sum(axis=0)
        products = products + pixels.T @ pixels
        count += len(pixels)
    if count == 0:
        raise UserError("images must hold at least one picture, got none.")
    mean = total / count
    values, vectors = np.linalg.eigh(products / count - np.outer(mean, mean))
    return mean, np.sqrt(np.clip(values, 0, None)), vectors


def _window_fits(size: int, height: int, width: int) -> None:
    if size > min(height, width):
        raise UserError(
            f"size must be at most {min(height, width)}, the pictures' side, got {size}."
        )

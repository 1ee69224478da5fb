"""What a trained network has learnt: its filters, its activations, its idea of likeness.

In: a functional model from pixels to scores, and pictures. Out: first-layer filters and how far
training has moved them, activations of all layers, pictures made to excite a channel, and nearest
neighbours in the space of a layer (the paper's Figure 4, section 6.1).

Out of here: heat maps of single decisions (``methods``) and all drawing (``plots``).
"""

import contextlib
import io
import warnings
from collections.abc import Callable, Sequence

import keras
import numpy as np
import pandas as pd

from helpers import validate
from helpers.errors import UserError
from helpers.evaluation import Share

BATCH = 25  # pictures at a time: the maps of conv1 are large
GREY, NOISE = 128.0, 20.0  # a made picture begins as noise of this width around mid-grey
SHIFT = 4  # pixels: how far a picture is moved at most, up or down and sideways, before a step

# ---------------------------------------------------------------------------------------------
# Weights
# ---------------------------------------------------------------------------------------------


def kernels(model: keras.Model, layer: str = "conv1") -> np.ndarray:
    """Return the filters of a convolution, (filters, height, width, channels).

    Raises
    ------
    UserError
        There is no such convolution.

    Examples
    --------
    >>> from helpers import models
    >>> kernels(models.build("paper")).shape
    (96, 11, 11, 3)
    """
    found = {x.name: x for x in model.layers if isinstance(x, keras.layers.Conv2D)}
    validate.one_of("layer", layer, found)
    return np.moveaxis(keras.ops.convert_to_numpy(found[layer].kernel), -1, 0)


def movement(before: keras.Model, after: keras.Model) -> pd.DataFrame:
    """Compare the weights of two networks of one shape, layer by layer.

    Returns
    -------
    pandas.DataFrame
        By layer: ``change``, the root mean square change of a weight; ``moved``, the length of the
        whole change divided by the length of the weights before; and ``cosine`` of the angle
        between the weights before and after.

    Examples
    --------
    >>> float(movement(run.model, run.model)["moved"].max())
    0.0
    """
    rows = {}
    for old, new in zip(before.layers, after.layers, strict=True):
        if getattr(new, "kernel", None) is not None:
            a, b = (keras.ops.convert_to_numpy(x.kernel).ravel() for x in (old, new))
            change, first, last = (np.linalg.norm(x) for x in (b - a, a, b))
            rows[new.name] = change / a.size**0.5, change / first, a @ b / first / last
    return pd.DataFrame(rows, ["change", "moved", "cosine"]).T.rename_axis("layer")


def graft(onto: keras.Model, source: keras.Model, layers: Sequence[str]) -> keras.Model:
    """Return a copy of one network with some layers of another of the same shape.

    Raises
    ------
    UserError
        There is no such layer.

    Examples
    --------
    >>> mixed = graft(run.model, run.model, ["conv1"])
    >>> mixed.count_params() == run.model.count_params()
    True
    """
    mixed = keras.models.clone_model(onto)
    mixed.set_weights(onto.get_weights())
    names = [layer.name for layer in source.layers]
    for name in layers:
        validate.one_of("layer", name, names)
        mixed.get_layer(name).set_weights(source.get_layer(name).get_weights())
    return mixed


def smoothness(filters: np.ndarray) -> np.ndarray:
    """Return the correlation of neighbouring weights in each filter: 0 for noise, near 1 if smooth.

    Parameters
    ----------
    filters
        (filters, height, width, channels).

    Examples
    --------
    >>> ramp = np.arange(121.0).reshape(1, 11, 11, 1)
    >>> bool(smoothness(ramp)[0] > 0.9)
    True
    """
    filters = np.asarray(filters, float)
    pairs = ((filters[:, :-1], filters[:, 1:]), (filters[:, :, :-1], filters[:, :, 1:]))
    rows = []
    for one in range(len(filters)):
        left, right = (np.concatenate([pair[i][one].ravel() for pair in pairs]) for i in (0, 1))
        rows.append(np.corrcoef(left, right)[0, 1])
    return np.array(rows)


def colour_share(filters: np.ndarray) -> np.ndarray:
    """Return how much of each filter's energy is colour, 0 (grey) to 1: two thirds for noise.

    A filter is the sum of its mean over red, green and blue and of what differs among them.

    Examples
    --------
    >>> colour_share(np.ones((1, 11, 11, 3)))
    array([0.])
    """
    filters = np.asarray(filters, float)
    colour = filters - filters.mean(axis=3, keepdims=True)
    return (colour**2).sum(axis=(1, 2, 3)) / (filters**2).sum(axis=(1, 2, 3))


# ---------------------------------------------------------------------------------------------
# Activations
# ---------------------------------------------------------------------------------------------


def activations(
    model: keras.Model, images: np.ndarray, layers: Sequence[str]
) -> dict[str, np.ndarray]:
    """Return the outputs of some layers for pictures (N, size, size, 3), in one pass.

    Raises
    ------
    UserError
        There is no such layer.

    Examples
    --------
    >>> activations(run.model, images, ["conv2", "fc6"])["fc6"].shape
    (8, 16)
    """
    names = [layer.name for layer in model.layers]
    for name in layers:
        validate.one_of("layer", name, names)
    inside = keras.Model(model.inputs, {name: model.get_layer(name).output for name in layers})
    parts = [
        inside.predict_on_batch(np.asarray(images[i : i + BATCH], "float32"))
        for i in range(0, len(images), BATCH)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in layers}


# ---------------------------------------------------------------------------------------------
# Pictures that excite
# ---------------------------------------------------------------------------------------------


def ascend(
    model: keras.Model,
    score: Callable,
    start: np.ndarray,
    before_step: Callable,
    *,
    steps: int = 20,
    step: float = 4.0,
) -> np.ndarray:
    """Climb from some pictures to pictures of a higher score, through tf-keras-vis.

    A step goes along the slope of the score, scaled so that its root mean square is ``step``: how
    far a picture goes does not depend on how loud the network is.

    Parameters
    ----------
    model
        From pictures to what the score is computed from.
    score
        Takes the model's output, returns one number for each picture.
    start
        (N, height, width, channels); each is changed for itself.
    before_step
        Changes the pictures before every step, say brings them back to what is allowed. After the
        last step it is not called.
    steps, step
        How many, and their length in the unit of the pictures.

    Raises
    ------
    UserError
        Another Keras backend: tf-keras-vis is written for TensorFlow.

    Examples
    --------
    >>> ascend(run.model, lambda out: out[:, 0], images, lambda x: x, steps=2).shape == images.shape
    True
    """
    if keras.backend.backend() != "tensorflow":
        raise UserError("This needs KERAS_BACKEND=tensorflow: tf-keras-vis is written for it.")
    import tensorflow as tf

    def scaled(slope):
        places = range(1, len(slope.shape))
        length = tf.sqrt(tf.reduce_mean(slope**2, axis=list(places), keepdims=True))
        return tf.math.divide_no_nan(slope, length)  # a silent channel has no slope: stay

    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # tf-keras-vis imports a name that SciPy has moved
        from tf_keras_vis.activation_maximization import ActivationMaximization

        drawn = ActivationMaximization(model, clone=False)(
            score,
            tf.constant(start, "float32"),
            steps=steps,
            input_range=None,  # the library would cut after the last step alone
            input_modifiers=[before_step],
            regularizers=[],
            optimizer=keras.optimizers.SGD(step),
            gradient_modifier=scaled,
        )
        return keras.ops.convert_to_numpy(drawn)


def exciting(
    model: keras.Model,
    layer: str,
    channels: Sequence[int],
    *,
    steps: int = 20,
    step: float = 4.0,
    seed: int = 0,
) -> np.ndarray:
    """Make for each channel of a convolution a picture on which the mean of its map is large.

    From noise around mid-grey; before each step the pictures are moved by a few pixels, so that
    only what excites at any place remains, and their values cut to what a pixel can be.

    Parameters
    ----------
    model
        Functional model from pixels 0–255.
    layer, channels
        Whose maps; one picture for each channel.
    steps, step
        Of the ascent (``ascend``), in grey levels.
    seed
        Of the noise and of the moves.

    Returns
    -------
    numpy.ndarray
        (channels, size, size, 3), 0 to 255.

    Raises
    ------
    UserError
        No such convolution or channel, or another Keras backend.

    Examples
    --------
    >>> exciting(run.model, "conv2", [0, 1], steps=2).shape
    (2, 64, 64, 3)
    """
    count = len(kernels(model, layer))
    if not channels or not all(0 <= channel < count for channel in channels):
        raise UserError(f"channels of {layer} are 0 to {count - 1}, got {list(channels)}.")
    rng = np.random.default_rng(seed)
    shape = (len(channels), *model.input_shape[1:])
    start = rng.uniform(GREY - NOISE, GREY + NOISE, shape)

    def move_and_cut(pictures):
        down, right = (int(by) for by in rng.integers(-SHIFT, SHIFT + 1, 2))
        return keras.ops.clip(keras.ops.roll(pictures, (down, right), axis=(1, 2)), 0, 255)

    def means(maps):
        return [keras.ops.mean(maps[row, ..., one]) for row, one in enumerate(channels)]

    inside = keras.Model(model.inputs, model.get_layer(layer).output)
    made = ascend(inside, means, start, move_and_cut, steps=steps, step=step)
    return made.clip(0, 255)


# ---------------------------------------------------------------------------------------------
# Likeness
# ---------------------------------------------------------------------------------------------


def neighbours(queries: np.ndarray, gallery: np.ndarray, count: int = 6) -> np.ndarray:
    """Return for each query the rows of the gallery at the smallest Euclidean distance.

    Parameters
    ----------
    queries, gallery
        (queries, features) and (pictures, features).
    count
        How many; the paper's Figure 4 shows six.

    Returns
    -------
    numpy.ndarray
        (queries, count) indices into the gallery, nearest first.

    Raises
    ------
    UserError
        Different numbers of features, or more neighbours than pictures.

    Examples
    --------
    >>> neighbours(np.array([[0.0]]), np.array([[3.0], [1.0], [-2.0]]), 2)
    array([[1, 2]])
    """
    queries, gallery = np.asarray(queries, float), np.asarray(gallery, float)
    if queries.shape[1] != gallery.shape[1]:
        raise UserError(f"queries have {queries.shape[1]} features, gallery {gallery.shape[1]}.")
    if not 1 <= count <= len(gallery):
        raise UserError(f"count must be 1 to {len(gallery)}, got {count}.")
    # |q - g|² = |q|² - 2 q·g + |g|², and |q|² is the same for the whole row.
    squares = (gallery**2).sum(axis=1) - 2 * queries @ gallery.T
    return np.argsort(squares, axis=1, kind="stable")[:, :count]


def same_class(found: np.ndarray, labels: np.ndarray, gallery_labels: np.ndarray) -> Share:
    """Return how many of the neighbours are of their query's class.

    Examples
    --------
    >>> same_class(np.array([[0, 1]]), np.array([1]), np.array([1, 0])).share
    0.5
    """
    right = np.asarray(gallery_labels)[found] == np.asarray(labels)[:, None]
    return Share(int(right.sum()), right.size)

"""Heat maps that say where a decision came from.

In: a trained functional model and pictures. Out: one map per picture, by Grad-CAM, Grad-CAM++,
Score-CAM or LayerCAM (through tf-keras-vis) or by Grad-CAM in a few lines of our own.

Needs the TensorFlow backend of Keras. Out of here: pictures of the maps (``plots.grids``).
"""

import contextlib
import io
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from helpers import validate
from helpers.errors import UserError

if TYPE_CHECKING:
    import keras

METHODS = ("gradcam", "gradcam++", "scorecam", "layercam", "gradcam-scratch")
BATCH = 16  # pictures at a time: the maps of conv1 at 227 pixels are large


def cam(
    model: "keras.Model",
    images: np.ndarray,
    class_index: int | Sequence[int],
    method: str = "gradcam",
    layer: str | None = None,
    max_channels: int | None = None,
) -> np.ndarray:
    """Return a class activation map for each picture.

    Parameters
    ----------
    model
        Functional model from pixels 0–255 to logits.
    images
        (N, H, W, 3) pixels at the model's size, any number type.
    class_index
        The class asked about: one for all pictures, or one for each.
    method
        One of ``METHODS``.
    layer
        Name of a convolution; the last one with a map larger than 1×1 when None.
    max_channels
        For Score-CAM: use only the channels that vary most, one forward pass each; all when None.

    Returns
    -------
    numpy.ndarray
        (N, H, W) float32. Each map is shifted and scaled to reach from 0 to 1; a map that is the
        same everywhere says nothing and is returned as zeros.

    Raises
    ------
    UserError
        Unknown method, layer or class, pictures of another size, or another Keras backend.

    Examples
    --------
    >>> cam(run.model, images, 0, method="layercam").shape
    (8, 64, 64)
    """
    check(model, [method], layer)
    layer = default_layer(model) if layer is None else layer
    images = fitting_pictures(model, images)
    classes = fitting_classes(model, class_index, len(images))
    step = 1 if method == "scorecam" else BATCH  # tf-keras-vis would pool channels over a batch
    maps = [np.zeros((0, *images.shape[1:3]), "float32")]
    for i in range(0, len(images), step):
        part = slice(i, i + step)
        maps.append(_raw(model, images[part], classes[part], method, layer, max_channels))
    return normalise(np.concatenate(maps))


def check(model: "keras.Model", methods: Sequence[str], layer: str | None) -> None:
    """Make sure that there are such methods and such a layer, before any picture is read.

    Raises
    ------
    UserError
        Unknown method or layer, or another Keras backend.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise UserError("Heat maps need KERAS_BACKEND=tensorflow: tf-keras-vis is written for it.")
    for method in methods:
        validate.one_of("method", method, METHODS)
    if layer is not None:
        validate.one_of("layer", layer, convolution_layers(model))


def normalise(maps: np.ndarray) -> np.ndarray:
    """Shift and scale each map to reach from 0 to 1; a constant map becomes zeros.

    Examples
    --------
    >>> normalise(np.array([[[1.0, 3.0]], [[0.0, 0.0]]])).tolist()
    [[[0.0, 1.0]], [[0.0, 0.0]]]
    """
    maps = np.asarray(maps, "float64")
    if not np.isfinite(maps).all():
        raise FloatingPointError("A heat map holds a value that is not a number: the network does.")
    low = maps.min(axis=(1, 2), keepdims=True) if len(maps) else 0
    span = (maps.max(axis=(1, 2), keepdims=True) if len(maps) else 0) - low
    # Interpolation of a constant leaves differences in the last digit; they are no finding.
    flat = span <= 1e-12 + 1e-6 * np.abs(low)
    return np.where(flat, 0.0, (maps - low) / np.where(flat, 1.0, span)).astype("float32")


def gradcam_scratch(
    model: "keras.Model", images: np.ndarray, classes: np.ndarray, layer: str
) -> np.ndarray:
    """Return Grad-CAM maps as they come, (N, H, W), neither shifted nor scaled.

    Weight each channel of the layer by the mean gradient of the class's score, add up, keep what
    is positive, and enlarge.
    """
    from scipy import ndimage

    activations, weights = maps_and_weights(model, images, classes, layer)
    maps = np.maximum(np.einsum("nhwc,nc->nhw", activations, weights), 0)  # (N, h, w)
    height, width = images.shape[1] / maps.shape[1], images.shape[2] / maps.shape[2]
    return ndimage.zoom(maps, (1, height, width), order=1)


def maps_and_weights(
    model: "keras.Model", images: np.ndarray, classes: np.ndarray, layer: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return what Grad-CAM adds up: a layer's maps, and the weight of each for a class.

    Parameters
    ----------
    model, images, layer
        As for ``cam``.
    classes
        (N,) whole numbers: the class that each picture is asked about.

    Returns
    -------
    tuple
        The layer's activations, (N, h, w, C) float32, and the mean gradients of the class's score
        by each of its channels, (N, C).

    Examples
    --------
    >>> maps, weights = maps_and_weights(run.model, images, np.zeros(8, int), "conv2")
    >>> maps.shape[-1] == weights.shape[-1]
    True
    """
    import keras
    import tensorflow as tf

    both = keras.Model(model.inputs, [model.get_layer(layer).output, model.output])
    with tf.GradientTape() as tape:
        activations, scores = both(tf.constant(images), training=False)  # (N, h, w, C)
        score = tf.gather(scores, classes, axis=1, batch_dims=1)  # (N,)
    gradients = tape.gradient(score, activations)
    return activations.numpy(), tf.reduce_mean(gradients, axis=(1, 2)).numpy()


def convolution_layers(model: "keras.Model") -> list[str]:
    """Return the names of the convolutions, from the input upwards."""
    import keras

    return [layer.name for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]


def default_layer(model: "keras.Model") -> str:
    """Return the last convolution that still has a map: conv5 in AlexNet.

    It is the highest one that knows where things are; a dense layer in the form of a 1×1
    convolution (as in TF-Slim's AlexNet) does not.
    """
    for name in reversed(convolution_layers(model)):
        if max(model.get_layer(name).output.shape[1:3]) > 1:
            return name
    raise UserError(f"The network {model.name!r} has no convolution to draw a map from.")


def _raw(model, images, classes, method: str, layer: str, max_channels) -> np.ndarray:
    """Return maps at the pictures' size, not scaled."""
    if method == "gradcam-scratch":
        return gradcam_scratch(model, images, classes, layer)
    options = {"max_N": max_channels} if method == "scorecam" else {}
    score = _probability_of(classes) if method == "scorecam" else _score_of(classes)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        # tf-keras-vis imports a name that SciPy has moved, passes lists of one tensor, and lets
        # Keras draw a progress bar: none of it concerns a reader.
        warnings.simplefilter("ignore")
        visualiser = _visualiser(method)(model, clone=False)
        return visualiser(score, images, penultimate_layer=layer, normalize_cam=False, **options)


def _visualiser(method: str):
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
    from tf_keras_vis.layercam import Layercam
    from tf_keras_vis.scorecam import Scorecam

    known = {
        "gradcam": Gradcam,
        "gradcam++": GradcamPlusPlus,
        "layercam": Layercam,
        "scorecam": Scorecam,
    }
    return known[method]


def _score_of(classes: np.ndarray):
    """Return the score for the gradient methods: the class's logit, with value zero.

    Grad-CAM++ multiplies by exp(score), which only scales the map, but overflows for a logit of
    89; with its value taken away and its gradient left, it is exp(0).
    """
    import tensorflow as tf

    def score(scores):
        picked = tf.gather(scores, classes, axis=1, batch_dims=1)
        return picked - tf.stop_gradient(picked)

    return score


def _probability_of(classes: np.ndarray):
    """Return the score for Score-CAM, which gets softmax values of one picture and one channel."""
    return lambda shares: [shares[..., int(classes[0])]]


def fitting_pictures(model: "keras.Model", images: np.ndarray) -> np.ndarray:
    """Return pictures as the network takes them; ``UserError`` when they have another shape."""
    images = np.asarray(images, "float32")
    wanted = tuple(model.input_shape[1:])
    if images.ndim != 4 or images.shape[1:] != wanted:
        raise UserError(
            f"The network takes pictures of shape (N, {', '.join(map(str, wanted))}), "
            f"got {images.shape}."
        )
    return images


def fitting_classes(
    model: "keras.Model", class_index: int | Sequence[int], count: int
) -> np.ndarray:
    """Return a class for each picture; ``UserError`` when the network has no such class."""
    outputs = model.output_shape[-1]
    try:
        classes = np.asarray(class_index)
        classes = np.broadcast_to(classes, (count,))
    except ValueError:
        raise UserError(
            f"class_index needs one class, or one for each of {count} pictures, "
            f"got {np.size(class_index)}."
        ) from None
    if classes.dtype.kind not in "iu" or (
        count and not 0 <= classes.min() <= classes.max() < outputs
    ):
        raise UserError(
            f"class_index must be a whole number from 0 to {outputs - 1}, got {class_index!r}."
        )
    return classes.astype("int32")

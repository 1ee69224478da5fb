"""From a specification to a functional ``keras.Model``.

A model takes RGB pixels, 0 to 255, and gives logits (unless the specification says softmax).
Layers carry the names of the specification (``conv1``, ``lrn1``, …), so that a figure or a heat
map can ask for one; a window that hangs over the edge becomes a padding layer of its own in front.
Functional, never ``Sequential``: tf-keras-vis cannot modify a ``Sequential`` under Keras 3.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from helpers import architectures as arches
from helpers import lrn, shapes, validate
from helpers.architectures import Architecture, Layer
from helpers.lrn import Tensor

#: Ways to draw the initial weights: as the specification says, Glorot with biases 0, or the
#: paper's (§5): standard deviation 0.01, biases 1 where the paper has them.
INITIAL = ("spec", "glorot", "paper")


def build(
    arch: str | Architecture,
    classes: int | None = None,
    seed: int | None = None,
    *,
    initial: str = "spec",
    preprocessing: Sequence[keras.layers.Layer] = (),
) -> keras.Model:
    """Build a network from its specification.

    Parameters
    ----------
    arch
        A name (``architectures.names()``) or an ``Architecture``.
    classes
        Units of the last dense layer; the specification's own number when None.
    seed
        Makes initial weights and dropout reproducible; layers get different seeds from it.
    initial
        ``"spec"``, ``"glorot"`` or ``"paper"``: see ``INITIAL``.
    preprocessing
        Keras layers put right behind the input, such as the subtraction of the mean pixel, so
        that a saved network carries its own preprocessing.

    Returns
    -------
    keras.Model
        Input (N, height, width, channels) float32; output (N, classes).

    Raises
    ------
    UserError
        Unknown architecture or way to start, fewer than two classes.

    Examples
    --------
    >>> build("two_class", seed=0).count_params()
    62380346
    """
    arch = arches.get(arch)
    validate.one_of("initial", initial, INITIAL)
    if classes is not None:
        arch = arches.with_classes(arch, classes)
    shapes.trace(arch)  # a specification that does not fit together is refused before Keras sees it
    seeds = iter(np.random.SeedSequence(seed).generate_state(2 * len(arch.layers)).tolist())
    inputs = x = layers.Input(arch.input_shape, name="pixels")
    for layer in preprocessing:
        x = layer(x)
    for record in arch.layers:
        x = _apply(record, x, initial, seeds)
    return keras.Model(inputs, x, name=arch.name)


def _apply(record: Layer, x, initial: str, seeds):
    """Return ``x`` after one layer record."""
    match record:
        case arches.Conv():
            return _convolution(record, x, initial, next(seeds))
        case arches.Pool():
            return _pooling(record, x)
        case arches.Dense():
            return layers.Dense(
                record.units, record.activation, name=record.name, **_start(record, initial, seeds)
            )(x)
        case arches.LRN():
            return lrn.LocalResponseNormalization(**asdict(record))(x)
        case arches.SpatialLRN():
            return lrn.SpatialResponseNormalization(**asdict(record))(x)
        case arches.BatchNorm():
            return layers.BatchNormalization(momentum=record.momentum, name=record.name)(x)
        case arches.Dropout():
            return layers.Dropout(record.rate, seed=next(seeds), name=record.name)(x)
    return layers.Flatten(name=record.name)(x)


def _start(record: arches.Conv | arches.Dense, initial: str, seeds) -> dict:
    """Return the initialisers of weights and biases as Keras arguments."""
    std, bias = record.weight_std, record.bias
    if initial == "glorot":
        std, bias = None, 0.0
    elif initial == "paper":
        paper = {layer.name: layer for layer in arches.get("paper").layers}.get(record.name)
        std, bias = 0.01, getattr(paper, "bias", 0.0)
    seed = next(seeds)
    weights = (
        keras.initializers.GlorotUniform(seed)
        if std is None
        else keras.initializers.RandomNormal(stddev=std, seed=seed)
    )
    return {"kernel_initializer": weights, "bias_initializer": keras.initializers.Constant(bias)}


def _convolution(record: arches.Conv, x, initial: str, seed: int):
    x = _overhang(record, x, value=0.0)
    padding = record.padding if record.padding in ("valid", "same") else "valid"
    if padding == "valid":
        x = _margin(record, x)
    return GroupedConv2D(
        record.filters,
        record.kernel,
        strides=record.stride,
        padding=padding,
        groups=record.groups,
        activation=record.activation,
        name=record.name,
        **_start(record, initial, iter([seed])),
    )(x)


def _pooling(record: arches.Pool, x):
    x = _overhang(record, x, value=float("-inf"))
    window = (record.kernel, record.stride, record.padding)
    x = layers.MaxPooling2D(*window, name=record.name)(x)
    if record.activation is None:
        return x
    return layers.Activation(record.activation, name=f"{record.name}_{record.activation}")(x)


def _margin(record: arches.Conv, x):
    """Put zeros around ``x`` where the specification gives a number of pixels."""
    before, after = shapes.pad_amounts(1, 1, 1, record.padding)
    if before == after == 0:
        return x
    margin = ((before, after), (before, after))
    return layers.ZeroPadding2D(margin, name=f"{record.name}_padding")(x)


def _overhang(record: arches.Conv | arches.Pool, x, value: float):
    """Extend ``x`` to the right and to the bottom where the last window hangs over the edge."""
    window = (record.kernel, record.stride, record.padding, record.rounding)
    bottom, right = (shapes.overhang(side, *window) for side in x.shape[1:3])
    if bottom == right == 0:
        return x
    return Overhang(bottom, right, value, name=f"{record.name}_overhang")(x)


@keras.saving.register_keras_serializable("alexnet_book")
class Overhang(layers.Layer):
    """Extends a map by constant rows at the bottom and columns on the right.

    The released convolution reads a pixel outside the picture as 0, and since the mean has been
    subtracted that is the mean pixel (``filter_acts.cu:131,146``). A pool reads nothing there:
    its windows are clipped, which is what a margin of minus infinity does.

    Examples
    --------
    >>> Overhang(3, 3, 0.0)(np.zeros((1, 224, 224, 3), "float32")).shape
    TensorShape([1, 227, 227, 3])
    """

    def __init__(self, bottom: int, right: int, value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bottom, self.right, self.value = bottom, right, value

    def call(self, inputs: Tensor) -> Tensor:
        """Extend activations of shape (N, height, width, channels)."""
        margin = [[0, 0], [0, self.bottom], [0, self.right], [0, 0]]
        return ops.pad(inputs, margin, constant_values=self.value)

    def get_config(self) -> dict:
        """Return the constructor arguments, so that a saved model can be loaded."""
        sizes = {"bottom": self.bottom, "right": self.right, "value": self.value}
        return {**super().get_config(), **sizes}


@keras.saving.register_keras_serializable("alexnet_book")
class GroupedConv2D(layers.Conv2D):
    """A convolution in ``groups`` towers, computed as that many separate convolutions.

    Same kernel, (height, width, channels / groups, filters), and same result as Keras' own
    grouped convolution, which is several times slower on a CPU (``benchmarks/``).
    With ``groups=1`` it is an ordinary convolution.

    Examples
    --------
    >>> GroupedConv2D(256, 5, padding="same", groups=2)(np.zeros((1, 27, 27, 96), "float32")).shape
    TensorShape([1, 27, 27, 256])
    """

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        """Convolve each tower's share of the channels with its share of the filters."""
        if self.groups == 1:
            return super().convolution_op(inputs, kernel)
        towers = zip(
            ops.split(inputs, self.groups, axis=-1),
            ops.split(kernel, self.groups, axis=-1),
            strict=True,
        )
        options = {"strides": list(self.strides), "padding": self.padding}
        maps = [ops.conv(x, weights, **options) for x, weights in towers]
        return ops.concatenate(maps, axis=-1)


def portable(model: keras.Model) -> keras.Model:
    """Return the network in Keras' own layers wherever one computes the same.

    What is saved in this way opens in Keras without this package, unless there is a response
    normalisation, which Keras does not have.

    Examples
    --------
    >>> arch = arches.without(arches.get("paper"), arches.LRN)
    >>> any("helpers" in type(layer).__module__ for layer in portable(build(arch)).layers)
    False
    """
    return _converted(model, _stock)


def differentiable(model: keras.Model) -> keras.Model:
    """Return the network with convolutions whose gradients a CPU can compute, towers included.

    Keras' own grouped convolution runs forwards only on a CPU.
    """
    return _converted(model, _towers)


def _converted(model: keras.Model, convert) -> keras.Model:
    """Return the network with some layers replaced and the weights kept; itself if there are none.

    ``convert`` is given a layer and returns the one for its place, None to keep it.
    """
    if all(convert(layer) is None for layer in model.layers):
        return model

    def clone(layer):
        return convert(layer) or layer.__class__.from_config(layer.get_config())

    made = keras.models.clone_model(model, clone_function=clone)
    made.set_weights(model.get_weights())
    return made


def _stock(layer: layers.Layer) -> layers.Layer | None:
    config = layer.get_config()
    if isinstance(layer, GroupedConv2D):
        return layers.Conv2D.from_config(config)
    if isinstance(layer, Overhang) and layer.value == 0:
        margin = ((0, layer.bottom), (0, layer.right))
        return layers.ZeroPadding2D(margin, name=layer.name, dtype=config["dtype"])
    return None


def _towers(layer: layers.Layer) -> layers.Layer | None:
    grouped = type(layer) is layers.Conv2D and layer.groups > 1
    return GroupedConv2D.from_config(layer.get_config()) if grouped else None

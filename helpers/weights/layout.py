"""Other people's weights in our networks: order of channels, flattening, preprocessing.

PyTorch and Caffe keep channels first: a kernel is (filters, channels / groups, height, width), and
the map in front of the dense layers is flattened channel by channel. Keras keeps channels last, in
both. Dropout needs no conversion: all three scale in training (the inverted form), unlike the
released code, whose weights of fc7 and fc8 would have to be halved (``layer.cu:1126-1135``).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import keras
import numpy as np

from helpers import architectures, models, shapes
from helpers.architectures import Architecture, Conv, Dense, Dropout, Flatten
from helpers.errors import UserError
from helpers.weights import torch_file
from helpers.weights.torch_file import Tensor

#: torchvision's names of our layers (torchvision/models/alexnet.py).
TORCHVISION = {
    "conv1": "features.0",
    "conv2": "features.3",
    "conv3": "features.6",
    "conv4": "features.8",
    "conv5": "features.10",
    "fc6": "classifier.1",
    "fc7": "classifier.4",
    "fc8": "classifier.6",
}
#: Mean and standard deviation of the pixels, red, green, blue, divided by 255
#: (torchvision/transforms/_presets.py).
TORCHVISION_MEAN, TORCHVISION_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
#: Caffe's mean pixel, red, green, blue (caffe/examples/00-classification.ipynb, where it is BGR).
CAFFE_MEAN = (122.67891434, 116.66876762, 104.00698793)


def load_torchvision(path: str | Path) -> keras.Model:
    """Return torchvision's AlexNet with the weights of a ``.pth`` file: 1000 classes of ImageNet.

    The network takes RGB pixels 0–255 (N, 224, 224, 3), as all of this book, and normalises them
    itself. PyTorch is not needed, and nothing that the file may hold is run.

    Parameters
    ----------
    path
        A state dict as torchvision publishes it (``alexnet-owt-7be5be79.pth``), or an ``.npz`` with
        the same names and shapes.

    Raises
    ------
    UserError
        Not a file of weights, or the first tensor that does not fit: layer, shape expected and
        found.

    Examples
    --------
    >>> load_torchvision("alexnet-owt-7be5be79.pth").output.shape  # doctest: +SKIP
    (None, 1000)
    """
    arch = architectures.get("torchvision")
    tensors = read_fitting(Path(path), arch)
    model = models.build(arch, preprocessing=[torchvision_preprocessing()])
    copy_into(model, arch, tensors)
    return model


def torchvision_preprocessing() -> keras.layers.Layer:
    """Return the layer that subtracts torchvision's mean and divides by its deviation."""
    mean, std = 255 * np.array(TORCHVISION_MEAN), 255 * np.array(TORCHVISION_STD)
    return keras.layers.Normalization(mean=mean, variance=std**2, name="normalise")


def caffe_preprocessing() -> keras.layers.Layer:
    """Return the layer that subtracts Caffe's mean pixel."""
    return keras.layers.Normalization(mean=CAFFE_MEAN, variance=(1.0,) * 3, name="normalise")


def from_bgr(tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return weights for red, green, blue from weights for blue, green, red."""
    return {**tensors, "conv1.weight": tensors["conv1.weight"][:, ::-1]}


def copy_into(model: keras.Model, arch: Architecture, tensors: Mapping[str, np.ndarray]) -> None:
    """Give ``model``, built from ``arch``, weights that are laid out channels first.

    Parameters
    ----------
    model
        What ``models.build(arch)`` returned.
    arch
        Its specification.
    tensors
        ``conv1.weight`` (filters, channels / groups, height, width), ``fc6.weight`` (units,
        inputs), ``conv1.bias`` (filters,), …, as ``expected_shapes`` lists them.
    """
    for name, pair in channels_last(arch, tensors).items():
        model.get_layer(name).set_weights(pair)


def channels_last(
    arch: Architecture, tensors: Mapping[str, np.ndarray]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return kernel and bias of every layer as Keras lays them out.

    Examples
    --------
    >>> mnist = architectures.get("mnist")
    >>> channels_last(mnist, draw(mnist))["conv2"][0].shape
    (5, 5, 96, 256)
    """
    turned = {}
    for record, _, square in _weighted(arch):
        kernel, bias = tensors[f"{record.name}.weight"], tensors[f"{record.name}.bias"]
        if isinstance(record, Conv):
            kernel = kernel.transpose(2, 3, 1, 0)  # (height, width, channels / groups, filters)
        else:
            kernel = _dense_kernel(kernel, square)
        turned[record.name] = (kernel, bias)
    return turned


def _dense_kernel(kernel: np.ndarray, square: tuple[int, ...] | None) -> np.ndarray:
    """Return (inputs, units); behind a flattened map of ``square``, from C, H, W to H, W, C."""
    if square is None:
        return kernel.T
    height, width, channels = square
    maps = kernel.reshape(-1, channels, height, width)
    return maps.transpose(2, 3, 1, 0).reshape(-1, len(kernel))


def expected_shapes(arch: Architecture) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor of a network, channels first, in the order of the layers.

    Examples
    --------
    >>> expected_shapes(architectures.get("caffe"))["conv2.weight"]
    (256, 48, 5, 5)
    """
    wanted: dict[str, tuple[int, ...]] = {}
    for record, shape, _ in _weighted(arch):
        if isinstance(record, Conv):
            inputs = (shape[-1] // record.groups, record.kernel, record.kernel)
            outputs = record.filters
        else:
            inputs, outputs = shape, record.units
        wanted[f"{record.name}.weight"] = (outputs, *inputs)
        wanted[f"{record.name}.bias"] = (outputs,)
    return wanted


def draw(arch: Architecture, seed: int = 0) -> dict[str, np.ndarray]:
    """Return random weights, channels first: the same on every machine, so never stored.

    Evenly distributed, with a spread that keeps the signal alive through the convolutions (variance
    2 / inputs) and brings it down to a few units in the dense layers (1 / (4 · inputs)).

    Examples
    --------
    >>> draw(architectures.get("mnist"))["conv1.weight"].shape
    (96, 1, 11, 11)
    """
    generator = np.random.default_rng(seed)
    tensors = {}
    for name, shape in expected_shapes(arch).items():
        tensor = 2 * generator.random(shape, np.float32) - 1
        gain = {4: 2.0, 2: 0.25}.get(len(shape))  # none: a bias
        spread = np.sqrt(3 * gain / np.prod(shape[1:])) if gain else 0.1
        tensors[name] = tensor * np.float32(spread)
    return tensors


def patches(arch: Architecture, count: int = 2, seed: int = 0) -> np.ndarray:
    """Return pictures of 8×8 random colours, 0–255, in the size of the network, channels last.

    Single random pixels would average out in the first layer; patches do not.

    Examples
    --------
    >>> patches(architectures.get("caffe")).shape
    (2, 227, 227, 3)
    """
    height, width, channels = arch.input_shape
    colours = 255 * np.random.default_rng(seed).random((count, 8, 8, channels), np.float32)
    large = colours.repeat(-(-height // 8), axis=1).repeat(-(-width // 8), axis=2)
    return large[:, :height, :width]


def _weighted(arch: Architecture) -> Iterator[tuple]:
    """Yield each record with weights, its input shape, and the map that a flattening gave it."""
    shape: tuple[int, ...] = arch.input_shape
    square: tuple[int, ...] | None = None
    for record, step in zip(arch.layers, shapes.trace(arch), strict=True):
        if isinstance(record, Conv | Dense):
            yield record, shape, square
        if isinstance(record, Flatten):
            square = shape
        elif not isinstance(record, Dropout):
            square = None
        shape = step.output_shape


def read_fitting(
    path: Path, arch: Architecture, *, any_classes: bool = False
) -> dict[str, np.ndarray]:
    """Return the arrays of a file under our names; the shapes are checked before any is read.

    Parameters
    ----------
    path
        A file with torchvision's names, as ``load_torchvision`` takes it.
    arch
        The network whose tensors it must have, and no others.
    any_classes
        The last layer may have another number of units than that of ``arch``.

    Raises
    ------
    UserError
        As ``load_torchvision`` does.
    """
    found = torch_file.read(path)
    last = found.get(f"{TORCHVISION.get(arch.layers[-1].name)}.weight")
    if any_classes and last is not None and len(last.shape) == 2 and last.shape[0] > 1:
        arch = architectures.with_classes(arch, last.shape[0])
    theirs = {}
    for ours in expected_shapes(arch):
        layer, kind = ours.split(".")
        theirs[ours] = f"{TORCHVISION.get(layer, layer)}.{kind}"
    check_fit(found, arch, theirs, path.name)
    tensors = {}
    for ours, name in theirs.items():
        tensors[ours] = tensor = found[name].read()
        if not np.issubdtype(tensor.dtype, np.floating) or not np.isfinite(tensor).all():
            raise UserError(f"{path.name}: {ours} holds values that are no finite numbers.")
    return tensors


def check_fit(
    found: Mapping[str, Tensor], arch: Architecture, theirs: Mapping[str, str], file: str
) -> None:
    """Raise UserError, naming the first mismatch, unless exactly the tensors of ``arch`` are there.

    ``theirs`` maps our names of the tensors to those of the file.
    """
    for ours, wanted in expected_shapes(arch).items():
        layer, name = ours.split(".")[0], theirs[ours]
        if name not in found:
            raise UserError(
                f"{file} does not fit {arch.title}: layer {layer} is missing ({name}, expected "
                f"shape {_times(wanted)}); choose the file of this network."
            )
        if found[name].shape != wanted:
            raise UserError(
                f"{file} does not fit {arch.title}: layer {layer} ({name}) should have shape "
                f"{_times(wanted)} and has {_times(found[name].shape)}; choose the file of this "
                "network."
            )
    for name in found.keys() - set(theirs.values()):
        raise UserError(
            f"{file} does not fit {arch.title}: it has {name} (shape {_times(found[name].shape)}), "
            "which the network has not; choose the file of this network."
        )


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "()"

"""Arithmetic on the specifications: sizes, parameters, multiply-adds, receptive fields.

Pure Python, no TensorFlow: the same numbers come out of Keras, and a test holds the two together.
Source of the two roundings: the released code rounds up (``layer.py:1004`` and ``:1164``), Caffe's
convolution, PyTorch and Keras 'valid' round down.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from helpers import architectures, validate
from helpers.architectures import Architecture, Conv, Dense, Flatten, Layer, Padding, Pool
from helpers.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

BYTES_PER_VALUE = 4  # float32


@dataclass(frozen=True)
class LayerShape:
    """What follows from one layer record.

    ``output_shape`` is (height, width, channels) or (units,); ``macs`` are multiply-adds for one
    picture; ``neurons`` counts the outputs of convolutions and dense layers (pools are not
    counted, as in the paper); ``receptive_field`` is the side, in input pixels, of the square that
    one output value looks at; ``activation_bytes`` is the memory of the output in float32.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    macs: int
    neurons: int
    receptive_field: int

    @property
    def activation_bytes(self) -> int:
        """Bytes of the output of one picture, in float32."""
        return BYTES_PER_VALUE * prod(self.output_shape)


@dataclass(frozen=True)
class Totals:
    """Sums over a network: trainable numbers, multiply-adds for one picture, neurons."""

    parameters: int
    macs: int
    neurons: int


def output_size(
    size: int, kernel: int, stride: int = 1, padding: Padding = 0, rounding: str = "floor"
) -> int:
    """Return how many windows fit on ``size`` pixels.

    Parameters
    ----------
    size, kernel, stride
        Whole numbers of pixels, at least 1.
    padding
        Pixels added on each side (0 or more), a pair (before, after), ``"valid"`` (none) or
        ``"same"`` (as TensorFlow: the output has ``ceil(size / stride)`` positions).
    rounding
        ``"floor"``: only windows that fit; ``"ceil"``: as many as it takes to cover every pixel
        (if ``stride`` <= ``kernel``), the last one may hang over the edge (``layer.py:1004``).

    Raises
    ------
    UserError
        When an argument has no meaning, or the kernel is larger than the padded input.

    Examples
    --------
    >>> output_size(224, 11, 4), output_size(224, 11, 4, rounding="ceil")
    (54, 55)
    >>> output_size(224, 11, 4, padding="same")
    56
    """
    for name, value in (("size", size), ("kernel", kernel), ("stride", stride)):
        validate.whole(name, value, least=1)
    validate.one_of("rounding", rounding, ("floor", "ceil"))
    if padding == "same":
        return -(-size // stride)
    room = size + sum(pad_amounts(size, kernel, stride, padding)) - kernel
    if room < 0:
        raise UserError(
            f"kernel must not be larger than the padded input: "
            f"kernel {kernel}, padded input {room + kernel}."
        )
    return 1 + (-(-room // stride) if rounding == "ceil" else room // stride)


def pad_amounts(size: int, kernel: int, stride: int, padding: Padding) -> tuple[int, int]:
    """Return the pixels that ``padding`` adds (before, after).

    Examples
    --------
    >>> pad_amounts(224, 11, 4, "same")
    (3, 4)
    """
    if padding == "valid":
        return 0, 0
    if padding == "same":
        # TensorFlow's rule: the odd pixel goes to the right and to the bottom.
        total = max(0, (-(-size // stride) - 1) * stride + kernel - size)
        return total // 2, total - total // 2
    pair = padding if isinstance(padding, tuple) else (padding, padding)
    if len(pair) != 2:
        raise UserError(f"padding must be a number or a pair (before, after), got {padding!r}.")
    for amount in pair:
        if isinstance(amount, str):
            raise UserError(f"padding must be a number, 'valid' or 'same', got {padding!r}.")
        validate.whole("padding", amount)
    return pair


def overhang(
    size: int, kernel: int, stride: int = 1, padding: Padding = 0, rounding: str = "floor"
) -> int:
    """Return by how many pixels the last window hangs over the padded input (0 when it fits).

    Examples
    --------
    >>> overhang(224, 11, 4, rounding="ceil")
    3
    """
    windows = output_size(size, kernel, stride, padding, rounding)
    padded = size + sum(pad_amounts(size, kernel, stride, padding))
    return max(0, (windows - 1) * stride + kernel - padded)


def trace(arch: str | Architecture, input_size: int | None = None) -> list[LayerShape]:
    """Follow one picture through the network and return what each layer makes of it.

    Parameters
    ----------
    arch
        A name (see ``architectures.names()``) or an ``Architecture``.
    input_size
        Side of the square input in pixels; the specification's own when None.

    Raises
    ------
    UserError
        Unknown name, or an input so small that a window does not fit: the layer is named.

    Examples
    --------
    >>> trace("paper")[0].output_shape
    (55, 55, 96)
    """
    arch = architectures.get(arch)
    height, width, channels = arch.input_shape
    if input_size is not None:
        validate.whole("input_size", input_size, least=1)
        height = width = input_size
    shape: tuple[int, ...] = (height, width, channels)
    field, jump, steps = 1, 1, []  # the receptive field and the distance of neighbours, in pixels
    for record in arch.layers:
        try:
            out = _output_shape(record, shape)
        except UserError as error:
            raise UserError(f"{arch.name}, layer {record.name}: {error}") from None
        field, jump = _receptive_field(record, field, jump, height)
        steps.append(_layer_shape(record, shape, out, field))
        shape = out
    return steps


def _output_shape(record: Layer, shape: tuple[int, ...]) -> tuple[int, ...]:
    match record:
        case Conv() | Pool():
            window = (record.kernel, record.stride, record.padding, record.rounding)
            channels = record.filters if isinstance(record, Conv) else shape[2]
            return (*(output_size(side, *window) for side in shape[:2]), channels)
        case Flatten():
            return (prod(shape),)
        case Dense():
            return (record.units,)
    return shape


def _receptive_field(record: Layer, field: int, jump: int, whole: int) -> tuple[int, int]:
    match record:
        case Conv() | Pool():
            return field + (record.kernel - 1) * jump, jump * record.stride
        case architectures.SpatialLRN():
            return field + (record.size - 1) * jump, jump
        case Dense():
            # A dense layer sees every position, so at least the whole picture.
            return max(field, whole), jump
    return field, jump


def _layer_shape(
    record: Layer, shape: tuple[int, ...], out: tuple[int, ...], field: int
) -> LayerShape:
    weights = positions = biases = 0  # of a normalisation, biases are all that it learns
    match record:
        case Conv():
            weights = record.kernel**2 * (shape[2] // record.groups) * record.filters
            positions, biases = out[0] * out[1], record.filters
        case Dense():
            weights, positions, biases = shape[0] * record.units, 1, record.units
        case architectures.BatchNorm():
            biases = 2 * shape[-1]  # a scale and a shift for each channel
    return LayerShape(
        name=record.name,
        kind=architectures.kind(record),
        output_shape=out,
        parameters=weights + biases,
        macs=weights * positions,
        neurons=prod(out) if weights else 0,
        receptive_field=field,
    )


def totals(arch: str | Architecture, input_size: int | None = None) -> Totals:
    """Return the sums over all layers; arguments as in ``trace``.

    Examples
    --------
    >>> totals("paper")
    Totals(parameters=60965224, macs=724406816, neurons=659272)
    """
    return _sums(trace(arch, input_size))


def _sums(steps: Iterable[LayerShape]) -> Totals:
    rows = [(step.parameters, step.macs, step.neurons) for step in steps]
    return Totals(*(sum(column) for column in zip(*rows, strict=True)))


def table(arch: str | Architecture, input_size: int | None = None) -> "pd.DataFrame":
    """Return ``trace`` as a pandas DataFrame, one row a layer, units in the column names.

    Examples
    --------
    >>> int(table("paper").loc["conv1", "parameters"])
    34944
    """
    import pandas as pd

    rows = [
        {
            "layer": step.name,
            "kind": step.kind,
            "output": "×".join(map(str, step.output_shape)),
            "parameters": step.parameters,
            "multiply-adds": step.macs,
            "neurons": step.neurons,
            "receptive field (px)": step.receptive_field,
            "activations (kB)": round(step.activation_bytes / 1000, 1),
        }
        for step in trace(arch, input_size)
    ]
    return pd.DataFrame(rows).set_index("layer")

"""The networks, as data: every variant of AlexNet is one frozen ``Architecture``.

In: layer records and the specifications made of them, each with its source.
Out: everything that follows from them; shapes and counts are derived in ``helpers.shapes``, the
Keras model in ``helpers.models``, the browser calculator from ``to_dict``.

Short names of the sources: *paper* is Krizhevsky, Sutskever, Hinton (2012); ``layers-145.cfg`` and
its kin are files of the released code (computerhistory/AlexNet-Source-Code, folder ``layers/``).
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from helpers.errors import UserError

Padding = int | tuple[int, int] | Literal["valid", "same"]
Rounding = Literal["floor", "ceil"]


@dataclass(frozen=True)
class Conv:
    """A convolution; with ``rounding="ceil"`` the last window may hang over the edge, onto zeros.

    ``groups=2`` cuts the channels into two towers that do not see each other.
    ``weight_std`` is the standard deviation of the normal initial weights (None: Glorot uniform),
    ``bias`` the initial bias.
    """

    name: str
    filters: int
    kernel: int
    stride: int = 1
    padding: Padding = 0
    rounding: Rounding = "floor"
    groups: int = 1
    activation: str | None = "relu"
    weight_std: float | None = None
    bias: float = 0.0


@dataclass(frozen=True)
class LRN:
    """Local response normalisation across channels, the paper's formula (alpha not divided by n).

    ``groups=2`` keeps the window inside each tower.
    """

    name: str
    n: int = 5
    k: float = 2.0
    alpha: float = 1e-4
    beta: float = 0.75
    groups: int = 1


@dataclass(frozen=True)
class SpatialLRN:
    """Response normalisation over a ``size`` × ``size`` window within each channel.

    ``scale`` is divided by ``size²``, as in the released code (``layer.py:1183``).
    """

    name: str
    size: int = 5
    k: float = 1.0
    scale: float = 1e-3
    beta: float = 0.75


@dataclass(frozen=True)
class Pool:
    """Max pooling; windows that hang over the edge are clipped to the picture."""

    name: str
    kernel: int = 3
    stride: int = 2
    padding: Literal["valid", "same"] = "valid"
    rounding: Rounding = "floor"
    activation: str | None = None


@dataclass(frozen=True)
class Flatten:
    """All values of a map in one row: height, then width, then channel."""

    name: str = "flatten"


@dataclass(frozen=True)
class Dense:
    """A fully connected layer; ``weight_std`` and ``bias`` as in ``Conv``."""

    name: str
    units: int
    activation: str | None = "relu"
    weight_std: float | None = None
    bias: float = 0.0


@dataclass(frozen=True)
class Dropout:
    """Drops units with probability ``rate`` while training (inverted form: scaled in training)."""

    name: str
    rate: float = 0.5


@dataclass(frozen=True)
class BatchNorm:
    """Batch normalisation (Ioffe and Szegedy 2015), channel by channel, with scale and shift.

    ``momentum``: how much of the running mean and variance an update keeps. Keras has 0.99; after
    some hundred updates such averages still lag behind.
    """

    name: str
    momentum: float = 0.9


Layer = Conv | LRN | SpatialLRN | BatchNorm | Pool | Flatten | Dense | Dropout


@dataclass(frozen=True)
class Architecture:
    """One network: its layers in order, the input it expects, and who says so.

    ``input_shape`` is (height, width, channels) in pixels.
    """

    name: str
    title: str
    input_shape: tuple[int, int, int]
    layers: tuple[Layer, ...]
    source: str

    def layer(self, name: str) -> Layer:
        """Return the record called ``name``; UserError names the ones there are."""
        for record in self.layers:
            if record.name == name:
                return record
        known = ", ".join(record.name for record in self.layers)
        raise UserError(f"{self.name} has no layer {name!r}; it has {known}.")

    def to_dict(self) -> dict:
        """Return the specification as plain dictionaries and lists, ready for JSON."""
        layers = [{"kind": kind(record), **asdict(record)} for record in self.layers]
        return {
            "name": self.name,
            "title": self.title,
            "input_shape": list(self.input_shape),
            "layers": layers,
            "source": self.source,
        }


def kind(record: Layer) -> str:
    """Return the kind of a layer record in lower case.

    Examples
    --------
    >>> kind(Pool("pool1"))
    'pool'
    """
    return type(record).__name__.lower()


def with_classes(arch: Architecture, classes: int) -> Architecture:
    """Return ``arch`` with ``classes`` units in its last dense layer.

    Examples
    --------
    >>> with_classes(get("paper"), 2).layers[-1].units
    2
    """
    if not isinstance(classes, int) or classes < 2:
        raise UserError(f"classes must be a whole number of at least 2, got {classes!r}.")
    *body, head = arch.layers
    assert isinstance(head, Dense)
    return replace(arch, layers=(*body, replace(head, units=classes)))


def without(arch: str | Architecture, *kinds: type) -> Architecture:
    """Return ``arch`` without the layers of the given record types.

    Examples
    --------
    >>> "lrn1" in [record.name for record in without("paper", LRN).layers]
    False
    """
    arch = get(arch)
    kept = tuple(record for record in arch.layers if not isinstance(record, kinds))
    return replace(arch, layers=kept)


def changed(arch: str | Architecture, **layers: dict[str, object] | Layer) -> Architecture:
    """Return ``arch`` with fields of the named layers replaced, or whole layers.

    Parameters
    ----------
    arch
        A name (``names()``) or an ``Architecture``.
    layers
        Name of a layer and what is new in it; or the record that takes its place.

    Raises
    ------
    UserError
        There is no such layer or field; the ones there are are listed.

    Examples
    --------
    >>> changed("paper", conv1={"groups": 2}, pool1={"kernel": 2}).layer("conv1").groups
    2
    >>> changed("paper", lrn1=BatchNorm("bn1")).layers[1]
    BatchNorm(name='bn1', momentum=0.9)
    """
    arch = get(arch)
    for name, new in layers.items():
        known = asdict(arch.layer(name))
        for field in new if isinstance(new, dict) else ():
            if field not in known:
                raise UserError(f"{name} has no field {field!r}; it has {', '.join(known)}.")
    return replace(arch, layers=_changed(arch.layers, **layers))


def narrow(arch: str | Architecture, share: float) -> Architecture:
    """Return ``arch`` with a share of its channels and units, the last layer left as it is.

    Widths are rounded to what its towers can share equally.

    Raises
    ------
    UserError
        When ``share`` does not lie above 0 and up to 1.

    Examples
    --------
    >>> small = narrow("paper", 1 / 4)
    >>> [small.layer(name).filters for name in ("conv1", "conv2", "conv3", "conv4", "conv5")]
    [24, 64, 96, 96, 64]
    """
    arch = get(arch)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise UserError(f"share must lie above 0 and up to 1, got {share!r}.")
    if share == 1:
        return arch
    towers = max(getattr(record, "groups", 1) for record in arch.layers)
    *body, head = arch.layers
    layers = (*(_narrowed(record, share, towers) for record in body), head)
    return replace(arch, name=f"{arch.name}_narrow", layers=layers)


def _narrowed(record: Layer, share: float, towers: int) -> Layer:
    for field in ("filters", "units"):
        if width := getattr(record, field, None):
            width = towers * max(1, round(share * width / towers))
            return replace(record, **{field: width})
    return record


def names() -> list[str]:
    """Return the names of all specifications, the paper's first."""
    return list(SPECS)


def get(name: str | Architecture) -> Architecture:
    """Return one specification by name, an ``Architecture`` as it is; UserError lists the names.

    Examples
    --------
    >>> get("paper").input_shape
    (224, 224, 3)
    """
    if isinstance(name, Architecture):
        return name
    if name not in SPECS:
        raise UserError(f"There is no architecture {name!r}; choose from {', '.join(SPECS)}.")
    return SPECS[name]


def _changed(layers: tuple[Layer, ...], **changes: dict | Layer) -> tuple[Layer, ...]:
    new = [(record, changes.get(record.name, {})) for record in layers]
    return tuple(replace(old, **to) if isinstance(to, dict) else to for old, to in new)


# ---------------------------------------------------------------------------------------------
# The paper and the released code
# ---------------------------------------------------------------------------------------------

# Paper §3.3 and §3.5, weights and biases §5: standard deviation 0.01 everywhere, bias 1 in the
# second, fourth and fifth convolution and in the hidden dense layers.
_PAPER = (
    Conv("conv1", 96, 11, stride=4, rounding="ceil", weight_std=0.01),
    LRN("lrn1"),
    Pool("pool1"),
    Conv("conv2", 256, 5, padding=2, groups=2, weight_std=0.01, bias=1.0),
    LRN("lrn2"),
    Pool("pool2"),
    Conv("conv3", 384, 3, padding=1, weight_std=0.01),
    Conv("conv4", 384, 3, padding=1, groups=2, weight_std=0.01, bias=1.0),
    Conv("conv5", 256, 3, padding=1, groups=2, weight_std=0.01, bias=1.0),
    Pool("pool5"),
    Flatten(),
    Dense("fc6", 4096, weight_std=0.01, bias=1.0),
    Dropout("drop6"),
    Dense("fc7", 4096, weight_std=0.01, bias=1.0),
    Dropout("drop7"),
    Dense("fc8", 1000, activation=None, weight_std=0.01),
)

# Net #145: LRN before the pool and the ReLU after it in layer 1 (layers-145.cfg:9-54), a spatial
# normaliser after lrn2 (:107-117), 0.03 in conv3-5 (:143,172,200); the LRN scale 0.0001 is divided
# by the window of 5 (layer.py:1183) and the window stays within each tower.
_CODE_LRN = {"alpha": 1e-4 / 5, "groups": 2}
_ORIGINAL = _changed(
    _PAPER,
    conv1={"activation": None},
    lrn1=_CODE_LRN,
    pool1={"activation": "relu"},
    lrn2=_CODE_LRN,
    conv3={"weight_std": 0.03},
    conv4={"weight_std": 0.03},
    conv5={"weight_std": 0.03, "activation": None},
    pool5={"activation": "relu"},
)
_AFTER_LRN2 = 1 + [record.name for record in _ORIGINAL].index("lrn2")
_ORIGINAL = (*_ORIGINAL[:_AFTER_LRN2], SpatialLRN("cnorm2"), *_ORIGINAL[_AFTER_LRN2:])

# Net #145-half: one column of half width, with conv5 kept wide so that the dense layers keep their
# size (layer-params-145-half.cfg:90).
_HALF = _changed(
    _ORIGINAL,
    conv1={"filters": 48},
    lrn1={"groups": 1},
    conv2={"filters": 128, "groups": 1},
    lrn2={"groups": 1},
    conv3={"filters": 192},
    conv4={"filters": 192, "groups": 1},
    conv5={"groups": 1},
)

# Net #147: pools of 2 with stride 2, and less padding in conv2 and conv5 so that the dense layers
# keep their size.
_POOL_2 = {"kernel": 2, "rounding": "ceil"}
_NO_OVERLAP = _changed(
    _ORIGINAL,
    pool1=_POOL_2,
    conv2={"padding": 1},
    pool2=_POOL_2,
    conv5={"padding": 0},
    pool5=_POOL_2,
)

# ---------------------------------------------------------------------------------------------
# One tower, and the two-class network of the demo
# ---------------------------------------------------------------------------------------------

_PLAIN = {"weight_std": None, "bias": 0.0}
_ONE_TOWER = _changed(
    tuple(record for record in _PAPER if not isinstance(record, LRN)),
    conv1={"rounding": "floor", **_PLAIN},
    conv2={"groups": 1, **_PLAIN},
    conv3=_PLAIN,
    conv4={"groups": 1, **_PLAIN},
    conv5={"groups": 1, **_PLAIN},
    fc6=_PLAIN,
    fc7=_PLAIN,
    fc8=_PLAIN,
)
_TWO_CLASS = (*_changed(_ONE_TOWER, fc8={"activation": "relu"}), Dense("fc9", 2, activation=None))

# ---------------------------------------------------------------------------------------------
# What others call AlexNet
# ---------------------------------------------------------------------------------------------

# BVLC Caffe, models/bvlc_alexnet/train_val.prototxt: 227 and floor, k left at 1, biases 0.1,
# fc6 and fc7 with 0.005.
_CAFFE_LRN = {"k": 1.0, "alpha": 1e-4 / 5}
_CAFFE = _changed(
    _PAPER,
    conv1={"rounding": "floor"},
    lrn1=_CAFFE_LRN,
    conv2={"bias": 0.1},
    lrn2=_CAFFE_LRN,
    conv4={"bias": 0.1},
    conv5={"bias": 0.1},
    fc6={"weight_std": 0.005, "bias": 0.1},
    fc7={"weight_std": 0.005, "bias": 0.1},
)


def _caffenet() -> tuple[Layer, ...]:
    """Pool before LRN (bvlc_reference_caffenet/train_val.prototxt:90-109), biases 1."""
    by_name = {record.name: record for record in _CAFFE}
    order = [record.name for record in _CAFFE]
    for lrn, pool in (("lrn1", "pool1"), ("lrn2", "pool2")):
        i = order.index(lrn)
        order[i : i + 2] = [pool, lrn]
    ones = {name: {"bias": 1.0} for name in ("conv2", "conv4", "conv5", "fc6", "fc7")}
    return _changed(tuple(by_name[name] for name in order), **ones)


# torchvision/models/alexnet.py, after "One weird trick": other widths, padding 2, no LRN, dropout
# in front of fc6 and fc7.
_TORCHVISION = (
    Conv("conv1", 64, 11, stride=4, padding=2),
    Pool("pool1"),
    Conv("conv2", 192, 5, padding=2),
    Pool("pool2"),
    Conv("conv3", 384, 3, padding=1),
    Conv("conv4", 256, 3, padding=1),
    Conv("conv5", 256, 3, padding=1),
    Pool("pool5"),
    Flatten(),
    Dropout("drop6"),
    Dense("fc6", 4096),
    Dropout("drop7"),
    Dense("fc7", 4096),
    Dense("fc8", 1000, activation=None),
)

# research/slim/nets/alexnet.py, alexnet_v2: no padding in conv1; fc6 is a 5×5 convolution.
_SLIM = (
    Conv("conv1", 64, 11, stride=4, padding="valid"),
    Pool("pool1"),
    Conv("conv2", 192, 5, padding="same"),
    Pool("pool2"),
    Conv("conv3", 384, 3, padding="same"),
    Conv("conv4", 384, 3, padding="same"),
    Conv("conv5", 256, 3, padding="same"),
    Pool("pool5"),
    Conv("fc6", 4096, 5, padding="valid"),
    Dropout("drop6"),
    Conv("fc7", 4096, 1),
    Dropout("drop7"),
    Flatten(),
    Dense("fc8", 1000, activation=None),
)

# The Keras program of a tutorial (article-2 L126-147): no LRN, the last pool 2×2, softmax output.
_KERAS_TUTORIAL = _changed(
    _ONE_TOWER, conv1={"padding": "valid"}, pool5={"kernel": 2}, fc8={"activation": "softmax"}
)

# d2l-en chapter_convolutional-modern/alexnet.md: conv1 padding 1, one grey channel, 10 classes.
_D2L = _changed(_ONE_TOWER, conv1={"padding": 1}, fc8={"units": 10})

# A TensorFlow 1 program for MNIST (article-4 L25-45): pool before LRN, LRN of radius 4 with bias 1
# and alpha 0.001/9, three times, pools of 2 that do not overlap. Its weight shapes are not printed
# in the article; they are those of the nearest public copy of the program.
_MNIST_LRN: dict[str, Any] = {"n": 9, "k": 1.0, "alpha": 0.001 / 9}
_MNIST = (
    Conv("conv1", 96, 11, padding="same"),
    Pool("pool1", 2, padding="same"),
    LRN("lrn1", **_MNIST_LRN),
    Conv("conv2", 256, 5, padding="same"),
    Pool("pool2", 2, padding="same"),
    LRN("lrn2", **_MNIST_LRN),
    Conv("conv3", 384, 3, padding="same"),
    LRN("lrn3", **_MNIST_LRN),
    Conv("conv4", 384, 3, padding="same"),
    Conv("conv5", 256, 3, padding="same"),
    Pool("pool5", 2, padding="same"),
    LRN("lrn5", **_MNIST_LRN),
    Flatten(),
    Dense("fc6", 4096),
    Dropout("drop6"),
    Dense("fc7", 1024),
    Dropout("drop7"),
    Dense("fc8", 10, activation=None),
)

_RGB_224, _RGB_227 = (224, 224, 3), (227, 227, 3)
SPECS = {
    row[0]: Architecture(*row)
    for row in (
        ("paper", "The paper's network", _RGB_224, _PAPER, "paper §3.3, §3.5, §5"),
        ("original_145", "The released code, net #145", _RGB_224, _ORIGINAL, "layers-145.cfg"),
        (
            "half_145",
            "One column of half width, net #145-half",
            _RGB_224,
            _HALF,
            "layer-params-145-half.cfg, paper §3.2",
        ),
        (
            "no_overlap_147",
            "Pools that do not overlap, net #147",
            _RGB_224,
            _NO_OVERLAP,
            "layers-147.cfg, paper §3.4",
        ),
        ("one_tower", "One tower, no groups, no LRN", _RGB_227, _ONE_TOWER, "paper §3.5, merged"),
        ("two_class", "One tower with a two-class head", _RGB_227, _TWO_CLASS, "article-0"),
        ("caffe", "Caffe's AlexNet", _RGB_227, _CAFFE, "bvlc_alexnet/train_val.prototxt"),
        (
            "caffenet",
            "CaffeNet",
            _RGB_227,
            _caffenet(),
            "bvlc_reference_caffenet/train_val.prototxt",
        ),
        (
            "torchvision",
            "torchvision, after One weird trick",
            _RGB_224,
            _TORCHVISION,
            "torchvision/models/alexnet.py",
        ),
        ("slim", "TF-Slim's alexnet_v2", _RGB_224, _SLIM, "research/slim/nets/alexnet.py"),
        ("keras_tutorial", "A Keras tutorial", _RGB_227, _KERAS_TUTORIAL, "article-2 L126-147"),
        ("d2l", "Dive into Deep Learning", (224, 224, 1), _D2L, "d2l-en alexnet.md, PyTorch tab"),
        ("mnist", "An AlexNet for MNIST", (28, 28, 1), _MNIST, "article-4 L25-45"),
    )
}
# What the book itself trains: 809,058 parameters for two classes.
SPECS["book"] = replace(
    changed(narrow("paper", 1 / 4), fc6={"units": 256}, fc7={"units": 256}),
    name="book",
    title="The paper's with a quarter of its channels and 256 units in fc6 and fc7",
    source="paper §3.5, narrowed",
)

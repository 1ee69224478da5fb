"""The settings of a training run, checked when they are written down."""

import hashlib
import json
import math
from dataclasses import dataclass, fields

from helpers import architectures
from helpers.architectures import Architecture
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


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a training run learns.

    Parameters
    ----------
    data
        What ``datasets.load`` takes: ``"embedded"``, a folder, ``"imagenet:DIR"``.
    arch
        Name of an architecture, or an ``Architecture``; its last layer gets one unit per class.
        The paper's two towers cost two thirds of the arithmetic of ``two_class`` and ran 1.75 times
        as fast on two cores (42 against 24 images/s), at no loss of accuracy on two classes.
    classes
        Folder names of the classes to use; all of them when None.
    epochs
        Passes through the training pictures.
    batch_size
        Pictures per update (paper section 5: 128). Fewer when there are fewer pictures.
    learning_rate
        Of the first epochs; None takes what suits ``initial``: 0.01, or 0.001 for ``"paper"``.
    momentum, weight_decay
        Paper section 5. The decay goes through the momentum buffer and spares biases.
    initial
        Initial weights: ``"glorot"``, ``"paper"`` (section 5) or ``"spec"`` (the architecture's).
    scaling
        Factor on the pixels after subtraction of the mean; None takes what suits ``initial``:
        1/64, or 1 for ``"paper"``.
    augmentation
        Random crops and flips (section 4.1); without it always the central crop.
    colour_noise
        Strength of the colour noise along the principal axes (section 4.1), 0 for none.
    patience
        Epochs without a lower validation error before the rate is divided by 10.
    drops
        How often the rate is divided at most (section 5: three times).
    early_stop
        Epochs without a lower validation error after which to stop; None: never.
    precision
        ``"auto"``: half precision on a GPU, single on a CPU, which has no use for it.
    skip_unreadable
        Leave out pictures that cannot be read instead of stopping.
    seed
        Of initial weights, order, crops, flips, colours and dropout.

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
    arch: str | Architecture = "paper"
    classes: tuple[str, ...] | None = None
    epochs: int = 20
    batch_size: int = 32
    learning_rate: float | None = None
    momentum: float = 0.9
    weight_decay: float = 5e-4
    initial: str = "glorot"
    scaling: float | None = None
    augmentation: bool = True
    colour_noise: float = 0.1
    patience: int = 5
    drops: int = 3
    early_stop: int | None = None
    precision: str = "auto"
    skip_unreadable: bool = False
    seed: int = 0

    def __post_init__(self):
        _one_of("initial", self.initial, INITIALS)
        _one_of("precision", self.precision, PRECISIONS)
        rate, scaling = INITIALS[self.initial]
        self._fill("data", str(self.data))
        self._fill("learning_rate", rate if self.learning_rate is None else self.learning_rate)
        self._fill("scaling", scaling if self.scaling is None else self.scaling)
        self._fill("classes", None if self.classes is None else tuple(self.classes))
        for name in ("epochs", "batch_size", "patience"):
            _whole(name, getattr(self, name), least=1)
        for name in ("drops", "seed"):
            _whole(name, getattr(self, name), least=0)
        if self.early_stop is not None:
            _whole("early_stop", self.early_stop, least=1)
        for name in ("learning_rate", "scaling"):
            _number(name, getattr(self, name), low=0, open_low=True)
        for name in ("weight_decay", "colour_noise"):
            _number(name, getattr(self, name), low=0)
        _number("momentum", self.momentum, low=0, high=1)
        _trainable(self.architecture)

    def _fill(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @property
    def architecture(self) -> Architecture:
        """The specification itself, whether it was given or named."""
        return self.arch if isinstance(self.arch, Architecture) else architectures.get(self.arch)

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
        if self.classes is not None:
            values["classes"] = list(self.classes)
        return values

    @classmethod
    def from_dict(cls, values: dict) -> "Recipe":
        """Return the recipe that ``to_dict`` described."""
        values = dict(values)
        if isinstance(values["arch"], dict):
            values["arch"] = _architecture(values["arch"])
        return cls(**values)


def quick_recipe(seed: int = 0) -> Recipe:
    """Return the short run on the drawn pictures that chapters 11, 12 and 13 share.

    Examples
    --------
    >>> quick_recipe().data
    'embedded'
    """
    # 400 pictures are few: small batches, pixels four times as strong and a smaller rate learn them
    # in ten epochs. The rate falls once the validation error has stood still for two: with three,
    # one seed in three ended on a bad epoch (93 % after 99 %).
    return Recipe(
        data="embedded",
        batch_size=16,
        scaling=1 / 16,
        learning_rate=0.005,
        epochs=10,
        patience=2,
        seed=seed,
    )


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
    if height != width or channels != 3 or height > 256:
        raise UserError(
            f"arch {arch.name!r} takes {height}×{width}×{channels}; training cuts square RGB crops "
            "of at most 256 pixels, so choose an architecture with such an input."
        )


def _one_of(name: str, value: object, allowed) -> None:
    if value not in allowed:
        raise UserError(f"{name} must be one of {', '.join(allowed)}, got {value!r}.")


def _whole(name: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise UserError(f"{name} must be a whole number of at least {least}, got {value!r}.")


def _number(name: str, value: object, low: float, high=math.inf, open_low=False) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < low or value > high:
        limits = f"at least {low}" if high == math.inf else f"from {low} to {high}"
        limits = "greater than 0" if open_low else limits
        raise UserError(f"{name} must be a number {limits}, got {value!r}.")
    if open_low and value == low:
        raise UserError(f"{name} must be a number greater than {low}, got {value!r}.")

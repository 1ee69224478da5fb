"""The experiment of the paper's Figure 1 (§3.1): passes to 25 % training error, ReLU against tanh.

A network of four layers with weights, on CIFAR-10, without regularisation of any kind; the
learning rate is chosen for each activation on its own, to be as fast as possible.
The paper does not print that network. This one has the layers of cuda-convnet's CIFAR example
(``example-layers/layers-18pct.cfg``) without its normalisers, and with maximum pools throughout.

In: pictures, network, training loop, the search for a rate, a record on disk that resumes.
Out: the drawing of the curves (``plots.chapters.relu``).

Run it with ``python -m helpers.relu_experiment --data cifar10.zip --out results/relu_cifar10``.
"""

import argparse
import io
import os
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, UnidentifiedImageError

from helpers import environment as profile
from helpers.architectures import Architecture, Conv, Dense, Flatten, Pool
from helpers.errors import UserError

SIDE = 32
LARGEST_FILE = 1 << 20  # bytes that a picture of CIFAR-10 may unpack to
ACTIVATIONS = ("relu", "tanh")
COLUMNS = ["start", "activation", "learning_rate", "seed", "epoch", "training_error", "seconds"]


# ---------------------------------------------------------------------------------------------
# Settings
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Start:
    """How a network begins: standard deviations of its four weight layers, scale of its input.

    ``weight_std`` None means Glorot. The mean picture is always subtracted; ``unit_scale`` also
    divides by the standard deviation of all pixels. ``first_rate`` is where the search for a
    learning rate begins.
    """

    weight_std: tuple[float, float, float, float] | None
    unit_scale: bool
    first_rate: float


#: ``today``: what a library does by default. ``2012``: weights as in ``layers-18pct.cfg``, which
#: fit pixels that reach from about -128 to 127, and the rate of ``layer-params-18pct.cfg``.
STARTS = {
    "today": Start(weight_std=None, unit_scale=True, first_rate=0.02),
    "2012": Start(weight_std=(0.0001, 0.01, 0.01, 0.01), unit_scale=False, first_rate=0.001),
}


@dataclass(frozen=True)
class Recipe:
    """Settings of the whole comparison; ``parts`` is how often an epoch reports its error.

    ``target`` is the training error to reach, as a share. A run ends after ``limit`` epochs. A
    rate under trial is given up when an epoch ends more than ``behind`` above the best rate.
    """

    starts: tuple[str, ...] = ("today", "2012")
    seeds: int = 3
    batch_size: int = 128
    momentum: float = 0.9
    target: float = 0.25
    limit: int = 40
    behind: float = 0.03
    parts: int = 5


@dataclass(frozen=True)
class Setting:
    """One run: which start, which activation, which learning rate, which seed."""

    start: str
    activation: str
    learning_rate: float
    seed: int = 0


# ---------------------------------------------------------------------------------------------
# Pictures
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pictures:
    """Training pictures: ``images`` uint8 (N, 32, 32, 3), ``labels`` int32 (N,), where from."""

    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    source: str

    def __len__(self) -> int:
        return len(self.labels)

    def sample(self, count: int, seed: int = 0) -> "Pictures":
        """Return ``count`` of the pictures, drawn at random without repetition (all if fewer)."""
        rows = np.random.default_rng(seed).permutation(len(self))[:count]
        return Pictures(self.images[rows], self.labels[rows], self.classes, self.source)


def pictures(source: str | Path | None = None) -> Pictures:
    """Return training pictures of 32 × 32 pixels.

    Parameters
    ----------
    source
        A folder or zip file with ``train/CLASS/NAME.jpg``; ``"keras"`` for CIFAR-10 as Keras
        fetches it; ``"embedded"`` for the drawn pictures, shrunk, two classes. None: what the
        variable ``ALEXNET_CIFAR10`` names, else CIFAR-10 if Keras has fetched it before or the
        profile is full, else the drawn ones.

    Raises
    ------
    UserError
        When the file or folder is missing, holds no such pictures or unreadable ones.

    Examples
    --------
    >>> pictures("embedded").images.shape
    (400, 32, 32, 3)
    """
    if source is None:
        source = os.environ.get("ALEXNET_CIFAR10") or _default_source()
    if source == "embedded":
        return _drawn()
    if source == "keras":
        return _from_keras()
    path = Path(source).expanduser()
    if not path.exists():
        raise UserError(
            f"There is no {path}; name a folder or zip file that holds train/CLASS/NAME.jpg."
        )
    return _from_files(path, _zipped(path) if path.is_file() else _unpacked(path))


def _default_source() -> str:
    """Prefer the real pictures, but never fetch 170 MB as a surprise in the quick profile."""
    return "keras" if _keras_cache().is_dir() or profile.current() == "full" else "embedded"


def _keras_cache() -> Path:
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    return home / "datasets" / "cifar-10-batches-py-target" / "cifar-10-batches-py"


def _from_keras() -> Pictures:
    import keras

    try:
        (images, labels), _ = keras.datasets.cifar10.load_data()
    except Exception as error:  # Keras raises a bare Exception when it cannot fetch a file
        raise UserError(
            f"Keras cannot load CIFAR-10 ({error}); name a copy in the variable ALEXNET_CIFAR10."
        ) from error
    names = "airplane automobile bird cat deer dog frog horse ship truck".split()
    return Pictures(images, labels.ravel().astype("int32"), tuple(names), "CIFAR-10 from Keras")


def _drawn() -> Pictures:
    from helpers import datasets

    data = datasets.load("embedded", "train")
    images = datasets.load_images(data, SIDE)
    labels = data.table["label"].to_numpy("int32")
    return Pictures(images, labels, data.titles, "drawn pictures, shrunk")


def _unpacked(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield class, name and content of the picture files under ``train``, in order."""
    for path in sorted(folder.glob("train/*/*")):
        if path.suffix.lower() in (".jpg", ".jpeg", ".png"):
            yield path.parent.name, path.name, path.read_bytes()


def _zipped(path: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield class, name and content of the pictures under ``train`` in a zip file, in order."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                *_, split, label, file = ("", "", *name.split("/"))
                if split == "train" and Path(file).suffix.lower() in (".jpg", ".jpeg", ".png"):
                    if archive.getinfo(name).file_size > LARGEST_FILE:
                        raise UserError(f"{path}: {name} is no picture of {SIDE} × {SIDE} pixels.")
                    yield label, file, archive.read(name)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise UserError(f"{path} is no whole zip file ({error}); fetch it again.") from error


def _from_files(path: Path, files: Iterator[tuple[str, str, bytes]]) -> Pictures:
    images, names = [], []
    for label, name, content in files:
        images.append(_decoded(content, f"{path}: train/{label}/{name}"))
        names.append(label)
    classes = tuple(sorted(set(names)))
    if len(classes) < 2:
        raise UserError(f"{path} must hold train/CLASS/NAME.jpg with two classes or more.")
    labels = np.array([classes.index(name) for name in names], "int32")
    return Pictures(np.stack(images), labels, classes, path.name)


def _decoded(content: bytes, name: str) -> np.ndarray:
    try:
        picture = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    except (UnidentifiedImageError, OSError) as error:
        raise UserError(f"{name} cannot be read as a picture; replace or remove it.") from error
    if picture.shape != (SIDE, SIDE, 3):
        height, width = picture.shape[:2]
        raise UserError(f"{name} has {width} × {height} pixels; expected {SIDE} × {SIDE}.")
    return picture


class Scaled:
    """Turns pixels into what the network reads: mean picture away, scale as the start says.

    Examples
    --------
    >>> Scaled(pictures("embedded").images, unit_scale=True).mean.shape
    (32, 32, 3)
    """

    def __init__(self, images: np.ndarray, unit_scale: bool) -> None:
        self.mean = images.mean(axis=0, dtype="float64").astype("float32")
        self.scale = 1.0
        if unit_scale:
            blocks = np.array_split(images, max(1, len(images) // 1000))
            variance = sum(float(np.square(block - self.mean).sum()) for block in blocks)
            self.scale = float(np.sqrt(variance / images.size)) or 1.0

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Return float32 of the shape of ``images`` (N, 32, 32, 3)."""
        return (images - self.mean) / np.float32(self.scale)


# ---------------------------------------------------------------------------------------------
# Network and training
# ---------------------------------------------------------------------------------------------


def network(activation: str, start: str = "today", classes: int = 10) -> Architecture:
    """Return the four-layer network: three convolutions and one dense layer have weights.

    ``layers-18pct.cfg``: 5 × 5 kernels, 32, 32 and 64 maps, a pool of 3 with stride 2 behind each.
    Padding ``"same"`` gives that file's map sizes, 16, 8 and 4.

    Examples
    --------
    >>> [layer.name for layer in network("tanh").layers if hasattr(layer, "weight_std")]
    ['conv1', 'conv2', 'conv3', 'fc4']
    """
    if activation not in ACTIVATIONS:
        raise UserError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}.")
    stds = _start(start).weight_std or (None,) * 4
    layers = []
    for number, (maps, std) in enumerate(zip((32, 32, 64), stds[:3], strict=True), start=1):
        options = {"padding": "same", "activation": activation, "weight_std": std}
        layers += [Conv(f"conv{number}", maps, 5, **options), Pool(f"pool{number}", padding="same")]
    head = Dense("fc4", classes, activation=None, weight_std=stds[3])
    title = f"Four layers for CIFAR-10, {activation}"
    source = "paper §3.1; cuda-convnet example-layers/layers-18pct.cfg without rnorm"
    shape = (SIDE, SIDE, 3)
    return Architecture(f"cifar_{activation}", title, shape, (*layers, Flatten(), head), source)


def _start(name: str) -> Start:
    if name not in STARTS:
        raise UserError(f"start must be one of {', '.join(STARTS)}, got {name!r}.")
    return STARTS[name]


def compiled(setting: Setting, recipe: Recipe, classes: int):
    """Return the network with plain stochastic gradient descent, momentum, no weight decay."""
    import keras

    from helpers import models

    model = models.build(network(setting.activation, setting.start, classes), seed=setting.seed)
    model.compile(
        keras.optimizers.SGD(setting.learning_rate, recipe.momentum),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,  # on a CPU the compiled step is three times slower
    )
    return model


def _one_epoch(model, data: Pictures, scaled: Scaled, setting: Setting, recipe: Recipe, epoch: int):
    """Train one epoch and return the running training error of each of its parts.

    The error is counted on the batches as they are trained on, with the weights of that moment,
    over one part of an epoch. Pictures that fill no batch sit out; which ones changes by epoch.
    """
    size = recipe.batch_size
    order = np.random.default_rng([setting.seed, epoch]).permutation(len(data))
    batches = np.array_split(np.arange(len(data) // size), recipe.parts)
    errors = []
    for part in batches:
        rows = [order[number * size : (number + 1) * size] for number in part]
        wrong = [_step(model, scaled(data.images[r]), data.labels[r]) for r in rows]
        errors.append(round(float(np.mean(wrong)), 5))
    return errors


def _step(model, x: np.ndarray, y: np.ndarray) -> float:
    """Train on one batch and return its share of errors, 1 when the network has blown up."""
    model.reset_metrics()  # else some versions of Keras give the mean since the last reset
    result = model.train_on_batch(x, y, return_dict=True)
    return 1.0 - float(result["accuracy"]) if np.isfinite(result["loss"]) else 1.0


def train(data: Pictures, setting: Setting, recipe: Recipe) -> pd.DataFrame:
    """Train one network to the target or to the limit of epochs, without a record on disk.

    Returns
    -------
    DataFrame
        Columns ``COLUMNS``, one row for each part of an epoch; the error is a share.

    Raises
    ------
    UserError
        Unknown start or activation, or too few pictures for the parts of an epoch.

    Examples
    --------
    >>> few = Recipe(parts=2, batch_size=32, limit=1)
    >>> len(train(pictures("embedded"), Setting("today", "relu", 0.02), few))
    2
    """
    check(data, recipe)
    model = compiled(setting, recipe, len(data.classes))
    scaled = Scaled(data.images, _start(setting.start).unit_scale)
    curve = pd.DataFrame(columns=COLUMNS)
    for epoch in range(recipe.limit):
        errors = _one_epoch(model, data, scaled, setting, recipe, epoch)
        rows = pd.DataFrame(_rows(setting, recipe, epoch, errors), columns=COLUMNS)
        curve = rows if curve.empty else pd.concat([curve, rows], ignore_index=True)
        if epochs_to(curve, recipe.target) is not None:
            break
    return curve


def _rows(setting: Setting, recipe: Recipe, epoch: int, errors: list, seconds=0.0) -> list[dict]:
    """Return the rows of an epoch; ``epoch`` in them counts the passes made at a part's end."""
    return [
        {
            **asdict(setting),
            "epoch": round(epoch + (i + 1) / recipe.parts, 4),
            "training_error": error,
            "seconds": round(seconds, 1),
        }
        for i, error in enumerate(errors)
    ]


def check(data: Pictures, recipe: Recipe) -> None:
    """Raise UserError where a recipe cannot be followed with these pictures."""
    for name in ("seeds", "batch_size", "limit", "parts"):
        if getattr(recipe, name) < 1:
            raise UserError(f"{name} must be at least 1, got {getattr(recipe, name)}.")
    needed = recipe.batch_size * recipe.parts
    if len(data) < needed:
        raise UserError(
            f"{data.source} has {len(data)} pictures; {recipe.parts} parts of an epoch with "
            f"batches of {recipe.batch_size} need {needed} or more."
        )


def epochs_to(curve: pd.DataFrame, target: float = 0.25) -> float | None:
    """Return the epochs after which a curve first meets ``target``, between its points by a line.

    Parameters
    ----------
    curve
        One run: columns ``epoch`` and ``training_error`` (share), in order.

    Returns
    -------
    float or None
        None when the curve stays above; its first epoch when it starts at or below.

    Examples
    --------
    >>> epochs_to(pd.DataFrame({"epoch": [1, 2], "training_error": [0.35, 0.15]}))
    1.5
    """
    epochs, errors = curve["epoch"].to_numpy(float), curve["training_error"].to_numpy(float)
    reached = np.flatnonzero(errors <= target)
    if not len(reached):
        return None
    i = reached[0]
    if i == 0:
        return float(epochs[0])
    share = (errors[i - 1] - target) / (errors[i - 1] - errors[i])
    return float(epochs[i - 1] + share * (epochs[i] - epochs[i - 1]))


# ---------------------------------------------------------------------------------------------
# The record
# ---------------------------------------------------------------------------------------------


class Record:
    """The comparison on disk: ``recipe.json``, ``environment.json``, ``history.csv``.

    The history is rewritten, whole, after each epoch, then the network is saved beside it; so a
    run that was cut off goes on where its last saved network stood.

    Raises
    ------
    UserError
        The folder holds a comparison with another recipe or other pictures, or something else.

    Examples
    --------
    >>> Record("relu", pictures("embedded"), Recipe(seeds=1, batch_size=32)).history.empty
    True
    """

    def __init__(self, folder: str | Path, data: Pictures, recipe: Recipe) -> None:
        check(data, recipe)
        self.folder, self.data, self.recipe = Path(folder), data, recipe
        self._prepare()
        path = self.folder / "history.csv"
        self.history = read_history(path) if path.exists() else pd.DataFrame(columns=COLUMNS)

    def complete(self) -> pd.DataFrame:
        """Search the rates and train all seeds, skipping what is there; return the history."""
        for start in self.recipe.starts:
            rates = {activation: self.search(start, activation) for activation in ACTIVATIONS}
            for seed in range(1, self.recipe.seeds):
                for activation, rate in rates.items():
                    self.run(Setting(start, activation, rate, seed))
        return self.history

    def search(self, start: str, activation: str) -> float:
        """Return the fastest rate on seed 0: up in steps of 2 while it wins, else down."""
        best = Setting(start, activation, _start(start).first_rate)
        curve = self.run(best)
        for factor in (2.0, 0.5):
            won = False
            while True:
                trial = Setting(start, activation, best.learning_rate * factor)
                challenger = self.run(trial, against=curve)
                if not _faster(challenger, curve, self.recipe.target):
                    break
                best, curve, won = trial, challenger, True
            if won:
                break
        return best.learning_rate

    def run(self, setting: Setting, against: pd.DataFrame | None = None) -> pd.DataFrame:
        """Train one network until it is done; return its rows of the history."""
        saved = self.folder / f"unfinished-{'-'.join(map(str, asdict(setting).values()))}.keras"
        self._cut(setting, saved)
        if not self._done(self.curve(setting), against):
            self._go_on(setting, saved, against)
        saved.unlink(missing_ok=True)
        return self.curve(setting)

    def curve(self, setting: Setting) -> pd.DataFrame:
        """Return the rows of one run."""
        there = pd.Series(True, index=self.history.index)
        for name, value in asdict(setting).items():
            there &= self.history[name] == value
        return self.history[there]

    def _go_on(self, setting: Setting, saved: Path, against: pd.DataFrame | None) -> None:
        import time

        import keras

        from helpers.files import write_atomic

        classes = len(self.data.classes)
        model = (
            keras.saving.load_model(saved)
            if saved.exists()
            else compiled(setting, self.recipe, classes)
        )
        scaled = Scaled(self.data.images, _start(setting.start).unit_scale)
        while not self._done(self.curve(setting), against):
            before = time.perf_counter()
            epoch = len(self.curve(setting)) // self.recipe.parts
            errors = _one_epoch(model, self.data, scaled, setting, self.recipe, epoch)
            seconds = time.perf_counter() - before
            self._append(_rows(setting, self.recipe, epoch, errors, seconds))
            write_atomic(saved, model.save)
            print(*asdict(setting).values(), f"epoch {epoch + 1}: {errors[-1]:.3f}", flush=True)

    def _append(self, rows: list[dict]) -> None:
        from helpers.files import write_csv

        new = pd.DataFrame(rows, columns=COLUMNS)
        self.history = new if self.history.empty else pd.concat([self.history, new])
        self.history = self.history.reset_index(drop=True)
        write_csv(self.folder / "history.csv", self.history)

    def _cut(self, setting: Setting, saved: Path) -> None:
        """Drop the rows of a run that no saved network can continue, unless it had come to an end.

        A process killed between the two files leaves one epoch more in the history.
        """
        curve = self.curve(setting)
        epochs = len(curve) // self.recipe.parts
        keep = 0
        if saved.exists():
            import keras

            per_epoch = len(self.data) // self.recipe.batch_size
            steps = int(keras.saving.load_model(saved).optimizer.iterations)
            keep = min(epochs, steps // per_epoch)
        elif self._after(setting) or self._done(curve, None):
            return
        self.history = self.history.drop(curve.index[keep * self.recipe.parts :])
        self.history = self.history.reset_index(drop=True)

    def _after(self, setting: Setting) -> bool:
        """Whether a later run has begun, so that this one had come to its end."""
        curve = self.curve(setting)
        return not curve.empty and curve.index[-1] != self.history.index[-1]

    def _done(self, curve: pd.DataFrame, against: pd.DataFrame | None) -> bool:
        if curve.empty:
            return False
        recipe, last = self.recipe, curve.iloc[-1]
        if epochs_to(curve, recipe.target) is not None or last["epoch"] >= recipe.limit:
            return True
        if against is None:
            return False
        best = against[against["epoch"] == last["epoch"]]
        return best.empty or last["training_error"] > best["training_error"].iloc[0] + recipe.behind

    def _prepare(self) -> None:
        """Write recipe and environment, or make sure that those in the folder are the same."""
        from helpers.files import read_json, write_json

        if self.folder.is_file():
            raise UserError(f"{self.folder} is a file; a record needs a folder.")
        wanted = {**asdict(self.recipe), **_described(self.data)}
        wanted["starts"] = {name: asdict(_start(name)) for name in self.recipe.starts}
        wanted = _as_json(wanted)
        path = self.folder / "recipe.json"
        if path.exists():
            there = read_json(path)
            differing = sorted(k for k in wanted if there.get(k) != wanted[k])
            if differing:
                raise UserError(
                    f"{self.folder} holds a record that differs in {', '.join(differing)}; "
                    "choose another folder."
                )
            return
        if self.folder.is_dir() and any(self.folder.iterdir()):
            raise UserError(f"{self.folder} is not empty and holds no record; choose another one.")
        write_json(self.folder / "environment.json", environment())
        write_json(path, wanted)


def _as_json(values: dict) -> dict:
    import json

    return json.loads(json.dumps(values))


def _described(data: Pictures) -> dict:
    """Return what tells one set of pictures from another, without a path."""
    import hashlib

    digest = hashlib.sha256(data.images.tobytes() + data.labels.tobytes()).hexdigest()[:12]
    return {
        "data": data.source,
        "pictures": len(data),
        "classes": list(data.classes),
        "data_hash": digest,
    }


def environment() -> dict:
    """Return versions and machine of a record, without any path."""
    import platform
    from importlib import metadata

    import keras

    packages = ("tensorflow", "keras", "numpy", "pillow")
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "accelerators": profile.accelerators(),
        "backend": keras.backend.backend(),
        "versions": {name: metadata.version(name) for name in packages},
    }


def _faster(challenger: pd.DataFrame, best: pd.DataFrame, target: float) -> bool:
    """Whether the first curve meets the target in fewer epochs than the second."""
    new, old = epochs_to(challenger, target), epochs_to(best, target)
    return new is not None and (old is None or new < old)


def read_history(path: str | Path) -> pd.DataFrame:
    """Return the history of a record; UserError when it lacks a column or is damaged.

    Examples
    --------
    >>> read_history("results/relu_cifar10/history.csv").columns[:2].tolist()
    ['start', 'activation']
    """
    try:
        table = pd.read_csv(path, dtype={"start": str, "activation": str})
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read as a history ({error}).") from error
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise UserError(f"{path} is no history of this experiment: no column {missing[0]!r}.")
    return table[COLUMNS]


def winners(history: pd.DataFrame, target: float = 0.25) -> pd.DataFrame:
    """Return the epochs to the target of each start, activation and seed, at its chosen rate.

    The chosen rate of an activation is the one that is fastest on seed 0.

    Returns
    -------
    DataFrame
        Columns start, activation, learning_rate, seed, epochs (NaN: not reached).

    Examples
    --------
    >>> winners(read_history("results/relu_cifar10/history.csv")).columns[-1]
    'epochs'
    """
    keys = ["start", "activation", "learning_rate", "seed"]
    rows = []
    for key, curve in history.groupby(keys, sort=False):
        reached = epochs_to(curve, target)
        rows.append((*key, float("nan") if reached is None else reached))
    table = pd.DataFrame(rows, columns=[*keys, "epochs"])
    first = table[table["seed"] == 0].dropna()
    best = first.loc[first.groupby(["start", "activation"])["epochs"].idxmin(), keys[:3]]
    return table.merge(best, on=keys[:3]).reset_index(drop=True)


def ratios(history: pd.DataFrame, start: str, target: float = 0.25) -> pd.Series:
    """Return, for each seed, how many times more epochs tanh needs than ReLU.

    Examples
    --------
    >>> len(ratios(read_history("results/relu_cifar10/history.csv"), "today"))
    3
    """
    table = winners(history, target)
    table = table[table["start"] == start].pivot(
        index="seed", columns="activation", values="epochs"
    )
    return table["tanh"] / table["relu"]


# ---------------------------------------------------------------------------------------------
# The command
# ---------------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Make or continue a record; exit status 2 on bad input, told in one line.

    Examples
    --------
    >>> main(["--data", "embedded", "--seeds", "0", "--out", "relu"])
    2
    """
    parser = argparse.ArgumentParser(prog="python -m helpers.relu_experiment")
    parser.add_argument("--data", help="folder or zip with train/CLASS/NAME.jpg, keras, embedded")
    parser.add_argument("--seeds", type=int, default=Recipe.seeds, help="networks an activation")
    parser.add_argument("--starts", nargs="+", choices=STARTS, default=Recipe.starts)
    parser.add_argument("--limit", type=int, default=Recipe.limit, help="epochs at most")
    parser.add_argument("--out", required=True, help="folder of the record; continued if begun")
    options = parser.parse_args(arguments)
    try:
        recipe = Recipe(tuple(options.starts), seeds=options.seeds, limit=options.limit)
        history = Record(options.out, pictures(options.data), recipe).complete()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(winners(history, recipe.target).round(2).to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())

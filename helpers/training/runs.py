"""The run folder: what lies in it, when it counts as finished, and who may write to it.

``recipe.json`` and ``environment.json`` are written first, ``history.csv`` after each epoch,
``model.keras`` and last ``predictions.csv`` at the end: a folder with predictions is finished.
"""

import ast
import contextlib
import functools
import hashlib
import json
import os
import platform
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.errors import UserError
from helpers.paths import root, write_atomic
from helpers.profile import accelerators
from helpers.training.recipe import Recipe

OWN_FILES = ("recipe.json", "environment.json", "history.csv", "model.keras", "predictions.csv")
#: The parts of the package that decide what a recipe leads to.
CODE = (
    "architectures.py",
    "augment.py",
    "lrn.py",
    "models.py",
    "shapes.py",
    "datasets/*.py",
    "training/*.py",
)


@dataclass(frozen=True)
class Run:
    """A finished run; what it holds is read from ``path`` when it is asked for.

    Examples
    --------
    >>> Run.load("runs/bicycles").history.tail(1)  # doctest: +SKIP
    """

    path: Path

    @classmethod
    def load(cls, path: str | Path) -> "Run":
        """Return the finished run in a folder.

        Raises
        ------
        UserError
            When there is no run, or one that has not come to its end.
        """
        path = Path(path)
        if not (path / "recipe.json").exists():
            raise UserError(f"{path} holds no run (no recipe.json); name the folder of a training.")
        if not is_finished(path):
            raise UserError(
                f"The run in {path} is not finished; repeat the command that trained it to resume."
            )
        return cls(path)

    @functools.cached_property
    def recipe(self) -> Recipe:
        """The settings it was trained with."""
        return read_recipe(self.path)

    @functools.cached_property
    def environment(self) -> dict:
        """Machine, versions, classes and times."""
        return read_json(self.path / "environment.json")

    @functools.cached_property
    def model(self):
        """The trained network: pixels 0–255 at crop size (N, size, size, 3) to logits."""
        import keras

        from helpers import lrn, models  # noqa: F401  register the layers of the saved file

        try:
            return keras.saving.load_model(self.path / "model.keras", compile=False)
        except (ValueError, OSError, KeyError, zipfile.BadZipFile) as error:
            raise UserError(
                f"{self.path / 'model.keras'} is damaged or no network of this package; "
                "put back a copy or train into a new folder."
            ) from error

    @functools.cached_property
    def history(self) -> pd.DataFrame:
        """One row per epoch: losses, accuracies, rate, seconds, images per second."""
        return pd.read_csv(self.path / "history.csv")

    @functools.cached_property
    def predictions(self) -> pd.DataFrame:
        """One row per validation picture, as ``evaluation.predict`` gives them."""
        return pd.read_csv(self.path / "predictions.csv")

    @functools.cached_property
    def data(self):
        """The pictures it was trained on, both splits."""
        return load_data(self.recipe)

    @property
    def classes(self) -> tuple[str, ...]:
        """Folder names of the classes in the order of the logits."""
        return tuple(self.environment["classes"])


def load_data(recipe: Recipe):
    """Return the ``ImageFolder`` that a recipe names."""
    from helpers import datasets

    return datasets.load(
        recipe.data, classes=recipe.classes, skip_unreadable=recipe.skip_unreadable
    )


def read_recipe(folder: Path) -> Recipe:
    """Return the recipe in a run folder; UserError when the file is damaged."""
    try:
        values = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
        return Recipe.from_dict(values)
    except (json.JSONDecodeError, TypeError, KeyError) as error:
        raise UserError(
            f"{folder / 'recipe.json'} is not a recipe of this version of the book ({error}); "
            "choose another folder or delete this one."
        ) from error


def is_finished(folder: Path) -> bool:
    """Whether all files of a finished run are there."""
    return all((folder / name).exists() for name in OWN_FILES)


def check(folder: Path, recipe: Recipe, resume: bool) -> None:
    """Make sure that a run may be written to a folder; writes nothing.

    Raises
    ------
    UserError
        When it holds something else, or a run with other settings; the sentence names them.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; a run needs a folder.")
    if not _visible(folder):
        return
    if not (folder / "recipe.json").exists():
        raise UserError(f"{folder} is not empty and holds no run; choose a new or an empty folder.")
    if resume:
        _same_recipe(folder, recipe)


def prepare(folder: Path, recipe: Recipe, resume: bool) -> None:
    """Make the folder of a run ready to write to, after a ``check``; clear it if not to resume."""
    check(folder, recipe, resume)
    if not resume:
        remove(folder)
    remove_leavings(folder)
    write_json(folder / "recipe.json", recipe.to_dict())


def withdraw(folder: Path) -> None:
    """Take back ``prepare`` when nothing has been trained: no file of ours stays."""
    if (folder / "history.csv").exists():
        return
    remove(folder)
    (folder / ".lock").unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def _visible(folder: Path) -> bool:
    return folder.exists() and any(not p.name.startswith(".") for p in folder.iterdir())


def remove(folder: Path) -> None:
    """Delete the files of a run, and nothing else, from its folder."""
    for name in reversed(OWN_FILES):  # predictions first: half a run never looks finished
        (folder / name).unlink(missing_ok=True)
    for path in folder.glob("checkpoint-*.npz"):
        path.unlink()


def remove_leavings(folder: Path) -> None:
    """Delete what killed processes left half-written (``write_atomic``'s temporary files)."""
    stems = [Path(name).stem for name in OWN_FILES] + ["checkpoint"]
    for stem in stems:
        for path in folder.glob(f".{stem}-*"):
            path.unlink(missing_ok=True)


def _same_recipe(folder: Path, recipe: Recipe) -> None:
    there, here = read_recipe(folder).to_dict(), recipe.to_dict()
    if there == here:
        return
    differing = [
        f"{name} ({_short(there[name])} there, {_short(here[name])} now)"
        for name in here
        if there[name] != here[name]
    ]
    raise UserError(
        f"{folder} holds a run of another recipe, which differs in {', '.join(differing)}; "
        "choose another folder."
    )


def _short(value: object) -> str:
    return value["name"] if isinstance(value, dict) else repr(value)


@contextlib.contextmanager
def locked(folder: Path):
    """Hold the run folder for one process; a second one waits until the first has ended.

    The lock goes with the process, however it ends. Where the system has no such locks
    (Windows) nothing is held.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def code_hash() -> str:
    """Return twelve digits that change when code that decides the result of a run changes.

    Comments, docstrings and layout do not count.
    """
    digest = hashlib.sha256()
    here = root() / "helpers"
    for path in sorted(path for pattern in CODE for path in here.glob(pattern)):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                _drop_docstring(node)
        digest.update(f"{path.relative_to(here).as_posix()}\n{ast.dump(tree)}\n".encode())
    return digest.hexdigest()[:12]


def _drop_docstring(node) -> None:
    if ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:]


def data_hash(data) -> str:
    """Return twelve digits of the names, labels and splits of all pictures, folders above left out.

    Tells a run that the pictures it started with are no longer the same.
    """
    digest = hashlib.sha256(" ".join(data.classes).encode())
    columns = (data.table["path"], data.table["label"], data.table["split"])
    for path, label, split in zip(*columns, strict=True):
        digest.update(f"{Path(path).name} {label} {split}\n".encode())
    return digest.hexdigest()[:12]


def environment(data, mean: np.ndarray, sigma: np.ndarray, precision: str) -> dict:
    """Return what a reader needs to know about where and on what a run was trained."""
    import keras

    packages = ("tensorflow", "jax", "keras", "numpy", "pillow")
    found = {name: _version(name) for name in packages}
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "accelerators": accelerators(),
        "backend": keras.backend.backend(),
        "versions": {name: version for name, version in found.items() if version},
        "precision": precision,
        "code": code_hash(),
        "data": data_hash(data),
        "classes": list(data.classes),
        "titles": list(data.titles),
        "training_images": int((data.table["split"] == "train").sum()),
        "validation_images": int((data.table["split"] == "val").sum()),
        "mean_pixel": [round(float(value), 4) for value in mean],
        "colour_sigma": [round(float(value), 4) for value in sigma],
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def read_json(path: Path) -> dict:
    """Return a dictionary that ``write_json`` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path: Path, values: dict) -> None:
    """Write a dictionary, whole or not at all."""
    text = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
    write_atomic(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table, whole or not at all."""
    write_atomic(path, lambda temporary: table.to_csv(temporary, index=False))

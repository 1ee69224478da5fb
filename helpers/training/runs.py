"""The run folder: what lies in it, when it counts as finished, and whose run it is.

``recipe.json`` and ``environment.json`` are written first, ``history.csv`` after each epoch,
``model.keras``, ``export/`` and last ``predictions.csv`` at the end: a folder with predictions is
finished. It keeps its newest checkpoint, from which a training of more epochs goes on.
"""

import functools
import json
import os
import shutil
import sys
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.environment import described
from helpers.errors import UserError
from helpers.files import DRAWN, as_named, read_json, utf8, write_csv, write_json, writing_to
from helpers.training import checkpoint, progress
from helpers.training.crossed import Crossed, is_crossed
from helpers.training.identity import Identity, code_hash, data_hash, settings
from helpers.training.recipe import Recipe
from helpers.training.run_files import (
    ADDED,
    EXPORT,
    OWN_FILES,
    check_finished,
    check_network,
    is_finished,
    is_recorded,
    read_recipe,
)
from helpers.training.run_files import (
    described as description,
)

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from helpers.datasets import ImageFolder
    from helpers.datasets.decoding import Equal
    from helpers.evaluation.inputs import Named

__all__ = ["Identity", "Run", "code_hash", "data_hash"]


@dataclass(frozen=True)
class Run:
    """A finished run; what it holds is read from ``path`` when it is asked for.

    Examples
    --------
    >>> len(Run.load("runs/bicycles").history)
    1
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
        check_finished(path)
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
    def model(self) -> "keras.Model":
        """The trained network: pixels 0–255 at crop size (N, size, size, 3) to logits."""
        check_network(self.path)
        import keras

        from helpers import lrn, models  # noqa: F401  register the layers of the saved file

        try:
            saved = keras.saving.load_model(self.path / "model.keras", compile=False)
        except Exception:  # Keras turns whatever happens on the way into many kinds of errors
            saved = self._rebuilt()
        if isinstance(saved.output, list):  # so Keras 3.8 wrote it; newer versions give it back so
            saved = keras.Model(saved.inputs[0], saved.outputs[0], name=saved.name)
        return models.differentiable(saved)

    def _rebuilt(self):
        """Return the network made anew from the recipe, with the weights of the saved file.

        What another version of Keras writes about a layer may not be understood here; the weights
        are.
        """
        path = self.path / "model.keras"
        try:
            return _from_recipe(self.recipe, len(self.classes), path)
        except Exception as error:
            raise UserError(_unreadable(path, self.environment)) from error

    @functools.cached_property
    def history(self) -> pd.DataFrame:
        """One row per epoch: losses, accuracies, rate, seconds, images per second."""
        return pd.read_csv(self.path / "history.csv")

    @functools.cached_property
    def predictions(self) -> pd.DataFrame:
        """One row per judged picture, as ``evaluation.predict`` gives them, names as they are."""
        from helpers import evaluation

        path = self.path / "predictions.csv"
        if not path.exists():
            raise UserError(f"The run recorded in {self.path} keeps no predictions.")
        return _placed(evaluation.read_predictions(path), self.recipe)

    @functools.cached_property
    def data(self) -> "ImageFolder":
        """The pictures it was trained on, both splits."""
        return load_data(self.recipe)

    @property
    def equal(self) -> "Equal | None":
        """What each picture is brought to before the network sees it; None: it stays as it is."""
        from helpers.datasets.decoding import Equal

        stored = self.environment.get("equalised")
        return None if stored is None else Equal(**stored)

    def predict(self, paths: "Named") -> pd.DataFrame:
        """Return what it says of files, folders or a table's rows (``evaluation.answers.predict``).

        Examples
        --------
        >>> Run.load("runs/bicycles").predict("new.jpg").columns.tolist()
        ['path', 'prediction', 'probability', 'blue', 'red']
        """
        from helpers.evaluation import answers

        return answers.predict(self, paths)

    def explain(self, paths: "Named", methods: Sequence[str] = ("gradcam",)) -> "Figure":
        """Return a figure of pictures and their heat maps (``explain.maps.explain_figure``).

        Examples
        --------
        >>> len(Run.load("runs/bicycles").explain("new.jpg", ["gradcam", "layercam"]).axes)
        4
        """
        from helpers.explain import maps

        return maps.explain_figure(self, paths, methods)

    def pictures(self, rows: "Named") -> np.ndarray:
        """Return the crops that it sees of a table's rows: uint8 (N, side, side, 3).

        Drawn pictures are drawn where they are not there (90 s, once).

        Examples
        --------
        >>> run.pictures(run.predictions.head(2)).shape
        (2, 64, 64, 3)
        """
        from helpers.datasets.drawn import files as drawn
        from helpers.evaluation import answers

        if self.recipe.data in DRAWN:  # not load_data(), which looks at every file each time
            drawn.ensure(style=DRAWN[self.recipe.data])
        return answers.pictures(self, rows)

    @property
    def warnings(self) -> list[str]:
        """What was found in the pictures that may mislead, and what was left out: a line each."""
        examined = self.environment.get("examined", {})
        return [*examined.get("findings", ()), *self.environment.get("left_out", ())]

    @property
    def classes(self) -> tuple[str, ...]:
        """Folder names of the classes in the order of the logits."""
        return tuple(self.environment["classes"])


def _placed(table: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """Return the answers with the places here of pictures that are drawn, or lie in an archive."""
    from helpers.datasets import archives
    from helpers.datasets.drawn import files as drawn

    paths, inside = table["path"], f"{recipe.data}{os.sep}"
    if recipe.data in DRAWN and not Path(paths.iloc[0]).is_absolute():
        folder = drawn.place(style=DRAWN[recipe.data])
    elif archives.is_archive(recipe.data) and paths.str.startswith(inside).all():
        folder = archives.opened(recipe.data)
    else:
        return table
    return table.assign(path=[str(folder / path.removeprefix(inside)) for path in paths])


def _from_recipe(recipe: Recipe, classes: int, path: Path):
    """Build the network of a recipe and load into it what a saved file holds of weights."""
    import keras

    from helpers import models

    with zipfile.ZipFile(path) as file:
        saved = json.loads(description(file))["config"]["layers"]
    centre = next(layer["config"] for layer in saved if layer["config"]["name"] == "centre")
    scale, offset = centre["scale"], centre["offset"]
    layer = keras.layers.Rescaling(scale, offset, dtype="float32", name="centre")
    built = models.build(recipe.architecture, classes, preprocessing=(layer,))
    own = [type(one).__name__ for one in built.layers]
    # Weights are found by the classes of the layers, so these must be the saved ones.
    if [one["class_name"] for one in saved] != own:
        built = models.portable(built)
    built.load_weights(path)
    return built


def _unreadable(path: Path, environment: dict) -> str:
    """Say why a saved network cannot be had: another version of Keras, or a damaged file."""
    import keras

    there, here = environment.get("versions", {}).get("keras"), keras.__version__
    if there is not None and there != here and _is_whole(path):
        return (
            f"{path} was saved by Keras {there} and does not open in {here}; install "
            f"keras=={there}, or train anew."
        )
    return (
        f"{path} is damaged or no network of this package; put back a copy or train into a new "
        "folder."
    )


def _is_whole(path: Path) -> bool:
    """Whether a file is a zip whose members all have the contents that were put in."""
    try:
        with zipfile.ZipFile(path) as file:
            return file.testzip() is None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error):
        return False


def load_data(recipe: Recipe) -> "ImageFolder":
    """Return the ``ImageFolder`` that a recipe names."""
    from helpers import datasets
    from helpers.datasets import subsets
    from helpers.training import folds

    data = datasets.load(
        recipe.data,
        classes=recipe.classes,
        skip_unreadable=recipe.skip_unreadable,
        equalise=recipe.equalise,
    )
    if not recipe.steered:
        data = replace(data, chosen_on_validation=False)
    data = data if recipe.fold is None else folds.dealt(data, recipe.fold)
    return data if recipe.images is None else subsets.fewer(data, recipe.images, recipe.seed)


def check(folder: Path) -> None:
    """Make sure that a folder is one that a run may be in; writes nothing.

    Raises
    ------
    UserError
        When it holds something else.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; a run needs a folder.")
    if (folder / "fold-1" / "recipe.json").exists():
        raise UserError(
            f"{folder} holds the folds of a cross-validation; repeat its command, with --folds, or "
            "choose a new folder."
        )
    if _visible(folder) and not (folder / "recipe.json").exists():
        raise UserError(f"{folder} is not empty and holds no run; choose a new or an empty folder.")


def found(folder: Path, wanted: Identity) -> Run | None:
    """Return the finished run in a folder; None when there is none, or one to go on with.

    A run whose pictures have moved is told where they are now. Call it while the folder is locked.

    Raises
    ------
    UserError
        When the folder holds another run than the one that is wanted; the sentence says what
        differs.
    """
    if not (folder / "recipe.json").exists() or nothing_saved(folder):
        return None
    differing = differences(folder, wanted)
    if differing:
        there, remedy = read_recipe(folder).epochs, ""
        if is_finished(folder) and (wanted.recipe.epochs or 0) > (there or 0) and differing[1:]:
            differing = [said for said in differing if not said.startswith("epochs (")]
            remedy = " More epochs alone would go on from it."
        raise UserError(
            f"{folder} holds another run, which differs in {', '.join(differing)}; choose another "
            f"folder, or train anew with --restart.{remedy}"
        )
    if not is_finished(folder):
        return None
    _follow(folder, wanted)
    return Run.load(folder)


def differences(folder: Path, wanted: Identity) -> list[str]:
    """Return in words what makes the run in a folder another one than the one that is wanted."""
    there, here = settings(read_recipe(folder)), settings(wanted.recipe)
    said = [
        f"{name} ({_short(there[name])} there, {_short(here[name])} now)"
        for name in here
        if there[name] != here[name]
    ]
    environment = _environment_in(folder)
    if environment.get("data", wanted.pictures) != wanted.pictures:
        places = _places(folder, wanted)
        said.append(f"the pictures ({_changed(environment, wanted.data)}{places})")
    if "data" in environment and (started := _other_start(environment.get("start", {}), wanted)):
        said.append(started)
    if not is_recorded(folder) and environment.get("code", wanted.code) != wanted.code:
        said.append("the code of this package (it has changed since)")
    return said


def _other_start(there: dict, wanted: Identity) -> str:
    """Say what the weights of both runs come from, where that is not the same."""
    here = {} if wanted.start is None else wanted.start.described(wanted.data.classes)
    if there.get("weights") == here.get("weights"):
        return ""
    names = [one.get("from", "none") for one in (there, here)]
    changed = f"{names[0]}, whose weights have changed"
    return f"the start ({changed if names[0] == names[1] else '{} there, {} now'.format(*names)})"


def _places(folder: Path, wanted: Identity) -> str:
    """Say where the pictures of both runs lie, where that is in two places."""
    there, here = read_recipe(folder).data, wanted.recipe.data
    return "" if there == here else f"; it was made from {there}, this is {here}"


def _environment_in(folder: Path) -> dict:
    path = folder / "environment.json"
    try:
        return read_json(path) if path.exists() else {}
    except ValueError as error:
        raise UserError(
            f"{path} is damaged ({error}); choose another folder or delete this one."
        ) from error


def _changed(environment: dict, data) -> str:
    """Say what is known of how the pictures of a run differ from those of today."""
    if environment["classes"] != list(data.classes):
        return "other classes"
    there, here = ({k: v for k, v in one.items() if v} for one in (environment, _counts(data)))
    names = {"training_images": "training", "validation_images": "validation"}
    names["test_images"] = "test"
    changed = [
        f"{there.get(key, 0)} {name} pictures there, {here.get(key, 0)} now"
        for key, name in names.items()
        if there.get(key, 0) != here.get(key, 0)
    ]
    return ", ".join(changed) or "as many, but some have other names or contents"


def _follow(folder: Path, wanted: Identity) -> None:
    """Write down where the pictures of a finished run are now."""
    there = read_recipe(folder)
    if is_recorded(folder) or there.data == wanted.recipe.data:
        return
    try:
        _rename_predictions(folder / "predictions.csv", _judged(folder, wanted.data))
        write_json(folder / "recipe.json", replace(there, data=wanted.recipe.data).to_dict())
    except UserError as error:  # the run is what was asked for, wherever it says its pictures are
        print(f"The new place of the pictures could not be noted: {error}", file=sys.stderr)


def _judged(folder: Path, data):
    """Return the part of the pictures that the run's predictions are about."""
    on_test = _environment_in(folder).get("judged_on") == "test"
    return data.subset("test" if on_test and (data.table["split"] == "test").any() else "val")


def _rename_predictions(path: Path, judged) -> None:
    # As texts, so that all else stays letter for letter.
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding_errors="surrogateescape")
    paths = [utf8(as_named(path, absolute=True)) for path in judged.table["path"]]
    if [Path(utf8(one)).name for one in table["path"]] == [Path(one).name for one in paths]:
        write_csv(path, table.assign(path=paths))


def extended(folder: Path, asked: Recipe, wanted: Identity) -> Identity | None:
    """Return the run that goes on from the finished one in a folder, if more epochs are all it is.

    Parameters
    ----------
    folder
        That holds a run, or not.
    asked
        The recipe as it was given: what it leaves open is taken from the run in the folder.
    wanted
        The same with all its figures.

    Raises
    ------
    UserError
        When the run in the folder had come to its end early, or keeps no checkpoint.
    """
    if asked.epochs is None or not is_finished(folder) or is_recorded(folder):
        return None
    # Folds are there to be judged, and keep nothing to go on from. Where the rate follows from the
    # number of epochs, more of them are another run.
    if asked.fold is not None or asked.schedule in ("cosine", "step"):
        return None
    there = read_recipe(folder)
    if there.epochs is None or there.epochs >= asked.epochs:
        return None
    open_ones = [name for name in ("batch_size", "patience") if getattr(asked, name) is None]
    taken = {name: getattr(there, name) for name in open_ones}
    more = replace(wanted, recipe=replace(wanted.recipe, **taken))
    if differences(folder, replace(more, recipe=replace(more.recipe, epochs=there.epochs))):
        return None
    _check_extensible(folder, there)
    return more


def _check_extensible(folder: Path, recipe: Recipe) -> None:
    from helpers.training.schedule import Rule

    state = checkpoint.state(folder)
    if state is None:
        raise UserError(
            f"The run in {folder} keeps no checkpoint from which more epochs could go on; choose "
            "another folder, or train it anew with --restart."
        )
    if Rule.from_dict(state["rule"]).stop:
        raise UserError(
            f"The run in {folder} stopped early, after epoch {len(state['rows'])} of "
            f"{recipe.epochs}, so more epochs would not change it; choose another folder and a "
            "larger --early-stop, or none."
        )


def extension_folder(folder: Path, epochs: int) -> Path:
    """Return where the run lies that goes on from the one in ``folder``."""
    return folder.with_name(f"{folder.name}-epochs-{read_recipe(folder).epochs}-to-{epochs}")


def worked_in(folder: Path, epochs: int | None) -> Path:
    """Return where a command for a run works: where more epochs were begun, beside the run.

    Examples
    --------
    >>> worked_in(Path("a_folder_that_is_not_there"), 20).name
    'a_folder_that_is_not_there'
    """
    if epochs is None or not is_finished(folder):
        return folder
    longer = extension_folder(folder, epochs)
    return longer if longer.exists() else folder


def last_state(folder: Path) -> tuple[list[np.ndarray], dict] | None:
    """Return arrays and state of the newest checkpoint in a folder; None when there is none.

    That of a finished run is completed with the weights of its network.
    """
    found = checkpoint.load(folder)
    return (
        None if found is None else checkpoint.whole(found, lambda: Run(folder).model.get_weights())
    )


def continue_from(source: Path, folder: Path) -> None:
    """Put the checkpoint of a finished run into a prepared folder, and note whose it is."""
    if _environment_in(folder):
        return
    found = last_state(source)
    assert found is not None, "extended() has seen its checkpoint"
    arrays, state = found
    checkpoint.save(folder, len(state["rows"]), arrays, state)
    note = {"run": source.name, "epochs": read_recipe(source).epochs}
    write_json(folder / "environment.json", {"continued": note})


def carried(folder: Path) -> dict:
    """Return what was noted in a folder before its run began, as a part of its environment."""
    return {k: v for k, v in _environment_in(folder).items() if k in ("continued", "examined")}


def note(folder: Path, **values: object) -> None:
    """Write something down in the environment of a run."""
    write_json(folder / "environment.json", _environment_in(folder) | values)


def nothing_saved(folder: Path) -> bool:
    """Whether a run was begun in a folder that holds nothing to go on from."""
    begun = (folder / "recipe.json").exists() and not is_finished(folder)
    return begun and checkpoint.newest(folder) is None


def standing(folder: Path) -> str:
    """Return in a sentence what there is in the folder of a run that was stopped.

    Examples
    --------
    >>> standing(Path("a_folder_that_is_not_there"))
    'nothing was saved yet, so the same command begins anew.'
    """
    if is_finished(folder):
        return f"the run in {folder} is finished. Repeat the same command for its report."
    try:
        state = checkpoint.state(folder)
        epochs = None if state is None else read_recipe(folder).epochs
    except UserError as error:
        return str(error)
    return progress.standing(0 if state is None else len(state["rows"]), epochs or 0)


def prepare(folder: Path, recipe: Recipe, resume: bool) -> None:
    """Make the folder of a run ready to write to, after a ``check``; clear it if not to resume."""
    check(folder)
    with writing_to(folder):
        if not resume or nothing_saved(folder):
            remove(folder)
        remove_leavings(folder)
    write_json(folder / "recipe.json", recipe.to_dict())


def withdraw(folder: Path) -> None:
    """Take back ``prepare`` when nothing has been trained: no file of ours stays.

    The lock goes too, though it is held: whoever waits for it looks whether it still lies there
    (``locks.locked``).
    """
    if (folder / "history.csv").exists():
        return
    remove(folder)
    if all(path.name == ".lock" for path in folder.iterdir()):
        (folder / ".lock").unlink(missing_ok=True)
        folder.rmdir()


def _visible(folder: Path) -> bool:
    return folder.exists() and any(not p.name.startswith(".") for p in folder.iterdir())


def remove(folder: Path) -> None:
    """Delete the files of a run, and nothing else, from its folder."""
    for name in reversed(OWN_FILES):  # predictions first: half a run never looks finished
        (folder / name).unlink(missing_ok=True)
    for name in ADDED:
        (folder / name).unlink(missing_ok=True)
    for name in (EXPORT, "tensorboard"):  # a restart must not mix two logs
        shutil.rmtree(folder / name, ignore_errors=True)
    for path in folder.glob("checkpoint-*.npz"):
        path.unlink()


def remove_leavings(folder: Path) -> None:
    """Delete what killed processes left half-written (``write_atomic``'s temporary files)."""
    stems = [Path(name).stem for name in OWN_FILES] + ["checkpoint", EXPORT]
    for path in [path for stem in stems for path in folder.glob(f".{stem}-*")]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _short(value: object) -> str:
    return value["name"] if isinstance(value, dict) else repr(value)


def environment(
    data: "ImageFolder", mean: np.ndarray, sigma: np.ndarray, precision: str, pictures: str
) -> dict:
    """Return what a reader needs to know about where and on what a run was trained.

    ``pictures`` is the hash of ``data``.
    """
    return {
        **described(),
        "precision": precision,
        "code": code_hash(),
        "data": pictures,
        "classes": list(data.classes),
        "titles": list(data.titles),
        **_counts(data),
        "left_out": data.left_out(),
        **({} if data.equal is None else {"equalised": asdict(data.equal)}),
        "mean_pixel": [round(float(value), 4) for value in mean],
        "colour_sigma": [round(float(value), 4) for value in sigma],
    }


def _counts(data: "ImageFolder") -> dict[str, int]:
    """Return how many pictures each part has; the test part only where there is one."""
    sizes = {name: int((data.table["split"] == name).sum()) for name in ("train", "val", "test")}
    counts = {"training_images": sizes["train"], "validation_images": sizes["val"]}
    return counts | ({"test_images": sizes["test"]} if sizes["test"] else {})


def load(path: str | Path) -> Run | Crossed:
    """Return the finished run in a folder, or the runs of all folds.

    Raises
    ------
    UserError
        When there is neither, or a fold has not come to its end.
    """
    path = Path(path)
    if not is_crossed(path):
        return Run.load(path)
    fold = read_recipe(path / "fold-1").fold
    assert fold is not None, "is_crossed() has seen it"
    count = fold[1]
    folders = [path / f"fold-{number}" for number in range(1, count + 1)]
    for folder in folders:
        if not (folder / "recipe.json").exists():
            raise UserError(
                f"{path} lacks {folder.name} of {count} folds; repeat the command that trained it "
                "to resume, or name one fold."
            )
    runs = [Run.load(folder) for folder in folders]
    for run in runs:
        if run.classes != runs[0].classes:
            raise UserError(
                f"{run.path} has other classes than {runs[0].path}: these are not the folds of one "
                "training; name one of them."
            )
    return Crossed(path, tuple(runs))

"""The files of a run folder: their names, the recipe, and when a run is finished.

Light, so that a folder can be looked at without Keras.
"""

import json
import zipfile
from pathlib import Path

from helpers.errors import UserError
from helpers.files import root
from helpers.training.recipe import Recipe

OWN_FILES = ("recipe.json", "environment.json", "history.csv", "model.keras", "predictions.csv")
#: What the command line adds to a finished run (``evaluation.card``).
ADDED = ("curves.png", "confusion.png", "model_card.md")
#: What a run recorded in ``results/`` has at least: it comes without the network.
RECORDED = ("recipe.json", "environment.json", "history.csv")
EXPORT = "export"  # the network as a SavedModel, which TensorFlow alone opens
DESCRIPTION = 1 << 24  # bytes at most that describe a network: those of the book take 20,000


def described(archive: zipfile.ZipFile) -> bytes:
    """Return the JSON by which a ``.keras`` file describes its network.

    Raises
    ------
    ValueError
        When it unpacks to more than any network needs.
    """
    with archive.open("config.json") as file:
        text = file.read(DESCRIPTION + 1)
    if len(text) > DESCRIPTION:
        raise ValueError(f"config.json has more than {DESCRIPTION:,} bytes")
    return text


def read_recipe(folder: Path) -> Recipe:
    """Return the recipe in a run folder; UserError when the file is damaged."""
    try:
        values = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
        return Recipe.from_dict(values)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError(
            f"{folder / 'recipe.json'} is not a recipe of this version of the book ({error}); "
            "choose another folder or delete this one."
        ) from error


def is_finished(folder: Path) -> bool:
    """Whether all files of a finished run are there."""
    needed = RECORDED if is_recorded(folder) else OWN_FILES
    return all((folder / name).exists() for name in needed)


def is_recorded(folder: Path) -> bool:
    """Whether a run belongs to the book's records: it is read as it is, and never out of date."""
    return (root() / "results") in Path(folder).resolve().parents


def check_finished(path: Path) -> None:
    """Make sure that a folder holds a run that has come to its end.

    Raises
    ------
    UserError
        When it does not.
    """
    if not (path / "recipe.json").exists():
        fold = path / "fold-1"
        if (fold / "recipe.json").exists():
            raise UserError(f"{path} holds several folds; name one of them, like {fold}.")
        raise UserError(f"{path} holds no run (no recipe.json); name the folder of a training.")
    if not is_finished(path):
        raise UserError(
            f"The run in {path} is not finished; repeat the command that trained it to resume."
        )


def check_network(path: Path) -> None:
    """Make sure that a finished run has its network with it; those in ``results/`` come without.

    Raises
    ------
    UserError
        When it has not.
    """
    if not (path / "model.keras").exists():
        raise UserError(
            f"{path / 'model.keras'} is not there: this run comes without its network, so only its "
            "recipe, history and predictions can be read; name one that has it."
        )

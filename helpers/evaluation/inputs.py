"""Which picture files are meant: by files, folders, archives, patterns, or rows of a table."""

import functools
import glob
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from helpers.datasets import archives, tree
from helpers.errors import UserError
from helpers.files import as_stored, refuse_address
from helpers.training.crossed import is_crossed


@dataclass
class Pictures:
    """Picture files, and what lay beside them and is none."""

    files: list[Path] = field(default_factory=list)
    hidden: int = 0
    others: Counter = field(default_factory=Counter)  # ending → files that are no pictures
    runs: int = 0

    def __str__(self) -> str:
        parts = [
            f"{count} {name}"
            for count, name in (
                (self.hidden, "hidden or of the system"),
                (self.runs, f"training run{'s' if self.runs > 1 else ''}"),
            )
            if count
        ]
        if self.others:
            parts.insert(0, tree.other_files(self.others))
        return f"left out in the folders: {', '.join(parts)}" if parts else ""


#: A file or folder, several of them, or rows of a table with the column ``path``.
Named: TypeAlias = str | Path | Iterable[str | Path] | pd.DataFrame


def listed(paths: Named) -> list[str | Path]:
    """Return the files and folders that are named, one by one.

    Raises
    ------
    UserError
        When something else is given: pixels, say.

    Examples
    --------
    >>> listed("bike.jpg"), listed(pd.DataFrame({"path": ["a.jpg"], "label": [1]}))
    (['bike.jpg'], ['a.jpg'])
    """
    if isinstance(paths, pd.DataFrame) or (isinstance(paths, pd.Series) and "path" in paths):
        if "path" not in paths:
            raise UserError(
                f"A table of pictures needs the column path, got {', '.join(map(str, paths))}."
            )
        paths = paths["path"]
    named: list[str | Path] = [paths] if isinstance(paths, str | Path) else list(paths)
    for path in named:
        if not isinstance(path, str | Path):
            raise UserError(
                f"Pictures are named by their files or folders, got {type(path).__name__}; "
                "evaluation.probabilities(run.model, images) takes pixels."
            )
    return named


def find(paths: Named) -> Pictures:
    """Return the pictures that files, folders and archives name, folders with all in them.

    A file is taken whatever its name. In a folder hidden and system files, training runs and what
    is no picture by its ending are left out and counted. A zip or tar is unpacked once and is a
    folder then. Where a shell leaves ``*.jpg`` as it is, it is looked up here. The order is that
    of ``paths``, then by name.

    Raises
    ------
    UserError
        When there is no picture at all, or something is named that can hold none.

    Examples
    --------
    >>> [path.name for path in find(["a.jpg", "b"]).files]
    ['a.jpg', '1.jpg']
    """
    words = listed(paths)
    found, opened = Pictures(), functools.cache(archives.opened)  # which reads all of an archive
    for path in (one for word in words for one in _meant(str(word), opened)):
        if archives.is_archive(path):
            _add_folder(opened(path), found)
        elif os.path.isdir(path):
            _add_folder(path, found)
        else:
            found.files.append(path)
    if not found.files:
        for folder in (Path(word) for word in words if os.path.isdir(word)):
            archives.refuse_alone(folder)
        named = ", ".join(map(str, words[:3]))
        said = f" ({found})" if str(found) else ""
        what = f"{named}: there is no picture in it{said}; name" if words else "Name"
        raise UserError(f"{what} pictures or a folder of pictures.")
    return found


def _meant(word: str, opened: Callable[[Path], Path]) -> list[Path]:
    """Return the files or folders that a word names, which may have wildcards in it."""
    refuse_address(word)
    path = Path(as_stored(word)).expanduser()
    for parent in path.parents:  # as tables of predict name what lies in an archive
        if archives.is_archive(parent):
            return [opened(parent) / path.relative_to(parent)]
    matching = [] if os.path.lexists(path) else sorted(glob.glob(str(path)))
    return [Path(one) for one in matching] or [path]


def _add_folder(folder: Path, found: Pictures) -> None:
    top = tree.scan(folder)
    if top.run or is_crossed(folder):
        raise UserError(f"{folder} is the folder of a training run, not of pictures to look at.")
    for node in top.below():
        found.files += node.pictures
        found.hidden += len(node.system)
        found.others += node.others
        found.runs += sum(sub.run for sub in node.folders)

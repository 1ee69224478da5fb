"""The table of pictures, and the plainest source: a folder with one sub-folder per class."""

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.datasets.batches import WORKERS
from helpers.datasets.decoding import SIDE, decode, verify
from helpers.errors import UserError

#: Endings that count as pictures, in lower case. Pillow alone cannot read HEIC, which phones write;
#: it is in the list so that such a file is reported instead of silently left out.
ENDINGS = frozenset(".jpg .jpeg .jfif .png .gif .bmp .webp .tif .tiff .avif .heic .heif".split())
TITLES = {"n03792782": "mountain bike", "n03095699": "container ship"}
HELD_OUT = 5  # one picture in five is for validation where the folder has no val/
#: Up to this many files are looked at before anything starts, so that a broken one is reported at
#: once; ImageNet's 1.2 million are checked as they come.
CHECKED_FIRST = 100_000
NAMED = 5  # broken files that an error names
SIDES = {"train": "training", "val": "validation"}

Row = tuple[str, int, str]  # path, label, split


@dataclass(frozen=True)
class ImageFolder:
    """A table of pictures: path, label and split, with the names of the classes.

    ``table`` has the columns path (str), label (int, an index into ``classes``) and split
    ("train" or "val"); ``titles`` are the classes in words; ``skipped`` lists unreadable files that
    were left out.

    Examples
    --------
    >>> table = pd.DataFrame({"path": ["a.jpg"], "label": [0], "split": ["val"]})
    >>> len(ImageFolder("photos", ("bike",), ("bike",), table).subset("train"))
    0
    """

    source: str
    classes: tuple[str, ...]
    titles: tuple[str, ...]
    table: pd.DataFrame
    skipped: tuple[str, ...] = ()

    def subset(self, split: str) -> "ImageFolder":
        """Return the pictures of one split, renumbered from 0."""
        if split not in SIDES:
            raise UserError(f"split must be 'train' or 'val', got {split!r}.")
        rows = self.table[self.table["split"] == split].reset_index(drop=True)
        return replace(self, table=rows)

    def __len__(self) -> int:
        return len(self.table)


def load_images(data: ImageFolder, size: int = SIDE) -> np.ndarray:
    """Decode all pictures of ``data``: uint8 (N, size, size, 3).

    Examples
    --------
    >>> load_images(load("embedded", "val")).shape  # doctest: +SKIP
    (100, 256, 256, 3)
    """
    with ThreadPoolExecutor(WORKERS) as pool:
        pictures = list(pool.map(lambda path: decode(path, size), data.table["path"]))
    return np.stack(pictures) if pictures else np.zeros((0, size, size, 3), np.uint8)


def read_folder(
    folder: Path, source: str, classes: Sequence[str] | None, skip_unreadable: bool
) -> ImageFolder:
    """Return the pictures of ``folder``: classes directly inside, or in ``train/`` and ``val/``.

    Raises
    ------
    UserError
        Missing or empty folder, fewer than two classes, a class without pictures, unreadable
        files (listed by name, unless ``skip_unreadable``).
    """
    roots = split_roots(folder)
    names = _class_names(folder, roots, classes)
    rows = [
        (str(path), label, part)
        for part, root in roots.items()
        for label, name in enumerate(names)
        for path in pictures_in(root / name)
    ]
    if "all" in roots:
        rows = _split_by_hash(rows)
    titles = tuple(TITLES.get(name, name) for name in names)
    return finish(source, names, titles, rows, skip_unreadable)


def split_roots(folder: Path) -> dict[str, Path]:
    """Return where the classes lie: under "train" and "val", or under "all" for one folder."""
    if not folder.exists():
        raise UserError(f"{folder}: there is no such folder; give a folder with one per class.")
    if not folder.is_dir():
        raise UserError(f"{folder} is a file; give a folder with one sub-folder per class.")
    train, val = folder / "train", folder / "val"
    if train.is_dir() and val.is_dir():
        return {"train": train, "val": val}
    return {"all": train if train.is_dir() else folder}


def _class_names(
    folder: Path, roots: dict[str, Path], classes: Sequence[str] | str | None
) -> tuple[str, ...]:
    found = sorted({name for root in roots.values() for name in _folders_in(root)})
    wanted = sorted({classes} if isinstance(classes, str) else set(classes or ()))
    wanted = found if wants_all(classes) else wanted
    for name in wanted:
        for root in roots.values():
            if not (root / name).is_dir():
                known = ", ".join(_folders_in(root)[:10]) or "none"
                raise UserError(f"{root} has no folder for the class {name!r}; it has {known}.")
    if len(wanted) < 2:
        raise UserError(
            f"{folder}: found {len(wanted)} class folder(s), at least two are needed: "
            "put the pictures of each class into a sub-folder of its own."
        )
    return tuple(wanted)


def _folders_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")


def wants_all(classes: Sequence[str] | str | None) -> bool:
    """Whether ``classes`` means every class there is: None, ``"all"`` or ``("all",)``."""
    return classes is None or classes == "all" or tuple(classes) == ("all",)


def pictures_in(folder: Path) -> list[Path]:
    """Return the picture files directly in ``folder``, sorted by name, hidden ones left out."""
    return [
        Path(entry.path)
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name)
        if Path(entry.name).suffix.lower() in ENDINGS and entry.name[0] != "."
    ]


def name_hash(path: str | Path) -> int:
    """Return a number that depends on the file's name alone, the same on every machine.

    Examples
    --------
    >>> name_hash("a/x.jpg") == name_hash("b/x.jpg")
    True
    """
    digest = hashlib.sha256(Path(path).name.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big")


def _split_by_hash(rows: list[Row]) -> list[Row]:
    """Hold out a fifth by name, so that adding a file never moves another one.

    Only in a class so small that chance leaves one side empty, that side gets one picture, which
    may go back when more are added.
    """
    split = {path: "val" if name_hash(path) % HELD_OUT == 0 else "train" for path, _, _ in rows}
    members: dict[int, list[str]] = {}
    for path, label, _ in rows:
        members.setdefault(label, []).append(path)
    for paths in members.values():
        paths.sort(key=name_hash)
        for side, chosen in (("val", paths[0]), ("train", paths[-1])):
            if len(paths) > 1 and all(split[path] != side for path in paths):
                split[chosen] = side
    return [(path, label, split[path]) for path, label, _ in rows]


def finish(
    source: str,
    names: Sequence[str],
    titles: Sequence[str],
    rows: list[Row],
    skip_unreadable: bool,
) -> ImageFolder:
    """Check the files, and that every class has some, and make the table.

    With ``skip_unreadable`` every file is decoded once, since training must not stumble over one
    later; without it the check is quick (``decoding.verify``), and damage in the middle of a file
    is an error when its turn comes.
    """
    skipped = _unreadable([path for path, _, _ in rows], decode if skip_unreadable else verify)
    if skipped and not skip_unreadable:
        raise UserError(_complaint(list(skipped.values())))
    rows = [row for row in rows if row[0] not in skipped]
    present = {(label, side) for _, label, side in rows}
    for label, name in enumerate(names):
        for side, purpose in SIDES.items():
            if (label, side) not in present:
                raise UserError(
                    f"{source}: the class {name!r} has no readable picture for {purpose}; add some."
                )
    table = pd.DataFrame(rows, columns=["path", "label", "split"])
    return ImageFolder(source, tuple(names), tuple(titles), table, tuple(skipped))


def _unreadable(paths: list[str], look: Callable[[str], object]) -> dict[str, str]:
    """Return the files that ``look`` refuses, with its sentence about each."""
    if look is verify and len(paths) > CHECKED_FIRST:
        return {}

    def reason(path: str) -> str | None:
        try:
            look(path)
        except UserError as error:
            return str(error)
        return None

    with ThreadPoolExecutor(WORKERS) as pool:
        reasons = zip(paths, pool.map(reason, paths), strict=True)
        return {path: said for path, said in reasons if said}


def _complaint(reasons: list[str]) -> str:
    listed = "; ".join(reason.removesuffix(".") for reason in reasons[:NAMED])
    more = f"; and {len(reasons) - NAMED} more" if len(reasons) > NAMED else ""
    remedy = "mend or remove, or leave out with --skip-unreadable (skip_unreadable=True)"
    return f"{len(reasons)} file(s) to {remedy}: {listed}{more}."

"""The table of pictures, and the plainest source: a folder with one sub-folder per class.

How it is read: the classes are the folders right inside, or right inside ``train/``, ``val/`` and
``test/`` (however these are written, and in any case of letters); a folder called ``train`` that
holds pictures itself is a class. Pictures in sub-folders of a class belong to it. What is left out
is said in ``notes``.
"""

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from helpers.datasets import archives, contents, flat, oddities, series, splits, tree
from helpers.datasets.batches import WORKERS
from helpers.datasets.decoding import SIDE, Equal, check, decode, fitted
from helpers.datasets.waiting import Waiting
from helpers.errors import UserError
from helpers.files import refused_by_windows, shown

TITLES = {"n03792782": "mountain bike", "n03095699": "container ship"}
#: Up to this many files are decoded before anything starts, so that a broken one is reported at
#: once; of more, header and end are looked at, and training leaves out what fails later.
DECODED_FIRST = 20_000
FEW_PICTURES = 100  # below it, cross-validation is advised, where each class has one for each fold
FOLDS_ADVISED = 5
LISTED = 20  # classes that are described one by one
NAMED = 5  # broken files that an error names
#: A year, a month of it, or a day, as cameras and telephones call their folders.
DATE = re.compile(r"(19|20)\d\d([-_. ]?(0[1-9]|1[0-2])([-_. ]?(0[1-9]|[12]\d|3[01]))?)?", re.ASCII)
SIDES = {"train": "training", "val": "validation", "test": "test"}
FIFTH = Fraction(1, 5)

#: Path, label, part ("all": to be cut), and what decides its place in the cut: class and name.
Row = tuple[str, int, str, str]


@dataclass(frozen=True)
class ImageFolder:
    """A table of pictures: path, label and split, with the names of the classes.

    ``table`` has the columns path (str), label (int, an index into ``classes``) and split
    ("train", "val" or "test"); ``titles`` are the classes in words; ``skipped`` lists unreadable
    files that were left out; ``notes`` say what else was, and why; ``location`` is the folder,
    absolute, or "". ``chosen_on_validation``: there is no test part, so that the pictures which
    choose the weights also judge them. ``equal``: what pictures are brought to as they are decoded.
    ``uncut``: read for judging only and without parts; all pictures are called "test" then.
    ``reasons``: why each of ``skipped`` cannot be read, as the error says it. ``made``: the parts
    that lay there in folders of their own, before any were cut. ``held``: pictures that are no
    files but lie in memory, by their path in the table. ``of_parts``: those of ``notes`` that hold
    for this cut into parts alone.

    Examples
    --------
    >>> table = pd.DataFrame({"path": ["a.jpg"], "label": [0], "split": ["val"]})
    >>> data = ImageFolder("photos", ("bike",), ("bike",), table)
    >>> len(data.subset("train")), data.chosen_on_validation
    (0, True)
    """

    source: str
    classes: tuple[str, ...]
    titles: tuple[str, ...]
    table: pd.DataFrame
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    location: str = ""
    chosen_on_validation: bool | None = None
    equal: Equal | None = None
    uncut: bool = False
    reasons: Mapping[str, str] = field(default_factory=dict)
    made: tuple[str, ...] = ()
    held: Mapping[str, np.ndarray] = field(default_factory=dict, compare=False, repr=False)
    of_parts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("notes", "of_parts"):
            object.__setattr__(self, name, tuple(map(shown, getattr(self, name))))
        if self.chosen_on_validation is None:
            no_test = not (self.table["split"] == "test").any()
            object.__setattr__(self, "chosen_on_validation", no_test)

    def subset(self, split: str) -> "ImageFolder":
        """Return the pictures of one split, renumbered from 0; of "test" there may be none."""
        if split not in SIDES:
            raise UserError(f"split must be 'train', 'val' or 'test', got {split!r}.")
        rows = self.table[self.table["split"] == split].reset_index(drop=True)
        return replace(self, table=rows)

    def decode(self, path: str, size: int = SIDE, channels: int = 3) -> np.ndarray:
        """Return one of its pictures as ``decoding.decode`` does, wherever it lies.

        Examples
        --------
        >>> table = pd.DataFrame({"path": ["a"], "label": [0], "split": ["val"]})
        >>> held = {"a": np.zeros((28, 28), "uint8")}
        >>> ImageFolder("digits", ("0",), ("0",), table, held=held).decode("a", 28, 1).shape
        (28, 28, 1)
        """
        if path in self.held:
            return fitted(Image.fromarray(self.held[path]), size, channels)
        return decode(path, size, self.equal, channels)

    def digests(self) -> list[str]:
        """Return a digest of the contents of each of its pictures, wherever it lies."""
        paths = self.table["path"].tolist()
        if not self.held:
            return contents.digests(paths)
        return [hashlib.sha256(self.held[path].tobytes()).hexdigest()[:32] for path in paths]

    def counts(self) -> pd.DataFrame:
        """Return how many pictures each class has: a row a title, a column a part that occurs.

        Examples
        --------
        >>> table = pd.DataFrame({"path": ["a", "b"], "label": [0, 0], "split": ["val", "train"]})
        >>> ImageFolder("photos", ("bike",), ("bike",), table).counts().loc["bike"].to_dict()
        {'training': 1, 'validation': 1}
        """
        labels, parts = self.table["label"], self.table["split"]
        counts = pd.DataFrame(index=pd.Index(self.titles))
        for part, purpose in SIDES.items():
            if (parts == part).any():
                found = np.bincount(labels[parts == part], minlength=len(self.titles))
                counts[purpose] = found
        return counts

    def left_out(self) -> list[str]:
        """Return ``notes``, and which files could not be read and why: a line a reason."""
        found = _by_reason({path: self.reasons.get(path, path) for path in self.skipped})
        lines = [
            f"{f'{len(paths):,} files ' if len(paths) > 1 else ''}left out, unreadable: "
            f"{_names(paths, LISTED)}{reason}"
            for reason, paths in found.items()
        ]
        return [*self.notes, *map(shown, lines)]

    def __len__(self) -> int:
        return len(self.table)


def describe(data: ImageFolder, *, advise: bool = True) -> str:
    """Return what a user must know of the pictures: how many, in which parts, what was left out.

    ``advise``: folds, where the pictures are few.

    Examples
    --------
    >>> split = ["val", "train", "train", "train", "train"]
    >>> table = pd.DataFrame({"path": list("abcde"), "label": [0] * 5, "split": split})
    >>> print(describe(ImageFolder("photos", ("bike",), ("bike",), table)))
    photos: 5 pictures, 1 class
      bike: 4 training, 1 validation
      no test part: the validation pictures choose the weights and judge them (chosen on these)
      (bike has 5 pictures; from 10 in each class on, a folder without splits gets a test part)
      fewer than 100 pictures: train --folds 5 lets each of them judge once
    """
    counts = data.counts()
    what = f"{len(data)} pictures, {len(data.classes)} class"
    lines = [f"{data.source}: {what}{'es' if len(data.classes) > 1 else ''}"]
    named = list(zip(data.classes, data.titles, strict=True))
    for i, (name, title) in enumerate(named[:LISTED]):
        known = "" if title == name else f" ({shown(title)})"
        parts = [f"{counts[part].iloc[i]} {part}" for part in counts]
        lines.append(f"  {shown(name)}{known}: {', '.join(parts)}")
    if len(named) > LISTED:
        parts = [f"{counts[part].sum()} {part}" for part in counts]
        lines.append(f"  and {len(named) - LISTED} more; in all {', '.join(parts)}")
    if data.chosen_on_validation:
        lines.append(
            "  no test part: the validation pictures choose the weights and judge them (chosen on "
            "these)"
        )
        lines += _too_small(data)
    lines += _without_a_judge(data)
    # A test part made by hand is kept from learning, which folds would not do.
    few = len(data) < FEW_PICTURES and "test" not in data.made
    if advise and few and data.table["label"].value_counts().min() >= FOLDS_ADVISED:
        lines.append(
            f"  fewer than {FEW_PICTURES} pictures: train --folds {FOLDS_ADVISED} lets each of "
            "them judge once"
        )
    return "\n".join([*lines, *(f"  {line}" for line in data.left_out())])


def _without_a_judge(data: ImageFolder) -> list[str]:
    """Say which classes have no picture in the part that judges, in a split made by hand."""
    counts = data.counts()
    if SIDES["test"] not in counts:
        return []
    empty = np.flatnonzero(counts[SIDES["test"]] == 0)
    names = some([data.titles[i] for i in empty])
    return [f"  no test picture of {names}: nothing will be known of it"] if len(empty) else []


def _too_small(data: ImageFolder) -> list[str]:
    """Say which class has too few pictures for a test part, if one has."""
    sizes = data.table["label"].value_counts()
    if sizes.empty or sizes.min() >= splits.FEW:
        return []
    title = shown(data.titles[int(sizes.idxmin())])
    return [
        f"  ({title} has {sizes.min()} pictures; from {splits.FEW} in each class on, a folder "
        "without splits gets a test part)"
    ]


def load_images(data: ImageFolder, size: int = SIDE) -> np.ndarray:
    """Decode all pictures of ``data``: uint8 (N, size, size, 3).

    For few pictures: 256×256 take 0.2 MB each. ``Batches`` goes through many.

    Examples
    --------
    >>> from helpers import datasets
    >>> load_images(datasets.load("photos", "val")).shape
    (6, 256, 256, 3)
    """
    images = np.empty((len(data), size, size, 3), np.uint8)
    with ThreadPoolExecutor(WORKERS) as pool:
        decoded = pool.map(lambda path: data.decode(path, size), data.table["path"])
        for i, picture in enumerate(decoded):
            images[i] = picture
    return images


# ---------------------------------------------------------------------------------------------
# Reading a folder
# ---------------------------------------------------------------------------------------------


def read_folder(
    folder: Path, source: str, classes: Sequence[str] | str | None, skip_unreadable: bool
) -> ImageFolder:
    """Return the pictures of ``folder``: classes directly inside, or in ``train/`` and ``val/``.

    Raises
    ------
    UserError
        Missing or empty folder, fewer than two classes, a class without pictures, unreadable
        files (listed by name, unless ``skip_unreadable``).
    """
    folder = absolute(folder)
    root = tree.scan(folder)
    if not root.has_pictures():
        archives.refuse_alone(folder)
    parts, notes = tree.understand(root)
    _refuse_flat(root, parts)
    if "all" not in parts and "train" not in parts:
        raise UserError(
            f"{folder} has {'/ and '.join(parts)}/ but no train/ to learn from; add it."
        )
    if set(parts) == {"train"}:
        parts = {"all": parts["train"]}
    names = _class_names(folder, parts, classes, len(root.pictures))
    rows, more = _rows(parts, names, folder)
    titles = tuple(TITLES.get(name, name) for name in names)
    of_names = (_called_like_parts, _look_alike, _dates)
    notes = [*notes, *more, *(note for look in of_names for note in look(names))]
    notes += _for_windows(parts, names)
    return finish(source, names, titles, rows, skip_unreadable, folder, notes)


def _refuse_flat(root: tree.Node, parts: tree.Parts) -> None:
    """Refuse pictures of all classes in one folder, the class in their names.

    A folder beside it that is called like a part, as ``test1/``, makes no second class then.
    """
    nodes = [node for classes in parts.values() for found in classes.values() for node in found]
    filled = [node for node in nodes if node.has_pictures()]
    if len(filled) > 1 and not all(tree.part_of(node.name) for node in filled):
        return
    for node in [root, *filled] if len(filled) < 2 else filled:
        if said := flat.advice(node.path, node.pictures):
            raise UserError(said)


def _refuse_too_deep(root: tree.Node, names: Sequence[str]) -> None:
    """Refuse a folder that holds pictures itself, where one with a folder a class is wanted."""
    if not root.pictures or root.filled():
        return
    count = len(root.pictures)
    said = (
        f"{root.path} holds {count} picture{'s' if count > 1 else ''} itself and no class folders"
    )
    if root.name in map(tree.readable, names):
        raise UserError(f"{said}; name the folder above, {root.path.parent}.")
    raise UserError(
        f"{said}; put them into a folder called like their class ({some(names)}), or ask predict, "
        "which needs no classes."
    )


def _called_like_parts(names: Sequence[str]) -> list[str]:
    """Return a note where every class is called like a part of the pictures."""
    if not all(map(tree.part_of, names)):
        return []
    return [
        f"{some(names)} hold pictures themselves, so they are read as classes; if they are parts, "
        "put a folder for each class into each of them"
    ]


def _look_alike(names: Sequence[str]) -> list[str]:
    """Return notes on classes whose names differ in capital letters alone."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(name.casefold(), []).append(name)
    return [
        f"{' and '.join(same)} differ in capital letters alone: {len(same)} classes here, one "
        "folder on Windows and macOS; merge them if they are one"
        for same in alike.values()
        if len(same) > 1
    ]


def _dates(names: Sequence[str]) -> list[str]:
    """Return a note on classes that are called like years, months or days."""
    dates = [name for name in names if DATE.fullmatch(name)]
    if len(dates) < 2:
        return []
    return [
        f"{some(dates)} look like dates: as classes they teach when a picture was taken; if they "
        "are a camera's folders, sort the pictures into one folder for each thing they show"
    ]


def _for_windows(parts: tree.Parts, names: Sequence[str]) -> list[str]:
    """Return a note on classes whose folders' names, as they are on disk, Windows refuses."""
    nodes = [node for name in names for there in parts.values() for node in there.get(name, [])]
    found = dict.fromkeys((node.name, refused_by_windows(node.path.name)) for node in nodes)
    told = [f"{name} {why}" for name, why in found if why]
    if not told:
        return []
    return [
        f"Windows takes no folder of such a name: {some(told)}; rename it to share the pictures"
    ]


def read_judged(
    folder: Path,
    source: str,
    classes: Sequence[str] | None,
    skip_unreadable: bool,
    only: bool = False,
) -> ImageFolder:
    """Return all pictures of ``folder`` for judging a network that knows ``classes``.

    Nothing is split: pictures are of the part that hand-made folders say, else "test". Classes of
    the network that the folder lacks have no pictures. ``only``: other classes are left out.

    Raises
    ------
    UserError
        Missing folder, none of the classes in it, pictures of a class that is none of them,
        unreadable files (unless ``skip_unreadable``).
    """
    folder = absolute(folder)
    root = tree.scan(folder)
    if not root.has_pictures():
        archives.refuse_alone(folder)
    parts, notes = tree.understand(root, tuple(map(tree.readable, classes or ())))
    found = _found(parts)
    names = tuple(found) if classes is None else tuple(classes)
    there = [name for name in names if tree.readable(name) in found]
    if not there:
        _refuse_too_deep(root, names)
        raise UserError(
            f"{folder} has no pictures of {_asked(names)}, one folder a class; it has "
            f"{some(found)}: name the folders as the network names its classes."
        )
    uncut = "all" in parts
    parts = {"test" if part == "all" else part: inside for part, inside in parts.items()}
    rows, more = _rows(parts, names, folder)
    unknown = [name for name in found if name not in map(tree.readable, names)]
    if unknown and not only:
        raise UserError(
            f"{folder} has pictures of {some(unknown)}, which the network does not know; it knows "
            f"{_asked(names)}: take them away or name their folder as the network does (a network "
            "that was trained with --classes leaves others out by itself)."
        )
    if unknown:
        notes.append(f"left out, not among the network's classes (--classes): {some(unknown)}")
    titles = tuple(TITLES.get(name, name) for name in names)
    notes = [*notes, *more]
    data = finish(source, names, titles, rows, skip_unreadable, folder, notes, steering=None)
    return replace(data, uncut=uncut)


def absolute(folder: Path) -> Path:
    """Return a folder's absolute path, links as they are."""
    return Path(os.path.abspath(folder.expanduser()))


def _found(parts: tree.Parts) -> list[str]:
    """Return the names of the folders that hold pictures in some part."""
    return sorted(
        {
            name
            for classes in parts.values()
            for name, nodes in classes.items()
            if any(node.has_pictures() for node in nodes)
        }
    )


def _class_names(
    folder: Path, parts: tree.Parts, classes: Sequence[str] | str | None, loose: int = 0
) -> tuple[str, ...]:
    found = _found(parts)
    asked = {classes} if isinstance(classes, str) else set(classes or ())
    wanted = found if wants_all(classes) else sorted(map(tree.readable, asked))
    for name in wanted:
        for part, there in parts.items():
            if name not in there and part != "test":
                raise UserError(_missing(folder, parts, part, name))
    if len(wanted) < 2 and not wants_all(classes):
        raise UserError(f"{some(wanted)} is one class; name two or more, or none for all of them.")
    if len(wanted) < 2:
        only = f" ({some(wanted)})" if wanted else ""
        inside = tree.in_their_place(parts)
        beside = f"; beside them the folders hold {inside}" if inside else ""
        if loose:
            beside += f"; {loose:,} picture{'s lie' if loose > 1 else ' lies'} in no class folder"
        raise UserError(
            f"{folder}: found {len(wanted)} class folder(s) with pictures{only}, at least two are "
            f"needed: put the pictures of each class into a sub-folder of its own{_deeper(parts)}"
            f"{beside}."
        )
    return tuple(wanted)


def _deeper(parts: tree.Parts) -> str:
    """Name the folder that may have been meant, where folders lie in the only one found."""
    nodes = [node for classes in parts.values() for found in classes.values() for node in found]
    only = None
    while len(nodes) == 1:
        (only,) = nodes
        nodes = only.filled()
    return f" (or name {only.path}, which has {len(nodes)} folders)" if only and nodes else ""


def _missing(folder: Path, parts: tree.Parts, part: str, name: str) -> str:
    """Say which part lacks a class, what it has, and which other part has the class."""
    where = "" if part == "all" else f" for {SIDES[part]}"
    others = [SIDES[other] for other, there in parts.items() if name in there]
    known = f", only one for {' and '.join(others)}" if others else ""
    alike = [other for other in parts[part] if other.casefold() == name.casefold()]
    hint = f"; {name} and {alike[0]} differ in capital letters alone: rename one" if alike else ""
    return (
        f"{folder} has no folder for the class '{shown(name)}'{where}{known}; it has "
        f"{some(sorted(parts[part]))}{where}{hint}."
    )


def some(names: Sequence[str]) -> str:
    """Return up to ten names for a sentence, and how many more there are; "none" without any.

    Examples
    --------
    >>> some(["a", "b"])
    'a, b'
    """
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    told = [f"'{name}'" if "," in name else name for name in map(shown, names[:10])]
    return (", ".join(told) or "none") + more


def _asked(names: Sequence[str]) -> str:
    """Return classes as their folders are called, codes of ImageNet with their meaning.

    Examples
    --------
    >>> _asked(["n03792782", "cat"])
    'n03792782 (mountain bike), cat'
    """
    return some([f"{name} ({TITLES[name]})" if name in TITLES else name for name in names])


def wants_all(classes: Sequence[str] | str | None) -> bool:
    """Whether ``classes`` means every class there is: None, ``"all"`` or ``("all",)``."""
    return classes is None or classes == "all" or tuple(classes) == ("all",)


def _rows(parts: tree.Parts, names: Sequence[str], folder: Path) -> tuple[list[Row], list[str]]:
    """Return a row for each picture, and notes on what lies beside the pictures of a class."""
    rows, notes = [], []
    for part, classes in parts.items():
        for label, name in enumerate(names):
            nodes = classes.get(tree.readable(name), [])
            notes += tree.class_notes(f"{name}" if part in "all test" else f"{part}/{name}", nodes)
            for node in nodes:
                for path in node.all_pictures():
                    rows.append((str(path), label, part, f"{name}/{path.relative_to(node.path)}"))
    return rows, notes


# ---------------------------------------------------------------------------------------------
# From rows to a table
# ---------------------------------------------------------------------------------------------


def finish(
    source: str,
    names: Sequence[str],
    titles: Sequence[str],
    rows: list[Row],
    skip_unreadable: bool,
    folder: Path,
    notes: Sequence[str] = (),
    steering: Fraction | None = FIFTH,
) -> ImageFolder:
    """Check the files, cut them where no one has, and make the table.

    With ``skip_unreadable`` unreadable files are left out; without it they are an error.
    ``steering`` is the share of ``train/`` that validates where there is ``test/`` and no ``val/``;
    None leaves the parts as they are, for pictures that are only to be judged.
    """
    rows, bad, odd = _readable(rows, skip_unreadable, folder)
    notes = (*notes, *odd)
    made = tuple(part for part in SIDES if any(row[2] == part for row in rows))
    cut: list[str] = []
    if steering is not None:
        _refuse_single(source, names, rows)
        rows, cut = _cut(rows, names, steering, folder)
        _refuse_empty_parts(source, names, rows)
    whole, left = _table(rows), tuple(bad)
    texts, said = (tuple(names), tuple(titles)), (*notes, *cut)
    return ImageFolder(
        source, *texts, whole, left, said, str(folder), reasons=bad, made=made, of_parts=tuple(cut)
    )


def _refuse_single(source: str, names: Sequence[str], rows: Sequence[Row]) -> None:
    """Refuse classes of a single picture, which cannot be cut."""
    if any(part != "all" for _, _, part, _ in rows):
        return
    counts = np.bincount([row[1] for row in rows], minlength=len(names))
    if single := [name for name, count in zip(names, counts, strict=True) if count == 1]:
        raise UserError(
            f"{source}: one readable picture only of {some(single)}; each class needs at least "
            f"two, one to learn from and one to judge by, and better {splits.FEW} or more: add "
            "some."
        )


def _refuse_empty_parts(source: str, names: Sequence[str], rows: Sequence[Row]) -> None:
    present = {(label, side) for _, label, side, _ in rows}
    for label, name in enumerate(names):
        for side in ("train", "val"):
            if (label, side) not in present:
                raise UserError(
                    f"{source}: the class '{shown(name)}' has no readable picture for "
                    f"{SIDES[side]}; add some."
                )


def _table(rows: Sequence[Row]) -> pd.DataFrame:
    return pd.DataFrame([row[:3] for row in rows], columns=["path", "label", "split"])


def _cut(
    rows: list[Row], names: Sequence[str], steering: Fraction, folder: Path
) -> tuple[list[Row], list[str]]:
    """Give every row its part, class by class, where hand-made folders have not."""
    parts = {part for _, _, part, _ in rows}
    whole = "all" if "all" in parts else "train"
    if whole == "train" and "val" in parts:
        return rows, []
    members = [
        [i for i, row in enumerate(rows) if row[1:3] == (label, whole)]
        for label, _ in enumerate(names)
    ]
    counts, notes = _distinct(rows, names, members) if whole == "all" else ([], [])
    held = splits.shares(counts) if whole == "all" else {"val": steering}
    groups = series.found([[rows[i][0] for i in places] for places in members], folder)
    rows = list(rows)
    for name, places, alike in zip(names, members, groups, strict=True):
        chosen = splits.cut([rows[i][3] for i in places], alike, held)
        for i, part in zip(places, chosen, strict=True):
            rows[i] = (*rows[i][:2], part, rows[i][3])
        if count := splits.too_long(alike):
            notes.append(f"{name}/: {count} of {len(places)} pictures are one series: it was cut")
        elif "test" in held:
            notes += _small_parts(name, chosen, alike)
    if whole == "train":
        steer = sum(row[2] == "val" for row in rows)
        of = f"{steer} of the {sum(map(len, members))} pictures in train/"
        notes.append(f"no val/ to choose the weights: {of} are taken for it and do not teach")
    return rows, notes


def _distinct(
    rows: Sequence[Row], names: Sequence[str], members: Sequence[Sequence[int]]
) -> tuple[list[int], list[str]]:
    """Return how many different pictures each class has, and notes where copies made ten of less.

    A link to a picture is a copy of it.
    """
    counts, notes = [], []
    for name, places in zip(names, members, strict=True):
        paths = [rows[i][0] for i in places]
        different = len(places)
        if different <= series.MANY:
            different = len(series.joined(len(paths), series.copies(paths)))
        counts.append(different)
        if different < splits.FEW <= len(places):
            notes.append(
                f"{name}/: {len(places)} pictures, {different} without copies and links; from "
                f"{splits.FEW} on there is a test part: add pictures"
            )
    return counts, notes


def _small_parts(name: str, chosen: Sequence[str], alike: Sequence[Sequence[int]]) -> list[str]:
    """Return a note on the held-out parts in which a class has one picture, or copies of one."""
    small = [
        SIDES[part]
        for part in ("val", "test")
        if sum(any(chosen[i] == part for i in group) for group in alike) < 2
        or chosen.count(part) < 2
    ]
    if not small:
        return []
    return [
        f"{name}/: one picture or series only for {' and for '.join(small)}, since pictures of one "
        "series stay together; add pictures of other moments"
    ]


def _readable(
    rows: list[Row], skip_unreadable: bool, folder: Path
) -> tuple[list[Row], Mapping[str, str], list[str]]:
    """Return the rows of whole files, why the others are not, and notes on odd ones.

    Raises
    ------
    UserError
        When there are others and ``skip_unreadable`` is False.
    """
    thorough = skip_unreadable or len(rows) <= DECODED_FIRST
    bad, odd = _looked_at([row[0] for row in rows], thorough, folder)
    if bad and not skip_unreadable:
        raise UserError(_complaint(bad))
    whole = [row for row in rows if row[0] not in bad]
    return whole, bad, oddities.notes(odd, folder)


def _looked_at(
    paths: list[str], thorough: bool, folder: Path
) -> tuple[Mapping[str, str], Mapping[str, frozenset[str]]]:
    """Return the files that cannot be read, with a sentence each, and what is odd about others."""

    def look(path: str) -> tuple[str, frozenset[str]]:
        try:
            return "", oddities.kinds(path, check(path, thorough=thorough))
        except UserError as error:
            return str(error), frozenset()
        finally:
            waiting.step()

    with Waiting("checking", len(paths), folder) as waiting, ThreadPoolExecutor(WORKERS) as pool:
        found = list(zip(paths, pool.map(look, paths), strict=True))
    bad = {path: said for path, (said, _) in found if said}
    return bad, {path: odd for path, (_, odd) in found if odd}


def _complaint(bad: Mapping[str, str]) -> str:
    # First those that can be read when something is installed.
    groups = sorted(_by_reason(bad).items(), key=lambda group: "install" not in group[0])
    listed = [f"{_names(paths)}{reason}" for reason, paths in groups[:NAMED]]
    left = sum(len(paths) for _, paths in groups[NAMED:])
    more = f"; and {left} more" if left else ""
    remedy = "mend or remove, or leave out with --skip-unreadable (in Python skip_unreadable=True)"
    return f"{len(bad)} file(s) to {remedy}: {'; '.join(listed)}{more}."


def _by_reason(bad: Mapping[str, str]) -> dict[str, list[str]]:
    """Return what is said of files, without their names, and these files."""
    alike: dict[str, list[str]] = {}
    for path, reason in bad.items():
        alike.setdefault(reason.removeprefix(path).removesuffix("."), []).append(path)
    return alike


def _names(paths: Sequence[str], most: int = NAMED) -> str:
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(paths[:most]) + more

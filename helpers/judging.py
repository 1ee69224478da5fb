"""A trained network and other people's files: answers, heat maps and reports about them.

In: a finished ``Run`` and files or folders of pictures. Out: a line, a row or a drawn map a
picture, in batches, so that thousands of pictures take the memory of a few. What cannot be read is
left out, remembered and named. Behind ``predict``, ``explain`` and ``evaluate`` of the command line
and behind the methods of ``Run``.
"""

import csv
import glob
import hashlib
import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import datasets, evaluation
from helpers.datasets import archives, tree
from helpers.datasets.batches import WORKERS
from helpers.datasets.folder import some
from helpers.errors import UserError
from helpers.paths import refuse_address, shorten, shown, write_atomic
from helpers.training import folds, seen
from helpers.training.crossed import Crossed, is_crossed

BATCH = 32  # pictures in memory at a time
#: What marks a PNG as written here, so that it may be written anew; nothing else ever is.
SOFTWARE = "The AlexNet Book, python -m helpers"
MOST_FOLDERS = 4  # above a picture, in the name of its heat map
LONGEST_NAME = 180  # bytes of a picture's name in that of its heat map; file systems allow 255

# ---------------------------------------------------------------------------------------------
# Which files
# ---------------------------------------------------------------------------------------------


@dataclass
class Pictures:
    """Picture files, and what lay beside them and is none."""

    files: list[Path] = field(default_factory=list)
    hidden: int = 0
    others: int = 0
    runs: int = 0

    def __str__(self) -> str:
        parts = [
            f"{count} {name}"
            for count, name in (
                (self.others, "no picture by its ending"),
                (self.hidden, "hidden or of the system"),
                (self.runs, f"training run{'s' if self.runs > 1 else ''}"),
            )
            if count
        ]
        return f"left out in the folders: {', '.join(parts)}" if parts else ""


def find(paths: str | Path | Iterable[str | Path]) -> Pictures:
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
    >>> find(["a.jpg", "b"]).files  # doctest: +SKIP
    [PosixPath('a.jpg'), PosixPath('b/1.jpg')]
    """
    paths = [paths] if isinstance(paths, str | Path) else list(paths)
    found = Pictures()
    for path in (one for word in paths for one in _meant(str(word))):
        if archives.is_archive(path):
            _add_folder(archives.opened(path), found)
        elif path.is_dir():
            _add_folder(path, found)
        else:
            found.files.append(path)
    if not found.files:
        named = ", ".join(map(str, paths[:3]))
        said = f" ({found})" if str(found) else ""
        what = f"{named}: there is no picture in it{said}; name" if paths else "Name"
        raise UserError(f"{what} pictures or a folder of pictures.")
    return found


def _meant(word: str) -> list[Path]:
    """Return the files or folders that a word names, which may have wildcards in it."""
    refuse_address(word)
    path = Path(word).expanduser()
    matching = [] if os.path.lexists(path) else sorted(glob.glob(str(path)))
    return [Path(one) for one in matching] or [path]


def _add_folder(folder: Path, found: Pictures) -> None:
    top = tree.scan(folder)
    if top.run or is_crossed(folder):
        raise UserError(f"{folder} is the folder of a training run, not of pictures to look at.")
    for node in top.below():
        found.files += node.pictures
        found.hidden += len(node.system)
        found.others += node.others.total()
        found.runs += sum(sub.run for sub in node.folders)


# ---------------------------------------------------------------------------------------------
# Answers
# ---------------------------------------------------------------------------------------------


#: Said of a picture on which something stands out that no digit looks like.
NO_DIGIT = "what stands out on it is no digit; show one digit, dark on light or light on dark."


@dataclass(frozen=True)
class Answer:
    """What a network says of one picture: ``shares``, (classes,), or why it has no answer."""

    path: Path
    shares: np.ndarray | None = None
    pixels: np.ndarray | None = None
    error: str = ""


def answers(run, files: Sequence[Path]) -> Iterator[Answer]:
    """Yield an answer for each file, in order, as soon as its batch is done.

    Parameters
    ----------
    run
        Finished ``Run``, on photographs or digits; of a ``Crossed`` the mean of its folds.
    files
        Picture files.

    Raises
    ------
    UserError
        When the network answers with something that is no number.
    """
    if isinstance(run, Crossed):
        yield from map(_mean, zip(*(answers(one, files) for one in run.runs), strict=True))
        return
    read = _reader(run)
    with ThreadPoolExecutor(WORKERS) as pool:
        for start in range(0, len(files), BATCH):
            batch = list(pool.map(read, files[start : start + BATCH]))
            yield from _answered(run, batch)


def _mean(several: Sequence[Answer]) -> Answer:
    """Return what several networks say of one picture together."""
    bad = [answer for answer in several if answer.error]
    if bad:
        return bad[0]
    return replace(several[0], shares=np.mean([answer.shares for answer in several], axis=0))


def _answered(run, batch: list[Answer]) -> Iterator[Answer]:
    good = [answer for answer in batch if not answer.error]
    if not good:
        return iter(batch)
    pixels = np.stack([answer.pixels for answer in good])
    shares = evaluation.probabilities(run.model, pixels)
    evaluation.refuse_no_numbers([answer.path for answer in good], shares)
    return _among(batch, map(_answer, good, shares, _strange(run, pixels)))


def _answer(picture: Answer, shares: np.ndarray, strange: bool) -> Answer:
    if strange:
        return replace(picture, error=f"{shown(picture.path)}: {NO_DIGIT}")
    return replace(picture, shares=shares)


def _strange(run, pixels: np.ndarray) -> np.ndarray:
    """Return which pictures show nothing that the network knows, bool (N,); digits only."""
    from helpers.digits import recipe

    if not recipe.is_broad(run.path):
        return np.zeros(len(pixels), bool)
    from helpers.digits import lessons

    return lessons.shows_none(run.model, pixels)


def _among(batch: list[Answer], found: Iterator) -> Iterator:
    """Yield what was found for each picture in order, and as it is each answer that is an error."""
    return (answer if answer.error else next(found) for answer in batch)


def _reader(run):
    """Return the function that reads a file as the run's network wants it, or says why not."""
    look = digit if is_digits(run) else photograph(run)

    def read(path: Path) -> Answer:
        try:
            return Answer(path, pixels=look(path))
        except UserError as error:
            return Answer(path, error=shown(error))

    return read


def digit(path: Path) -> np.ndarray:
    """Return the digit in a picture file as MNIST would have it: uint8 (28, 28, 1)."""
    from helpers.digits import picture

    return picture.read(path)


def photograph(run):
    """Return the function that reads what a run's network sees of a file: uint8 (size, size, 3)."""
    size, equal = run.model.input_shape[1], run.equal
    return lambda path: evaluation.central(datasets.decode(path, equal=equal)[None], size)[0]


def is_digits(run) -> bool:
    """Whether a run was trained on digits."""
    from helpers.digits import recipe

    return recipe.is_run(run.path)


def complaint(bad: Sequence[Answer], total: int) -> str:
    """Return what an error says of the files that could not be read: every one is named."""
    if len(bad) == 1 and total == 1:
        return bad[0].error
    lines = [answer.error.removesuffix(".") for answer in bad]
    if len(lines) == 1:
        return f"1 of {total} files has no answer: {lines[0]}."
    return f"{len(bad)} of {total} files have no answer:\n  " + "\n  ".join(lines)


def names_of(run) -> list[str]:
    """Return the classes in words; their folders' names where two would be called the same."""
    titles = list(run.environment["titles"])
    return titles if len(set(titles)) == len(titles) else list(run.classes)


def row(answer: Answer, names: Sequence[str]) -> list:
    """Return path, prediction, its probability, and the probability of each class."""
    best = int(answer.shares.argmax())
    return [str(answer.path), names[best], float(answer.shares[best]), *answer.shares.tolist()]


def predict(run, paths) -> pd.DataFrame:
    """Return what a run says of pictures: one row a file, in order; behind ``Run.predict``.

    Parameters
    ----------
    run
        Finished ``Run``.
    paths
        A file, a folder, or several of them.

    Returns
    -------
    pandas.DataFrame
        ``path``, ``prediction``, ``probability``, then a column a class with its probability.
        Files that cannot be read have no row; a warning names them.

    Raises
    ------
    UserError
        When there is no picture, or none can be read.
    """
    names, rows, bad = names_of(run), [], []
    files = find(paths).files
    for answer in answers(run, files):
        if answer.error:
            bad.append(answer)
        else:
            rows.append(row(answer, names))
    _warn(bad, len(files))
    return pd.DataFrame(rows, columns=["path", "prediction", "probability", *names])


def _warn(bad: Sequence[Answer], total: int) -> None:
    """Raise when no file could be read, warn when some could not."""
    if len(bad) == total:
        raise UserError(complaint(bad, total))
    if bad:
        warnings.warn(complaint(bad, total), stacklevel=3)


def pictures(run, rows) -> np.ndarray:
    """Return the central crops of pictures as a run's network sees them; behind ``Run.pictures``.

    Parameters
    ----------
    run
        Finished ``Run``.
    rows
        Rows of a table with the column ``path``, or paths of files.

    Returns
    -------
    numpy.ndarray
        uint8, (N, side, side, 3); of digits (N, 28, 28, 1).
    """
    paths = rows["path"] if isinstance(rows, pd.DataFrame) else rows
    paths = [paths] if isinstance(paths, str | Path) else paths
    look = digit if is_digits(run) else photograph(run)
    shape = tuple(run.model.input_shape[1:])
    found = [look(path) for path in paths]
    return np.stack(found) if found else np.zeros((0, *shape), np.uint8)


# ---------------------------------------------------------------------------------------------
# Heat maps
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Maps:
    """A picture, the class that is asked about and each method's map of it, (H, W), 0 to 1.

    ``shares`` is the network's answer, (classes,); ``asked``: whether the class was named.
    """

    path: Path
    pixels: np.ndarray
    label: int
    maps: dict[str, np.ndarray]
    shares: np.ndarray
    asked: bool

    @property
    def empty(self) -> list[str]:
        """Methods that found nothing that speaks for the class."""
        return [method for method, values in self.maps.items() if not values.any()]


def heat_maps(
    run,
    files: Sequence[Path],
    methods: Sequence[str],
    layer: str | None = None,
    label: int | None = None,
) -> Iterator[Maps | Answer]:
    """Yield the maps of each file, in order, batch by batch; an ``Answer`` where it has none.

    Parameters
    ----------
    run
        Finished ``Run`` on photographs.
    files
        Picture files.
    methods, layer
        As for ``explain.cam``.
    label
        The class that is asked about; None: the predicted one.
    """
    from helpers import explain

    explain.check(run.model, methods, layer)
    batch: list[Answer] = []
    for number, answer in enumerate(answers(run, files), start=1):
        batch.append(answer)
        if len(batch) == explain.BATCH or number == len(files):
            yield from _mapped(run, batch, methods, layer, label)
            batch = []


def _mapped(run, batch: list[Answer], methods, layer, label) -> Iterator[Maps | Answer]:
    from helpers import explain

    good = [answer for answer in batch if not answer.error]
    asked = [int(answer.shares.argmax()) if label is None else label for answer in good]
    found: dict[str, np.ndarray] = {}
    if good:
        pixels = np.stack([answer.pixels for answer in good])
        found = {m: explain.cam(run.model, pixels, asked, method=m, layer=layer) for m in methods}

    def maps(place: int) -> Maps:
        each = {method: values[place] for method, values in found.items()}
        one, named = good[place], label is not None
        return Maps(one.path, one.pixels, asked[place], each, one.shares, named)

    return _among(batch, map(maps, range(len(good))))


def mapped(found: Maps, titles: Sequence[str], most: int | None = None) -> list[str]:
    """Return which class the maps are about; where it was named, also the network's answer.

    ``most``: letters of a name.
    """
    title = shorten(shown(titles[found.label]), most)
    if not found.asked:
        return [title]
    answer = int(found.shares.argmax())
    said = shorten(shown(titles[answer]), most)
    return [
        f"asked: {title} {100 * found.shares[found.label]:.1f} %",
        f"answer: {said} {100 * found.shares[answer]:.1f} %",
    ]


def map_title(found: Maps, titles: Sequence[str]) -> str:
    """Return what stands over the maps of one picture, empty ones named."""
    lines = [shorten(shown(found.path.name), 34), *mapped(found, titles, 24 if found.asked else 34)]
    return "\n".join([*lines, *(["empty map: nothing speaks for it"] if found.empty else [])])


def empty_note(found: Maps, title: str) -> str:
    """Return the sentence on maps that say nothing, of a picture that has some."""
    several = f" ({', '.join(found.empty)})" if len(found.maps) > 1 else ""
    title, path = shown(title), shown(found.path)
    return f"note: nothing speaks for {title} in {path}: the map is empty{several}"


def explain_figure(run, paths, methods: Sequence[str] = ("gradcam",)):
    """Return a figure of pictures and their heat maps; behind ``Run.explain``.

    Parameters
    ----------
    run
        Finished ``Run`` on photographs.
    paths
        A file, a folder, or several of them; a row of the figure each.
    methods
        One or several of ``explain.METHODS``; a column each.

    Raises
    ------
    UserError
        When there is no picture that can be read, or the run is one on digits.
    """
    from helpers.plots import explain as drawing

    if is_digits(run):
        raise UserError(f"{run.path} is a run on digits; heat maps need one on photographs.")
    methods = [methods] if isinstance(methods, str) else list(methods)
    files = find(paths).files
    found = list(heat_maps(run, files, methods))
    good = [item for item in found if isinstance(item, Maps)]
    _warn([item for item in found if isinstance(item, Answer)], len(files))
    titles = [map_title(item, run.environment["titles"]) for item in good]
    maps = {method: np.stack([item.maps[method] for item in good]) for method in methods}
    return drawing.cam_grid(np.stack([item.pixels for item in good]), maps, titles)


# ---------------------------------------------------------------------------------------------
# Where results go
# ---------------------------------------------------------------------------------------------


def map_files(files: Sequence[Path], out: Path, methods: Sequence[str]) -> dict[Path, Path]:
    """Return the PNG file of each picture: its folder's and its own name, then the methods.

    ``a/001.jpg`` becomes ``a-001.jpg-gradcam.png``. Where that is another picture's, in this call
    or from an earlier one, the folders above come before it until it is not, at last eight digits
    that depend on the picture's place behind it.

    Raises
    ------
    UserError
        When a file that was not written here stands in the way; nothing is overwritten.
    """
    end = f"-{'-'.join(methods)}.png"
    targets: dict[Path, Path] = {}
    taken: set[str] = set()
    left = list(files)
    for folders in range(1, MOST_FOLDERS + 1):
        names = {path: _base(path, folders) for path in left}
        places = _places(names)
        for path, base in names.items():
            target = out / f"{base}{end}"
            alone = len(places[base.casefold()]) == 1 and base.casefold() not in taken
            if alone and not _shows_another(target, path):
                targets[path] = target
        taken |= {names[path].casefold() for path in left if path in targets}
        left = [path for path in left if path not in targets]
    targets |= {path: out / f"{_base(path, 1)}-{place_of(path)}{end}" for path in left}
    for target in targets.values():
        refuse_foreign(target)
    return {path: targets[path] for path in files}


def _places(names: dict[Path, str]) -> dict[str, set[str]]:
    """Return the places of the pictures that would have each name."""
    places: dict[str, set[str]] = {}
    for path, name in names.items():
        places.setdefault(name.casefold(), set()).add(place_of(path))
    return places


def _base(path: Path, folders: int) -> str:
    """Return a picture's name with those of so many folders above it before it."""
    name = "-".join(Path(os.path.abspath(path)).parts[-folders - 1 :]).lstrip("-.")
    data = os.fsencode(name)
    if len(data) <= LONGEST_NAME:
        return name
    # A cut in the middle of a letter would be no name on systems that insist on UTF-8.
    start = data[:LONGEST_NAME].decode("utf-8", "ignore")
    return f"{start}-{hashlib.sha256(data).hexdigest()[:8]}"


def place_of(path: Path) -> str:
    """Return eight digits that depend on where a file lies."""
    return hashlib.sha256(os.fsencode(os.path.abspath(path))).hexdigest()[:8]


def _shows_another(target: Path, path: Path) -> bool:
    """Whether a map of ours is there already, but of another picture."""
    marks = _marks(target)
    return marks.get("Software") == SOFTWARE and marks.get("Comment") != place_of(path)


def _marks(path: Path) -> dict:
    """Return the texts in a PNG file, none where it is no such file."""
    from PIL import Image

    try:
        with Image.open(path) as picture:
            return dict(getattr(picture, "text", {}))
    except Exception:  # no file, no picture, a broken one: not ours
        return {}


def draw_maps(found: Maps, titles: Sequence[str], target: Path) -> None:
    """Draw the maps of one picture into a PNG file and close the figure."""
    from helpers.plots import explain as drawing
    from helpers.plots.style import use_style

    use_style()
    figure = drawing.overlays(found.pixels, found.maps, map_title(found, titles))
    save_figure(figure, target, place_of(found.path))


def refuse_foreign(path: Path) -> None:
    """Make sure that writing ``path`` destroys nothing that was not written here.

    A PNG may be replaced when it carries our mark, a table when its header is ours.

    Raises
    ------
    UserError
        When something else is there, or the folder cannot be one.
    """
    for parent in path.parents:
        if parent.exists() and not parent.is_dir():
            raise UserError(f"{parent} is a file; name a folder for what is to be written.")
    if not os.path.lexists(path):
        return
    if path.is_dir():
        raise UserError(f"{path} is a folder; name a file in it.")
    header = _header(path)
    table = header[:1] == ["path"] and "prediction" in header
    card = path.suffix == ".md" and "".join(header).startswith("# Model card: ")
    if not (table or card or _marks(path).get("Software") == SOFTWARE) or not path.is_file():
        raise UserError(
            f"{path} is there already and was not written by this command; it is left as it is: "
            "name another place."
        )


def _header(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            return next(csv.reader(file), [])
    except (OSError, csv.Error):
        return []


def refuse_run_files(path: Path, run) -> None:
    """Make sure that no result is written over the files of the run it is about."""
    if path.resolve().parent == Path(run.path).resolve():
        raise UserError(
            f"{path} would lie among the files of the run in {run.path}; name another place."
        )


def save_figure(figure, path: Path, mark: str = "") -> Path:
    """Write a figure as PNG with our mark in it, whole or not at all, and close it."""
    import matplotlib.pyplot as plt

    metadata = {"Software": SOFTWARE, "Comment": mark}
    try:
        return write_atomic(path, lambda temporary: figure.savefig(temporary, metadata=metadata))
    finally:
        plt.close(figure)


class Table:
    """A CSV file that is written row by row and appears when it is whole.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "table.csv"
    >>> with Table(path, ["path", "prediction"]) as table:
    ...     table.add(["a.jpg", "None"])
    >>> path.read_text().split()
    ['path,prediction', 'a.jpg,None']
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path, self.columns = path, columns

    def __enter__(self) -> "Table":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        options = {"mode": "w+", "encoding": "utf-8", "errors": "surrogateescape", "newline": ""}
        self.file = tempfile.TemporaryFile(**options)
        self.writer = csv.writer(self.file, lineterminator="\n")
        self.add(self.columns)
        return self

    def add(self, row: Sequence) -> None:
        """Write one row."""
        self.writer.writerow(row)

    def __exit__(self, kind, *_) -> None:
        if kind is None:
            self.file.seek(0)
            write_atomic(self.path, self._copy)
        self.file.close()

    def _copy(self, temporary: Path) -> None:
        options = {"encoding": "utf-8", "errors": "surrogateescape", "newline": ""}
        with temporary.open("w", **options) as file:
            for block in iter(lambda: self.file.read(2**16), ""):
                file.write(block)


# ---------------------------------------------------------------------------------------------
# A table about labelled pictures
# ---------------------------------------------------------------------------------------------

PARTS = {"train": "training part", "val": "validation part", "test": "test part"}


@dataclass(frozen=True)
class Judged:
    """A predictions table and the sentences that say of what, and what was left out.

    ``pictures`` are these in words; ``chosen``: whether they chose the weights as well;
    ``balanced``: whether all classes counted alike in the training.
    """

    predictions: pd.DataFrame
    said: tuple[str, ...]
    pictures: str
    chosen: bool = False
    balanced: bool = False


def judge(
    run,
    source: str | None = None,
    split: str | None = None,
    *,
    views: int = 1,
    skip_unreadable: bool = False,
) -> Judged:
    """Return a run's predictions for its own pictures or for others of the same classes.

    Parameters
    ----------
    run
        Finished ``Run`` or ``Crossed``; the folds of the latter judge their own pictures each by
        the one run that had not seen it, and other pictures together.
    source
        Other pictures; None: those it was trained on.
    split
        "train", "val", "test" or "all"; None: the test part where there is one; otherwise of its
        own pictures the validation part, of others all.
    views
        As for ``evaluation.predict``.
    skip_unreadable
        Leave out unreadable files, as a run that was trained so does anyway.

    Raises
    ------
    UserError
        Other classes, an empty part, unreadable files.
    """
    if source is None and isinstance(run, Crossed):
        return _folds(run, split, views=views, skip_unreadable=skip_unreadable)
    if source is None and split is None and views == 1:
        return _stored(run)
    skip = skip_unreadable or run.recipe.skip_unreadable
    if source is None:
        data = _own_pictures(run, skip)
    else:
        data = datasets.load(source, classes=run.classes, skip_unreadable=skip, judge=True)
    part, said = _part(data, split, "all" if source else "val")
    notes = data.left_out()
    # As the network saw them, also where the pictures of the run have changed since.
    networks = [(one.model, replace(part, equal=one.equal)) for one in getattr(run, "runs", [run])]
    table = evaluation.predict_together(networks, views=views)
    chosen = source is None and data.chosen_on_validation and (part.table["split"] == "val").all()
    if source is not None:
        table = _marked(table, _seen_before(run, table, notes))
    elif not chosen:
        own = part.table.set_index("path")["split"].map(seen.PARTS)
        table = _marked(table, own.reindex(table["path"]).fillna("").to_numpy(object))
    pictures, alike = said.partition(": ")[2], run.recipe.class_weights
    return Judged(table, (said, *notes), pictures, bool(chosen), alike)


def _own_pictures(run, skip_unreadable: bool):
    from helpers.training import runs

    data = runs.load_data(replace(run.recipe, skip_unreadable=skip_unreadable))
    _same_classes(run, data)
    return data


def _marked(table: pd.DataFrame, before: np.ndarray | None) -> pd.DataFrame:
    """Add the column ``seen`` where the network has seen some of the pictures before."""
    return table if before is None or not (before != "").any() else table.assign(seen=before)


def _seen_before(run, table: pd.DataFrame, notes: list[str]) -> np.ndarray | None:
    """Return which pictures the run has seen before; None, and a note, where nobody can tell."""
    try:
        return seen.before(run, table["path"].tolist())
    except (UserError, OSError):
        notes.append(
            f"whether it was trained on some of these cannot be told: the pictures in "
            f"{run.recipe.data} are no longer there or cannot be read"
        )
        return None


def _folds(run: Crossed, split: str | None, **choice) -> Judged:
    """Return what the folds say of their own pictures, each by the run that had not seen it."""
    if split not in (None, "test"):
        raise UserError(
            f"--split {split} means other pictures for each fold in {run.path}; name one of them, "
            f"like --run {run.runs[0].path}, or leave --split out."
        )
    judged = [judge(one, None, split, **choice) for one in run.runs]
    table, count = folds.pooled(judged), len(judged)
    who = f"the one run of {count} that had not seen it"
    said = f"looked at {_pictures(table)}: each judged by {who}"
    pictures = f"{_pictures(table)}, {count} folds"
    notes = dict.fromkeys(note for one in judged for note in one.said[1:])
    alike = run.recipe.class_weights
    return Judged(table, (said, folds.spread(table), *notes), pictures, balanced=alike)


def _stored(run) -> Judged:
    table = run.predictions
    part = run.environment.get("judged_on", "validation")
    name = "digits" if is_digits(run) else run.recipe.data
    part = "test" if is_digits(run) else part
    said = f"looked at {_pictures(table)}: the {part} part of {name}{_no_longer_there(run)}"
    alike = not is_digits(run) and run.recipe.class_weights
    return Judged(table, (said,), f"{part} pictures", part == "validation", alike)


def _no_longer_there(run) -> str:
    """Say that answers are those of the training where its pictures have moved or gone."""
    place = "" if is_digits(run) else str(run.recipe.data).removeprefix("imagenet:")
    if not os.path.isabs(place) or os.path.exists(place):
        return ""
    return ", which is no longer there: these answers are stored with the run, from its training"


def _pictures(rows) -> str:
    return f"{len(rows):,} picture{'' if len(rows) == 1 else 's'}"


def _part(data, split: str | None, otherwise: str) -> tuple:
    """Return the pictures to judge and the sentence that says which they are."""
    if data.uncut:
        if split in PARTS:
            raise UserError(
                f"{data.source} has no parts (folders train, val or test), so that --split {split} "
                "names nothing in it; leave --split out, and all its pictures are judged."
            )
        return data, f"looked at {_pictures(data)}: all of {data.source}"
    there = [part for part in PARTS if (data.table["split"] == part).any()]
    chosen = split or ("test" if "test" in there else otherwise)
    has = ", ".join(PARTS[part] for part in there)
    if chosen == "all":
        return data, f"looked at {_pictures(data)}: all of {data.source} ({has})"
    if chosen not in there:
        raise UserError(
            f"{data.source} has no {PARTS[chosen]}, only a {has}; name that with --split, or all."
        )
    part = data.subset(chosen)
    return part, f"looked at {_pictures(part)}: the {PARTS[chosen]} of {data.source}"


def _same_classes(run, data) -> None:
    if tuple(data.classes) != run.classes:
        raise UserError(
            f"{data.source} has the classes {some(data.classes)}, the run knows "
            f"{some(run.classes)}; they must be the same."
        )


def result_files(out: Path, run) -> tuple[Path, Path | None]:
    """Return where ``evaluate --out`` writes its table, and its figures if it names a folder.

    Raises
    ------
    UserError
        When something is there that was not written here, or the run itself is.
    """
    folder = None if out.suffix.lower() == ".csv" and not out.is_dir() else out
    table = out if folder is None else out / "predictions.csv"
    for path in [table, *(folder / name for name in FIGURES if folder)]:
        refuse_run_files(path, run)
        refuse_foreign(path)
    return table, folder


FIGURES = ("curves.png", "confusion.png", "model_card.md", "roc.png", "precision_recall.png")


def write_results(run, judged: Judged, folder: Path) -> list[Path]:
    """Write a model card and figures about judged pictures into a folder; return the files.

    Learning curves, confusion matrix and card (``training.card``; runs on digits, and folds that
    judge others' pictures, have the matrix alone), then ROC and precision-recall curves where two
    classes occur.
    """
    from helpers.plots import evaluation as drawing
    from helpers.plots.style import use_style
    from helpers.training import card

    table = judged.predictions
    if is_digits(run) or (isinstance(run, Crossed) and "fold" not in table):
        files = [card.draw_confusion(folder, table, judged.pictures)]
    elif isinstance(run, Crossed):
        judgement = card.Judgement.pooled(list(map(card.Judgement.of, run.runs)), table)
        files = card.write_folds(run.runs, folder, judgement)
    else:
        files = card.write(run, folder, card.Judgement.told(judged))
    use_style()
    for name in ("roc", "precision_recall") if _has_curves(table) else ():
        files.append(folder / f"{name}.png")
        save_figure(getattr(drawing, name)(table, title=judged.pictures), files[-1])
    return files


def _has_curves(predictions: pd.DataFrame) -> bool:
    try:
        evaluation.one_vs_rest(predictions)
    except UserError:  # one class only, or a table without the probabilities
        return False
    return True

"""Where results go: names of files, and that nothing of the user's is overwritten."""

import csv
import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.errors import UserError
from helpers.files import CODES, cut, write_atomic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from helpers.training.crossed import Crossed
    from helpers.training.runs import Run

#: What marks a PNG as written here, so that it may be written anew; nothing else ever is.
SOFTWARE = "The AlexNet Book, python -m helpers"
MOST_FOLDERS = 4  # above a picture, in the name of its heat map
LONGEST_NAME = 180  # bytes of a picture's name in that of its heat map; file systems allow 255


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
    return cut(name, LONGEST_NAME)


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


def refuse_run_files(path: Path, run: "Run | Crossed") -> None:
    """Make sure that no result is written over the files of the run it is about."""
    if path.resolve().parent == Path(run.path).resolve():
        raise UserError(
            f"{path} would lie among the files of the run in {run.path}; name another place."
        )


def save_figure(figure: "Figure", path: Path, mark: str = "") -> Path:
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
        options: dict[str, Any] = {
            "mode": "w+",
            "encoding": "utf-8",
            "errors": CODES,
            "newline": "",
        }
        self.file = tempfile.TemporaryFile(**options)
        self.writer = csv.writer(self.file, lineterminator="\n")
        self.add(self.columns)
        return self

    def add(self, row: Sequence) -> None:
        """Write one row."""
        self.writer.writerow(row)

    def __exit__(self, kind: type | None, *_: object) -> None:
        if kind is None:
            self.file.seek(0)
            write_atomic(self.path, self._copy)
        self.file.close()

    def _copy(self, temporary: Path) -> None:
        options: dict[str, Any] = {"encoding": "utf-8", "newline": ""}
        with temporary.open("w", **options) as file:
            for block in iter(lambda: self.file.read(2**16), ""):
                file.write(block)

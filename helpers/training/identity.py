"""What makes a run the run it is: recipe, pictures, start, and the code that decides the result.

Where pictures and start lie is no part of it. Two runs that could differ have two identities, and a
finished run is never handed out for another one.
"""

import ast
import functools
import hashlib
import json
import unicodedata
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.files import root
from helpers.training.recipe import MNIST, Recipe

if TYPE_CHECKING:
    from helpers.datasets import ImageFolder
    from helpers.training.recipe import Resolved
    from helpers.training.start import Start

#: The parts of the package that decide what a recipe leads to.
CODE = (
    "architectures.py",
    "augment.py",
    "evaluation/baselines.py",
    "evaluation/predictions.py",
    "evaluation/ranking.py",
    "evaluation/rates.py",
    "evaluation/report.py",
    "lrn*.py",
    "models.py",
    "shapes.py",
    "datasets/**/*.py",
    "digits/*.py",
    "training/**/*.py",
    "weights/layout.py",
    "weights/torch_file.py",
)
#: What a recipe says of places; what lies there counts, by its hash.
PLACES = ("data", "start")
#: Where a syntax tree holds the types of arguments, variables and results.
TYPES = ("annotation", "returns")


@dataclass(frozen=True)
class Identity:
    """A run that is wanted.

    ``recipe`` has all its figures (``Recipe.resolved``) and says where the pictures are now;
    ``pictures`` and ``code`` are hashes; ``data`` is the table of the pictures, ``start`` what the
    weights come from.
    """

    recipe: "Resolved"
    pictures: str
    code: str
    data: "ImageFolder" = field(compare=False, repr=False)
    start: "Start | None" = None

    @classmethod
    def of(
        cls, recipe: "Resolved", data: "ImageFolder", start: "Start | None" = None
    ) -> "Identity":
        """Return the identity of a run of ``recipe`` on an ``ImageFolder``, from a ``Start``."""
        recipe = replace(recipe, data=place(data.source))
        return cls(recipe, data_hash(data), code_hash(), data, start)

    @property
    def name(self) -> str:
        """Folder name of the run: its architecture, and twelve digits of the whole identity."""
        start = [] if self.start is None else [self.start.digest]
        parts = [settings(self.recipe), self.pictures, self.code, *start]
        text = json.dumps(parts, sort_keys=True)
        digits = hashlib.sha256(text.encode()).hexdigest()[:12]
        return f"{self.recipe.architecture.name}-{digits}"


def settings(recipe: Recipe) -> dict:
    """Return what a recipe says, but for the places of the pictures and of the start.

    Examples
    --------
    >>> settings(Recipe(data="here")) == settings(Recipe(data="there"))
    True
    """
    return {name: value for name, value in recipe.to_dict().items() if name not in PLACES}


def place(source: str) -> str:
    """Return a source as it is understood from every working directory: a path becomes absolute.

    Examples
    --------
    >>> place("embedded")
    'embedded'
    """
    start = "imagenet:" if source.startswith("imagenet:") else ""
    path = Path(source.removeprefix(start)).expanduser()
    # "embedded" is that also where there is a folder of this name: so does ``datasets.load``.
    named = not start and source in ("embedded", "drawn", "flowers", *MNIST)
    return start + str(path.absolute()) if not named and path.exists() else source


@functools.cache
def _code_hash(files: tuple[tuple[str, str], ...]) -> str:
    digest = hashlib.sha256()
    for name, text in files:
        digest.update(f"{name}\n{_plain(ast.parse(text))!r}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:12]


def code_hash() -> str:
    """Return twelve digits that change when code that decides the result of a run changes.

    Comments, docstrings, types and layout do not count, and Python 3.11, 3.12 and 3.13 agree.
    """
    here = root() / "helpers"
    paths = sorted({path for pattern in CODE for path in here.glob(pattern)})
    read = [(path.relative_to(here).as_posix(), path.read_text(encoding="utf-8")) for path in paths]
    return _code_hash(tuple(read))


def _plain(node):
    """Return a syntax tree as nested tuples, without docstrings, types and what is empty.

    Not ``ast.dump``: which empty fields it shows differs from one version of Python to the next.
    """
    if isinstance(node, list):
        return tuple(_plain(one) for one in node if not _is_text(one))
    if not isinstance(node, ast.AST):
        return node
    counted = ((name, value) for name, value in ast.iter_fields(node) if name not in TYPES)
    fields = ((name, _plain(value)) for name, value in counted)
    return type(node).__name__, *(
        (name, value) for name, value in fields if value not in ((), None)
    )


def _is_text(node) -> bool:
    """Whether a statement is nothing but a text: a docstring, or without any effect."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def data_hash(data: "ImageFolder") -> str:
    """Return twelve digits of classes, names, labels, splits and contents of all pictures.

    Folders above the classes do not count, nor which of its two ways a system writes an accent.
    """
    digest = hashlib.sha256("\0".join(map(_spelt, data.classes)).encode("utf-8", "surrogatepass"))
    table = data.table
    rows = zip(
        table["path"],
        table["label"],
        table["split"],
        data.digests(),
        strict=True,
    )
    for path, label, split, content in rows:
        row = f"\n{_spelt(Path(path).name)}\0{label}\0{split}\0{content}"
        digest.update(row.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:12]


def _spelt(name: str) -> str:
    """Return a name in one of the two ways in which Unicode writes an accent."""
    return unicodedata.normalize("NFC", name)

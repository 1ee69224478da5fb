"""Run the sections "Now yours" on other sources of pictures, and look at what they show.

A copy of ImageNet's two classes, an archive of flowers from a server on this machine, a folder of
three classes, and one with three pictures in each: small, made here, and without masks. Of each
chapter only that section runs, and what it needs of the cells before it.
"""

import ast
import functools
import http.server
import math
import os
import re
import shutil
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import nbformat
import numpy as np
from bookfiles import BUILD, ROOT, chapters, figures, read
from nbclient.exceptions import CellExecutionError
from PIL import Image, ImageDraw, ImageFilter
from run_notebooks import Report, execute
from run_settings import own_home

CHAPTERS = (
    "training_on_two_classes",  # trains; the others find its run
    "confusion_matrix_and_errors",
    "grad_cam",
    "what_the_filters_learn",
)
HEADING = re.compile(r"^#{2,3} ", re.MULTILINE)
OWN = "own_recipe(source)"  # the section begins where the run is trained or found
FLOWERS = ("daisy", "dandelion", "roses", "sunflowers", "tulips")
#: Methods that change what they belong to.
MUTATORS = frozenset(
    "add append clear extend insert pop remove reverse setdefault sort update".split()
)
#: Keeps the last figure of each kind, to be looked at when the section has run.
KEEP = """
drawn_by = {}


def keeping(function):
    def draw(*given, **named):
        drawn_by[function.__name__] = function(*given, **named)
        return drawn_by[function.__name__]

    return draw


for kind in ("confusion", "learning_curves", "cam_grid"):
    setattr(plots, kind, keeping(getattr(plots, kind)))
"""
#: What must hold in each chapter when the section has run.
CHECKS = {
    "training_on_two_classes": """
lines = [line for axis in drawn_by["learning_curves"].axes for line in axis.lines]
values = [np.asarray(line.get_ydata(), float) for line in lines]
for column in ("loss", "val_loss", "accuracy", "val_accuracy"):
    wanted = own.history[column].to_numpy()
    same = [x for x in values if x.shape == wanted.shape and np.allclose(x, wanted)]
    assert same, f"no curve shows {column}"
judged = own.predictions
""",
    "confusion_matrix_and_errors": """
shown = [(text.get_text().split() or ["0"])[0] for text in drawn_by["confusion"].axes[0].texts]
counts = evaluation.confusion_matrix(own).to_numpy().ravel()
assert counts.sum() == len(own) and shown == [str(n) for n in counts], (shown, counts)
judged = own
""",
    "grad_cam": """
assert {"gradcam", "gradcam++", "scorecam"} <= set(methods.values())
assert len(drawn_by["cam_grid"].axes) >= len(picked) * (1 + len(methods))
kinds = set(table["correct"]) & {True, False}
assert kinds == set(picked["correct"]), (kinds, picked["correct"])
assert len(kinds) == 2 or len(table) < 10, "all right, or all wrong"
judged = table
""",
    "what_the_filters_learn": "judged = mine.predictions",
}
SAY = """
right = evaluation.accuracy(judged)
print(f"{right.correct} of {right.total}")
"""


def section(notebook: nbformat.NotebookNode) -> tuple[nbformat.NotebookNode, range]:
    """Return the section "Now yours" as a notebook of its own, and the places of its cells in it.

    In front stand the cells up to the one that chooses the source, whole, and the statements of
    later ones that bind what the section uses.
    """
    cells = notebook.cells
    first = next(i for i, c in enumerate(cells) if c.cell_type == "code" and "chosen()" in c.source)
    begin, end = _borders(cells)
    own = [cell for cell in cells[begin:end] if cell.cell_type == "code"]
    between = [cell for cell in cells[first + 1 : begin] if cell.cell_type == "code"]
    front = [cell for cell in cells[: first + 1] if cell.cell_type == "code"]
    before = [*front, *map(nbformat.v4.new_code_cell, (needed(between, own), KEEP))]
    whole = nbformat.v4.new_notebook(cells=[nbformat.from_dict(cell) for cell in [*before, *own]])
    return whole, range(len(before), len(before) + len(own))


def _borders(cells: Sequence[nbformat.NotebookNode]) -> tuple[int, int]:
    texts = [cell.source if cell.cell_type == "markdown" else "" for cell in cells]
    begin = next(i for i, cell in enumerate(cells) if OWN in cell.source)
    end = next(i for i, text in enumerate(texts) if i > begin and HEADING.search(text))
    return begin, end


def needed(before: Sequence[nbformat.NotebookNode], own: Sequence[nbformat.NotebookNode]) -> str:
    r"""Return the statements of some cells that bind the names which later cells use.

    Examples
    --------
    >>> cell = nbformat.v4.new_code_cell
    >>> needed([cell("a = 1"), cell("b = a + 1\nc = 5")], [cell("print(b)")])
    'a = 1\nb = a + 1'
    """
    wanted: set[str] = set()
    for node in reversed(_statements(own)):
        wanted = wanted - _bound(node) | _used(node)
    kept = []
    for node in reversed(_statements(before)):
        touched = _bound(node) | _changed(node)
        if touched & wanted:
            kept.append(node)
            wanted = wanted - _bound(node) | _used(node) | _changed(node)
    return "\n".join(map(ast.unparse, reversed(kept)))


def _statements(cells: Sequence[nbformat.NotebookNode]) -> list[ast.stmt]:
    return [node for cell in cells for node in ast.parse(cell.source).body]


def _bound(node: ast.stmt) -> set[str]:
    """Return the names that a statement gives a value, whatever they were before."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(one.asname or one.name).partition(".")[0] for one in node.names}
    return _stored(node) - _changed(node)


def _changed(node: ast.stmt) -> set[str]:
    """Return the names whose value a statement changes: ``a |= b``, ``a["x"], b = 1, 2``.

    So does ``a.append(b)``; what happens under ``if`` or ``try`` happens perhaps, and counts.
    """
    holders: list[ast.expr] = []
    for part in ast.walk(node):
        if isinstance(part, ast.AugAssign):
            holders.append(part.target)
        elif isinstance(part, (ast.Subscript, ast.Attribute)) and not isinstance(
            part.ctx, ast.Load
        ):
            holders.append(part.value)
        elif isinstance(part, ast.Expr) and isinstance(part.value, ast.Call):
            called = part.value.func
            if isinstance(called, ast.Attribute) and called.attr in MUTATORS:
                holders.append(called.value)
    named = {one.id for held in holders for one in ast.walk(held) if isinstance(one, ast.Name)}
    return named | (_stored(node) if isinstance(node, (ast.If, ast.Try)) else set())


def _stored(node: ast.AST) -> set[str]:
    names = (one for one in ast.walk(node) if isinstance(one, ast.Name))
    return {one.id for one in names if isinstance(one.ctx, ast.Store)}


def _used(node: ast.AST) -> set[str]:
    """Return the names that a statement reads, without those that are its own."""
    names = [one for one in ast.walk(node) if isinstance(one, ast.Name)]
    read = {one.id for one in names if isinstance(one.ctx, ast.Load)}
    own = {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
    for part in ast.walk(node):
        if isinstance(part, ast.comprehension):
            own |= _stored(part.target)
    whole = isinstance(node, (ast.FunctionDef, ast.For, ast.Try, ast.With))
    return read - own - (_stored(node) if whole else set())


# ---------------------------------------------------------------------------------------------
# The sources
# ---------------------------------------------------------------------------------------------


def picture(kind: int, number: int) -> Image.Image:
    """Draw a flower on a meadow: the kind decides petals and colour, all else is by chance."""
    rng = np.random.default_rng([kind, number])
    spots = rng.integers(0, 256, (rng.integers(3, 9), rng.integers(3, 9), 3)).astype("uint8")
    size = (300 + 10 * int(rng.integers(0, 9)), 300)
    image = Image.fromarray(spots // 2).resize(size, Image.Resampling.BICUBIC)
    pen, petals = ImageDraw.Draw(image), 4 + 2 * kind
    x, y = (rng.uniform(0.35, 0.65) * side for side in size)
    colour = tuple(int(v) for v in (np.array([250, 200, 90]) * (1 + kind)) % 256)
    radius, turn = rng.uniform(50, 90), rng.uniform(0, math.pi)
    for petal in range(petals):
        angle = turn + 2 * math.pi * petal / petals
        at = (x + radius * math.cos(angle), y + radius * math.sin(angle))
        pen.circle(at, radius / 2.2, fill=colour)
    pen.circle((x, y), radius / 2, fill=(240, 220, 40))
    return image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 1.5))))


def folder(place: Path, classes: Sequence[str], count: int, start: int = 0) -> Path:
    """Write a folder of some pictures for each class; one in ten shows another class.

    So even a network that has learned the classes is wrong on some, as the sections expect.
    """
    for kind, name in enumerate(classes):
        (place / name).mkdir(parents=True)
        for number in range(start, start + count):
            other = number % 10 == 9
            shown = picture((kind + other) % len(classes), number + 1000 * other)
            shown.save(place / name / f"{name}_{number}.JPEG", quality=90)
    return place


def imagenet(place: Path) -> dict[str, str]:
    """Write a tree in ImageNet's layout; return what chooses it."""
    wnids = ("n03095699", "n03792782")
    folder(place / "train", wnids, 60)
    folder(place / "val", wnids, 20, start=60)
    return {"ALEXNET_DATA": f"imagenet:{place}"}


def flowers(place: Path) -> dict[str, str]:
    """Serve an archive of flowers from this machine; return what chooses it."""
    photos = folder(place / "flower_photos", FLOWERS, 24)
    (photos / "LICENSE.txt").write_text("Drawn by a program.\n", encoding="utf-8")
    with tarfile.open(place / "flower_photos.tgz", "w:gz") as tar:
        tar.add(photos, "flower_photos")
    handler = functools.partial(Quiet, directory=str(place))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/flower_photos.tgz"
    return {"ALEXNET_DATA": "flowers", "ALEXNET_FLOWERS": address}


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def plain(place: Path, count: int = 30) -> dict[str, str]:
    """Write a folder of three classes; return what chooses it."""
    return {"ALEXNET_DATA": str(folder(place, ("rose", "tulip", "violet"), count))}


#: Name of each source, and what makes it in an empty folder.
SOURCES: dict[str, Callable[[Path], dict[str, str]]] = {
    "flowers": flowers,
    "three pictures a class": functools.partial(plain, count=3),
    "ImageNet's layout": imagenet,
    "three classes": plain,
}


# ---------------------------------------------------------------------------------------------
# Running and looking
# ---------------------------------------------------------------------------------------------


def run_source(name: str) -> list[str]:
    """Run the sections on a source; return what went wrong, a line each."""
    mark = re.sub(r"\W+", "-", name)
    place = BUILD / "sources" / mark
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    before = dict(os.environ)
    os.environ.update(ALEXNET_HOME=str(own_home(mark)), ALEXNET_EPOCHS="2")
    os.environ.update(SOURCES[name](place))
    try:
        return [f"{slug}: {problem}" for slug in CHAPTERS for problem in run_section(slug)]
    finally:
        os.environ.clear()
        os.environ.update(before)


def run_section(slug: str) -> Iterator[str]:
    """Run one section, check it and yield what is missing in what it shows."""
    path = chapters()[slug]
    notebook, places = section(read(path))
    stored = [len([*figures(notebook.cells[i])]) for i in places]
    notebook.cells.append(nbformat.v4.new_code_cell(CHECKS[slug] + SAY))
    start = time.monotonic()
    try:
        execute(notebook, path, Report([path]))
    except CellExecutionError as error:
        yield str(error)
        return
    fresh = [len([*figures(notebook.cells[i])]) for i in places]
    if fresh != stored:
        yield f"figures by cell {fresh}, with the drawn pictures {stored}"
    (said,) = (output.text.strip() for output in notebook.cells[-1].outputs)
    sentences = [text for i in places for text in spoken(notebook.cells[i])]
    if not any(f"{said} " in text and "interval" in text for text in sentences):
        yield f"no sentence says that {said} are right, with an interval: {sentences}"
    print(f"    {slug}: {sum(fresh)} figures, {said}, {time.monotonic() - start:.0f} s", flush=True)


def spoken(cell: nbformat.NotebookNode) -> Iterator[str]:
    """Yield the sentences that a cell shows."""
    for output in cell.outputs:
        if text := output.get("data", {}).get("text/markdown"):
            yield text


def main() -> int:
    """Run the sections on every source; 1 when something went wrong or is missing."""
    os.environ.setdefault("ALEXNET_HOME", str(ROOT / "_build" / "home"))
    os.environ.setdefault("ALEXNET_PROFILE", "quick")
    failed = False
    for name in SOURCES:
        print(f"--- {name}", flush=True)
        for problem in run_source(name):
            failed = True
            print(f"\n{name}, {problem}", file=sys.stderr, flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

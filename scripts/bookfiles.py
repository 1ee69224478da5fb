"""What the other scripts and the tests know about the book's files."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that scripts also run where the package is not installed

from helpers.files import write_atomic  # noqa: E402

BUILD = ROOT / "_build"
VENDORED = {"mathjax", "reveal"}  # folders with other people's files, as NOTICE says
TIMINGS = "results/timings.json"
FULL_ONCE = "full_once"  # its times of `make full-once`
#: How a cell's figure is stored: as a drawing, or as a picture in base64.
DRAWING, PICTURE, PHOTOGRAPH = "image/svg+xml", "image/png", "image/jpeg"


@dataclass(frozen=True)
class Part:
    """One part of the book: its caption and its pages, as paths without suffix."""

    caption: str
    pages: tuple[str, ...]


def toc(root: Path = ROOT) -> dict:
    """Return ``_toc.yml`` as it stands."""
    return yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))


def parts(root: Path = ROOT) -> list[Part]:
    """Return the parts of the table of contents, in order."""
    return [
        Part(part["caption"], tuple(chapter["file"] for chapter in part["chapters"]))
        for part in toc(root).get("parts", [])
    ]


def pages(root: Path = ROOT) -> list[str]:
    """Return every page of the table of contents without suffix, the cover first."""
    return [toc(root)["root"], *(page for part in parts(root) for page in part.pages)]


def source(page: str, root: Path = ROOT) -> Path | None:
    """Return the file behind a page of the table of contents, or None when there is none."""
    for suffix in (".md", ".ipynb"):
        path = root / f"{page}{suffix}"
        if path.is_file():
            return path
    return None


def notebooks(root: Path = ROOT) -> list[Path]:
    """Return the notebooks of the table of contents, in order."""
    found = (source(page, root) for page in pages(root))
    return [path for path in found if path is not None and path.suffix == ".ipynb"]


def slug(path: Path) -> str:
    """Return what names a notebook everywhere: its file's name without number and suffix.

    Examples
    --------
    >>> slug(Path("notebooks", "16_grad_cam.ipynb"))
    'grad_cam'
    """
    return path.stem.partition("_")[2]


def number(path: Path) -> int:
    """Return the number of a chapter: the digits that its file's name begins with."""
    return int(path.stem.partition("_")[0])


def is_appendix(path: Path) -> bool:
    """Return whether a notebook is an appendix: its file's name begins with a letter alone.

    Examples
    --------
    >>> is_appendix(Path("notebooks", "B_units.ipynb")), is_appendix(Path("06_relu.ipynb"))
    (True, False)
    """
    return re.fullmatch("[A-Z]", path.stem.partition("_")[0]) is not None


def label(path: Path) -> str:
    """Return what the text calls a notebook by: a chapter's number, an appendix's letter.

    Examples
    --------
    >>> label(Path("06_relu.ipynb")), label(Path("B_units.ipynb"))
    ('6', 'B')
    """
    return path.stem.partition("_")[0] if is_appendix(path) else str(number(path))


def by_slug(root: Path = ROOT) -> dict[str, Path]:
    """Return the notebooks of the table of contents, chapters and appendices, by slug, in order."""
    return {slug(path): path for path in notebooks(root)}


def chapters(root: Path = ROOT) -> dict[str, Path]:
    """Return the chapters of the table of contents by slug, in order."""
    return {name: path for name, path in by_slug(root).items() if not is_appendix(path)}


def appendices(root: Path = ROOT) -> dict[str, Path]:
    """Return the appendices of the table of contents by slug, in order."""
    return {name: path for name, path in by_slug(root).items() if is_appendix(path)}


def chosen(asked: list[str], root: Path = ROOT) -> list[Path]:
    """Return the notebooks of these slugs, and those whose slug or file begins so; all for none."""
    whole = by_slug(root).keys() & asked  # "convolution" is not "convolution_arithmetic", too
    begin = tuple(set(asked) - whole) if asked else ("",)
    return [
        path
        for path in notebooks(root)
        if slug(path) in whole or slug(path).startswith(begin) or path.stem.startswith(begin)
    ]


def read(path: Path) -> nbformat.NotebookNode:
    """Return a notebook."""
    return nbformat.read(path, as_version=4)


def figures(cell: nbformat.NotebookNode) -> Iterator[tuple[str, nbformat.NotebookNode]]:
    """Yield each figure that a cell has put out: its kind, and the output that holds it."""
    for output in cell.get("outputs", ()):
        for kind in (DRAWING, PICTURE, PHOTOGRAPH):
            if kind in output.get("data", {}):
                yield kind, output


def title(path: Path) -> str:
    """Return a page's first heading.

    Examples
    --------
    >>> title(ROOT / "book" / "glossary.md")
    'Glossary and symbols'
    """
    if path.suffix == ".ipynb":
        lines = read(path).cells[0].source.splitlines()
    else:
        lines = path.read_text(encoding="utf-8").splitlines()
    return next(line[2:].strip() for line in lines if line.startswith("# "))


def config(root: Path = ROOT) -> dict:
    """Return ``_config.yml`` as it stands."""
    return yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))


def repository(root: Path = ROOT) -> str:
    """Return the address of the public repository."""
    return config(root)["repository"]["url"]


def timings(root: Path = ROOT) -> dict:
    """Return the recorded running times: ``machine`` and ``seconds`` by slug."""
    path = root / TIMINGS
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"seconds": {}}


def duration(seconds: float | None) -> str:
    """Return a running time in words.

    Examples
    --------
    >>> duration(12), duration(200), duration(None)
    ('12 s', '3 min', 'not measured')
    """
    if seconds is None:
        return "not measured"
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def from_template(name: str, **values: object) -> str:
    """Return a page made of a template of ``scripts/templates``; values are escaped for HTML."""
    from jinja2 import Environment, FileSystemLoader

    kept = {"trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True}
    places = FileSystemLoader(ROOT / "scripts" / "templates")
    return Environment(loader=places, autoescape=True, **kept).get_template(name).render(values)


def write(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    write_atomic(path, lambda new: new.write_text(text, encoding="utf-8"))


def write_changed(files: dict[Path, str]) -> None:
    """Write those files whose text differs from what is there, and say so."""
    for path, text in files.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write(path, text)
            print(f"written: {path.relative_to(ROOT)}")


def tracked(root: Path = ROOT) -> Iterator[Path]:
    """Yield the files git tracks that exist, or all files where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        names = [root / name for name in listed.stdout.split("\0") if name]
    else:
        names = sorted(root.rglob("*"))
    yield from (path for path in names if path.is_file())


def lost_text(text: str) -> list[str]:
    """Return what YAML would silently leave out of a data file, one line each.

    A value that is not in quotes ends where `` #`` begins a comment, and of a key that stands twice
    only the last value is kept.

    Examples
    --------
    >>> lost_text("said: true since net #147")
    ['line 1: "#147" is read as a comment; put the value in quotes']
    >>> lost_text('said: "true since net #147"  ')
    []
    """
    return [*_cut(text), *_repeated(yaml.compose(text, Loader=_LOADER))]


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _cut(text: str) -> Iterator[str]:
    """Yield what stands as a comment where a value should be or goes on: behind it, or below."""
    lines = text.split("\n")
    for token in _values(text):
        start, end = token.start_mark, token.end_mark
        found = [(end.line, lines[end.line][end.column :])]
        if end.line + 1 < len(lines) and not isinstance(token, _OPENERS):
            below = lines[end.line + 1]
            if _indent(below, " ") > _indent(lines[start.line], " -"):
                found.append((end.line + 1, below))
        for number, rest in found:
            if rest.lstrip().startswith("#"):
                cut = rest.strip()
                yield f'line {number + 1}: "{cut}" is read as a comment; put the value in quotes'


#: Behind these a value begins.
_OPENERS = yaml.ValueToken | yaml.BlockEntryToken


def _values(text: str) -> Iterator[yaml.Token]:
    """Yield the end of each value and each sign behind which one begins, but no key."""
    last = None
    for token in yaml.scan(text, Loader=_LOADER):
        # A block scalar, behind "|" or ">", holds "#" and ends at the beginning of a later line.
        plain = isinstance(token, yaml.ScalarToken) and token.style not in ("|", ">")
        whole = isinstance(token, yaml.FlowSequenceEndToken | yaml.FlowMappingEndToken | _OPENERS)
        if whole or (plain and not isinstance(last, yaml.KeyToken)):
            yield token
        last = token


def _indent(line: str, signs: str) -> int:
    return len(line) - len(line.lstrip(signs))


def _repeated(node: yaml.Node | None) -> Iterator[str]:
    """Yield each key that stands twice in one mapping."""
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                yield f"line {key.start_mark.line + 1}: {key.value!r} stands twice"
            seen.add(key.value)
            yield from _repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(item)

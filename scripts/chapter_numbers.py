"""The numbers of chapters in the book's text, which ``make pages`` writes.

A number in prose carries the slug of its chapter in a comment that no reader sees, a link has
it in its address, and a chapter's own exercises have the number of its file:
``chapter N<!-- relu -->``, ``exercise N.3<!-- relu -->``, ``[chapter N](NN_relu.ipynb)``.
An appendix has a letter in the same places, ``appendix X<!-- units -->``.
Where no comment can stand, in titles, alternative texts, code and data, chapters have no number.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from bookfiles import ROOT, VENDORED, by_slug, label, notebooks, read, slug, tracked

from helpers.errors import UserError

MARKED = re.compile(r"\b(?:\d+|[A-Z])((?:\.\d+)?<!-- (\w+) -->)")
ADDRESS = re.compile(r"\b(?:\d\d|[A-Z])_(\w+)(?=\.(?:ipynb|html)\b)")
LINKED = re.compile(
    r"(\[(?:chapter|appendix) )(?:\d+|[A-Z])(\]\([^)\s]*?\b(\d\d|[A-Z])_\w+\.ipynb)",
    re.IGNORECASE,
)
#: The chapter's own exercises: heading, call, and the line it prints.
HEADING = re.compile(r"^(### Exercise )\d+(?=\.\d)", re.MULTILINE)
CALL = re.compile(r"(check_exercise\(\s*[\"'])\d+(?=\.\d)")
PRINTED = re.compile(r"^(Exercise )\d+(?=\.\d+: )", re.MULTILINE)

_JOINT = r"(?: \([^()]*\))?(?:,? and|,? or| to|,|–)\s*"
_BEHIND = rf"(?:\s|&nbsp;)+(?:¤{_JOINT})*"
_LETTER = r"(?-i:[A-HJ-Z])\b"  # "I" is a word
#: A typed number or letter, once each one that is written here has become a ¤.
TYPED = re.compile(
    rf"\b(?:(?:chapter|exercise)s?{_BEHIND}\d[\d.]*|appendi(?:x|ces){_BEHIND}{_LETTER})",
    re.IGNORECASE,
)
#: In code and data no exercises are looked for: their number is there what a call takes.
TYPED_IN_CODE = re.compile(
    rf"\b(?:chapters?(?:\s|&nbsp;)+\d+|appendi(?:x|ces)(?:\s|&nbsp;)+{_LETTER})", re.IGNORECASE
)
PAGES = ("*.md", "book/*.md", "results/**/*.md")
SUFFIXES = {".py", ".yml", ".js", ".cff", ".toml", ".txt", ".sh"}


def numbers(root: Path = ROOT) -> dict[str, str]:
    """Return the number of each chapter, and the letter of each appendix, by slug."""
    return {name: label(path) for name, path in by_slug(root).items()}


def numbered(text: str, known: dict[str, str]) -> str:
    """Return Markdown text with the numbers of today; UserError where a slug is no chapter's.

    Examples
    --------
    >>> numbered("chapter 9<!-- relu -->, [chapter 9](08_relu.ipynb)", {"relu": "2"})
    'chapter 2<!-- relu -->, [chapter 2](02_relu.ipynb)'
    >>> numbered("[Appendix D](D_units.ipynb)", {"units": "B"})
    '[Appendix B](B_units.ipynb)'
    """

    def marked(found: re.Match) -> str:
        if found[2] not in known:
            raise UserError(f"There is no chapter {found[2]!r}; _toc.yml has {', '.join(known)}.")
        return f"{known[found[2]]}{found[1]}"

    def address(found: re.Match) -> str:
        if found[1] not in known:
            return found[0]
        today = known[found[1]]
        return f"{today.zfill(2) if today.isdigit() else today}_{found[1]}"

    text = ADDRESS.sub(address, MARKED.sub(marked, text))
    return LINKED.sub(lambda found: f"{found[1]}{found[3].lstrip('0')}{found[2]}", text)


def numbered_notebook(path: Path, known: dict[str, str]) -> str:
    """Return a notebook's text with the numbers of today, its own exercises' included."""
    notebook, own = read(path), rf"\g<1>{known[slug(path)]}"
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = HEADING.sub(own, numbered(cell.source, known))
        else:
            cell.source = CALL.sub(own, cell.source)
            for output in cell.get("outputs", []):
                if "text" in output:
                    output.text = PRINTED.sub(own, output.text)
    return nbformat.writes(notebook) + "\n"


def files(root: Path = ROOT) -> dict[Path, str]:
    """Return every page and notebook with the text it should have; UserError names the file."""
    known, texts = numbers(root), {}
    for path in (*notebooks(root), *(p for kind in PAGES for p in sorted(root.glob(kind)))):
        try:
            if path.suffix == ".ipynb":
                texts[path] = numbered_notebook(path, known)
            else:
                texts[path] = numbered(path.read_text(encoding="utf-8"), known)
        except UserError as error:
            raise UserError(f"{path.relative_to(root)}: {error}") from error
    return texts


def typed(root: Path = ROOT) -> list[str]:
    """Complain about each number of a chapter or exercise that this script cannot keep right."""
    return [
        f"{path.relative_to(root)}: {' '.join(words.split())!r} is typed"
        for path in tracked(root)
        if not VENDORED & set(path.parts)
        for words in _typed(path)
    ]


def _typed(path: Path) -> Iterator[str]:
    if path.suffix == ".ipynb":
        yield from _typed_in_notebook(path)
    elif path.suffix == ".md":
        yield from typed_in(path.read_text(encoding="utf-8"))
    elif path.suffix in SUFFIXES:
        yield from TYPED_IN_CODE.findall(_without_written(path.read_text(encoding="utf-8")))


def typed_in(text: str) -> list[str]:
    """Return the numbers of chapters and exercises in Markdown text that carry no slug.

    Examples
    --------
    >>> typed_in("chapters 2<!-- relu --> and 3")
    ['chapters ¤ and 3']
    """
    return [found[0] for found in TYPED.finditer(_without_written(text))]


def _without_written(text: str) -> str:
    """Return text with a ¤ for each number that this script writes."""
    return LINKED.sub("[chapter ¤](", MARKED.sub("¤", text))


def _typed_in_notebook(path: Path) -> Iterator[str]:
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            yield from typed_in(HEADING.sub("### ", cell.source))
        else:
            yield from TYPED_IN_CODE.findall(cell.source)
            for output in cell.get("outputs", []):
                shown = [output.get("text", ""), *_texts(output)]
                yield from TYPED_IN_CODE.findall("\n".join(shown))
        yield from TYPED_IN_CODE.findall(str(cell.metadata))


def _texts(output: nbformat.NotebookNode) -> list[str]:
    return [str(data) for kind, data in output.get("data", {}).items() if kind.startswith("text")]

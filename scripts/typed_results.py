"""Results of runs that a chapter types where a cell should compute them.

Under a mark "measured here" no text holds a number of the kinds that a run decides: a percentage,
points, times, "so many of so many". ``helpers.book.sentences.say`` shows such a sentence, and its
own text holds none either. Captions and alternative texts follow the same rule, but for figures
that show no run.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from bookfiles import read

MARK = re.compile(r"measured here\]|\b(?:in|of) the (?:stored run|run shown)|\bin this run\b", re.I)
#: A digit, whatever closes its formula or its bold type, and what makes a result of it.
RESULT = re.compile(
    r"\d[\s$*}~\\,]*(?:%|per[ -]?cent\b|(?:percentage[ -])?points?\b|times\b|-fold\b"
    r"|(?:out )?of (?:the |all )?\d)",
    re.I,
)
#: The level of an interval is chosen; no run decides it.
LEVEL = re.compile(r"\b\d+[\s$\\]*(?:%|per ?cent)[ -](?:confidence )?intervals?", re.I)
#: Figures whose numbers no run decides, and where these come from.
NO_RUN = {
    "fig-ranked-guesses": "scores made up for the example",
    "fig-growth": "counted from the two networks' specifications",
    "fig-results": "the paper's tables",
    "fig-years": "the contests' pages",
    "fig-relu-functions": "values of functions",
    "fig-cost": "counted from the network's specification",
    "fig-after-log": "the log of the released code",
}


def typed_results(path: Path) -> list[str]:
    """Complain about results that a chapter types, one line each."""
    notebook = read(path)
    found = [*_in_text(notebook), *_in_sentences(notebook), *_beside_figures(notebook)]
    return [f"{path.name}, cell {place}: {text!r} is typed" for place, text in found]


def results(text: str) -> list[str]:
    """Return the places of a text that read like results of a run.

    Examples
    --------
    >>> results("right on 97 % of 400, by a 95 % interval 3.5 points more")
    ['right on 97 % of 400', 'interval 3.5 points more']
    """
    text = LEVEL.sub("interval", text)
    return [_around(text, found) for found in RESULT.finditer(text)]


def _around(text: str, found: re.Match) -> str:
    """Return a place with a word or two on each side."""
    before = text[: found.start() + 1].split(" ")[-3:]
    after = text[found.end() :].split(" ")[:2]
    return " ".join(before) + found.group()[1:] + " ".join(after)


def _in_text(notebook: nbformat.NotebookNode) -> Iterator[tuple[int, str]]:
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            for block in _marked(cell.source):
                yield from ((place, text) for text in results(block))


def _marked(source: str) -> Iterator[str]:
    """Yield paragraphs with a mark, and the lists and tables that such a paragraph opens."""
    marked = False
    for block in re.split(r"\n\s*\n", source):
        goes_on = marked and re.match(r"\s*(?:[-*|]|\d+\.)\s", block)
        marked = bool(MARK.search(block) or goes_on)
        if marked:
            yield block


def _in_sentences(notebook: nbformat.NotebookNode) -> Iterator[tuple[int, str]]:
    """Yield what cells type into the sentences that they show."""
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and re.search(r"\b(?:say|show_figure)\(", cell.source):
            for text in _strings(ast.parse(cell.source)):
                yield from ((place, found) for found in results(text))


def _strings(node: ast.AST) -> Iterator[str]:
    """Yield the strings of a cell; what an f-string computes stands in them as ``¤``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        pieces = [getattr(piece, "value", "¤") for piece in node.values]
        yield "".join(piece if isinstance(piece, str) else "¤" for piece in pieces)
        for piece in node.values:
            if isinstance(piece, ast.FormattedValue):
                yield from _strings(piece.value)  # and not its format, where .0% is no result
    else:
        for child in ast.iter_child_nodes(node):
            yield from _strings(child)


def _beside_figures(notebook: nbformat.NotebookNode) -> Iterator[tuple[int, str]]:
    """Yield what captions and alternative texts type."""
    for place, cell in enumerate(notebook.cells):
        shown = cell.metadata.get("mystnb", {})
        figure = shown.get("figure", {})
        if figure.get("name") not in NO_RUN:
            for text in (figure.get("caption", ""), shown.get("image", {}).get("alt", "")):
                yield from ((place, found) for found in results(text))

"""Slides, `make slides`: a deck for each chapter in ``_build/slides``, shown by reveal.js, offline.

A deck has the chapter's title and goals, each figure under the heading of its section, the recap,
and the quick questions, whose answers come with the next key. So a chapter's figures are tagged
for the slides by what makes them figures: ``mystnb.figure`` in the cell's metadata.
"""

import base64
import re
import shutil
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

import nbformat
import vector_figures
from bookfiles import (
    BUILD,
    DRAWING,
    ROOT,
    chapters,
    figures,
    from_template,
    number,
    read,
    title,
    write,
)
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from teaching import promise

SLIDES = BUILD / "slides"
ANSWERED = re.compile(r"<details><summary>(.+?)</summary>(.*?)</details>", re.DOTALL)
MARKDOWN = MarkdownIt().use(
    dollarmath_plugin,
    renderer=lambda text, how: escape(rf"\[{text}\]" if how["display_mode"] else rf"\({text}\)"),
)


def shown(text: str) -> str:
    r"""Return Markdown as HTML, without citations and with what links lead to left out.

    Examples
    --------
    >>> print(shown("as [shown](06_relu.ipynb) {cite}`nair2010`: $x<0$"))
    <p>as shown : <span class="math inline">\(x&lt;0\)</span></p>
    <BLANKLINE>
    """
    text = re.sub(r"\{cite(?::\w+)?\}`[^`]*`", "", text)
    return MARKDOWN.render(re.sub(r"(?<!!)\[([^\]]+)\]\([^)]*\)", r"\1", text))


def slides(notebook: nbformat.NotebookNode) -> Iterator[dict[str, str]]:
    """Yield the slides behind the first: ``head`` and ``body``, an ``answer`` to a question."""
    for head, body, cell in _pieces(notebook):
        if cell is not None:
            yield from ({"head": head, "body": figure} for figure in _figures(cell))
        elif head == "Recap":
            yield {"head": head, "body": shown(body)}
        elif head == "Quick questions":
            for question, answer in ANSWERED.findall(body):
                yield {"head": "Question", "body": shown(question), "answer": shown(answer)}


def _pieces(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, str, nbformat.NotebookNode]]:
    """Yield each section's heading and text, what cells say included, and its cells of figures."""
    head, body = "", ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            before, *sections = re.split(r"^## (.+)$", cell.source, flags=re.MULTILINE)
            body += f"\n\n{before}"
            for following, text in zip(sections[::2], sections[1::2], strict=True):
                yield head, body, None
                head, body = following, text
        elif "figure" in cell.metadata.get("mystnb", {}):
            yield head, "", cell
        else:
            said = (output.get("data", {}).get("text/markdown", "") for output in cell.outputs)
            body += "\n\n".join(["", *said])
    yield head, body, None


def _figures(cell: nbformat.NotebookNode) -> Iterator[str]:
    """Yield each figure that a cell has put out, with its caption."""
    about = cell.metadata.mystnb
    for kind, output in figures(cell):
        alt = output.metadata.get(kind, {}).get("alt") or about.image.alt
        data = output.data[kind]
        if kind == DRAWING:
            drawing, _ = vector_figures.split(data)
            data = base64.b64encode(drawing.encode()).decode()
        picture = f'<img alt="{escape(alt)}" src="data:{kind};base64,{data.replace(chr(10), "")}">'
        caption = shown(about.figure.caption)
        yield f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"


def deck(path: Path) -> str:
    """Return a chapter's deck as a page."""
    goals = [re.sub(r"^\s*(and )?(to )?", "", goal) for goal in promise(path).split(";")]
    return from_template(
        "deck.html",
        title=title(path),
        number=number(path),
        goals=[shown(goal) for goal in goals],
        slides=slides(read(path)),
    )


def write_decks(folder: Path = SLIDES) -> Path:
    """Write every deck anew, with reveal.js and MathJax beside them."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "scripts" / "reveal", folder / "reveal")
    shutil.copytree(ROOT / "book" / "_static" / "mathjax", folder / "mathjax")
    for path in chapters().values():
        write(folder / f"{path.stem}.html", deck(path))
    return folder


def main() -> int:
    """Write the decks and say where they are."""
    print(f"{len(chapters())} decks of slides are in {write_decks()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What a finished book must be. Each check returns a list of complaints, empty when all is well.

The tests run them on the book, and on broken copies, to see that each one can fail. Run as a
script, which ``make lint`` does, it prints what the files complain of; no page need be built.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import yaml
from bookfiles import (
    ROOT,
    VENDORED,
    is_appendix,
    notebooks,
    number,
    pages,
    read,
    repository,
    slug,
    source,
    tracked,
)
from bs4 import BeautifulSoup

LARGEST = 1_500_000  # bytes of a notebook
SHARE_IGNORED = 0.10
FRAME = ("**You will be able to**", "**Prerequisites**", "**Time**")
METADATA = {"kernelspec", "language_info"}
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}  # in Jupyter, in Colab
COLUMNS = 79
UNSEEN = {"hide-input", "remove-input", "hide-cell", "remove-cell"}  # folded on the page, or gone
CELL_METADATA = {"tags", "mystnb", *FOLDED}
#: Kinds of exercises of which a chapter has two; to predict alone is not yet to measure.
ACTIVE = re.compile(r"\b(derive|repair|train|predict, then)\b", re.I)
SETUP = ROOT / "scripts" / "setup_cell.txt"
MACHINE_PATHS = re.compile(r"(?<![\w.~/-])/(?:work|root|tmp|opt|home/\w+|Users/\w+)/[\w.-]")


# Pages ------------------------------------------------------------------------------------------


def soups(html: Path) -> Iterator[tuple[Path, BeautifulSoup]]:
    """Yield the pages of a built book, parsed."""
    for path in sorted(html.rglob("*.html")):
        if "_static" not in path.relative_to(html).parts:
            yield path, parsed(path)


def parsed(path: Path) -> BeautifulSoup:
    """Return a page, parsed anew only when its file has changed; nobody may change the result."""
    return _parsed(path, path.stat().st_mtime_ns)


@cache
def _parsed(path: Path, changed: int) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def article(soup: BeautifulSoup) -> BeautifulSoup:
    """Return the text of a page without the theme's frame, or the whole where there is none."""
    return soup.find("article", class_="bd-article") or soup


def missing_pages(html: Path, root: Path = ROOT) -> list[str]:
    """Complain about pages of the table of contents that have no source or are not in the book."""
    problems = []
    for page in pages(root):
        if source(page, root) is None:
            problems.append(f"_toc.yml names {page}, and there is no such file")
        elif not (html / f"{page}.html").is_file():
            problems.append(f"{page} is in _toc.yml and not in the book")
    return problems


def unlisted_notebooks(root: Path = ROOT) -> list[str]:
    """Complain about notebooks that the table of contents does not name."""
    listed = set(notebooks(root))
    found = sorted(
        p for kind in ("[0-9]*", "[A-Z]_*") for p in root.glob(f"notebooks/{kind}.ipynb")
    )
    return [f"{path.name} is not in _toc.yml" for path in found if path not in listed]


def broken_links(html: Path) -> list[str]:
    """Complain about links, anchors, images, scripts and styles that lead nowhere in the book."""
    trees = dict(soups(html))
    names = {path: anchors(soup) for path, soup in trees.items()}
    problems = []
    for path, soup in trees.items():
        for target in targets(soup):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            goal = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not goal.is_file():
                problems.append(f"{path.relative_to(html)}: {target} does not exist")
            elif parts.fragment and goal in names and unquote(parts.fragment) not in names[goal]:
                problems.append(f"{path.relative_to(html)}: {target} has no such anchor")
    return problems


def targets(soup: BeautifulSoup) -> Iterator[str]:
    """Yield every address a page refers to."""
    for name, attribute in (("a", "href"), ("link", "href"), ("img", "src"), ("script", "src")):
        for tag in soup.find_all(name, **{attribute: True}):
            if tag[attribute] not in ("", "#"):
                yield tag[attribute]


def anchors(soup: BeautifulSoup) -> set[str]:
    """Return the names that a link into the page may use."""
    found = {tag["id"] for tag in soup.find_all(id=True)}
    return found | {tag["name"] for tag in soup.find_all("a", attrs={"name": True})} | {"top"}


def bad_alternatives(html: Path) -> list[str]:
    """Complain about images whose alternative text is missing, short, or a file name."""
    problems = []
    for path, soup in soups(html):
        for image in article(soup).find_all("img"):
            text = (image.get("alt") or "").strip()
            if re.search(r"\.(png|jpe?g|svg|gif)$", text) or len(text) < 20 or " " not in text:
                problems.append(f"{path.relative_to(html)}: {image.get('src')} has alt={text!r}")
    return problems


def other_hosts(html: Path) -> list[str]:
    """Complain about anything a browser would load from another host when it opens a page."""
    problems = []
    for path, soup in soups(html):
        for target in loaded(soup):
            if re.match(r"(https?:)?//", target):
                problems.append(f"{path.relative_to(html)} loads {target}")
        for script in soup.find_all("script", src=False):
            for target in re.findall(r"https?://[^\s\"']+\.(?:js|css)\b", script.string or ""):
                problems.append(f"{path.relative_to(html)} has a script that names {target}")
    for path in sorted(html.rglob("*.css")):
        text = path.read_text(encoding="utf-8", errors="replace")
        for target in re.findall(r"(?:url\(|@import\s+)[\"']?((?:https?:)?//[^\"')]+)", text):
            problems.append(f"{path.relative_to(html)} loads {target}")
    return problems


def loaded(soup: BeautifulSoup) -> Iterator[str]:
    """Yield the addresses that are fetched with the page."""
    tags = ("script", "img", "iframe", "video", "audio", "source", "embed", "input")
    for tag in soup.find_all(tags, src=True):
        yield tag["src"]
    kinds = {"stylesheet", "icon", "preload", "modulepreload", "preconnect", "dns-prefetch"}
    for tag in soup.find_all("link", href=True):
        if kinds & set(tag.get("rel", ())):
            yield tag["href"]


def heading_order(html: Path, root: Path = ROOT) -> list[str]:
    """Complain about pages with no or several first headings, or with a level left out."""
    problems = []
    for page in pages(root):
        path = html / f"{page}.html"
        soup = parsed(path)
        levels = [int(tag.name[1]) for tag in article(soup).find_all(re.compile(r"^h[1-6]$"))]
        if levels.count(1) != 1 or levels[0] != 1:
            problems.append(f"{page} has {levels.count(1)} headings of the first level")
        for above, level in pairwise(levels):
            if level > above + 1:
                problems.append(f"{page} goes from heading level {above} to {level}")
    return problems


def languages(html: Path) -> list[str]:
    """Complain about pages that do not say their language."""
    return [
        f"{path.relative_to(html)} has no language"
        for path, soup in soups(html)
        if soup.html is not None and soup.html.get("lang") != "en" and soup.find("body")
        if not soup.find("meta", attrs={"http-equiv": re.compile("refresh", re.I)})
    ]


def launch_links(html: Path, root: Path = ROOT) -> list[str]:
    """Complain about links into the repository, or to Colab, that lead to no tracked file."""
    files = {path.relative_to(root).as_posix() for path in tracked(root) if not path.is_symlink()}
    address = re.escape(repository(root)[len("https://github.com/") :])
    inside = re.compile(rf"{address}/(?:blob|edit|raw|tree)/main/([^?#]+)")
    problems, launched = [], set()
    for path, soup in soups(html):
        for tag in soup.find_all("a", href=re.compile(r"github\.com/|colab\.research")):
            found = inside.search(tag["href"])
            if found and unquote(found[1]) not in files:
                problems.append(f"{path.relative_to(html)}: {tag['href']} is no tracked file")
            if "colab.research" in tag["href"] and found:
                launched.add(unquote(found[1]))
    for path in notebooks(root):
        if path.relative_to(root).as_posix() not in launched:
            problems.append(f"{path.name} has no link to Colab")
    return problems


# Notebooks --------------------------------------------------------------------------------------


def notebook_problems(path: Path, root: Path = ROOT) -> list[str]:
    """Complain about everything that is not in order in a committed notebook.

    An appendix may be without what a chapter needs: a promise, a recap, exercises.
    """
    notebook = read(path)
    own = (homeless,) if is_appendix(path) else (unframed, closing)
    return [
        f"{path.name}: {text}"
        for check in (stale, untidy, wide, unopened, *own)
        for text in check(notebook, path, root)
    ]


def stale(notebook: nbformat.NotebookNode, path: Path, root: Path) -> Iterator[str]:
    """Complain about outputs that are not those of one clean run from top to bottom."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if [cell.execution_count for cell in cells] != list(range(1, len(cells) + 1)):
        yield "the execution counts are not 1, 2, 3 …: it was not run from top to bottom"
    for cell in cells:
        for output in cell.outputs:
            if output.output_type == "error":
                yield f"cell {cell.execution_count} has stored an error: {output.ename}"
            if output.get("name") == "stderr":
                yield f"cell {cell.execution_count} has stored a message on stderr"
        shown = [output for output in cell.outputs if output.output_type != "stream"]
        if "figure" in cell.metadata.get("mystnb", {}) and len(shown) > 1:
            yield f"cell {cell.execution_count} shows more than its figure, and the name is double"


def untidy(notebook: nbformat.NotebookNode, path: Path, root: Path) -> Iterator[str]:
    """Complain about size and about metadata that differ from editor to editor."""
    if path.stat().st_size > LARGEST:
        yield f"it has {path.stat().st_size:,} bytes; {LARGEST:,} are allowed"
    if set(notebook.metadata) != METADATA:
        yield f"its metadata are {sorted(notebook.metadata)}, not {sorted(METADATA)}"
    for place, cell in enumerate(notebook.cells, start=1):
        extra = set(cell.metadata) - CELL_METADATA
        if extra:
            yield f"cell {place} has the metadata {sorted(extra)}"
        folded = {key: cell.metadata[key] for key in FOLDED if key in cell.metadata}
        if folded not in ({}, FOLDED):
            yield f"cell {place} is not folded alike in Jupyter and Colab: {folded}"


def wide(notebook: nbformat.NotebookNode, path: Path, root: Path) -> Iterator[str]:
    """Complain about code that a page at a laptop's width would have to break."""
    for place, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code" and not UNSEEN & set(cell.metadata.get("tags", [])):
            for line in cell.source.splitlines():
                if len(line) > COLUMNS:
                    yield f"cell {place} has {len(line)} columns, {COLUMNS} are allowed: {line}"


def unopened(notebook: nbformat.NotebookNode, path: Path, root: Path) -> Iterator[str]:
    """Complain about the opening: title, set-up cell, banner."""
    first, setup, banner = notebook.cells[:3]
    if not first.source.startswith("# "):
        yield "the first cell does not begin with a title"
    if setup.source.strip() != SETUP.read_text(encoding="utf-8").strip():
        yield f"the second cell is not {SETUP.name}; `make pages` puts it there"
    if "environment.banner(" not in banner.source:
        yield "the third cell does not print the profile (environment.banner)"


def unframed(notebook: nbformat.NotebookNode, path: Path, root: Path) -> Iterator[str]:
    """Complain about a chapter's first cell: what it is for, prerequisites, time."""
    first = notebook.cells[0].source
    yield from (f"the first cell lacks {word}" for word in FRAME if word not in first)


def homeless(notebook: nbformat.NotebookNode, path: Path, root: Path) -> Iterator[str]:
    """Complain about an appendix whose first cell leads to no chapter."""
    if not re.search(r"\]\(\d\d_\w+\.ipynb", notebook.cells[0].source):
        yield "the first cell links no chapter that this appendix belongs to"


def closing(notebook: nbformat.NotebookNode, path: Path, root: Path) -> Iterator[str]:
    """Complain about recap and exercises."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for heading in ("## Recap", "## Exercises", "## Quick questions"):
        if not re.search(rf"^{heading}\s*$", text, re.M):
            yield f"there is no {heading!r}"
    told = re.findall(r"^### Exercise (\d+\.\d+)", text, re.M)
    if not 4 <= len(told) <= 6:
        yield f"it has {len(told)} exercises; four to six are wanted"
    yield from _kinds(text)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    solutions = [cell for cell in cells if "solution" in cell.metadata.get("tags", [])]
    if sorted(told) != sorted(set(solved := _asked(solutions))):
        yield f"exercises {told} are told, {solved} are solved"
    if sorted(told) != sorted(own := _asked(cell for cell in cells if cell not in solutions)):
        yield f"exercises {told} are told, for {own} there is a cell for the reader's answer"
    if any(cell.metadata.get(key) != FOLDED[key] for cell in solutions for key in FOLDED):
        yield "a solution is not folded in Jupyter and Colab"
    for cell in solutions:
        if not re.search(r"^# Why: \S", cell.source, re.M):
            which = ", ".join(_asked([cell]))
            yield f"the solution of exercise {which} does not say why (# Why: …)"
    yield from (f"exercise {id} is in no file" for id in unrecorded(told, path, root))


def _kinds(text: str) -> Iterator[str]:
    """Complain about exercises without a kind, and about too few that ask for more than a look."""
    kinds = dict(re.findall(r"^### Exercise (\d+\.\d+)\s+(?:\*\*(.+?)\.\*\*)?", text, re.M))
    for exercise, kind in kinds.items():
        if not kind:
            yield f"exercise {exercise} does not begin with its kind, such as **Derive.**"
    if sum(bool(ACTIVE.search(kind)) for kind in kinds.values()) < 2:
        yield "fewer than two exercises derive, predict and measure, repair or train"


def _asked(cells: Iterable[nbformat.NotebookNode]) -> list[str]:
    """Return the exercises that cells judge, or would if a comment were none."""
    source = "\n".join(cell.source for cell in cells)
    return re.findall(r"check_exercise\(\s*[\"'](\d+\.\d+)[\"']", source)


def unrecorded(numbers: list[str], path: Path, root: Path) -> list[str]:
    """Return the exercises that the chapter's file in book/exercises does not have."""
    file = root / "book" / "exercises" / f"{slug(path)}.yml"
    records = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else []
    known = {f"{number(path)}.{record['number']}" for record in records}
    return [id for id in numbers if id not in known]


def ignored_share(path: Path) -> float:
    """Return the share of a chapter's cells with output whose output the tests do not compare."""
    cells = [
        cell.metadata.get("tags", [])
        for cell in read(path).cells
        if cell.cell_type == "code" and cell.outputs
    ]
    ignored = [tags for tags in cells if {"nbval-ignore-output", "nbval-skip"} & set(tags)]
    return len(ignored) / len(cells) if cells else 0.0


# Repository -------------------------------------------------------------------------------------


def machine_paths(root: Path = ROOT) -> list[str]:
    """Complain about paths of somebody's machine in tracked files."""
    problems = []
    for path in tracked(root):
        if VENDORED & set(path.parts):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for found in MACHINE_PATHS.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            problems.append(f"{path.relative_to(root)}:{line} has {found[0]!r}")
    return problems


def other_repositories(root: Path = ROOT) -> list[str]:
    """Complain about links to this book's own files that use another address than _config.yml."""
    right = repository(root)[len("https://github.com/") :]
    own = re.compile(r"github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/(?:blob|edit|actions)/")
    problems = []
    for name in ("README.md", "CITATION.cff", "scripts/setup_cell.txt", "book/how_to_run.md"):
        text = (root / name).read_text(encoding="utf-8")
        if f"github.com/{right}" not in text:
            problems.append(f"{name} does not name {right}")
        on_colab = re.findall(r"google\.com/github/([\w.-]+/[\w.-]+)/", text)
        for address in own.findall(text) + on_colab:
            if address != right:
                problems.append(f"{name} names {address}")
    for path in notebooks(root):
        text = "\n".join(cell.source for cell in read(path).cells[:2])
        if f'"https://github.com/{right}"' not in text:
            problems.append(f"the set-up cell of {path.name} does not name {right}")
    return problems


# Files, as a command ----------------------------------------------------------------------------


def file_problems(root: Path = ROOT) -> list[str]:
    """Complain about everything that can be seen in the files alone."""
    return [
        *unlisted_notebooks(root),
        *machine_paths(root),
        *other_repositories(root),
        *(text for path in notebooks(root) for text in notebook_problems(path, root)),
    ]


def main() -> int:
    """Print every complaint, or that there is none; 1 where there is one."""
    problems = file_problems()
    print("\n".join(problems) or "the files of the book are in order")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())

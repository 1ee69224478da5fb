"""The index of the search: what each section of a page says in words, without code.

In: the pages as Sphinx resolves them, and ``book/search.yml``, which says where each term of the
glossary is explained and what readers call things that the book names otherwise.
Out: ``searchindex.js`` in place of Sphinx's own, a script that sets a global variable, since a page
opened from disk may not fetch a file. ``search.js`` ranks its sections. Left out are code and what
it prints, formulas, and the headings that every chapter has; a term of the glossary is a section
of its own.
"""

import json
import re
from dataclasses import astuple, dataclass, field
from pathlib import Path

import yaml
from bookfiles import by_slug, lost_text
from docutils import nodes
from sphinx.application import Sphinx

NAME = "searchindex.js"
#: Headings without a subject: their sections are found by what they say alone.
EVERYWHERE = re.compile(
    r"(You will be able to|Recap|Exercises|Exercise [\d.]+.*|Quick questions|Next|Things to try|"
    r"Now yours.*|Set-?up)",
    re.I,
)
#: Not to be read, or not in words.
SILENT = (
    nodes.title,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.comment,
    nodes.image,
    nodes.section,
)


@dataclass
class Section:
    """One section: its page, where it is, its heading, its text, and the words set off in it."""

    page: int
    anchor: str
    heading: str
    text: str
    marked: str


@dataclass
class Index:
    """The pages of the book and their sections."""

    pages: list[tuple[str, str]] = field(default_factory=list)  # name, title
    sections: list[Section] = field(default_factory=list)

    def add(self, name: str, doctree: nodes.document) -> None:
        """Take in a page."""
        top = next(doctree.findall(nodes.section), None)
        if top is None:
            return
        page = len(self.pages)
        self.pages.append((name, _heading(top)))
        for section in doctree.findall(nodes.section):
            if re.fullmatch("Next", _heading(section)):
                continue
            self.sections.append(_section(page, "" if section is top else "#", section))
        self.sections += [_term(page, item) for item in doctree.findall(nodes.definition_list_item)]
        self.sections = [section for section in self.sections if section.text or section.heading]

    def write(self, path: Path, asked: dict[str, list[str]]) -> None:
        """Write the index as a script, with the pages to put first by what is asked for."""
        sections = [astuple(section) for section in self.sections]
        data = {"pages": self.pages, "sections": sections, "first": asked}
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        path.write_text(f"globalThis.alexnetSearch = {text};\n", encoding="utf-8")


def _heading(section: nodes.section) -> str:
    return section.next_node(nodes.title).astext()


def _section(page: int, mark: str, section: nodes.section) -> Section:
    """Return what a section says without the sections in it."""
    heading = _heading(section)
    inside = [words(child) for child in section.children if not isinstance(child, SILENT)]
    return Section(
        page,
        mark and mark + section["ids"][0],
        "" if EVERYWHERE.fullmatch(heading) else heading,
        _tidy(" ".join(inside)),
        _tidy(" ".join(_marked(section))),
    )


def _marked(section: nodes.section) -> list[str]:
    """Return what is set off in the paragraphs of a section: that is where a word is explained."""
    found = []
    for child in section.children:
        if not isinstance(child, nodes.section):
            kinds = (nodes.strong, nodes.emphasis)
            found += [mark.astext() for kind in kinds for mark in child.findall(kind)]
    return [text for text in found if not text.startswith("[")]  # no badges


def _term(page: int, item: nodes.definition_list_item) -> Section:
    term = item.next_node(nodes.term)
    text = " ".join(words(part) for part in item.findall(nodes.definition))
    anchor = f"#{term['ids'][0]}" if term["ids"] else ""
    return Section(page, anchor, term.astext(), _tidy(text), "")


def words(node: nodes.Node) -> str:
    """Return what a reader reads in a node, code and formulas left out."""
    if isinstance(node, nodes.Text):
        return node.astext()
    if isinstance(node, SILENT) or "cell_input" in getattr(node, "attributes", {}).get(
        "classes", ()
    ):
        return ""
    if isinstance(node, nodes.definition_list_item):
        return ""  # a section of its own
    if isinstance(node, nodes.raw):
        return _without_tags(node.astext()) if node.get("format") == "html" else ""
    between = "" if isinstance(node, nodes.TextElement) else " "
    return between.join(words(child) for child in node.children)


def _without_tags(html: str) -> str:
    """Return the text of a page's own HTML: of its tables, not of forms and scripts."""
    tables = re.findall(r"<table.*?</table>", html, re.S)
    return re.sub(r"<[^>]+>", " ", " ".join(tables))


def _tidy(text: str) -> str:
    """Return a text in one line, without badges and the brackets that are left of citations."""
    text = re.sub(r"\[(paper|code|article-\d|measured here)[^\]]*\]", "", text)
    return re.sub(r"\s+([.,;:])", r"\1", re.sub(r"\s+", " ", text)).strip()


def first_pages(root: Path) -> dict[str, list[str]]:
    """Return the pages that come first by what is asked for, from ``book/search.yml``.

    Examples
    --------
    >>> from bookfiles import ROOT
    >>> first_pages(ROOT)["errata"]
    ['book/errata']
    """
    text = (root / "book" / "search.yml").read_text(encoding="utf-8")
    for loss in lost_text(text):
        raise ValueError(f"search.yml, {loss}")
    notebooks = by_slug(root)
    return {
        asked: [page for name in names.split() if (page := _page(name, notebooks))]
        for kind in yaml.safe_load(text).values()
        for asked, names in kind.items()
    }


def _page(name: str, notebooks: dict[str, Path]) -> str | None:
    """Return a page by its chapter's slug, or as it is; None for a chapter the book has not."""
    if "/" in name:
        return name
    return f"notebooks/{notebooks[name].stem}" if name in notebooks else None


#: What the theme loads into every page; only the page that searches needs a search.
SPHINX_SEARCH = re.compile(
    r'\s*<script src="[./]*(?:_static/searchtools|_static/language_data|searchindex)\.js"></script>'
)
OWN_SEARCH = "".join(
    f'\n  <script src="{name}.js"></script>'
    for name in ("_static/language_data", "searchindex", "_static/search")
)
_INDEX = Index()


def collect(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Take a page into the index."""
    _INDEX.add(page, doctree)


def replace(app: Sphinx, error: Exception | None) -> None:
    """Put the book's search in the place of Sphinx's."""
    out, source = Path(app.outdir), Path(app.srcdir)
    if error or app.builder.name != "html":
        return
    written = (source / "book" / "search.yml").exists()  # a book of one page, in a test, has none
    _INDEX.write(out / NAME, first_pages(source) if written else {})
    (out / "_static" / "searchtools.js").unlink(missing_ok=True)
    for page in out.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        new = SPHINX_SEARCH.sub("", text)
        if page == out / "search.html":
            new = new.replace("</head>", f"{OWN_SEARCH}\n</head>", 1)
        if new != text:
            page.write_text(new, encoding="utf-8")


def register(app: Sphinx) -> None:
    """Let Sphinx call them."""
    app.connect("doctree-resolved", collect)
    app.connect("build-finished", replace)

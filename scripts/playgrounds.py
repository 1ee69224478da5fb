"""What a reader can play with: where each playground stands, on which scripts it runs.

`book/playgrounds.yml` has a record of each, `book/playgrounds/ID.html` what the page shows of it:
the form, class `try`, and behind it the same in words, class `try-print`, for paper and for
browsers without scripts. A playground belongs to a heading of a chapter, by the chapter's slug and
the id that the heading has on the page; the notebooks know nothing of it. On other pages the
directive `{playground} ID` puts it, and `{playgrounds}` a card of each.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from html import escape
from pathlib import Path
from posixpath import relpath

import yaml
from bookfiles import ROOT, by_slug, is_appendix, label, pages, title
from docutils import nodes

#: At the end of the section, before its sub-sections, or behind the section's first paragraph.
PLACES = ("end", "start")


@dataclass(frozen=True)
class Playground:
    """One record of `book/playgrounds.yml`."""

    id: str
    title: str
    #: What is to be done with it, in a sentence; the cover shows it.
    sentence: str
    #: What the reader answers by playing; it stands above.
    question: str
    #: Files of `book/_static`, in the order in which they are run.
    scripts: tuple[str, ...]
    #: The slug of the chapter, and the id of the heading on its page.
    chapter: str
    after: str
    place: str = "end"
    #: The page of its own, as in `_toc.yml`, where there is one.
    page: str = ""


def load(root: Path = ROOT) -> list[Playground]:
    """Return the playgrounds in their order; none where the book has no such file.

    Raises
    ------
    TypeError
        When a record lacks a field, or has one that is not known.
    """
    path = root / "book" / "playgrounds.yml"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [
        Playground(**{**record, "scripts": tuple(record.get("scripts", ()))})
        for record in yaml.safe_load(text) or []
    ]


def problems(root: Path = ROOT) -> Iterator[str]:
    """Yield a sentence for each record that cannot be followed."""
    known, seen = by_slug(root), set()
    try:
        found = load(root)
    except TypeError as error:
        names = ", ".join(field.name for field in fields(Playground))
        yield f"a record does not have the fields {names} (only the last two may lack): {error}"
        return
    for one in found:
        if one.id in seen:
            yield f"{one.id} stands twice"
        seen.add(one.id)
        if one.chapter not in known:
            yield f"{one.id} belongs to chapter {one.chapter!r}; there are {', '.join(known)}"
        if one.place not in PLACES:
            yield f"{one.id} has the place {one.place!r}; there are {' and '.join(PLACES)}"
        if one.page and one.page not in pages(root):
            yield f"{one.id} has the page {one.page!r}, which is not in _toc.yml"
        for path in (fragment(one, root), *(root / "book/_static" / name for name in one.scripts)):
            if not path.is_file():
                name = path.relative_to(root).as_posix()
                yield f"{one.id} needs {name}, and there is no such file"


def fragment(one: Playground, root: Path = ROOT) -> Path:
    """Return the file with what a page shows of it."""
    return root / "book" / "playgrounds" / f"{one.id}.html"


def anchor(one: Playground) -> str:
    """Return its id on the page."""
    return f"playground-{one.id}"


WHOLE = """<section class="playground" id="{anchor}" aria-labelledby="{anchor}-title">
<p class="playground-title" id="{anchor}-title">Try it: {title}</p>
<p class="playground-question">{question}</p>
<noscript><style>.try {{ display: none; }} .try-print {{ display: block; }}</style>
<p class="admonition">To play here, JavaScript is needed; without it, this is what can be seen.</p>
</noscript>
{fragment}{own}</section>"""
OWN = '<p class="playground-own"><a href="{address}">The same on a page of its own</a></p>\n'


def render(one: Playground, page: str, root: Path = ROOT) -> nodes.raw:
    """Return a playground as a page shows it.

    Parameters
    ----------
    one
        Its record.
    page
        The page, as in `_toc.yml`: links lead from there.
    root
        The checkout.
    """
    own = OWN.format(address=_link(page, one.page)) if one.page not in ("", page) else ""
    text = WHOLE.format(
        anchor=anchor(one),
        title=escape(one.title),
        question=escape(one.question),
        fragment=fragment(one, root).read_text(encoding="utf-8"),
        own=own,
    )
    return nodes.raw("", text, format="html")


CARD = """<li><a href="{address}">{title}</a>
<span>{sentence}</span>
<span class="playground-where">{where}, {chapter}</span></li>"""


def cards(page: str, root: Path = ROOT) -> nodes.raw:
    """Return a list with a card of each playground, which leads to it, for a page."""
    known = by_slug(root)
    items = "\n".join(
        CARD.format(
            address=f"{_link(page, f'notebooks/{path.stem}')}#{anchor(one)}",
            title=escape(one.title),
            sentence=escape(one.sentence),
            where=f"{'Appendix' if is_appendix(path) else 'Chapter'} {label(path)}",
            chapter=escape(title(path)),
        )
        for one in sorted(load(root), key=lambda one: [*known, one.chapter].index(one.chapter))
        if (path := known.get(one.chapter))
    )
    return nodes.raw("", f'<ul class="playground-cards">\n{items}\n</ul>', format="html")


def _link(page: str, goal: str) -> str:
    """Return the address of a page as seen from another."""
    return f"{relpath(goal, str(Path(page).parent.as_posix()))}.html"


def attach(doctree: nodes.document, page: str, root: Path = ROOT) -> tuple[list[str], list[str]]:
    """Put the playgrounds of a page where they belong.

    Parameters
    ----------
    doctree
        The page, changed in place.
    page
        Its name, as in `_toc.yml`.
    root
        The checkout.

    Returns
    -------
    tuple
        The ids of those that have been put there; a sentence for each that has no place.
    """
    put, lost = [], []
    sections = {name: s for s in doctree.findall(nodes.section) for name in s["ids"]}
    for one in load(root):
        path = by_slug(root).get(one.chapter)
        if path is None or page != f"notebooks/{path.stem}":
            continue
        if one.after not in sections:
            there = ", ".join(sections)
            lost.append(f"{one.id} belongs to heading {one.after!r} of {page}, which has {there}")
            continue
        section = sections[one.after]
        section.insert(_place(section, one.place), render(one, page, root))
        put.append(one.id)
    return put, lost


def _place(section: nodes.section, place: str) -> int:
    """Return where in a section a playground is put."""
    kind = nodes.section if place == "end" else nodes.paragraph
    found = next((i for i, node in enumerate(section.children) if isinstance(node, kind)), None)
    if place == "end":
        return len(section.children) if found is None else found
    return 1 if found is None else found + 1

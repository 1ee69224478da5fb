"""The three pages that come out of the ledger; ``make pages`` writes them.

In: ``book/claims.yml``, ``book/errata.yml``, ``book/paper_and_code.yml``.
Out: ``book/every_number.md``, ``book/errata.md``, ``book/paper_and_code.md``, always the same for
the same input. The tables are plain HTML; ``book/_static/claims.js`` adds the filter to the first.
"""

from collections import Counter
from html import escape

import yaml
from bookfiles import chapters, lost_text, number
from pybtex.database import Entry, parse_file

from helpers.book import claims
from helpers.book.claims import Claim
from helpers.errors import UserError
from helpers.files import root

#: A sign beside the word, so that colour is never the only mark. The page shows them in this order.
SIGNS = {
    "differs": "≠",
    "agrees": "✓",
    "follows": "→",
    "not testable": "–",
}
MEANINGS = {
    "recomputed": "a cell or a test computes it, by code and not from another typed number",
    "compared": "held against another number that somebody typed: the released code or its log, "
    "our specification of a network, the official page, the paper",
    "derived": "does not stand in the source; follows from it by our arithmetic, done again by a "
    "test. The source is not credited with it",
    "said": "only quoted: nothing at hand could compute it, for instance an error on ImageNet",
}
_CHAPTERS = chapters()
GENERATED = "<!-- Written by `make pages`; change the YAML files instead. -->"
ASSETS = (
    '<link rel="stylesheet" href="../_static/claims.css">\n'
    '<script src="../_static/claims.js" defer></script>'
)


def render() -> dict[str, str]:
    """Return the pages by file name."""
    ledger = claims.load()
    return {
        "every_number.md": every_number(ledger),
        "errata.md": errata(
            cited_rows("errata.yml", ("number", "said", "where", "primary", "source"))
        ),
        "paper_and_code.md": paper_and_code(
            cited_rows(
                "paper_and_code.yml",
                ("topic", "paper", "paper_where", "code", "code_where", "effect"),
            )
        ),
    }


def cited_rows(name: str, needed: tuple[str, ...]) -> list[dict]:
    """Return the rows of a data file.

    UserError when YAML would lose text of it, a row is incomplete or cites unknown claims.
    """
    text = (root() / "book" / name).read_text(encoding="utf-8")
    for loss in lost_text(text):
        raise UserError(f"{name}, {loss}.")
    rows = yaml.safe_load(text)
    for i, row in enumerate(rows, start=1):
        missing = [field for field in needed if not row.get(field)]
        if missing:
            raise UserError(f"{name}, row {i} lacks {', '.join(missing)}.")
        for id in row.get("claims", []):
            claims.get(id)
    return rows


# -------------------------------------------------------------------------------------------------
# Every number, checked
# -------------------------------------------------------------------------------------------------


def every_number(ledger: dict[str, Claim]) -> str:
    """Return the page with all records and its filter; what differs comes first."""
    kinds = counts(ledger)
    meanings = "\n".join(f"| {k} | {kinds[k]} | {MEANINGS[k]} |" for k in MEANINGS)
    intro = f"""\
{GENERATED}

# Every number and its source

{in_words(ledger)}

| kind | numbers | what it means |
|---|---:|---|
{meanings}

{_outcomes(ledger)}
The tests of the book do every check again, so a digit changed here makes them fail.
The records are in `book/claims.yml`, and `helpers.book.claims.check` is what the chapters call.

{ASSETS}
{_filter(ledger)}
"""
    order = sorted(ledger.values(), key=lambda claim: list(SIGNS).index(claim.outcome))
    body = "\n".join(map(_claim_row, order))
    return intro + _table("claims-table", "All quoted numbers", HEAD, body)


HEAD = ("Claim", "Who and where", "Number", "We find", "Chapter")


def counts(ledger: dict[str, Claim]) -> Counter:
    """Return how many records are of each kind."""
    return Counter(claim.kind for claim in ledger.values())


def in_words(ledger: dict[str, Claim]) -> str:
    """Return what the ledger holds, in the sentence that stands wherever the book sums it up."""
    kinds = counts(ledger)
    return (
        f"Of the {len(ledger)} numbers that this book quotes, {kinds['recomputed']} are computed "
        f"again by code, {kinds['compared']} are held against a second source, {kinds['derived']} "
        f"are worked out from one, and {kinds['said']} can only be quoted, each with its source."
    )


def _outcomes(ledger: dict[str, Claim]) -> str:
    """Return what came of the checks, in a paragraph."""
    n = Counter(claim.outcome for claim in ledger.values())
    return f"""\
{n["differs"]} of them differ from what we find: these are the ones the table shows first.
{n["agrees"]} agree, to the digits that were written or the rounding that was announced.
{n["follows"]} follow from a source: that the arithmetic holds says nothing about the source.
{n["not testable"]} cannot be tested here."""


def _filter(ledger: dict[str, Claim]) -> str:
    """Return the filter form; hidden until the script that serves it has loaded."""
    quoting = {slug for claim in ledger.values() for slug in claim.chapter}
    numbers = [(slug, str(number(path))) for slug, path in _CHAPTERS.items() if slug in quoting]
    used = {claim.source for claim in ledger.values()}
    sources = [(key, name) for key, name in claims.SOURCES.items() if key in used]
    return "\n".join(
        [
            '<form id="claims-filter" class="claims-filter" role="search" hidden>',
            _select("chapter", "Chapter", numbers),
            _select("source", "Source", sources),
            _select("kind", "Kind", [(name, name) for name in MEANINGS]),
            _select("outcome", "Outcome", [(k, f"{SIGNS[k]} {k}") for k in SIGNS], "differs"),
            '<div><label for="claims-text">Text</label>',
            '<input id="claims-text" name="text" type="search" autocomplete="off"></div>',
            '<button type="button" id="claims-all">Show all</button>',
            '<output id="claims-count" aria-live="polite"></output>',
            "</form>",
        ]
    )


def _select(name: str, title: str, options: list[tuple[str, str]], chosen: str = "") -> str:
    items = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}'
        "</option>"
        for value, text in options
    )
    return (
        f'<div><label for="claims-{name}">{title}</label>\n'
        f'<select id="claims-{name}" name="{name}"><option value="">all</option>{items}</select>'
        "</div>"
    )


def _claim_row(claim: Claim) -> str:
    by = "derived from " if claim.kind == "derived" else ""
    cells = (
        f"{escape(claim.statement)} <code>{_breakable(claim.id)}</code>",
        f"{by}{escape(claims.SOURCES[claim.source])}, {escape(claim.where)}",
        escape(claims.quoted(claim)),
        f'<b class="outcome">{SIGNS[claim.outcome]} {claim.outcome}</b>'
        f"{escape(_finding(claim))} <small>{claim.kind}: {escape(claim.how)}</small>",
        ", ".join(_chapter(slug) for slug in claim.chapter),
    )
    data = {
        "chapter": " ".join(claim.chapter),
        "source": claim.source,
        "kind": claim.kind,
        "outcome": claim.outcome,
    }
    attributes = "".join(f' data-{key}="{escape(text)}"' for key, text in data.items())
    return _row(cells, HEAD, f' id="claim-{claim.id}"{attributes}')


def _breakable(id: str) -> str:
    """Let a record's name break behind its dots and underscores only."""
    return id.replace(".", ".<wbr>").replace("_", "_<wbr>")


def _finding(claim: Claim) -> str:
    """Return what was found, to stand behind the outcome."""
    if claim.computed is None:
        return ""
    number = claims.show(claim.computed, claim.unit)
    verb = "computed" if claim.kind == "derived" else claims.KINDS[claim.kind]
    if isinstance(claim.difference, str):
        return f": {verb} {number}"
    off = claims.show(claim.difference)
    if claim.outcome == "agrees":
        return f": {verb} {number}, off by {off}, within the rounding of the quoted figure"
    return f": {verb} {number}, off by {off}"


def _chapter(slug: str) -> str:
    """Return a chapter's number as a link; UserError when the table of contents lacks it."""
    if slug not in _CHAPTERS:
        raise UserError(f"claims.yml: there is no chapter {slug!r}; see _toc.yml.")
    path = _CHAPTERS[slug]
    return f'<a href="../notebooks/{path.stem}.html">{number(path)}</a>'


# -------------------------------------------------------------------------------------------------
# Errata, and paper against code
# -------------------------------------------------------------------------------------------------

#: The articles by their short names, with their keys in the bibliography.
ARTICLES = {
    "article-0": "nejad",
    "article-1": "alake",
    "article-2": "giantpandacv",
    "article-3": "analyticsvidhya",
    "article-4": "mnistnotes",
}


def _articles() -> str:
    """Return the list of the five articles, from the bibliography."""
    entries = parse_file(root() / "book" / "references.bib").entries
    return "\n".join(_article(name, entries[key]) for name, key in ARTICLES.items())


def _article(name: str, entry: Entry) -> str:
    """Return one article with author, title and what the bibliography notes on it."""
    fields = {key: text.replace("{", "").replace("}", "") for key, text in entry.fields.items()}
    person = entry.persons["author"][0]
    author = " ".join([*person.first_names, *person.last_names]).strip("{}")
    title = fields["title"]
    if "in Chinese:" in fields["note"]:
        title = f'<span lang="zh-Hans">{title}</span>'
    title = f"[{title}]({fields['url']})" if "url" in fields else title
    note = fields["note"].partition("; ")[2]  # behind "article-0 of this book"
    return f"- {name}: {author}, {title} ({note}) {{cite}}`{entry.key}`"


def errata(rows: list[dict]) -> str:
    """Return the page of what tutorials say and what the primary source says."""
    intro = f"""\
{GENERATED}

# Errata of the tutorials

Five articles that many readers learn AlexNet from, read line by line against the paper and the
released code: {len(rows)} statements that are wrong, or true of something else.
They are told here in our own words; "L" is the line in the copy we read, so some slips may be the
translator's.
Of the two articles that were written in Chinese the disputed words stand beside the English.
Such articles are how most of us started, and most of what they say is right.

{_articles()}

{ASSETS}
"""
    labels = ("No.", "Said", "Where", "The primary source says")
    body = "\n".join(
        _row(
            (
                str(row["number"]),
                f"{escape(row['said'])}{_words(row)}",
                escape(row["where"]),
                f"{escape(row['primary'])} <small>{escape(row['source'])}</small>{_links(row)}",
            ),
            labels,
            f' id="erratum-{row["number"]}"',
        )
        for row in rows
    )
    return intro + _table("errata-table", "Statements and their correction", labels, body)


def _words(row: dict) -> str:
    """Return the disputed words of an article, as they stand in it."""
    return "".join(
        f' <q lang="zh-Hans">{escape(words["text"])}</q> <small>{escape(words["where"])}</small>'
        for words in row.get("words", [])
    )


def paper_and_code(rows: list[dict]) -> str:
    """Return the page that sets the paper beside the released code."""
    intro = f"""\
{GENERATED}

# Paper against released code

The code behind the paper was published in 2025, with the log of the experiments in the comments of
its configurations.
Net #145 is the one that the paper describes: its logged errors are those of the paper's tables.
Here are the {len(rows)} places where the two speak about the same thing, and what the difference
changes.
File names are those of `computerhistory/AlexNet-Source-Code` (folder `layers/` for `.cfg` files).
The convolution kernels are not part of it; they are cited from `cuda-convnet` of July 2012.

{ASSETS}
"""
    labels = ("Topic", "Paper", "Released code", "What it changes")
    body = "\n".join(
        _row(
            (
                f"<b>{escape(row['topic'])}</b>",
                f"{escape(row['paper'])} <small>{escape(row['paper_where'])}</small>",
                f"{escape(row['code'])} <small>{escape(row['code_where'])}</small>",
                f"{escape(row['effect'])}{_links(row)}",
            ),
            labels,
            "",
        )
        for row in rows
    )
    return intro + _table("paper-code-table", "The paper and the released code", labels, body)


def _links(row: dict) -> str:
    """Return links to the ledger's records that check a row."""
    ids = row.get("claims", [])
    links = ", ".join(f'<a href="every_number.html#claim-{id}">{id}</a>' for id in ids)
    return f' <small class="checked">Checked: {links}</small>' if ids else ""


def _row(cells: tuple[str, ...], labels: tuple[str, ...], attributes: str) -> str:
    """Return one table row; each cell carries its heading for narrow screens."""
    first, *rest = zip(cells, labels, strict=True)
    head = f'<th scope="row" data-label="{first[1]}">{first[0]}</th>'
    tail = "".join(f'<td data-label="{label}">{cell}</td>' for cell, label in rest)
    return f"<tr{attributes}>{head}{tail}</tr>"


def _table(id: str, caption: str, head: tuple[str, ...], body: str) -> str:
    """Return an HTML table without blank lines, which would end the block in Markdown."""
    columns = "".join(f'<th scope="col">{escape(title)}</th>' for title in head)
    return (
        f'<table class="claims" id="{id}">\n<caption>{caption}</caption>\n'
        f"<thead><tr>{columns}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n"
    )

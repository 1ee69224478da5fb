"""The three pages that come out of the ledger; ``make pages`` writes them.

In: ``book/claims.yml``, ``book/errata.yml``, ``book/paper_and_code.yml``.
Out: ``book/every_number.md``, ``book/errata.md``, ``book/paper_and_code.md``, always the same for
the same input. The tables are plain HTML; ``book/_static/claims.js`` adds the filter to the first.
"""

from collections import Counter
from pathlib import Path

import yaml
from bookfiles import by_slug, from_template, label, lost_text
from markupsafe import Markup
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
_CHAPTERS = by_slug()


def _breakable(id: str) -> Markup:
    """Let a record's name break behind its dots and underscores only."""
    return Markup(id.replace(".", ".<wbr>").replace("_", "_<wbr>"))


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


def _notebook(slug: str) -> Path:
    """Return a chapter's notebook; UserError when the table of contents lacks it."""
    if slug not in _CHAPTERS:
        raise UserError(f"claims.yml: there is no chapter {slug!r}; see _toc.yml.")
    return _CHAPTERS[slug]


def render() -> dict[str, str]:
    """Return the pages by file name."""
    errata = cited_rows("errata.yml", ("number", "said", "where", "primary", "source"))
    needed = ("topic", "paper", "paper_where", "code", "code_where", "effect")
    compared = cited_rows("paper_and_code.yml", needed)
    return {
        "every_number.md": every_number(claims.load()),
        "errata.md": from_template("errata.md", rows=errata, articles=Markup(_articles())),
        "paper_and_code.md": from_template("paper_and_code.md", rows=compared),
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


def every_number(ledger: dict[str, Claim]) -> str:
    """Return the page with all records and its filter; what differs comes first."""
    quoting = {slug for claim in ledger.values() for slug in claim.chapter}
    used = {claim.source for claim in ledger.values()}
    return from_template(
        "every_number.md",
        summary=in_words(ledger),
        meanings=MEANINGS,
        signs=SIGNS,
        names=claims.SOURCES,
        kinds=Counter(claim.kind for claim in ledger.values()),
        outcomes=Counter(claim.outcome for claim in ledger.values()),
        chapters=[(slug, label(path)) for slug, path in _CHAPTERS.items() if slug in quoting],
        sources=[(key, name) for key, name in claims.SOURCES.items() if key in used],
        kind_options=[(name, name) for name in MEANINGS],
        outcome_options=[(name, f"{sign} {name}") for name, sign in SIGNS.items()],
        breakable=_breakable,
        notebook=_notebook,
        finding=_finding,
        label=label,
        quoted=claims.quoted,
        claims=sorted(ledger.values(), key=lambda claim: list(SIGNS).index(claim.outcome)),
    )


def in_words(ledger: dict[str, Claim]) -> str:
    """Return what the ledger holds, in the sentence that stands wherever the book sums it up."""
    kinds = Counter(claim.kind for claim in ledger.values())
    return (
        f"Of the {len(ledger)} numbers that this book quotes, {kinds['recomputed']} are computed "
        f"again by code, {kinds['compared']} are held against a second source, {kinds['derived']} "
        f"are worked out from one, and {kinds['said']} can only be quoted, each with its source."
    )


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

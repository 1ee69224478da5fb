"""The style of the bibliography: each entry has the label that the text shows, author and year.

Sphinx cites "[Goyal et al., 2017]", but would head the entry with "[GDollarG+17]".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pybtex.database import Entry
from pybtex.plugin import register_plugin
from pybtex.style.formatting.plain import Style as PlainStyle
from pybtex.style.labels import BaseLabelStyle
from sphinxcontrib.bibtex.style.referencing import PersonStyle
from sphinxcontrib.bibtex.style.template import join, year

NAME = "as_cited"


@dataclass
class _Citing:
    """What the templates of a citation ask of its style."""

    person: PersonStyle = field(default_factory=PersonStyle)


class LabelStyle(BaseLabelStyle):
    """Labels made by the very template that makes the citations in the text."""

    def format_labels(self, sorted_entries: Iterable[Entry]) -> Iterator[str]:
        """Yield a label for each entry: "Wilson, 1927", "Luo and Li, 2016", "Hu et al., 2018"."""
        style = _Citing()
        label = join(sep=", ")[style.person.author_or_editor_or_title(full=False), year]
        for entry in sorted_entries:
            yield str(label.format_data({"entry": entry, "style": style}))


class Style(PlainStyle):
    """The plain style with those labels, sorted by author, year and title."""

    default_label_style = LabelStyle


def register() -> None:
    """Make the style known under its name, for ``bibtex_default_style`` of ``_config.yml``."""
    register_plugin("pybtex.style.formatting", NAME, Style, force=True)

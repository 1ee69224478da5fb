"""What a notebook stores of a figure: an SVG, or a PNG where colours stand for values.

An SVG is sharp at any size and can follow the theme of the page. Inside it is a second one, for a
phone, where the figure is legible so narrow; the built book takes it out.
"""

import io
import re
import sys
import weakref
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.artist import Artist
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from helpers.plots.narrow import narrowed

LARGEST = 200_000  # letters of an SVG; a figure that takes more is stored as PNG
#: Ids that depend on nothing but the figure; glyphs as outlines, so that no font need be there.
SETTINGS: Any = {"svg.hashsalt": "figure", "svg.fonttype": "path"}
UNSAID = dict.fromkeys(("Date", "Creator", "Format", "Type"))
FILLING = re.compile(r"<!--.*?-->\n?|<\?xml.*?\?>\n?|<!DOCTYPE.*?>\n?", re.DOTALL)
EMBEDDED = '<metadata class="narrow"><![CDATA[{}]]></metadata>\n</svg>\n'


def register() -> None:
    """Let the notebook at work store its figures so; in a script nothing happens."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module else None
    if shell is None or not hasattr(shell, "kernel"):
        return
    plt.switch_backend(plt.get_backend())  # loaded later, it would put its own formatter back
    formatters = shell.display_formatter.formatters
    taken: weakref.WeakSet[Figure] = weakref.WeakSet()
    as_png = formatters["image/png"].lookup_by_type(Figure)

    def vector(figure: Figure) -> str | None:
        text = svg(figure)
        (taken.add if text else taken.discard)(figure)
        return text

    # IPython asks for the SVG first.
    formatters["image/svg+xml"].for_type(Figure, vector)
    formatters["image/png"].for_type(
        Figure, lambda figure: None if figure in taken else as_png(figure)
    )


def svg(figure: Figure) -> str | None:
    """Return a figure as SVG; None where colours or pictures in it stand for values.

    Examples
    --------
    >>> figure, axes = plt.subplots(1, 2, figsize=(7, 3))
    >>> _ = axes[0].plot([1, 2])
    >>> svg(figure).startswith("<svg"), "narrow" in svg(figure)
    (True, True)
    >>> _ = axes[1].imshow([[1, 2]])
    >>> svg(figure) is None
    True
    """
    if figure.findobj(lambda artist: _array(artist) is not None):
        return None
    wide = _drawn(figure)
    if len(wide) > LARGEST:
        return None
    with narrowed(figure) as legible:
        narrow = _drawn(figure) if legible else ""
    return wide.replace("</svg>\n", EMBEDDED.format(narrow)) if narrow else wide


def _array(artist: Artist) -> object:
    """Return what the colours of an artist stand for; None where they stand for nothing."""
    return artist.get_array() if isinstance(artist, ScalarMappable) else None


def _drawn(figure: Figure) -> str:
    """Return the SVG, without what only fills it, its paths in hundredths of a point."""
    file = io.StringIO()
    with plt.rc_context(SETTINGS):
        figure.savefig(file, format="svg", bbox_inches="tight", metadata=UNSAID)
    text = FILLING.sub("", file.getvalue())
    text = re.sub(r"<metadata>.*?</metadata>\n?", "", text, flags=re.DOTALL)
    return re.sub(r'(?<= d=")[^"]*', lambda path: _rounded(path[0]), text).lstrip()


def _rounded(path: str) -> str:
    """Return a path with hundredths of a point.

    Examples
    --------
    >>> _rounded("M 57.612345 41.0")
    'M 57.61 41'
    """
    return re.sub(
        r"-?\d+\.\d+", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), path
    )

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
    if shell is not None and hasattr(shell, "kernel"):
        plt.switch_backend(plt.get_backend())  # now, so that its formatter is there
        # Again before each cell: in older versions it comes after the first one.
        shell.events.register("pre_run_cell", _install)
        _install()


def _install(*_: object) -> None:
    """Ask for the SVG of a figure first, where the notebook has a formatter for its PNG."""
    from IPython import get_ipython

    formatters = get_ipython().display_formatter.formatters
    try:
        as_png = formatters["image/png"].lookup_by_type(Figure)
    except KeyError:  # none as yet
        return
    if getattr(as_png, "second", False):
        return

    def vector(figure: Figure) -> str | None:
        text = svg(figure)
        (_TAKEN.add if text else _TAKEN.discard)(figure)
        return text

    def picture(figure: Figure) -> Any:
        return None if figure in _TAKEN else as_png(figure)

    picture.second = True  # type: ignore[attr-defined]
    # IPython takes the formatters in an order in which SVG stands before PNG.
    formatters["image/svg+xml"].for_type(Figure, vector)
    formatters["image/png"].for_type(Figure, picture)


_TAKEN: weakref.WeakSet[Figure] = weakref.WeakSet()


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
    return joined(wide, narrow) if narrow else wide


def joined(wide: str, narrow: str) -> str:
    r"""Return an SVG with another one for narrow screens in it, which the book's build offers.

    Examples
    --------
    >>> joined("<svg>wide</svg>\n", "<svg/>").splitlines()
    ['<svg>wide<metadata class="narrow"><![CDATA[<svg/>]]></metadata>', '</svg>']
    """
    return wide.replace("</svg>\n", EMBEDDED.format(narrow))


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

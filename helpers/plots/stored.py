"""What a notebook stores of a figure: an SVG, or a picture where colours stand for values.

An SVG is sharp at any size and can follow the theme of the page. Inside it is a second one, for a
phone, where the figure is legible so narrow; the built book takes it out. A picture of few colours
is a PNG, one of many, of photographs and heat maps, a JPEG of a third of its size.
"""

import base64
import io
import re
import sys
import weakref
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.artist import Artist
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from PIL import Image

from helpers.plots.narrow import narrowed

LARGEST = 200_000  # letters of an SVG; a figure that takes more is stored as a picture
#: Colours from which a picture is stored as JPEG. Text, lines and one map of colours take fewer.
MANY = 4_096
QUALITY = 92  # and no colour halved: beside its PNG no difference is seen, also at letters
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
        if figure in _TAKEN:
            return None
        stored = as_png(figure)
        photograph = jpeg(stored[0] if isinstance(stored, tuple) else stored)
        if photograph:
            _PHOTOGRAPHS[figure] = photograph
        return None if photograph else stored

    picture.second = True  # type: ignore[attr-defined]
    # IPython takes the formatters in an order in which SVG stands before PNG, and PNG before JPEG.
    formatters["image/svg+xml"].for_type(Figure, vector)
    formatters["image/png"].for_type(Figure, picture)
    formatters["image/jpeg"].for_type(Figure, lambda figure: _PHOTOGRAPHS.pop(figure, None))


_TAKEN: weakref.WeakSet[Figure] = weakref.WeakSet()
_PHOTOGRAPHS: weakref.WeakKeyDictionary[Figure, str] = weakref.WeakKeyDictionary()


def jpeg(png: str | bytes) -> str | None:
    """Return a picture of many colours as JPEG, in base64; None where that saves less than a half.

    Parameters
    ----------
    png
        The PNG, its bytes or, as IPython has it, in base64.

    Examples
    --------
    >>> from sklearn.datasets import load_sample_image
    >>> flower = Image.fromarray(load_sample_image("flower.jpg")).resize((320, 214))
    >>> flower.save(colours := io.BytesIO(), "PNG")
    >>> flower.convert("L").save(greys := io.BytesIO(), "PNG")
    >>> jpeg(colours.getvalue())[:4], jpeg(greys.getvalue())
    ('/9j/', None)
    """
    whole = base64.b64decode(png) if isinstance(png, str) else png
    with Image.open(io.BytesIO(whole)) as picture:
        flat, dots = picture.convert("RGB"), picture.info.get("dpi", (0, 0))
    if flat.getcolors(MANY) is not None:
        return None
    dpi = tuple(round(number) for number in dots)
    # Not optimised: for noise libjpeg would want more memory than Pillow has at hand, and fail.
    flat.save(file := io.BytesIO(), "JPEG", quality=QUALITY, subsampling=0, dpi=dpi)
    return base64.b64encode(file.getvalue()).decode() if 2 * file.tell() < len(whole) else None


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
    return compact(text).lstrip()


#: Where an SVG has coordinates: paths, places of marks and of letters.
COORDINATES = re.compile(r'(?<= d=")[^"]*|(?<= [xy]=")[^"]*|(?<=translate\()[^)]*')
MARKS = re.compile(r"(?:<use [^>]*/>\n){2,}")


def compact(svg: str) -> str:
    r"""Return an SVG that looks the same in less room.

    Coordinates get hundredths of a point; ids that nothing refers to go, and so does the space in
    front of lines; the style of several marks in a row is said once.

    Examples
    --------
    >>> mark = '  <use xlink:href="#m" x="{}" style="fill: #0173b2"/>\n'
    >>> print(compact('<g id="g1">\n' + mark.format("1.0") + mark.format("2.123456") + "</g>"))
    <g>
    <g style="fill: #0173b2"><use xlink:href="#m" x="1"/>
    <use xlink:href="#m" x="2.12"/>
    </g></g>
    """
    used = set(re.findall(r"(?:href=\"|url\()#([^\")]+)", svg))
    svg = re.sub(r' id="([^"]+)"', lambda one: one[0] if one[1] in used else "", svg)
    svg = COORDINATES.sub(lambda found: _rounded(found[0]), re.sub(r"(?m)^ +", "", svg))
    return MARKS.sub(lambda marks: _said_once(marks[0]), svg)


def _said_once(marks: str) -> str:
    """Return marks in a group that has their style, where all have the same one."""
    styles = re.findall(r' style="[^"]*"', marks)
    if len(styles) < marks.count("<use") or len(set(styles)) > 1:
        return marks
    return f"<g{styles[0]}>{marks.replace(styles[0], '')}</g>"


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

"""The cover: its riddle, four findings, the chapters as cards, and the preview for other sites.

In: the ledger, the chapters, the network's shapes. Out: the generated parts of ``book/index.md``
(``make pages``), a thumbnail for each chapter when the pages are built, and, by hand with
``python scripts/cover.py``, ``book/_static/social.png``.
"""

import base64
import io
import re
from collections import Counter
from decimal import Decimal
from html import escape
from pathlib import Path

import teaching
import vector_figures
from bookfiles import DRAWING, ROOT, chapters, figures, number, parts, read, slug, source, title
from PIL import Image
from sphinx.application import Sphinx

from helpers import architectures, shapes
from helpers.book import claims

#: Pixels of a thumbnail, and of the picture that other sites show for a link.
THUMBNAIL = (336, 189)
SOCIAL = (1200, 630)
SOCIAL_FILE = "social.png"
SVG = "http://www.w3.org/2000/svg"
#: Which figure of a chapter stands for it, counted from 0; the first where none is named.
FIGURE = {"grad_cam": 1, "your_own_photos": 1}


def riddle() -> str:
    """Return the riddle that the book opens with, its two numbers from the ledger."""
    paper, code = (claims.get(id).value for id in ("paper.input_size", "caffe.crop_size"))
    where = f"../notebooks/{chapters()['convolution_arithmetic'].stem}.html"
    return _raw(
        f'<p class="cover-riddle">The paper says <b>{paper}</b> pixels. The code that people run '
        f'needs <b>{code}</b>. <a href="{where}">Both are right.</a></p>'
    )


def findings() -> str:
    """Return four findings of the book as cards, each with a number that the ledger has."""
    return _raw('<ul class="cover-findings">', *map(_finding, _told()), "</ul>")


def _told() -> list[tuple[str, str, str]]:
    """Return number, sentence and page of each finding."""
    alpha, crops = claims.get("paper.lrn_alpha"), claims.get("paper.augmentation_factor")
    error, ledger = claims.get("article0.top5"), claims.load()
    differ = Counter(claim.outcome for claim in ledger.values())["differs"]
    times = Decimal(str(alpha.value)) / Decimal(str(alpha.computed))
    return [
        (
            f"{error.value} %",
            "is quoted as AlexNet's error. It is the average of seven networks; the network of the "
            f"paper has {error.computed} %.",
            _page("2012_and_imagenet"),
        ),
        (
            f"{times:.0f} ×",
            "too large is the paper's α, taken as it stands: the code divides it by the width of "
            "the window.",
            _page("local_response_normalisation"),
        ),
        (
            f"{crops.computed:,}",
            f"crops of a picture, not {crops.value:,}: the count of the corners forgets one place "
            "in each direction.",
            _page("data_augmentation"),
        ),
        (
            f"{differ} of {len(ledger)}",
            "numbers quoted from the paper, its code and what was written about them differ from "
            "what we find.",
            "every_number.html",
        ),
    ]


def _finding(told: tuple[str, str, str]) -> str:
    figure, sentence, page = told
    return f'<li><a href="{page}"><b>{figure}</b> {escape(sentence, quote=False)}</a></li>'


def cards(root: Path = ROOT) -> str:
    """Return the chapters as cards with thumbnails, a list for each part of the book."""
    short, known = teaching.in_short(root), chapters(root).values()
    lines = []
    for part in parts(root):
        paths = [path for page in part.pages if (path := source(page, root)) in known]
        if paths:
            items = [_card(path, short.get(slug(path), "Begin here")) for path in paths]
            head = f'<p class="chapter-part" id="part-{slug(paths[0])}">{escape(part.caption)}</p>'
            lines += [head, '<ul class="chapter-cards">', *items, "</ul>"]
    return _raw(*lines)


def _card(path: Path, line: str) -> str:
    name, time = escape(title(path)), teaching.in_hours(sum(teaching.hours(path)))
    width, height = THUMBNAIL
    return (
        f'<li><img src="../_images/{thumbnail(path)}" alt="A figure out of: {name}" '
        f'width="{width}" height="{height}" loading="lazy" decoding="async">'
        f'<span class="chapter-name"><span class="chapter-number">{number(path)}</span> '
        f'<a href="{_page(slug(path))}">{name}</a></span>'
        f"<span>{escape(line, quote=False)}.</span>"
        f'<span class="chapter-time">{time} with exercises</span></li>'
    )


def _page(name: str) -> str:
    return f"../notebooks/{chapters()[name].stem}.html"


def _raw(*lines: str) -> str:
    return "\n".join(["```{raw} html", *lines, "```"])


def thumbnail(path: Path) -> str:
    """Return the name of a chapter's thumbnail: a drawing stays one."""
    kind, _ = figure(path)
    return f"card-{slug(path)}.{'svg' if kind == DRAWING else 'webp'}"


def figure(path: Path) -> tuple[str, str]:
    """Return the figure that stands for a chapter, kind and data, from its notebook's outputs."""
    drawn = [
        (kind, output["data"][kind]) for cell in read(path).cells for kind, output in figures(cell)
    ]
    if not drawn:
        return DRAWING, f'<svg xmlns="{SVG}" width="{THUMBNAIL[0]}pt" viewBox="0 0 1 1"></svg>'
    return drawn[min(FIGURE.get(slug(path), 0), len(drawn) - 1)]


def framed(drawing: str) -> str:
    """Return a drawing as a thumbnail: as wide as it goes, its upper part, else room around it."""
    wide, _ = vector_figures.split(drawing)
    head, body = wide.split(">", 1)
    _, _, width, height = map(float, re.search(r'viewBox="([^"]*)"', head)[1].split())
    flat = width / height > THUMBNAIL[0] / THUMBNAIL[1]
    fit = "xMidYMid meet" if flat else "xMidYMin slice"
    head = re.sub(r' (?:width|height)="[^"]*"', "", head)
    size = 'width="{}" height="{}"'.format(*THUMBNAIL)
    return vector_figures.themed(f'{head} {size} preserveAspectRatio="{fit}">{body}')


def shrunk(picture: Image.Image) -> Image.Image:
    """Return a picture as a thumbnail: as wide as it goes, its upper part, else white around it."""
    width, height = THUMBNAIL
    scale = min(1.0, max(width / picture.width, min(height / picture.height, 1.6)))
    size = (round(picture.width * scale), round(picture.height * scale))
    if size[0] > 1.5 * width or size[1] > 1.5 * height:  # hardly anything would be seen of it
        scale = max(width / picture.width, height / picture.height)
        size = (round(picture.width * scale), round(picture.height * scale))
    smaller = picture.resize(size, Image.Resampling.LANCZOS)
    made = Image.new("RGB", THUMBNAIL, "white")
    made.paste(
        smaller,
        (
            min(0, (width - size[0]) // 2) if size[0] > width else (width - size[0]) // 2,
            0 if size[1] > height else (height - size[1]) // 2,
        ),
    )
    return made


def draw_thumbnails(app: Sphinx, error: Exception | None) -> None:
    """Leave the thumbnails of all chapters beside the book's other pictures."""
    if (
        error
        or app.builder.name not in ("html", "singlehtml")
        or not (Path(app.srcdir) / "notebooks").is_dir()
    ):
        return
    folder = Path(app.outdir, "_images")
    folder.mkdir(exist_ok=True)
    for path in chapters(Path(app.srcdir)).values():
        kind, data = figure(path)
        if kind == DRAWING:
            (folder / thumbnail(path)).write_text(framed(data), encoding="utf-8")
        else:
            picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
            shrunk(picture).save(folder / thumbnail(path), quality=72, method=6)


def describe(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Say in a page's head what other sites shall show when somebody links to it."""
    said = {
        "og:title": context.get("title", ""),
        "og:site_name": app.config.html_title,
        "og:type": "book" if page == "book/index" else "article",
        "og:image": f"{app.config.html_baseurl or context['pathto']('', 1)}_static/{SOCIAL_FILE}",
        "og:image:alt": f"{app.config.html_title}: AlexNet's two towers",
        "og:image:width": SOCIAL[0],
        "og:image:height": SOCIAL[1],
        "og:description": "The network of 2012, every number with its source and computed again.",
    }
    tags = [f'<meta property="{key}" content="{escape(str(text))}"/>' for key, text in said.items()]
    context["metatags"] = "\n".join([context.get("metatags", ""), *tags])


def social() -> Image.Image:
    """Draw the picture for other sites: the riddle above the two towers, drawn to scale."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(12, 6.3), dpi=100, facecolor="#13202b")
    axes.set_position([0, 0, 1, 1])
    axes.set(xlim=(0, SOCIAL[0]), ylim=(0, SOCIAL[1]))
    axes.axis("off")
    paper, code = (claims.get(id).value for id in ("paper.input_size", "caffe.crop_size"))
    axes.text(60, 530, "The AlexNet Book", color="white", size=44, weight="bold")
    said = f"The paper says {paper}. The code needs {code}. Both are right."
    axes.text(60, 462, said, color="#d5e2ec", size=22)
    _towers(axes, 60)
    stored = io.BytesIO()
    figure.savefig(stored, format="png", metadata={"Software": None})
    plt.close(figure)
    return Image.open(stored).convert("RGB").quantize(64, dither=Image.Dither.NONE)


def _towers(axes: object, x: float) -> None:
    """Draw the layers with weights as boxes: as high as a map's side, as wide as their number."""
    for layer in shapes.trace(architectures.get("paper")):
        if layer.kind not in ("conv", "dense"):
            continue
        deep = layer.kind == "conv"
        width = 14 + layer.output_shape[-1] / 3.6 if deep else 26
        height = 40 + 2.0 * layer.output_shape[0] if deep else 60 + layer.output_shape[0] / 45
        for middle, colour in ((305, "#4aa3df"), (130, "#ef9a45")):
            box = (x, middle - height / 2)
            axes.add_patch(_rectangle(box, width, height, colour))
        axes.text(x + width / 2, 20, layer.name, color="#a9b4be", size=13, ha="center")
        x += width + 62


def _rectangle(corner: tuple[float, float], width: float, height: float, colour: str) -> object:
    from matplotlib.patches import Rectangle

    return Rectangle(corner, width, height, color=colour)


def register(app: Sphinx) -> None:
    """Let Sphinx call them."""
    app.connect("html-page-context", describe)
    app.connect("build-finished", draw_thumbnails)


if __name__ == "__main__":
    social().save(ROOT / "book" / "_static" / SOCIAL_FILE, optimize=True)

"""Sphinx side of the book: where outputs come from, no other host, links, wide pictures, search.

A chapter links each term of the glossary where it first stands in its running text. The links are
made here and not written into the notebooks, where a role of Sphinx would be noise in Colab. So are
the boxes around wide pictures, which a phone would otherwise shrink until nobody can read them, and
the playgrounds, each at the heading that `book/playgrounds.yml` names.
Under the names that chapters' pages once had, small pages lead to those of today.
"""

import os
import re
from html import escape
from pathlib import Path

import bibliography
import cover
import fitting
import playgrounds
import search_index
import vector_figures
from bookfiles import chapters, title
from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer
from PIL import ExifTags, Image
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

CACHE = Path(__file__).resolve().parent.parent / "_build" / ".jupyter_cache"
FOOTER = (
    'Code: <a href="{url}/blob/{branch}/LICENSE">BSD 3-Clause</a>. '
    'Text and figures: <a href="{url}/blob/{branch}/LICENSE-TEXT">CC BY 4.0</a>. '
    "Version {version}."
)


def configure(app: Sphinx, config: Config) -> None:
    """Take the outputs from the notebooks, or from the cache that `make book` has filled."""
    if os.environ.get("ALEXNET_BOOK_OUTPUTS") == "fresh":
        config.nb_execution_mode = "cache"
        config.nb_execution_cache_path = str(CACHE)
    options = config.html_theme_options
    options["logo"] = {"text": config.html_title, "alt_text": ""}
    # The search field stands in the side bar; the theme would draw a second one above the page.
    options["navbar_persistent"] = []
    options["extra_footer"] = FOOTER.format(
        url=options["repository_url"], branch=options["repository_branch"], version=version()
    )
    options["show_toc_level"] = 2
    options["use_source_button"] = False


#: Text in these is no running text, or leads somewhere already.
NOT_RUNNING = (
    nodes.title,
    nodes.caption,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.raw,
    nodes.reference,
    nodes.strong,
)


def link_terms(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Link the first place of each glossary term in the paragraphs of a chapter."""
    if not page.startswith("notebooks/"):
        return
    terms = {
        name: (where, anchor)
        for (kind, name), (where, anchor) in app.env.domaindata["std"]["objects"].items()
        if kind == "term"
    }
    for paragraph in list(doctree.findall(nodes.paragraph)):
        for text in list(paragraph.findall(nodes.Text)):
            if not _inside(text, paragraph):
                _link_in(app, text, page, terms)


def _inside(text: nodes.Text, paragraph: nodes.paragraph) -> bool:
    """Return whether something between the text and its paragraph forbids a link."""
    node = text.parent
    while node is not paragraph:
        if isinstance(node, NOT_RUNNING):
            return True
        node = node.parent
    return False


def _link_in(app: Sphinx, text: nodes.Text, page: str, terms: dict) -> None:
    """Replace the text by pieces in which terms are links; a term used leaves ``terms``."""
    pieces, rest = [], text.astext()
    while found := first_term(rest, terms):
        name, match = found
        where, anchor = terms.pop(name)
        address = f"#{anchor}"
        if app.builder.name != "singlehtml":  # there all is on one page
            address = app.builder.get_relative_uri(page, where) + address
        link = nodes.reference("", match.group(), internal=True, refuri=address)
        link["classes"].append("term-link")
        pieces += [nodes.Text(rest[: match.start()]), link]
        rest = rest[match.end() :]
    if pieces:
        text.parent.replace(text, [*pieces, nodes.Text(rest)])


def first_term(text: str, terms: dict) -> tuple[str, re.Match] | None:
    """Return the first term in a text with its place; of two at one place the longer."""
    found = [(name, match) for name in terms if (match := _pattern(name).search(text))]
    return min(found, key=lambda pair: (pair[1].start(), -len(pair[0])), default=None)


def _pattern(name: str) -> re.Pattern:
    """Match a term as a whole word, also in the plural and at the beginning of a sentence."""
    first, rest = re.escape(name[0]), re.escape(name[1:])
    first = f"[{name[0].upper()}{name[0].lower()}]" if name[0].isalpha() else first
    return re.compile(rf"(?<![\w-]){first}{rest}s?(?![\w-])")


def render_image(renderer: NbElementRenderer, data: MimeData) -> list[nodes.Element]:
    """Return the nodes of a picture; an alternative text that its cell computed comes first."""
    images = _RENDER_IMAGE(renderer, data)
    if computed := data.output_metadata.get(data.mime_type, {}).get("alt"):
        for image in images:
            image["alt"] = computed
    return images


_RENDER_IMAGE = NbElementRenderer.render_image


#: Drawn wider than this, in inches, a figure's text of 9 points is below 8 pixels on a phone.
WIDEST = 4.9


def box_wide_pictures(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put a box around each wide picture; book.css lets it scroll where the column is narrow."""
    for image in list(doctree.findall(nodes.image)):
        if needs_width(Path(app.srcdir, image["uri"])):
            box = nodes.container(classes=["wide-picture"])
            image.replace_self(box)
            box += image


def needs_width(path: Path) -> bool:
    """Return whether a picture is wide, and has no other for narrow screens inside it."""
    if path.suffix == ".svg" and vector_figures.split(path.read_text(encoding="utf-8"))[1]:
        return False
    return path.suffix in (".png", ".jpg", ".jpeg", ".svg") and inches(path) > WIDEST


def inches(path: Path) -> float:
    """Return the width a picture was drawn with; 0 where its file does not say."""
    if path.suffix == ".svg":
        return vector_figures.width(path.read_text(encoding="utf-8"))
    with Image.open(path) as picture:
        dots = picture.info.get("dpi", (picture.getexif().get(RESOLUTION),))[0]
        return float(picture.width / dots) if dots else 0.0


def lighten(app: Sphinx, error: Exception | None) -> None:
    """Give a finished build WebP for PNG, with half of the bytes, and drawings for both themes."""
    if error or app.builder.format != "html":
        return
    for path in Path(app.outdir, "_images").glob("*.png"):
        if OUTPUT.fullmatch(f"_images/{path.name}"):
            with Image.open(path) as picture:
                size = Image.Exif()
                size[RESOLUTION] = picture.info.get("dpi", (0,))[0]
                picture.save(path.with_suffix(".webp"), lossless=True, method=4, exif=size)
            path.unlink()
    narrow = vector_figures.adapt(Path(app.outdir, "_images"))
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        lighter = vector_figures.offered(OUTPUT.sub(r"\1.webp", text), narrow)
        if lighter != text:
            page.write_text(lighter, encoding="utf-8")


#: EXIF's tag for points an inch: WebP has no other place for them.
RESOLUTION = ExifTags.Base.XResolution
#: A picture that a cell put out: MyST-NB names it by its hash.
OUTPUT = re.compile(r"(_images/[0-9a-f]{64})\.png")


#: The chapters in their first order: the name of each page was its place here and the slug.
FORMER = """
2012_and_imagenet relu convolution_arithmetic overlapping_pooling local_response_normalisation
dropout data_augmentation softmax_loss_and_update building_alexnet two_gpus training_on_two_classes
confusion_matrix_and_errors grad_cam alexnet_on_mnist what_the_filters_learn relatives
what_came_after your_own_photos
""".split()
#: What a chapter is called now whose slug has changed, and the names that its page once had.
RENAMED = {"update_rule": ("08_softmax_loss_and_update", "11_softmax_loss_and_update")}
#: A script keeps what stands behind the name: ``#exercises``.
FORWARD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="canonical" href="{page}">
<script>location.replace("{page}" + location.search + location.hash)</script>
<noscript><meta http-equiv="refresh" content="0; url={page}"></noscript></head>
<body><h1>{title}</h1><p>This chapter has <a href="{page}">another number now</a>.</p></body></html>
"""


def forwards(root: Path) -> dict[str, Path]:
    """Return the notebook of each chapter by the name that its page once had, without suffix."""
    known = chapters(root)
    former = {f"{n:02d}_{slug}": known.get(slug) for n, slug in enumerate(FORMER, start=1)}
    former |= {name: known.get(slug) for slug, names in RENAMED.items() for name in names}
    return {name: path for name, path in former.items() if path is not None and path.stem != name}


def forward(app: Sphinx, error: Exception | None) -> None:
    """Write a page under each former name that leads to where the chapter is now."""
    if error or app.builder.name != "html":
        return
    for name, path in forwards(Path(app.srcdir)).items():
        text = FORWARD.format(page=f"{path.stem}.html", title=escape(title(path)))
        Path(app.outdir, "notebooks", f"{name}.html").write_text(text, encoding="utf-8")


#: Complaints end the build: it takes warnings for errors.
LOG = logging.getLogger(__name__)


def check_playgrounds(app: Sphinx) -> None:
    """Complain about records of `book/playgrounds.yml` that cannot be followed."""
    for problem in playgrounds.problems(Path(app.srcdir)):
        LOG.warning("book/playgrounds.yml: %s.", problem)


def attach_playgrounds(app: Sphinx, doctree: nodes.document) -> None:
    """Put the playgrounds of a chapter under their headings."""
    put, lost = playgrounds.attach(doctree, app.env.docname, Path(app.srcdir))
    for problem in lost:
        LOG.warning("book/playgrounds.yml: %s.", problem)
    app.env.metadata[app.env.docname].setdefault("playgrounds", []).extend(put)


def load_scripts(app: Sphinx, page: str, _template: str, _context: dict, _tree: object) -> None:
    """Let a page with playgrounds load what they need, each script once; other pages do not."""
    put = app.env.metadata.get(page, {}).get("playgrounds", ())
    records = [one for one in playgrounds.load(Path(app.srcdir)) if one.id in put]
    if records:
        app.add_css_file("interactive.css")
    for name in dict.fromkeys(name for one in records for name in one.scripts):
        app.add_js_file(name, loading_method="defer")


class PlaygroundDirective(SphinxDirective):
    """A playground on a page that is no chapter: ``{playground} ID``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return it; say which there are when there is none of that id."""
        known = {one.id: one for one in playgrounds.load(Path(self.env.app.srcdir))}
        name, page = self.arguments[0], self.env.docname
        if name not in known:
            raise self.error(f"There is no playground {name}; there are {', '.join(known)}.")
        self.env.metadata[page].setdefault("playgrounds", []).append(name)
        return [playgrounds.render(known[name], page, Path(self.env.app.srcdir))]


class CardsDirective(SphinxDirective):
    """The list of all playgrounds: ``{playgrounds}``."""

    def run(self) -> list[nodes.Node]:
        """Return it."""
        return [playgrounds.cards(self.env.docname, Path(self.env.app.srcdir))]


def register_playgrounds(app: Sphinx) -> None:
    """Let Sphinx put the playgrounds on their pages."""
    app.add_directive("playground", PlaygroundDirective)
    app.add_directive("playgrounds", CardsDirective)
    app.connect("builder-inited", check_playgrounds)
    app.connect("doctree-read", attach_playgrounds)
    app.connect("html-page-context", load_scripts)


def version() -> str:
    """Return the version of the package, from pyproject.toml: there is no second place for it."""
    text = (Path(__file__).resolve().parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("version"))
    return line.split('"')[1]


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    bibliography.register()
    # MyST-NB takes an alternative text from a cell alone, which cannot compute it.
    NbElementRenderer.render_image = render_image
    # Jupyter Book sets it for sphinx_comments, which is left out.
    app.add_config_value("comments_config", {}, "html")
    app.connect("config-inited", configure, priority=900)
    register_playgrounds(app)
    fitting.register(app)
    search_index.register(app)
    cover.register(app)
    app.connect("doctree-resolved", link_terms)
    app.connect("doctree-resolved", box_wide_pictures)
    app.connect("build-finished", lighten)
    app.connect("build-finished", forward)
    return {"parallel_read_safe": True, "parallel_write_safe": False}  # INDEX is one

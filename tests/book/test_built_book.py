"""The built book: whole, linked, readable without another host; and each check can fail."""

import re
import shutil
import subprocess
import sys

import book_extension
import pytest
import vector_figures
from bookfiles import DRAWING, ROOT, chapters, figures, notebooks, pages, read
from check_book import (
    bad_alternatives,
    broken_links,
    heading_order,
    languages,
    launch_links,
    missing_pages,
    other_hosts,
    parsed,
    soups,
)
from generate_pages import files

LARGEST_PAGE = 1_500_000


def test_every_page_of_the_contents_is_there(html):
    assert missing_pages(html) == []


def test_links_and_anchors_lead_somewhere(html):
    assert broken_links(html) == []


def test_every_image_says_what_it_shows(html):
    assert bad_alternatives(html) == []


def test_alternative_texts_that_cells_computed_are_those_of_the_page(html):
    computed = {
        (path.stem, output.metadata[kind]["alt"])
        for path in notebooks()
        for cell in read(path).cells
        for kind, output in figures(cell)
        if "alt" in output.metadata.get(kind, {})
    }
    assert computed
    for name, text in computed:
        images = parsed(html / "notebooks" / f"{name}.html").find_all("img")
        assert text in {image.get("alt") for image in images}


def test_a_drawing_has_both_themes_and_its_narrow_form_beside_it(html):
    drawings = [
        (path, output.data[kind])
        for path in notebooks()
        for cell in read(path).cells
        for kind, output in figures(cell)
        if kind == DRAWING
    ]
    small = [path for path, svg in drawings if vector_figures.split(svg)[1]]
    assert len(small) > 10
    for path in set(small):
        page = parsed(html / "notebooks" / f"{path.stem}.html")
        names = [source["srcset"] for source in page.select("picture > source")]
        assert len(names) == small.count(path)
        assert all((html / "notebooks" / name).is_file() for name in names)
    shown = [path.read_text(encoding="utf-8") for path in (html / "_images").glob("*.svg")]
    assert len([text for text in shown if "prefers-color-scheme" in text]) >= len(drawings)
    assert not any("<metadata" in text for text in shown)


def test_no_page_asks_another_host(html):
    assert other_hosts(html) == []


def test_headings_are_in_order(html):
    assert heading_order(html) == []


def test_every_page_says_its_language(html):
    assert languages(html) == []


def test_readers_do_not_see_the_slugs_behind_the_numbers(html):
    """They are comments: not text in a paragraph, a table or an attribute, nor in a title."""
    for path, soup in soups(html):
        assert not re.search(r"<!-- \w+ --", soup.get_text()), path.name
        words = [str(value) for tag in soup.find_all(True) for value in tag.attrs.values()]
        assert not [text for text in words if "<!-- " in text], path.name


def test_a_chapter_links_each_term_of_the_glossary_once_in_its_text(html):
    for path in notebooks():
        page = parsed(html / "notebooks" / f"{path.stem}.html")
        links = [link["href"] for link in page.select("a.term-link")]
        assert len(links) >= 2, path.stem
        assert len(links) == len(set(links)), path.stem
        assert not page.select("h1 a.term-link, h2 a.term-link, pre a.term-link, a a.term-link")


def test_terms_are_found_as_words_in_the_plural_and_at_the_start():
    terms = {"kernel": ("g", "k"), "grouped convolution": ("g", "c"), "convolution": ("g", "v")}
    first = book_extension.first_term
    assert first("Kernels slide", terms)[1].group() == "Kernels"
    assert first("a grouped convolution", terms)[0] == "grouped convolution"
    assert first("subkernels, kernel-like, CONVOLUTION", terms) is None


def test_a_work_is_listed_under_the_words_that_cite_it(html):
    listed = parsed(html / "book" / "bibliography.html")
    labels = {
        entry["id"]: entry.select_one("span.label").get_text().strip("[]")
        for entry in listed.select("div.citation")
    }
    cited = 0
    for path in notebooks():
        page = parsed(html / "notebooks" / f"{path.stem}.html")
        for link in page.select('a[href*="bibliography.html#"]'):
            label = labels[link["href"].partition("#")[2]]
            # Where the text names the authors itself, the link is the year alone.
            assert link.get_text() in (label, label.rpartition(", ")[2])
            cited += 1
    assert cited > 30


def test_launch_edit_and_source_links_lead_to_tracked_files(html):
    assert launch_links(html) == []


def test_no_page_is_heavy(html):
    for page in pages():
        assert (html / f"{page}.html").stat().st_size < LARGEST_PAGE


def test_the_first_page_leads_to_the_cover(html):
    assert "book/index.html" in (html / "index.html").read_text()


#: The names of the chapters' pages in the book's first order.
FORMER_NAMES = """
01_2012_and_imagenet 02_relu 03_convolution_arithmetic 04_overlapping_pooling
05_local_response_normalisation 06_dropout 07_data_augmentation 08_softmax_loss_and_update
09_building_alexnet 10_two_gpus 11_training_on_two_classes 12_confusion_matrix_and_errors
13_grad_cam 14_alexnet_on_mnist 15_what_the_filters_learn 16_relatives 17_what_came_after
18_your_own_photos 11_softmax_loss_and_update
""".split()
#: Chapters that have another name today.
RENAMED = {"softmax_loss_and_update": "update_rule"}


@pytest.mark.parametrize("name", FORMER_NAMES)
def test_a_former_name_leads_to_the_page_of_today(html, name):
    page = parsed(html / "notebooks" / f"{name}.html")
    goal = html / "notebooks" / page.a["href"]
    slug = name.partition("_")[2]
    assert goal.stem.partition("_")[2] == RENAMED.get(slug, slug)
    assert goal.stem in {path.stem for path in notebooks()}
    assert parsed(goal).select_one("article h1").get_text().startswith(page.h1.get_text())


def test_mathematics_comes_with_the_book(html):
    name = chapters()["local_response_normalisation"].stem
    page = (html / "notebooks" / f"{name}.html").read_text()
    assert "_static/mathjax/startup.js" in page
    for file in ("startup.js", "core.js", "input/tex.js", "output/chtml.js"):
        assert (html / "_static" / "mathjax" / file).is_file()


GENERATED = files()


@pytest.mark.parametrize("path", list(GENERATED), ids=lambda path: path.name)
def test_generated_files_are_up_to_date(path):
    assert path.read_text(encoding="utf-8") == GENERATED[path], "run `make pages`"


# Each check on a small broken book ----------------------------------------------------------------


def book(tmp_path, body: str, head: str = "", lang: str = 'lang="en"'):
    """Write a book of one page and return its folder."""
    text = f"<html {lang}><head>{head}</head><body><article class='bd-article'>{body}</article>"
    (tmp_path / "page.html").write_text(text + "</body></html>")
    return tmp_path


@pytest.mark.parametrize(
    "body",
    [
        '<a href="gone.html">x</a>',
        '<a href="#gone">x</a>',
        '<a href="page.html#gone">x</a>',
        '<img src="gone.png">',
        '<script src="gone.js"></script>',
    ],
)
def test_broken_link_is_noticed(body, tmp_path):
    assert len(broken_links(book(tmp_path, body))) == 1


def test_sound_link_is_not_noticed(tmp_path):
    assert broken_links(book(tmp_path, '<h1 id="here">x</h1><a href="page.html#here">x</a>')) == []


@pytest.mark.parametrize(
    "alt", ["", "_images/4f0c.png", "A plot of the loss.png", "a plot", "nospacebutratherlongword"]
)
def test_bad_alternative_is_noticed(alt, tmp_path):
    assert len(bad_alternatives(book(tmp_path, f'<img src="a.png" alt="{alt}">'))) == 1


@pytest.mark.parametrize(
    "head",
    [
        '<script src="https://unpkg.com/x.js"></script>',
        '<script src="//unpkg.com/x.js"></script>',
        '<link rel="stylesheet" href="https://fonts.example/x.css">',
        '<script>const A = "https://unpkg.com/thebe/index.js"</script>',
    ],
)
def test_other_host_is_noticed(head, tmp_path):
    assert len(other_hosts(book(tmp_path, "", head))) == 1


def test_other_host_in_a_style_is_noticed(tmp_path):
    (tmp_path / "a.css").write_text("a { background: url('https://example.org/a.png') }")
    assert len(other_hosts(tmp_path)) == 1


def contents(tmp_path, *names):
    """Write a table of contents and a configuration; return the folder."""
    listed = "".join(f"      - file: {name}\n" for name in names[1:])
    parts = f"parts:\n  - caption: A\n    chapters:\n{listed}" if listed else "parts: []\n"
    (tmp_path / "_toc.yml").write_text(f"format: jb-book\nroot: {names[0]}\n{parts}")
    (tmp_path / "_config.yml").write_text("repository:\n  url: https://github.com/a/b\n")
    return tmp_path


def test_page_that_was_dropped_is_noticed(tmp_path):
    root = contents(book(tmp_path, ""), "page", "lost", "absent")
    (root / "page.md").write_text("# Page")
    (root / "lost.md").write_text("# Lost")
    complaints = missing_pages(root, root)
    assert len(complaints) == 2
    assert "lost is in _toc.yml" in complaints[0]


@pytest.mark.parametrize("body", ["<h2>x</h2>", "<h1>x</h1><h1>y</h1>", "<h1>x</h1><h3>y</h3>"])
def test_heading_out_of_order_is_noticed(body, tmp_path):
    root = contents(book(tmp_path, body), "page")
    assert heading_order(root, root)


def test_page_without_language_is_noticed(tmp_path):
    assert len(languages(book(tmp_path, "", lang=""))) == 1


def test_launch_link_to_no_file_is_noticed(tmp_path):
    link = "https://colab.research.google.com/github/a/b/blob/main/notebooks/gone.ipynb"
    root = contents(book(tmp_path, f'<a href="{link}">x</a>'), "page")
    assert any("gone.ipynb" in line for line in launch_links(root, root))


def test_warning_of_the_build_fails_it(tmp_path):
    """A link to nowhere in a page must fail the build, and leave no half-made book."""
    source = tmp_path / "source"
    (source / "book").mkdir(parents=True)
    shutil.copytree(ROOT / "book" / "_static", source / "book" / "_static")
    shutil.copytree(ROOT / "scripts", source / "scripts")
    for name in ("_config.yml", "pyproject.toml", "book/references.bib"):
        shutil.copy(ROOT / name, source / name)
    contents_text = "format: jb-book\nroot: book/index\n"
    (source / "_toc.yml").write_text(contents_text)
    (source / "book" / "index.md").write_text("# Book\n\n[nowhere](gone.md)\n")
    script = ROOT / "scripts" / "build_html.py"
    command = [sys.executable, script, "--source", source, "--output", tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "gone.md" in done.stderr
    assert not (tmp_path / "out" / "html").exists()

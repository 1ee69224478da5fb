"""The playgrounds: each at a heading that is there, each also in words, mistakes told in a line."""

import io
import re
import shutil
from dataclasses import replace

import nbformat
import numpy as np
import playground_data
import playgrounds
import pytest
from bookfiles import ROOT
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.core import publish_doctree
from sphinx.application import Sphinx

from helpers.book import formulas

RECORDS = playgrounds.load()
FIRST = RECORDS[0]


def test_all_records_can_be_followed():
    assert list(playgrounds.problems()) == []


@pytest.mark.parametrize("one", RECORDS, ids=lambda one: one.id)
def test_a_playground_asks_says_what_is_seen_and_can_be_read_without_it(one):
    soup = BeautifulSoup(playgrounds.fragment(one).read_text(encoding="utf-8"), "html.parser")
    assert one.question.endswith("?")
    assert one.sentence.endswith(".")
    assert len(soup.select(".try")) == len(soup.select(".try-print")) == 1
    assert soup.select(".try :is([role=status], [aria-live=polite])")
    assert len(soup.select_one(".try-print").get_text().split()) >= 20
    assert not soup.select("script, link, style, h1, h2, h3")  # the page has them


def test_no_two_fragments_share_an_id():
    texts = [playgrounds.fragment(one).read_text(encoding="utf-8") for one in RECORDS]
    ids = [name for text in texts for name in re.findall(r'\bid="([^"]+)"', text)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"chapter": "no_such"}, "belongs to chapter 'no_such'; there are alexnet_in_one_sitting,"),
        ({"place": "middle"}, "has the place 'middle'; there are end and start"),
        ({"page": "book/none"}, "has the page 'book/none', which is not in _toc.yml"),
        ({"id": "none"}, "none needs book/playgrounds/none.html, and there is no such file"),
        ({"scripts": ("a.js",)}, "needs book/_static/a.js, and there is no such file"),
    ],
)
def test_a_record_that_cannot_be_followed_is_told(monkeypatch, change, told):
    monkeypatch.setattr(playgrounds, "load", lambda root: [replace(FIRST, **change)])
    [problem] = playgrounds.problems()
    assert told in problem


def test_an_id_that_stands_twice_is_told(monkeypatch):
    monkeypatch.setattr(playgrounds, "load", lambda root: [FIRST, FIRST])
    assert list(playgrounds.problems()) == [f"{FIRST.id} stands twice"]


def test_a_field_that_is_not_known_is_told(tmp_path):
    shutil.copy(ROOT / "_toc.yml", tmp_path)
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "playgrounds.yml").write_text("- id: a\n  colour: red\n")
    [problem] = playgrounds.problems(tmp_path)
    assert "have the fields id, title, sentence" in problem
    assert "colour" in problem


PAGE = """
Top
===

One
---

First paragraph.

Second paragraph.

Sub
~~~

Below.
"""


@pytest.mark.parametrize(
    ("place", "order"),
    [("start", ["title", "paragraph", "raw", "paragraph", "section"]),
     ("end", ["title", "paragraph", "paragraph", "raw", "section"])],
)  # fmt: skip
def test_a_playground_stands_behind_the_first_paragraph_or_before_the_sub_sections(
    monkeypatch, place, order
):
    # Two headings of one page, one playground that finds its own.
    tree = publish_doctree(PAGE + "\nTwo\n---\n\nText.\n")
    monkeypatch.setattr(
        playgrounds, "load", lambda root: [replace(FIRST, after="one", place=place)]
    )
    page = f"notebooks/{playgrounds.by_slug()[FIRST.chapter].stem}"
    assert playgrounds.attach(tree, page) == ([FIRST.id], [])
    [section] = [s for s in tree.findall(nodes.section) if "one" in s["ids"]]
    assert [node.tagname for node in section.children] == order
    assert playgrounds.attach(publish_doctree(PAGE), "notebooks/another") == ([], [])


# A small book of two chapters ---------------------------------------------------------------------

CONF = """
import book_extension
extensions = ["myst_nb"]
nb_execution_mode = "off"
html_static_path = ["book/_static"]
def setup(app):
    book_extension.register_playgrounds(app)
"""
RECORD = """
- id: small
  title: A small one
  sentence: It does nothing.
  question: Does it do anything?
  chapter: one
  after: {after}
  scripts: [small.js]
"""


def build(folder, after: str, cover: str = "{playground} small") -> tuple[dict, list[str]]:
    """Build a book with a playground; return its pages and what Sphinx complained about."""
    source, warnings = folder / "source", io.StringIO()
    for name in ("notebooks", "book/_static", "book/playgrounds"):
        (source / name).mkdir(parents=True)
    for name in ("01_one", "02_two"):
        cells = [nbformat.v4.new_markdown_cell("# T\n\nText.\n\n## The place\n\nText.")]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), source / f"notebooks/{name}.ipynb")
    files = [f"      - file: notebooks/{name}" for name in ("01_one", "02_two")]
    toc = ["root: book/index", "parts:", "  - caption: c", "    chapters:", *files]
    (source / "_toc.yml").write_text("\n".join(toc))
    (source / "conf.py").write_text(CONF)
    (source / "book/_static/small.js").write_text("")
    (source / "book/_static/interactive.css").write_text("")
    (source / "book/playgrounds/small.html").write_text("<div class='try'>small form</div>")
    (source / "book/playgrounds.yml").write_text(RECORD.format(after=after))
    cover = f"# Cover\n\n```{cover}\n```\n\n```{{playgrounds}}\n```\n"
    (source / "book/index.md").write_text(cover)
    app = Sphinx(
        source, source, folder / "html", folder / "tree", "html",
        confoverrides={"master_doc": "book/index"}, status=io.StringIO(), warning=warnings,
    )  # fmt: skip
    app.build()
    names = ("book/index", "notebooks/01_one", "notebooks/02_two")
    read = {name: (folder / "html" / f"{name}.html").read_text(encoding="utf-8") for name in names}
    told = re.findall(r"(?:WARNING|ERROR): .*", warnings.getvalue())
    return read, [line for line in told if "toctree" not in line]


@pytest.mark.filterwarnings("ignore")
def test_only_pages_with_a_playground_load_its_script(tmp_path):
    read, told = build(tmp_path, "the-place")
    assert told == []
    assert ["small.js" in text for text in read.values()] == [True, True, False]
    assert [text.count("small form") for text in read.values()] == [1, 1, 0]
    assert 'defer="defer" src="../_static/small.js' in read["notebooks/01_one"]
    assert 'href="../notebooks/01_one.html#playground-small"' in read["book/index"]


@pytest.mark.filterwarnings("ignore")
def test_an_unknown_heading_or_playground_is_told_in_the_build(tmp_path):
    _, told = build(tmp_path, "nowhere", cover="{playground} none")
    # Sphinx says the second twice, once for the parser and once for the page.
    assert any("'nowhere' of notebooks/01_one, which has t, the-place." in line for line in told)
    assert any("There is no playground none; there are small." in line for line in told)


# What the words for paper say ---------------------------------------------------------------------


def words(name: str) -> BeautifulSoup:
    """Return what paper shows of a playground."""
    text = (ROOT / "book" / "playgrounds" / f"{name}.html").read_text(encoding="utf-8")
    return BeautifulSoup(text, "html.parser").select_one(".try-print")


def rows(name: str) -> list[list[str]]:
    """Return the rows of its table, heads included."""
    return [[x.get_text() for x in row.select("th, td")] for row in words(name).select("tr")]


def test_the_table_of_masks_is_right():
    outputs = formulas.all_thinned([1, 2, 0, 3, 1, 2], [2, -1, 3, 1, 2, 1])
    values, counts = np.unique(outputs, return_counts=True)
    told = [[int(x.replace("−", "-")) for x in row[1:]] for row in rows("units_off")]
    assert told == [values.astype(int).tolist(), counts.tolist()]
    assert outputs.mean() == 3.5  # as the question says; and no output is
    assert 3.5 not in values


def test_the_table_of_momenta_is_right():
    rates = [round(0.005 * i, 3) for i in range(1, 39)]  # those of the slider
    momenta, chosen, steps = (row[1:] for row in rows("valley"))
    for momentum, rate, count in zip(momenta, chosen, steps, strict=True):
        needed = {r: formulas.steps_needed(formulas.walk(r, float(momentum))) for r in rates}
        assert min(needed.values()) == needed[float(rate)] == int(count)
    [question] = [one.question for one in RECORDS if one.id == "valley"]
    assert f"fewer than {steps[0]} steps" in question


def test_the_table_of_pools_is_right():
    ink, pools = np.array(playground_data.digits()["0"]), [(1, 0), (2, 0), (3, 0), (2, 1), (3, 1)]
    for row, (size, average) in zip(rows("digit_under_pool")[1:], pools, strict=True):
        assert f"{size}/2" in row[0] or size == 1
        maps = []
        for right in range(4):
            picture = np.zeros((15, 15))
            picture[3:11, 3 + right : 11 + right] = ink
            maps.append(formulas.pool(picture, size, average=bool(average)))
        assert row[1:] == [f"{formulas.change(maps[0], moved):.2f}" for moved in maps[1:]]
        assert np.array_equal(maps[2][:, 1:], maps[0][:, :-1])  # two pixels are a cell


def test_the_weights_for_the_lower_rim_find_it():
    assert (
        "1, 1, 1 above, 0, 0, 0 in the middle and −1, −1, −1 below" in words("kernel_editor").text
    )
    answers = formulas.correlate(playground_data.flower(), np.outer([1, 0, -1], np.ones(3)))
    y, x = np.ogrid[:318, :318]
    rim = abs(np.hypot(y - 160, x - 168) - 137) < 13  # the chapter's middle and width
    middle = rim & (abs(x - 168) < 60)
    assert answers[middle & (y > 160)].mean() > 20
    assert answers[middle & (y < 160)].mean() < -20


def test_what_is_said_of_the_gradient_is_right():
    draw = np.random.default_rng(0)
    drawn = [(draw.normal(size=(30, 128, 128)), *draw.normal(size=(2, 8, 128))) for _ in range(6)]
    ends, flats = {}, {}
    for variance in (1, 2, 8):
        for tanh in (False, True):
            sent = [
                formulas.sent_back(layers * (variance / 128) ** 0.5, inputs, gradient, tanh)
                for layers, inputs, gradient in drawn
            ]
            ends[variance, tanh] = np.exp(np.mean([np.log(lengths[-1]) for lengths, _ in sent]))
            flats[variance, tanh] = np.mean([flat for _, flat in sent])
    assert 0.3 < ends[2, False] < 2  # about its own length
    assert ends[2, True] > 2  # grows
    assert ends[1, False] == pytest.approx(ends[2, False] * 2**-15)  # half of the square, 30 times
    assert ends[1, True] > 100 * ends[1, False]
    assert 0.4 < flats[8, True] < 0.5  # nearly half

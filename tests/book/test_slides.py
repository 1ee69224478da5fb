"""Decks of slides: every figure and question of a chapter, and nothing from elsewhere."""

import re

import pytest
import slides
from bookfiles import ROOT, VENDORED, chapters, read
from check_book import broken_links, other_hosts, parsed


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """All decks, written once."""
    return slides.write_decks(tmp_path_factory.mktemp("decks") / "slides")


@pytest.mark.parametrize("path", chapters().values(), ids=chapters())
def test_a_deck_has_the_figures_recap_and_questions_of_its_chapter(decks, path):
    shown = parsed(decks / f"{path.stem}.html").select("section")
    cells = read(path).cells
    figures = [x for x in cells if "figure" in x.metadata.get("mystnb", {})]
    asked = "".join(x.source for x in cells if x.cell_type == "markdown").count("<summary>")
    heads = [x.h2.get_text() for x in shown if x.h2]
    assert len([x for x in shown if x.img]) == len(figures)
    assert heads.count("Question") == len([x for x in shown if x.select(".fragment")]) == asked
    assert heads.count("Recap") == 1
    assert len(shown) == 2 + len(figures) + asked
    assert all(len(x.img["alt"]) > 60 for x in shown if x.img)
    assert "{cite" not in str(shown)
    assert ".ipynb" not in str(shown)


def test_decks_ask_no_other_host_and_find_their_scripts(decks):
    assert other_hosts(decks) == []
    assert broken_links(decks) == []


def test_what_is_vendored_stands_in_notice_with_its_version():
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    code = (ROOT / "scripts" / "reveal" / "reveal.js").read_text(encoding="utf-8")
    version = re.search(r"reveal\.js ([\d.]+)", code)[1]
    assert f"reveal.js {version}" in notice
    assert all(f"/{name}/" in notice for name in VENDORED)

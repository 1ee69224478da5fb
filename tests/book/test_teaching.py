"""The page for teachers and the map: hours by the rule, ways to go, lines that lead on."""

import re
from html import unescape
from itertools import pairwise

import cover
import nbformat
import pytest
import teaching
from bookfiles import chapters

SLUGS = list(chapters())
WAYS = {way["name"]: way for way in teaching.paths()}


def notebook(tmp_path, *cells):
    path = tmp_path / "01_small.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def code(*tags):
    return nbformat.v4.new_code_cell("1 + 1", metadata={"tags": list(tags)})


EMPTY = nbformat.v4.new_code_cell("answer = ...  # yours")


def test_hours_follow_the_rule(tmp_path):
    words = nbformat.v4.new_markdown_cell("word " * 2000 + "<!-- hidden from the reader -->")
    asked = nbformat.v4.new_markdown_cell("### Exercise 1.1\n\n### Exercise 1.2")
    path = notebook(tmp_path, words, code(), code(), code(), code("hide-input"), asked, EMPTY)
    # 2,006 words are 20 minutes, three cells 9, and two exercises 30.
    assert teaching.hours(path) == (0.5, 0.5)
    assert teaching.exercises(path) == 2


def test_the_time_of_a_chapter_is_its_readers_first(tmp_path):
    asked = nbformat.v4.new_markdown_cell(
        "word " * 2000 + "\n\n### Exercise 1.1\n\n### Exercise 1.2"
    )
    path = notebook(tmp_path, asked, code(), EMPTY)
    said = "**Time**: about ½ h to read and ½ h for the exercises"
    assert teaching.time_line(path, 200) == f"{said}; its cells run for four minutes on two cores."
    assert teaching.time_line(path, None) == f"{said}."


def test_prerequisites_are_what_the_first_cell_names(tmp_path):
    first = "# T\n\n**Prerequisites**: chapters 3<!-- b --> and 2<!-- a -->.\n\nchapter 9<!-- c -->"
    assert teaching.needs(notebook(tmp_path, nbformat.v4.new_markdown_cell(first))) == ["b", "a"]


#: Chapters that shall stay short: the most words of each.
SHORT = {"local_response_normalisation": 3000, "two_gpus": 3400}


def words(path):
    """Return how many words a reader meets: text, and code that is not folded; no exercises."""
    text = ""
    for cell in teaching.read(path).cells:
        folded = teaching.FOLDED & set(cell.metadata.get("tags", ()))
        text += "" if folded else f"\n\n{cell.source}"
    text = re.sub(r"^## Exercises$.*?(?=^## |\Z)", "", text, flags=re.DOTALL | re.MULTILINE)
    return len(re.sub(r"<!-- \w+ -->", "", text).split())


@pytest.mark.parametrize("slug", SHORT)
def test_a_short_chapter_stays_short(slug):
    assert 1000 < words(chapters()[slug]) <= SHORT[slug]


def test_words_are_counted_where_a_reader_meets_them(tmp_path):
    text = nbformat.v4.new_markdown_cell("# One two\n\nthree <!-- relu --> four")
    asked = nbformat.v4.new_markdown_cell("## Exercises\n\n### Exercise 1.1\n\nDo this.")
    rest = nbformat.v4.new_markdown_cell("## Next\n\nseven")
    path = notebook(tmp_path, text, code(), code("hide-input"), asked, EMPTY, rest)
    assert words(path) == len("# One two three four 1 + 1 ## Next seven".split())


@pytest.mark.parametrize("slug", SLUGS)
def test_a_chapter_needs_only_what_stands_before_it(slug):
    assert set(teaching.needs(chapters()[slug])) <= set(SLUGS[: SLUGS.index(slug)])


def test_the_graph_has_an_arc_for_what_is_needed_and_not_already_behind_another():
    assert "building_alexnet" in teaching.needs(chapters()["training_on_two_classes"])
    assert teaching.direct("your_own_photos") == ["grad_cam"]
    assert teaching.graph().count("<path") == sum(len(teaching.direct(slug)) for slug in SLUGS)


def test_each_chapter_leads_to_the_one_behind_it():
    told, shown = teaching.in_short(), unescape(cover.cards())
    for path, following in pairwise(SLUGS):
        text = teaching.read(chapters()[path]).cells[-1].source.partition("## Next")[2]
        assert f"]({chapters()[following].name})" in text, path
        assert told[following] in shown
    assert set(told) == set(SLUGS[1:])


@pytest.mark.parametrize(("name", "weeks"), [("Two", 2), ("Six", 6), ("Twelve", 12)])
def test_a_way_has_its_weeks_and_goes_forward(name, weeks):
    way = WAYS[f"{name} weeks"]
    gone = [slug for week in way["weeks"] for slug in week["chapters"]]
    assert len(way["weeks"]) == weeks
    assert len(set(gone)) == len(gone)
    assert set(gone) <= set(SLUGS)


def test_the_longest_way_goes_through_all():
    gone = [slug for week in WAYS["Twelve weeks"]["weeks"] for slug in week["chapters"]]
    assert sorted(gone) == sorted(SLUGS)


def test_what_a_way_leaves_out_and_needs_is_told():
    needed = teaching.needs(chapters()["grad_cam"])
    way = {"weeks": [{"chapters": ["grad_cam"]}, {"chapters": needed}]}
    assert {slug for slug, by in teaching.untold(way).items() if "grad_cam" in by} == set(needed)
    way["weeks"].reverse()
    assert not any("grad_cam" in by for by in teaching.untold(way).values())

"""The page for teachers and the map: hours by the rule, ways to go, lines that lead on."""

from itertools import pairwise

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


@pytest.mark.parametrize("slug", SLUGS)
def test_a_chapter_needs_only_what_stands_before_it(slug):
    assert set(teaching.needs(chapters()[slug])) <= set(SLUGS[: SLUGS.index(slug)])


def test_the_graph_has_an_arc_for_what_is_needed_and_not_already_behind_another():
    assert "building_alexnet" in teaching.needs(chapters()["training_on_two_classes"])
    assert teaching.direct("your_own_photos") == ["grad_cam"]
    assert teaching.graph().count("<path") == sum(len(teaching.direct(slug)) for slug in SLUGS)


def test_each_chapter_leads_to_the_one_behind_it():
    told, shown = teaching.in_short(), teaching.chapter_map()
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

"""No chapter types a number that a run decides: a cell computes it."""

import nbformat
import pytest
from bookfiles import notebooks, read, slug
from typed_results import NO_RUN, typed_results

CHAPTERS = {slug(path): path for path in notebooks()}


@pytest.mark.parametrize("name", CHAPTERS)
def test_results_are_computed(name):
    assert typed_results(CHAPTERS[name]) == []


FIRST = next(iter(CHAPTERS.values()))
TYPED = {
    "percentage": "Right are 97 % of them **[measured here]**.",
    "percentage in a formula": "Right are $97\\,\\%$ of them **[measured here]**.",
    "per cent": "Right are **97** per cent **[measured here]**.",
    "points": "It gains 3.5 points **[measured here]**.",
    "percentage points": "It gains 3.5 percentage points **[measured here]**.",
    "one point": "It gains 1 point **[measured here]**.",
    "times": "It is 1.7 times as long **[measured here]**.",
    "of many": "Right are 389 of 400 **[measured here]**.",
    "out of many": "Right are 389 out of 400 pictures **[measured here]**.",
    "of the many": "Right are 389 of the 400 **[measured here]**.",
    "mark in front": "**[measured here]** First.\nThen 97 % are right.",
    "mark with a place": "Right are 97 % **[paper §3; measured here]**.",
    "list below the mark": "Read the table **[measured here]**:\n\n- the first has 97 %",
    "table below the mark": "Read it **[measured here]**.\n\n| a | b |\n|---|---|\n| 97 % | 3 % |",
    "run shown": "In the run shown 97 % are right.",
}


def spoilt(tmp_path, change):
    notebook = read(FIRST)
    change(notebook)
    nbformat.write(notebook, tmp_path / FIRST.name)
    return typed_results(tmp_path / FIRST.name)


@pytest.mark.parametrize("text", TYPED.values(), ids=TYPED)
def test_a_typed_result_is_noticed(text, tmp_path):
    cell = nbformat.v4.new_markdown_cell(text)
    assert len(spoilt(tmp_path, lambda notebook: notebook.cells.append(cell))) >= 1


SENTENCES = {
    "a number": 'say("Right are 97 % **[measured here]**.")',
    "beside a computed one": 'say(f"Right are {n} of 400, or 97 %.")',
    "in a word that is chosen": """say(f"It gains {'3 points' if n else 'nothing'}.")""",
    "in a name": 'told = "97 % are right"\nsay(told)',
    "an alternative text": 'show_figure("A bar of 97 % and one of 3 %.")',
}


@pytest.mark.parametrize("source", SENTENCES.values(), ids=SENTENCES)
def test_a_result_typed_into_a_shown_sentence_is_noticed(source, tmp_path):
    cell = nbformat.v4.new_code_cell(source)
    assert spoilt(tmp_path, lambda notebook: notebook.cells.append(cell))


def test_computed_numbers_and_levels_are_in_order(tmp_path):
    text = 'say(f"Right are {n} of 400, {n / 4:.0f} %, {x:.0%}; a 95 % interval holds it.")'
    cells = [
        nbformat.v4.new_code_cell(text),
        nbformat.v4.new_markdown_cell("The paper has 37.5 % **[paper §4]**."),
        nbformat.v4.new_markdown_cell("A 95 % interval of eight seeds **[measured here]**."),
    ]
    assert spoilt(tmp_path, lambda notebook: notebook.cells.extend(cells)) == []


@pytest.mark.parametrize("where", ["image", "figure"])
def test_a_result_typed_beside_a_figure_is_noticed(where, tmp_path):
    shown = {"figure": {"caption": "A", "name": "fig-a"}, "image": {"alt": "A"}}
    shown[where]["alt" if where == "image" else "caption"] = "It is right on 97 per cent."
    cell = nbformat.v4.new_code_cell("1", metadata={"mystnb": shown})
    assert len(spoilt(tmp_path, lambda notebook: notebook.cells.append(cell))) == 1


def test_figures_of_no_run_are_there():
    cells = [cell for path in CHAPTERS.values() for cell in read(path).cells]
    named = {cell.metadata.get("mystnb", {}).get("figure", {}).get("name") for cell in cells}
    assert set(NO_RUN) <= named

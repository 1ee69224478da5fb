"""What the build does to tables and outputs, so that a phone can show them."""

import fitting
from bs4 import BeautifulSoup

OUTPUT = '<div class="output text_plain"><div class="highlight"><pre><span></span>{}</pre></div>'
PRINTED = """A sentence that is long enough to go on in the next line of a phone.
                top-1  top-5  loss on the pictures
one column       1.70   1.23                  0.31
two columns      1.37   1.15                  0.29
"""


def cells(heads: list[str], row: list[str]):
    """Return the cells of the only row of a fitted table."""
    head = "".join(f"<th>{text}</th>" for text in heads)
    body = "".join(f"<td>{text}</td>" for text in row)
    table = f"<thead><tr>{head}</tr></thead><tbody><tr>{body}</tr></tbody>"
    fitted = fitting.fit(f'<table class="table">{table}</table>')
    return BeautifulSoup(fitted, "html.parser").select("table.stacks tbody td")


def test_a_printed_table_gets_a_box_and_the_text_around_it_none():
    page = BeautifulSoup(fitting.fit(OUTPUT.format(PRINTED)), "html.parser")
    [box] = page.select(".printed-table")
    assert box.get_text().splitlines() == PRINTED.splitlines()[1:]
    assert page.get_text() == PRINTED


def test_a_narrow_table_and_text_get_no_box():
    narrow = "\n".join(line[:30] for line in PRINTED.splitlines()[1:])
    text = "The first sentence, of some length, says this.\nThe second one says something else.\n"
    for printed in (narrow, text):
        assert "printed-table" not in fitting.fit(OUTPUT.format(printed))


def test_a_formula_is_plain_text_before_a_cell():
    tex = r'<span class="math notranslate nohighlight">\(v_1\)</span>'
    found = cells(["step", tex, "what is told of it"], ["one", "0.5", "a" * 30])
    assert [cell.get("data-label") for cell in found] == [None, "v₁", "what is told of it"]


def test_a_first_cell_that_is_a_number_has_its_name_and_a_sentence_begins_below():
    found = cells(["Points", "What is looked at"], ["20", "the " + "source" * 7])
    assert [cell.get("data-label") for cell in found] == ["Points", "What is looked at"]
    assert ["long" in cell.get("class", []) for cell in found] == [False, True]

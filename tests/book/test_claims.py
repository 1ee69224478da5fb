"""The ledger: its loader, the check, its coverage, and proof that a changed digit is noticed."""

import json
import re
import sys
from decimal import Decimal
from functools import cache

import claims_pages
import numpy as np
import pytest
import yaml
from claims_checked import CHECKED, RECOMPUTED, TABLES

from helpers import files
from helpers.book import claims
from helpers.errors import UserError
from helpers.files import root

LEDGER = claims.load()
TESTABLE = [id for id, claim in LEDGER.items() if claim.testable]
RECORD = {
    "id": "paper.side",
    "statement": "Side of the input",
    "source": "paper",
    "where": "§3.5",
    "value": 224,
    "kind": "recomputed",
    "outcome": "agrees",
    "chapter": ["convolution_arithmetic"],
}


def ledger_of(tmp_path, *records):
    """Load a ledger made of these records."""
    path = tmp_path / "claims.yml"
    path.write_text(yaml.safe_dump(list(records), allow_unicode=True), encoding="utf-8")
    return claims.load(path)


# ---------------------------------------------------------------------------------------------
# The book's ledger
# ---------------------------------------------------------------------------------------------


def test_there_are_at_least_120_records():
    assert len(LEDGER) >= 120
    assert {claim.source for claim in LEDGER.values()} >= {
        "paper",
        "code",
        "official",
        *(f"article-{i}" for i in range(5)),
    }


@cache
def result(id):
    """Return what the table computes for a record; once for all tests."""
    return CHECKED[id]()


@pytest.mark.parametrize("id", TESTABLE)
def test_each_record_is_what_its_table_computes(id, capsys):
    claims.check(id, result(id))
    assert capsys.readouterr().out == f"{claims.line(LEDGER[id])}\n"


def unchecked(ids, sources):
    """Return the ids that no source checks by ``claims.check("id"`` or names in its table."""
    named = set(CHECKED)
    for text in sources:
        named |= set(re.findall(r"""claims\.check\(\s*["']([\w.-]+)["']""", text))
    return sorted(set(ids) - named)


def chapters():
    """Return the code of each chapter."""
    for path in sorted((root() / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        yield "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")


def sources():
    """Return the code of the chapters and of the tests."""
    yield from chapters()
    for path in sorted((root() / "tests").rglob("test_*.py")):
        yield path.read_text(encoding="utf-8")


def test_every_testable_record_is_checked():
    assert unchecked(TESTABLE, sources()) == []


def test_a_record_that_nothing_checks_is_found():
    assert unchecked([*TESTABLE, "paper.nobody_computes_this"], sources()) == [
        "paper.nobody_computes_this"
    ]


def test_the_chapters_check_only_known_records():
    code = "\n".join(chapters())
    used = set(re.findall(r"""claims\.(?:check|value|get)\(\s*["']([\w.-]+)["']""", code))
    assert used - set(LEDGER) == set()


# ---------------------------------------------------------------------------------------------
# The four kinds
# ---------------------------------------------------------------------------------------------


def test_a_record_stands_in_the_table_of_its_kind():
    kinds = {id: kind for kind, table in TABLES.items() for id in table}
    assert kinds == {id: LEDGER[id].kind for id in TESTABLE}
    assert sum(map(len, TABLES.values())) == len(kinds)


#: Modules that hold typed numbers, or lead to them: calling them computes nothing.
NO_WORK = {f"helpers.{name}" for name in ("architectures", "book.claims", "errors", "files")}


def works_of(function):
    """Return the package's functions, and others of note, that run when a function is called."""
    names = set()

    def note(frame, event, argument):
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith(("helpers", "inspect")):
            names.add(f"{module}.{frame.f_code.co_name}")
        if event == "c_call" and argument.__name__ == "log2":
            names.add("math.log2")

    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
    return {name for name in names if name.rpartition(".")[0] not in NO_WORK}


@pytest.mark.parametrize("id", RECOMPUTED)
def test_what_is_called_recomputed_is_computed_and_reads_no_record(id, monkeypatch):
    def refused(name):
        raise AssertionError(f"{id} reads the record {name}")

    monkeypatch.setattr("claims_checked.value", refused)
    assert works_of(RECOMPUTED[id])


@pytest.mark.parametrize("id", ["paper.kernels", "paper.momentum", "code.padding_conv1"])
def test_a_look_up_is_no_computation(id):
    assert works_of(CHECKED[id]) == set()


OWN = re.compile(r"\b(says|agrees)\b")


@pytest.fixture(scope="module")
def rows():
    """Return the rows of the page by record, as text without tags and without the method."""
    page = claims_pages.render()["every_number.md"]
    found = re.findall(r'<tr id="claim-([\w.-]+)"[^>]*>(.*?)</tr>', page)
    return {id: re.sub(r"<small>.*?</small>|<[^>]+>", "", row) for id, row in found}


@pytest.mark.parametrize("id", TABLES["derived"])
def test_no_source_is_said_to_say_what_the_book_derives(id, rows):
    for text in (claims.line(LEDGER[id]), rows[id]):
        assert not OWN.search(text)
        assert "derived from" in text


def test_a_record_of_another_kind_agrees(rows):
    assert OWN.search(claims.line(LEDGER["paper.conv2_neurons"]))
    assert OWN.search(rows["paper.conv2_neurons"])


SOURCES = "|".join(map(re.escape, claims.SOURCES.values()))
ABOUT_A_RECORD = re.compile(rf"derived from ({SOURCES}) |({SOURCES}) .* says ")


def stored_lines():
    """Return the lines about records in the stored outputs of the chapters, with the chapter."""
    for path in sorted((root() / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                for text in "".join(output.get("text", "")).splitlines():
                    if ABOUT_A_RECORD.match(text):
                        yield path.stem, text


def test_the_chapters_show_the_lines_of_today():
    stored = list(stored_lines())
    assert len(stored) > 100
    today = {claims.line(claim) for claim in LEDGER.values() if claim.testable}
    stale = [(chapter, text) for chapter, text in stored if text not in today]
    assert stale == [], "run these chapters again"


# ---------------------------------------------------------------------------------------------
# Mutation: change one digit of a number in a copy of its record, and the check fails
# ---------------------------------------------------------------------------------------------

TEXT = (root() / "book" / "claims.yml").read_text(encoding="utf-8")
RECORDS = {
    part.split("\n", 1)[0].removeprefix("- id: "): part
    for part in re.split(r"(?m)^(?=- id: )", TEXT)[1:]
}
#: Words that differ from what we find are held by nothing but the page.
WORDS = [id for id in TESTABLE if not re.search(r"\d", f"{LEDGER[id].value}")]


#: By how much a digit is raised: by one, but where the source printed the noise of float32 by more.
STEPS = {"article2.lrn_example.all": 3}


def with_digit_changed(text, id, field, position):
    """Return a ledger's text with one digit of a record raised (9 becomes 0)."""
    place = places(text, id, field)[position]
    digit = (int(text[place]) + STEPS.get(id, 1)) % 10
    return f"{text[:place]}{digit}{text[place + 1 :]}"


def places(text, id, field):
    """Return where the digits of one field of a record stand in a ledger's text."""
    start = text.index(f"- id: {id}\n")
    found = re.compile(rf"\n  {field}: (.*?)\n(?=  \w+: )", re.DOTALL).search(text, start)
    return [i for i in range(*found.span(1)) if text[i].isdigit()]


def survives(path, text, id):
    """Tell whether a changed record is sound and still holds against its computation."""
    path.write_text(text, encoding="utf-8")
    try:
        claims.compare(claims.load(path)[id], result(id))
    except (AssertionError, UserError):
        return False
    return True


def survivors(folder, id, field):
    """Return the changed digits of a record that its check does not notice."""
    text = RECORDS[id]
    changed = [with_digit_changed(text, id, field, n) for n in range(len(places(text, id, field)))]
    return [text for n, text in enumerate(changed) if survives(folder / f"{field}{n}", text, id)]


@pytest.mark.parametrize("id", [id for id in TESTABLE if id not in WORDS])
def test_any_changed_digit_is_noticed(id, tmp_path):
    assert survives(tmp_path / "whole", RECORDS[id], id)
    assert survivors(tmp_path, id, "value") == []
    if LEDGER[id].computed is not None:
        assert survivors(tmp_path, id, "computed") == []


@pytest.mark.parametrize("id", [id for id in WORDS if LEDGER[id].computed is None])
def test_any_changed_word_is_noticed(id, tmp_path):
    for word in re.findall(r"\w+", f"{LEDGER[id].value}"):
        changed = re.sub(rf"(?<=\n  value: )(.*?)\b{word}\b", r"\1other", RECORDS[id], count=1)
        assert changed != RECORDS[id]
        assert not survives(tmp_path / word, changed, id)


@pytest.fixture
def copy_of_ledger(tmp_path, monkeypatch):
    """Put a copy of the ledger where ``claims.load()`` looks, so that every reader sees it."""
    (tmp_path / "book").mkdir()
    path = tmp_path / "book" / "claims.yml"
    path.write_bytes((root() / "book" / "claims.yml").read_bytes())
    monkeypatch.setattr(files, "root", lambda: tmp_path)
    return path


# ---------------------------------------------------------------------------------------------
# check and value
# ---------------------------------------------------------------------------------------------


def test_the_line_for_a_claim_that_differs(capsys):
    claims.check("paper.conv1_neurons", 55 * 55 * 96)
    assert capsys.readouterr().out == (
        "paper §3.5, Fig. 2 caption says 253,440 neurons; computed 290,400\n"
    )


def test_the_line_does_not_depend_on_the_last_bits(capsys):
    claims.check("paper.table1_cnn_top1", 37.4727)
    claims.check("paper.table1_cnn_top1", 37.46)
    first, second = capsys.readouterr().out.splitlines()
    assert first == second


@pytest.mark.parametrize("wrong", [60_965_225, 60_000_000, float("nan"), [60_965_224]])
def test_a_wrong_value_is_refused(wrong):
    with pytest.raises(AssertionError, match=r"paper\.parameters"):
        claims.check("paper.parameters", wrong)


def test_the_quoted_value_does_not_pass_where_the_book_says_it_differs():
    with pytest.raises(AssertionError):
        claims.check("paper.conv1_neurons", 253_440)


def test_words_are_compared():
    claims.check("code.crossing_layer", "conv3")
    with pytest.raises(AssertionError, match="conv4"):
        claims.check("code.crossing_layer", "conv4")
    with pytest.raises(AssertionError):
        claims.check("paper.dropout_layers", ["fc6", "fc8"])


def test_a_tolerance_widens_what_was_measured(tmp_path):
    record = {**RECORD, "computed": 230, "difference": 6, "tolerance": 10}
    claim = ledger_of(tmp_path, record)["paper.side"]
    claims.compare(claim, 232, tolerance=3)
    with pytest.raises(AssertionError):
        claims.compare(claim, 232)
    with pytest.raises(AssertionError, match="recorded as 'agrees'"):
        claims.compare(claim, 240, tolerance=20)


def test_what_is_computed_and_agrees_rounds_to_the_quoted_figure():
    wrong = {}
    for id, claim in LEDGER.items():
        numbers = (claim.value, claim.computed)
        if (claim.kind, claim.outcome) == ("recomputed", "agrees") and all(
            isinstance(number, int) for number in numbers
        ):
            quoted, computed = numbers
            unit = 10 ** (len(str(quoted)) - len(str(quoted).rstrip("0")))
            if 2 * abs(computed - quoted) > unit:
                wrong[id] = numbers
    assert wrong == {}


def test_unknown_ids_name_close_matches():
    with pytest.raises(UserError, match=r"Did you mean .*paper\.parameters"):
        claims.check("paper.parameter", 1)


def test_untestable_records_cannot_be_checked():
    with pytest.raises(UserError, match="not testable"):
        claims.check("paper.middle_layer_loss", 2)


def test_values_are_plain_numbers():
    assert claims.value("paper.table1_cnn_top1") == 37.5
    assert isinstance(claims.value("paper.kernels"), list)
    assert isinstance(claims.value("paper.parameters"), int)


def test_trailing_zeros_count():
    assert LEDGER["paper.no_averaging_top1"].value == Decimal("39.0")
    assert claims.half_units(LEDGER["paper.no_averaging_top1"].value) == pytest.approx(0.05)
    assert np.array_equal(claims.half_units([1, Decimal("0.25")]), [0, 0.005])


# ---------------------------------------------------------------------------------------------
# Bad ledgers
# ---------------------------------------------------------------------------------------------

DERIVED = {**RECORD, "kind": "derived", "outcome": "follows"}
DIFFERS = {**RECORD, "outcome": "differs", "computed": 227}
BAD = [
    ([RECORD, RECORD], "stands twice"),
    ([{k: v for k, v in RECORD.items() if k != "where"}], "lacks where"),
    ([{**RECORD, "wher": 1}], "unknown fields: wher"),
    ([{**RECORD, "outcome": "perhaps"}], "outcome must be one of differs"),
    ([{**RECORD, "source": "somebody"}], "source must be one of"),
    ([{**RECORD, "kind": "guess"}], "kind must be one of"),
    ([{**RECORD, "kind": "said"}], "does not go with"),
    ([{**RECORD, "kind": "derived"}], "does not go with"),
    ([{**RECORD, "outcome": "follows"}], "does not go with"),
    ([{**DERIVED, "computed": 224, "difference": 0}], "is the value itself"),
    ([{**RECORD, "chapter": [3]}], "chapter must be a list"),
    ([{**RECORD, "tolerance": 5}], "needs computed and difference"),
    ([{**RECORD, "tolerance": -1}], "tolerance must be"),
    ([{**RECORD, "outcome": "differs"}], "needs computed and difference"),
    ([DIFFERS], "go together"),
    ([{**DIFFERS, "difference": 4}], r"\|computed − value\| = 3, got 4"),
    ([{**DIFFERS, "difference": "a bit"}], "must be a number"),
    (["paper.side"], "must be a mapping"),
]


@pytest.mark.parametrize(("records", "message"), BAD, ids=[message for _, message in BAD])
def test_a_bad_ledger_is_refused(tmp_path, records, message):
    with pytest.raises(UserError, match=message):
        ledger_of(tmp_path, *records)


@pytest.mark.parametrize(("text", "message"), [("a: [", "is not YAML"), ("a: 1", "list of record")])
def test_a_file_that_is_no_ledger_is_refused(tmp_path, text, message):
    path = tmp_path / "claims.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        claims.load(path)


def test_a_missing_ledger_is_told(tmp_path):
    with pytest.raises(UserError, match="does not exist"):
        claims.load(tmp_path / "claims.yml")


# ---------------------------------------------------------------------------------------------
# The generated pages
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ["official.second_place", "paper.fall2009_top1"])
def test_a_changed_digit_that_nothing_can_test_still_shows_in_the_page(copy_of_ledger, id):
    committed = (root() / "book" / "every_number.md").read_text(encoding="utf-8")
    text = copy_of_ledger.read_text(encoding="utf-8")
    assert claims_pages.every_number(claims.load()) == committed
    for position in range(3):
        changed = copy_of_ledger.with_name(f"{position}.yml")
        changed.write_text(with_digit_changed(text, id, "value", position), encoding="utf-8")
        assert claims_pages.every_number(claims.load(changed)) != committed


def test_the_page_counts_every_record_once():
    page = claims_pages.render()["every_number.md"]
    assert len(re.findall('<tr id="claim-', page)) == len(LEDGER)
    for kind in claims.KINDS:
        count = sum(claim.kind == kind for claim in LEDGER.values())
        assert f"| {kind} | {count} |" in page
        assert len(re.findall(f'data-kind="{kind}"', page)) == count


def test_the_page_opens_on_the_differences():
    page = claims_pages.render()["every_number.md"]
    shown = re.findall(r'data-outcome="([\w ]+)"', page)
    count = shown.count("differs")
    assert count > 30
    assert shown[:count] == ["differs"] * count
    assert '<option value="differs" selected>' in page
    assert page.count(" selected>") == 1
    assert f"\n{count} of them differ" in page


def test_html_blocks_have_no_blank_line_inside():
    for page in claims_pages.render().values():
        table = page[page.index("<table") : page.index("</table>")]
        assert "\n\n" not in table


def test_all_31_errata_are_there():
    page = claims_pages.render()["errata.md"]
    assert re.findall(r'<tr id="erratum-(\d+)"', page) == [str(n) for n in range(1, 32)]


def test_links_to_records_lead_to_a_record():
    pages = claims_pages.render()
    linked = re.findall(r"every_number\.html#(claim-[\w.]+)", pages["errata.md"])
    linked += re.findall(r"every_number\.html#(claim-[\w.]+)", pages["paper_and_code.md"])
    assert len(linked) > 60
    assert all(f'id="{anchor}"' in pages["every_number.md"] for anchor in linked)


def test_every_filter_field_has_a_label():
    page = claims_pages.render()["every_number.md"]
    fields = re.findall(r'<(?:select|input) id="([\w-]+)"', page)
    assert len(fields) == 5
    assert set(fields) == set(re.findall(r'<label for="([\w-]+)">', page))


def test_a_row_that_cites_an_unknown_record_is_refused(tmp_path, monkeypatch):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "rows.yml").write_text("- {said: x, claims: [paper.nothing]}")
    monkeypatch.setattr(claims_pages, "root", lambda: tmp_path)
    with pytest.raises(UserError, match=r"no claim 'paper\.nothing'"):
        claims_pages.cited_rows("rows.yml", ("said",))
    with pytest.raises(UserError, match="row 1 lacks where"):
        claims_pages.cited_rows("rows.yml", ("said", "where"))

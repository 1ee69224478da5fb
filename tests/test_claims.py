"""The ledger: its loader, the check, its coverage, and proof that a changed digit is noticed."""

import importlib.util
import json
import re
from decimal import Decimal

import numpy as np
import pytest
import yaml
from claims_recomputed import RECOMPUTED

from helpers import claims
from helpers.errors import UserError
from helpers.paths import root

LEDGER = claims.load()
TESTABLE = [id for id, claim in LEDGER.items() if claim.testable]
RECORD = {
    "id": "paper.side",
    "statement": "Side of the input",
    "source": "paper",
    "where": "§3.5",
    "value": 224,
    "check": "recomputed",
    "outcome": "agrees",
    "chapter": [3],
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


@pytest.mark.parametrize("id", TESTABLE)
def test_recomputed(id, capsys):
    claims.check(id, RECOMPUTED[id]())
    assert capsys.readouterr().out.startswith(f"{id}: ")


def unchecked(ids, sources):
    """Return the ids that no source checks by ``claims.check("id"`` or names in its table."""
    named = set(RECOMPUTED)
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
    for path in sorted((root() / "tests").glob("test_*.py")):
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


def test_the_table_recomputes_no_record_that_is_not_there():
    assert set(RECOMPUTED) - set(TESTABLE) == set()


# ---------------------------------------------------------------------------------------------
# Mutation: change one digit of a quoted number in a copy, and the check fails
# ---------------------------------------------------------------------------------------------

MUTATED = (
    "paper.parameters",
    "paper.conv1_neurons",
    "paper.table1_cnn_top1",
    "paper.table2_seven_cnns_test",
    "paper.lrn_alpha",
    "paper.augmentation_factor",
    "code.conv1_output",
    "code.fc6_parameters",
    "keras.decay_10000",
    "article2.lrn_example.b0",
    "article0.parameters",
)


def holds(path, id):
    """Tell whether the ledger at ``path`` is sound and ``id`` and all that lean on it hold."""
    try:
        ledger = claims.load(path)
        for name in TESTABLE if not ledger[id].testable else [id]:
            claims.compare(ledger[name], RECOMPUTED[name]())
    except (AssertionError, UserError):
        return False
    return True


def with_digit_changed(text, id, position):
    """Return the ledger's text with one digit of ``id``'s value raised by one (9 becomes 0)."""
    start = text.index(f"- id: {id}\n")
    found = re.compile(r"\n  value: (\S+)\n").search(text, start)
    digits = [i for i in range(*found.span(1)) if text[i].isdigit()]
    place = digits[position]
    return text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]


@pytest.fixture
def copy_of_ledger(tmp_path, monkeypatch):
    """Put a copy of the ledger where ``claims.load()`` looks, so that every reader sees it."""
    (tmp_path / "book").mkdir()
    path = tmp_path / "book" / "claims.yml"
    path.write_bytes((root() / "book" / "claims.yml").read_bytes())
    monkeypatch.setattr(claims, "root", lambda: tmp_path)
    return path


@pytest.mark.parametrize("id", MUTATED)
def test_any_changed_digit_of_a_quoted_number_is_noticed(id, copy_of_ledger):
    text = copy_of_ledger.read_text(encoding="utf-8")
    assert holds(copy_of_ledger, id)
    count = sum(c.isdigit() for c in f"{LEDGER[id].value}")
    for position in range(count):
        copy_of_ledger.write_text(with_digit_changed(text, id, position), encoding="utf-8")
        claims._load.cache_clear()
        assert not holds(copy_of_ledger, id), f"digit {position} of {id}"


# ---------------------------------------------------------------------------------------------
# check and value
# ---------------------------------------------------------------------------------------------


def test_the_line_for_a_claim_that_differs(capsys):
    claims.check("paper.conv1_neurons", 55 * 55 * 96)
    assert capsys.readouterr().out == (
        "paper.conv1_neurons: paper §3.5, Fig. 2 caption says 253,440 neurons; "
        "computed 290,400: differs by 36,960.\n"
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
    record = {**RECORD, "check": "measured", "computed": 230, "difference": 6, "tolerance": 10}
    claim = ledger_of(tmp_path, record)["paper.side"]
    claims.compare(claim, 232, tolerance=3)
    with pytest.raises(AssertionError):
        claims.compare(claim, 232)
    with pytest.raises(AssertionError, match="recorded as 'agrees'"):
        claims.compare(claim, 240, tolerance=20)


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

DIFFERS = {**RECORD, "outcome": "differs", "computed": 227}
BAD = [
    ([RECORD, RECORD], "stands twice"),
    ([{k: v for k, v in RECORD.items() if k != "where"}], "lacks where"),
    ([{**RECORD, "wher": 1}], "unknown fields: wher"),
    ([{**RECORD, "outcome": "perhaps"}], "outcome must be one of agrees"),
    ([{**RECORD, "source": "somebody"}], "source must be one of"),
    ([{**RECORD, "check": "guess"}], "check must be one of"),
    ([{**RECORD, "check": "cannot"}], "does not go with"),
    ([{**RECORD, "chapter": ["three"]}], "chapter must be a list"),
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


@pytest.fixture(scope="module")
def pages_module():
    """Load the generator, which is a program and not part of the package."""
    path = root() / "scripts" / "claims_pages.py"
    spec = importlib.util.spec_from_file_location("claims_pages", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGES = ("every_number.md", "errata.md", "paper_and_code.md")


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_pages_are_up_to_date(pages_module, name):
    committed = (root() / "book" / name).read_text(encoding="utf-8")
    assert committed == pages_module.render()[name], "run: python scripts/claims_pages.py"


@pytest.mark.parametrize("id", ["official.second_place", "paper.fall2009_top1"])
def test_a_changed_digit_that_nothing_can_test_still_shows_in_the_page(
    pages_module, copy_of_ledger, id
):
    committed = (root() / "book" / "every_number.md").read_text(encoding="utf-8")
    text = copy_of_ledger.read_text(encoding="utf-8")
    assert pages_module.every_number(claims.load()) == committed
    for position in range(3):
        copy_of_ledger.write_text(with_digit_changed(text, id, position), encoding="utf-8")
        claims._load.cache_clear()
        assert pages_module.every_number(claims.load()) != committed


def test_the_page_counts_every_record_once(pages_module):
    page = pages_module.render()["every_number.md"]
    assert len(re.findall('<tr id="claim-', page)) == len(LEDGER)
    for outcome in claims.OUTCOMES:
        count = sum(claim.outcome == outcome for claim in LEDGER.values())
        assert f" {outcome} | {count} |" in page
        assert len(re.findall(f'data-outcome="{outcome}"', page)) == count


def test_html_blocks_have_no_blank_line_inside(pages_module):
    for page in pages_module.render().values():
        table = page[page.index("<table") : page.index("</table>")]
        assert "\n\n" not in table


def test_all_31_errata_are_there(pages_module):
    page = pages_module.render()["errata.md"]
    assert re.findall(r'<tr id="erratum-(\d+)"', page) == [str(n) for n in range(1, 32)]


def test_links_to_records_lead_to_a_record(pages_module):
    pages = pages_module.render()
    linked = re.findall(r"every_number\.html#(claim-[\w.]+)", pages["errata.md"])
    linked += re.findall(r"every_number\.html#(claim-[\w.]+)", pages["paper_and_code.md"])
    assert len(linked) > 60
    assert all(f'id="{anchor}"' in pages["every_number.md"] for anchor in linked)


def test_every_filter_field_has_a_label(pages_module):
    page = pages_module.render()["every_number.md"]
    fields = re.findall(r'<(?:select|input) id="([\w-]+)"', page)
    assert len(fields) == 4
    assert set(fields) == set(re.findall(r'<label for="([\w-]+)">', page))


def test_a_row_that_cites_an_unknown_record_is_refused(pages_module, tmp_path, monkeypatch):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "rows.yml").write_text("- {said: x, claims: [paper.nothing]}")
    monkeypatch.setattr(pages_module, "root", lambda: tmp_path)
    with pytest.raises(UserError, match=r"no claim 'paper\.nothing'"):
        pages_module._rows("rows.yml", ("said",))
    with pytest.raises(UserError, match="row 1 lacks where"):
        pages_module._rows("rows.yml", ("said", "where"))

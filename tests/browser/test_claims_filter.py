"""The filter of the page of every number, in Chromium."""

from collections import Counter

import pytest
from bookfiles import ROOT
from browser import STATIC, chromium

from helpers.book import claims

LEDGER = claims.load()
OUTCOMES = Counter(claim.outcome for claim in LEDGER.values())
KINDS = Counter(claim.kind for claim in LEDGER.values())


@pytest.fixture(scope="module")
def browser():
    """Chromium, one for this file."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser, tmp_path):
    """The page's form and table, with its script, as a file that can be opened."""
    text = (ROOT / "book" / "every_number.md").read_text(encoding="utf-8")
    body = text[text.index("<form") :]
    script = (STATIC / "claims.js").read_text(encoding="utf-8")
    path = tmp_path / "every_number.html"
    path.write_text(f"<meta charset=utf-8>{body}<script>{script}</script>", encoding="utf-8")
    tab = browser.new_page()
    yield tab, path.as_uri()
    tab.close()


def shown(tab):
    """Return the records in the rows that are visible."""
    rows = tab.locator("tbody tr:visible").evaluate_all("rows => rows.map((row) => row.id)")
    return [LEDGER[row.removeprefix("claim-")] for row in rows]


def test_the_page_opens_on_what_differs(page):
    tab, address = page
    tab.goto(address)
    assert {claim.outcome for claim in shown(tab)} == {"differs"}
    assert len(shown(tab)) == OUTCOMES["differs"]
    assert (
        tab.locator("#claims-count")
        .inner_text()
        .startswith(f"{OUTCOMES['differs']} of {len(LEDGER)} numbers: ")
    )


def test_all_are_shown_when_asked_for(page):
    tab, address = page
    tab.goto(address)
    tab.get_by_role("button", name="Show all").click()
    assert len(shown(tab)) == len(LEDGER)
    assert tab.locator("#claims-outcome").input_value() == ""


@pytest.mark.parametrize("kind", claims.KINDS)
def test_the_kinds_can_be_picked(page, kind):
    tab, address = page
    tab.goto(f"{address}?kind={kind}")
    assert {claim.kind for claim in shown(tab)} == {kind}
    assert len(shown(tab)) == KINDS[kind]


@pytest.mark.parametrize("way", ["opened", "followed"])
def test_a_link_to_a_record_that_agrees_shows_it(page, way):
    tab, address = page
    id = next(id for id, claim in LEDGER.items() if claim.outcome == "agrees")
    if way == "opened":
        tab.goto(f"{address}#claim-{id}")
    else:
        tab.goto(address)
        tab.evaluate("name => { window.location.hash = name }", f"#claim-{id}")
        tab.wait_for_function("document.querySelector('tbody tr[hidden]') === null")
    assert tab.locator(f'[id="claim-{id}"]').is_visible()
    assert tab.locator(f'[id="claim-{id}"]').evaluate(
        "row => Math.abs(row.getBoundingClientRect().top) < window.innerHeight"
    )

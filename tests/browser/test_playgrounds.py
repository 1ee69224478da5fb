"""The playgrounds: their arithmetic is that of the helpers, and each can be played with."""

import random

import pytest
from browser import chromium, with_scripts

from helpers.book import formulas


@pytest.fixture(scope="module")
def browser():
    """Chromium, one for this file."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def arithmetic(browser):
    """A page with the arithmetic alone."""
    return with_scripts(browser, "formulas.js")


def in_browser(page, name: str, *cases) -> list:
    """Return what ``alexnet.formulas.name`` makes of each list of arguments."""
    call = "([name, cases]) => cases.map((args) => alexnet.formulas[name](...args))"
    return page.evaluate(call, [name, [list(case) for case in cases]])


def test_thinned_outputs_equal_those_of_python(arithmetic):
    draw = random.Random(0)
    cases = []
    for units in (1, 2, 6, 9) * 10:
        numbers = [[draw.uniform(-3, 3) for _ in range(units)] for _ in range(2)]
        cases.append((*numbers, [draw.randint(0, 1) for _ in range(units)]))
    expected = [formulas.thinned(*case) for case in cases]
    assert in_browser(arithmetic, "thinned", *cases) == pytest.approx(expected, abs=1e-12)
    whole = [case[:2] for case in cases]
    for mine, case in zip(in_browser(arithmetic, "allThinned", *whole), whole, strict=True):
        assert mine == pytest.approx(formulas.all_thinned(*case).tolist(), abs=1e-12)

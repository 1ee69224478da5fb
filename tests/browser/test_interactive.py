"""The arithmetic of the interactive pages equals that of the helpers, errors included."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from bookfiles import ROOT
from browser import chromium, with_scripts
from generate_pages import RUNS, recorded_predictions

from helpers import architectures, evaluation, lrn, shapes
from helpers.errors import UserError

#: Run a function on each list of arguments; an error becomes {"error": its message}.
CALL = """([path, cases]) => {
  const call = path.split(".").reduce((object, name) => object[name], globalThis.alexnet);
  return cases.map((args) => {
    try { return call(...args); } catch (error) { return { error: error.message }; }
  });
}"""


@pytest.fixture(scope="module")
def page():
    """A page with the arithmetic and the data of the book's interactive pages."""
    names = ("shapes.js", "lrn.js", "evaluation.js", "specs.js", "predictions.js")
    with chromium() as browser:
        yield with_scripts(browser, *names)


def in_browser(page, name: str, cases) -> list:
    """Return what ``alexnet.name`` makes of each list of arguments."""
    return page.evaluate(CALL, [name, [list(case) for case in cases]])


def in_python(function, cases) -> list:
    """Return what a Python function makes of each list of arguments, errors as in ``CALL``."""
    results = []
    for case in cases:
        try:
            results.append(function(*case))
        except UserError as error:
            results.append({"error": str(error)})
    return results


def settings() -> list[tuple]:
    """Return windows of all kinds, the impossible among them."""
    sizes, kernels = (1, 2, 7, 13, 27, 55, 224, 227), (1, 2, 3, 5, 11, 30)
    good = itertools.product(
        sizes, kernels, (1, 2, 3, 4, 7), (0, 1, 2, (0, 3), "valid", "same"), ("floor", "ceil")
    )
    bad = itertools.product(
        (0, -3, 224, 2.5, "a"), (0, 11, "", True), (0, 4, 1.5), (-1, 2, "many", (1, 2, 3)),
        ("floor", "round"),
    )  # fmt: skip
    return [*good, *bad]


def test_windows_equal_those_of_python(page):
    cases = settings()
    assert len(cases) > 2000
    expected = in_python(shapes.output_size, cases)
    assert sum(isinstance(value, dict) for value in expected) > 300
    assert sum(isinstance(value, int) for value in expected) > 2000
    assert in_browser(page, "shapes.outputSize", cases) == expected


def test_overhang_and_padding_equal_those_of_python(page):
    cases = settings()
    expected = in_python(shapes.overhang, cases)
    assert any(value == 3 for value in expected)
    assert in_browser(page, "shapes.overhang", cases) == expected
    possible = zip(cases, expected, strict=True)
    amounts = [case[:4] for case, value in possible if not isinstance(value, dict)]
    pairs = [list(pair) for pair in in_python(shapes.pad_amounts, amounts)]
    assert in_browser(page, "shapes.padAmounts", amounts) == pairs


def as_record(step: shapes.LayerShape) -> dict:
    """Return a layer's record as the browser has it."""
    return {
        "name": step.name,
        "kind": step.kind,
        "output_shape": list(step.output_shape),
        "parameters": step.parameters,
        "macs": step.macs,
        "neurons": step.neurons,
        "receptive_field": step.receptive_field,
        "activation_bytes": step.activation_bytes,
    }


@pytest.mark.parametrize("name", architectures.names())
def test_whole_network_equals_that_of_python(page, name):
    sizes = [None, 32, 67, 100, 224, 227, 256, 331, 0]
    trace = (
        "(size) => { const A = globalThis.alexnet; return A.shapes.trace(A.specs['%s'], size); }"
    )
    page.evaluate("alexnet.traced = " + trace % name)
    got = in_browser(page, "traced", [[size] for size in sizes])
    expected = in_python(lambda size: shapes.trace(name, size), [[size] for size in sizes])
    for size, mine, theirs in zip(sizes, got, expected, strict=True):
        if isinstance(theirs, dict):
            assert mine == theirs
            continue
        assert [{key: step[key] for key in as_record(theirs[0])} for step in mine] == [
            as_record(step) for step in theirs
        ]
        sums = page.evaluate("(steps) => globalThis.alexnet.shapes.sums(steps)", mine)
        total = shapes.totals(name, size)
        assert sums == {key: getattr(total, key) for key in ("parameters", "macs", "neurons")}


def pixels_read(name: str, layer: str, position: int) -> tuple[int, int]:
    """Return the first and last pixel that a position reads, walked back layer by layer."""
    arch = architectures.get(name)
    steps = shapes.trace(name)
    index = [record.name for record in arch.layers].index(layer)
    first = last = position
    for i in range(index, -1, -1):
        record = arch.layers[i]
        size = steps[i - 1].output_shape[0] if i else arch.input_shape[0]
        if isinstance(record, architectures.SpatialLRN):
            first, last = first - record.size // 2, last + record.size // 2
        if isinstance(record, architectures.Conv | architectures.Pool):
            before = shapes.pad_amounts(size, record.kernel, record.stride, record.padding)[0]
            first = first * record.stride - before
            last = last * record.stride - before + record.kernel - 1
    return first, last


@pytest.mark.parametrize("name", ["paper", "original_145", "slim", "mnist"])
def test_receptive_fields_lie_where_walking_back_leads(page, name):
    steps = page.evaluate("(n) => alexnet.shapes.trace(alexnet.specs[n])", name)
    maps = [step for step in steps if len(step["output_shape"]) == 3]
    assert len(maps) >= 8
    for step in maps:
        for position in (0, 1, step["output_shape"][0] - 1):
            first = step["start"] + position * step["jump"]
            found = (first, first + step["receptive_field"] - 1)
            assert found == pixels_read(name, step["name"], position)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [((96, 256, 2), None), ((3, 96, 3), None), ((96, 256, 5), "input channels"),
     ((96, 100, 3), "filters"), ((96, 96, 0), "at least 1")],
)  # fmt: skip
def test_groups_that_do_not_divide_are_told(page, arguments, word):
    [problem] = in_browser(page, "shapes.groupProblem", [arguments])
    assert problem is None if word is None else word in problem


# LRN ----------------------------------------------------------------------------------------------

CONSTANTS = list(
    itertools.product((1, 2, 3, 4, 5, 9, 30), (0, 1, 2), (0, 1e-4, 1), (0, 0.5, 0.75, 1))
)


def keywords(constants: tuple) -> dict:
    """Return n, k, alpha, beta by name."""
    return dict(zip(("n", "k", "alpha", "beta"), constants, strict=True))


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_lrn_equals_that_of_python(page):
    rng = np.random.default_rng(0)
    vectors = [[1.0, 2, 3, 4, 5, 6, 7, 8], (100 * rng.random(16)).tolist(), [3.0], [1e-3, -5, 200]]
    cases = [(a, keywords(c)) for a in vectors for c in CONSTANTS]
    assert len(cases) > 700
    got = in_browser(page, "lrn.lrn", cases)
    for (a, constants), mine in zip(cases, got, strict=True):
        np.testing.assert_allclose(mine, lrn.lrn_loop(np.array(a), **constants), rtol=1e-12)


def test_lrn_window_equals_that_of_python(page):
    cases = [(i, n, c) for c in (1, 8, 16) for n in (1, 2, 5, 6, 40) for i in range(c)]
    expected = [[min(seen), max(seen)] for seen in (lrn.window(*case) for case in cases)]
    assert in_browser(page, "lrn.window", cases) == expected


def test_lrn_refuses_what_python_refuses(page):
    bad = [(0, 2, 1, 1), (-1, 2, 1, 1), (2.5, 2, 1, 1), (5, -1, 1, 1), (5, 1, -1, 1), (5, 1, 1, -2)]
    expected = in_python(lambda c: lrn.lrn_loop(np.ones(4), *c), [[case] for case in bad])
    assert all("error" in value for value in expected)
    assert in_browser(page, "lrn.lrn", [([1], keywords(case)) for case in bad]) == expected


def test_conventions_equal_those_of_python(page):
    systems = [*lrn.CONVENTIONS, "theano"]
    cases = list(itertools.product(systems, systems, CONSTANTS))
    got = in_browser(page, "lrn.convert", [(a, b, keywords(c)) for a, b, c in cases])
    expected = in_python(lambda a, b, c: lrn.convert(a, b, **keywords(c)), cases)
    assert sum("error" in value for value in expected) > 100
    for mine, theirs in zip(got, expected, strict=True):
        assert mine == (theirs if "error" in theirs else pytest.approx(theirs, rel=1e-15))


def test_the_mistake_is_a_window_of_twice_the_size(page):
    [got] = in_browser(page, "lrn.effective", [("depth_radius=n", keywords((5, 2, 1e-4, 0.75)))])
    assert got == lrn.convert("paper", "paper", n=11, k=2, alpha=1e-4, beta=0.75)


# Threshold ----------------------------------------------------------------------------------------

CASES = [(name, label) for name, run in recorded_predictions().items()
         for label in range(len(run["titles"]))]  # fmt: skip


@pytest.mark.parametrize(("name", "positive"), CASES)
def test_counts_at_a_threshold_equal_those_of_python(page, name, positive):
    predictions = pd.read_csv(ROOT / "results" / RUNS[name][0] / "predictions.csv")
    thresholds = [i / 100 for i in range(101)]
    table = evaluation.threshold_table(predictions, positive, thresholds)
    count = "(p, t) => alexnet.evaluation.count(alexnet.predictions['%s'].rows, p, t)"
    page.evaluate("alexnet.counted = " + count % name)
    got = in_browser(page, "counted", [(positive, t) for t in thresholds])
    true = int((predictions["label"] == positive).sum())
    for mine, row in zip(got, table.itertuples(), strict=True):
        assert mine["called"] == row.called
        assert mine["hits"] + mine["missed"] == true
        assert mine["recall"]["value"] == pytest.approx(row.recall, rel=1e-15)
        if math.isnan(row.precision):
            assert mine["precision"]["value"] is None
        else:
            assert mine["precision"]["value"] == pytest.approx(row.precision, rel=1e-15)
    if len(recorded_predictions()[name]["titles"]) == 2:
        half = got[50]
        assert half["accuracy"]["correct"] == evaluation.accuracy(predictions).correct
        matrix = evaluation.confusion_matrix(predictions).to_numpy()
        other = 1 - positive
        assert [half["hits"], half["missed"], half["falseAlarms"], half["rejected"]] == [
            matrix[positive, positive], matrix[positive, other],
            matrix[other, positive], matrix[other, other],
        ]  # fmt: skip


def test_intervals_equal_those_of_python(page):
    cases = [(k, n) for n in (1, 2, 7, 86, 100, 186) for k in range(n + 1)] + [(0, 0), (3, 2)]
    got = in_browser(page, "evaluation.wilson", cases)
    for mine, theirs in zip(got, in_python(evaluation.wilson_interval, cases), strict=True):
        assert mine == theirs if "error" in mine else mine == pytest.approx(theirs, rel=1e-12)


# Data ---------------------------------------------------------------------------------------------


def test_every_recorded_prediction_is_exported():
    for name, run in recorded_predictions().items():
        table = pd.read_csv(ROOT / "results" / RUNS[name][0] / "predictions.csv")
        shares = [f"probability_{label}" for label in range(len(run["titles"]))]
        assert run["rows"] == table[["label", *shares]].to_numpy().tolist()
    assert len(recorded_predictions()) == 2

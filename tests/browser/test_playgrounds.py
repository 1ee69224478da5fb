"""The playgrounds: their arithmetic is that of the helpers, and each can be played with."""

import random
import re
import unicodedata
from collections.abc import Callable
from contextlib import contextmanager

import numpy as np
import playground_data
import playgrounds
import pytest
from bookfiles import by_slug
from browser import chromium, with_scripts
from tiers import sample

from helpers.book import formulas


@pytest.fixture(scope="module")
def browser():
    """Chromium, one for this file."""
    with chromium() as browser:
        yield browser


# Arithmetic ---------------------------------------------------------------------------------------


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


def test_maps_equal_those_of_python(arithmetic):
    draw = np.random.default_rng(0)
    run = """([width, height, values, kernel]) => {
      const map = alexnet.formulas.correlate({ width, height, values }, kernel);
      return [map.height, map.width, Array.from(map.values)];
    }"""
    for height, width, size in [(5, 5, 3), (4, 9, 2), (12, 7, 5), (3, 3, 3), (6, 6, 1)] * 4:
        picture = draw.integers(0, 256, (height, width))
        kernel = draw.normal(size=(size, size)) * draw.integers(0, 2, (size, size))
        numbers = [x.ravel().tolist() for x in (picture, kernel)]
        *shape, values = arithmetic.evaluate(run, [width, height, *numbers])
        expected = formulas.correlate(picture, kernel)
        assert tuple(shape) == expected.shape
        np.testing.assert_allclose(values, expected.ravel(), atol=1e-9)


def test_pools_and_changes_equal_those_of_python(arithmetic):
    draw = np.random.default_rng(0)
    tables = [draw.integers(-9, 17, shape) for shape in ((15, 15), (5, 8), (3, 3)) for _ in "ab"]
    settings = [(size, stride, average) for size in (1, 2, 3) for stride in (1, 2, 3)
                for average in (False, True)]  # fmt: skip
    cases = [(table, *setting) for table in tables for setting in settings]
    mine = in_browser(arithmetic, "pool", *[(table.tolist(), *rest) for table, *rest in cases])
    for got, case in zip(mine, cases, strict=True):
        np.testing.assert_allclose(got, formulas.pool(*case), atol=1e-12)
    pairs = [*zip(tables[::2], tables[1::2], strict=True)]
    got = in_browser(arithmetic, "change", *[[x.tolist() for x in pair] for pair in pairs])
    assert got == pytest.approx([formulas.change(*pair) for pair in pairs])


def test_walks_equal_those_of_python(arithmetic):
    settings = [(rate, momentum, steep, 120) for rate in (0.005, 0.05, 0.1, 0.19)
                for momentum in (0, 0.45, 0.95) for steep in (20, 100)]  # fmt: skip
    paths = in_browser(arithmetic, "walk", *settings)
    counts = in_browser(arithmetic, "stepsNeeded", *[(path,) for path in paths])
    for path, count, setting in zip(paths, counts, settings, strict=True):
        expected = formulas.walk(*setting)
        # A number as large as 1e100 arrives as a whole one.
        np.testing.assert_allclose(np.array(path, float), expected, rtol=1e-9, atol=1e-12)
        assert count == formulas.steps_needed(expected)
    assert 121 in counts  # some never arrive
    assert min(counts) < 30


SENT = """([weights, inputs, gradient, n, tanh]) => {
  const all = weights.map((w) => Float64Array.from(w));
  const [a, b] = [inputs, gradient].map((list) => Float64Array.from(list));
  const sent = alexnet.formulas.sentBack(all, a, b, n, tanh);
  return [sent.lengths, sent.flat];
}"""


@pytest.mark.parametrize("tanh", [False, True])
def test_gradients_sent_back_equal_those_of_python(arithmetic, tanh):
    draw = np.random.default_rng(0)
    for depth, n, m in [(1, 1, 1), (1, 4, 3), (5, 7, 2), (12, 16, 5)] * 3:
        weights = draw.normal(size=(depth, n, n)) * draw.uniform(0.1, 3) / n**0.5
        inputs, gradient = draw.normal(size=(2, m, n))
        flat = [x.ravel().tolist() for x in (*weights, inputs, gradient)]
        lengths, share = arithmetic.evaluate(SENT, [flat[:-2], *flat[-2:], n, tanh])
        expected, flat_share = formulas.sent_back(weights, inputs, gradient, tanh)
        np.testing.assert_allclose(lengths, expected, rtol=1e-9, atol=1e-15)
        assert share == pytest.approx(flat_share)


def test_drawn_numbers_are_those_of_python_and_normal(arithmetic):
    call = "(seed) => Array.from(alexnet.formulas.normals(seed, 500))"
    for seed in (0, 1, 2, 4_000_000_000):
        mine = arithmetic.evaluate(call, seed)
        np.testing.assert_allclose(mine, formulas.normals(seed, 500), rtol=1e-9, atol=1e-12)
    first, other = (formulas.normals(seed, 20_000) for seed in (1, 2))
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.03
    for numbers in (first, other):
        assert abs(numbers.mean()) < 0.03
        assert abs(numbers.std() - 1) < 0.03
        assert abs(np.mean(np.abs(numbers) < 1) - 0.6827) < 0.015
        assert abs(np.corrcoef(numbers[1:], numbers[:-1])[0, 1]) < 0.03


def test_the_photograph_is_unpacked_as_it_was_packed(browser):
    page = with_scripts(browser, "interactive.js", "photograph.js")
    sums = """() => {
      const got = alexnet.ui.unpack(alexnet.photograph.grey);
      const sum = got.reduce((all, x, i) => all + x * (i % 97), 0);
      return [got.length, Array.from(got.slice(0, 99)), sum];
    }"""
    grey = playground_data.flower().ravel().astype(int)
    expected = [320 * 320, grey[:99].tolist(), int((grey * (np.arange(grey.size) % 97)).sum())]
    assert page.evaluate(sums) == expected


# Playing ------------------------------------------------------------------------------------------


class Table:
    """A page with a playground, and hands to play with it."""

    def __init__(self, page, name: str):
        self.page, self.box = page, page.locator(f"#playground-{name}")

    def __call__(self, selector: str):
        """Return what a selector finds in the playground."""
        return self.box.locator(selector)

    def said(self) -> str:
        """Return the sentence of what is seen."""
        return self.box.locator(".try :is([role=status], [aria-live=polite])").first.inner_text()

    def press(self, selector: str, *keys: str) -> None:
        """Press keys on a control."""
        self(selector).focus()
        for key in keys:
            self.page.keyboard.press(key)

    def at(self, selector: str, x: float, y: float) -> tuple[float, float]:
        """Return a place inside of something in pixels of the window; x and y go from 0 to 1."""
        self(selector).scroll_into_view_if_needed()
        box = self(selector).bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]


@contextmanager
def table(browser, html, name: str, theme: str):
    """Open the chapter of a playground from disk, on a desk whose screen can be touched."""
    one = next(one for one in playgrounds.load() if one.id == name)
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme=theme, has_touch=True,
        reduced_motion="reduce",
    )  # fmt: skip
    page, errors = context.new_page(), []
    page.set_default_timeout(90_000)  # ms; what else the machine does is not the page's doing
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("**/mathjax/**", lambda route: route.abort())  # formulas take most of the time
    page.goto((html / "notebooks" / f"{by_slug()[one.chapter].stem}.html").as_uri())
    try:
        yield Table(page, name)
        assert errors == []
    finally:
        context.close()


A, W = [1, 2, 0, 3, 1, 2], [2, -1, 3, 1, 2, 1]  # the chapter's six units


def told_of_units(*off: int) -> str:
    output = formulas.thinned(A, W, [unit + 1 not in off for unit in range(6)])
    same = int(np.sum(formulas.all_thinned(A, W) == output))
    return f"the output is {output:.0f}, as with {same} of the 64 masks".replace("-", "−")


def play_units(by: str, seat: Table) -> str:
    if by == "mouse":
        seat("#units-off-1").click()
        return told_of_units(2)
    if by == "keyboard":
        seat.press("#units-off-4", "Space")
        return told_of_units(2, 5)
    seat("#units-off-0").tap()
    return told_of_units(1, 2, 5)


def told_of_kernel(kernel, row: int, column: int) -> str:
    answer = formulas.correlate(playground_data.flower(), np.reshape(kernel, (3, 3)))[row, column]
    colour = "purple" if answer > 0 else "orange" if answer < 0 else "white"
    return (
        f"At row {row}, column {column} the nine products add up to {answer:.0f}, {colour}. "
        f"The weights add up to {sum(kernel)}:"
    ).replace("-", "−")


def place_of_kernel(seat: Table) -> tuple[int, int]:
    return tuple(int(seat(f"#kernel-editor-{name}").input_value()) for name in ("row", "column"))


def play_kernel(by: str, seat: Table) -> str:
    right = [-1, 0, 1] * 3
    if by == "mouse":
        seat.page.mouse.move(*seat.at("#kernel-editor-photo", 0.3, 0.8))
        row, column = place_of_kernel(seat)
        assert abs(row - 0.8 * 320) < 3
        assert abs(column - 0.3 * 320) < 3
        return told_of_kernel(right, row, column)
    if by == "keyboard":
        seat.press("#kernel-editor-weight-8", "ControlOrMeta+a", "3")
        seat.press("#kernel-editor-row", "ArrowRight")
        return told_of_kernel([*right[:-1], 3], *place_of_kernel(seat))
    seat("#kernel-editor-signs").tap()
    seat.page.touchscreen.tap(*seat.at("#kernel-editor-map", 0.5, 0.1))
    row, column = place_of_kernel(seat)
    assert abs(row - 32) < 6
    return told_of_kernel([-x for x in [*right[:-1], 3]], row, column)


def told_of_walk(rate: float, momentum: float) -> str:
    steps = formulas.steps_needed(formulas.walk(rate, momentum))
    return f"Rate {rate:g}, momentum {momentum:g}: after {steps} steps both weights stay"


def play_valley(by: str, seat: Table) -> str:
    slider = seat("#valley-rate")
    if by == "mouse":
        slider.click(position={"x": slider.bounding_box()["width"] * 0.6, "y": 10})
        rate = float(slider.input_value())
        assert 0.1 > rate > 0.05 or 0.14 > rate >= 0.1
        return told_of_walk(rate, 0) if rate < 0.1 else f"Rate {rate:g}, momentum 0: each swing"
    if by == "keyboard":
        seat.press("#valley-rate", "Home", *["ArrowRight"] * 25)
        seat.press("#valley-momentum", *["ArrowRight"] * 9)
        return told_of_walk(0.13, 0.45)
    momentum = seat("#valley-momentum")
    momentum.tap(position={"x": momentum.bounding_box()["width"] * 0.7, "y": 10})
    return told_of_walk(0.13, float(momentum.input_value()))


def number(text: str) -> float:
    """Return the number that words such as 7.1·10⁻⁵ stand for."""
    digits, _, power = text.partition("·10")
    return float(digits) * 10 ** int(unicodedata.normalize("NFKC", power or "0").replace("−", "-"))


def told_of_gradient(seat: Table) -> str:
    """Compute the sentence again in Python, from the numbers that the browser has drawn."""
    n, m, depth = 128, 8, int(seat("#gradient-back-depth").input_value())
    variance = float(re.search(r"[\d.]+", seat("output[for=gradient-back-start]").inner_text())[0])
    size = 30 * n * n + 2 * m * n
    drawn = formulas.normals(seat.seed, size)
    weights = drawn[: 30 * n * n].reshape(30, n, n)[:depth] * (variance / n) ** 0.5
    inputs, gradient = drawn[30 * n * n :].reshape(2, m, n)
    ends = [formulas.sent_back(weights, inputs, gradient, tanh) for tanh in (False, True)]
    off, flat = (f"{round(100 * share)} %" for _, share in ends)
    said = [number(x) for x in re.findall(r"(\S+) times", seat.said())]
    assert said == pytest.approx([lengths[-1] for lengths, _ in ends], rel=0.05)
    return f"with tanh. {off} of the ReLU units are off, and {flat} of the tanh units are nearly"


def play_gradient(by: str, seat: Table) -> str:
    seat.seed = 2 if by == "touch" else 1
    if by == "mouse":
        depth = seat("#gradient-back-depth")
        depth.click(position={"x": depth.bounding_box()["width"] * 0.3, "y": 10})
    elif by == "keyboard":
        seat.press("#gradient-back-start", "End", "ArrowLeft")
        assert "variance 4/n" in seat.said()
    else:
        seat("#gradient-back-draw").tap()
    return told_of_gradient(seat)


def told_of_pool(right: int, down: int) -> str:
    ink = np.array(playground_data.digits()["0"])
    maps = []
    for x, y in ((0, 0), (right, down)):
        picture = np.zeros((15, 15))
        picture[3 + y : 11 + y, 3 + x : 11 + x] = ink
        maps.append(formulas.pool(picture, 3))
    differ = int(np.sum(maps[0] != maps[1]))
    return f"{differ} of its 49 cells differ; the change is {formulas.change(*maps):.2f} of"


def play_pool(by: str, seat: Table) -> str:
    if by == "mouse":
        mouse, cell = seat.page.mouse, seat("#digit-pool-picture").bounding_box()["width"] / 15
        x, y = seat.at("#digit-pool-picture", 0.5, 0.5)
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + cell, y)
        mouse.move(x + 3 * cell, y - cell)
        mouse.up()
        assert "It is another map" in seat.said()
        return told_of_pool(3, -1)
    if by == "keyboard":
        seat.press("#digit-pool-right", "ArrowLeft")
        seat.press("#digit-pool-down", "ArrowRight")
        assert "The map is the one of the start, cells moved: 1 to the right. " in seat.said()
        return told_of_pool(2, 0)
    start, end = (seat.at("#digit-pool-picture", x, 0.5) for x in (0.5, 0.5 - 3 / 15))
    finger(seat.page, start, end)
    return told_of_pool(-1, 0)


def finger(page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw a finger from one place of the window to another."""
    session = page.context.new_cdp_session(page)
    for kind, places in (("touchStart", [start]), ("touchMove", [end]), ("touchEnd", [])):
        points = [{"x": x, "y": y} for x, y in places]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


#: How each is played, by mouse, keyboard and touch; returns a part of what it has to say then,
#: computed in Python.
PLAYS: dict[str, Callable[[str, Table], str]] = {
    "kernel_editor": play_kernel,
    "valley": play_valley,
    "gradient_back": play_gradient,
    "digit_under_pool": play_pool,
    "units_off": play_units,
}
#: The theme on the desk and the one on the telephone.
THEMES = [("light", "dark"), ("dark", "light")]
#: Those that are played in tests of their own.
OTHERS = [
    pytest.param(one.id, marks=pytest.mark.thorough)
    for one in playgrounds.load()
    if one.id not in PLAYS
]


@pytest.mark.parametrize(("desk", "telephone"), sample(THEMES))
@pytest.mark.parametrize("name", [*PLAYS, *OTHERS])
def test_a_playground_is_played_by_mouse_keyboard_and_touch(browser, html, name, desk, telephone):
    play = PLAYS.get(name)
    with table(browser, html, name, desk) as seat:
        assert len(seat.said().split()) > 5
        assert all(text.strip() for text in seat("input, select, button").evaluate_all(NAMES))
        for by in ("mouse", "keyboard", "touch"):
            if by == "touch":
                seat.page.set_viewport_size({"width": 375, "height": 740})
                seat.page.emulate_media(color_scheme=telephone)
                assert seat.page.evaluate("document.documentElement.scrollWidth") <= 375
            if play:
                before = seat.said()
                assert play(by, seat) in seat.said()
                assert seat.said() != before
        seat.page.emulate_media(media="print")
        assert [seat(part).is_visible() for part in (".try", ".try-print")] == [False, True]
        assert seat(".playground-question").is_visible()


#: What each control is called.
NAMES = "all => all.map(e => e.ariaLabel || e.labels?.[0]?.textContent || e.textContent)"


# Looks --------------------------------------------------------------------------------------------


#: Where things are, and how wide: left, top, width and height in pixels.
PLACES = """all => all.map(one => { const box = one.getBoundingClientRect();
  return [box.x, box.y, box.width, box.height]; })"""


@pytest.mark.parametrize("theme", THEMES[0])
def test_heat_lies_over_a_grey_photograph(browser, html, theme):
    with table(browser, html, "weighted_sum", theme) as seat:
        heat, photograph = seat(".over-picture :is(img, canvas)").evaluate_all(PLACES)
        assert heat == pytest.approx(photograph, abs=1)
        assert heat[2] > 200
        how = seat(".over-picture img").evaluate("x => getComputedStyle(x).filter")
        assert how == "grayscale(1)"  # heat on a coloured ground cannot be told from it
        maps = seat("#weighted-sum-tiles canvas").evaluate_all(PLACES)
        assert min(width for _, _, width, _ in maps) > 60


def test_what_a_desk_shows_is_laid_out_for_a_desk(browser, html):
    """As wide as it is meant to be, and side by side."""
    with table(browser, html, "five_guesses", "light") as seat:
        [digit] = seat("#five-guesses-digit").evaluate_all(PLACES)
        assert digit[2] > 100
        buttons = seat("#five-guesses-buttons button").evaluate_all(PLACES)
        assert len({top for _, top, _, _ in buttons}) == 2  # ten in two rows
    with table(browser, html, "living_network", "light") as seat:
        seat(".living-glass").scroll_into_view_if_needed()
        [glass, told] = seat(".living-look > *").evaluate_all(PLACES)
        assert glass[0] + glass[2] < told[0]
        assert glass[1] == told[1]

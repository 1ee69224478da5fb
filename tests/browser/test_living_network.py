"""The living network computes what Keras computes, cuts what Python cuts, and its page works."""

import base64
import functools
import json

import living
import numpy as np
import pytest
from bookfiles import ROOT
from browser import Visit, chromium, opened, served, with_scripts
from PIL import Image
from tiers import sample

from helpers import datasets
from helpers.digits.picture import boxed
from helpers.explain.methods import gradcam_scratch
from helpers.training import Run
from helpers.training.run_files import read_recipe

STATIC = ROOT / "book" / "_static"
MAPS = 1e-3  # of a map's largest value
SHARES = 1e-3
OTHERS = 2  # of 200 answers that eight bits may change
QUICK, SLOW = 0.3, 1.0  # seconds a picture, as it is and with the processor slowed four times
#: Run a network on pixels; keep what came out.
RUN = """([name, text]) => {
  const network = alexnet.network.wake(alexnet.networks[name]);
  const pixels = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  globalThis.seen = alexnet.network.run(network, pixels, globalThis.changes || {});
  return seen.shares;
}"""
#: All maps as the bytes of float32 numbers.
MAPS_OF = """() => seen.steps.slice(1).map((step) => {
  const bytes = new Uint8Array(step.values.slice().buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) {
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  }
  return btoa(text);
})"""
CAM = """([name, asked]) =>
  Array.from(alexnet.network.gradCam(alexnet.networks[name], seen, asked).values)"""


@pytest.fixture(scope="module")
def browser():
    """Chromium, one for this file."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def page(browser):
    """A page with the network's program and all weights."""
    names = [f"weights_{name}.js" for name in living.names()]
    return with_scripts(browser, "alexnet.js", "pixels.js", *names)


@functools.cache
def folder(name: str):
    """Return where a network is recorded."""
    return ROOT / living.NETWORKS[name][0]


@functools.cache
def in_keras(name: str, eight_bits: bool = True):
    """Return the recorded network with all its maps as outputs, and the network as it is."""
    import keras

    model = Run(folder(name)).model
    if eight_bits:
        for layer, weights in living.layers(folder(name)).items():
            model.get_layer(layer).set_weights([weights.floats(), weights.bias])
    wanted = [layer.name for layer in living.architecture(folder(name)).layers]
    return keras.Model(model.inputs, [model.get_layer(layer).output for layer in wanted]), model


def outputs(name: str, pixels: np.ndarray, eight_bits: bool = True) -> list[np.ndarray]:
    """Return every map of one picture, or of several."""
    net, model = in_keras(name, eight_bits)
    batch = pixels.reshape(-1, *model.input_shape[1:]).astype("float32")
    return [np.asarray(one) for one in net(batch, training=False)]


def shares_of(name: str, scores: np.ndarray) -> np.ndarray:
    """Return the shares that follow from scores, those of "none" included where there is one."""
    if read_recipe(folder(name)).broad:
        scores = np.concatenate([scores, np.zeros((len(scores), 1))], axis=1)
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def in_page(page, name: str, pixels: np.ndarray) -> np.ndarray:
    """Return the shares that the page's program gives for a picture."""
    text = base64.b64encode(np.ascontiguousarray(pixels, "uint8").tobytes()).decode()
    return np.array(page.evaluate(RUN, [name, text]))


def inputs(name: str, count: int) -> list[np.ndarray]:
    """Return pictures: drawn ones, noise, plain colours, slopes and edges, the same each time."""
    shape = living.architecture(folder(name)).input_shape
    rng = np.random.default_rng(17)
    made = [one["pixels"] for one in living.pictures(name)] if name != "digits" else []
    kinds = (_noise, _plain, _slope, _blocks, _strokes)
    while len(made) < count:
        made.append(kinds[len(made) % len(kinds)](rng, shape))
    return [np.asarray(one, "uint8").reshape(shape) for one in made[:count]]


def _noise(rng, shape):
    return rng.integers(0, 256, shape)


def _plain(rng, shape):
    return np.broadcast_to(rng.integers(0, 256, shape[-1]), shape)


def _slope(rng, shape):
    steps = np.linspace(0, 255, shape[0])[:, None, None] * rng.random(shape[-1])
    return np.broadcast_to(steps if rng.random() < 0.5 else steps.transpose(1, 0, 2), shape)


def _blocks(rng, shape):
    side = int(rng.integers(2, 9))
    small = rng.integers(0, 256, (side, side, shape[-1]), dtype="uint8")
    parts = [Image.fromarray(small[..., c]).resize(shape[:2], Image.Resampling.BICUBIC)
             for c in range(shape[-1])]  # fmt: skip
    return np.stack(parts, axis=-1)


def _strokes(rng, shape):
    picture = np.zeros(shape)
    for _ in range(int(rng.integers(1, 5))):
        row, column = rng.integers(0, shape[0] - 4, 2)
        if rng.random() < 0.5:
            picture[row : row + 3, min(row, column) :] = rng.integers(80, 256)
        else:
            picture[min(row, column) :, column : column + 3] = rng.integers(80, 256)
    return picture


# The network --------------------------------------------------------------------------------------


def test_the_program_is_short_enough_to_read():
    assert len((STATIC / "alexnet.js").read_text(encoding="utf-8").splitlines()) <= 200


@pytest.mark.parametrize("count", sample((25, 100)))
@pytest.mark.parametrize("name", living.names())
def test_maps_shares_and_classes_equal_those_of_keras(page, name, count):
    pictures = inputs(name, count)
    answers = set()
    for pixels in pictures:
        maps = [one[0] for one in outputs(name, pixels)]
        shares, right = in_page(page, name, pixels), shares_of(name, maps[-1][None])[0]
        np.testing.assert_allclose(shares, right, atol=SHARES)
        assert shares.argmax() == right.argmax()
        answers.add(int(right.argmax()))
        for mine, theirs in zip(page.evaluate(MAPS_OF), maps, strict=True):
            found = np.frombuffer(base64.b64decode(mine), "float32")
            assert np.abs(found - theirs.ravel()).max() <= MAPS * np.abs(theirs).max()
    assert len(answers) > 1


@pytest.mark.parametrize("name", living.names())
def test_grad_cam_equals_that_of_keras(page, name):
    from scipy import ndimage

    _, model = in_keras(name)
    for pixels in inputs(name, 8):
        in_page(page, name, pixels)
        batch = pixels[None].astype("float32")
        theirs = gradcam_scratch(model, batch, np.array([1]), "conv5")[0]
        mine = np.array(page.evaluate(CAM, [name, 1]))
        side = round(len(mine) ** 0.5)
        wide = ndimage.zoom(mine.reshape(side, side), len(theirs) / side, order=1)
        np.testing.assert_allclose(wide, theirs, atol=1e-5 + 1e-3 * np.abs(theirs).max())


@pytest.mark.parametrize("count", sample((25, 100)))
@pytest.mark.parametrize("name", living.names())
def test_eight_bits_change_hardly_an_answer(name, count):
    pictures = np.stack(inputs(name, count))
    whole, eight = (
        np.concatenate([outputs(name, pictures[i : i + 25], bits)[-1] for i in range(0, count, 25)])
        for bits in (False, True)
    )
    different = (whole.argmax(axis=1) != eight.argmax(axis=1)).sum()
    assert different <= OTHERS
    assert np.abs(whole - eight).max() > 0  # they are not the same weights


def changed(page, changes: dict, name: str, pixels: np.ndarray) -> dict[str, np.ndarray]:
    """Return the page's maps under changes, by layer."""
    page.evaluate("(changes) => { globalThis.changes = changes; }", changes)
    try:
        in_page(page, name, pixels)
        maps = page.evaluate(MAPS_OF)
    finally:
        page.evaluate("() => { globalThis.changes = {}; }")
    names = [layer.name for layer in living.architecture(folder(name)).layers]
    return {
        layer: np.frombuffer(base64.b64decode(text), "float32")
        for layer, text in zip(names, maps, strict=True)
    }


def test_what_is_switched_off_is_zero_and_the_rest_reads_it(page):
    pixels = living.pictures("flowers")[0]["pixels"]
    plain = changed(page, {}, "flowers", pixels)
    off = changed(page, {"lrn": "off"}, "flowers", pixels)
    np.testing.assert_array_equal(off["lrn1"], plain["conv1"])
    by_two = changed(page, {"lrn": "constant"}, "flowers", pixels)
    np.testing.assert_allclose(by_two["lrn1"], plain["conv1"] / 2**0.75, rtol=1e-6)
    one = changed(page, {"tower": 0}, "flowers", pixels)
    for name in ("conv1", "conv2", "conv3", "fc6", "fc7"):
        channels = living.architecture(folder("flowers")).layer(name)
        count = getattr(channels, "filters", None) or channels.units
        towers = one[name].reshape(-1, 2, count // 2)
        assert not towers[:, 0].any()
        assert towers[:, 1].any()
    assert one["fc8"].any()
    single = changed(page, {"off": {"conv1": [3]}}, "flowers", pixels)
    assert not single["conv1"].reshape(-1, 24)[:, 3].any()
    np.testing.assert_array_equal(
        np.delete(single["conv1"].reshape(-1, 24), 3, axis=1),
        np.delete(plain["conv1"].reshape(-1, 24), 3, axis=1),
    )
    for other in (off, by_two, one, single):
        assert np.abs(other["fc8"] - plain["fc8"]).max() > 1e-3


# Pixels -------------------------------------------------------------------------------------------

SEEN = """([text, side]) => {
  const rgb = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const rgba = Uint8Array.from({ length: 4 * side * side },
    (_, i) => (i % 4 === 3 ? 255 : rgb[3 * Math.floor(i / 4) + (i % 4)]));
  return Array.from(alexnet.pixels.seen(rgba, side, 224));
}"""


@pytest.mark.parametrize("side", [200, 256, 300, 427, 900])
def test_pixels_are_cut_as_python_cuts_them(page, tmp_path, side):
    rng = np.random.default_rng(side)
    small = Image.fromarray(rng.integers(0, 256, (side // 3, side // 3, 3), dtype="uint8"))
    picture = np.asarray(small.resize((side, side), Image.Resampling.BICUBIC))
    Image.fromarray(picture).save(tmp_path / "a.png")
    theirs = living.seen(datasets.decode(tmp_path / "a.png")).ravel().astype(int)
    text = base64.b64encode(picture.tobytes()).decode()
    mine = np.array(page.evaluate(SEEN, [text, side]))
    assert np.abs(mine - theirs).mean() < 0.1
    assert np.abs(mine - theirs).max() <= 2


BOXED = "([ink, h, w]) => Array.from(alexnet.pixels.boxed(Float32Array.from(ink), h, w))"


def test_a_digit_is_boxed_as_python_boxes_it(page):
    rng = np.random.default_rng(3)
    for _ in range(12):
        height, width = (int(x) for x in rng.integers(30, 120, 2))
        ink = np.zeros((height, width))
        row, column = rng.integers(0, height - 12), rng.integers(0, width - 12)
        ink[row : row + rng.integers(4, 60), column : column + rng.integers(3, 12)] = 1
        ink[row : row + 5, column : column + rng.integers(5, 60)] = 0.5
        theirs = boxed(ink).ravel().astype(int)
        mine = np.array(page.evaluate(BOXED, [ink.ravel().tolist(), height, width]))
        assert np.abs(mine - theirs).max() <= 2
    empty = "alexnet.pixels.boxed(new Float32Array(100), 10, 10)"
    assert page.evaluate(empty) is None


# Data ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", living.names())
def test_scales_bring_back_the_weights(name):
    _, model = in_keras(name, eight_bits=False)
    for layer, weights in living.layers(folder(name)).items():
        true = model.get_layer(layer).get_weights()
        assert np.abs(weights.whole).max() == living.STEPS
        assert (np.abs(weights.floats() - true[0]) <= 0.501 * weights.scales).all()
        np.testing.assert_array_equal(weights.bias, true[1])


def test_pictures_are_those_of_today_and_scripts_are_not_too_large():
    assert living.stale_pictures() == {}
    scripts = [*STATIC.glob("weights_*.js"), *STATIC.glob("pictures_*.js")]
    assert len(scripts) == len(living.names()) + 2
    for path in scripts:
        assert path.stat().st_size <= living.LARGEST
    right = [one["truth"] for one in living.pictures("drawn")]
    table = Run(folder("drawn")).predictions.set_index("path")
    rows = [next(table.loc[path] for path in table.index if path.endswith(one["name"]))
            for one in living.pictures("drawn")]  # fmt: skip
    assert right == [row["label"] for row in rows]
    assert [bool(row["correct"]) for row in rows].count(True) == 4


#: Let the browser have no camera at all, or one that ends in this error.
NO_CAMERA = """(error) => Object.defineProperty(navigator, "mediaDevices", { configurable: true,
  value: error && { getUserMedia: async () => { throw new DOMException("", error); } } })"""


# The page -----------------------------------------------------------------------------------------

READY = "!document.querySelector('#living-app[aria-busy]')"
STATE = "alexnet.living.state"


@pytest.fixture(scope="module")
def tab(browser, html):
    """The page as it is opened from a disk, once for the tests that follow."""
    record = Visit()
    address = (html / "book" / "living_network.html").as_uri()
    with opened(browser, address, record) as page:
        page.wait_for_function(READY)
        yield page
    assert record.errors == []
    assert all(url.startswith(("file:", "data:")) for url in record.requests)


def test_it_opens_from_disk_with_a_flower_that_is_none_of_its_classes(tab):
    says = tab.inner_text("#living-says")
    shares = json.loads(tab.evaluate(f"JSON.stringify({STATE}.result.shares)"))
    top = ("daisy", "sunflower", "tulip")[int(np.argmax(shares))]
    assert f"The network says {top} with {100 * max(shares):.1f} %" in says
    assert "none of its classes" in says
    expected = outputs("flowers", living.photograph("flower.jpg"))[-1]
    np.testing.assert_allclose(shares, shares_of("flowers", expected)[0], atol=SHARES)
    assert tab.locator(".living-maps canvas").count() == 2 * 12


def test_a_value_shows_its_window_its_weights_and_the_sum(tab):
    tab.select_option("#living-layer", label="conv2", force=True)
    for layer, filters in (("conv1", 24), ("conv2", 64), ("conv3", 96), ("fc6", 256), ("fc7", 256)):
        tab.evaluate(
            """([layer, channel]) => {
              const { state } = alexnet.living;
              const i = state.net.layers.findIndex((one) => one.name === layer);
              document.getElementById("living-layer").value = i;
              for (const [id, value] of [["filter", channel], ["row", 5], ["column", 6]]) {
                document.getElementById("living-" + id).value = value;
              }
              document.getElementById("living-row").dispatchEvent(new Event("change"));
            }""",
            [layer, filters - 1],
        )
        words = tab.inner_text("#living-sum").replace("−", "-")
        sum_said = float(words.partition("together ")[2].split(";")[0])
        value = tab.evaluate(
            """(layer) => { const { state } = alexnet.living, { at } = state;
              const map = state.result.steps[at.layer + 1];
              return map.values[(at.row * map.side + at.column) * map.channels + at.channel]; }""",
            layer,
        )
        assert max(0, sum_said) == pytest.approx(value, rel=2e-3, abs=1e-3), words
    tab.click("#living-close")


def test_switches_move_the_shares_and_are_said(tab):
    before = tab.evaluate(f"{STATE}.result.shares[2]")
    for act, word in (
        (lambda: tab.select_option("#living-lrn", "off"), "LRN is off"),
        (lambda: tab.select_option("#living-lrn", "constant"), "2⁰·⁷⁵"),
        (lambda: tab.click("#living-tower-1"), "tower 2 is off"),
        (lambda: tab.click("#living-patch"), "covered"),
    ):
        tab.evaluate("document.getElementById('living-reset').click()")
        act()
        assert word in tab.inner_text("#living-says")
        assert abs(tab.evaluate(f"{STATE}.result.shares[2]") - before) > 1e-3
        heat = tab.evaluate(f"Array.from({STATE}.heatMap.values)")
        assert max(heat) >= 0
    tab.click("#living-reset")
    assert tab.evaluate(f"{STATE}.result.shares[2]") == before


def test_the_keyboard_reaches_values_and_moves_the_patch(tab):
    tab.locator(".living-maps canvas").nth(2).focus()
    for key in ("ArrowDown", "ArrowRight", "PageDown"):
        tab.keyboard.press(key)
    assert "lrn1, filter 2 of tower 1, row 1, column 1" in tab.inner_text("#living-value-name")
    tab.click("#living-close")
    tab.click("#living-patch")
    tab.locator("#living-picture").focus()
    row = tab.evaluate(f"{STATE}.patch.row")
    tab.keyboard.press("ArrowDown")
    tab.wait_for_function(f"{STATE}.patch.row === {row + 8}")
    tab.click("#living-reset")


def test_a_photograph_of_ones_own_is_cut_like_a_file_in_python(tab, tmp_path):
    rng = np.random.default_rng(5)
    rough = Image.fromarray(rng.integers(0, 256, (40, 60, 3), dtype="uint8"))
    rough.resize((1500, 1100), Image.Resampling.BICUBIC).save(tmp_path / "own.jpg", quality=92)
    tab.set_input_files("#living-file", tmp_path / "own.jpg")
    tab.wait_for_function(f"{STATE}.picture.name === 'own.jpg'")
    mine = np.array(tab.evaluate(f"Array.from({STATE}.picture.pixels)"), int)
    theirs = living.seen(datasets.decode(tmp_path / "own.jpg")).ravel().astype(int)
    assert np.abs(mine - theirs).mean() <= 2


def test_the_network_of_drawings_says_that_it_has_seen_no_photograph(tab, tmp_path):
    Image.new("RGB", (300, 260), (90, 160, 70)).save(tmp_path / "lawn.png")
    (tmp_path / "none.jpg").write_bytes(b"no picture")
    tab.click("#living-network-drawn")
    tab.wait_for_function(f"{STATE}.name === 'drawn' && {READY}")
    said = tab.inner_text("#living-says")
    assert "That is right." in said
    tab.set_input_files("#living-file", tmp_path / "lawn.png")
    tab.wait_for_function(f"{STATE}.picture.name === 'lawn.png'")
    assert "has seen drawings" in tab.inner_text("#living-says")
    tab.set_input_files("#living-file", tmp_path / "none.jpg")
    tab.wait_for_function(
        "document.getElementById('living-problem').textContent.includes('none.jpg')"
    )
    tab.click("#living-network-flowers")
    tab.wait_for_function(f"{STATE}.name === 'flowers' && {READY}")


@pytest.mark.parametrize(
    ("camera", "word"),
    [(None, "no camera"), ("NotAllowedError", "not allowed"), ("NotFoundError", "has no camera")],
)
def test_a_camera_that_is_absent_or_refused_is_said(tab, camera, word):
    tab.evaluate(NO_CAMERA, camera)
    tab.click("#living-camera")
    tab.wait_for_function(
        "(word) => document.getElementById('living-problem').textContent.includes(word)", arg=word
    )


TIMED = """([name, text, count]) => {
  const network = alexnet.network.wake(alexnet.networks[name]);
  const pixels = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  for (let i = 0; i < count; i += 1) {
    alexnet.network.gradCam(network, alexnet.network.run(network, pixels), 0);
  }
}"""


def test_a_picture_takes_less_than_a_third_of_a_second_also_slowed_less_than_one(page):
    """Seconds of the processor, the best of several: what else runs is not the page's doing."""
    text = base64.b64encode(living.photograph("flower.jpg").tobytes()).decode()
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def seconds() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        before = next(one["value"] for one in metrics if one["name"] == "TaskDuration")
        page.evaluate(TIMED, ["flowers", text, 3])
        metrics = session.send("Performance.getMetrics")["metrics"]
        return (next(x["value"] for x in metrics if x["name"] == "TaskDuration") - before) / 3

    best = min(seconds() for _ in range(4))
    session.detach()
    assert 0.01 < best < QUICK
    assert 4 * best < SLOW


def test_it_fits_a_phone_and_is_touched(browser, html):
    with served(html) as site:
        context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
        page = context.new_page()
        page.goto(f"{site}/book/living_network.html")
        page.wait_for_function(READY)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.locator(".living-maps canvas").first.tap(position={"x": 20, "y": 20})
        assert "conv1, filter 1 of tower 1" in page.inner_text("#living-value-name")
        context.close()


def test_the_small_one_waits_to_be_asked_and_then_answers(browser, html):
    record = Visit()
    with opened(browser, (html / "book" / "index.html").as_uri(), record) as page:
        page.locator("#living-cover").scroll_into_view_if_needed()
        page.wait_for_selector("#living-cover .living-others img", state="attached")
        assert not any("weights_" in url for url in record.requests)
        page.click("#living-cover-wake")
        page.wait_for_selector("#living-cover .living-strips canvas")
        assert page.evaluate("!!document.activeElement.closest('#living-cover')")  # not lost
        said = page.inner_text("#living-cover [role=status]")
    expected = shares_of("flowers", outputs("flowers", living.photograph("flower.jpg"))[-1])[0]
    top = ("daisy", "sunflower", "tulip")[expected.argmax()]
    assert f"The network says {top} with {100 * expected.max():.1f} %" in said
    assert any("weights_flowers.js" in url for url in record.requests)
    assert record.errors == []

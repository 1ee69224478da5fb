"""The figures of a whole network show the numbers of its specification."""

import matplotlib
import numpy as np
import pandas as pd
import pytest

from helpers import architectures, shapes
from helpers.plots.chapters import building_alexnet, two_gpus
from helpers.plots.style import use_style

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    matplotlib.pyplot.close("all")


def test_slabs_have_the_sizes_of_the_specification():
    axes = building_alexnet.in_space("paper").axes[0]
    said = [text.get_text().split("\n") for text in axes.texts]
    assert said[0] == ["picture", "224×224", "×3"]
    assert said[-1] == ["fc8", "1000"]
    maps = {name: shape for name, *shape in said}
    assert maps["conv4"] == ["13×13", "×384"]
    fronts = [patch.get_xy() for patch in axes.patches[::3]]
    high = {name: np.ptp(front[:, 1]) for (name, *_), front in zip(said, fronts, strict=True)}
    assert high["conv1"] ** 2 / high["pool1"] ** 2 == pytest.approx(55 / 27)
    thick = {name: np.ptp(front[:, 0]) for (name, *_), front in zip(said, fronts, strict=True)}
    assert thick["conv1"] < thick["conv2"] < thick["conv3"]


def test_bars_are_the_shares():
    bars = [patch.get_width() for patch in building_alexnet.cost_bars("paper").axes[0].patches]
    assert len(bars) == 16
    assert sum(bars[:8]) == pytest.approx(100)
    assert bars[5] == pytest.approx(100 * 37_752_832 / 60_965_224)
    assert bars[9] == pytest.approx(100 * 223_948_800 / 724_406_816)


def test_squares_are_the_receptive_fields():
    figure = building_alexnet.receptive_fields("paper", ("conv1", "pool5"))
    assert [patch.get_width() for patch in figure.axes[0].patches] == [224, 11, 195]
    assert [text.get_text() for text in figure.axes[0].texts] == ["conv1: 11 px", "pool5: 195 px"]


def test_towers_name_every_layer_and_every_crossing():
    crossings = {"conv3": 86528, "fc8": 8192}
    figure = two_gpus.two_towers(architectures.get("paper"), crossings)
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts.count("conv2\n27×27×128") == 2
    assert texts.count("fc8\n1000") == 1
    assert "86,528 B each way" in texts
    assert "8,192 B one way" in texts  # to the one GPU that has fc8


def test_what_crosses_can_be_multiplied_from_the_boxes_in_the_figure():
    spec = architectures.get("original_145")
    crossings = {"conv3": 86528, "fc6": 18432}
    axes = two_gpus.two_towers(spec, crossings).axes[0]
    sizes = [text.get_text().split("\n")[1] for text in axes.texts if "\n" in text.get_text()]
    for count in crossings.values():
        assert any(4 * np.prod([int(n) for n in size.split("×")]) == count for size in sizes)


def test_every_arrow_of_the_towers_ends_outside_the_boxes():
    use_style()
    figure = two_gpus.two_towers(architectures.get("original_145"), {"conv3": 86528})
    figure.canvas.draw()
    axes = figure.axes[0]
    boxes = [t.get_bbox_patch().get_window_extent() for t in axes.texts if "\n" in t.get_text()]
    tips = [axes.transData.transform(t.xy) for t in axes.texts if getattr(t, "arrow_patch", None)]
    assert len(tips) > 20
    assert not any(box.contains(*tip) for box in boxes for tip in tips)


def test_spread_has_a_line_for_each_way_to_start():
    layers = [step.name for step in shapes.trace("paper") if step.parameters]
    ways = {"a": range(1, 9), "b": range(2, 10)}
    spreads = {what: pd.DataFrame(ways, index=layers) for what in ("share", "spread")}
    spreads = pd.concat(spreads, axis=1).swaplevel(axis=1)
    for axes in building_alexnet.spread_by_layer(spreads).axes:
        assert [line.get_label() for line in axes.lines] == ["a", "b"]
        assert axes.get_yscale() == "log"

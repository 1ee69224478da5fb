"""The figures of the appendices show the numbers that are worked out beside them."""

from itertools import pairwise

import matplotlib
import numpy as np
import pytest

from helpers.plots.chapters import mathematics_used, serious_training

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    matplotlib.pyplot.close("all")


def test_slopes_of_the_graph_multiply_along_paths_and_add_over_them():
    said = [text.get_text() for text in mathematics_used.graph().axes[0].texts if text.get_text()]
    slopes = dict(zip("wa wb af bf".split(), said[4:], strict=True))
    number = {path: float(slope.split("=")[-1]) for path, slope in slopes.items()}
    found = number["wa"] * number["af"] + number["wb"] * number["bf"]
    assert found == 6 * 3**2 + 2 * 3  # of 2w³ + w² at 3


def test_arrows_of_a_cloud_are_its_standard_deviations():
    random = np.random.default_rng(0)
    points = random.normal(size=(500, 2)) @ np.array([[3, 1], [0, 0.5]])
    points -= points.mean(axis=0)
    texts = mathematics_used.cloud(points).axes[0].texts
    tips = np.array([text.xy for text in texts if getattr(text, "arrow_patch", None)])
    assert tips[0] @ tips[1] == pytest.approx(0, abs=1e-9)
    lengths = np.sqrt((tips**2).sum(axis=1))
    along = points @ (tips / lengths[:, None]).T
    np.testing.assert_allclose(along.std(axis=0), lengths)


def test_pairs_are_joined_and_heaps_are_not():
    heaps, pairs = mathematics_used.pairs([90, 94], [91, 95]).axes
    assert {line.get_linestyle() for line in heaps.lines} == {"None"}
    assert {line.get_linestyle() for line in pairs.lines} == {"-"}
    assert [line.get_ydata()[1] for line in pairs.lines] == [91, 95]
    assert {line.get_marker() for line in heaps.lines} == {"o"}  # nothing names a seed there
    assert not heaps.texts
    assert len({line.get_marker() for line in pairs.lines}) == 2


@pytest.mark.parametrize(("decode", "step", "ends"), [(3, 5, (24, 18)), (5, 3, (24, 18))])
def test_a_pipeline_is_as_slow_as_its_slowest_station(decode, step, ends):
    panels = serious_training.pipeline(decode, step, 3).axes
    last = [max(bar.get_x() + bar.get_width() for bar in axes.patches) for axes in panels]
    assert tuple(last) == ends


def test_a_picture_is_learnt_from_after_it_is_decoded_and_one_at_a_time():
    axes = serious_training.pipeline(4, 5, 4).axes[1]
    bars = {"step": [], "decode": []}
    for bar in axes.patches:
        name = "decode" if bar.get_y() + bar.get_height() / 2 == pytest.approx(1) else "step"
        bars[name].append((bar.get_x(), bar.get_x() + bar.get_width()))
    for (_, ready), (begun, _) in zip(bars["decode"], bars["step"], strict=True):
        assert begun >= ready
    for rows in bars.values():
        assert all(end <= begun for (_, end), (begun, _) in pairwise(rows))


def test_each_clock_has_a_bar_of_its_length():
    axes = serious_training.clocks({"feeding": 0.4, "fused": 2.96}).axes[0]
    assert [bar.get_width() for bar in axes.patches] == [0.4, 2.96]
    assert [text.get_text() for text in axes.texts] == ["0.4", "3.0"]
    assert axes.get_xlim()[1] > 2.96

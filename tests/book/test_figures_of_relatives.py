"""The figures of the relatives show the numbers they are given."""

import matplotlib
import pandas as pd
import pytest

from helpers.plots.chapters import relatives

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    matplotlib.pyplot.close("all")


def test_networks_of_equal_cost_share_a_point():
    rows = {"a": (60.1e6, 7e8), "b": (60.2e6, 7.001e8), "c": (2e7, 3e8), "d": (6e7, 9e8)}
    costs = pd.DataFrame.from_dict(rows, orient="index", columns=["parameters", "multiply-adds"])
    axes = relatives.cost_map(costs).axes[0]
    points = {tuple(line.get_xydata()[0].round(2)) for line in axes.lines}
    assert points == {(60.15, 700.05), (20.0, 300.0), (60.0, 900.0)}
    assert {text.get_text() for text in axes.texts} == {"a, b", "c", "d"}


def test_conv1_is_drawn_where_its_windows_are():
    networks = {"paper": ("paper", 224), "shifted": ("torchvision", 224), "cut": ("slim", 224)}
    left, right = relatives.conv1_edges(networks).axes
    assert [text.get_text() for text in right.texts] == ["55", "55", "54"]
    windows = [box for box in right.patches if not box.get_fill()]
    assert [box.get_x() for box in windows] == [0, 4, 212, 216, -2, 2, 210, 214, 0, 4, 208, 212]
    assert {box.get_width() for box in windows} == {11}
    zeros = [(box.get_x(), box.get_width()) for box in right.patches if box.get_hatch()]
    assert zeros == [(224, 3), (-2, 2), (224, 1)]
    assert [label.get_text() for label in left.get_yticklabels()] == list(networks)

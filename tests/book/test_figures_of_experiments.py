"""The figures of the chapters with recorded experiments show the numbers that they are given."""

import json
from types import SimpleNamespace

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from bookfiles import chapters
from PIL import Image

from helpers import datasets, evaluation
from helpers.datasets import subsets
from helpers.plots.chapters import (
    confusion_matrix_and_errors,
    relu,
    training_on_two_classes,
    what_came_after,
    your_own_photos,
)

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    matplotlib.pyplot.close("all")


@pytest.fixture
def photos(folder):
    return datasets.load(folder)


# ReLU -------------------------------------------------------------------------------------------


def history(*runs):
    """Make a history of runs (activation, seed, epochs to 25 %)."""
    rows = [
        (activation, seed, epoch, error)
        for activation, seed, reached in runs
        for epoch, error in ((reached - 1, 0.35), (reached, 0.25))
    ]
    return pd.DataFrame(rows, columns=["activation", "seed", "epoch", "training_error"])


def test_the_race_draws_what_it_is_given():
    table = history(("relu", 0, 4.0), ("tanh", 0, 8.0), ("tanh", 1, 6.0))
    axes = relu.race({"today": table}, 0.25).axes[0]
    drawn = [list(line.get_ydata()) for line in axes.lines]
    assert drawn == [[35, 25]] * 3 + [[25, 25]]
    assert [line.get_linestyle() for line in axes.lines[:3]] == ["-", "--", "--"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["ReLU", "tanh"]


def test_functions_and_products_draw_what_they_are_given():
    x = np.linspace(-1, 1, 5)
    left, right = relu.functions(x, {"relu": np.maximum(x, 0)}, {"relu": x > 0}, x[1:3]).axes
    assert [list(line.get_ydata()) for line in left.lines] == [[0, 0, 0, 0.5, 1], [0, 0]]
    assert list(right.lines[0].get_ydata()) == [0, 0, 0, 1, 1]
    curves = {"small": {"tanh": np.array([1, 0.25])}, "large": {"relu": np.ones(2)}}
    panels = relu.vanishing(curves).axes
    assert [axes.get_title() for axes in panels] == ["small", "large"]
    assert list(panels[0].lines[0].get_xdata()) == [0, 1]
    assert list(panels[0].lines[0].get_ydata()) == [1, 0.25]


def test_the_panels_of_a_race_have_the_same_axes():
    long, short = history(("relu", 0, 8.0)), history(("relu", 0, 2.0))
    first, second = relu.race({"long": long, "short": short}, 0.25).axes
    assert (first.get_xlim(), first.get_ylim()) == (second.get_xlim(), second.get_ylim())
    assert first.get_xlim()[1] >= 8


# Errors -----------------------------------------------------------------------------------------


def test_all_wrong_pictures_are_shown_the_surest_first_in_blocks(photos):
    paths = photos.table["path"].to_numpy()[:8]
    sure = np.array([0.6, 0.9, 0.8, 0.7, 0.2, 0.1, 0.3, 0.05])  # of class 0
    labels = np.array([1, 1, 1, 0, 0, 0, 1, 1])
    shares = np.stack([sure, 1 - sure], axis=1)
    predictions = evaluation.tabulate(paths, labels, shares, ("ship", "bike"))
    figure = confusion_matrix_and_errors.wrong_sheet(predictions, columns=3)
    blocks = [[axis.get_title() for axis in part.axes] for part in figure.subfigs]
    assert blocks == [["90.0 %", "80.0 %", "60.0 %"], ["90.0 %", "80.0 %", ""]]
    headings = [part.get_suptitle() for part in figure.subfigs]
    assert headings == ["true: bike; called: ship", "true: ship; called: bike"]


def test_slices_draw_each_share_with_its_interval():
    ends = {"low": [0.02, 0.1], "high": [0.2, 0.4]}
    table = pd.DataFrame({"mean": [1.0, 3.0], "wrong": [0.1, 0.2], **ends})
    left, right = confusion_matrix_and_errors.slices({"size": table, "light": table}).axes
    assert (left.get_xlabel(), right.get_xlabel()) == ("size", "light")
    drawn = left.containers[0].lines
    assert drawn[0].get_xydata().tolist() == [[1.0, 0.1], [3.0, 0.2]]
    bars = [segment[:, 1].tolist() for segment in drawn[2][0].get_segments()]
    np.testing.assert_allclose(bars, [[0.02, 0.2], [0.1, 0.4]])


# Training on two classes ------------------------------------------------------------------------


def test_starts_are_drawn_layer_by_layer():
    layers = ["conv1", "fc8"]
    spreads = {"Glorot": [1.0, 0.01], "weak": [0.1, 1e-6]}
    lines = training_on_two_classes.starts(spreads, layers).axes[0].lines
    assert [list(line.get_ydata()) for line in lines] == list(spreads.values())


def test_directions_are_drawn_by_class():
    features = np.array([[0.2, 0.8], [0.4, 0.6], [0.5, 0.5], [0.7, 0.3]])
    labels = np.array([0, 0, 1, 1])
    axes = training_on_two_classes.directions(features, labels, ["ship", "bike"]).axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["ship", "bike"]
    drawn = {round(float(y), 6) for line in axes.lines for y in line.get_ydata()}
    assert drawn >= {0.3, 0.7, 0.6, 0.4, 0.25, 0.35}  # medians, and the first quartiles


def test_each_seed_of_a_start_has_a_line_and_each_start_a_name():
    columns = ["start", "seed", "updates", "loss", "val_accuracy"]
    rows = [("weak", 0, 25, 0.69, 0.5), ("weak", 1, 25, 0.68, 0.6), ("Glorot", 0, 25, 0.4, 0.8)]
    figure = training_on_two_classes.flat(pd.DataFrame(rows, columns=columns))
    left, right = (axes.lines for axes in figure.axes)
    assert [list(line.get_ydata()) for line in left[1:]] == [[0.69], [0.68], [0.4]]
    assert [list(line.get_ydata()) for line in right[1:]] == [[0.5], [0.6], [0.8]]
    assert left[0].get_ydata()[0] == np.log(2)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["weak", "Glorot"]


# What came after, your own photos ----------------------------------------------------------------


def test_costs_and_logged_rises():
    table = pd.DataFrame({"parameters": [61.0], "multiply-adds": [724.0]}, index=["AlexNet"])
    dots = what_came_after.costs(table).axes[0].lines[1]
    assert dots.get_xydata().tolist() == [[61.0, 0.724]]
    table = pd.DataFrame({"top-1": [1.37, -0.2], "top-5": [1.15, -0.1]}, index=["a", "b"])
    bars = what_came_after.logged(table).axes[0].patches
    assert [bar.get_width() for bar in bars] == [1.37, -0.2, 1.15, -0.1]


def test_expectations_and_pairs(photos):
    network = pd.DataFrame({50: [0.8, 0.9], 500: [0.95, 0.97]})
    axis = your_own_photos.expectations(network, network - 0.1, 100, "edges").axes[0]
    assert next(iter(axis.get_legend().get_texts())).get_text() == "AlexNet"
    means = [line.get_ydata() for line in axis.lines if line.get_markersize() == 16]
    np.testing.assert_allclose(means, [[0.85, 0.96], [0.75, 0.86]])
    bars = [[bar[:, 1] for bar in drawn.lines[2][0].get_segments()] for drawn in axis.containers]
    expected = [[evaluation.wilson_interval(n, 100) for n in run]
                for run in ([80, 95], [90, 97], [70, 85], [80, 87])]  # fmt: skip
    np.testing.assert_allclose(bars, expected)
    table = subsets.nearest_pairs(photos, 2)
    titles = [axis.get_title() for axis in your_own_photos.pairs(table).axes[:2]]
    assert titles == [f"{gap:.2f}" for gap in table["distance"]]


def test_the_cell_for_a_new_picture_takes_any_path(photos, tmp_path):
    cells = json.loads(chapters()["your_own_photos"].read_text())["cells"]
    codes = ("".join(cell["source"]) for cell in cells)
    cell = next(code[code.index("new = ") :] for code in codes if "\nnew = " in code)
    known = photos.subset("val").table["path"]
    judged = pd.DataFrame({"path": known, "prediction": 0})
    half = {title: [0.5] for title in photos.titles}
    answer = lambda path: pd.DataFrame({"prediction": photos.titles[:1], **half})  # noqa: E731
    run = SimpleNamespace(predict=answer, predictions=judged)
    names = {"data": photos, "run": run, "plt": plt}
    Image.new("RGB", (300, 280)).save(tmp_path / "new.jpg")
    for line in (cell.split("\n")[0], f"new = {str(tmp_path / 'new.jpg')!r}"):
        exec("\n".join([line, *cell.split("\n")[1:]]), dict(names))
        assert [bar.get_width() for bar in plt.gca().patches] == [0.5, 0.5]
        plt.close("all")

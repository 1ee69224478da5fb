"""Overlapping pooling: figures show their numbers; exercises tell right from wrong."""

import matplotlib
import numpy as np
import pytest
from bookfiles import chapters

from helpers import plots
from helpers.plots.chapters import overlapping_pooling

matplotlib.use("Agg")
NOTEBOOK = chapters()["overlapping_pooling"]


@pytest.fixture(autouse=True)
def close_figures():
    yield
    matplotlib.pyplot.close("all")


def test_each_window_shows_its_maximum_and_hangs_over_where_it_does():
    figure = overlapping_pooling.row_windows(
        [3, 1, 4, 1, 5, 9, 2], {"3/2": (3, 2, 3), "ceil": (2, 2, 4)}
    )
    axes = figure.axes[0]
    shown = [text.get_text() for text in axes.texts if text.get_text().startswith("max")]
    assert shown == [f"max {best}" for best in (4, 5, 9, 3, 4, 9, 2)]
    windows = [box for box in axes.patches if box.get_linewidth() > 1.5]
    assert [round(box.get_x()) for box in windows] == [0, 2, 4, 0, 2, 4, 6]
    assert [box.get_linestyle() for box in windows] == ["-"] * 6 + ["--"]


def test_windows_that_overlap_lie_on_different_lines():
    axes = overlapping_pooling.row_windows([1, 2, 3, 4, 5], {"3/2": (3, 2, 2)}).axes[0]
    first, second = (box for box in axes.patches if box.get_linewidth() > 1.5)
    assert first.get_y() - second.get_y() >= first.get_height()


def test_counts_are_written_row_by_row():
    counts = np.outer([1, 2], [1, 2, 1])
    axes = overlapping_pooling.count_maps({"a": counts}).axes[0]
    assert [text.get_text() for text in axes.texts] == ["1", "2", "1", "2", "4", "2"]
    assert [text.get_position() for text in axes.texts][3] == (0, 1)  # column 0, row 1


def test_changes_are_drawn_in_per_cent():
    axes = overlapping_pooling.shift_changes(
        [0, 1], {"a": np.array([0, 0.5]), "b": np.array([0, 0.2])}
    ).axes[0]
    assert [list(line.get_ydata()) for line in axes.lines] == [[0, 50], [0, 20]]
    assert len({line.get_marker() for line in axes.lines}) == 2  # colour is not the only sign


def test_differences_and_their_interval():
    rows = {"a": np.array([1.0, 3.0]), "b": np.array([-1.0])}
    axes = plots.paired_differences(rows, {"a": (2, 1, 3), "b": (-1, -2, 0)}, "points").axes[0]
    dots, bar, mean = axes.lines[:3]
    assert list(dots.get_xdata()) == [1, 3]
    assert list(bar.get_xdata()) == [1, 3]
    assert list(mean.get_xdata()) == [2]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]

"""The figures of 2012 show the numbers they are given."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from helpers.plots.chapters import imagenet_2012


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def heights(axes):
    return [bar.get_height() for bar in axes.patches]


def test_guesses_are_in_order_and_the_true_class_is_hatched():
    axes = imagenet_2012.ranked_guesses("abcd", np.array([0.2, 0.1, 0.4, 0.3]), truth=3, k=2).axes[
        0
    ]
    assert heights(axes) == [0.4, 0.3, 0.2, 0.1]
    assert [bool(bar.get_hatch()) for bar in axes.patches] == [False, True, False, False]
    assert axes.get_xticklabels()[1].get_text() == "d\n(true)"


def test_growth_draws_ratios():
    table = pd.DataFrame({"a": [2, 8], "b": [1, 2000]}, index=["old", "new"])
    axes = imagenet_2012.growth(table).axes[0]
    assert [bar.get_width() for bar in axes.patches] == [4, 2000]
    assert [text.get_text() for text in axes.texts] == ["× 4", "× 2,000"]


def test_results_have_one_panel_a_contest_and_the_first_row_on_top():
    rows = pd.DataFrame(
        [("A", 26.2, "hand-made features"), ("B", 18.2, "one network")],
        columns=["system", "error (%)", "kind"],
    )
    figure = imagenet_2012.result_tables({"2010": rows, "2012": rows})
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["2010", "2012"]
    assert sorted(bar.get_width() for bar in figure.axes[0].patches) == [18.2, 26.2]
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["B", "A"]


def test_bar_and_label_belong_together():
    rows = pd.DataFrame(
        [
            ("A", 26.2, "hand-made features"),
            ("B", 18.2, "one network"),
            ("C", 15.3, "several networks"),
        ],
        columns=["system", "error (%)", "kind"],
    )
    axes = imagenet_2012.result_tables({"2012": rows}).axes[0]
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    found = {names[round(b.get_y() + b.get_height() / 2)]: b.get_width() for b in axes.patches}
    assert found == {"A": 26.2, "B": 18.2, "C": 15.3}


def test_years_show_each_error_and_the_person():
    table = pd.DataFrame(
        {"error (%)": [25.8, 15.3], "system": ["A", "B"], "network": [False, True]},
        index=[2011, 2012],
    )
    axes = imagenet_2012.errors_by_year(table, human=5.1).axes[0]
    assert heights(axes) == [25.8, 15.3]
    assert axes.lines[0].get_ydata()[0] == 5.1
    assert {text.get_text() for text in axes.texts} == {"25.8", "15.3", "one person"}

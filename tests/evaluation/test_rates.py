"""Shares, intervals and the confusion matrix equal the libraries; no Keras is loaded for them."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from sklearn import metrics

from helpers import evaluation
from helpers.errors import UserError
from helpers.training import verdict

# ---------------------------------------------------------------------------------------------
# Intervals
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("confidence", [0.95, 0.5])
@pytest.mark.parametrize(("correct", "total"), [(90, 100), (96, 100), (1, 7), (49, 50), (500, 968)])
def test_wilson_ends_are_where_the_score_test_gives_z(correct, total, confidence):
    z = stats.norm.ppf(0.5 + confidence / 2)

    def distance(p):
        return (correct / total - p) ** 2 - z * z * p * (1 - p) / total

    share = correct / total
    low, high = (optimize.brentq(distance, *ends) for ends in ((1e-9, share), (share, 1 - 1e-9)))
    ends = evaluation.wilson_interval(correct, total, confidence)
    assert ends == pytest.approx((low, high), abs=1e-9)


def test_wilson_of_ninety_in_a_hundred_as_printed_in_the_chapter():
    assert evaluation.wilson_interval(90, 100) == pytest.approx((0.826, 0.945), abs=5e-4)


def test_wilson_stays_inside_zero_and_one():
    assert evaluation.wilson_interval(0, 20)[0] == 0
    low, high = evaluation.wilson_interval(20, 20)
    assert high == 1
    assert low == pytest.approx(1 / (1 + stats.norm.ppf(0.975) ** 2 / 20))


@pytest.mark.parametrize("numbers", [(1, 0), (-1, 5), (6, 5), (1, 5, 0.0), (1, 5, 1.0)])
def test_shares_without_meaning_are_refused(numbers):
    with pytest.raises(UserError):
        evaluation.wilson_interval(*numbers)


def test_mean_over_seeds_has_students_interval():
    values = [0.95, 0.97, 0.99, 0.96]
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    got = evaluation.mean_interval(values)
    assert (got.low, got.high) == pytest.approx((expected.low, expected.high))
    assert got.count == 4
    with pytest.raises(UserError, match="two runs"):
        evaluation.mean_interval([0.9])


# ---------------------------------------------------------------------------------------------
# The confusion matrix and its relatives
# ---------------------------------------------------------------------------------------------


def test_confusion_matrix_equals_scikit_learn(three):
    matrix = evaluation.confusion_matrix(three)
    expected = metrics.confusion_matrix(three["label"], three["prediction"])
    np.testing.assert_array_equal(matrix, expected)
    assert matrix.index.tolist() == matrix.columns.tolist() == ["cat", "dog", "ape"]
    assert (matrix.index.name, matrix.columns.name) == ("true", "predicted")
    expected = metrics.confusion_matrix(three["label"], three["prediction"], normalize="true")
    np.testing.assert_allclose(evaluation.rates(matrix), expected)


def test_precision_recall_and_f1_equal_scikit_learn(three):
    table = evaluation.per_class(three)
    expected = metrics.precision_recall_fscore_support(three["label"], three["prediction"])
    for name, values in zip(("precision", "recall", "f1", "images"), expected, strict=True):
        np.testing.assert_allclose(table[name], values)
    for name in ("precision", "recall", "f1"):
        assert (table[f"{name}_low"] < table[name]).all()
        assert (table[name] < table[f"{name}_high"]).all()
    assert table["recall_low"].iloc[0] == pytest.approx(
        evaluation.wilson_interval(
            round(table["recall"].iloc[0] * table["images"].iloc[0]), table["images"].iloc[0]
        )[0]
    )


def test_a_class_that_is_never_true_has_no_recall(three):
    only = three[three["label"] != 1]
    table = evaluation.per_class(only)
    assert np.isnan(table.loc["dog", "recall"])
    assert np.isnan(evaluation.rates(evaluation.confusion_matrix(only)).loc["dog"]).all()


def test_an_empty_table_is_refused(three):
    with pytest.raises(UserError, match="no predictions"):
        evaluation.confusion_matrix(three.iloc[:0])


def test_galleries_are_sorted_by_how_sure_the_network_was(three):
    wrong = evaluation.surest_wrong(three, 5)
    assert len(wrong) == 5
    assert not wrong["correct"].any()
    rest = three[~three["correct"]].drop(wrong.index)
    assert wrong["probability"].is_monotonic_decreasing
    assert wrong["probability"].min() >= rest["probability"].max()
    assert evaluation.surest_right(three, 3)["correct"].all()


def test_the_hardest_pictures_are_those_whose_class_seemed_least_likely(three):
    rows = evaluation.hardest(three, 10)
    rest = three.drop(rows.index)
    assert rows["probability_true"].is_monotonic_increasing
    assert rows["probability_true"].max() <= rest["probability_true"].min()


def test_galleries_read_back_from_csv_are_the_same(three, tmp_path):
    three.to_csv(tmp_path / "predictions.csv", index=False)
    back = pd.read_csv(tmp_path / "predictions.csv")
    assert evaluation.surest_wrong(back)["path"].tolist() == (
        evaluation.surest_wrong(three)["path"].tolist()
    )


def test_shares_in_words_and_their_intervals(three):
    share = evaluation.accuracy(three)
    assert (share.correct, share.total) == (three["correct"].sum(), 60)
    assert share.share == share.correct / 60
    assert share.interval == evaluation.wilson_interval(share.correct, 60)
    assert str(evaluation.Share(90, 100)) == ("90 of 100 = 90.0 % (95 % interval 82.6 to 94.5)")


def test_top_k_counts_ranks_up_to_k(three):
    assert evaluation.top_k(three, 1) == evaluation.accuracy(three)
    assert evaluation.top_k(three, 2) == evaluation.Share(int((three["rank"] < 3).sum()), 60)
    with pytest.raises(UserError, match=r"^k must be a whole number of at least 1, got 0"):
        evaluation.top_k(three, 0)


@pytest.mark.parametrize("name", ["precision", "recall", "f1"])
def test_every_rate_has_the_interval_of_its_share(three, name):
    """An F1 of 2J / (1 + J) has the interval of J: hits of all that are or are called so."""
    table, counts = evaluation.per_class(three), evaluation.confusion_matrix(three).to_numpy()
    for i, (_, row) in enumerate(table.iterrows()):
        true, called = counts[i].sum(), counts[:, i].sum()
        either = true + called - counts[i, i]
        total = {"precision": called, "recall": true, "f1": either}[name]
        ends = np.array(evaluation.wilson_interval(counts[i, i], total))
        expected = 2 * ends / (1 + ends) if name == "f1" else ends
        assert row[[f"{name}_low", f"{name}_high"]].tolist() == pytest.approx(list(expected))


def test_one_picture_has_a_rate_and_none_has_none(recwarn):
    one = pd.DataFrame({"label": [4], "label_name": ["cat"]})
    one = one.assign(prediction=one["label"], prediction_name=one["label_name"])
    assert evaluation.class_names(one) == {4: "cat"}
    assert evaluation.confusion_matrix(one).loc["cat", "cat"] == 1
    assert evaluation.rates(evaluation.confusion_matrix(one)).loc["cat", "cat"] == 1
    assert evaluation.per_class(one).loc["cat", ["images", "precision", "recall", "f1"]].eq(1).all()
    nothing = evaluation.with_interval("recall", 0, 0)
    assert list(nothing) == ["recall", "recall_low", "recall_high"]
    assert np.isnan(list(nothing.values())).all()
    assert not recwarn.list  # scikit-learn's matrix of one class would warn


@pytest.mark.parametrize(("correct", "told"), [(377, "94.3"), (378, "94.5"), (379, "94.8")])
def test_a_half_is_rounded_up_as_one_does_by_hand(correct, told):
    assert f"= {told} %" in str(evaluation.Share(correct, 400))
    by_hand = int(2 * 10 * 100 * correct / 400 + 1) // 2 / 10
    assert evaluation.half_up(100 * correct / 400, 1) == by_hand == float(told)


def test_a_half_that_a_sum_misses_by_a_hair_counts_as_one():
    assert 1.005 * 100 < 100.5  # in floating point
    assert (evaluation.half_up(1.005, 2), evaluation.half_up(-1.005, 2)) == (1.01, -1.01)
    assert evaluation.half_up(0.1499, 1) == 0.1


def test_classes_keep_the_order_of_their_labels_whichever_side_they_stand_on():
    table = pd.DataFrame({"label": [7, 2], "prediction": [10, 7]})
    for side in ("label", "prediction"):
        table[f"{side}_name"] = table[side].map({2: "z", 7: "y", 10: "x"})
    matrix = evaluation.confusion_matrix(table)
    assert matrix.index.tolist() == ["z", "y", "x"]
    assert matrix.to_numpy().tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 0]]


def test_a_mean_of_half_precision_numbers_is_computed_in_double():
    values = np.array([0.91, 0.97, 0.98, 0.99], np.float16)
    assert evaluation.mean_interval(values) == evaluation.mean_interval(values.astype(float))
    wide = evaluation.mean_interval(values, 0.99)
    expected = stats.ttest_1samp(values.astype(float), 0).confidence_interval(0.99)
    assert (wide.low, wide.high) == pytest.approx((expected.low, expected.high))


def test_equally_sure_rows_come_by_their_path():
    rows = pd.DataFrame({"path": list("cab"), "probability_true": [0.5] * 3})
    assert evaluation.hardest(rows)["path"].tolist() == ["a", "b", "c"]
    rows = rows.assign(correct=True, probability=[0.6, 0.5, 0.5])
    assert evaluation.surest_right(rows)["path"].tolist() == ["c", "a", "b"]


def test_the_ends_of_what_is_allowed(three):
    assert evaluation.wilson_interval(1, 1)[1] == 1
    mean = evaluation.mean_interval([0.25, 0.75])
    assert (mean.mean, mean.count) == (0.5, 2)
    assert mean.deviation == pytest.approx(np.sqrt(0.125))
    assert evaluation.per_class(three).index.name == "class"
    equal = pd.DataFrame({"path": list("cab"), "correct": [False] * 3, "probability": [0.5] * 3})
    assert evaluation.surest_wrong(equal)["path"].tolist() == ["a", "b", "c"]
    for rows in (evaluation.surest_wrong, evaluation.surest_right, evaluation.hardest):
        assert len(rows(three)) == 8
    assert len(evaluation.surest_right(three, 2)) == 2


@pytest.mark.parametrize(("hits", "total"), [(69, 80), (5, 16), (1, 16), (7, 8), (37, 80)])
def test_equal_rates_are_the_same_number_to_the_last_bit(hits, total):
    table = pd.DataFrame({"label": [0] * total + [1] * total})
    table["prediction"] = [0] * hits + [1] * (total - hits) + [1] * hits + [0] * (total - hits)
    for name in ("label", "prediction"):
        table[f"{name}_name"] = table[name].map({0: "a", 1: "b"})
    for _, row in evaluation.per_class(table).iterrows():
        assert row["precision"] == row["recall"] == row["f1"] == hits / total


def test_where_classes_count_alike_the_commonest_one_is_no_linear_model_to_beat():
    table = pd.DataFrame({"label": [0] * 80 + [1] * 16})
    table["prediction"] = [0] * 60 + [1] * 20 + [1] * 14 + [0] * 2
    table["label_name"] = table["label"].map({0: "a", 1: "b"})
    table["correct"] = table["label"] == table["prediction"]
    baseline = verdict.Linear(80, 96)
    assert verdict.sentences(table, baseline, balanced=True) == []
    assert "linear model" in verdict.sentences(table, baseline)[-1]
    assert "linear model" in verdict.sentences(table, verdict.Linear(90, 96), balanced=True)[-1]


@pytest.mark.parametrize(
    ("linear", "worse"), [(0.5, False), (0.81, False), (0.82, True), (1, True)]
)
def test_with_class_weights_the_linear_model_counts_classes_alike_too(linear, worse):
    """60 of 80 and 14 of 16 are 81.25 % where both classes count alike; plain, 77.1 %."""
    table = pd.DataFrame({"label": [0] * 80 + [1] * 16})
    table["prediction"] = [0] * 60 + [1] * 20 + [1] * 14 + [0] * 2
    table["label_name"] = table["label"].map({0: "a", 1: "b"})
    table["correct"] = table["label"] == table["prediction"]
    baseline = verdict.Linear(80, 96, linear)
    said = verdict.sentences(table, baseline, balanced=True)
    assert bool(said) == worse
    assert not said or f"{100 * linear:.1f} % where every class counts alike" in said[0]
    (told,) = verdict.alike(table, baseline)
    assert told.startswith("With every class counting alike: 81.2 %; guessing 50.0 %")
    assert told.endswith(f"the linear model {100 * linear:.1f} %.")
    assert verdict.alike(table[table["label"] == 0], baseline) == []

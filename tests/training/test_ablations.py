"""What came after: what is changed in an ablation, its record, and the figures."""

import matplotlib
import numpy as np
import pandas as pd
import pytest
from bookfiles import chapters
from checks import notebook_problems

from helpers import ablations, shapes
from helpers import architectures as arches
from helpers.book.exercises import check_exercise, exercises
from helpers.errors import UserError
from helpers.plots.chapters import what_came_after

matplotlib.use("Agg")
NARROW = ablations.narrow(arches.get("paper"))


@pytest.fixture(autouse=True)
def close_figures():
    yield
    matplotlib.pyplot.close("all")


def test_each_width_is_a_quarter_but_the_head():
    widths = [NARROW.layer(name).filters for name in ("conv1", "conv2", "conv3", "conv5")]
    assert widths == [24, 64, 96, 64]
    assert (NARROW.layer("fc6").units, NARROW.layer("fc8").units) == (1024, 1000)
    with pytest.raises(UserError, match="factor must divide 96"):
        ablations.narrow(arches.get("paper"), 7)


@pytest.mark.parametrize("name", ablations.VARIANTS)
def test_a_variant_changes_one_thing(name):
    changed = ablations.variant(name, NARROW)
    before = {record.name: record for record in NARROW.layers}
    fields = {
        (type(record).__name__, field)
        for record in changed.layers
        for field, value in vars(record).items()
        if getattr(before[record.name], field) != value
    }
    expected = {
        "no_overlap": {("Pool", "kernel"), ("Pool", "rounding"), ("Conv", "padding")},
        "tanh": {("Conv", "activation"), ("Dense", "activation")},
        "no_dropout": {("Dropout", "rate")},
    }
    assert fields == expected.get(name, set())
    gone = set(before) - {record.name for record in changed.layers}
    assert gone == ({"lrn1", "lrn2"} if name == "no_lrn" else set())


def test_without_overlap_the_maps_are_those_of_net_147():
    ours = shapes.trace(ablations.variant("no_overlap", NARROW))
    theirs = {step.name: step.output_shape[:2] for step in shapes.trace("no_overlap_147")}
    pools = [step for step in ours if step.kind == "pool"]
    assert [step.output_shape[:2] for step in pools] == [theirs[step.name] for step in pools]


def test_without_dropout_nothing_is_dropped_and_tanh_replaces_each_relu():
    assert ablations.variant("no_dropout", NARROW).layer("drop6").rate == 0
    changed = ablations.variant("tanh", NARROW)
    kinds = {getattr(record, "activation", None) for record in changed.layers}
    assert kinds == {"tanh", None}


def test_only_one_variant_goes_without_augmentation():
    plain = [name for name in ablations.VARIANTS if not ablations.recipe(name, 0).augment]
    assert plain == ["no_augmentation"]
    assert ablations.recipe("whole", 0).augment == ("crop", "flip", "colour")
    with pytest.raises(UserError, match="variant must be one of"):
        ablations.recipe("no_relu", 0)


def test_the_rate_falls_in_the_last_third():
    assert [ablations.rate(1.0, epoch, 6) for epoch in range(1, 7)] == [1, 1, 1, 1, 0.1, 0.1]


def test_batch_normalisation_takes_the_places_of_lrn_and_keeps_the_weights():
    import keras

    from helpers import models

    small = arches.Architecture(
        "small",
        "",
        (8, 8, 3),
        (arches.Conv("conv1", 4, 3), arches.LRN("lrn1"), arches.Flatten(), arches.Dense("fc8", 2)),
        "",
    )
    model = models.build(small, seed=0)
    model.set_weights([weight + 1 for weight in model.get_weights()])
    copy = ablations.batch_normalised(model)
    assert isinstance(copy.get_layer("lrn1"), keras.layers.BatchNormalization)
    assert [layer.name for layer in copy.layers] == [layer.name for layer in model.layers]
    for name in ("conv1", "fc8"):
        pairs = zip(
            copy.get_layer(name).get_weights(), model.get_layer(name).get_weights(), strict=True
        )
        assert all(np.array_equal(a, b) for a, b in pairs)


def run(name: str, seed: int, accuracy: float) -> pd.DataFrame:
    return pd.DataFrame([[name, seed, 1, 0.5, 0.8, 0.5, accuracy, 1.0]], columns=ablations.COLUMNS)


def test_a_record_goes_on_where_it_stopped(tmp_path):
    assert len(ablations.read(tmp_path)) == 0
    ablations.append(tmp_path, run("whole", 0, 0.9))
    ablations.append(tmp_path, run("tanh", 0, 0.8))
    table = ablations.read(tmp_path)
    assert list(table["variant"]) == ["whole", "tanh"]
    left = ablations.missing(table, 2)
    assert len(left) == 2 * len(ablations.VARIANTS) - 2
    assert ("tanh", 0) not in left
    assert left[-1] == ("no_augmentation", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["runs.csv"]
    (tmp_path / "runs.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="must have the columns"):
        ablations.read(tmp_path)


def test_differences_are_taken_seed_by_seed():
    rows = [run("whole", 0, 0.9), run("whole", 1, 0.7), run("tanh", 1, 0.6), run("tanh", 0, 0.85)]
    assert ablations.differences(pd.concat(rows))["tanh"].round(3).to_list() == [-0.05, -0.1]


def test_bad_counts_end_in_one_line(capsys):
    assert ablations.main(["--out", "nowhere", "--seeds", "0"]) == 2
    assert capsys.readouterr().err == "error: --seeds must be at least 1, got 0.\n"


def test_figures_show_their_numbers():
    table = pd.DataFrame({"parameters": [61.0], "multiply-adds": [724.0]}, index=["AlexNet"])
    dots = what_came_after.costs(table).axes[0].lines[1]
    assert dots.get_xydata().tolist() == [[61.0, 0.724]]
    table = pd.DataFrame({"top-1": [1.37, -0.2], "top-5": [1.15, -0.1]}, index=["a", "b"])
    bars = what_came_after.logged(table).axes[0].patches
    assert [bar.get_width() for bar in bars] == [1.37, -0.2, 1.15, -0.1]


def test_wrong_answers_get_the_hint(capsys):
    for record in exercises("what_came_after"):
        assert check_exercise(record["id"], record["answer"])
        assert not check_exercise(record["id"], np.add(record["answer"], 1))
        assert record["hint"] in capsys.readouterr().out


def test_the_notebook_keeps_the_rules():
    assert notebook_problems(chapters()["what_came_after"]) == []

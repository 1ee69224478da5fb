"""The update rule against NumPy and Keras; recipes, the rate rule, run folders, checkpoints."""

import json
import shutil
from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest
import tiny
from PIL import Image

from helpers import augment, training
from helpers.architectures import Architecture, Conv, Dense, Flatten
from helpers.errors import UserError
from helpers.training import PaperSGD, Recipe, checkpoint, loop, network, run_files, runs
from helpers.training.schedule import Plateau, Rule

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    return training.train(tiny.recipe(folder), tmp_path_factory.mktemp("run"), verbose=False)


# ------------------------------------------------------------------------- the update rule


def paper_rule(w, gradients, rates, decay, momentum=0.9):
    """Section 5 of the paper, in plain NumPy."""
    v = np.zeros_like(w)
    for gradient, rate in zip(gradients, rates, strict=True):
        v = momentum * v - decay * rate * w - rate * gradient(w)
        w = w + v
    return w


RATES = [0.1] * 20 + [0.01] * 20 + [0.05] * 20  # lowered and raised again


def steps(optimizer, kernel, bias, gradients, penalty=0.0):
    named = {"kernel": kernel, "bias": bias}
    variables = [keras.Variable(v, dtype="float32", name=name) for name, v in named.items()]
    optimizer.build(variables)
    for gradient, rate in zip(gradients, RATES, strict=True):
        optimizer.learning_rate = rate
        values = [keras.ops.convert_to_numpy(v) for v in variables]
        own = [gradient(value) for value in values]
        own[0] = own[0] + 2 * penalty * values[0]  # what L2(penalty) adds to the gradient
        optimizer.apply([keras.ops.convert_to_tensor(g, "float32") for g in own], variables)
    return [keras.ops.convert_to_numpy(v) for v in variables]


def quadratic(number):
    slopes = RNG.normal(size=(number, 3))
    return [lambda w, s=s: 0.3 * w + s.astype(w.dtype) for s in slopes]


def test_paper_sgd_is_the_paper_s_rule_through_changes_of_the_rate():
    kernel, bias, gradients = RNG.normal(size=3), RNG.normal(size=3), quadratic(60)
    got = steps(PaperSGD(0.1, decay=0.05), kernel, bias, gradients)
    np.testing.assert_allclose(got[0], paper_rule(kernel, gradients, RATES, 0.05), atol=2e-6)
    np.testing.assert_allclose(got[1], paper_rule(bias, gradients, RATES, 0.0), atol=2e-6)
    # The comparison can tell: without decay, and with decay on the bias, the results differ.
    assert np.abs(got[0] - paper_rule(kernel, gradients, RATES, 0.0)).max() > 1e-2
    assert np.abs(got[1] - paper_rule(bias, gradients, RATES, 0.05)).max() > 1e-2


def test_paper_sgd_equals_keras_with_l2_of_half_the_decay():
    kernel, bias, gradients = RNG.normal(size=3), RNG.normal(size=3), quadratic(60)
    ours = steps(PaperSGD(0.1, decay=0.05), kernel, bias, gradients)
    keras_sgd = keras.optimizers.SGD(0.1, momentum=0.9)
    theirs = steps(keras_sgd, kernel, bias, gradients, penalty=0.05 / 2)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_a_change_of_rate_scales_the_momentum_too():
    """Then the rule is the one with the rate outside of the buffer, whatever the rates."""
    start, gradients = RNG.normal(size=3), quadratic(60)
    variable = keras.Variable(start, dtype="float32", name="kernel")
    optimizer = PaperSGD(0.1, decay=0.05)
    optimizer.build([variable])
    w, v = start, np.zeros(3)
    for gradient, rate in zip(gradients, RATES, strict=True):
        optimizer.change_rate(rate)
        own = gradient(keras.ops.convert_to_numpy(variable))
        optimizer.apply([keras.ops.convert_to_tensor(own, "float32")], [variable])
        v = 0.9 * v - (gradient(w) + 0.05 * w)
        w = w + rate * v
    np.testing.assert_allclose(keras.ops.convert_to_numpy(variable), w, atol=2e-6)
    assert np.abs(w - paper_rule(start, gradients, RATES, 0.05)).max() > 1e-2


def test_a_network_trained_with_it_equals_one_with_l2_regularisers():
    images = RNG.normal(size=(8, 5)).astype("float32")
    labels = RNG.integers(0, 2, 8)
    weights = []
    for optimizer, penalty in (
        (PaperSGD(0.1, decay=0.05), None),
        (keras.optimizers.SGD(0.1, momentum=0.9), keras.regularizers.L2(0.025)),
    ):
        start = keras.initializers.GlorotUniform(seed=1)
        layer = keras.layers.Dense(2, kernel_initializer=start, kernel_regularizer=penalty)
        model = keras.Sequential([keras.Input((5,)), layer])
        model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        losses = [float(model.train_on_batch(images, labels)) for _ in range(20)]
        weights.append(np.concatenate([w.ravel() for w in model.get_weights()]))
    np.testing.assert_allclose(weights[0], weights[1], atol=1e-6)
    assert losses[-1] < losses[0]


# ------------------------------------------------------------------------- recipes and rules


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"epochs": 0}, "epochs"),
        ({"epochs": -3}, "epochs"),
        ({"epochs": 1.5}, "epochs"),
        ({"batch_size": 0}, "batch_size"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"learning_rate": -0.1}, "learning_rate"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"momentum": 1.5}, "momentum"),
        ({"weight_decay": -1e-4}, "weight_decay"),
        ({"scaling": 0}, "scaling"),
        ({"initial": "zeros"}, "initial"),
        ({"precision": "float8"}, "precision"),
        ({"patience": 0}, "patience"),
        ({"early_stop": 0}, "early_stop"),
        ({"seed": -1}, "seed"),
        ({"arch": "alexnet9000"}, "alexnet9000"),
        ({"arch": replace(tiny.ARCH, input_shape=(64, 32, 3))}, "arch"),
        ({"optimizer": "lamb"}, "optimizer"),
        ({"schedule": "linear"}, "schedule"),
        ({"images": 0}, "images"),
    ],
)
def test_a_recipe_refuses_what_has_no_meaning(change, name):
    with pytest.raises(UserError, match=name):
        Recipe(**change)


def test_a_recipe_survives_json_and_its_name_follows_its_values():
    one = Recipe(arch=tiny.ARCH, classes=["b", "a"], seed=3)
    again = Recipe.from_dict(json.loads(json.dumps(one.to_dict())))
    assert again == one
    assert again.name == one.name
    assert Recipe(seed=1).name != Recipe(seed=2).name
    assert Recipe(initial="paper").learning_rate == 0.001
    assert Recipe(initial="paper").scaling == 1


def test_the_rate_falls_on_a_plateau_at_most_three_times():
    rule = Plateau.of(Recipe(learning_rate=0.01, patience=2, early_stop=9))
    seen = []
    for error in [0.5, 0.4, 0.4, 0.45, 0.3] + [0.3] * 9:
        rule.see(error)
        rule = Plateau.from_dict(json.loads(json.dumps(rule.to_dict())))
        seen.append(rule.rate)
    expected = [0.01] * 3 + [0.001] * 3 + [1e-4] * 2 + [1e-5] * 6
    assert seen == pytest.approx(expected, rel=1e-12)
    assert rule.stop
    assert not Plateau.of(Recipe()).stop


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", [0.1] * 6),
        ("step", [0.1] * 4 + [0.01] * 2),
        ("cosine", [0.1 * (1 + np.cos(np.pi * i / 6)) / 2 for i in range(6)]),
    ],
)
def test_other_schedules_follow_the_epoch_alone(schedule, expected):
    rule, seen = Rule.of(Recipe(learning_rate=0.1, schedule=schedule, epochs=6)), []
    for error in (0.5, 0.6, 0.4, 0.4, 0.4, 0.1):
        seen.append(rule.rate)
        rule.see(error)
        rule = Rule.from_dict(json.loads(json.dumps(rule.to_dict())))
    assert seen == pytest.approx(expected, rel=1e-12)


# ------------------------------------------------------------------------- a run


def test_a_run_folder_holds_what_it_should_and_nothing_else(run):
    names = {path.name for path in run.path.iterdir() if path.name != ".lock"}
    assert names == {*run_files.OWN_FILES, "export", "checkpoint-000003.npz"}
    columns = "epoch loss accuracy val_loss val_accuracy learning_rate seconds images_per_second"
    assert list(run.history.columns) == columns.split()
    assert list(run.history["epoch"]) == [1, 2, 3]
    assert run.history["loss"].iloc[-1] < run.history["loss"].iloc[0]
    assert len(run.predictions) == 16
    accuracy = run.predictions["correct"].mean()
    assert accuracy == pytest.approx(run.history["val_accuracy"].max())
    assert run.classes == ("blue", "red")
    assert run.recipe.epochs == 3
    assert str(tiny.ROOT) not in (run.path / "environment.json").read_text()


def test_the_saved_network_carries_mean_and_scale(run):
    images = RNG.integers(0, 256, (4, 64, 64, 3)).astype("float32")
    centre = run.model.get_layer("centre")
    mean = np.array(run.environment["mean_pixel"])
    got = keras.ops.convert_to_numpy(centre(images))
    np.testing.assert_allclose(got, (images - mean) / 64, atol=1e-4)
    from helpers import datasets

    pixels = datasets.load_images(run.data.subset("train"))
    np.testing.assert_allclose(mean, pixels[:, ::4, ::4].mean(axis=(0, 1, 2)), atol=1e-3)
    assert run.model(images).shape == (4, 2)


def test_a_finished_run_is_found_and_not_trained_again(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path))
    recipe = tiny.recipe(folder, epochs=1)
    first = training.load_or_train(recipe)
    assert first.path.parent == tmp_path / "runs"
    monkeypatch.setattr(loop, "Session", None)  # training again would fail
    assert training.load_or_train(recipe).path == first.path


def test_two_seeds_differ_and_one_seed_repeats(folder, run, tmp_path):
    again = training.train(tiny.recipe(folder), tmp_path / "a", verbose=False)
    other = training.train(tiny.recipe(folder, seed=1), tmp_path / "b", verbose=False)
    for mine, same, different in zip(
        run.model.get_weights(), again.model.get_weights(), other.model.get_weights(), strict=True
    ):
        np.testing.assert_allclose(mine, same, atol=1e-6)
        assert np.abs(mine - different).max() > 1e-4
    assert run.history["loss"].tolist() == pytest.approx(again.history["loss"].tolist(), abs=1e-6)


def statistics_of(data, recipe):
    return loop.statistics(data.subset("train"), loop.training_batches(data, recipe))


def test_the_learner_sees_what_the_plain_functions_make(folder):
    """One picture through crop, flip and colour noise equals the same by hand, then the core."""
    recipe = tiny.recipe(folder)
    data = runs.load_data(recipe)
    statistics = statistics_of(data, recipe)
    net = network.Network(recipe, 2, statistics)
    images = RNG.integers(0, 256, (2, 256, 256, 3), dtype="uint8")
    numbers = net.numbers(np.random.default_rng(0), 2)
    mean, sigma, vectors = statistics
    expected = []
    for i in range(2):
        y, x = numbers["offsets"][i]
        patch = images[i, y : y + 64, x : x + 64].astype(float)
        patch = patch[:, ::-1] if numbers["flipped"][i] else patch
        added = vectors @ (0.1 * numbers["colours"][i] * sigma)
        expected.append(mean + (patch - mean + added) / 1.1)
    through = net.learner({"images": images, **numbers}, training=False)
    by_hand = net.core(np.array(expected, "float32"), training=False)
    np.testing.assert_allclose(np.asarray(through), np.asarray(by_hand), atol=1e-4)


def test_validation_equals_keras(folder):
    recipe = tiny.recipe(folder)
    data = runs.load_data(recipe)
    net = network.Network(recipe, 2, statistics_of(data, recipe))
    scores = net.validate(loop.validation_batches(data, recipe))
    from helpers import datasets

    images = augment.center_crop(datasets.load_images(data.subset("val")), 64).astype("float32")
    labels = data.subset("val").table["label"].to_numpy()
    logits = np.asarray(net.core(images, training=False))
    loss = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
    assert scores["val_loss"] == pytest.approx(float(np.mean(loss)), abs=1e-5)
    assert scores["val_accuracy"] == (logits.argmax(axis=1) == labels).mean()


def test_mixed_precision_keeps_the_loss_and_the_saved_network_in_float32(folder, tmp_path):
    recipe = tiny.recipe(folder, precision="mixed_bfloat16", epochs=1)
    run = training.train(recipe, tmp_path, verbose=False)
    assert {weight.dtype for weight in run.model.weights} == {"float32"}
    assert run.model.get_layer("conv1").compute_dtype == "float32"
    net = network.Network(recipe, 2, (np.zeros(3), np.ones(3), np.eye(3)))
    assert net.core.get_layer("conv1").compute_dtype == "bfloat16"
    assert net.learner.output.dtype == "float32"


def test_early_stop_tensorboard_and_progress_lines(folder, tmp_path, monkeypatch, capsys):
    log = tmp_path / "progress.txt"
    monkeypatch.setenv("ALEXNET_PROGRESS", str(log))
    recipe = tiny.recipe(folder, epochs=30, early_stop=2, patience=1)
    run = training.train(recipe, tmp_path / "run", tensorboard=True)
    assert len(run.history) < 30
    assert run.history["learning_rate"].min() < 0.01
    printed = capsys.readouterr().out
    lines = printed[printed.index("epoch   1/30  loss 0.") :].splitlines()
    assert "images/s" in lines[0]
    assert lines[0].endswith("left")
    assert log.read_text().splitlines() == lines
    assert list((tmp_path / "run" / "tensorboard").glob("events*"))


# ------------------------------------------------------------------------- what goes wrong


def test_a_folder_of_another_recipe_is_refused_by_name(folder, run):
    with pytest.raises(UserError, match=r"batch_size \(8 there, 4 now\)") as error:
        training.train(tiny.recipe(folder, batch_size=4, seed=9), run.path)
    assert "seed (0 there, 9 now)" in str(error.value)
    assert "epochs" not in str(error.value)
    assert run_files.is_finished(run.path)


def test_a_folder_that_is_no_run_is_left_alone(folder, tmp_path):
    (tmp_path / "holiday.txt").write_text("photos")
    with pytest.raises(UserError, match="holds no run"):
        training.train(tiny.recipe(folder), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.txt"]


def test_runs_that_are_missing_or_unfinished_say_so(tmp_path, run):
    with pytest.raises(UserError, match="holds no run"):
        training.Run.load(tmp_path)
    (tmp_path / "recipe.json").write_text((run.path / "recipe.json").read_text())
    with pytest.raises(UserError, match="not finished"):
        training.Run.load(tmp_path)
    (tmp_path / "recipe.json").write_text("{")
    with pytest.raises(UserError, match="not a recipe"):
        run_files.read_recipe(tmp_path)


@pytest.mark.parametrize("damage", ["cut", "other"])
def test_a_damaged_network_file_is_named(run, tmp_path, damage):
    folder = tmp_path / "run"
    shutil.copytree(run.path, folder)
    network = folder / "model.keras"
    if damage == "cut":
        network.write_bytes(network.read_bytes()[:1000])
    else:
        network.write_text("no network")
    with pytest.raises(UserError, match=r"model\.keras is damaged"):
        training.Run.load(folder).model  # noqa: B018


def test_a_loss_that_explodes_is_told(folder, tmp_path):
    with pytest.raises(FloatingPointError, match="learning rate"):
        training.train(tiny.recipe(folder, learning_rate=1e30), tmp_path, verbose=False)


def test_too_small_a_disk_is_told_before_training(folder, tmp_path, monkeypatch):
    usage = type("usage", (), {"free": 1000})
    monkeypatch.setattr(loop.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(UserError, match="GB free"):
        training.train(tiny.recipe(folder), tmp_path / "run", verbose=False)
    assert not (tmp_path / "run").exists()


def arrays(number):
    return [np.full((50, 50), float(number)), np.array(3)]


def test_checkpoints_come_back_whole_and_only_two_are_kept(tmp_path):
    for epoch in (1, 2, 3):
        checkpoint.save(tmp_path, epoch, arrays(epoch), {"epoch": epoch})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "checkpoint-000002.npz",
        "checkpoint-000003.npz",
    ]
    found, state = checkpoint.load(tmp_path)
    assert state == {"epoch": 3}
    np.testing.assert_array_equal(found[0], arrays(3)[0])
    assert found[1] == 3


@pytest.mark.parametrize("damage", ["cut", "empty", "flipped"])
def test_a_damaged_checkpoint_is_noticed_and_the_one_before_used(tmp_path, damage, capsys):
    for epoch in (1, 2):
        last = checkpoint.save(tmp_path, epoch, arrays(epoch), {"epoch": epoch})
    content = bytearray(last.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 1
    last.write_bytes({"cut": content[: len(content) // 2], "empty": b""}.get(damage, content))
    found, state = checkpoint.load(tmp_path)
    assert state == {"epoch": 1}
    np.testing.assert_array_equal(found[0], arrays(1)[0])
    assert "checkpoint-000002.npz is damaged" in capsys.readouterr().out
    (tmp_path / "checkpoint-000001.npz").write_bytes(b"")
    with pytest.raises(UserError, match="delete it"):
        checkpoint.load(tmp_path)


def test_numbers_for_the_augmentation_are_a_function_of_seed_and_epoch(folder):
    net = network.Network(tiny.recipe(folder), 2, (np.zeros(3), np.ones(3), np.eye(3)))
    draws = [
        net.numbers(np.random.default_rng([0, epoch, 1]), 500)["offsets"] for epoch in (1, 1, 2)
    ]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert (draws[0] != draws[2]).any()
    assert draws[0].min() == 0
    assert draws[0].max() == 192  # 256 - 64, included


def test_history_is_a_plain_table(run):
    table = pd.read_csv(run.path / "history.csv")
    assert np.isfinite(table.to_numpy()).all()


def test_training_on_jax(folder, tmp_path):
    """The same code on the other backend, which must be chosen before Keras is imported."""
    code = (
        "import tiny, keras; from helpers import training; from pathlib import Path\n"
        f"run = training.train(tiny.recipe(Path({str(folder)!r})), {str(tmp_path / 'run')!r})\n"
        "assert run.environment['backend'] == 'jax' == keras.backend.backend()\n"
        "assert run.history['loss'].iloc[-1] < run.history['loss'].iloc[0]\n"
    )
    done = tiny.python(code, tmp_path, KERAS_BACKEND="jax")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("images/s") == 3


@pytest.mark.thorough
@pytest.mark.parametrize(("batch", "devices", "used"), [(4, 3, 2), (8, 2, 2), (7, 2, 1), (5, 3, 1)])
def test_several_devices_give_the_losses_of_one(folder, tmp_path, batch, devices, used):
    """MirroredStrategy on logical processors, dropout off, against one device."""
    code = (
        "import tiny, tensorflow as tf\n"
        "cpu = tf.config.list_physical_devices('CPU')[0]\n"
        "tf.config.set_logical_device_configuration(\n"
        f"    cpu, [tf.config.LogicalDeviceConfiguration()] * {devices})\n"
        "from helpers import training\n"
        "from helpers.architectures import Dropout, without\n"
        f"recipe = tiny.recipe({str(folder)!r}, batch_size={batch}, epochs=2,\n"
        "                     arch=without(tiny.ARCH, Dropout))\n"
        f"one = training.train(recipe, {str(tmp_path / 'one')!r}, verbose=False)\n"
        f"all = training.train(recipe, {str(tmp_path / 'all')!r}, devices='all')\n"
        "gap = (one.history.loss - all.history.loss).abs().max()\n"
        "assert gap < 1e-5, gap\n"
        "assert (one.history.val_loss - all.history.val_loss).abs().max() < 1e-5\n"
        "print('equal', gap)\n"
    )
    done = tiny.python(code, tmp_path)
    assert "equal" in done.stdout, done.stderr[-2000:]
    assert (f"so {used} will" in done.stdout) == (used < devices), done.stdout


# ------------------------------------------------------------------------- small networks


def small_arch(channels: int) -> Architecture:
    layers = (Conv("conv1", 4, 3, stride=2), Flatten(), Dense("fc2", 2, activation=None))
    return Architecture("small", "For tests", (32, 32, channels), layers, "tests")


@pytest.fixture(scope="module")
def thirty_two(tmp_path_factory):
    """32×32 files in train/ and val/, each a number of its own, so that one can be told."""
    rng, folder = np.random.default_rng(1), tmp_path_factory.mktemp("small")
    for part, count in (("train", 12), ("val", 4)):
        for i in range(count):
            path = folder / part / "ab"[i % 2] / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 255, (32, 32, 3), "uint8")).save(path)
    return folder


def test_a_small_network_is_fed_whole_files_as_they_are(thirty_two, monkeypatch, tmp_path):
    fed = []
    monkeypatch.setattr(
        loop.Network, "validate", lambda self, batches: fed.extend(batches.epoch(0)) or LOGS
    )
    run = training.train(tiny.recipe(thirty_two, arch=small_arch(3)), tmp_path / "run")
    paths = sorted(thirty_two.glob("val/*/*.png"))
    files = np.stack([np.asarray(Image.open(path)) for path in paths])
    np.testing.assert_array_equal(fed[0][0], files)
    np.testing.assert_array_equal(run.pictures(paths), files)


LOGS = {"val_loss": 1.0, "val_accuracy": 0.5}


@pytest.mark.parametrize("channels", [1, 3])
def test_adam_along_a_cosine_on_a_few_small_pictures(thirty_two, tmp_path, channels):
    settings = {"optimizer": "adam", "schedule": "cosine", "images": 6, "keep": "last"}
    recipe = tiny.recipe(thirty_two, arch=small_arch(channels), batch_size=3, **settings)
    run = training.train(recipe, tmp_path / "run", verbose=False)
    np.testing.assert_allclose(run.history["learning_rate"], [1e-4, 0.75e-4, 0.25e-4])
    assert run.data.counts()["training"].tolist() == [3, 3]
    assert run.data.counts()["validation"].tolist() == [2, 2]
    assert run.model.input_shape == (None, 32, 32, channels)
    path = next(thirty_two.glob("val/a/*.png"))
    assert run.predict(path)["probability"][0] == pytest.approx(
        run.predictions.set_index("path").loc[str(path), "probability"], abs=1e-6
    )

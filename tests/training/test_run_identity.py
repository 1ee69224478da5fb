"""A run is what its name says: recipe, pictures and code, wherever the pictures lie."""

import errno
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny
from PIL import Image

from helpers import architectures, datasets, explain, locks, training
from helpers.errors import UserError
from helpers.files import root
from helpers.training import Recipe, Run, identity, loop

GROUPED = replace(
    tiny.ARCH,
    name="tiny-towers",
    layers=(
        replace(tiny.ARCH.layers[0], stride=5, rounding="ceil"),
        tiny.ARCH.layers[1],
        replace(tiny.ARCH.layers[2], groups=2),
        *tiny.ARCH.layers[3:],
    ),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Pictures, and a finished run of two epochs on them, with towers and an overhang."""
    there = tmp_path_factory.mktemp("made")
    data = tiny.make_folder(there / "photos", train=16, val=8)
    return data, training.train(recipe(data), there / "run", verbose=False)


@pytest.fixture
def copy(made, tmp_path, monkeypatch):
    """A copy of both, to be changed; a training is an error, unless it is allowed."""
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path / "home"))
    data, run = made
    shutil.copytree(data, tmp_path / "photos")
    shutil.copytree(run.path, tmp_path / "run")
    text = (tmp_path / "run" / "recipe.json").read_text()
    (tmp_path / "run" / "recipe.json").write_text(
        text.replace(json.dumps(str(data)), json.dumps(str(tmp_path / "photos")))
    )
    return tmp_path / "photos", tmp_path / "run"


def recipe(data, **changes) -> Recipe:
    return tiny.recipe(data, **{"epochs": 2, "arch": GROUPED, "keep": "last", **changes})


def again(data, folder, **changes) -> Run:
    """Ask for the run anew; it must be there."""
    before = (folder / "model.keras").stat().st_mtime_ns
    run = training.train(recipe(data, **changes), folder, verbose=False)
    assert run.path == folder
    assert (folder / "model.keras").stat().st_mtime_ns == before
    return run


def same_weights(one, other) -> None:
    for a, b in zip(one.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


# ------------------------------------------------------------------------- the same pictures


@pytest.mark.parametrize("spelt", ["photos", "photos/", "./photos", "x/../photos", "absolute"])
def test_a_folder_may_be_spelt_in_any_way(copy, spelt, monkeypatch):
    data, folder = copy
    (data.parent / "x").mkdir()
    monkeypatch.chdir(data.parent)
    run = again(data if spelt == "absolute" else spelt, folder)
    monkeypatch.chdir("/")
    assert len(run.data) == 24  # from any working directory


def test_pictures_that_have_moved_are_followed(copy, tmp_path):
    data, folder = copy
    moved = tmp_path / "elsewhere" / "other name"
    moved.parent.mkdir()
    data.rename(moved)
    run = again(moved, folder)
    assert run.recipe.data == str(moved)
    assert all(Path(path).is_relative_to(moved) for path in run.predictions["path"])
    assert all(Path(path).is_file() for path in run.predictions["path"])
    assert Run.load(folder).recipe.data == str(moved)


def test_the_time_of_writing_does_not_count(copy):
    data, folder = copy
    for path in data.rglob("*.jpg"):
        os.utime(path, (1, 1))
    again(data, folder)


# ------------------------------------------------------------------------- other pictures


def overwrite(data):
    files = sorted((data / "train" / "red").iterdir())
    Image.new("RGB", (270, 270), "black").save(files[0])


def one_pixel_later(data):
    """The same size and time of writing: only what is inside differs."""
    path = min((data / "val" / "red").iterdir())
    content, before = bytearray(path.read_bytes()), path.stat()
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def remove(data):
    min((data / "train" / "red").iterdir()).unlink()


def add(data):
    shutil.copy(min((data / "val" / "red").iterdir()), data / "val" / "red" / "new.jpg")


def rename(data):
    path = max((data / "train" / "red").iterdir())
    path.rename(path.with_name("z.jpg"))


def swap_labels(data):
    red, blue = (min((data / "train" / name).iterdir()) for name in ("red", "blue"))
    red.rename(data / "train" / "blue" / red.name)
    blue.rename(data / "train" / "red" / blue.name)


def swap_contents(data):
    one, two = sorted((data / "train" / "red").iterdir())[:2]
    one.rename(data / "x")
    two.rename(one)
    (data / "x").rename(two)


def swap_sides(data):
    path = min((data / "val" / "red").iterdir())
    other = min((data / "train" / "red").iterdir())
    shutil.move(path, data / "x.jpg")
    shutil.move(other, path)
    shutil.move(data / "x.jpg", other)


CHANGES = (
    overwrite,
    one_pixel_later,
    remove,
    add,
    rename,
    swap_labels,
    swap_contents,
    swap_sides,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_finished_run_is_never_handed_out_for_other_pictures(copy, change):
    data, folder = copy
    again(data, folder)  # their contents are known by now
    change(data)
    with pytest.raises(UserError, match=r"differs in the pictures .*--restart") as error:
        training.train(recipe(data), folder, verbose=False)
    assert str(folder) in str(error.value)
    if change is remove:
        assert "16 training pictures there, 15 now" in str(error.value)


def test_a_forgotten_option_is_blamed_and_not_more_epochs(copy):
    """Who asks for more epochs and leaves another option out would read that epochs hinder."""
    data, folder = copy
    again(data, folder)
    more = replace(recipe(data), epochs=recipe(data).epochs + 1, class_weights=True)
    with pytest.raises(UserError, match=r"differs in class_weights \(.*\); choose .* would go on"):
        training.train(more, folder, verbose=False)
    fewer = replace(more, epochs=recipe(data).epochs - 1)
    if fewer.epochs:
        with pytest.raises(UserError, match=r"differs in epochs .*class_weights .*--restart\.$"):
            training.train(fewer, folder, verbose=False)


def test_a_refusal_names_both_folders_and_options_as_they_are_typed(copy, tmp_path, capsys):
    data, folder = copy
    other = tiny.make_folder(tmp_path / "others", train=12, val=4)
    again(data, folder)
    with pytest.raises(UserError) as error:
        training.train(recipe(other), folder, verbose=False)
    said = str(error.value)
    assert f"{folder} holds another run" in said
    assert f"it was made from {data}, this is {other}" in said
    assert "--restart" in said
    assert "=False" not in said


def test_another_folder_of_the_same_relative_name_is_another_run(copy, tmp_path, monkeypatch):
    data, folder = copy
    other = tmp_path / "project B"
    tiny.make_folder(other / "photos", train=8, val=8)
    monkeypatch.chdir(other)
    with pytest.raises(UserError, match="the pictures"):
        training.train(recipe("photos"), folder, verbose=False)
    names = set()
    for place in (data.parent, other):
        monkeypatch.chdir(place)
        names.add(loop.wanted(recipe("photos")).name)
    assert len(names) == 2


def test_other_code_never_gets_the_old_result_and_restart_trains_anew(copy, monkeypatch):
    data, folder = copy
    monkeypatch.setattr(identity, "code_hash", lambda: "changed")
    with pytest.raises(UserError, match="the code of this package"):
        training.train(recipe(data), folder, verbose=False)
    monkeypatch.undo()
    remove(data)
    run = training.train(recipe(data, epochs=1), folder, resume=False, verbose=False)
    assert run.environment["training_images"] == 15
    assert len(run.history) == 1


def test_what_is_recorded_is_read_as_it_is():
    run = Run.load(root() / "results" / "photos_two_class" / "seed-0")
    assert len(run.predictions) == run.environment["validation_images"]
    assert len(Run.load(root() / "results" / "mnist" / "whole-one-pass").history)


# ------------------------------------------------------------------------- contents


def test_contents_are_read_once(copy, monkeypatch):
    data, folder = copy
    monkeypatch.setattr("helpers.datasets.contents.SETTLED", 0)
    read, digest = [], hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *a: read.append(1) or digest(*a))
    again(data, folder)
    assert len(read) == 24
    again(data, folder)
    assert len(read) == 24
    one_pixel_later(data)
    with pytest.raises(UserError):
        again(data, folder)
    assert len(read) == 25


def test_a_file_that_has_just_changed_is_not_remembered(copy, monkeypatch):
    """A second change within a tick of the clock would leave size and times as they are."""
    data, folder = copy
    for path in data.rglob("*.jpg"):
        path.write_bytes(path.read_bytes())
    again(data, folder)
    assert not list((data.parent / "home" / "contents").glob("*"))


def test_a_long_reading_is_announced_once(copy, monkeypatch, capsys):
    monkeypatch.setattr("helpers.datasets.contents.SILENT", -1)
    again(*copy)
    assert capsys.readouterr().err.count("Reading 24 files once") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="names are text on other systems")
def test_a_name_that_is_no_utf_8_takes_the_whole_way(tmp_path):
    data = tiny.make_folder(tmp_path / "photos", train=8, val=4)
    for part in ("train", "val"):
        folder = os.fsencode(data / part / "red")
        path = min((data / part / "red").iterdir())
        shutil.copy(path, folder + f"/caf\xe9 {part}.jpg".encode("latin-1"))
    run = training.train(tiny.recipe(data, epochs=1), tmp_path / "run", verbose=False)
    names = [os.fsencode(path) for path in run.predictions["path"]]
    assert any(name.endswith(b"caf\xe9 val.jpg") for name in names)
    assert all(os.path.exists(name) for name in names)


# ------------------------------------------------------------------------- more epochs


def test_more_epochs_go_on_exactly_where_the_run_ended(copy, made, capsys):
    data, folder = copy
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    longer = training.train(recipe(data, epochs=4), folder, verbose=False)
    assert longer.path == folder.with_name("run-epochs-2-to-4")
    assert f"going on from its last epoch in {longer.path}" in capsys.readouterr().out
    assert longer.environment["continued"] == {"run": "run", "epochs": 2}
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert before.items() <= after.items()
    whole = training.train(recipe(data, epochs=4), folder.with_name("whole"), verbose=False)
    same_weights(longer, whole)
    assert longer.history["loss"].tolist() == whole.history["loss"].tolist()
    assert longer.predictions.equals(whole.predictions)
    # The same command once more finds it; and fewer epochs are another run.
    assert training.train(recipe(data, epochs=4), folder).path == longer.path
    with pytest.raises(UserError, match=r"epochs \(2 there, 1 now\)"):
        training.train(recipe(data, epochs=1), folder)


def test_a_run_that_stopped_early_does_not_go_on(tmp_path, monkeypatch):
    data = tiny.make_folder(tmp_path / "photos", train=8, val=4)
    settings = {"early_stop": 1, "learning_rate": 1e-12, "epochs": 5}
    run = training.train(tiny.recipe(data, **settings), tmp_path / "run", verbose=False)
    assert len(run.history) == 2
    with pytest.raises(UserError, match="stopped early, after epoch 2 of 5"):
        training.train(tiny.recipe(data, **settings | {"epochs": 9}), tmp_path / "run")


# ------------------------------------------------------------------------- two processes

TWO = """
import sys, time, tiny, os
from pathlib import Path
from helpers import training
from helpers.training import identity, runs
code = runs.code_hash() + "changed"
for room in (identity, runs):
    room.code_hash = lambda: code
load = runs.load_data
def slowly(recipe):
    data = load(recipe)
    other = Path(sys.argv[2])
    while sys.argv[3] == "second" and not other.exists():
        time.sleep(0.05)
    return data
runs.load_data = slowly
run = training.load_or_train(tiny.recipe(sys.argv[1], epochs=1))
returned = (run.path / "model.keras").stat().st_mtime_ns
if sys.argv[3] == "first":
    Path(sys.argv[2]).write_text("done")
    while not Path(sys.argv[2] + "2").exists():
        time.sleep(0.05)
else:
    Path(sys.argv[2] + "2").write_text("done")
run.model
print(run.path, returned)
"""


@pytest.mark.thorough
def test_two_processes_that_find_a_run_out_of_date_end_with_one(tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path))
    data = tiny.make_folder(tmp_path / "photos", train=8, val=4)
    training.load_or_train(tiny.recipe(data, epochs=1))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", TWO, str(data), str(tmp_path / "done"), which],
            env=tiny.environment(tmp_path),
            stdout=subprocess.PIPE,
            text=True,
        )
        for which in ("first", "second")
    ]
    said = [process.communicate(timeout=300)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert said[0] == said[1]
    assert said[0].startswith(str(tmp_path / "runs"))


HOLD = """
import sys, time
from pathlib import Path
from helpers import locks
with locks.locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(2)
"""


def test_waiting_for_another_process_is_said(copy, capfd):
    data, folder = copy
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdout=subprocess.PIPE,
        env=tiny.environment(data.parent),
    )
    assert other.stdout.readline() == b"held\n"
    again(data, folder)
    assert f"waiting for another process that trains in {folder}\n" in capfd.readouterr().err
    assert other.wait(30) == 0


def test_a_lock_that_is_taken_away_lets_in_one_at_a_time(tmp_path):
    """A gives up and removes its folder, B has waited for it, C comes anew."""
    folder, inside, most = tmp_path / "run", [], []

    def enter(seconds: float, withdraw: bool = False) -> None:
        with locks.locked(folder):
            inside.append(1)
            most.append(len(inside))
            time.sleep(seconds)
            if withdraw:
                (folder / ".lock").unlink()
                folder.rmdir()
            inside.pop()

    threads = [threading.Thread(target=enter, args=a) for a in ((0.4, True), (0.6,), (0.1,))]
    for thread, pause in zip(threads, (0.1, 0.5, 0), strict=True):
        thread.start()
        time.sleep(pause)
    for thread in threads:
        thread.join(20)
    assert most == [1, 1, 1]


# ------------------------------------------------------------------------- file systems


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_locks_costs_one_line(copy, number, monkeypatch, capsys):
    def refuse(*arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    again(*copy)
    told = capsys.readouterr().err
    assert "cannot be locked" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_a_read_only_place_gives_its_finished_run_and_one_sentence(copy, number, monkeypatch):
    data, folder = copy
    opened, path_open = os.open, Path.open

    def refuse(path, flags, *others, **named):
        if flags & os.O_CREAT and Path(path).parent == folder:
            raise OSError(number, os.strerror(number))
        return opened(path, flags, *others, **named)

    def refuse_path(path, mode="r", *others, **named):
        if mode[0] in "wax" and path.parent == folder:
            raise OSError(number, os.strerror(number))
        return path_open(path, mode, *others, **named)

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(Path, "open", refuse_path)
    again(data, folder)
    (folder / "predictions.csv").unlink()
    with pytest.raises(UserError, match=f"{folder} cannot be written to"):
        training.train(recipe(data), folder, verbose=False)


# ------------------------------------------------------------------------- the network for others

ALONE = """
import sys
sys.modules["keras"] = sys.modules["helpers"] = None  # they cannot be imported
import numpy as np, tensorflow as tf
images, expected = np.load(sys.argv[2]), np.load(sys.argv[3])
loaded = tf.saved_model.load(sys.argv[1] + "/export")
assert np.abs(loaded.serve(images).numpy() - expected).max() < 1e-4
del sys.modules["keras"]
import keras
model = keras.saving.load_model(sys.argv[1] + "/model.keras", compile=False)
assert np.abs(model.predict(images, verbose=0) - expected).max() < 1e-4
print("equal")
"""


def test_keras_alone_and_tensorflow_alone_open_the_network(made, tmp_path):
    _, run = made
    images = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3)).astype("float32")
    np.save(tmp_path / "images.npy", images)
    np.save(tmp_path / "scores.npy", run.model.predict(images, verbose=0))
    command = [sys.executable, "-c", ALONE, run.path, "images.npy", "scores.npy"]
    variables = {**os.environ, "PYTHONPATH": ""}
    done = subprocess.run(command, env=variables, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "equal\n", done.stderr[-2000:]


def test_gradients_work_on_a_processor(made):
    import tensorflow as tf

    model = made[1].model
    images = tf.random.uniform((2, 64, 64, 3)) * 255
    with tf.GradientTape() as tape:
        tape.watch(images)
        score = tf.reduce_sum(model(images)[:, 0])
    assert float(tf.reduce_sum(tf.abs(tape.gradient(score, images)))) > 0


def test_an_export_that_fails_costs_a_line_and_not_the_run(copy, monkeypatch, capsys):
    import keras

    def fail(*arguments, **named):
        raise RuntimeError("no such thing\nand more")

    monkeypatch.setattr(keras.export, "ExportArchive", fail)
    data, folder = copy
    run = training.train(recipe(data, epochs=1), folder, resume=False, verbose=False)
    assert len(run.predictions) == 8
    assert "No export/ for TensorFlow was written: no such thing\n" in capsys.readouterr().err
    assert not (folder / "export").exists()


def rewritten(path: Path, **members) -> None:
    """Write a saved network anew with other members, each given as bytes."""
    with zipfile.ZipFile(path) as file:
        contents = {name: file.read(name) for name in file.namelist()}
    contents |= {name.replace("__", "."): value for name, value in members.items()}
    with zipfile.ZipFile(path, "w") as file:
        for name, content in contents.items():
            file.writestr(name, content)


def of_the_future(path: Path) -> None:
    with zipfile.ZipFile(path) as file:
        config = json.loads(file.read("config.json"))
    for layer in config["config"]["layers"]:
        if layer["class_name"] == "Dense":
            layer["config"]["of_the_future"] = None
    rewritten(path, config__json=json.dumps(config).encode())


def test_a_network_of_another_keras_loads_by_its_weights(copy, made):
    _, folder = copy
    of_the_future(folder / "model.keras")
    same_weights(Run.load(folder), made[1])
    images = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3)).astype("float32")
    scores = [run.model.predict(images, verbose=0) for run in (Run.load(folder), made[1])]
    np.testing.assert_array_equal(*scores)


@pytest.mark.parametrize("keys", [["output_layers"], ["input_layers", "output_layers"]])
def test_a_network_of_keras_3_8_gives_scores_and_heat_maps(copy, keys):
    import keras

    _, folder = copy
    path = folder / "model.keras"
    with zipfile.ZipFile(path) as file:
        config = json.loads(file.read("config.json"))
    for key in keys:  # a single one stood in a list of its own
        config["config"][key] = [config["config"][key]]
    rewritten(path, config__json=json.dumps(config).encode())
    model = Run.load(folder).model
    both = keras.Model(model.inputs, [model.layers[1].output, model.output])
    images = np.random.default_rng(0).integers(0, 256, (3, *model.input_shape[1:]))
    assert both(images.astype("float32"))[1].shape == (3, 2)
    assert explain.cam(model, images.astype("uint8"), np.array([0, 1, 1])).shape[0] == 3


def test_one_sentence_names_both_versions_where_that_does_not_do(copy):
    import keras

    _, folder = copy
    of_the_future(folder / "model.keras")
    rewritten(folder / "model.keras", model__weights__h5=b"weights of the future")
    environment = json.loads((folder / "environment.json").read_text())
    environment["versions"]["keras"] = "9.1.2"
    (folder / "environment.json").write_text(json.dumps(environment))
    with pytest.raises(UserError, match=rf"by Keras 9\.1\.2 .* in {keras.__version__};"):
        Run.load(folder).model  # noqa: B018


@pytest.mark.parametrize("version", ["9.1.2", None])
@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_file_is_called_damaged_whatever_the_version(copy, version, damage):
    _, folder = copy
    path = folder / "model.keras"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content[: len(content) // 2] if damage == "cut" else content)
    if version:
        text = (folder / "environment.json").read_text()
        environment = json.loads(text)
        environment["versions"]["keras"] = version
        (folder / "environment.json").write_text(json.dumps(environment))
    with pytest.raises(UserError, match=r"model\.keras is damaged"):
        Run.load(folder).model  # noqa: B018


# ------------------------------------------------------------------------- recipe and code


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"colour_noise": 0}, {"colour_noise": 0.0}),
        ({"weight_decay": 0}, {"weight_decay": np.float64(0)}),
        ({"momentum": 1}, {"momentum": 1.0}),
        ({"learning_rate": 1}, {"learning_rate": np.float32(1)}),
        ({"epochs": 3}, {"epochs": np.int64(3)}),
        ({"batch_size": 8, "seed": 1}, {"batch_size": np.uint8(8), "seed": np.int32(1)}),
        ({"classes": "all"}, {"classes": ("all",)}),
        ({"classes": ["b", "a"]}, {"classes": ("a", "b", "a")}),
        ({"classes": "cat"}, {"classes": [np.str_("cat")]}),
        ({"data": "photos"}, {"data": Path("photos")}),
        ({"arch": "paper"}, {"arch": architectures.get("paper")}),
        ({"skip_unreadable": True}, {"skip_unreadable": np.True_}),
    ],
)
def test_one_recipe_however_its_values_are_given(one, other):
    one, other = Recipe(**one), Recipe(**other)
    assert one == other
    assert json.dumps(one.to_dict()) == json.dumps(other.to_dict())
    assert identity.settings(one) == identity.settings(other)
    assert Recipe.from_dict(json.loads(json.dumps(one.to_dict()))) == one


@pytest.mark.parametrize("value", [True, np.True_, 2.5, np.float64(3), "3", None])
def test_what_is_no_whole_number_is_still_refused(value):
    with pytest.raises(UserError, match="seed must be a whole number"):
        Recipe(seed=value)


SAME = (
    '"""A."""\nx = 1\n',
    '"""B."""\nx = 1  # one\n',
    '\n\n# A comment\n"""B."""\n\n\nx = (\n    1\n)\n',
)
TYPED = ("def f(a, *b): c: int = a\n", "def f(a: int, *b: str) -> None: c: float = a\n")
OTHER = ("x = 2\n", "x = True\n", "x = 1.0\n", "y = 1\n", "x = 1\nx = 1\n", "x: int = 1\n")


def code_of(texts, folder, monkeypatch) -> list[str]:
    (folder / "helpers").mkdir()
    monkeypatch.setattr(identity, "root", lambda: folder)
    hashes = []
    for text in texts:
        (folder / "helpers" / "augment.py").write_text(text)
        hashes.append(identity.code_hash())
    return hashes


def test_the_code_hash_sees_code_and_not_comments_docstrings_or_layout(tmp_path, monkeypatch):
    hashes = code_of(SAME + OTHER, tmp_path, monkeypatch)
    assert len(set(hashes[: len(SAME)])) == 1
    assert len(set(hashes)) == 1 + len(OTHER)


def test_the_code_hash_sees_no_types(tmp_path, monkeypatch):
    assert len(set(code_of(TYPED, tmp_path, monkeypatch))) == 1


def test_the_code_hash_covers_what_writes_the_predictions(tmp_path, monkeypatch):
    room = tmp_path / "helpers" / "evaluation"
    room.mkdir(parents=True)
    monkeypatch.setattr(identity, "root", lambda: tmp_path)
    before = identity.code_hash()
    (room / "predictions.py").write_text("x = 1\n")
    assert identity.code_hash() != before


# The module alone: another Python has none of the packages.
HASH = """
import sys, types
def room(name, **names):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(names)
sys.path.insert(0, sys.argv[1])
import helpers
room("helpers.training", __path__=[sys.argv[1] + "/helpers/training"])
room("helpers.training.recipe", Recipe=object, MNIST=())
from helpers.training import identity
print(identity.code_hash())
"""


def pythons(version: str) -> list[str]:
    """Return the interpreters of a version that can be found here."""
    owned = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = [*owned.glob(f"{version}*/bin/python"), shutil.which(f"python{version}")]
    asked = [str(python) for python in found if python]
    works = [subprocess.run([python, "-c", ""], capture_output=True) for python in asked]
    return [python for python, done in zip(asked, works, strict=True) if done.returncode == 0]


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_every_python_computes_the_same_code_hash(version):
    found = pythons(version)
    if not found:
        pytest.skip(f"no Python {version} here")
    command = [found[0], "-c", HASH, str(tiny.ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert done.stdout.strip() == identity.code_hash(), done.stderr


def test_the_pictures_hash_knows_both_ways_to_write_an_accent(tmp_path):
    hashes = set()
    for i, name in enumerate(("caf\u00e9", "cafe\u0301")):
        folder = tmp_path / str(i)
        for side in ("train", "val"):
            for label, title in enumerate((name, "zebra")):
                path = folder / side / title / f"{name}.png"
                path.parent.mkdir(parents=True)
                Image.new("RGB", (20, 20), (200 * label, 0, 90)).save(path)
        hashes.add(identity.data_hash(datasets.load(folder)))
    assert len(hashes) == 1

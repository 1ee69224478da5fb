"""Your own photos: photographs out of a zip file, fewer of them, look-alikes, and the record."""

import json
import shutil
import stat
import zipfile
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import numpy as np
import pandas as pd
import pytest
import tiny
from bookfiles import chapters
from checks import notebook_problems
from PIL import Image

from helpers import datasets, evaluation, own_photos
from helpers.book.exercises import check_exercise, exercises
from helpers.datasets import archives
from helpers.errors import UserError
from helpers.plots.chapters import your_own_photos

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    matplotlib.pyplot.close("all")


@pytest.fixture
def photos(tmp_path):
    return datasets.load(tiny.make_folder(tmp_path / "photos"))


def zipped(path, members: dict[str, bytes]):
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def test_a_zip_of_a_folder_becomes_the_folder_of_the_classes(tmp_path):
    members = {
        "my photos/Fähre/1.jpg": b"a",
        "my photos/自転車/2.jpg": b"b",
        "my photos/Fähre/.DS_Store": b"c",
        "__MACOSX/my photos/Fähre/._1.jpg": b"d",
    }
    found = archives.unpack(zipped(tmp_path / "p.zip", members), tmp_path / "out")
    assert found == tmp_path / "out" / "my photos"
    assert sorted(path.name for path in found.rglob("*.*")) == ["1.jpg", "2.jpg"]
    assert (found / "自転車" / "2.jpg").read_bytes() == b"b"


def test_classes_right_in_the_zip_and_names_of_windows(tmp_path):
    archive = zipped(tmp_path / "p.zip", {"a/1.jpg": b"1", "b\\2.jpg": b"2"})
    found = archives.unpack(archive, tmp_path / "out")
    assert found == tmp_path / "out"
    assert (found / "a" / "1.jpg").exists()
    assert (found / "b" / "2.jpg").exists()


@pytest.mark.parametrize("name", ["../out.jpg", "a/../../b.jpg", "/etc/b.jpg", "a\\..\\..\\b.jpg"])
def test_a_member_that_would_escape_is_refused_and_nothing_written(tmp_path, name):
    archive = zipped(tmp_path / "p.zip", {"a/1.jpg": b"1", name: b"2"})
    with pytest.raises(UserError, match="outside of the folder; nothing was unpacked"):
        archives.unpack(archive, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["p.zip"]


def test_bad_zips_are_named_and_leave_nothing(tmp_path, monkeypatch):
    whole = zipped(tmp_path / "whole.zip", {"a/1.jpg": b"1" * 5000, "b/2.jpg": b"2"})
    bad = {
        "text.zip": (b"no zip", "not a whole zip file"),
        "cut.zip": (whole.read_bytes()[:3000], "not a whole zip file"),
        "empty.zip": (zipped(tmp_path / "e.zip", {}).read_bytes(), "holds no files"),
    }
    for name, (content, said) in bad.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match=said):
            archives.unpack(tmp_path / name, tmp_path / "out")
    with pytest.raises(UserError, match=r"gone\.zip could not be unpacked: No such file"):
        archives.unpack(tmp_path / "gone.zip", tmp_path / "out")
    locked = bytearray(whole.read_bytes())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = locked.find(signature)
        locked[at + offset] |= 1  # the flag "encrypted"
    (tmp_path / "locked.zip").write_bytes(locked)
    with pytest.raises(UserError, match="has a password"):
        archives.unpack(tmp_path / "locked.zip", tmp_path / "out")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=1))
    with pytest.raises(UserError, match=r"needs .* GB of disk"):
        archives.unpack(whole, tmp_path / "out")
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_unpacking_over_a_folder_is_refused(tmp_path):
    archive = zipped(tmp_path / "p.zip", {"a/1.jpg": b"1"})
    archives.unpack(archive, tmp_path / "out")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o755
    with pytest.raises(UserError, match="exists already; name a new folder"):
        archives.unpack(archive, tmp_path / "out")


def test_a_zip_is_unpacked_once_and_a_new_one_of_its_name_beside_it(tmp_path):
    archive = zipped(tmp_path / "p.zip", {"all/a/1.jpg": b"1", "all/b/2.jpg": b"2"})
    first = own_photos.unpacked(archive)
    (first / "a" / "1.jpg").write_bytes(b"sorted by hand")
    assert own_photos.unpacked(archive) == first
    assert (first / "a" / "1.jpg").read_bytes() == b"sorted by hand"
    zipped(archive, {"all/a/1.jpg": b"1", "all/b/3.jpg": b"3"})
    assert (own_photos.unpacked(archive) / "b" / "3.jpg").exists()
    assert own_photos.unpacked(archive) != first
    with pytest.raises(UserError, match=r"gone\.zip could not be unpacked: No such file"):
        own_photos.unpacked(tmp_path / "gone.zip")


def names_of(data):
    return {Path(path).parts[-2:] for path in data.subset("train").table["path"]}


def test_fewer_pictures_keep_their_sides_and_grow_into_each_other(photos, tmp_path):
    small, large = (
        datasets.load(own_photos.fewer(photos, count, 3, tmp_path / str(count)))
        for count in (7, 12)
    )
    names = [names_of(data) for data in (small, large)]
    assert len(names[0]) == 7
    assert names[0] < names[1]
    counts = small.subset("train").table["label"].value_counts()
    assert abs(counts[0] - counts[1]) == 1
    assert len(small.subset("val")) == len(photos.subset("val"))
    other = datasets.load(own_photos.fewer(photos, 7, 4, tmp_path / "other"))
    assert names_of(other) != names[0]
    for count, said in ((1, "at least 2"), (10_000, "training pictures, 5000 are wanted")):
        with pytest.raises(UserError, match=said):
            own_photos.fewer(photos, count, 0, tmp_path / "none")
    with pytest.raises(UserError, match="exists already"):
        own_photos.fewer(photos, 7, 3, tmp_path / "7")
    assert not list(tmp_path.glob("*none*"))  # nothing half-made


def test_a_copy_on_the_other_side_is_the_nearest_pair(photos, tmp_path):
    folder = own_photos.fewer(photos, 12, 0, tmp_path / "few")
    learned = next((folder / "train" / photos.classes[0]).iterdir())
    copy = folder / "val" / photos.classes[0] / "again.jpg"
    Image.open(learned).resize((300, 280)).save(copy, quality=60)
    table = own_photos.nearest_pairs(datasets.load(folder), 3)
    first = table.iloc[0]
    assert (first["train"], first["val"]) == (str(learned), str(copy))
    assert table["train"].is_unique
    assert first["distance"] < 0.75 * table["distance"].iloc[1]
    black, white = np.zeros((9, 9, 3), np.uint8), np.full((9, 9, 3), 255, np.uint8)
    for side, square in (("train", black), ("val", white)):
        for name in "ab":
            (tmp_path / "bw" / side / name).mkdir(parents=True)
            Image.fromarray(square).save(tmp_path / "bw" / side / name / "x.png")
    table = own_photos.nearest_pairs(datasets.load(tmp_path / "bw"), 1)
    assert table["distance"].tolist() == [1.0]


def test_few_pictures_are_shown_more_often():
    few, many = own_photos.recipe(50), own_photos.recipe(500)
    assert (few.epochs, few.batch_size, few.patience) == (100, 16, 25)
    assert (many.epochs, many.patience) == (20, 5)
    assert own_photos.recipe(10).batch_size == 10


def test_each_set_of_photos_and_each_recipe_has_its_own_run(photos, monkeypatch):
    plan = own_photos.recipe(8)
    folder = own_photos.run_folder(plan, photos)
    assert folder == own_photos.run_folder(plan, photos)
    others = [own_photos.run_folder(own_photos.recipe(8, seed=1), photos)]
    others.append(own_photos.run_folder(plan, photos.subset("train")))
    monkeypatch.setattr("helpers.training.identity.code_hash", lambda: "other")
    others.append(own_photos.run_folder(plan, photos))
    assert len({folder, *others}) == 4


def run(count, seed, accuracy):
    rows = [[count, seed, epoch, 0.5, 0.8, 0.5, accuracy[epoch - 1], 1.0] for epoch in (1, 2)]
    judged = {"photos": count, "seed": seed, "judged": 100, "linear": 0.7}
    return pd.DataFrame(rows, columns=own_photos.COLUMNS), judged


def test_a_record_goes_on_where_it_stopped_and_keeps_the_last_epoch(tmp_path, monkeypatch):
    asked = []

    def measure(data, count, seed):
        asked.append((count, seed))
        if len(asked) == 3:
            raise KeyboardInterrupt
        return run(count, seed, (0.6, 0.5 + seed / 10))

    monkeypatch.setattr(own_photos, "measure", measure)
    with pytest.raises(KeyboardInterrupt):
        own_photos.complete(tmp_path, None, [50, 500], 2)
    own_photos.complete(tmp_path, None, [50, 500], 2)
    assert asked == [(50, 0), (50, 1), (500, 0), (500, 0), (500, 1)]
    table = own_photos.last(own_photos.read(tmp_path))
    assert table.to_dict() == {50: {0: 0.5, 1: 0.6}, 500: {0: 0.5, 1: 0.6}}
    assert len(own_photos.read(tmp_path, "linear.csv")) == 4
    (tmp_path / "runs.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="no record of runs with few photos"):
        own_photos.read(tmp_path)


def test_the_command_measures_and_refuses_in_one_line(photos, tmp_path, monkeypatch, capsys):
    small = lambda count, seed, data: tiny.recipe(data, epochs=1, seed=seed)  # noqa: E731
    monkeypatch.setattr(own_photos, "recipe", small)
    out = tmp_path / "record"
    words = ["--data", str(tmp_path / "photos"), "--counts", "8", "--out", str(out)]
    assert own_photos.main([*words, "--seeds", "1"]) == 0
    assert list(own_photos.read(out)) == own_photos.COLUMNS
    judged = own_photos.read(out, "linear.csv")
    assert judged["judged"].tolist() == [len(photos.subset("val"))]
    capsys.readouterr()
    for extra, said in ((["--seeds", "0"], "--seeds must be"), (["--data", "gone"], "no such")):
        assert own_photos.main([*words, *extra]) == 2
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1


def test_the_figures_show_what_they_are_given(photos):
    network = pd.DataFrame({50: [0.8, 0.9], 500: [0.95, 0.97]})
    axis = your_own_photos.expectations(network, network - 0.1, 100).axes[0]
    assert next(iter(axis.get_legend().get_texts())).get_text() == "AlexNet"
    means = [line.get_ydata() for line in axis.lines if line.get_markersize() == 16]
    np.testing.assert_allclose(means, [[0.85, 0.96], [0.75, 0.86]])
    bars = [[bar[:, 1] for bar in drawn.lines[2][0].get_segments()] for drawn in axis.containers]
    expected = [[evaluation.wilson_interval(n, 100) for n in run]
                for run in ([80, 95], [90, 97], [70, 85], [80, 87])]  # fmt: skip
    np.testing.assert_allclose(bars, expected)
    table = own_photos.nearest_pairs(photos, 2)
    titles = [axis.get_title() for axis in your_own_photos.pairs(table).axes[:2]]
    assert titles == [f"{gap:.2f}" for gap in table["distance"]]


def test_the_cell_for_a_new_picture_takes_any_path(photos, tmp_path, capsys):
    cells = json.loads(chapters()["your_own_photos"].read_text())["cells"]
    cell = next("".join(c["source"]) for c in cells if "".join(c["source"]).startswith("new = "))
    model = SimpleNamespace(
        layers=[SimpleNamespace(activation=None)],
        predict_on_batch=lambda images: np.zeros((len(images), len(photos.classes))),
    )
    known = photos.subset("val").table["path"]
    judged = pd.DataFrame({"path": known, "prediction": 0})
    run = SimpleNamespace(model=model, predictions=judged)
    names = {"data": photos, "datasets": datasets, "evaluation": evaluation, "run": run}
    names |= {"np": np, "pd": pd, "size": 224}
    Image.new("RGB", (300, 280)).save(tmp_path / "new.jpg")
    for line in (cell.split("\n")[0], f"new = {str(tmp_path / 'new.jpg')!r}"):
        exec("\n".join([line, *cell.split("\n")[1:]]), dict(names))
        assert "50.0" in capsys.readouterr().out


def test_the_notebook_keeps_the_rules():
    assert notebook_problems(chapters()["your_own_photos"]) == []


def test_wrong_answers_get_the_hint(capsys):
    for record in exercises("your_own_photos"):
        assert check_exercise(record["id"], record["answer"])
        assert not check_exercise(record["id"], np.add(record["answer"], 1))
        assert record["hint"] in capsys.readouterr().out

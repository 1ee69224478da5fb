"""Names that are not UTF-8, links that lead nowhere: said, written and found by every command."""

import json
import os
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
import tiny
from tiers import sample
from tiny import call, picture

from helpers import __main__ as cli
from helpers import evaluation, files, training
from helpers.evaluation import inputs
from helpers.evaluation.outputs import Table

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names are text on other systems")

#: Bytes in a name, and how they are said.
NAMES = [
    (b"K\xe4se", "K\\xe4se"),
    (b"\x93\xfa\x96{", "\\x93\\xfa\\x96{"),
    (b"\\x41\xff", "\\x41\\xff"),
]


def raw(name: bytes) -> str:
    return os.fsdecode(name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two parts, each with a class and pictures whose names are Latin-1."""
    top = tiny.make_folder(tmp_path_factory.mktemp("data") / raw(b"Fr\xfcchte"), 16, 8)
    for part in ("train", "val"):
        place = top / part / raw(b"K\xe4se")
        os.rename(top / part / "red", place)
        for path in list(place.iterdir())[:2]:
            path.rename(place / raw(b"\xfc" + os.fsencode(path.name)))
    return top


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "tiny"
    made = training.train(tiny.recipe(folder, epochs=1), path, verbose=False)
    cli._tell(made)
    return made


def all_utf8(*places: Path) -> None:
    """Make sure that all texts in some folders are UTF-8 and that tables and JSON can be read."""
    for path in (path for place in places for path in place.rglob("*")):
        if path.suffix in (".csv", ".md", ".json", ".txt", ".log"):
            text = path.read_bytes().decode("utf-8")
            assert "\\udc" not in text or path.suffix == ".json"
        if path.suffix == ".csv":
            pd.read_csv(path)
        if path.suffix == ".json":
            json.loads(path.read_text("utf-8"))


def test_all_that_training_writes_is_utf8_and_is_found_again(run, folder):
    all_utf8(run.path)
    stored = pd.read_csv(run.path / "predictions.csv")
    assert stored["path"].str.contains("Fr\\xfcchte/val/K\\xe4se/\\xfc", regex=False).sum() == 2
    assert "K\\\\xe4se" in (run.path / "model_card.md").read_text("utf-8")
    assert all(map(os.path.exists, run.predictions["path"]))
    assert len(run.pictures(run.predictions)) == 8
    assert len(run.pictures(stored)) == 8  # also where the table was read by another program


def test_a_finished_run_is_found_after_its_pictures_have_moved(run, folder, tmp_path):
    there = tmp_path / raw(b"\xe9t\xe9")
    shutil.copytree(folder, there)
    copy = tmp_path / "run"
    shutil.copytree(run.path, copy)
    before = (copy / "model.keras").stat().st_mtime_ns
    training.train(tiny.recipe(there, epochs=1), copy, verbose=False)
    assert (copy / "model.keras").stat().st_mtime_ns == before
    moved = training.Run.load(copy).predictions["path"]
    assert all(map(os.path.exists, moved))
    assert moved.str.startswith(str(there)).all()
    all_utf8(copy)


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_tables_of_commands_are_utf8(run, folder, tmp_path, capsys, command):
    table = tmp_path / "t.csv"
    if command == "predict":
        assert call("predict", "--run", run.path, folder / "val", "--csv", table) == 0
    else:
        assert call("evaluate", "--run", run.path, "--data", folder / "val", "--out", table) == 0
    told = capsys.readouterr()
    assert "udc" not in told.out + told.err
    found = pd.read_csv(table)
    assert found["path"].str.contains("K\\xe4se/\\xfc", regex=False).sum() == 2
    if command == "predict":
        assert "K\\xe4se/\\xfc" in told.out
        capsys.readouterr()
        for path in found["path"]:  # a name can be typed as it was shown
            assert call("predict", "--run", run.path, path) == 0
    else:
        assert all(map(os.path.exists, evaluation.read_predictions(table)["path"]))


def test_evaluate_and_explain_write_utf8(run, folder, tmp_path, capsys):
    of = ("--run", run.path)
    assert call("evaluate", *of, "--data", folder / "val", "--out", tmp_path / "o") == 0
    wrong = run.predictions["path"].tolist()[:1] + [
        path for path in run.predictions["path"] if not path.isascii()
    ]
    assert call("explain", *of, *wrong, "--out", tmp_path / "maps") == 0
    all_utf8(tmp_path)
    gone = tmp_path / raw(b"gone\xe4.jpg")
    assert call("predict", "--run", run.path, gone, folder / "val") == 2
    told = capsys.readouterr().err
    assert "gone\\xe4.jpg cannot be read as a picture: there is no such file" in told
    assert "udc" not in told


@pytest.mark.parametrize(("name", "shown"), sample(NAMES, keep=3))
def test_a_name_as_it_is_shown_finds_the_file(tmp_path, name, shown):
    file = picture(tmp_path / raw(name) / (raw(name) + ".png"))
    assert files.shown(file) == files.utf8(str(file)) == f"{tmp_path}/{shown}/{shown}.png"
    assert inputs.find(files.utf8(str(file))).files == [file]
    assert files.as_stored(str(file)) == str(file)
    literal = picture(tmp_path / shown / f"{shown}.png")  # a name that is these codes comes first
    assert files.as_stored(str(literal)) == str(literal)
    mixed = picture(tmp_path / shown / raw(b"\xe9.png"))
    assert files.as_stored(files.utf8(str(mixed))) == str(mixed)
    gone = f"{tmp_path}/{shown}/none\\xe9.png"
    assert files.as_stored(gone) == gone
    assert files.as_stored("photos.zip/a\\xe9.png") == "photos.zip/a\\xe9.png"


def test_a_table_row_by_row_is_utf8(tmp_path):
    with Table(tmp_path / "t.csv", ["path", "prediction"]) as table:
        for name, _ in NAMES:
            table.add([raw(name), "ä\ud83d"])
    found = pd.read_csv(tmp_path / "t.csv")
    assert found["path"].tolist() == [shown for _, shown in NAMES]
    assert set(found["prediction"]) == {"ä\\ud83d"}


@pytest.mark.parametrize(("name", "shown"), NAMES[:2])
def test_what_windows_refuses_is_the_name_on_disk(tmp_path, capsys, name, shown):
    for word, start in ((raw(name), 0), ("dog", 50), ("a\\b", 100)):
        for i in range(12):
            picture(
                tmp_path / word / f"{i}.png", (start + 9 * i, 255 - start, 20 * i), (64 + i, 64)
            )
    assert call("data", tmp_path) == 0
    told = capsys.readouterr().out
    (line,) = (line for line in told.splitlines() if "Windows takes no folder" in line)
    assert f"{shown} is not written in UTF-8" in line
    assert f"{shown} holds" not in line
    assert "a\\b holds '\\\\'" in line
    assert "dog" not in line


# --- Links that lead back to themselves ------------------------------------------------------


@pytest.mark.parametrize("name", ["loop.png", pytest.param("a" * 300 + ".png", id="long")])
def test_commands_name_what_cannot_be_looked_at(run, folder, tmp_path, capsys, name):
    """Named itself or in its folder: it is one picture among others."""
    new = tmp_path / "new"
    shutil.copytree(folder / "val", new)
    (new / "blue" / "odd.png").symlink_to("odd.png" if name == "loop.png" else name)
    (new / "green").symlink_to("green")
    said = "leads back to itself" if name == "loop.png" else "too long"
    named = new / "blue" / ("odd.png" if name == "loop.png" else name)
    of = ("--run", run.path)
    for paths in ([new], [named, new / "blue" / "000.jpg", new / "blue" / "001.jpg"]):
        assert call("predict", *of, *paths, "--csv", tmp_path / "t.csv") == 2
        told = capsys.readouterr()
        assert said in told.err
        assert len(pd.read_csv(tmp_path / "t.csv")) == len(told.out.splitlines())
        assert call("explain", *of, *paths, "--out", tmp_path / "maps") == 2
        assert said in capsys.readouterr().err
    assert call("evaluate", *of, "--data", new) == 2
    assert said in capsys.readouterr().err
    assert call("evaluate", *of, "--data", new, "--skip-unreadable") == 0
    assert "looked at 8 pictures" in capsys.readouterr().out

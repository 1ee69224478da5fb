"""Checks that print the promise and not the number; exercises that tell right from wrong."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from bookfiles import chapters, read

from helpers import files
from helpers.book import exercises
from helpers.book.checks import Spread, check, check_between, check_trained
from helpers.book.records import experiment
from helpers.errors import UserError


def test_check_prints_the_promise_and_not_the_number(capsys):
    check("accuracy", 0.981, 0.97, tolerance=0.03)
    check("accuracy", 0.961, 0.97, tolerance=0.03)
    first, second = capsys.readouterr().out.splitlines()
    assert first == second == "accuracy: about 0.97"


@pytest.mark.parametrize(
    ("expected", "tolerance", "said"),
    [
        (60_965_224, 0, "60,965,224"),
        (0.0013, 5e-4, "about 0.0013"),
        (0.0013, 5e-5, "0.0013"),
        (0.00131, 5e-6, "0.00131"),
        (0.0013141, 5e-6, "equal to within 5e-06"),
        (0.1905255888, 0.01, "about 0.19"),
        (1.8, 0.05, "1.8"),
        (0, 1e-3, "at most 0.001"),
        (0, 1e-6, "at most 1e-06"),
        ([94.0, 98.4], 0.06, "about 94, 98.4"),
        ([94.0, 98.41], 0.006, "about 94, 98.41"),
        ([1.5, 2.5], 0, "1.5, 2.5"),
        ([0.2512345678, 0.5], 1e-6, "equal to within 1e-06"),
        (np.zeros((3, 3)), 0.001, "equal to within 0.001"),
        (np.zeros((3, 3)), 0, "equal in every value"),
    ],
)
def test_the_promise_has_the_digits_that_hold(capsys, expected, tolerance, said):
    check("it", expected, expected, tolerance)
    assert capsys.readouterr().out == f"it: {said}\n"


@pytest.mark.parametrize("value", [0.93, np.nan, np.inf, [0.97]])
def test_check_fails(value):
    with pytest.raises(AssertionError, match="accuracy"):
        check("accuracy", value, 0.97, tolerance=0.03)


def test_check_of_arrays_looks_at_the_worst():
    check("row", [1.0, 2.0], [1.0, 2.1], tolerance=0.11)
    with pytest.raises(AssertionError):
        check("row", [1.0, 2.0], [1.0, 2.2], tolerance=0.11)


def test_check_between():
    check_between("ratio", 5, 3, 9)
    with pytest.raises(AssertionError, match="ratio"):
        check_between("ratio", float("nan"), 3, 9)


def test_what_a_shorter_training_reaches_is_shown_and_not_judged(monkeypatch, capsys):
    monkeypatch.setenv("ALEXNET_PROFILE", "quick")
    monkeypatch.delenv("ALEXNET_EPOCHS", raising=False)
    with pytest.raises(AssertionError, match="share right"):
        check_trained("share right", 0.5, 0.9, 1)
    check_trained("share right", 0.95, 0.9, 1)
    monkeypatch.setenv("ALEXNET_EPOCHS", "1")
    check_trained("share right", 0.5, 0.9, 1)
    monkeypatch.delenv("ALEXNET_EPOCHS")
    monkeypatch.setenv("ALEXNET_PROFILE", "full")
    check_trained("share right", 0.5, 0.9, 1)
    judged, capped, full = capsys.readouterr().out.splitlines()
    assert judged == "share right: 0.9 to 1"
    assert capped == full == "share right: 0.5 (in the quick profile 0.9 to 1)"


@pytest.fixture
def seeds(tmp_path, monkeypatch):
    record = replace(experiment("spread").RECORD, folder=tmp_path)
    rows = {"chapter": "dropout", "seed": [0, 1, 2], "name": "gain", "value": [10.0, 11.0, 12.0]}
    record.append(pd.DataFrame(rows))
    monkeypatch.setattr(experiment("spread"), "RECORD", record)
    monkeypatch.setenv("ALEXNET_PROFILE", "quick")
    monkeypatch.delenv("ALEXNET_EPOCHS", raising=False)


def test_limits_come_from_other_seeds(seeds, capsys):
    spread = Spread("dropout")  # a mean of 11, a deviation of 1: t is 22.3, and 25.8 is the reach
    spread.check("gain", -14.7)
    spread.check("gain", 36.7)
    assert set(capsys.readouterr().out.splitlines()) == {"gain: 10 to 12 (3 seeds)"}
    for value in (-14.9, 36.9, np.nan):
        with pytest.raises(AssertionError, match="gain"):
            spread.check("gain", value)
    with pytest.raises(UserError, match="no two seeds of 'loss' in dropout"):
        spread.check("loss", 11)


def test_where_trainings_are_cut_short_nothing_is_asserted(seeds, monkeypatch, capsys):
    monkeypatch.setenv("ALEXNET_EPOCHS", "1")
    Spread("dropout").check("gain", 99)
    assert capsys.readouterr().out == "gain: 99\n"


def test_what_is_checked_is_written_down_while_it_is_recorded(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ALEXNET_SPREAD", f"3:{tmp_path / 'values'}")
    spread = Spread("dropout")
    spread.check("gain", np.float32(0.5))
    spread.check("loss", 2)
    lines = (tmp_path / "values").read_text(encoding="utf-8").splitlines()
    assert (spread.seed, capsys.readouterr().out) == (3, "")
    assert [json.loads(line)["value"] for line in lines] == [0.5, 2]


def test_each_seed_recorded_the_same_checks():
    table = experiment("spread").RECORD.read()
    for chapter, path in chapters().items():
        if f'Spread("{chapter}")' in path.read_text(encoding="utf-8").replace("\\", ""):
            rows = table[table["chapter"] == chapter]
            assert rows["seed"].nunique() >= 3, chapter
            assert rows.groupby("name")["seed"].nunique().nunique() == 1, chapter


@pytest.fixture
def answers(tmp_path, monkeypatch):
    folder = tmp_path / "book" / "exercises"
    folder.mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "05_counting.ipynb").write_text("{}")
    (tmp_path / "notebooks" / "06_nothing_to_solve.ipynb").write_text("{}")
    folder.joinpath("counting.yml").write_text(
        "- {number: 1, answer: 55, hint: count}\n"
        "- {number: 2, answer: [0.5, 1.0], tolerance: 0.01, hint: halve}\n"
        "- {number: 3, answer: conv1, hint: first}\n"
    )
    monkeypatch.setattr(files, "root", lambda: tmp_path)


@pytest.mark.parametrize(
    ("number", "answer", "right"),
    [
        ("5.1", 55, True),
        ("5.1", 54, False),
        ("5.1", "many", False),
        ("5.2", [0.505, 1.0], True),
        ("5.2", [0.52, 1.0], False),
        ("5.2", 0.5, False),
        ("5.3", " Conv1", True),
        ("5.3", "conv2", False),
    ],
)
def test_exercises_are_judged(answers, capsys, number, answer, right):
    assert exercises.check_exercise(number, answer) is right
    said = capsys.readouterr().out
    assert ("right." in said) is right
    assert ("Hint:" in said) is not right


@pytest.mark.parametrize("number", ["5.9", "6.1", "7.1", "five"])
def test_unknown_exercises_are_named(answers, number):
    with pytest.raises(UserError):
        exercises.check_exercise(number, 1)


def test_an_exercise_has_the_number_of_its_chapter_s_file(answers, tmp_path, capsys):
    notebook = tmp_path / "notebooks" / "05_counting.ipynb"
    notebook.rename(notebook.with_name("07_counting.ipynb"))
    assert exercises.check_exercise("7.1", 55)
    assert capsys.readouterr().out == "Exercise 7.1: right.\n"
    assert [record["id"] for record in exercises.exercises("counting")] == ["7.1", "7.2", "7.3"]


@pytest.mark.parametrize("slug", ["nothing_to_solve", "no_such_chapter", "05"])
def test_a_chapter_without_exercises_is_named(answers, slug):
    with pytest.raises(UserError, match=slug):
        exercises.exercises(slug)


def spoilt(answer):
    """Return an answer of the same kind that is not right, three per cent off."""
    if isinstance(answer, bool | str):
        return not answer
    return np.asarray(answer, float) * 1.03 + 0.001


@pytest.mark.parametrize("slug", chapters())
def test_every_chapter_solves_each_exercise_once_and_tells_right_from_wrong(slug, capsys):
    cells = read(chapters()[slug]).cells
    solved = "".join(cell.source for cell in cells if "solution" in cell.metadata.get("tags", []))
    for record in exercises.exercises(slug):
        assert solved.count(f'assert check_exercise("{record["id"]}"') == 1
        assert exercises.check_exercise(record["id"], record["answer"])
        assert not exercises.check_exercise(record["id"], spoilt(record["answer"]))
        assert record["hint"] in capsys.readouterr().out

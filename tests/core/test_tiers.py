"""The tiers hold: nothing trains in the quick tests, and no test works longer than it may."""

import ast
import importlib.util
import math
import re
import sys
from pathlib import Path

import pytest
from bookfiles import ROOT, notebooks
from tiers import FIRST, LOCKED, LONGEST, NEEDS, longest, order, quick, sample

#: How a test trains a network.
TRAINS = re.compile(r"\btraining\.train\(|\bload_or_train\(|\btrain\(tiny|\"train\", \"--data\"")


def trainings(path: Path) -> list[str]:
    """Return the functions of a test file that train and bear no mark of a later tier."""
    text = path.read_text(encoding="utf-8")
    found = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef))
    return [
        node.name
        for node in found
        if TRAINS.search(ast.get_source_segment(text, node))
        and not {ast.unparse(one) for one in node.decorator_list}
        & {"pytest.mark.slow", "pytest.mark.thorough"}
    ]


def test_nothing_trains_in_the_quick_tests():
    assert {path.name: named for path in quick() if (named := trainings(path))} == {}


def test_a_training_that_bears_no_mark_is_noticed(tmp_path):
    path, trains = tmp_path / "test_a.py", "training" + ".train(1)"
    marked = f"@pytest.mark.slow\ndef test_b():\n    {trains}\n"
    path.write_text(f"def test_a():\n    {trains}\n\n\n{marked}")
    assert trainings(path) == ["test_a"]


def test_every_file_that_the_quick_tests_leave_out_is_there():
    """A file that was renamed would come back into the quick tests unnoticed."""
    for name in [*" ".join(NEEDS.values()).split(), *(name[5:] for name in LOCKED)]:
        assert list((ROOT / "tests").rglob(f"test_{name}.py")), name
    files = [*(ROOT / "tests").rglob("test_*.py"), *notebooks()]
    assert {order(path) for path in files} == set(range(len(FIRST) + 1))


@pytest.mark.parametrize(
    ("marks", "seconds"),
    [
        ([], LONGEST["quick"]),
        (["parametrize", "skipif"], LONGEST["quick"]),
        (["slow"], LONGEST["test"]),
        (["browser", "parametrize"], LONGEST["test"]),
        (["slow", "thorough"], math.inf),
    ],
)
def test_each_tier_has_its_limit(marks, seconds):
    assert longest(marks) == seconds


def test_a_test_that_works_too_long_fails(request, monkeypatch):
    """The hook around this very test is asked, with a limit that anything exceeds."""
    monkeypatch.setitem(LONGEST, "quick", -1)
    ours = request.config.pluginmanager.get_plugin(str(ROOT / "tests" / "conftest.py"))
    around = ours.pytest_runtest_call(request.node)
    next(around)
    with pytest.raises(pytest.fail.Exception, match=r"It worked for 0 s, and -1 s are allowed"):
        around.send(None)


def test_the_later_cases_of_a_sample_are_thorough():
    first, *others = sample([(1, 2), "b", "c"])
    assert first == (1, 2)
    assert [case.values for case in others] == [("b",), ("c",)]
    assert {mark.name for case in others for mark in case.marks} == {"thorough"}


@pytest.fixture
def runner():
    """Load scripts/test_all.py, which pytest would take for tests were it imported by name here."""
    spec = importlib.util.spec_from_file_location("stages", ROOT / "scripts" / "test_all.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["stages"] = module
    spec.loader.exec_module(module)
    return module


def test_a_stage_that_would_end_too_late_is_not_begun_and_named(runner, monkeypatch, capsys):
    takes = {"a": (0, 20.0), "b": (0, 30.0), "c": (0, 1.0)}
    stages = [
        runner.Stage(name, (name,), usual) for name, usual in (("a", 10), ("b", 15), ("c", 2))
    ]
    monkeypatch.setattr(runner, "STAGES", stages)
    monkeypatch.setattr(runner, "run", lambda stage: takes[stage.name])
    assert runner.main(["--minutes", "49"]) == 0  # a took twice its minutes: b would end at 50
    told = capsys.readouterr().out
    assert "b: NOT BEGUN, it would not end within 49 min" in told
    assert "1.0 min  c: passed" in told
    assert runner.main([]) == 0
    assert "NOT BEGUN" not in capsys.readouterr().out


def test_a_stage_that_fails_fails_the_whole_and_stops_nothing(runner, monkeypatch, capsys):
    stages = [runner.Stage(name, (name,), 1) for name in ("a", "b")]
    monkeypatch.setattr(runner, "STAGES", stages)
    monkeypatch.setattr(runner, "run", lambda stage: (int(stage.name == "a"), 1.0))
    assert runner.main(["--minutes", "9"]) == 1
    told = capsys.readouterr().out
    assert "a: failed" in told
    assert "b: passed" in told

"""Files appear whole or not at all, and lie where the environment says."""

import pytest

from helpers import files


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "run" / "history.csv"
    files.write_atomic(target, lambda p: p.write_text("old"))

    def fail(path):
        path.write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        files.write_atomic(target, fail)
    assert target.read_text() == "old"
    assert [p.name for p in target.parent.iterdir()] == ["history.csv"]


def test_home_follows_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path / "new"))
    assert files.home() == tmp_path / "new"
    assert files.home().is_dir()

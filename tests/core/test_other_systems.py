"""Other systems, emulated: Windows' rules, file systems without locks, read-only places.

What a test replaces is the operating system's own function, never ours.
"""

import errno
import fcntl
import importlib
import os
import stat
from pathlib import Path

import pytest

from helpers import __main__ as cli
from helpers import environment, files
from helpers.errors import UserError
from helpers.training import run_files


def write(path: Path, text: str = "new") -> Path:
    return files.write_atomic(path, lambda temporary: temporary.write_text(text))


# --------------------------------------------------------------------- files, whole or not at all


def test_windows_flushes_only_what_is_open_for_writing(tmp_path, monkeypatch):
    flushed = []

    def windows(descriptor):
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, "Bad file descriptor")
        flushed.append(descriptor)

    monkeypatch.setattr(os, "fsync", windows)
    assert write(tmp_path / "a.txt").read_text() == "new"
    assert flushed


def test_a_file_system_that_refuses_chmod_is_no_obstacle(tmp_path, monkeypatch):
    def refuse(*arguments, **named):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    for name in ("chmod", "fchmod"):
        monkeypatch.setattr(os, name, refuse)
    assert write(tmp_path / "a.txt").read_text() == "new"
    with files.whole_folder(tmp_path / "made") as beside:
        write(beside / "b.txt")
    assert (tmp_path / "made" / "b.txt").exists()


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_files_and_folders_get_the_permissions_that_the_user_s_umask_says(tmp_path, mask):
    before = os.umask(mask)
    try:
        write(tmp_path / "a.txt")
        write(tmp_path / "a.txt")  # replaced, too
        with files.whole_folder(tmp_path / "made"):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o666 & ~mask
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o777 & ~mask


@pytest.mark.parametrize("refusals", [1, 3, 1000])
def test_a_target_that_is_open_elsewhere_is_waited_for_and_then_named(
    tmp_path, monkeypatch, refusals
):
    write(tmp_path / "a.csv", "old")
    replace, calls = os.replace, []
    monkeypatch.setattr("time.sleep", lambda seconds: None)

    def windows(source, target):
        calls.append(target)
        if len(calls) <= refusals:
            raise PermissionError(errno.EACCES, "Access is denied")
        replace(source, target)

    monkeypatch.setattr(os, "replace", windows)
    if refusals < 1000:
        assert write(tmp_path / "a.csv").read_text() == "new"
    else:
        with pytest.raises(UserError, match=r"a\.csv cannot be replaced .* close the program"):
            write(tmp_path / "a.csv")
        assert (tmp_path / "a.csv").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_folder_moves_onto_an_empty_one_as_windows_wants_it(tmp_path, monkeypatch):
    rename = os.rename

    def windows(source, target):
        if Path(target).exists():
            raise FileExistsError(errno.EEXIST, "Cannot create a file when it already exists")
        rename(source, target)

    for name in ("rename", "replace"):
        monkeypatch.setattr(os, name, windows)
    from helpers.datasets.drawn import files as drawn

    (tmp_path / "there").mkdir()
    drawn.make(tmp_path / "there", train=2, val=2)
    assert len(list((tmp_path / "there").rglob("*.JPEG"))) == 4


def test_a_place_that_is_read_only_is_one_sentence(tmp_path, monkeypatch):
    opened = os.open

    def refuse(path, flags, *others, **named):
        if flags & os.O_CREAT:
            raise OSError(errno.EROFS, "Read-only file system")
        return opened(path, flags, *others, **named)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UserError, match=rf"{tmp_path} cannot be written to \(Read-only"):
        write(tmp_path / "a.txt")


# --------------------------------------------------------------------- what went wrong, and where


def test_the_traceback_of_a_failure_is_kept_and_named(tmp_path, monkeypatch, capsys):
    def broken():
        raise RuntimeError("the sky fell\nin pieces")

    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path))
    monkeypatch.setattr("helpers.architectures.names", broken)
    assert cli.main(["shapes"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("failed: RuntimeError: the sky fell (")
    assert told.count("\n") == 1
    log = Path(told.strip().rstrip(")").rsplit(": ", 1)[1])
    assert log.parent == tmp_path / "logs"
    assert "in pieces" in log.read_text()
    assert "in broken" in log.read_text()


def test_the_log_lies_in_the_run_s_folder_where_one_is_named(tmp_path, monkeypatch, capsys):
    def broken(folder):
        raise RuntimeError("no")

    for name in run_files.OWN_FILES:
        (tmp_path / name).write_text("{}")
    monkeypatch.setattr("helpers.training.runs.Run.load", broken)
    assert cli.main(["evaluate", "--run", str(tmp_path)]) == 1
    assert [path.suffix for path in tmp_path.glob("failed-*")] == [".log"]
    assert str(tmp_path / "failed-") in capsys.readouterr().err


def test_a_failure_is_told_also_where_no_log_can_be_written(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path / "file" / "below"))
    monkeypatch.setattr("helpers.architectures.names", lambda: 1 / 0)
    assert cli.main(["shapes"]) == 1
    assert capsys.readouterr().err == "failed: ZeroDivisionError: division by zero\n"


@pytest.mark.parametrize("missing", ["tensorflow", "tensorflow keras"])
def test_the_banner_needs_no_package_of_the_name_tensorflow(missing, monkeypatch, capsys):
    """As with tensorflow-cpu, tf-nightly, or a machine with JAX alone."""
    metadata = importlib.import_module("importlib.metadata")
    version = metadata.version

    def found(name):
        if name in missing.split():
            raise metadata.PackageNotFoundError(name)
        return version(name)

    environment.banner("1 s")
    before = capsys.readouterr().out
    monkeypatch.setattr(metadata, "version", found)
    environment.banner("1 s")
    assert capsys.readouterr().out == before

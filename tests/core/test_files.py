"""Files appear whole or not at all, and lie where the environment says."""

import errno
import os

import pytest

from helpers import files
from helpers.errors import UserError


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


# --------------------------------------------------------------------- places that are of no use


def below_a_file(top):
    (top / "file").write_text("no folder")
    return top / "file"


#: A place where no folder can be made, and what the system or the book says of it.
OF_NO_USE = {
    "file": (below_a_file, "a file is in its place"),
    "below a file": (lambda top: below_a_file(top) / "home", "a file is in its place"),
    "too long": (lambda top: top / ("a" * 300), "too long"),
}


@pytest.mark.parametrize("below", ["", "archives/photos-1234", "contents"])
@pytest.mark.parametrize("kind", OF_NO_USE)
def test_the_variable_is_named_where_home_is_of_no_use(tmp_path, monkeypatch, kind, below):
    make, why = OF_NO_USE[kind]
    place = make(tmp_path)
    monkeypatch.setenv("ALEXNET_HOME", str(place))
    with pytest.raises(UserError) as told:
        files.write_atomic(place / below / "x.txt", lambda path: path.write_text("1"))
    assert why in str(told.value)
    assert "with the variable ALEXNET_HOME" in str(told.value)
    with pytest.raises(UserError, match="with the variable ALEXNET_HOME"):
        files.home()
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path / "other"))
    with pytest.raises(UserError, match="choose another folder"):
        files.write_atomic(place / below / "x.txt", lambda path: path.write_text("1"))


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_home_that_may_not_be_written_to_is_named_by_its_variable(tmp_path, monkeypatch, number):
    link = tmp_path / "link"
    (tmp_path / "home" / "archives").mkdir(parents=True)
    link.symlink_to(tmp_path / "home", target_is_directory=True)
    monkeypatch.setenv("ALEXNET_HOME", str(link))

    def refused(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "mkdir", refused)
    for top in (link, files.home()):  # as it is named, and where it leads
        with (
            pytest.raises(UserError, match="name another folder with the variable ALEXNET_HOME"),
            files.whole_folder(top / "archives" / "photos-1234"),
        ):
            pass
    with (
        pytest.raises(UserError, match="choose another folder"),
        files.whole_folder(tmp_path / "runs"),
    ):
        pass


def test_a_full_disk_names_the_variable_too(tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path / "home"))
    for folder, remedy in ((files.home(), "variable ALEXNET_HOME"), (tmp_path, "choose another")):
        with pytest.raises(UserError, match=f"make room or .*{remedy}"):
            files.check_room(10**18, folder, "photos.zip")

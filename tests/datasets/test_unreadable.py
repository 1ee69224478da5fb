"""Files and links that the system refuses to look at: named, and left out where that is wanted."""

import errno
import os
import sys
from pathlib import Path

import pytest
from test_folders import fill, refused, said
from tiny import call

from helpers import datasets, files
from helpers.datasets import archives, contents, tree
from helpers.evaluation import inputs
from helpers.training import seen

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links take rights on Windows")

LEADS_BACK = "it is a link that leads back to itself"
TOO_LONG = "too long"


def _loop(place: Path) -> None:
    place.symlink_to(place.name)


def _loop_of_two(place: Path) -> None:
    place.symlink_to(f"{place.name}.other")
    place.with_name(f"{place.name}.other").symlink_to(place.name)


def _long(place: Path) -> None:
    place.symlink_to("a" * 300)


def _dangling(place: Path) -> None:
    place.symlink_to("nowhere")


#: What a link is like, and what is said of it.
LINKS = {
    "loop": (_loop, LEADS_BACK),
    "loop of two": (_loop_of_two, LEADS_BACK),
    "long": (_long, TOO_LONG),
    "dangling": (_dangling, "there is no such file"),
}


@pytest.mark.parametrize("ending", [".jpg", ".PNG", ".heic"])
@pytest.mark.parametrize("kind", LINKS)
def test_a_link_that_cannot_be_followed_is_named_and_left_out(tmp_path, capsys, kind, ending):
    make, why = LINKS[kind]
    fill(tmp_path)
    make(tmp_path / "cat" / f"odd{ending}")
    told = refused(tmp_path, capsys)
    assert "1 file(s) to mend or remove" in told
    assert f"odd{ending}" in told
    assert why in told
    told = said(tmp_path, capsys, "--skip-unreadable")
    assert "24 pictures, 2 classes" in told
    assert f"odd{ending} cannot be read as a picture" in told
    assert why in told
    assert [path.name for path in tree.pictures_in(tmp_path / "cat")][-1] == f"odd{ending}"


@pytest.mark.parametrize("kind", LINKS)
def test_such_a_link_among_the_class_folders_is_named(tmp_path, capsys, kind):
    fill(tmp_path)
    LINKS[kind][0](tmp_path / "bird")
    for options in ((), ("--skip-unreadable",)):
        told = said(tmp_path, capsys, *options)
        assert "24 pictures, 2 classes" in told
        assert "bird, a link that leads nowhere" in told


@pytest.mark.parametrize("name", ["a" * 300 + ".jpg", "loop.jpg", "gone.jpg"])
def test_a_named_file_that_cannot_be_looked_at_is_a_file(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    _loop(Path("loop.jpg"))
    assert inputs.find([name]).files == [Path(name)]
    assert not archives.is_archive(name)
    assert not archives.is_archive(f"{name[:-4]}.zip")
    assert files.source_folder(name) is None
    assert call("data", name) == 2


#: What a drive says that has failed, has been taken away, or is a cloud that does not answer.
SAYS = [errno.EIO, errno.ENXIO, errno.ESTALE, errno.EACCES, errno.ETIMEDOUT, errno.ENODEV]


class Entry:
    """An entry of a folder of which the drive says no more than the name."""

    def __init__(self, entry: os.DirEntry, error: OSError) -> None:
        self.name, self.path, self.error = entry.name, entry.path, error

    def is_dir(self) -> bool:
        raise self.error

    def is_symlink(self) -> bool:
        return False


def failing(monkeypatch, name: str, number: int) -> None:
    """Let everything that is asked about the place of this name fail."""
    error = OSError(number, os.strerror(number))
    scandir, stat = os.scandir, os.stat

    class Entries(list):
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    def listed(folder="."):
        with scandir(folder) as found:
            return Entries(Entry(one, error) if one.name == name else one for one in found)

    def looked_at(path, *words, **options):
        if not isinstance(path, int) and os.path.basename(os.fspath(path)) == name:
            raise error
        return stat(path, *words, **options)

    monkeypatch.setattr(os, "scandir", listed)
    monkeypatch.setattr(os, "stat", looked_at)


@pytest.mark.parametrize("number", SAYS)
def test_a_drive_that_does_not_answer_for_one_picture(tmp_path, capsys, monkeypatch, number):
    fill(tmp_path)
    failing(monkeypatch, "cat003.jpg", number)
    told = refused(tmp_path, capsys)
    assert f"cat003.jpg cannot be read as a picture: {os.strerror(number)}" in told
    told = said(tmp_path, capsys, "--skip-unreadable")
    assert "23 pictures, 2 classes" in told
    assert "cat003.jpg cannot be read" in told
    data = datasets.load(tmp_path, skip_unreadable=True)
    assert len(data.digests()) == 23
    assert contents.digests([]) == []


@pytest.mark.parametrize("number", SAYS)
def test_a_drive_that_does_not_answer_for_a_class(tmp_path, capsys, monkeypatch, number):
    """A class cannot be left out without a word: the network would not know it."""
    fill(tmp_path, ("cat", "dog", "ape"))
    failing(monkeypatch, "ape", number)
    for options in ((), ("--skip-unreadable",)):
        told = refused(tmp_path, capsys, *options)
        assert f"{tmp_path / 'ape'} cannot be read: {os.strerror(number)}; check that" in told


def test_sizes_of_files_that_cannot_be_looked_at_do_not_matter(tmp_path):
    _loop(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").write_bytes(b"12")
    assert [seen.size(tmp_path / f"{name}.jpg") for name in "abc"] == [0, 2, 0]

"""What archives say of their members: names in unknown letters, names used twice, links."""

import io
import itertools
import posixpath
import struct
import tarfile
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from test_archives import counted, jpeg, own_home, photos, refused, tarred, zipped  # noqa: F401
from tiers import sample

from helpers import datasets
from helpers.__main__ import main
from helpers.datasets import archives, members

GUESS = "does not say how its names are written"


def zipped_bytes(path: Path, files: dict[bytes, bytes], extra=lambda name: b"") -> Path:
    """Write a zip whose names are these bytes, without the mark of UTF-8."""
    with zipfile.ZipFile(path, "w") as file:
        for i, (name, content) in enumerate(files.items()):
            info = zipfile.ZipInfo(f"N{i:0{len(name) - 2}d}M")
            info.extra = extra(name)
            file.writestr(info, content)
    data = path.read_bytes()
    for i, name in enumerate(files):
        data = data.replace(b"N%0*dM" % (len(name) - 2, i), name)
    path.write_bytes(data)
    return path


def tarred_bytes(path: Path, files: dict[bytes, bytes]) -> Path:
    named = {name.decode("utf-8", "surrogateescape"): data for name, data in files.items()}
    return tarred(path, named, format=tarfile.GNU_FORMAT)


def in_letters(*names: str, letters: str) -> dict[bytes, bytes]:
    made = {f"{'a' * 30}/{k}": v for k, v in photos(classes=names).items()}
    return {name.encode(letters): content for name, content in made.items()}


WORDS = [
    ("cp932", "日本", "自転車"),
    ("cp936", "自行车", "轮船"),
    ("cp949", "자전거", "배"),
    ("cp1251", "велосипед", "корабль"),
    ("latin-1", "Käse", "Brot"),
    ("cp850", "Fähre", "Äpfel"),
]


@pytest.mark.parametrize("make", [zipped_bytes, tarred_bytes])
@pytest.mark.parametrize(("letters", "one", "other"), sample(WORDS, keep=2))
def test_names_in_unknown_letters_are_said_to_be_a_guess(
    tmp_path, capsys, make, letters, one, other
):
    files = in_letters(one, other, "plain", letters=letters)
    ending = "zip" if make is zipped_bytes else "tar"
    archive = make(tmp_path / f"p.{ending}", files)
    for _ in range(2):  # the second time it has been unpacked already
        told = counted(archive, capsys)
        assert "18 pictures, 3 classes" in told
        (line,) = (line for line in told.splitlines() if GUESS in line)
        count = sum(not name.isascii() for name in files)
        called = members.DOS if ending == "zip" else members.WESTERN
        assert f"p.{ending} {GUESS}: {count} of them were read as {called}, such as a" in line
        assert "in plain letters (a to z)" in line
        assert "UTF-8, such as 7-Zip" in line


@pytest.mark.parametrize("letters", ["utf-8", "ascii"])
@pytest.mark.parametrize("make", [zipped_bytes, tarred_bytes])
def test_names_in_utf8_are_no_guess(tmp_path, capsys, make, letters):
    names = ("cat", "dog") if letters == "ascii" else ("Fähre", "自転車")
    ending = "zip" if make is zipped_bytes else "tar"
    told = counted(make(tmp_path / f"p.{ending}", in_letters(*names, letters=letters)), capsys)
    assert GUESS not in told
    assert all(name in told for name in names)


def test_a_second_name_in_utf8_is_taken(tmp_path, capsys):
    """As WinRAR and Info-ZIP write it, beside the one in the letters of the system."""

    def field(name: bytes) -> bytes:
        data = struct.pack("<BL", 1, zlib.crc32(name)) + name.decode("cp932").encode()
        return struct.pack("<HH", members.UNICODE_NAME, len(data)) + data

    files = in_letters("日本", "自転車", letters="cp932")
    told = counted(zipped_bytes(tmp_path / "p.zip", files, field), capsys)
    assert "日本: " in told
    assert GUESS not in told
    wrong = zipped_bytes(tmp_path / "q.zip", files, lambda name: field(name)[:-1] + b"x")
    assert main(["data", str(wrong)]) in (0, 2)  # of no use, and no traceback


def test_what_was_unpacked_before_notes_were_kept_is_noted_too(tmp_path, capsys):
    archive = zipped_bytes(tmp_path / "p.zip", in_letters("日本", "cat", letters="cp932"))
    first = counted(archive, capsys)
    (note,) = (tmp_path / "home" / "archives").glob(f"*/{archives.NOTES}")
    for broken in ("", "{}", "[1"):
        note.write_text(broken)
        assert counted(archive, capsys) == first
    note.unlink()
    assert counted(archive, capsys) == first
    assert GUESS in first


# --- Names used twice --------------------------------------------------------------------------


def written_twice(path: Path, files: list[tuple[str, bytes]]) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # two of one name, as wanted
            for name, data in files:
                file.writestr(name, data)
        return path
    with tarfile.open(path, "w") as file:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("ending", ["zip", "tar"])
def test_a_name_used_twice_is_said(tmp_path, capsys, ending, seed):
    rng = np.random.default_rng(seed)
    names = list(photos())
    again = [names[i] for i in rng.choice(len(names), 3, replace=False)][: seed + 1]
    same = [(name, photos()[name]) for name in names if name not in again][:2]
    other = [(name, jpeg(100 + i)) for i, name in enumerate(again)]
    files = [*photos().items(), *same, *other]
    archive = written_twice(tmp_path / f"p.{ending}", files)
    stem, dot = again[0][:-4], again[0][-4:]
    more = "1 file" if len(again) == 1 else f"{len(again)} files"
    sentence = (
        f"p.{ending} holds {more} under a name that it uses before, with other contents: all are "
        f"read, as {again[0]} and {stem} (2){dot} are\n"
    )
    for _ in range(2):
        assert sentence in counted(archive, capsys)
    none = written_twice(tmp_path / f"q.{ending}", [*photos().items(), *same])
    assert "uses before" not in counted(none, capsys)


# --- Links -------------------------------------------------------------------------------------


def linked(path: Path, files: dict[str, bytes], links: dict[str, str], hard=()) -> Path:
    """Write an archive with symbolic links (``hard``: hard ones), these first where it can."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as file:
            for name, target in links.items():
                info = zipfile.ZipInfo(name)
                info.external_attr, info.create_system = 0o120777 << 16, 3
                file.writestr(info, target)
            for name, data in files.items():
                file.writestr(name, data)
        return path
    with tarfile.open(path, "w:gz" if path.suffix == ".tgz" else "w") as file:
        for name, target in links.items():
            info = tarfile.TarInfo(name)
            info.type = tarfile.LNKTYPE if name in hard else tarfile.SYMTYPE
            info.linkname = target
            file.addfile(info)
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("ending", ["zip", "tar", "tgz"])
def test_links_to_members_are_copies(tmp_path, ending, seed):
    """Symbolic and hard, over other links, to hidden files, upwards: as a folder would be read."""
    rng = np.random.default_rng(seed)
    files = photos("p") | {"p/.store/x.jpg": jpeg(90)}
    wanted, links, hard = dict(photos("p")), {}, set()
    reach = dict(files)
    for i in range(12):
        name = f"p/{('cat', 'dog')[i % 2]}/link{i}.jpg"
        target = str(rng.choice(sorted(reach)))
        if ending != "zip" and rng.random() < 0.4:
            hard.add(name)
            links[name] = target
        else:
            links[name] = posixpath.relpath(target, posixpath.dirname(name))
        wanted[name] = reach[name] = reach[target]
    archive = linked(tmp_path / f"p.{ending}", files, links, hard)
    folder = archives.unpacked(archive).parent
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.jpg")
    }
    assert found == wanted
    assert not any(path.is_symlink() for path in folder.rglob("*"))
    assert len(datasets.load(archive)) == len(wanted)


REFUSED = {
    "/etc/passwd": "that leads out of the archive, to '/etc/passwd'",
    "../../x.jpg": "that leads out of the archive, to '../x.jpg'",
    "none.jpg": "to 'cat/none.jpg', which is not in the archive",
    "../dog": "to a folder, 'dog'",
    "..": "to a folder, '.'",
    "1.jpg": "that leads back to itself",
    "2.jpg": "that leads back to itself",
}


@pytest.mark.parametrize("target", REFUSED)
@pytest.mark.parametrize("ending", ["zip", "tar"])
def test_other_links_are_refused_with_the_remedy(tmp_path, capsys, ending, target):
    links = {"cat/1.jpg": target, "cat/2.jpg": "3.jpg", "cat/3.jpg": "1.jpg"}
    archive = linked(tmp_path / f"p.{ending}", photos(), links)
    said = refused(archive, capsys)
    assert f"'cat/1.jpg' is a link {REFUSED[target]}; nothing was unpacked" in said
    assert "tar with -h and --hard-dereference, zip without -y" in said


@pytest.mark.parametrize("ending", ["zip", "tar"])
def test_hidden_links_are_left_out_as_hidden_files_are(tmp_path, capsys, ending):
    links = {".env/bin/python": "/usr/bin/python3", "__MACOSX/x": "nowhere", "cat/._a": ".."}
    archive = linked(tmp_path / f"p.{ending}", photos(), links)
    assert "12 pictures, 2 classes" in counted(archive, capsys)


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_are_refused(tmp_path, capsys, kind):
    with tarfile.open(tmp_path / "p.tar", "w") as file:
        info = tarfile.TarInfo("cat/1.jpg")
        info.type = kind
        file.addfile(info)
    assert "'cat/1.jpg' is a device, not a file" in refused(tmp_path / "p.tar", capsys)


@pytest.mark.parametrize("ending", ["zip", "tar"])
def test_every_copy_takes_room(tmp_path, capsys, monkeypatch, ending):
    """A small archive of many links to one large file fills a disk all the same."""
    files = photos() | {"cat/large.bmp": bytes(1_000_000)}
    links = {f"dog/{i}.bmp": "../cat/large.bmp" for i in range(50)}
    archive = linked(tmp_path / f"p.{ending}", files, links)
    usage = itertools.repeat(20_000_000 + 200_000_000)
    monkeypatch.setattr(
        "helpers.files.shutil.disk_usage", lambda _: type("Usage", (), {"free": next(usage)})
    )
    assert "make room" in refused(archive, capsys)


def test_links_without_end_are_refused(tmp_path, capsys, monkeypatch):
    assert members.MOST_LINKS == archives.MOST_MEMBERS
    monkeypatch.setattr(members, "MOST_LINKS", 20)
    links = {f"dog/{i}.jpg": "../cat/cat0.jpg" for i in range(21)}
    for ending in ("zip", "tar"):
        archive = linked(tmp_path / f"p.{ending}", photos(), links)
        assert "more than 20 links" in refused(archive, capsys)

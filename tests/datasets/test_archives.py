"""Photographs out of zip and tar files, as every system makes them, and as they break."""

import bz2
import errno
import gzip
import io
import itertools
import lzma
import random
import re
import shutil
import tarfile
import warnings
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import tiny
from PIL import Image

from helpers import datasets, files
from helpers.__main__ import main
from helpers.datasets import archives
from helpers.errors import UserError
from helpers.evaluation import inputs


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("ALEXNET_HOME", str(tmp_path / "home"))


def jpeg(number: int) -> bytes:
    file = io.BytesIO()
    colour = (37 * number % 256, 91 * number % 256, 150)
    Image.new("RGB", (40, 30), colour).save(file, "JPEG")
    return file.getvalue()


def photos(*above: str, classes=("cat", "dog"), count: int = 6) -> dict[str, bytes]:
    number = itertools.count()
    return {
        "/".join([*above, name, f"{name}{i}.jpg"]): jpeg(next(number))
        for name in classes
        for i in range(count)
    }


def zipped(path: Path, members: dict[str, bytes], how=zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as file:
        for name, content in members.items():
            info = zipfile.ZipInfo("x")
            info.filename, info.compress_type = name, how
            file.writestr(info, content)
    return path


def tarred(path: Path, members: dict[str, bytes], how: str = "", **options) -> Path:
    with tarfile.open(path, f"w:{how}", **options) as file:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return path


def counted(archive: Path, capsys) -> str:
    capsys.readouterr()
    assert main(["data", str(archive)]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def refused(archive: Path, capsys) -> str:
    capsys.readouterr()
    assert main(["data", str(archive)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert archive.name in said
    left = archive.parent / "home" / "archives"
    assert not left.exists() or not list(left.iterdir())
    return said


MADE = {
    "p.zip": lambda path: zipped(path, photos()),
    "P.ZIP": lambda path: zipped(path, photos("my photos")),
    "stored.zip": lambda path: zipped(path, photos(), zipfile.ZIP_STORED),
    "bz.zip": lambda path: zipped(path, photos(), zipfile.ZIP_BZIP2),
    "lzma.Zip": lambda path: zipped(path, photos(), zipfile.ZIP_LZMA),
    "p.tar": lambda path: tarred(path, photos("all")),
    "p.TAR": lambda path: tarred(path, photos()),
    "p.tar.gz": lambda path: tarred(path, photos("a", "b"), "gz"),
    "p.tgz": lambda path: tarred(path, photos(), "gz"),
    "p.TGZ": lambda path: tarred(path, photos(), "gz"),
    "p.tar.bz2": lambda path: tarred(path, photos(), "bz2"),
    "p.tar.xz": lambda path: tarred(path, photos(), "xz"),
    "gnu.tar": lambda path: tarred(path, photos("x" * 120), format=tarfile.GNU_FORMAT),
    "pax.tar": lambda path: tarred(path, photos("ü" * 120), format=tarfile.PAX_FORMAT),
    "dots.tar": lambda path: tarred(path, {f"./{k}": v for k, v in photos().items()}),
    "windows.zip": lambda path: zipped(
        path, {k.replace("/", "\\"): v for k, v in photos("p").items()}
    ),
    "windows.tar": lambda path: tarred(
        path, {k.replace("/", "\\"): v for k, v in photos("p").items()}
    ),
    "loose.zip": lambda path: zipped(path, {"README.txt": b"1", **photos("p"), "list.csv": b"2"}),
    "mac.zip": lambda path: zipped(
        path,
        {
            **photos("p"),
            "__MACOSX/p/cat/._cat0.jpg": b"\0",
            "p/.DS_Store": b"\0",
            "p/cat/._cat1.jpg": b"\0",
            ".hidden/x.jpg": b"\0",
            "p/cat/Thumbs.db": b"\0",
        },
    ),
    "parts.zip": lambda path: zipped(path, {**photos("p", "train"), **photos("p", "val")}),
}


@pytest.mark.parametrize("name", MADE)
def test_archives_of_every_kind_are_read(tmp_path, capsys, name):
    archive = MADE[name](tmp_path / name)
    said = counted(archive, capsys)
    assert f"{24 if name == 'parts.zip' else 12} pictures, 2 classes" in said
    assert "cat" in said
    # Nothing appears beside the archive, and it is unpacked once.
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "home"])
    before = [path.stat().st_ino for path in sorted(tmp_path.rglob("*"))]
    counted(archive, capsys)
    assert [path.stat().st_ino for path in sorted(tmp_path.rglob("*"))] == before


def test_another_archive_of_the_same_name_is_another(tmp_path, capsys):
    archive = zipped(tmp_path / "p.zip", photos())
    assert "12 pictures" in counted(archive, capsys)
    zipped(archive, photos(count=8))
    assert "16 pictures" in counted(archive, capsys)


def test_one_class_inside_is_one_class(tmp_path, capsys):
    for archive in (
        zipped(tmp_path / "one.zip", photos(classes=("cat",))),
        tarred(tmp_path / "one.tar", photos("p", classes=("cat",))),
    ):
        assert main(["data", str(archive)]) == 2
        said = capsys.readouterr().err
        assert "1 class" in said or "one class" in said


def test_what_systems_leave_is_not_unpacked(tmp_path, capsys):
    counted(MADE["mac.zip"](tmp_path / "mac.zip"), capsys)
    (folder,) = (tmp_path / "home" / "archives").iterdir()
    names = {path.name for path in folder.rglob("*")} - {archives.NOTES}
    assert names == {"p", "cat", "dog", *(Path(name).name for name in photos())}


def test_an_archive_of_another_kind_than_its_name_is_read_or_named(tmp_path, capsys):
    tarred(tmp_path / "is_tar.zip", photos("p"), "gz")
    zipped(tmp_path / "is_zip.tar.gz", photos("p"))
    zipped(tmp_path / "is_zip.rar", photos())
    for name in ("is_tar.zip", "is_zip.tar.gz", "is_zip.rar"):
        assert "12 pictures, 2 classes" in counted(tmp_path / name, capsys)
    marks = {
        "RAR": b"Rar!\x1a\x07\x01\0",
        "7z": b"7z\xbc\xaf\x27\x1c",
        "Zstandard": b"\x28\xb5\x2f\xfd",
    }
    shutil.rmtree(tmp_path / "home" / "archives")
    for kind, mark in marks.items():
        for ending in ("zip", "ZIP", "tar", "tgz", "rar", "tar.zst"):
            path = tmp_path / f"{kind}.{ending}"
            path.write_bytes(mark + bytes(range(256)))
            assert f"is a {kind} archive, which is not read here; unpack it" in refused(
                path, capsys
            )


@pytest.mark.parametrize("name", ["p.zip", "windows.zip", "p.tar"])
def test_entries_for_folders_are_no_files(tmp_path, capsys, name):
    """Most programs write the folders too, as members of their own."""
    if name == "p.tar":
        with tarfile.open(tmp_path / name, "w") as file:
            for folder in ("p", "p/cat", "p/dog", "p/none"):
                info = tarfile.TarInfo(folder)
                info.type = tarfile.DIRTYPE
                file.addfile(info)
            for member, content in photos("p").items():
                info = tarfile.TarInfo(member)
                info.size = len(content)
                file.addfile(info, io.BytesIO(content))
    else:
        members = {"p/": b"", "p/cat/": b"", "p/dog/": b"", **photos("p"), "p/none/": b""}
        slash = "\\" if name == "windows.zip" else "/"
        zipped(tmp_path / name, {k.replace("/", slash): v for k, v in members.items()})
    assert "12 pictures, 2 classes" in counted(tmp_path / name, capsys)
    (folder,) = (tmp_path / "home" / "archives").iterdir()
    assert sum(path.is_file() for path in folder.rglob("[!.]*")) == 12


def test_a_disk_that_fails_is_told_with_its_own_words(tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    for make, name in ((zipped, "p.zip"), (tarred, "p.tar")):
        archive = make(tmp_path / name, photos())
        with monkeypatch.context() as patch:
            patch.setattr(shutil, "copyfileobj", full)
            assert "could not be unpacked: No space left on device" in refused(archive, capsys)


def test_a_folder_that_is_there_is_not_unpacked_into(tmp_path):
    archive = zipped(tmp_path / "p.zip", photos())
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "x.txt").write_bytes(b"1")
    with pytest.raises(UserError, match=r"mine exists already; name a new folder for p\.zip"):
        archives.unpack(archive, tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["x.txt"]


def test_a_checksum_at_the_end_counts(tmp_path, capsys):
    """The pictures are changed where nothing but the checksum of the whole file tells."""
    tar = bytearray(tarred(tmp_path / "p.tar", photos()).read_bytes())
    for name, pack in (("p.tgz", gzip.compress), ("p.tar.bz2", bz2.compress)):
        data = bytearray(pack(bytes(tar), 0) if pack is gzip.compress else pack(bytes(tar)))
        if name == "p.tgz":
            at = data.index(photos()["cat/cat3.jpg"][-20:])
            data[at] ^= 1
        else:
            data[-3] ^= 1
        (tmp_path / name).write_bytes(data)
        assert "is not a whole tar file" in refused(tmp_path / name, capsys)


def test_what_appears_later_in_the_folder_does_not_lead_astray(tmp_path, capsys):
    archive = zipped(tmp_path / "p.zip", photos("p"))
    counted(archive, capsys)
    (folder,) = (tmp_path / "home" / "archives").iterdir()
    for name in (".DS_Store", "notes.txt"):
        (folder / name).write_bytes(b"x")
    for name in (".ipynb_checkpoints", "__MACOSX"):
        (folder / name).mkdir()
    assert "12 pictures, 2 classes" in counted(archive, capsys)
    assert archives.unpacked(archive) == folder / "p"


def test_names_are_taken_as_they_were_meant(tmp_path, capsys):
    """UTF-8 that is not marked as such (macOS), and names that are not UTF-8 at all."""
    names = ("Fähre", "自転車")
    raw = {k.encode().decode("cp437"): v for k, v in photos("p", classes=names).items()}
    archive = zipped(tmp_path / "mac.zip", raw)
    data = bytearray(archive.read_bytes())
    # Python marks them as UTF-8 and encodes them again: put the bytes of the names back.
    plain = zipped(tmp_path / "plain.zip", {f"{i:0200d}": v for i, v in enumerate(raw.values())})
    data = plain.read_bytes()
    for i, name in enumerate(photos("p", classes=names)):
        padded = name.encode()
        stem, ending = padded[:-4], padded[-4:]
        data = data.replace(b"%0200d" % i, stem + b"x" * (200 - len(padded)) + ending)
    archive.write_bytes(data)
    said = counted(archive, capsys)
    assert all(name in said for name in names)
    latin = {k.replace("cat", "caf\udce9"): v for k, v in photos().items()}
    assert "12 pictures, 2 classes" in counted(tarred(tmp_path / "latin.tar", latin), capsys)


def test_names_that_differ_in_case_alone_stay_two_files(tmp_path, capsys):
    members = photos()
    members |= {"cat/CAT0.JPG": jpeg(90), "cat/Cat0.jpg": jpeg(91)}
    for archive in (zipped(tmp_path / "p.zip", members), tarred(tmp_path / "p.tar", members)):
        assert "14 pictures" in counted(archive, capsys)
    table = datasets.load(tmp_path / "p.zip").table
    assert table["path"].str.lower().nunique() == 14
    with zipfile.ZipFile(tmp_path / "p.zip", "a") as file, pytest.warns(UserWarning, match="Dupl"):
        file.writestr("cat/cat1.jpg", jpeg(99))  # as a zip file is brought up to date
    data = datasets.load(tmp_path / "p.zip")
    assert len(data) == 15
    assert jpeg(99) in [Path(path).read_bytes() for path in data.table["path"]]


@pytest.mark.parametrize("kind", ["zip", "tar", "tgz"])
def test_members_of_one_name_are_all_kept_but_equal_ones_once(tmp_path, kind):
    members = [*photos().items(), ("cat/cat0.jpg", jpeg(70)), ("cat/cat0.jpg", jpeg(71))]
    members += [("dog/dog1.jpg", photos()["dog/dog1.jpg"]), ("cat/CAT0.jpg", jpeg(72))]
    archive = tmp_path / f"p.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # two of one name, as wanted
            for name, data in members:
                file.writestr(name, data)
    else:
        with tarfile.open(archive, "w:gz" if kind == "tgz" else "w") as file:
            for name, data in members:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                file.addfile(info, io.BytesIO(data))
    table = datasets.load(archive).table
    found = sorted(Path(path).read_bytes() for path in table["path"])
    assert found == sorted({data for _, data in members})
    assert len(found) == 15


@pytest.mark.parametrize("make", [zipped, tarred])
@pytest.mark.parametrize("letters", ["\xfc" * 130, "\u732b" * 90, "a" * 300])
def test_names_too_long_for_a_file_are_cut_and_stay_apart(tmp_path, make, letters):
    members = photos() | {f"cat/{letters}{i}.jpg": jpeg(80 + i) for i in range(2)}
    data = datasets.load(make(tmp_path / ("p.zip" if make is zipped else "p.tar"), members))
    assert sorted(Path(path).read_bytes() for path in data.table["path"]) == sorted(
        members.values()
    )


def test_a_path_too_long_for_the_system_is_named(tmp_path, capsys):
    members = photos(*["deep" * 50] * 25)
    said = refused(zipped(tmp_path / "p.zip", members), capsys)
    assert "deepdeep" in said
    assert "too long for this system; make" in said


@pytest.mark.parametrize("name", ["p.zip", "p.tar.gz"])
def test_a_web_page_in_place_of_an_archive_is_named(tmp_path, capsys, name):
    (tmp_path / name).write_text("<!DOCTYPE html><html><body>Sign in</body></html>")
    assert "is a web page (HTML), no archive" in refused(tmp_path / name, capsys)


@pytest.mark.parametrize(
    "name",
    ["../out.jpg", "a/../../b.jpg", "/etc/b.jpg", "a\\..\\..\\b.jpg", "C:\\x.jpg", "\\\\s\\x"],
)
@pytest.mark.parametrize("make", [zipped, tarred])
def test_names_that_would_be_written_elsewhere_are_refused(tmp_path, capsys, name, make):
    archive = make(tmp_path / ("p.zip" if make is zipped else "p.tar"), {**photos(), name: b"x"})
    assert "outside of the folder; nothing was unpacked" in refused(archive, capsys)


def marked(archive: Path, offset: int, value: bytes) -> Path:
    """Write a value into the headers of all members."""
    data = bytearray(archive.read_bytes())
    for signature, more in ((b"PK\3\4", 0), (b"PK\1\2", 2)):
        at = -1
        while (at := data.find(signature, at + 1)) >= 0:
            data[at + offset + more : at + offset + more + len(value)] = value
    archive.write_bytes(data)
    return archive


@pytest.mark.parametrize(
    ("offset", "value", "said"),
    [
        (8, b"\x09\0", "Deflate64, .* unpack it and name the folder"),
        (8, b"\x5d\0", r"compressed in a way .* \(number 93\); unpack it"),
        (8, b"\x63\0", r"compressed in a way .* \(number 99\)"),
        (6, b"\x01\0", "has a password; make a zip file without one"),
    ],
)
def test_what_python_cannot_unpack_is_named_with_the_remedy(tmp_path, capsys, offset, value, said):
    archive = marked(zipped(tmp_path / "p.zip", photos()), offset, value)
    assert re.search(said, refused(archive, capsys))


@pytest.mark.parametrize("name", ["inner.zip", "more/cats.TAR.GZ", "cat/x.rar", "b.7z"])
def test_an_archive_in_an_archive_is_named(tmp_path, capsys, name):
    archive = zipped(tmp_path / "p.zip", {**photos(), name: b"x"})
    assert f"holds another archive, {name!r}; unpack" in refused(archive, capsys)


@pytest.mark.parametrize("name", ["p.rar", "p.7z", "p.tar.zst", "p.gz"])
def test_archives_of_other_kinds_are_told_apart(tmp_path, capsys, name):
    (tmp_path / name).write_bytes(b"Rar!")
    assert "is an archive that is not read here; unpack it" in refused(tmp_path / name, capsys)


@pytest.mark.parametrize("name", [name for name in MADE if name[:3] not in ("mac", "loo", "dot")])
def test_damaged_archives_are_refused_and_leave_nothing(tmp_path, capsys, name):
    """Cut anywhere, and changed anywhere: refused in one sentence, or what is read is right."""
    whole = MADE[name](tmp_path / name).read_bytes()
    right = set(photos().values())
    rng = random.Random(name)
    for share in (0.0, 0.1, 0.5, 0.7):
        (tmp_path / name).write_bytes(whole[: int(share * len(whole))])
        refused(tmp_path / name, capsys)
    for _ in range(12):
        data = bytearray(whole)
        for _ in range(rng.choice([1, 3, 40])):
            data[rng.randrange(len(data))] = rng.randrange(256)
        (tmp_path / name).write_bytes(data)
        status = main(["data", str(tmp_path / name)])
        said = capsys.readouterr().err
        assert status in (0, 2), said
        if status == 0 and not name.lower().endswith((".tar", ".tgz", ".gz")):
            found = datasets.load(tmp_path / name).table["path"]
            assert {Path(path).read_bytes() for path in found} <= right
        shutil.rmtree(tmp_path / "home" / "archives", ignore_errors=True)


def test_a_tar_that_stops_between_two_files_is_cut_off(tmp_path, capsys):
    with tarfile.open(tarred(tmp_path / "p.tar", photos())) as file:
        stop = file.getmembers()[5].offset
    whole = (tmp_path / "p.tar").read_bytes()
    (tmp_path / "p.tar").write_bytes(whole[:stop])
    assert "it ends in the middle" in refused(tmp_path / "p.tar", capsys)
    data = bytearray(whole)
    data[stop + 150] ^= 255  # a header that is none: tarfile would stop there without a word
    (tmp_path / "p.tar").write_bytes(data)
    assert "it ends in the middle" in refused(tmp_path / "p.tar", capsys)


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_empty_archives_and_other_files_of_that_name(tmp_path, capsys, kind):
    make = {"zip": zipped, "tar": tarred}[kind]
    assert "holds no files" in refused(make(tmp_path / f"p.{kind}", {}), capsys)
    for content in (b"", b"no archive", bytes(99)):
        (tmp_path / f"p.{kind}").write_bytes(content)
        assert f"is not a whole {kind} file" in refused(tmp_path / f"p.{kind}", capsys)


def test_the_disk_keeps_a_reserve(tmp_path, capsys, monkeypatch):
    archive = zipped(tmp_path / "p.zip", photos())
    size = sum(map(len, photos().values()))
    for free, status in ((size, 2), (size + files.RESERVE - 1, 2), (size + files.RESERVE, 0)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        assert main(["data", str(archive)]) == status
        assert ("GB of disk" in capsys.readouterr().err) == (status == 2)


def test_terabytes_of_zeros_are_refused_before_they_are_unpacked(tmp_path, capsys):
    with gzip.open(tmp_path / "p.tar.gz", "wb") as file:
        for i in range(3):
            info = tarfile.TarInfo(f"cat/{i}.jpg")
            info.size = 2**42
            file.write(info.tobuf(format=tarfile.GNU_FORMAT))
    assert "GB of disk" in refused(tmp_path / "p.tar.gz", capsys)


def test_members_without_end_are_refused(tmp_path, capsys, monkeypatch):
    assert archives.MOST_MEMBERS == 200_000
    monkeypatch.setattr(archives, "MOST_MEMBERS", 2000)
    header = tarfile.TarInfo("cat/1.jpg").tobuf()
    for name, module in (("p.tar.gz", gzip), ("p.tar.bz2", bz2), ("p.tar.xz", lzma)):
        with module.open(tmp_path / name, "wb") as file:
            file.write(header * 2001)
        assert "holds more than 2,000 files" in refused(tmp_path / name, capsys)
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as file:
        for i in range(2001):
            file.writestr(f"cat/{i}.jpg", b"")
    assert "holds more than 2,000 files" in refused(tmp_path / "p.zip", capsys)


@pytest.mark.slow
def test_training_on_an_archive(tmp_path):
    folder = tiny.make_folder(tmp_path / "photos")
    archive = shutil.make_archive(tmp_path / "packed", "zip", folder)
    from helpers import training

    recipe = tiny.recipe(archive, epochs=1)
    run = training.train(recipe, tmp_path / "run", verbose=False)
    assert len(run.predictions) == 16
    again = training.train(recipe, tmp_path / "run", verbose=False)
    assert again.predictions.equals(run.predictions)


# --- What is said of pictures in archives ----------------------------------------------------


@pytest.mark.parametrize("above", [(), ("photos",), ("a b", "Blüten")])
@pytest.mark.parametrize("ending", [".zip", ".tar.gz"])
def test_pictures_are_named_as_lying_in_their_archive(tmp_path, capsys, above, ending):
    members = photos(*above, classes=("Blüte", "cat"))
    broken = "/".join([*above, "Blüte", "Bild 0.JPG"])
    archive = tmp_path / f"03windows{ending}"
    members[broken] = b"no picture"
    make = zipped if ending == ".zip" else lambda path, inside: tarred(path, inside, "gz")
    make(archive, members)
    assert main(["data", str(archive)]) == 2
    said = capsys.readouterr().err
    assert f"{archive}/{broken}" in said
    assert str(tmp_path / "home") not in said
    assert main(["data", str(archive), "--skip-unreadable"]) == 0
    said = capsys.readouterr().out
    assert f"left out, unreadable: {archive}/{broken}" in said
    (place,) = re.findall(r"unpacked into (.*); this copy may be deleted", said)
    assert said.count(str(tmp_path / "home")) == 1
    shutil.rmtree(place)
    members["/".join([*above, "notes.txt"])] = b"words"
    del members[broken]
    make(archive, members)
    said = counted(archive, capsys)
    assert not re.search(r"03windows-[0-9a-f]{8}/", said)
    assert Path(datasets.load(archive).table["path"][0]).is_file()


PART_NAMES = {
    "p-20261125T101010Z-001.zip": "p-20261125T101010Z-002.zip",
    "p-20261125T101010Z-3-002.zip": "p-20261125T101010Z-3-001.zip",
    "iCloud Photos Part 1 of 2.zip": "iCloud Photos Part 2 of 2.zip",
}


@pytest.mark.parametrize("name", PART_NAMES)
def test_the_other_part_of_a_download_is_named(tmp_path, capsys, name):
    archive = zipped(tmp_path / name, photos())
    alone = counted(archive, capsys)
    assert ("the others are not beside it" in alone) == ("001" not in name)
    other = zipped(tmp_path / PART_NAMES[name], photos(classes=("bird",)))
    zipped(tmp_path / "p-20261125T111111Z-002.zip", photos())  # another download
    assert f"{name} is one part; not read: {other.name}; unpack all" in counted(archive, capsys)
    assert main(["data", str(other)]) == 2  # one class is not enough, and this is why
    assert f"not read: {name}; unpack all" in capsys.readouterr().err


SPLIT = ["p.z01", "p.zip.001", "p.part1.rar", "p.part02.rar", "p.7z.001", "p.r00", "p.tar.01"]


@pytest.mark.parametrize("name", SPLIT)
def test_a_split_archive_is_named(tmp_path, capsys, name):
    archive = zipped(tmp_path / name, photos())
    assert "is a part of a split archive: put all its parts" in refused(archive, capsys)


def test_the_last_part_of_a_split_zip_is_named(tmp_path, capsys):
    archive = zipped(tmp_path / "p.zip", photos())
    (tmp_path / "p.z01").write_bytes(b"PK")
    assert "is a part of a split archive" in refused(archive, capsys)


@pytest.mark.parametrize("command", ["data one two", "train --out r --data one two three"])
def test_two_sources_are_one_too_many(capsys, command):
    with pytest.raises(SystemExit) as stop:
        main(command.split())
    assert stop.value.code == 2
    told = capsys.readouterr().err
    assert "; one folder or archive is read at a time: put the class folders of all" in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(("name", "ending"), [("photos.zip.1", ".zip"), ("download", ".tar.gz")])
def test_an_archive_under_another_name_gets_its_remedy(tmp_path, capsys, name, ending):
    path = tmp_path / name
    zipped(path, photos()) if ending == ".zip" else tarred(path, photos(), "gz")
    assert f"holds an archive; name it {name}{ending}" in refused(path, capsys)
    path = path.rename(path.with_name(f"{name}{ending}"))
    assert "12 pictures, 2 classes" in counted(path, capsys)


def test_predict_says_what_to_do_with_a_folder_of_archives(tmp_path):
    for name in ("cups", "leaves"):
        zipped(tmp_path / f"{name}.zip", photos())
    with pytest.raises(UserError, match=r"2 archives \(cups.zip, leaves.zip\); unpack them"):
        inputs.find([tmp_path])

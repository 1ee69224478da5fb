r"""Photographs out of a zip or tar file: safely, and the folder appears whole or not at all.

Names are taken as they were meant: ``\`` separates as ``/`` does (old Windows tools), names in
UTF-8 count as such where the archive does not say so, and two names that differ in case alone, or
not at all, stay two files on every system. A name too long for a file is cut. What systems leave
in archives (``__MACOSX``, hidden files) is left out.

In: zip, and tar with any compression that Python reads. Out: one flat tar per class (``unpack``),
finding classes and pictures in the folder (``folder``, ``tree``).
"""

import contextlib
import errno
import filecmp
import functools
import hashlib
import os
import re
import shutil
import stat
import tarfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from helpers.datasets import formats
from helpers.datasets.tree import IN_THE_CLOUD, SYSTEM_FILES, SYSTEM_FOLDERS
from helpers.datasets.waiting import Waiting
from helpers.errors import UserError
from helpers.files import came_from, check_room, cut, home, whole_folder, writing_to

ZIP = (".zip",)
TAR = tuple(".tar .tar.gz .tgz .tar.bz2 .tbz .tbz2 .tar.xz .txz".split())
#: Archives that Python cannot read.
OTHERS = tuple(".rar .7z .tar.zst .gz .bz2 .xz .zst".split())
#: What these and their like begin with, whatever a file is called.
FOREIGN = {b"Rar!\x1a\x07": "RAR", b"7z\xbc\xaf\x27\x1c": "7z", b"\x28\xb5\x2f\xfd": "Zstandard"}
#: One of the files of an archive that was split, which are of use together only.
SPLIT = re.compile(r".*\.(z\d\d|r\d\d|(zip|7z|tar|rar)\.\d{2,3}|part0*\d+\.rar)", re.IGNORECASE)
#: Archives that hold a part of the files each: a cloud drive's number, or "Part 1 of 3".
PARTS = (
    re.compile(r"(?P<start>.+-\d{8}T\d{6}Z(-\d+)?-)(?P<number>\d{3})(?P<end>)\.zip", re.IGNORECASE),
    re.compile(r"(?P<start>.+part )(?P<number>\d+)(?P<end> of \d+)\.zip", re.IGNORECASE),
)
MOST_MEMBERS = 200_000
LONGEST = 240  # bytes of a name: file systems allow 255, of which " (2)" takes some
DEFLATE64 = 9
#: How zip files may be compressed for ``zipfile``, by number.
READABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
#: Characters that Windows has no names with.
FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*', "_")) if os.name == "nt" else {}


@dataclass(frozen=True)
class Member:
    """A file in an archive: its name as it is written there, its size, and how to read it."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


def is_archive(path: str | Path) -> bool:
    """Whether a path is a file that is called like an archive, in any case of letters.

    Examples
    --------
    >>> is_archive("photos")
    False
    """
    name = str(path).lower()
    like_one = name.endswith(ZIP + TAR + OTHERS) or SPLIT.fullmatch(Path(path).name)
    return bool(like_one) and Path(path).is_file()


def unpacked(archive: str | Path) -> Path:
    """Return the folder of the classes in an archive, unpacked the first time only.

    Arguments and errors are those of ``opened``.

    Examples
    --------
    >>> sorted(folder.name for folder in unpacked("photos.zip").iterdir())
    ['blue', 'red']
    """
    return classes_in(opened(archive))


def other_parts(archive: Path) -> str:
    """Return a note on the archives that hold the rest of the same pictures, or ""."""
    match = next((match for one in PARTS if (match := one.fullmatch(archive.name))), None)
    if match is None:
        return ""
    start, number, end = match["start"], int(match["number"]), match["end"]
    like = re.compile(rf"{re.escape(start)}\d+{re.escape(end)}\.zip", re.IGNORECASE)
    names = sorted(path.name for path in archive.absolute().parent.iterdir())
    others = [name for name in names if like.fullmatch(name) and name != archive.name]
    remedy = "unpack all of them into one folder and name that"
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        return f"{archive.name} is one part; not read: {', '.join(others[:3])}{more}; {remedy}"
    if number > 1 or end:
        return f"{archive.name} is one part, and the others are not beside it; {remedy}"
    return ""


def opened(archive: str | Path) -> Path:
    """Return the folder of all that is in an archive, unpacked the first time only.

    The folder's name holds a hash of the file: another archive of the same name gets its own
    folder, and what was sorted by hand in the first one stays.

    Parameters
    ----------
    archive
        A zip or tar file; its folder lies below ``home()``.

    Raises
    ------
    UserError
        As ``unpack``.

    Examples
    --------
    >>> opened("photos.zip").name[:-8]
    'photos-'
    """
    archive = Path(archive)
    _refuse_split(archive)
    with _told(archive), archive.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    folder = home() / "archives" / f"{_stem(archive)}-{digest[:8]}"
    came_from(folder, archive)
    if not folder.is_dir():
        unpack(archive, folder)
    return folder


def _refuse_split(archive: Path) -> None:
    first = archive.with_suffix(".z01")
    if SPLIT.fullmatch(archive.name) or (archive.suffix.lower() in ZIP and first.exists()):
        raise UserError(
            f"{archive} is a part of a split archive: put all its parts into one folder, unpack "
            "the first with a program for archives (7-Zip, Keka), and name the folder that comes "
            "out."
        )


def place_note(location: str) -> str:
    """Return where the copies lie that were unpacked into the cache, "" for other folders.

    Examples
    --------
    >>> place_note("photos")
    ''
    """
    top = home() / "archives"
    if not Path(location).is_relative_to(top):
        return ""
    copies = top / Path(location).relative_to(top).parts[0]
    return f"unpacked into {copies}; this copy may be deleted, it is made again when needed"


def _stem(archive: Path) -> str:
    name = archive.name
    ending = max((end for end in ZIP + TAR if name.lower().endswith(end)), key=len, default="")
    return name[: len(name) - len(ending)] or "photos"


def unpack(archive: str | Path, folder: str | Path) -> Path:
    """Unpack an archive into the new folder ``folder`` and return the folder of the classes.

    Raises
    ------
    UserError
        No archive, a damaged one, one with a password or in a way of compression that Python does
        not know, an archive in it, a link, a name that would be written elsewhere, too many files,
        no room, or a folder that is there already. Nothing is left behind.

    Examples
    --------
    >>> unpack("photos.zip", "new folder").name
    'new folder'
    """
    archive, folder = Path(archive), Path(folder)
    if folder.exists():
        raise UserError(f"{folder} exists already; name a new folder for {archive.name}.")
    with _told(archive), _members(archive) as members:
        with writing_to(folder.parent):
            folder.parent.mkdir(parents=True, exist_ok=True)
        wanted = _named(members, archive, folder)
        if not wanted:
            raise UserError(f"{archive} holds no files.")
        with (
            _or_another_was_faster(folder),
            whole_folder(folder) as beside,
            Waiting("unpacking", len(wanted), archive) as waiting,
        ):
            for name, member in wanted.items():
                _write(member, beside / name, archive)
                waiting.step()
            _without_twins(wanted, beside)
    return classes_in(folder)


@contextlib.contextmanager
def _or_another_was_faster(folder: Path):
    try:
        yield
    except OSError:
        if not folder.is_dir():
            raise


def _write(member: Member, path: Path, archive: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.open("wb")
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise UserError(
            f"{archive}: the name of the member {member.name!r} is too long for this system; make "
            "it and its folders' names shorter, and the archive anew."
        ) from None
    with target, member.open() as source:
        shutil.copyfileobj(source, target, 1 << 20)


def _without_twins(wanted: dict[str, Member], folder: Path) -> None:
    """Delete a file again that the archive holds twice under one name, with the same contents."""
    firsts: dict[str, Path] = {}
    for name, member in wanted.items():
        first, path = firsts.setdefault(member.name, folder / name), folder / name
        if path != first and filecmp.cmp(first, path, shallow=False):
            path.unlink()


@contextlib.contextmanager
def _told(archive: Path):
    """Put what goes wrong with an archive into one sentence."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # zipfile and tarfile raise a dozen kinds for damaged files
        # The readers of compressed data raise OSError too, but without a number.
        if isinstance(error, OSError) and error.errno is not None:
            said = error.strerror or error
            raise UserError(f"{archive} could not be unpacked: {said}.") from None
        kind = "zip" if archive.name.lower().endswith(ZIP) else "tar"
        said = (str(error).splitlines() or [type(error).__name__])[0].rstrip(":. ")
        raise UserError(f"{archive} is not a whole {kind} file ({said}); make it anew.") from None


@contextlib.contextmanager
def _members(archive: Path) -> Iterator[Iterable[Member]]:
    """Open an archive and give out what is in it."""
    name = archive.name.lower()
    with archive.open("rb") as file:
        begins = file.read(2000)
    if formats.is_web_page(begins):
        raise UserError(
            f"{archive} is a web page (HTML), no archive: what a server sends in its place, to "
            "sign in, say; fetch the archive again."
        )
    for mark, kind in FOREIGN.items():
        if begins.startswith(mark):
            raise UserError(
                f"{archive} is a {kind} archive, which is not read here; unpack it and name the "
                "folder, or make a zip file."
            )
    is_zip = begins.startswith(b"PK")
    if is_zip or (name.endswith(ZIP) and not tarfile.is_tarfile(archive)):
        with zipfile.ZipFile(archive) as file:
            yield _in_zip(file, archive)
    elif name.endswith(ZIP + TAR):
        with tarfile.open(archive, encoding="utf-8", errors="surrogateescape") as file:
            yield _in_tar(file, archive)
    else:
        raise UserError(
            f"{archive} is an archive that is not read here; unpack it, or make a zip file."
        )


def _in_zip(file: zipfile.ZipFile, archive: Path) -> Iterator[Member]:
    for info in file.infolist():
        name = _zip_name(info)
        if info.is_dir() or name.endswith(("/", "\\")):
            continue
        if info.flag_bits & 1:
            raise UserError(f"{archive} has a password; make a zip file without one.")
        if info.compress_type == DEFLATE64:
            raise UserError(
                f"{archive} is compressed with Deflate64, as Windows does from 2 GB on, which is "
                "not read here; unpack it and name the folder, or make smaller zip files."
            )
        if info.compress_type not in READABLE:
            raise UserError(
                f"{archive} is compressed in a way that Python does not read (number "
                f"{info.compress_type}); unpack it and name the folder."
            )
        if stat.S_ISLNK(info.external_attr >> 16):
            raise _is_a_link(archive, name)
        yield Member(name, info.file_size, functools.partial(file.open, info))


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Return the name as it was meant: macOS writes UTF-8 without saying so."""
    if info.flag_bits & 0x800:
        return info.orig_filename
    try:
        return info.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.orig_filename


def _content(file: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    content = file.extractfile(info)
    assert content is not None, "only files come here"
    return content


def _in_tar(file: tarfile.TarFile, archive: Path) -> Iterator[Member]:
    for info in file:
        if info.isdir():
            continue
        if not info.isfile():
            raise _is_a_link(archive, info.name)
        name = os.fsencode(info.name) if os.name != "nt" else info.name.encode(errors="replace")
        try:
            plain = name.decode("utf-8")
        except UnicodeDecodeError:  # a name that no system but Linux could write
            plain = name.decode("latin-1")
        yield Member(plain, info.size, functools.partial(_content, file, info))
    _ends_well(file)


def _ends_well(file: tarfile.TarFile) -> None:
    """Raise when a tar file stops without its end, which tarfile takes for the end."""
    file.fileobj.seek(file.offset)
    if file.fileobj.read(512) != bytes(512):
        raise tarfile.ReadError("it ends in the middle")
    for _ in range(64):  # compressed ones hold a checksum behind what fills them up
        if not file.fileobj.read(1 << 20):
            return


def _is_a_link(archive: Path, name: str) -> UserError:
    return UserError(
        f"{archive}: the member {name!r} is a link or a device, not a file; nothing was unpacked."
    )


def _named(members: Iterable[Member], archive: Path, folder: Path) -> dict[str, Member]:
    """Return the members to unpack by the path that each gets in the new folder."""
    wanted: dict[str, Member] = {}
    taken: set[str] = set()
    needed = 0
    for number, member in enumerate(members):
        if number >= MOST_MEMBERS:
            raise UserError(
                f"{archive} holds more than {MOST_MEMBERS:,} files; unpack it and name the folder."
            )
        parts = _parts(member.name, archive)
        if _is_left_out(parts):
            continue
        if parts[-1].lower().endswith(ZIP + TAR + OTHERS):
            raise UserError(
                f"{archive} holds another archive, {member.name!r}; unpack that one too, and make "
                "an archive of the pictures themselves."
            )
        # Asked of each, since the next one may lie behind terabytes of zeros.
        needed += member.size
        check_room(needed, folder.parent, archive)
        wanted[_free("/".join(parts), taken)] = member
    return wanted


def _parts(name: str, archive: Path) -> list[str]:
    slashed = name.replace("\\", "/")
    parts = [part for part in slashed.split("/") if part not in ("", ".")]
    outside = slashed.startswith("/") or ".." in parts or slashed[1:2] == ":"
    if outside or "\0" in name or not parts:
        raise UserError(
            f"{archive}: the member {name!r} would be written outside of the folder; nothing was "
            "unpacked."
        )
    return [cut(part.translate(FORBIDDEN), LONGEST) for part in parts]


def _is_left_out(parts: list[str]) -> bool:
    """Whether a member is hidden or of the system; one in place of a picture is named later."""
    hidden = any(part.startswith(".") or part.casefold() in SYSTEM_FOLDERS for part in parts[:-1])
    placeholder = os.path.splitext(parts[-1])[1].lower() in IN_THE_CLOUD
    file = parts[-1].startswith(".") or parts[-1].casefold() in SYSTEM_FILES | SYSTEM_FOLDERS
    return hidden or (file and not placeholder)


def _free(name: str, taken: set[str]) -> str:
    """Return a name that no other file has on a system that does not tell cases apart."""
    start, ending = os.path.splitext(name)
    number, trial = 1, name
    while (key := unicodedata.normalize("NFC", trial).casefold()) in taken:
        number += 1
        trial = f"{start} ({number}){ending}"
    taken.add(key)
    return trial


def classes_in(folder: Path) -> Path:
    """Return the folder that holds the folders of the classes, below ``folder`` or itself.

    A single folder is gone into as long as it holds folders itself; loose files and what systems
    leave behind do not count.

    Examples
    --------
    >>> import tempfile
    >>> top = Path(tempfile.mkdtemp())
    >>> (top / "photos" / "cat").mkdir(parents=True)
    >>> classes_in(top).name
    'photos'
    """
    inside = _folders(folder)
    return classes_in(inside[0]) if len(inside) == 1 and _folders(inside[0]) else folder


def _folders(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.iterdir()
        if path.is_dir() and path.name[0] != "." and path.name.casefold() not in SYSTEM_FOLDERS
    ]

r"""Photographs out of a zip or tar file: safely, and the folder appears whole or not at all.

Two names that differ in case alone, or not at all, stay two files on every system; the latter is
noted, and so are names of which nobody can tell how they are written. A name too long for a file is
cut. What systems leave in archives (``__MACOSX``, hidden files) is left out.

In: zip, and tar with any compression that Python reads (``members``). Out: one flat tar per class
(``unpack``), finding classes and pictures in the folder (``folder``, ``tree``).
"""

import contextlib
import errno
import filecmp
import hashlib
import os
import re
import shutil
import tarfile
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from helpers.datasets import formats
from helpers.datasets.members import Member, in_tar, in_zip, is_left_out, plain
from helpers.datasets.tree import SYSTEM_FOLDERS
from helpers.datasets.waiting import Waiting
from helpers.errors import UserError
from helpers.files import (
    came_from,
    check_room,
    cut,
    home,
    read_json,
    shown,
    whole_folder,
    write_json,
    writing_to,
)

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
#: Characters that Windows has no names with.
FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*', "_")) if os.name == "nt" else {}


def is_archive(path: str | Path) -> bool:
    """Whether a path is a file that is called like an archive, in any case of letters.

    Examples
    --------
    >>> is_archive("photos")
    False
    """
    name = str(path).lower()
    like_one = name.endswith(ZIP + TAR + OTHERS) or SPLIT.fullmatch(Path(path).name)
    return bool(like_one) and os.path.isfile(path)


def refuse_alone(folder: Path) -> None:
    """Refuse a folder without pictures that holds archives, and say what to do with them."""
    found = [path for path in sorted(folder.iterdir()) if is_archive(path)]
    if found:
        names = ", ".join(shown(path.name) for path in found[:10])
        what = f"{len(found)} archive{'s' if len(found) > 1 else ''} ({names})"
        several = "unpack them into one folder and name that, or name one of them"
        remedy = several if len(found) > 1 else f"name it: {found[0]}"
        raise UserError(f"{folder} holds no pictures but {what}; {remedy}.")


def disguised(path: Path) -> str:
    """Return the ending that the name of an archive lacks, by what it holds; "" for other files.

    Examples
    --------
    >>> disguised(Path("bike.jpg"))
    ''
    """
    if is_archive(path) or not os.path.isfile(path):
        return ""
    with path.open("rb") as file:
        head = file.read(262)
    foreign = {start: f".{kind.lower()}" for start, kind in FOREIGN.items()}
    starts = {b"PK\x03\x04": ".zip", b"\x1f\x8b": ".tar.gz", **foreign}
    return next(
        (ending for start, ending in starts.items() if head.startswith(start)),
        ".tar" if head[257:] == b"ustar" else "",
    )


def unpacked(archive: str | Path) -> Path:
    """Return the folder of the classes in an archive, unpacked the first time only.

    Arguments and errors are those of ``opened``.

    Examples
    --------
    >>> sorted(path.name for path in unpacked("photos.zip").iterdir() if path.is_dir())
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
        _keep(_unpack(archive, folder), folder)
    return folder


#: Beside what was unpacked, and hidden: what was noted of the names.
NOTES = ".notes.json"


def _keep(notes: list[str], folder: Path) -> list[str]:
    with contextlib.suppress(OSError, UserError):  # they are found again
        write_json(folder / NOTES, {"notes": notes})
    return notes


def notes(archive: Path, location: Path) -> list[str]:
    """Return notes on an archive: its other parts, names that are a guess, names used twice.

    Parameters
    ----------
    archive
        The zip or tar file.
    location
        Where it was unpacked to: what ``unpacked`` gave.
    """
    parts = list(filter(None, [other_parts(archive)]))
    top = _top(location)
    if top is None:
        return parts
    try:
        return [*parts, *read_json(top / NOTES)["notes"]]
    except (OSError, ValueError, KeyError):  # unpacked before notes were kept, or not whole
        with _told(archive), _members(archive) as members:
            found = _notes(_named(members, archive, top), top, archive)
        return [*parts, *_keep(found, top)]


def _top(location: str | Path) -> Path | None:
    """Return the folder in the cache that an archive was unpacked into, of a place in it."""
    top = home() / "archives"
    inside = Path(location)
    return top / inside.relative_to(top).parts[0] if inside.is_relative_to(top) else None


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
    copies = _top(location)
    if copies is None:
        return ""
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
        not know, an archive in it, a device, a link to what is no file of it, a name that would be
        written elsewhere, too many files, no room, or a folder that is there already. Nothing is
        left behind.

    Examples
    --------
    >>> unpack("photos.zip", "new folder").name
    'new folder'
    """
    archive, folder = Path(archive), Path(folder)
    if folder.exists():
        raise UserError(f"{folder} exists already; name a new folder for {archive.name}.")
    _unpack(archive, folder)
    return classes_in(folder)


def _unpack(archive: Path, folder: Path) -> list[str]:
    """Unpack an archive and return notes on its names."""
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
            written: dict[int, Path] = {}  # by the place of the contents: links are copies
            for name, member in wanted.items():
                _write(member, beside / name, archive, written)
                waiting.step()
            _without_twins(wanted, beside)
            return _notes(wanted, beside, archive)
    return _notes(wanted, folder, archive)


@contextlib.contextmanager
def _or_another_was_faster(folder: Path):
    try:
        yield
    except OSError:
        if not folder.is_dir():
            raise


def _write(member: Member, path: Path, archive: Path, written: dict[int, Path]) -> None:
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
    first = written.setdefault(member.place, path)
    with target, member.open() if first == path else first.open("rb") as source:
        shutil.copyfileobj(source, target, 1 << 20)


def _twins(wanted: Mapping[str, Member]) -> Iterator[tuple[str, str]]:
    """Yield the paths of files that an archive holds under one name: the first's, and another's."""
    firsts: dict[str, str] = {}
    for path, member in wanted.items():
        first = firsts.setdefault(plain(member.name), path)
        if first != path:
            yield first, path


def _without_twins(wanted: Mapping[str, Member], folder: Path) -> None:
    """Delete a file again that the archive holds twice under one name, with the same contents."""
    for first, path in _twins(wanted):
        if filecmp.cmp(folder / first, folder / path, shallow=False):
            (folder / path).unlink()


def _notes(wanted: Mapping[str, Member], folder: Path, archive: Path) -> list[str]:
    """Return notes on the names in an archive: those that are a guess, and those used twice."""
    notes = []
    if guessed := [path for path, member in wanted.items() if member.guess]:
        notes.append(
            f"{archive.name} does not say how its names are written: {len(guessed):,} of them were "
            f"read as {wanted[guessed[0]].guess}, such as {guessed[0]}; if that is wrong, name the "
            "folders in plain letters (a to z), or make the archive with a program that writes "
            "UTF-8, such as 7-Zip"
        )
    if kept := [pair for pair in _twins(wanted) if (folder / pair[1]).is_file()]:
        more = "1 file" if len(kept) == 1 else f"{len(kept):,} files"
        notes.append(
            f"{archive.name} holds {more} under a name that it uses before, with other contents: "
            f"all are read, as {' and '.join(kept[0])} are"
        )
    return notes


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
            yield in_zip(file, archive)
    elif name.endswith(ZIP + TAR):
        with tarfile.open(archive, encoding="utf-8", errors="surrogateescape") as file:
            yield in_tar(file, archive)
    else:
        raise UserError(
            f"{archive} is an archive that is not read here; unpack it, or make a zip file."
        )


def _named(members: Iterable[Member], archive: Path, folder: Path) -> dict[str, Member]:
    """Return the members to unpack by the path that each gets in the folder, there or to come."""
    wanted: dict[str, Member] = {}
    taken: set[str] = set()
    needed = 0
    for number, member in enumerate(members):
        if number >= MOST_MEMBERS:
            raise UserError(
                f"{archive} holds more than {MOST_MEMBERS:,} files; unpack it and name the folder."
            )
        parts = _parts(member.name, archive)
        if is_left_out(parts):
            continue
        if parts[-1].lower().endswith(ZIP + TAR + OTHERS):
            raise UserError(
                f"{archive} holds another archive, {member.name!r}; unpack that one too, and make "
                "an archive of the pictures themselves."
            )
        # Asked of each, since the next one may lie behind terabytes of zeros.
        needed += member.size
        if not folder.is_dir():
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

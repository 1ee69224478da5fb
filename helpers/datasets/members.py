r"""What lies in a zip or tar file: names as they were meant, sizes, contents, links.

``\`` separates as ``/`` does (old Windows tools). A zip or tar may not say how its names are
written: what is UTF-8 counts as such, anything else is a guess, and is marked as one. A link to a
file of the same archive is a copy of that file; one that leads elsewhere is refused.

In: an archive, opened. Out: ``Member`` after ``Member`` (``archives``).
"""

import functools
import os
import posixpath
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from helpers.datasets.tree import IN_THE_CLOUD, SYSTEM_FILES, SYSTEM_FOLDERS
from helpers.errors import UserError

DEFLATE64 = 9
#: How zip files may be compressed for ``zipfile``, by number.
READABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
UNICODE_NAME = 0x7075  # the field of a zip in which some programs write the name as UTF-8
DOS, WESTERN = "DOS letters (cp437)", "Western European letters (Latin-1)"
MOST_LINKS = 200_000
LONGEST_TARGET = 4096  # bytes that a link in a zip says
REMEDY = (
    "nothing was unpacked; make the archive anew with the files in place of the links (tar with -h "
    "and --hard-dereference, zip without -y), or without this one"
)


@dataclass(frozen=True)
class Member:
    """A file in an archive: its name as it is written there, its size, and how to read it.

    ``place``: where its contents begin; copies of one file share it. ``guess``: how the name was
    read where the archive does not say how it is written.
    """

    name: str
    size: int
    open: Callable[[], IO[bytes]]
    place: int = 0
    guess: str = ""


@dataclass(frozen=True)
class Link:
    """A link in an archive: its name, and what it names, in the archive or outside."""

    name: str
    target: str
    guess: str = ""


@dataclass
class _Found:
    """The files and links of an archive by the path of each in it."""

    files: dict[str, Member] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)


def plain(name: str) -> str:
    r"""Return a path in an archive in one spelling.

    Examples
    --------
    >>> plain("./a\\b/../1.jpg")
    'a/1.jpg'
    """
    return posixpath.normpath(name.replace("\\", "/"))


def is_left_out(parts: list[str]) -> bool:
    """Whether a member is hidden or of the system; one in place of a picture is named later.

    Examples
    --------
    >>> is_left_out(["__MACOSX", "1.jpg"]), is_left_out(["cat", "1.jpg"])
    (True, False)
    """
    hidden = any(part.startswith(".") or part.casefold() in SYSTEM_FOLDERS for part in parts[:-1])
    placeholder = os.path.splitext(parts[-1])[1].lower() in IN_THE_CLOUD
    file = parts[-1].startswith(".") or parts[-1].casefold() in SYSTEM_FILES | SYSTEM_FOLDERS
    return hidden or (file and not placeholder)


# ---------------------------------------------------------------------------------------------
# Zip and tar
# ---------------------------------------------------------------------------------------------


def in_zip(file: zipfile.ZipFile, archive: Path) -> Iterator[Member]:
    """Yield the files of a zip.

    Raises
    ------
    UserError
        A password, a way of compression that Python does not know, a link that leads elsewhere.
    """
    return _with_copies(_zip_entries(file, archive), archive)


def _zip_entries(file: zipfile.ZipFile, archive: Path) -> Iterator[Member | Link]:
    for info in file.infolist():
        name, guess = _zip_name(info)
        if info.is_dir() or name.endswith(("/", "\\")):
            continue
        _refuse_unreadable(info, archive)
        if stat.S_ISLNK(info.external_attr >> 16):
            yield _zip_link(file, info, name, guess)
        else:
            content = functools.partial(file.open, info)
            yield Member(name, info.file_size, content, info.header_offset, guess)


def _refuse_unreadable(info: zipfile.ZipInfo, archive: Path) -> None:
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


def _zip_name(info: zipfile.ZipInfo) -> tuple[str, str]:
    """Return the name as it was meant, and the guess that this is: macOS does not say UTF-8."""
    if info.flag_bits & 0x800:
        return info.orig_filename, ""
    raw = info.orig_filename.encode("cp437")
    return _decoded(_unicode_name(info.extra, raw) or raw, "cp437", DOS)


def _unicode_name(extra: bytes, raw: bytes) -> bytes:
    """Return the name that a zip holds once more as UTF-8, of no use where it is of another one."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        data, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == UNICODE_NAME and data[:5] == struct.pack("<BL", 1, zlib.crc32(raw)):
            return data[5:]
    return b""


def _decoded(raw: bytes, otherwise: str, called: str) -> tuple[str, str]:
    """Return a name that is UTF-8, or what else it may be and how that is called."""
    try:
        return raw.decode("utf-8"), ""
    except UnicodeDecodeError:
        return raw.decode(otherwise), called


def _zip_link(file: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, guess: str) -> Link:
    with file.open(info) as content:
        target, _ = _decoded(content.read(LONGEST_TARGET), "cp437", DOS)
    return Link(name, _beside(name, target), guess)


def _beside(name: str, target: str) -> str:
    """Return which path a symbolic link means, seen from the folder that it lies in."""
    return plain(posixpath.join(posixpath.dirname(plain(name)), target.replace("\\", "/")))


def in_tar(file: tarfile.TarFile, archive: Path) -> Iterator[Member]:
    """Yield the files of a tar.

    Raises
    ------
    UserError
        A device, or a link that leads elsewhere.
    """
    return _with_copies(_tar_entries(file, archive), archive)


def _tar_entries(file: tarfile.TarFile, archive: Path) -> Iterator[Member | Link]:
    for info in file:
        if info.isdir():
            continue
        name, guess = _tar_name(info.name)
        if info.isfile():
            content = functools.partial(_content, file, info)
            yield Member(name, info.size, content, info.offset_data, guess)
        elif info.islnk():  # named from the top of the archive
            yield Link(name, plain(_tar_name(info.linkname)[0]), guess)
        elif info.issym():
            yield Link(name, _beside(name, _tar_name(info.linkname)[0]), guess)
        elif not is_left_out(plain(name).split("/")):
            raise UserError(
                f"{archive}: the member {name!r} is a device, not a file; nothing was unpacked; "
                "make the archive without it."
            )
    _ends_well(file)


def _tar_name(name: str) -> tuple[str, str]:
    raw = os.fsencode(name) if os.name != "nt" else name.encode("utf-8", "surrogateescape")
    return _decoded(raw, "latin-1", WESTERN)


def _content(file: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    content = file.extractfile(info)
    assert content is not None, "only files come here"
    return content


def _ends_well(file: tarfile.TarFile) -> None:
    """Raise when a tar file stops without its end, which tarfile takes for the end."""
    file.fileobj.seek(file.offset)
    if file.fileobj.read(512) != bytes(512):
        raise tarfile.ReadError("it ends in the middle")
    for _ in range(64):  # compressed ones hold a checksum behind what fills them up
        if not file.fileobj.read(1 << 20):
            return


# ---------------------------------------------------------------------------------------------
# Links
# ---------------------------------------------------------------------------------------------


def _with_copies(entries: Iterable[Member | Link], archive: Path) -> Iterator[Member]:
    """Yield the files as they come, then for each link the file that it leads to, by its name."""
    found = _Found()
    for entry in entries:
        if isinstance(entry, Member):
            found.files[plain(entry.name)] = entry
            yield entry
        elif not is_left_out(plain(entry.name).split("/")):
            found.links[plain(entry.name)] = entry
            if len(found.links) > MOST_LINKS:
                raise UserError(f"{archive} holds more than {MOST_LINKS:,} links; {REMEDY}.")
    copies = [_copy(link, found, archive) for link in found.links.values()]
    # In the order of what they lead to: a compressed tar is read again from its start to go back.
    yield from sorted(copies, key=lambda copy: copy.place)


def _copy(link: Link, found: _Found, archive: Path) -> Member:
    """Return the file that a link leads to, if need be over other links, with the link's name."""
    target, passed = link.target, {plain(link.name)}
    while target in found.links and target not in passed:
        passed.add(target)
        target = found.links[target].target
    if target in found.files:
        return replace(found.files[target], name=link.name, guess=link.guess)
    raise UserError(
        f"{archive}: the member {link.name!r} is a link {_where(target, passed, found)}; {REMEDY}."
    )


def _where(target: str, passed: set[str], found: _Found) -> str:
    """Say where a link leads that leads to no file of its archive."""
    if target in passed:
        return "that leads back to itself"
    if target.startswith(("/", "..")) or target[1:2] == ":":
        return f"that leads out of the archive, to {target!r}"
    if any(path.startswith(f"{target}/") for path in found.files) or target == ".":
        return f"to a folder, {target!r}"
    return f"to {target!r}, which is not in the archive"

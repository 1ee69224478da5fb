"""Where files live, and how they are written: whole or not at all."""

import codecs
import contextlib
import csv
import errno
import glob
import hashlib
import json
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

#: What a system says of a place that may be read but not written to.
READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS}
#: What it says of one where no folder can be, and that in words where its own mislead.
NO_FOLDER = {
    **dict.fromkeys((errno.EEXIST, errno.ENOTDIR), "a file is in its place"),
    **dict.fromkeys((errno.ENOENT, errno.ELOOP, errno.ENAMETOOLONG), ""),
}
#: With one slash too: ``Path`` makes one of two.
ADDRESS = re.compile(r"(https?|ftp|sftp|s3|gs|file):/", re.IGNORECASE)
#: Names that Windows keeps for itself, in any case of letters and with any ending.
DEVICES = re.compile(r"con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]", re.IGNORECASE)
#: Letters that Markdown takes for markup; an underline in a word is none.
MARKUP = re.compile(r"[\\`*\[\]|$~]|(?<![^\W_])_|_(?![^\W_])")
#: How a byte of a name that is no UTF-8 comes, and how it is written.
NO_UTF8, WRITTEN = re.compile("[\ud800-\udfff]"), re.compile(rb"\\x([89a-f][0-9a-f])")
#: Says what cannot be written as codes: for ``open`` and its like, as ``errors``.
CODES = "alexnet.codes"
RESERVE = 200_000_000  # bytes that stay free when much is written
#: Seconds between attempts to move a file that another program has open (Windows).
PATIENCE = (0.05, 0.1, 0.2, 0.4, 0.8)


def root() -> Path:
    """Return the folder that holds ``book/`` and ``results/``: the checkout of the book.

    Examples
    --------
    >>> (root() / "helpers").is_dir()
    True
    """
    return Path(__file__).resolve().parent.parent


def in_checkout(path: str) -> Path:
    """Return a file of the book's checkout that is no part of the package.

    Raises
    ------
    UserError
        The package was installed without the book.

    Examples
    --------
    >>> in_checkout("book/claims.yml").name
    'claims.yml'
    """
    if not (root() / "book").is_dir():
        raise UserError(
            f"{path} belongs to the book and is not installed with the package; run this from a "
            "checkout of the book."
        )
    return root() / path


def home() -> Path:
    """Return the folder for drawn data and trained runs, made if it is missing.

    ``ALEXNET_HOME`` names it; without that variable it is ``~/.cache/alexnet-book``.
    """
    folder = _home()
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def _home() -> Path:
    return Path(os.environ.get("ALEXNET_HOME") or Path.home() / ".cache" / "alexnet-book")


def _other_place(folder: Path) -> str:
    """Return what to do where a folder is of no use: no option names what lies in ``home()``."""
    place, whole = os.path.abspath(folder), os.path.abspath
    if any(Path(place).is_relative_to(top) for top in (whole(_home()), os.path.realpath(_home()))):
        return "name another folder with the variable ALEXNET_HOME"
    return "choose another folder"


#: The sources that the package draws, and in which style.
DRAWN = {"embedded": "plain", "drawn": "hard"}
#: Sources of pictures that are no place on this machine.
WORDS = ("", *DRAWN, "flowers", "imagenet-download", "mnist")


def source_folder(source: str) -> Path | None:
    """Return the user's folder that a source of pictures names, None where it names none.

    Examples
    --------
    >>> source_folder("embedded"), source_folder(".") == Path(".")
    (None, True)
    """
    source = os.environ.get("ALEXNET_DATA", "") if source == "auto" else source
    path = Path(source.removeprefix("imagenet:")).expanduser()
    return path if source not in WORDS and os.path.isdir(path) else None


def refuse_missing(source: str) -> None:
    """Make sure that what a source of pictures names is there, before anything heavy is loaded.

    Raises
    ------
    UserError
        When it is not.

    Examples
    --------
    >>> refuse_missing("photos")
    """
    source = os.environ.get("ALEXNET_DATA", "") if source == "auto" else source
    if source.partition(":")[0] in WORDS:
        return
    refuse_address(source)
    place = Path(source.removeprefix("imagenet:")).expanduser()
    if not os.path.lexists(place):
        raise UserError(f"{place}: there is no such folder; give a folder with one per class.")


def refuse_all_missing(paths: Sequence[str]) -> None:
    """Make sure that one at least of several pictures or folders is there, or a pattern.

    Raises
    ------
    UserError
        When none is: there is nothing to do but to say so.

    Examples
    --------
    >>> refuse_all_missing(["photos", "no.jpg"])
    """
    if not paths:
        raise UserError("Name pictures or a folder of pictures.")
    for path in paths:
        refuse_address(path)
    there = (os.path.lexists(Path(as_stored(path)).expanduser()) for path in paths)
    if not any(there) and not any(map(glob.glob, paths)):
        raise UserError(f"{', '.join(map(shown, paths[:3]))}: there is no such file.")


#: Folders that archives were unpacked into, and how these archives were called by the user.
_ARCHIVES: dict[str, str] = {}


def came_from(folder: Path, archive: Path) -> None:
    """Remember that what lies in ``folder`` is to be named as lying in ``archive``."""
    _ARCHIVES[str(folder)] = str(archive)


def as_named(text: object, absolute: bool = False) -> str:
    """Return a text in which pictures out of an archive are named as lying in it.

    ``absolute``: by the archive's whole path, for files that are read elsewhere.

    Examples
    --------
    >>> came_from(Path("/cache/photos-3ef852f6"), Path("photos.zip"))
    >>> as_named("/cache/photos-3ef852f6/cat/1.jpg").replace(os.sep, "/")
    'photos.zip/cat/1.jpg'
    """
    text = str(text)
    for folder, typed in _ARCHIVES.items():
        archive = os.path.abspath(typed) if absolute else typed
        text = text.replace(folder, archive).replace(Path(folder).name, Path(archive).name)
    return text


def utf8(text: str) -> str:
    r"""Return a name as UTF-8 can hold it: bytes of it that are none as codes.

    Examples
    --------
    >>> utf8(b"K\xe4se".decode("utf-8", "surrogateescape"))
    'K\\xe4se'
    """
    return NO_UTF8.sub(_code, text)


def _code(letter: re.Match) -> str:
    number = ord(letter[0])
    return f"\\x{number - 0xDC00:02x}" if 0xDC80 <= number <= 0xDCFF else f"\\u{number:04x}"


def _as_codes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = utf8(error.object[error.start : error.end])
    return text.encode("ascii", "backslashreplace").decode("ascii"), error.end


codecs.register_error(CODES, _as_codes)


def as_stored(path: str) -> str:
    r"""Return the path of a file that a table names as ``utf8`` does; others as they are.

    Examples
    --------
    >>> as_stored("photos/red.jpg")
    'photos/red.jpg'
    """
    if "\\x" not in path or os.path.lexists(path):
        return path
    place = Path()
    for part in Path(path).parts:
        raw = WRITTEN.sub(lambda code: bytes([int(code[1], 16)]), os.fsencode(part))
        there = os.path.lexists(place / part) or not os.path.lexists(place / os.fsdecode(raw))
        place /= part if there else os.fsdecode(raw)
    return str(place) if os.path.lexists(place) else path


def shown(text: object) -> str:
    r"""Return a name as it stands in one line of a terminal: line breaks and the like as codes.

    A picture out of an archive is named as lying in that.

    Examples
    --------
    >>> shown(Path("a\nb.jpg"))
    'a\\nb.jpg'
    """
    letters = utf8(as_named(text))
    kinds = ((letter, unicodedata.category(letter)) for letter in letters)
    return "".join(ascii(c)[1:-1] if kind in ("Cc", "Zl", "Zp") else c for c, kind in kinds)


def markdown(text: object) -> str:
    r"""Return a text letter for letter as Markdown, in one line: no letter is taken for markup.

    Examples
    --------
    >>> markdown("a|b *c* $x_1$ <b> snake_case")
    'a\\|b \\*c\\* \\$x_1\\$ &lt;b> snake_case'
    """
    text = MARKUP.sub(r"\\\g<0>", shown(text))
    return text.replace("&", "&amp;").replace("<", "&lt;")


def code(text: object) -> str:
    """Return a text as Markdown's code, in one line.

    Examples
    --------
    >>> code("a`b"), code("photos")
    ('`` a`b ``', '`photos`')
    """
    text = shown(text)
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {text} {fence}" if longest else f"{fence}{text}{fence}"


def shorten(text: str, most: int | None) -> str:
    """Return a text of at most so many letters, a longer one without its middle.

    Examples
    --------
    >>> shorten("golden retriever", 9)
    'gold…ever'
    """
    if most is None or len(text) <= most:
        return text
    half = (most - 1) // 2
    return f"{text[: most - 1 - half]}…{text[len(text) - half :]}"


def cut(name: str, most: int) -> str:
    """Return a file's name of at most so many bytes: a longer one cut, told apart by a hash.

    Its ending stays.

    Examples
    --------
    >>> cut("a.jpg", 20), cut("a" * 300 + ".jpg", 20)
    ('a.jpg', 'aaaaaaa-3d87a649.jpg')
    """
    data = os.fsencode(name)
    if len(data) <= most:
        return name
    ending = Path(name).suffix if len(os.fsencode(Path(name).suffix)) < most // 4 else ""
    end = f"-{hashlib.sha256(data).hexdigest()[:8]}{ending}"
    # A cut in the middle of a letter would be no name on systems that insist on UTF-8.
    return data[: most - len(os.fsencode(end))].decode("utf-8", "ignore") + end


def refuse_address(source: str) -> None:
    """Make sure that a word names a place on this machine, no address and no standard input.

    Raises
    ------
    UserError
        When it does not.

    Examples
    --------
    >>> refuse_address("photos")
    """
    if source == "-":
        raise UserError("- is standard input, which is not read; name files or folders.")
    if ADDRESS.match(source):
        raise UserError(
            f"{source} is an address on the internet; fetch it first and name the file or folder."
        )


def refuse_inside(out: Path, source: str, option: str = "--out") -> None:
    """Make sure that results do not come to lie among the pictures they are made from.

    There they would be read as pictures, or as a class, the next time.

    Raises
    ------
    UserError
        When ``out`` is the folder of the pictures, or lies inside it.
    """
    folder = source_folder(source)
    if folder is not None and out.expanduser().resolve().is_relative_to(folder.resolve()):
        raise UserError(
            f"{option} {out} lies inside the pictures in {folder}, where it would be taken for "
            "pictures the next time; choose a place outside."
        )


def refused_by_windows(name: str) -> str:
    """Return why Windows takes no file or folder of this name; "" where it does.

    Examples
    --------
    >>> refused_by_windows("Aux.txt"), refused_by_windows("bike")
    ('is the name of a device', '')
    """
    if DEVICES.fullmatch(name.split(".")[0].rstrip(" ")):
        return "is the name of a device"
    if name != name.rstrip(". "):
        return "ends in a dot or a blank"
    if NO_UTF8.search(name):
        return "is not written in UTF-8"
    bad = [letter for letter in name if letter in '<>:"/\\|?*' or ord(letter) < 32]
    return f"holds {bad[0]!r}" if bad else ""


def check_room(needed: int, folder: Path, source: str | Path) -> None:
    """Make sure that ``needed`` bytes out of ``source`` fit on the disk of ``folder``.

    A reserve stays free: a disk filled to its last byte stops everything else on the machine.

    Raises
    ------
    UserError
        When they do not; the sentence says how much is needed and how much is free.

    Examples
    --------
    >>> check_room(1, Path("."), Path("photos.zip"))
    """
    free = shutil.disk_usage(folder).free
    if needed + RESERVE > free:
        raise UserError(
            f"{source} needs {(needed + RESERVE) / 1e9:.1f} GB of disk in {folder}, "
            f"{free / 1e9:.1f} GB are free; make room or {_other_place(folder)}."
        )


@contextlib.contextmanager
def writing_to(folder: Path, remedy: str = "") -> Iterator[None]:
    """Put into one sentence what a place says that cannot be written to.

    ``remedy``: what to do, where it is not to choose another folder, or home.

    Raises
    ------
    UserError
        In place of the system's error.

    Examples
    --------
    >>> with writing_to(Path("runs")):
    ...     pass
    """
    try:
        yield
    except OSError as error:
        if error.errno not in READ_ONLY | NO_FOLDER.keys():
            raise
        why = NO_FOLDER.get(error.errno) or error.strerror
        remedy = remedy or _other_place(folder)
        raise UserError(f"{folder} cannot be written to ({why}); {remedy}.") from error


def write_atomic(path: str | Path, writer: Callable[[Path], object]) -> Path:
    """Let ``writer`` fill a file beside ``path``, then move it into place in one step.

    A crash leaves the old file or none, never half a new one. The file gets the permissions that
    any new file of the user gets.

    Parameters
    ----------
    path
        The file to make or replace.
    writer
        Called with the temporary path, which has the same suffix as ``path`` (Keras looks at it).

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    UserError
        When the place cannot be written to, or another program keeps the old file open.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "note.txt"
    >>> write_atomic(target, lambda p: p.write_text("whole")).read_text()
    'whole'
    """
    path = Path(path)
    with writing_to(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _new_file(path)
    try:
        writer(temporary)
        # Not "rb": Windows flushes only what may be written to.
        with temporary.open("r+b") as file:
            os.fsync(file.fileno())
        move(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


@contextlib.contextmanager
def whole_folder(folder: str | Path) -> Iterator[Path]:
    """Give out a hidden folder beside ``folder`` to fill, and move it there when that is done.

    Whatever happens, ``folder`` is either not there (or empty, as it was) or whole.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "whole"
    >>> with whole_folder(target) as beside:
    ...     _ = (beside / "note.txt").write_text("one")
    >>> [path.name for path in target.iterdir()]
    ['note.txt']
    """
    folder = Path(folder)
    beside = _beside(folder)
    with writing_to(folder.parent):
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside.mkdir()
    try:
        yield beside
        move(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _beside(path: Path) -> Path:
    """Return a hidden name beside ``path`` that no other writer has."""
    return path.with_name(f".{path.stem[:100]}-{secrets.token_hex(6)}{path.suffix}")


def _new_file(path: Path) -> Path:
    # Made by hand, since ``tempfile`` would make it private whatever the user's umask says.
    made = _beside(path)
    os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    return made


def move(made: Path, target: Path) -> None:
    """Move a file onto ``target``, or a folder to a name that is free or an empty folder.

    Windows refuses while another program (a spreadsheet, a virus scanner) has one of the two open;
    that mostly passes within a second.

    Raises
    ------
    UserError
        When it does not.
    """
    if made.is_dir() and target.is_dir():
        with contextlib.suppress(FileNotFoundError):
            target.rmdir()  # Windows does not rename onto a folder, empty or not
    for seconds in PATIENCE:
        try:
            os.replace(made, target)
            return
        except PermissionError:
            time.sleep(seconds)
    try:
        os.replace(made, target)
    except PermissionError as error:
        raise UserError(
            f"{target} cannot be replaced ({error.strerror}); close the program that has it open, "
            "or choose another place."
        ) from error


def read_json(path: Path) -> dict:
    """Return a dictionary that ``write_json`` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path: Path, values: dict) -> None:
    """Write a dictionary, whole or not at all."""
    text = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        # Of a file name that is no UTF-8; escaped, it comes back as it is.
        text = json.dumps(values, indent=2) + "\n"
    write_atomic(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_csv(path: Path, table: "pd.DataFrame") -> None:
    """Write a table, whole or not at all, as UTF-8: names that are none as ``utf8`` does."""
    options = {"index": False, "errors": CODES}
    texts = [*table.columns, *table.select_dtypes(["object", "string"]).to_numpy().ravel()]
    if any("\r" in text for text in texts if isinstance(text, str)):
        options["quoting"] = csv.QUOTE_NONNUMERIC  # the writer leaves a lone \r without quotes
    write_atomic(path, lambda temporary: table.to_csv(temporary, **options))

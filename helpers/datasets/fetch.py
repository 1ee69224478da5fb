"""Fetches the two classes of the demo from ImageNet, after the reader has accepted its terms.

What it writes it marks, and it never replaces or deletes a folder of pictures.
"""

import contextlib
import errno
import http.client
import json
import os
import re
import shutil
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from helpers.datasets import unpack
from helpers.datasets.imagenet import MARK, TWO_CLASSES, WNID
from helpers.datasets.splits import name_hash
from helpers.datasets.tree import pictures_in
from helpers.errors import UserError
from helpers.files import write_atomic, writing_to

BASE = "https://image-net.org/data/winter21_whole"
HELD_OUT = 50  # pictures a class that judge, as in ImageNet's own validation set
SMALL = 5  # in a class of no more than HELD_OUT pictures, one of five
TRIES = 5  # failures in a row
CHUNK = 1 << 18  # bytes
TIMEOUT = 60  # seconds without an answer
PAUSE = 1.0  # seconds before a further try, times the failures so far


def download(
    folder: str | Path,
    *,
    classes: Sequence[str] | None = None,
    accept_terms: bool = False,
    base: str | None = None,
) -> Path:
    """Fetch one archive per class and unpack it into ``folder/train`` and ``folder/val``.

    A broken download goes on where it stopped, also in a later call; a class that is already there
    is left alone. Fifty pictures a class are held out in ``val``, chosen by their names; of a class
    that has no more, a fifth. Two processes on one class: the second waits for the first.

    Parameters
    ----------
    folder
        Where to put the pictures.
    classes
        Wnids; None: mountain bike and container ship.
    accept_terms
        Must be True: the pictures may be used for non-commercial research and education only.
    base
        Address that holds ``<wnid>.tar``; None: ``ALEXNET_IMAGENET_BASE``, else ImageNet's own.

    Raises
    ------
    UserError
        Terms not accepted, pictures in the way that this function has not written, server not
        reachable, archive broken, disk too small.
    """
    if not accept_terms:
        raise UserError(
            "ImageNet's pictures may be used for non-commercial research and education only; read "
            "its terms of access and say so with --accept-imagenet-terms (accept_terms=True)."
        )
    folder = Path(folder)
    base = base or os.environ.get("ALEXNET_IMAGENET_BASE") or BASE
    wnids = TWO_CLASSES if classes is None else tuple(classes)
    for wnid in wnids:
        if not WNID.fullmatch(wnid):
            raise UserError(f"An ImageNet class is called like n03792782, got {wnid!r}.")
        _refuse_others(folder, wnid)
    with writing_to(folder, "name another with --out"):
        folder.mkdir(parents=True, exist_ok=True)
        for wnid in wnids:
            with _alone(folder / f".{wnid}.lock"):
                if not _done(folder, wnid):
                    archive = fetch(f"{base.rstrip('/')}/{wnid}.tar", folder / f"{wnid}.tar.part")
                    _place(archive, folder, wnid)
    return folder


def _done(folder: Path, wnid: str) -> bool:
    return (folder / "train" / wnid / MARK).exists()


def _refuse_others(folder: Path, wnid: str) -> None:
    """Leave alone what somebody else has put where the pictures would go."""
    for place in (folder / "train" / wnid, folder / "val" / wnid):
        if place.exists() and not (place / MARK).exists():
            raise UserError(
                f"{place} is there already and was not written by this command, so nothing was "
                f"fetched; name a new folder with --out, or use yours as imagenet:{folder}."
            )


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold a lock that goes with the process; nothing is held where the system has none."""
    with _held(lock):
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # Windows keeps open files
                lock.unlink()


def _held(lock: Path):
    while True:
        file = lock.open("a")
        _wait(file, lock)
        # The process that was waited for has taken its file away: a lock on it is worth nothing.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), lock.stat()):
                return file
        file.close()


def _wait(file, lock: Path) -> None:
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"waiting for another process that fetches {lock.stem[1:]} …", file=sys.stderr)
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError:  # a file system without locks
        return


def fetch(address: str, part: Path) -> Path:
    """Return ``part`` once it is complete; goes on after a broken connection.

    Gives up after ``TRIES`` failures in a row without a new byte.
    """
    failures = 0
    while failures < TRIES:
        before = _size(part)
        try:
            _fetch_rest(address, part)
            return part
        except urllib.error.HTTPError as error:
            problem = f"the server answered {error.code} {error.reason}"
            if error.code < 500:  # asking again gives the same answer
                raise UserError(f"{address}: {problem}.") from None
        except (OSError, http.client.HTTPException) as error:
            if getattr(error, "errno", None) == errno.ENOSPC:
                raise UserError(f"{part}: the disk is full; make room and repeat.") from None
            problem = getattr(error, "reason", error)
        failures = 0 if _size(part) > before else failures + 1
        time.sleep(PAUSE * failures)
    kept = f": what has arrived is kept in {part.name}" if _size(part) else ""
    raise UserError(
        f"{address}: could not be fetched after {TRIES} tries ({problem}); check the connection "
        f"and repeat the command{kept}."
    )


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _fetch_rest(address: str, part: Path) -> None:
    have, known = _size(part), _known(part)
    try:
        answer = urllib.request.urlopen(_request(address, have, known), timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code != 416:
            raise
        # Nothing is left to fetch: the last try ended with the last byte, or the file has changed.
        _same(part, known, _range(error.headers)[1] or have, have)
        return
    with answer:
        start, total = _range(answer.headers)
        if answer.status == 206:
            _same(part, known, total, have if start is None else start)
        else:
            have = 0
        length = _number(answer.headers.get("Content-Length"))
        total = have + length if length is not None else total
        if have == 0:
            _remember(part, answer.headers, total)
        if total is not None:
            # Archive and unpacked pictures lie side by side for a moment.
            _check_disk(2 * total - have, part, address)
        with part.open("ab" if have else "wb") as file:
            while block := answer.read(CHUNK):
                file.write(block)
                have += len(block)
                _progress(part.name, have, total)
    if total is not None and have < total:
        raise ConnectionError(f"{have:,} of {total:,} bytes arrived")


def _request(address: str, have: int, known: dict) -> urllib.request.Request:
    """Ask for what is missing, if the file is still the one whose beginning has arrived."""
    headers = {"Range": f"bytes={have}-"} if have else {}
    if have and known.get("validator"):
        headers["If-Range"] = known["validator"]
    return urllib.request.Request(address, headers=headers)


def _range(headers) -> tuple[int | None, int | None]:
    """Return where the answer begins and how long the whole file is, each None if not said."""
    match = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", headers.get("Content-Range") or "")
    return (_number(match[1]), _number(match[2])) if match else (None, None)


def _number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]+", text) else None


def _same(part: Path, known: dict, total: int | None, start: int) -> None:
    """Make sure that the server's file is the one whose beginning has arrived, or begin anew."""
    length = known.get("length")
    if start == _size(part) and (None in (total, length) or total == length):
        return
    part.unlink()
    raise ConnectionError("the file has changed on the server")


def _state(part: Path) -> Path:
    return part.with_name(f".{part.name}.json")


def _known(part: Path) -> dict:
    """Return what the server said of the file whose beginning has arrived."""
    try:
        return json.loads(_state(part).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _remember(part: Path, headers, total: int | None) -> None:
    etag = headers.get("ETag") or ""
    # A weak tag does not promise equal bytes.
    validator = etag if etag.startswith('"') else headers.get("Last-Modified")
    text = json.dumps({"validator": validator, "length": total})
    write_atomic(_state(part), lambda path: path.write_text(text, encoding="utf-8"))


def forget(part: Path) -> None:
    """Remove what has arrived of a file, and what is known about it."""
    part.unlink(missing_ok=True)
    _state(part).unlink(missing_ok=True)


def _check_disk(needed: int, part: Path, address: str) -> None:
    free = shutil.disk_usage(part.parent).free
    if needed > free:
        raise UserError(
            f"{address} needs {needed / 1e9:.1f} GB of disk in {part.parent}, "
            f"{free / 1e9:.1f} GB are free; make room or choose another folder."
        )


def _progress(name: str, have: int, total: int | None) -> None:
    """Show on a terminal how much has arrived."""
    if sys.stderr.isatty():
        share = f" of {total / 1e6:.0f} MB, {100 * have / total:.0f} %" if total else " MB"
        end = "\n" if have == total else ""
        print(f"\r{name}: {have / 1e6:.0f}{share}", end=end, file=sys.stderr, flush=True)


def _place(archive: Path, folder: Path, wnid: str) -> None:
    """Unpack, hold out, and move val and train into place; the class counts once train is there."""
    beside = Path(tempfile.mkdtemp(prefix=f".{wnid}-", dir=folder))
    try:
        _unpack(archive, beside)
        for part in ("val", "train"):
            (folder / part).mkdir(exist_ok=True)
            # Only an interrupted call has left one part, and has held out the same pictures.
            if not (folder / part / wnid / MARK).exists():
                os.rename(beside / part, folder / part / wnid)
    except UserError:
        # A damaged archive would be resumed for ever; the next call fetches it anew.
        forget(archive)
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    forget(archive)


def _unpack(archive: Path, beside: Path) -> None:
    train, val = unpack.unpack_pictures(archive, beside / "train"), beside / "val"
    pictures = sorted(pictures_in(train), key=name_hash)
    held = HELD_OUT if len(pictures) > HELD_OUT else len(pictures) // SMALL
    if not held:
        raise UserError(
            f"{archive} holds {len(pictures)} picture(s), at least {SMALL} are needed; choose "
            "another class."
        )
    val.mkdir()
    for path in pictures[:held]:
        os.replace(path, val / path.name)
    for part in (train, val):
        (part / MARK).write_text("Fetched from image-net.org.\n", encoding="utf-8")

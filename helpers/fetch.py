"""Fetches a file from the internet: goes on where it stopped, also in a later process."""

import errno
import hashlib
import http.client
import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from helpers.errors import UserError
from helpers.files import READ_ONLY, check_room, write_json

TRIES = 5  # failures in a row
CHUNK = 1 << 18  # bytes
TIMEOUT = 60  # seconds without an answer
PAUSE = 1.0  # seconds before a further try, times the failures so far


@dataclass(frozen=True)
class Published:
    """A file that somebody publishes: where, how large, and its whole hash."""

    name: str
    address: str
    size: int  # bytes
    algorithm: str
    digest: str


def published(file: Published, path: Path, tries: int | None = None) -> Path:
    """Return ``path``, which is a published file, fetched if it is not there.

    ``tries``: as for ``fetch``.

    Raises
    ------
    UserError
        Not reachable, or another file than the published one.
    """
    if path.exists():
        _check(path, file)
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = fetch(file.address, path.with_name(f"{path.name}.part"), tries)
    try:
        _check(part, file)
        os.replace(part, path)
    finally:
        forget(part)  # another file: going on from it would never end well
    return path


def _check(path: Path, file: Published) -> None:
    """Raise a UserError unless size and whole digest are those of the published file."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, file.algorithm).hexdigest()
    size = path.stat().st_size
    if (size, digest) != (file.size, file.digest):
        raise UserError(
            f"{file.name} is not the published file: {size:,} bytes with the {file.algorithm} "
            f"{digest[:8]}…, where {file.size:,} with {file.digest[:8]}… were published; delete "
            "it and fetch it again."
        )


def fetch(address: str, part: Path, tries: int | None = None) -> Path:
    """Return ``part`` once it is complete; goes on after a broken connection.

    Gives up after ``tries`` failures in a row without a new byte (None: ``TRIES``).
    """
    failures, most = 0, TRIES if tries is None else tries
    while failures < most:
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
            if getattr(error, "errno", None) in READ_ONLY:
                raise
            problem = str(getattr(error, "reason", error))
        failures = 0 if _size(part) > before else failures + 1
        time.sleep(PAUSE * failures if failures < most else 0)
    times = "1 try" if most == 1 else f"{most} tries"
    kept = f": what has arrived is kept in {part.name}" if _size(part) else ""
    raise UserError(
        f"{address}: could not be fetched after {times} ({problem}); check the connection "
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
            # An archive and what is unpacked from it lie side by side for a moment.
            check_room(2 * total - have, part.parent, address)
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
    write_json(_state(part), {"validator": validator, "length": total})


def forget(part: Path) -> None:
    """Remove what has arrived of a file, and what is known about it."""
    part.unlink(missing_ok=True)
    _state(part).unlink(missing_ok=True)


def _progress(name: str, have: int, total: int | None) -> None:
    """Show on a terminal how much has arrived."""
    if sys.stderr.isatty():
        share = f" of {total / 1e6:.0f} MB, {100 * have / total:.0f} %" if total else " MB"
        end = "\n" if have == total else ""
        print(f"\r{name}: {have / 1e6:.0f}{share}", end=end, file=sys.stderr, flush=True)

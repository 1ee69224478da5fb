"""Fetches the two classes of the demo from ImageNet, after the reader has accepted its terms."""

import errno
import http.client
import os
import shutil
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from helpers.datasets import unpack
from helpers.datasets.imagenet import TWO_CLASSES, WNID
from helpers.datasets.splits import name_hash
from helpers.datasets.tree import pictures_in
from helpers.errors import UserError

BASE = "https://image-net.org/data/winter21_whole"
HELD_OUT = 50  # validation pictures a class, as in ImageNet's own validation set
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
    is left alone. Fifty pictures a class are held out, chosen by their names.

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
        Terms not accepted, server not reachable, archive broken, disk too small.
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
    folder.mkdir(parents=True, exist_ok=True)
    for wnid in wnids:
        if not (folder / "train" / wnid).is_dir():
            archive = _fetch(f"{base.rstrip('/')}/{wnid}.tar", folder / f"{wnid}.tar.part")
            _place(archive, folder, wnid)
    return folder


def _fetch(address: str, part: Path) -> Path:
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
    have = _size(part)
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing is left to fetch: the last try ended with the last byte
            return
        raise
    with answer:
        resumed = answer.status == 206
        have = have if resumed else 0
        total = have + int(answer.headers.get("Content-Length") or 0)
        # Archive and unpacked pictures lie side by side for a moment.
        _check_disk(2 * total - have, part, address)
        with part.open("ab" if resumed else "wb") as file:
            while block := answer.read(CHUNK):
                file.write(block)
                have += len(block)
                _progress(part.name, have, total)
    if have < total:
        raise ConnectionError(f"{have:,} of {total:,} bytes arrived")


def _check_disk(needed: int, part: Path, address: str) -> None:
    free = shutil.disk_usage(part.parent).free
    if needed > free:
        raise UserError(
            f"{address} needs {needed / 1e9:.1f} GB of disk in {part.parent}, "
            f"{free / 1e9:.1f} GB are free; make room or choose another folder."
        )


def _progress(name: str, have: int, total: int) -> None:
    """Show on a terminal how much has arrived."""
    if sys.stderr.isatty():
        share = f" of {total / 1e6:.0f} MB, {100 * have / total:.0f} %" if total else " MB"
        end = "\n" if have == total else ""
        print(f"\r{name}: {have / 1e6:.0f}{share}", end=end, file=sys.stderr, flush=True)


def _place(archive: Path, folder: Path, wnid: str) -> None:
    """Unpack, hold out, and move train and val into place; the class counts once train is there."""
    beside = Path(tempfile.mkdtemp(prefix=f".{wnid}-", dir=folder))
    try:
        try:
            train = unpack.unpack_pictures(archive, beside / "train")
        except UserError:
            # A damaged archive would be resumed for ever; the next call fetches it anew.
            archive.unlink()
            raise
        val = beside / "val"
        val.mkdir()
        for path in sorted(pictures_in(train), key=name_hash)[:HELD_OUT]:
            os.replace(path, val / path.name)
        for part, made in (("val", val), ("train", train)):
            (folder / part).mkdir(exist_ok=True)
            shutil.rmtree(folder / part / wnid, ignore_errors=True)
            os.replace(made, folder / part / wnid)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    archive.unlink()

"""One process at a time in a folder."""

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from helpers.files import READ_ONLY, writing_to

#: What file systems without locks say: NFS without its lock daemon, some of FUSE.
WITHOUT = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS}


@contextlib.contextmanager
def locked(folder: Path, name: str = ".lock", task: str = "") -> Iterator[bool]:
    """Hold a folder; a second process waits until the first has ended, and says so.

    The lock goes with the process, however it ends. Where the system has no such locks (Windows)
    nothing is held; where the file system has none, a line says so.

    Parameters
    ----------
    folder
        The folder, made if it is missing.
    name
        Name of the file that is locked in it.
    task
        What the process does, for the second one to say: ``"trains in runs/one"`` by default.

    Yields
    ------
    bool
        Whether another process had to be waited for.

    Raises
    ------
    UserError
        When the folder cannot be made.
    """
    try:
        import fcntl
    except ImportError:
        with writing_to(folder):
            folder.mkdir(parents=True, exist_ok=True)
        yield False
        return
    waited = False
    with contextlib.ExitStack() as held:
        while True:
            file = _lock_file(folder / name)
            if file is None:
                break
            held.enter_context(file)
            waited |= _take(fcntl, file, folder, task or f"trains in {folder}")
            if _is_current(file, folder / name):
                break
            held.pop_all().close()
        yield waited


def _lock_file(lock: Path):
    """Open a folder's lock, made anew when its last holder has just taken it away.

    None in a folder that is read-only: a finished run can be had from there, and nothing else.
    """
    while True:
        if not lock.parent.is_dir():
            with writing_to(lock.parent):
                lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            return lock.open("a")
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno in READ_ONLY:
                return None
            raise


def _take(fcntl, file, folder: Path, task: str) -> bool:
    """Lock an open file and return whether another process had it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        _say(f"waiting for another process that {task}")
        fcntl.flock(file, fcntl.LOCK_EX)
        return True
    except OSError as error:
        if error.errno not in WITHOUT:
            raise
        _say(f"{folder} lies where files cannot be locked: start no second process in it.")
        return False


def _is_current(file, lock: Path) -> bool:
    """Whether the lock that was taken is still the folder's, not one that was taken away."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), lock.stat())
    except FileNotFoundError:
        return False


def _say(text: str) -> None:
    # On standard error: the output of a chapter must not depend on who else is at work.
    print(text, file=sys.stderr, flush=True)

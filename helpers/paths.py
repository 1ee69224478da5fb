"""Where files live, and how they are written: whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from helpers.errors import UserError


def root() -> Path:
    """Return the folder that holds ``book/`` and ``results/``: the checkout of the book.

    Examples
    --------
    >>> (root() / "helpers").is_dir()
    True
    """
    return Path(__file__).resolve().parent.parent


def home() -> Path:
    """Return the folder for drawn data and trained runs, made if it is missing.

    ``ALEXNET_HOME`` names it; without that variable it is ``~/.cache/alexnet-book``.
    """
    folder = Path(os.environ.get("ALEXNET_HOME") or Path.home() / ".cache" / "alexnet-book")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def check_room(needed: int, folder: Path, archive: Path) -> None:
    """Make sure that ``needed`` bytes, unpacked from ``archive``, fit on the disk of ``folder``.

    Raises
    ------
    UserError
        When they do not; the sentence says how much is needed and how much is free.

    Examples
    --------
    >>> check_room(1, Path("."), Path("photos.zip"))
    """
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise UserError(
            f"{archive} needs {needed / 1e9:.1f} GB of disk in {folder}, {free / 1e9:.1f} GB are "
            "free; make room or choose another folder."
        )


def write_atomic(path: str | Path, writer: Callable[[Path], object]) -> Path:
    """Let ``writer`` fill a file beside ``path``, then move it into place in one step.

    A crash leaves the old file or none, never half a new one.

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

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "note.txt"
    >>> write_atomic(target, lambda p: p.write_text("whole")).read_text()
    'whole'
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A dot in front and the process number: two writers never share a temporary file.
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        writer(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        # mkstemp makes a private file; a run folder is meant to be read by others.
        temporary.chmod(0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path

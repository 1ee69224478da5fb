"""The state of an unfinished run on disk.

One file per checkpoint: every weight, every momentum buffer, and a few words on where the run
stands. A file appears whole or not at all (written beside, flushed to disk, renamed), and the zip
format it uses holds a checksum for each array, so that a damaged file is noticed when it is read.
The last two are kept; of a finished run one, without the weights that its saved network has.
"""

import json
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from helpers.errors import UserError
from helpers.files import write_atomic

KEPT = 2
ELSEWHERE = "in_network"  # in the state: which arrays the saved network has
#: What reading a file raises that is not whole.
DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


def save(folder: Path, epoch: int, arrays: list[np.ndarray], state: dict) -> Path:
    """Write the checkpoint after ``epoch`` and remove all but the last two.

    Parameters
    ----------
    folder
        The run folder.
    epoch
        Number of finished epochs.
    arrays
        Weights, then optimizer variables, in the network's order.
    state
        Whatever else is needed to go on; must fit into JSON.
    """
    named: dict[str, Any] = {f"array{i:04d}": array for i, array in enumerate(arrays)}
    named["state"] = np.frombuffer(json.dumps(state).encode(), dtype="uint8")

    def write(path: Path) -> None:
        with path.open("wb") as file:
            np.savez(file, **named)

    path = write_atomic(folder / f"checkpoint-{epoch:06d}.npz", write)
    for old in _files(folder)[KEPT:]:
        old.unlink()
    return path


def load(folder: Path) -> tuple[list[np.ndarray], dict] | None:
    """Return arrays and state of the newest readable checkpoint, None when there is none.

    A damaged file is passed over, and said so, as long as an older one is whole.

    Raises
    ------
    UserError
        When there are checkpoints but none can be read.
    """
    damaged = []
    for path in _files(folder):
        try:
            found = _read(path)
        except DAMAGED:
            damaged.append(path)
            continue
        for other in damaged:
            print(f"{other.name} is damaged or cut off; going on from {path.name} before it.")
            other.unlink()
        return found
    if damaged:
        raise UserError(
            f"{damaged[0]} is damaged or cut off and there is no older checkpoint: delete it to "
            "train from the start."
        )
    return None


def slim(folder: Path, elsewhere: Sequence[int]) -> None:
    """Take out of the newest checkpoint the arrays that lie elsewhere too: in the saved network.

    Parameters
    ----------
    folder
        The folder of a finished run.
    elsewhere
        Their positions, in the order of the network's weights; ``whole`` puts them back.
    """
    path = _files(folder)[0]
    arrays, state = _read(path)
    for i in elsewhere:
        arrays[i] = np.empty(0, "float32")
    save(folder, _epoch(path), arrays, state | {ELSEWHERE: list(elsewhere)})


def whole(
    found: tuple[list[np.ndarray], dict], weights: Callable[[], Sequence[np.ndarray]]
) -> tuple[list[np.ndarray], dict]:
    """Put back what ``slim`` took out; ``weights`` gives those of the saved network.

    Examples
    --------
    >>> whole(([np.empty(0)], {"in_network": [0]}), lambda: [np.ones(2)])
    ([array([1., 1.])], {})
    """
    arrays, state = list(found[0]), dict(found[1])
    places = state.pop(ELSEWHERE, ())
    if places:
        for i, array in zip(places, weights(), strict=True):
            arrays[i] = array
    return arrays, state


def newest(folder: Path) -> Path | None:
    """Return the file of the newest checkpoint, None when there is none."""
    return next(iter(_files(folder)), None)


def state(folder: Path) -> dict | None:
    """Return the state in the newest checkpoint, without its arrays; None when there is none.

    Raises
    ------
    UserError
        When the file is damaged.
    """
    path = newest(folder)
    if path is None:
        return None
    try:
        with np.load(path) as file:
            return json.loads(file["state"].tobytes())
    except DAMAGED as error:
        raise UserError(
            f"{path} is damaged or cut off; put back a copy or train into a new folder."
        ) from error


def clear(folder: Path, keep: int = 0) -> None:
    """Remove all checkpoints but the newest ``keep``, and what a killed process left of others."""
    for path in [*_files(folder)[keep:], *folder.glob(".checkpoint-*.npz")]:
        path.unlink(missing_ok=True)


def _read(path: Path) -> tuple[list[np.ndarray], dict]:
    with np.load(path) as file:
        names = sorted(name for name in file.files if name != "state")
        state = json.loads(file["state"].tobytes())
        return [file[name] for name in names], state


def _epoch(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])


def _files(folder: Path) -> list[Path]:
    """Return the checkpoints of a run folder, newest first."""
    return sorted(folder.glob("checkpoint-*.npz"), reverse=True)

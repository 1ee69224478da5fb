"""One table of many runs, continued where it stopped.

In: reading, what is missing, adding a run whole or not at all; what decided the runs beside it.
Out: which runs they are, and how rows are made of one: ``NAME/make.py``. The command is
``python -m helpers record NAME``.
"""

import contextlib
import functools
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from helpers import environment, locks, training
from helpers.datasets import ImageFolder
from helpers.errors import UserError
from helpers.files import read_json, write_atomic, write_csv, write_json, writing_to
from helpers.training import Recipe, Run, identity


@dataclass(frozen=True)
class Record:
    """A table in a folder; ``key`` are the columns that tell one run from another.

    ``texts`` are columns of texts that may look like numbers.
    """

    folder: Path
    key: tuple[str, ...]
    columns: tuple[str, ...]
    name: str = "runs.csv"
    texts: tuple[str, ...] = ()

    def read(self) -> pd.DataFrame:
        """Return the table; no rows when nothing has been recorded there.

        Raises
        ------
        UserError
            When the file is no such table.
        """
        path = self.folder / self.name
        if not path.exists():
            return pd.DataFrame(columns=list(self.columns))
        try:
            table = pd.read_csv(path, dtype=dict.fromkeys(self.texts, str))
        except (OSError, ValueError) as error:
            raise UserError(f"{path} cannot be read as a table ({error}).") from error
        if list(table) != list(self.columns):
            raise UserError(
                f"{path} must have the columns {', '.join(self.columns)}; name another folder."
            )
        return table

    def rows(self, run: Sequence) -> pd.DataFrame:
        """Return what is recorded of one run, named by the values of ``key``."""
        table = self.read()
        return table[_runs(table, self.key).isin([tuple(run)])].reset_index(drop=True)

    def missing(self, runs: Iterable[Sequence]) -> list[tuple]:
        """Return those of the runs of which nothing is recorded."""
        done = set(_runs(self.read(), self.key))
        return [tuple(run) for run in runs if tuple(run) not in done]

    def append(self, rows: pd.DataFrame) -> None:
        """Add a run, in the place of what was recorded of it; whole or not at all."""
        rows = rows[list(self.columns)].round(5)
        with locks.locked(self.folder):
            table = self.read()
            others = table[~_runs(table, self.key).isin(_runs(rows, self.key))]
            table = pd.concat([others, rows]) if len(others) else rows
            write_csv(self.folder / self.name, table)


def _runs(table: pd.DataFrame, key: tuple[str, ...]) -> pd.Series:
    names = zip(*(table[name].tolist() for name in key), strict=True)
    return pd.Series(list(names), index=table.index, dtype=object)


def begin(folder: Path, data: ImageFolder, **settings: object) -> None:
    """Write down what decides the runs, or make sure that those in the folder were made so.

    Parameters
    ----------
    folder
        Of the record; gets ``settings.json``, which has to stay the same, and
        ``environment.json``, the machine on which it was begun.
    data
        The pictures; their hash and that of the code are among the settings.
    settings
        Whatever else decides the results, ready for JSON; a ``Recipe`` counts without its pictures.

    Raises
    ------
    UserError
        The folder holds runs that were made otherwise: what differs is named.
    """
    settings |= {"pictures": identity.data_hash(data), "code": identity.code_hash()}
    wanted = json.loads(json.dumps(settings, default=identity.settings))
    path = folder / "settings.json"
    there = _flat(read_json(path)) if path.exists() else None
    if there is None and not any(folder.glob("*.csv")):
        with writing_to(folder):
            folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "environment.json", environment.described())
        write_json(path, wanted)
        return
    values = _flat(wanted)
    other = [name for name in values if (there or {}).get(name) != values[name]]
    if other:
        said = f"other settings ({', '.join(other)})" if there else "unknown settings"
        raise UserError(f"{folder} holds runs with {said}; name another folder with --out.")


def _flat(values: dict) -> dict:
    flat = {}
    for name, value in values.items():
        inner = value.items() if isinstance(value, dict) else ()
        flat |= {f"{name}.{key}": one for key, one in inner} or {name: value}
    return flat


@contextlib.contextmanager
def trained(recipe: Recipe, callbacks: Sequence = ()) -> Iterator[Run]:
    """Train in a temporary folder and hand out the run, whose files are gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield training.train(recipe, Path(folder) / "run", verbose=False, callbacks=callbacks)


def copy(run: Run, folder: Path, names: Sequence[str]) -> None:
    """Keep some files of a run in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        write_atomic(folder / name, functools.partial(shutil.copyfile, run.path / name))

"""The recorded network, which the chapters on errors, heat maps and filters read.

In: the hard drawn pictures, made now if they are not there. Out: a finished run as ``Run.load``
reads it, judged on the 400 test pictures: recipe, environment, history, predictions and the network
``book`` itself, without the optimizer's state.

``python -m helpers record book_run`` makes it, in some ten minutes on two cores. Its prose is
computed from these files, so a new run changes what the chapters say.
"""

from dataclasses import replace
from pathlib import Path

from helpers.files import write_csv
from helpers.training import quick_recipe
from results.record import copy, trained

#: The quick run, twice as long, and at a higher rate: it stands at log 2 for eleven epochs.
RECIPE = replace(quick_recipe(data="drawn"), epochs=28, learning_rate=5e-4)
FILES = ("recipe.json", "environment.json", "history.csv", "predictions.csv", "model.keras")


def make(out: Path = Path(__file__).parent) -> None:
    """Train the network and put its files in the place of those that are there."""
    with trained(RECIPE) as run:
        copy(run, out, FILES)
        table = run.predictions
        names = [Path(path).relative_to(run.data.location).as_posix() for path in table["path"]]
        write_csv(out / "predictions.csv", table.assign(path=names))

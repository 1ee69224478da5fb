"""The experiments behind the recorded runs: ``results/NAME/make.py``."""

import importlib
import inspect
import os
import sys
from types import ModuleType

from helpers.errors import UserError
from helpers.files import in_checkout


def names() -> list[str]:
    """Return the names of the experiments.

    Examples
    --------
    >>> names()[0]
    'ablations'
    """
    return sorted(path.parent.name for path in in_checkout("results").glob("*/make.py"))


def experiment(name: str) -> ModuleType:
    """Return the module that makes and reads a record: ``results/NAME/make.py``.

    Raises
    ------
    UserError
        There is no such experiment, or the package was installed without the book.

    Examples
    --------
    >>> experiment("ablations").RECORD.read().columns[:2].tolist()
    ['variant', 'seed']
    """
    if name not in names():
        raise UserError(f"There is no experiment {name!r}; choose from {', '.join(names())}.")
    top = str(in_checkout("results").parent)
    if top not in sys.path:  # the package may be installed, the book lies beside it
        sys.path.append(top)
    return importlib.import_module(f"results.{name}.make")


def make(name: str, **options: object) -> None:
    """Make a record, or continue it, at low priority; options that are None are left out.

    Raises
    ------
    UserError
        The experiment has no such option, or ``seeds`` is below 1.
    """
    function = experiment(name).make
    known = inspect.signature(function).parameters
    given = {option: value for option, value in options.items() if value is not None}
    for option in given:
        if option not in known:
            raise UserError(f"{name} takes no --{option}; it takes --{', --'.join(known)}.")
    seeds = given.get("seeds", 1)
    if isinstance(seeds, int) and seeds < 1:
        raise UserError(f"--seeds must be at least 1, got {seeds}.")
    if hasattr(os, "nice"):
        os.nice(10)
    function(**given)

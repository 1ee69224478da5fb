"""Rooms that hand out the functions of their modules, each loaded when it is first asked for."""

import importlib
from collections.abc import Callable
from typing import Any


def hand_out(room: str, modules: dict[str, str]) -> tuple[Callable[[str], Any], list[str]]:
    """Return ``__getattr__`` and ``__all__`` of a package.

    Parameters
    ----------
    room
        Its name.
    modules
        What each of its modules gives, names with blanks between.

    Examples
    --------
    >>> get, names = hand_out("helpers.plots", {"curves": "roc thresholds"})
    >>> names
    ['roc', 'thresholds']
    """
    homes = {name: module for module, names in modules.items() for name in names.split()}

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{room}.{homes[name]}"), name)

    return get, sorted(homes)

"""A finished cross-validation as one thing: its runs, and what they say together.

In: the folder of ``train --folds``. Out: ``Crossed``, which answers for pictures with the mean of
the folds' probabilities, and judges its own pictures by the one run that had not seen each.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.training.run_files import read_recipe

if TYPE_CHECKING:
    from helpers.datasets import ImageFolder
    from helpers.training.recipe import Recipe


@dataclass(frozen=True)
class Crossed:
    """The finished runs of all folds; classes and settings are those of the first, as of all.

    Examples
    --------
    >>> load("runs/bicycles").runs[0].recipe.fold  # doctest: +SKIP
    (1, 5)
    """

    path: Path
    runs: Sequence

    @property
    def recipe(self) -> "Recipe":
        """The settings of the first fold."""
        return self.runs[0].recipe

    @property
    def environment(self) -> dict:
        """Machine, versions and classes of the first fold."""
        return self.runs[0].environment

    @property
    def classes(self) -> tuple[str, ...]:
        """Folder names of the classes in the order of the probabilities."""
        return self.runs[0].classes

    @functools.cached_property
    def data(self) -> "ImageFolder":
        """The pictures that the folds share; each of them has taught some of the runs."""
        return self.runs[0].data


def is_crossed(path: Path) -> bool:
    """Whether a folder holds folds and is no run itself."""
    first = path / "fold-1"
    return (
        not (path / "recipe.json").exists()
        and (first / "recipe.json").exists()
        and read_recipe(first).fold is not None
    )

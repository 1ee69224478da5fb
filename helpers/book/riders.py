"""Drawn bikes without their riders: the same picture, but for the person on it.

In: pictures of the hard drawn set. Out: files of those with a rider, drawn anew without.
"""

from collections.abc import Iterable
from pathlib import Path
from unittest import mock

from PIL import Image

from helpers.datasets.drawn import files as drawings
from helpers.datasets.drawn import hard
from helpers.datasets.drawn.scene import Canvas


def without_riders(paths: Iterable[str | Path], folder: str | Path) -> dict[str, Path]:
    """Draw those bikes again that have a rider, without him; all else stays as it is.

    Parameters
    ----------
    paths
        Pictures of bikes of the source ``drawn``.
    folder
        Where the new pictures go.

    Returns
    -------
    dict
        For the path of each picture that shows a rider, the file that shows none.

    Examples
    --------
    >>> without_riders([], ".")
    {}
    """
    found = {}
    for path in map(Path, paths):
        ridden, picture, quality = _without(path)
        if ridden:
            found[str(path)] = Path(folder, path.name)
            picture.save(found[str(path)], "JPEG", quality=quality)
    return found


def _without(path: Path) -> tuple[bool, Image.Image, int]:
    """Return whether a drawn bike has a rider, its picture without one, and the JPEG quality."""
    ridden = []

    class Riderless(hard.LadenBike):
        """A bike whose rider takes his random numbers and leaves no mark."""

        def rider(self) -> None:
            ridden.append(True)
            shown, self.canvas = self.canvas, Canvas(1, 1)
            super().rider()
            self.canvas = shown

    wnid, split = path.parent.name, path.parent.parent.name
    number = int(path.stem.split("_")[1]) - drawings.FIRST_NUMBER[split]
    with mock.patch.object(hard, "LadenBike", Riderless):
        picture, _, quality = drawings.draw(wnid, 0, split, number, style="hard")
    return bool(ridden), picture, quality

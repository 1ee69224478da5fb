"""How much of the ship or bike is covered in each of the hard test pictures.

A mask shows what is seen of the object, not what is hidden; only the drawing code knows that. In:
nothing. Out: ``test.csv``, one row a picture: its file's name without ending, and ``covered``, the
share of the object that things in front of it, wire, rain or twigs hide (0 to 1; a rider is none).

``python -m helpers record drawn_covered`` makes it in half a minute, and is needed after every
change of the drawing code.
"""

from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd

from helpers import files
from helpers.datasets.drawn import files as drawn
from helpers.datasets.drawn import hard


def covered(wnid: str, number: int) -> float:
    """Draw a test picture again and compare its mask before and after what stands in front."""
    areas, put, turned = [], hard.put, hard.turned

    def area(canvas) -> int:
        return int(np.count_nonzero(np.asarray(canvas.mask)))

    def before(canvas, rng, scene, label, rows, part):
        if part is False:
            areas.append(area(canvas))
        put(canvas, rng, scene, label, rows, part)

    def after(canvas, rng, size):
        areas.append(area(canvas))
        return turned(canvas, rng, size)

    with mock.patch.object(hard, "put", before), mock.patch.object(hard, "turned", after):
        drawn.draw(wnid, 0, "test", number, "hard")
    whole, seen = areas
    return 1 - seen / whole


def table(count: int = drawn.STYLES["hard"][1][2]) -> pd.DataFrame:
    """Return the rows of the first ``count`` test pictures, half of them of each class."""
    first = drawn.FIRST_NUMBER["test"]
    rows = [
        (f"{wnid}_{first + number}", round(covered(wnid, number), 4))
        for wnid in drawn.CLASSES
        for number in range(count // 2)
    ]
    return pd.DataFrame(rows, columns=["picture", "covered"])


def make(out: Path = Path(__file__).parent) -> None:
    """Write the table anew."""
    files.write_csv(out / "test.csv", table())

"""Numbers that are tested while their printed text stays the same.

A training result differs a little from machine to machine, so a notebook cannot store it and have
it compared literally. ``check`` tests the number against what the text promises and prints a line
that only changes when the promise does.
"""

import json
import os
from typing import Any

import numpy as np

from helpers import environment
from helpers.book.records import experiment
from helpers.errors import UserError


def check(name: str, value: object, expected: object, tolerance: float = 0.0) -> None:
    """Assert that ``value`` is within ``tolerance`` of ``expected`` and print a constant line.

    Parameters
    ----------
    name
        What the number is, for the printed line.
    value, expected
        Numbers, or arrays of one shape; for arrays the largest absolute difference counts.
    tolerance
        Largest difference allowed, in the unit of the numbers.

    Raises
    ------
    AssertionError
        When they differ by more, or when ``value`` is not a finite number.

    Examples
    --------
    >>> check("parameters", 60_965_224, 60_965_224)
    ok  parameters = 60965224
    >>> check("accuracy", 0.981, 0.97, tolerance=0.03)
    ok  accuracy: within 0.03 of 0.97
    """
    got, want = np.asarray(value, float), np.asarray(expected, float)
    assert got.shape == want.shape, f"{name}: shape {got.shape}, expected {want.shape}"
    assert np.isfinite(got).all(), f"{name}: {value} is not finite"
    worst = float(np.abs(got - want).max()) if got.size else 0.0
    assert worst <= tolerance, f"{name}: {value} is not within {tolerance} of {expected}"
    print(f"ok  {name}{_promise(expected, tolerance)}")


def _promise(expected: Any, tolerance: float) -> str:
    what = expected if np.ndim(expected) == 0 else f"the expected {np.shape(expected)} array"
    return f" = {what}" if tolerance == 0 else f": within {tolerance:g} of {what}"


def check_between(name: str, value: float, low: float, high: float) -> None:
    """Assert ``low <= value <= high`` and print a constant line.

    Examples
    --------
    >>> check_between("ratio", 5.2, 3, 9)
    ok  ratio: between 3 and 9
    """
    assert low <= value <= high, f"{name}: {value} is not between {low} and {high}"
    print(f"ok  {name}: between {low:g} and {high:g}")


def check_trained(name: str, value: float, low: float, high: float) -> None:
    """As ``check_between``, of what a training in the chapter has reached.

    The limits are those of the quick profile and its number of epochs. In the full profile, and
    where ``ALEXNET_EPOCHS`` ends trainings early, the number is shown and nothing is asserted.

    Examples
    --------
    >>> environment.os.environ["ALEXNET_PROFILE"] = "full"
    >>> check_trained("share right", 0.993, 0.96, 0.99)
    --  share right: 0.993, in the quick profile between 0.96 and 0.99
    """
    if environment.as_recorded():
        check_between(name, value, low, high)
    else:
        print(f"--  {name}: {value:.4g}, in the quick profile between {low:g} and {high:g}")


class Spread:
    """Checks on what one chapter trains, against what other seeds gave (``results/spread``).

    Parameters
    ----------
    chapter
        Its slug.

    Attributes
    ----------
    seed
        Of the chapter's trainings: 0, and another one while the spread is recorded.

    Examples
    --------
    >>> spread = Spread("dropout")
    >>> spread.seed
    0
    >>> spread.check("gain in points", 1.4)
    ok  gain in points: as other seeds let expect
    """

    #: How far from the mean of few seeds a value may lie, in their deviations: far out.
    DEVIATIONS = 8

    def __init__(self, chapter: str) -> None:
        seed, _, self._file = os.environ.get("ALEXNET_SPREAD", "0").partition(":")
        self.chapter, self.seed = chapter, int(seed)

    def limits(self, name: str) -> tuple[float, float]:
        """Return between which values ``name`` may lie.

        Raises
        ------
        UserError
            No two seeds are recorded under that name.
        """
        table = experiment("spread").RECORD.read()
        values = table[(table["chapter"] == self.chapter) & (table["name"] == name)]["value"]
        if len(values) < 2:
            raise UserError(
                f"results/spread has no two seeds of {name!r} in {self.chapter}; make it anew."
            )
        reach = self.DEVIATIONS * values.std()
        return values.mean() - reach, values.mean() + reach

    def check(self, name: str, value: float) -> None:
        """Assert that a value lies where other seeds let it be expected; print a constant line.

        In other profiles, or with trainings cut short, the value is printed and nothing asserted.

        Raises
        ------
        AssertionError
            When it lies elsewhere.
        """
        if self._file:  # it is recorded now
            with open(self._file, "a", encoding="utf-8") as file:
                file.write(json.dumps({"name": name, "value": float(value)}) + "\n")
            return
        if not environment.as_recorded():
            print(f"--  {name}: {value:.4g}")
            return
        low, high = self.limits(name)
        assert low <= value <= high, f"{name}: {value} is not between {low:.4g} and {high:.4g}"
        print(f"ok  {name}: as other seeds let expect")

"""Numbers that are tested while their printed text stays the same.

A training result differs a little from machine to machine, so a notebook cannot store it and have
it compared literally. ``check`` tests the number against what the text promises and prints that: a
line that only changes when the promise does.
"""

import json
import math
import os

import numpy as np
import pandas as pd
from scipy import stats

from helpers import environment
from helpers.book.records import experiment
from helpers.errors import UserError


def check(name: str, value: object, expected: object, tolerance: float = 0.0) -> None:
    """Assert that ``value`` is within ``tolerance`` of ``expected`` and print that.

    The line is the same on every machine: ``expected``, in the digits that ``tolerance`` leaves.

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
    parameters: 60,965,224
    >>> check("accuracy", 0.981, 0.97, tolerance=0.03)
    accuracy: about 0.97
    """
    got, want = np.asarray(value, float), np.asarray(expected, float)
    assert got.shape == want.shape, f"{name}: shape {got.shape}, expected {want.shape}"
    assert np.isfinite(got).all(), f"{name}: {value} is not finite"
    worst = float(np.abs(got - want).max()) if got.size else 0.0
    assert worst <= tolerance, f"{name}: {value} is not within {tolerance} of {expected}"
    print(f"{name}: {_promise(want, tolerance)}")


def _promise(expected: np.ndarray, tolerance: float) -> str:
    """Return numbers with the digits that hold; of many, or tiny ones, how far they agree."""
    digits = 12 if tolerance == 0 else max(0, -math.floor(math.log10(tolerance)))
    numbers = [round(float(one), digits) for one in expected.ravel()]
    if numbers == [0] and tolerance:
        return f"at most {tolerance:g}"
    typed = numbers == expected.ravel().tolist()
    if expected.size > 8 or (tolerance < 1e-4 and not typed):
        return f"equal to within {tolerance:g}" if tolerance else "equal in every value"
    shown = [f"{one:,.12g}" for one in numbers]
    last = max(len(text.partition(".")[2]) for text in shown)
    rounded = tolerance <= 0.501 * 10**-last
    return ("" if rounded else "about ") + ", ".join(shown)


def check_between(name: str, value: float, low: float, high: float) -> None:
    """Assert ``low <= value <= high`` and print the limits.

    Examples
    --------
    >>> check_between("ratio", 5.2, 3, 9)
    ratio: 3 to 9
    """
    assert low <= value <= high, f"{name}: {value} is not between {low} and {high}"
    print(f"{name}: {low:g} to {high:g}")


def check_trained(name: str, value: float, low: float, high: float) -> None:
    """As ``check_between``, of what a training in the chapter has reached.

    The limits are those of the quick profile and its number of epochs. In the full profile, and
    where ``ALEXNET_EPOCHS`` ends trainings early, the number is shown and nothing is asserted.

    Examples
    --------
    >>> environment.os.environ["ALEXNET_PROFILE"] = "full"
    >>> check_trained("share right", 0.993, 0.96, 0.99)
    share right: 0.993 (in the quick profile 0.96 to 0.99)
    """
    if environment.as_recorded():
        check_between(name, value, low, high)
    else:
        print(f"{name}: {value:.4g} (in the quick profile {low:g} to {high:g})")


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
    >>> spread.check("epoch at which dropout gets ahead", 50)
    epoch at which dropout gets ahead: 40 to 60 (5 seeds)
    """

    #: Share of further seeds that the limits hold, were the values of seeds normally distributed.
    HELD = 0.998

    def __init__(self, chapter: str) -> None:
        seed, _, self._file = os.environ.get("ALEXNET_SPREAD", "0").partition(":")
        self.chapter, self.seed = chapter, int(seed)

    def recorded(self, name: str) -> pd.Series:
        """Return what the recorded seeds gave under ``name``.

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
        return values

    def check(self, name: str, value: float) -> None:
        """Assert that a value is no outlier among the recorded ones; print the range of these.

        In other profiles, or with trainings cut short, the value is printed and nothing asserted.

        Raises
        ------
        AssertionError
            When it lies where hardly any further seed would: outside of Student's interval for one
            more value, which is the wider the fewer seeds are recorded.
        UserError
            No two seeds are recorded under that name.
        """
        if self._file:  # it is recorded now
            with open(self._file, "a", encoding="utf-8") as file:
                file.write(json.dumps({"name": name, "value": float(value)}) + "\n")
            return
        if not environment.as_recorded():
            print(f"{name}: {value:.4g}")
            return
        values = self.recorded(name)
        count = len(values)
        reach = stats.t.ppf((1 + self.HELD) / 2, count - 1) * values.std() * (1 + 1 / count) ** 0.5
        told = f"{name}: {value} is further than {reach:.4g} from {values.mean():.4g}"
        assert abs(value - values.mean()) <= reach, told
        print(f"{name}: {values.min():.3g} to {values.max():.3g} ({count} seeds)")

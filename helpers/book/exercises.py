"""``check_exercise``: tells the reader whether an answer is right, or gives a hint.

The answers lie in ``book/exercises/NN.yml``, one file a chapter.
"""

import numpy as np
import yaml

from helpers.errors import UserError
from helpers.files import root


def check_exercise(number: str, answer: object) -> bool:
    """Compare ``answer`` with the stored one, print the verdict and return it.

    Parameters
    ----------
    number
        Chapter and exercise, as in the text: ``"5.2"``.
    answer
        A number, a text, or a list of numbers. Numbers may differ by the record's tolerance.

    Raises
    ------
    UserError
        When there is no such exercise.

    Examples
    --------
    >>> check_exercise("3.1", 55)  # doctest: +SKIP
    Exercise 3.1: right.
    True
    """
    record = _record(number)
    right = _equal(answer, record["answer"], float(record.get("tolerance", 0)))
    verdict = "right." if right else f"not yet. Hint: {record['hint']}"
    print(f"Exercise {number}: {verdict}")
    return right


def exercises(chapter: int) -> list[dict]:
    """Return the records of one chapter: ``id``, ``answer``, ``tolerance`` (optional), ``hint``."""
    path = root() / "book" / "exercises" / f"{chapter:02d}.yml"
    if not path.exists():
        raise UserError(f"Chapter {chapter} has no exercises: {path.name} does not exist.")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _record(number: str) -> dict:
    chapter, _, _ = str(number).partition(".")
    if not chapter.isdigit():
        raise UserError(f"An exercise is called by chapter and number, as '5.2'; got {number!r}.")
    records = exercises(int(chapter))
    for record in records:
        if str(record["id"]) == str(number):
            return record
    known = ", ".join(str(record["id"]) for record in records)
    raise UserError(f"There is no exercise {number!r}; chapter {chapter} has {known}.")


def _equal(answer: object, expected: object, tolerance: float) -> bool:
    if isinstance(expected, str):
        return str(answer).strip().casefold() == expected.strip().casefold()
    if isinstance(expected, bool):
        return isinstance(answer, bool | np.bool_) and bool(answer) == expected
    try:
        got, want = np.asarray(answer, float), np.asarray(expected, float)
    except (TypeError, ValueError):
        return False
    return got.shape == want.shape and bool(np.all(np.abs(got - want) <= tolerance))

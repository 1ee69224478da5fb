"""``check_exercise``: tells the reader whether an answer is right, or gives a hint.

The answers lie in ``book/exercises/SLUG.yml``, one file a chapter; the chapter's number, which
readers see, is that of its notebook's file.
"""

import numpy as np
import yaml

from helpers.errors import UserError
from helpers.files import in_checkout


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
    >>> check_exercise("4.1", [54, 55, 55])
    Exercise 4.1: right.
    True
    """
    record = _record(number)
    right = _equal(answer, record["answer"], float(record.get("tolerance", 0)))
    verdict = "right." if right else f"not yet. Hint: {record['hint']}"
    print(f"Exercise {number}: {verdict}")
    return right


def exercises(slug: str) -> list[dict]:
    """Return the records of one chapter: ``id``, ``answer``, ``tolerance`` (optional), ``hint``.

    Parameters
    ----------
    slug
        The chapter's name: that of its notebook without number and ending.

    Raises
    ------
    UserError
        When there is no such chapter, or it has no exercises.

    Examples
    --------
    >>> [record["answer"] for record in exercises("grad_cam") if record["number"] == 5]
    ['negative']
    """
    found = [number for number, name in _chapters().items() if name == slug]
    path = in_checkout(f"book/exercises/{slug}.yml")
    if not found or not path.exists():
        raise UserError(f"Chapter {slug!r} has no exercises: there is no {path.name} or notebook.")
    records = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [{"id": f"{found[0]}.{record['number']}", **record} for record in records]


def _chapters() -> dict[int, str]:
    """Return the slugs of the chapters by number, from the names of their files."""
    places = in_checkout("notebooks").glob("[0-9][0-9]_*.ipynb")
    names = (path.stem.split("_", 1) for path in places)
    return {int(number): slug for number, slug in names}


def _record(number: str) -> dict:
    chapter, _, _ = str(number).partition(".")
    if not chapter.isdigit():
        raise UserError(f"An exercise is called by chapter and number, as '5.2'; got {number!r}.")
    slug = _chapters().get(int(chapter))
    if slug is None:
        raise UserError(f"There is no exercise {number!r}: no chapter has the number {chapter}.")
    records = exercises(slug)
    for record in records:
        if record["id"] == str(number):
            return record
    known = ", ".join(record["id"] for record in records)
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

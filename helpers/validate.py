"""Whether an argument has a meaning; if not, one sentence that names it."""

import math
from collections.abc import Iterable
from numbers import Integral, Real

from helpers.errors import UserError


def one_of(name: str, value: object, allowed: Iterable[object]) -> None:
    """Raise ``UserError`` unless a value is one of the allowed ones.

    Examples
    --------
    >>> one_of("keep", "first", ("best", "last"))
    Traceback (most recent call last):
        ...
    helpers.errors.UserError: keep must be one of best, last, got 'first'.
    """
    allowed = list(allowed)
    if value not in allowed:
        raise UserError(f"{name} must be one of {', '.join(map(str, allowed))}, got {value!r}.")


def whole(name: str, value: object, least: int = 0) -> None:
    """Raise ``UserError`` unless a value is a whole number that is large enough.

    Examples
    --------
    >>> whole("epochs", 2.5, least=1)
    Traceback (most recent call last):
        ...
    helpers.errors.UserError: epochs must be a whole number of at least 1, got 2.5.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise UserError(f"{name} must be a whole number of at least {least}, got {value!r}.")


def number(
    name: str, value: object, low: float, high: float = math.inf, *, open_low: bool = False
) -> None:
    """Raise ``UserError`` unless a value is a finite number from ``low`` to ``high``.

    ``open_low``: ``low`` itself is too small.

    Examples
    --------
    >>> number("momentum", 2, low=0, high=1)
    Traceback (most recent call last):
        ...
    helpers.errors.UserError: momentum must be a number from 0 to 1, got 2.
    """
    if isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value):
        if low <= float(value) <= high and not (open_low and value == low):
            return
    least = f"greater than {low}" if open_low else f"at least {low}"
    limits = f"{least} and at most {high}" if open_low else f"from {low} to {high}"
    raise UserError(
        f"{name} must be a number {least if high == math.inf else limits}, got {value!r}."
    )

"""Which pictures teach, which steer the training, and which judge it: 60, 20 and 20 of a hundred.

By class and to the nearest picture, in an order of the names' hashes: the same on every machine, at
every place, and adding a picture moves at most a few others. Series stay on one side.
"""

import hashlib
import itertools
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

FEW = 10  # pictures; with fewer in some class there is no test part
LARGEST = Fraction(3, 5)  # share of a class that one series may hold
LONG = Fraction(1, 20)  # share of a class; a longer series teaches, where it fits best
PIECE = Fraction(1, 5)  # share of a class in each piece of a series that holds more

Group = list[int]  # positions of the pictures of one series


def name_hash(path: str | Path) -> int:
    """Return a number that depends on the file's name alone, the same on every machine.

    Examples
    --------
    >>> name_hash("a/x.jpg") == name_hash("b/x.jpg")
    True
    """
    return _hash(Path(path).name)


def _hash(text: str) -> int:
    # macOS writes é as e and an accent: the same name, so the same number.
    text = unicodedata.normalize("NFC", text)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big")


def shares(counts: Sequence[int]) -> dict[str, Fraction]:
    """Return the share of each held-out part, for classes of so many pictures.

    Examples
    --------
    >>> sorted(shares([12, 30])), sorted(shares([9, 30]))
    (['test', 'val'], ['val'])
    """
    fifth = Fraction(1, 5)
    return {"val": fifth} if min(counts) < FEW else {"test": fifth, "val": fifth}


def cut(keys: Sequence[str], groups: Sequence[Group], held: dict[str, Fraction]) -> list[str]:
    """Return the part of each picture of one class.

    Parameters
    ----------
    keys
        A text of each picture that decides its place: its class and name.
    groups
        Positions of the pictures of each series; together all positions, each once.
    held
        Share of each held-out part, in the order in which they are filled; the rest is "train".

    Returns
    -------
    list of str
        Every part has a picture at least where there are as many pictures as parts.

    Examples
    --------
    >>> cut([f"bike/{i}.jpg" for i in range(5)], [[i] for i in range(5)], shares([5])).count("val")
    1
    """
    groups = _ordered(keys, _no_giants(keys, groups, len(held) + 1))
    ends = list(itertools.accumulate(len(group) for group in groups))
    parts, start, wanted = ["train"] * len(keys), 0, Fraction(0)
    for left, (part, share) in zip(range(len(held), 0, -1), held.items(), strict=True):
        wanted += share * len(keys)
        # Each part takes one group at least, and leaves one to each that comes after it.
        stops = range(start + 1, len(groups) - left + 1)
        stop = min(stops, key=lambda stop: abs(ends[stop - 1] - wanted), default=start)
        for position in itertools.chain.from_iterable(groups[start:stop]):
            parts[position] = part
        start = stop
    return parts


def _ordered(keys: Sequence[str], groups: Sequence[Group]) -> list[Group]:
    """Sort by hash; long series come last, into training, so that the parts keep their sizes."""
    large = max(Fraction(2), len(keys) * LONG)

    def place(group: Group) -> tuple:
        first = min((_hash(keys[i]), keys[i]) for i in group)
        return len(group) > large, *first

    return sorted(groups, key=place)


def _no_giants(keys: Sequence[str], groups: Sequence[Group], parts: int) -> list[Group]:
    """Cut series in the order of their names where the parts could not be filled otherwise."""
    whole = []
    for group in groups:
        size = max(1, int(len(keys) * PIECE)) if len(group) > len(keys) * LARGEST else len(keys)
        names = sorted(group, key=lambda i: keys[i])
        whole += [names[i : i + size] for i in range(0, len(names), size)]
    if len(whole) >= parts or len(keys) < parts:
        return whole
    return [[i] for group in whole for i in group]


def too_long(groups: Sequence[Group]) -> int:
    """Return how many pictures the series has that is cut to fill all parts; 0: none is.

    Examples
    --------
    >>> too_long([[0, 1, 2, 3], [4]]), too_long([[0, 1], [2], [3]])
    (4, 0)
    """
    sizes = [len(group) for group in groups]
    count, longest = sum(sizes), max(sizes, default=0)
    return longest if longest > max(Fraction(1), count * LARGEST) else 0

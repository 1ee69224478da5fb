"""The claims ledger: every number the book quotes, and a check that meets it with its computation.

The records are in ``book/claims.yml``; this module loads and validates them and compares. It knows
nothing of networks: what is computed comes from the cell or the test that calls ``check``.
Decimal fractions keep the digits of the source ("39.0" stays 39.0), since the digits say how exact
the quotation is: a computed number agrees when it is within half a unit of the last decimal.
"""

import difflib
from dataclasses import MISSING, dataclass, fields
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from helpers.errors import UserError
from helpers.files import in_checkout

Number = int | Decimal
Value = Number | str | list

#: Who may be quoted, and what the book calls them.
SOURCES = {
    "paper": "paper",
    "code": "released code",
    "official": "official page",
    **{f"article-{i}": f"article-{i}" for i in range(5)},
    "neurips": "proceedings page",
    "slides": "workshop slides",
    "literature": "literature",
    "hardware": "data sheet",
    "cuda-convnet": "cuda-convnet",
    "cuda-convnet2": "cuda-convnet2",
    "caffe": "Caffe",
    "decaf": "DeCAF",
    "torchvision": "torchvision",
    "pytorch": "PyTorch",
    "tensorflow": "TensorFlow",
    "tensorflow-addons": "TensorFlow Addons",
    "keras": "Keras",
    "slim": "TF-Slim",
}
#: What the book does with a quoted number, and the verb for it on the ledger's page.
#: Only a *recomputed* number is a check of the source by code: a *compared* one is held against
#: another number that somebody typed, a *derived* one does not stand in the source at all.
KINDS = {
    "recomputed": "computed",
    "compared": "the source gives",
    "derived": "worked out again",
    "said": "not tested",
}
#: What may come of each kind. What is derived cannot agree: it would agree with itself.
OUTCOMES = {
    "recomputed": ("differs", "agrees"),
    "compared": ("differs", "agrees"),
    "derived": ("differs", "follows"),
    "said": ("not testable",),
}
# Sums of floating-point numbers carry rounding noise of this relative size.
NOISE = 1e-12


@dataclass(frozen=True)
class Claim:
    """One quoted number: who says it, where, and what came of checking it.

    ``kind`` is a key of ``KINDS``. ``value``, ``computed`` and ``difference`` are whole numbers,
    ``Decimal``, words, or lists of them; ``tolerance`` is how far a computed number may be from
    ``value`` and still agree. ``chapter`` has the slugs of the chapters that quote it.
    """

    id: str
    statement: str
    source: str
    where: str
    value: Value
    kind: str
    outcome: str
    chapter: tuple[str, ...]
    unit: str = ""
    tolerance: Number | None = None
    how: str = ""
    computed: Value | None = None
    difference: Value | None = None

    @property
    def testable(self) -> bool:
        """Whether a computation can be held against the claim."""
        return self.kind != "said"

    @property
    def expected(self) -> Value:
        """What a computation must give: ``computed`` where recorded, else the value itself."""
        return self.value if self.computed is None else self.computed


def check(id: str, value: object, tolerance: float | None = None) -> None:
    """Assert that a computed value fits the record called ``id``, and print who says what.

    Parameters
    ----------
    id
        Name of the record in ``book/claims.yml``.
    value
        What was computed: a number, a word, or a list or array of them.
    tolerance
        How far ``value`` may be from what the record says we compute; for measured numbers. Without
        it half a unit in the last decimal recorded, and nothing for whole numbers.

    Raises
    ------
    AssertionError
        When the value is not the recorded one, or agrees where the record says it differs, or the
        other way round, or is not finite.
    UserError
        When there is no such record, or it is one that cannot be tested.

    Examples
    --------
    >>> check("paper.conv1_neurons", 55 * 55 * 96)
    paper §3.5, Fig. 2 caption says 253,440 neurons; computed 290,400
    """
    print(compare(get(id), value, tolerance))


def get(id: str) -> Claim:
    """Return one record of the book's ledger; UserError names close matches.

    Examples
    --------
    >>> get("paper.dropout").where
    '§4.2'
    """
    ledger = load()
    if id not in ledger:
        close = difflib.get_close_matches(str(id), ledger, n=3, cutoff=0.5)
        hint = f" Did you mean {', '.join(close)}?" if close else " See book/claims.yml."
        raise UserError(f"There is no claim {id!r}.{hint}")
    return ledger[id]


def value(id: str) -> int | float | str | list:
    """Return the quoted number of a record, as a plain int, float, word or list.

    Examples
    --------
    >>> value("paper.table1_cnn_top1")
    37.5
    """
    return plain(get(id).value)


def plain(value: Value) -> int | float | str | list:
    """Turn a recorded value into ordinary Python numbers."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


# -------------------------------------------------------------------------------------------------
# Comparing
# -------------------------------------------------------------------------------------------------


def compare(claim: Claim, value: object, tolerance: float | None = None) -> str:
    """Hold ``value`` against ``claim`` and return the line that ``check`` prints."""
    if not claim.testable:
        raise UserError(f"The claim {claim.id!r} is recorded as not testable: {claim.how}.")
    if _is_text(claim.expected):
        assert _texts(value) == _texts(claim.expected), _mismatch(claim, value)
    else:
        _compare_numbers(claim, value, tolerance)
    return line(claim)


def _compare_numbers(claim: Claim, value: object, tolerance: float | None) -> None:
    got, want = np.asarray(value, float), _array(claim.expected)
    assert np.isfinite(got).all(), f"{claim.id}: {value} is not finite"
    assert got.shape == want.shape, f"{claim.id}: shape {got.shape}, expected {want.shape}"
    given = half_units(claim.expected) if tolerance is None else tolerance
    if claim.computed is None and claim.tolerance is not None and tolerance is None:
        given = float(claim.tolerance)
    assert _within(got, want, given), _mismatch(claim, value)
    if _is_text(claim.value):  # a number found where words were said
        return
    same = _within(got, _array(claim.value), _agreement(claim))
    said = claim.outcome != "differs"
    assert same == said, f"{claim.id}: recorded as {claim.outcome!r}, but {value} says otherwise"


def _mismatch(claim: Claim, value: object) -> str:
    return f"{claim.id}: {value} is not the recorded {show(claim.expected, claim.unit)}"


def _agreement(claim: Claim) -> np.ndarray | float:
    """How far a number may be from the quoted one and still agree."""
    return half_units(claim.value) if claim.tolerance is None else float(claim.tolerance)


def _within(got: np.ndarray, want: np.ndarray, allowed: np.ndarray | float) -> bool:
    return bool(np.all(np.abs(got - want) <= allowed + NOISE * np.maximum(1, np.abs(want))))


def half_units(value: Value) -> np.ndarray:
    """Return half a unit in the last decimal written; 0 for whole numbers.

    Examples
    --------
    >>> half_units(Decimal("39.0")), half_units(55)
    (array(0.05), array(0.))
    """
    if isinstance(value, list):
        return np.array([half_units(item) for item in value], float)
    if isinstance(value, Decimal):
        return np.array(0.5 * 10.0 ** int(value.as_tuple().exponent))
    return np.array(0.0)


def exact_difference(claim: Claim) -> Decimal | list[Decimal]:
    """Return ``|computed − value|`` without rounding, item by item for lists."""
    pairs = zip(_items(claim.computed), _items(claim.value), strict=True)
    found = [abs(Decimal(a) - Decimal(b)) for a, b in pairs]
    return found if isinstance(claim.value, list) else found[0]


def _items(value: Value | None) -> list:
    return value if isinstance(value, list) else [value]


def _array(value: Value) -> np.ndarray:
    return np.asarray(plain(value), float)


def _is_text(value: Value) -> bool:
    return all(isinstance(item, str) for item in _items(value))


def _texts(value: Any) -> list[str]:
    return [str(item) for item in ([value] if isinstance(value, str) else np.ravel(value))]


# -------------------------------------------------------------------------------------------------
# Showing
# -------------------------------------------------------------------------------------------------


def show(value: Value | None, unit: str = "") -> str:
    """Write a recorded value for readers: thousands separated, decimals as recorded.

    Examples
    --------
    >>> show(60965224), show(Decimal("39.0")), show(1998, "year")
    ('60,965,224', '39.0', '1998')
    """
    if isinstance(value, list):
        return ", ".join(show(item, unit) for item in value)
    if isinstance(value, Decimal):
        return f"{value:,f}"
    return f"{value:,}" if isinstance(value, int) and unit != "year" else str(value)


def quoted(claim: Claim) -> str:
    """Return the quoted value with its unit: ``"253,440 neurons"``."""
    unit = "" if claim.unit in ("", "year") else f" {claim.unit}"
    return f"{show(claim.value, claim.unit)}{unit}"


def attributed(claim: Claim) -> str:
    """Return who gives the number: the source itself, or the book by way of the source."""
    source = f"{SOURCES[claim.source]} {claim.where}"
    if claim.kind == "derived":
        return f"derived from {source}: {quoted(claim)}"
    return f"{source} says {quoted(claim)}"


def line(claim: Claim) -> str:
    """Return what ``check`` prints: who gives the number, and what it is held against if another.

    Examples
    --------
    >>> line(get("paper.conv1_neurons"))
    'paper §3.5, Fig. 2 caption says 253,440 neurons; computed 290,400'
    """
    if claim.computed is None:
        return attributed(claim)
    verb = "compared with" if claim.kind == "compared" else "computed"
    reason = f" ({claim.difference})" if isinstance(claim.difference, str) else ""
    return f"{attributed(claim)}; {verb} {show(claim.computed, claim.unit)}{reason}"


# -------------------------------------------------------------------------------------------------
# Loading
# -------------------------------------------------------------------------------------------------


# libyaml's loader where PyYAML was built with it: the ledger is long, and each chapter reads it.
class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads decimal fractions as ``Decimal``, so that the digits of the source survive."""


_Loader.add_constructor(
    "tag:yaml.org,2002:float", lambda loader, node: Decimal(loader.construct_scalar(node))
)


def load(path: str | Path | None = None) -> dict[str, Claim]:
    """Return the records of a ledger by id, in the order of the file.

    Parameters
    ----------
    path
        The file; ``book/claims.yml`` when None.

    Raises
    ------
    UserError
        When the file is missing or is not YAML, or a record is incomplete, contradicts itself, or
        has the id of another.

    Examples
    --------
    >>> len(load()) >= 120
    True
    """
    path = in_checkout("book/claims.yml") if path is None else Path(path)
    if not path.is_file():
        raise UserError(f"The ledger {path} does not exist; it belongs to the book's checkout.")
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _load(path: Path, changed: int) -> dict[str, Claim]:
    try:
        records = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except yaml.YAMLError as error:
        raise UserError(f"{path.name} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(records, list):
        raise UserError(f"{path.name} must be a list of records.")
    ledger: dict[str, Claim] = {}
    for number, record in enumerate(records, start=1):
        claim = _claim(record, f"{path.name}, record {number}")
        if claim.id in ledger:
            raise UserError(f"{path.name}: the id {claim.id!r} stands twice.")
        _validate(claim, f"{path.name}, {claim.id}")
        ledger[claim.id] = claim
    return ledger


_FIELDS = {field.name: field.default is MISSING for field in fields(Claim)}


def _claim(record: object, place: str) -> Claim:
    """Make a ``Claim`` of one YAML mapping, with the fields it must and may have."""
    if not isinstance(record, dict):
        raise UserError(f"{place}: a record must be a mapping, got {record!r}.")
    place = f"{place} ({record['id']})" if "id" in record else place
    missing = [name for name, needed in _FIELDS.items() if needed and record.get(name) is None]
    if missing:
        raise UserError(f"{place} lacks {', '.join(missing)}.")
    unknown = sorted(set(record) - set(_FIELDS))
    if unknown:
        raise UserError(f"{place} has unknown fields: {', '.join(map(str, unknown))}.")
    return Claim(**{**record, "chapter": tuple(_items(record["chapter"]))})


def _validate(claim: Claim, place: str) -> None:
    """Refuse a record whose fields contradict each other."""
    _validate_words(claim, place)
    if claim.outcome not in OUTCOMES[claim.kind]:
        raise UserError(f"{place}: kind {claim.kind!r} does not go with {claim.outcome!r}.")
    _validate_computed(claim, place)
    _validate_tolerance(claim, place)
    _validate_difference(claim, place)


def _validate_words(claim: Claim, place: str) -> None:
    outcomes = tuple(dict.fromkeys(name for names in OUTCOMES.values() for name in names))
    for name, known in (("source", SOURCES), ("kind", KINDS), ("outcome", outcomes)):
        if getattr(claim, name) not in known:
            raise UserError(
                f"{place}: {name} must be one of {', '.join(known)}, got {getattr(claim, name)!r}."
            )
    if not all(isinstance(slug, str) for slug in claim.chapter):
        raise UserError(f"{place}: chapter must be a list of slugs, as [grad_cam].")


def _validate_computed(claim: Claim, place: str) -> None:
    """Refuse a record without what its outcome needs, or with what it cannot have."""
    if (claim.computed is None) != (claim.difference is None):
        raise UserError(f"{place}: computed and difference go together.")
    if claim.outcome == "differs" and claim.computed is None:
        raise UserError(f"{place}: a claim that differs needs computed and difference.")
    if claim.outcome == "follows" and claim.computed is not None:
        raise UserError(f"{place}: what follows is the value itself, without computed.")


def _validate_tolerance(claim: Claim, place: str) -> None:
    """Refuse a round figure without a difference: that pins each of its digits."""
    if claim.tolerance is None:
        return
    if isinstance(claim.tolerance, str) or claim.tolerance < 0:
        raise UserError(f"{place}: tolerance must be a number of at least 0.")
    if claim.computed is None and not isinstance(claim.value, list):
        raise UserError(f"{place}: a claim with a tolerance needs computed and difference.")


def _validate_difference(claim: Claim, place: str) -> None:
    if claim.computed is None:
        return
    if isinstance(claim.difference, str):
        if not (_is_text(claim.value) or _is_text(claim.computed)):
            raise UserError(f"{place}: the difference of two numbers must be a number.")
        return
    exact = exact_difference(claim)
    if exact != claim.difference:
        raise UserError(
            f"{place}: difference must be |computed − value| = {show(exact)}, "
            f"got {show(claim.difference)}."
        )

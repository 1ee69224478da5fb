"""Are the pictures fit to learn from? What would make the accuracy too good, or too bad.

Looked for: pictures that are in two parts or in two classes, a property of the files (size, shape,
compression, bytes, sharpness, grey or colour) that gives the classes away without a look at the
motif, classes of very different brightness, and classes of very different size. Not looked for are
marks in the pictures: a date, a logo, a frame. Nothing is changed, and nothing is stopped:
``examine`` says what it found and what to do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from helpers.datasets import properties, series
from helpers.datasets.folder import SIDES, ImageFolder
from helpers.files import shown

SAMPLE = 5000  # pictures that are compared where there are more than ``series.MANY``
MEASURED = 2000  # pictures whose properties are measured: the share is then known within 2 %
FEWEST = 20  # pictures, and series of them, below which chance alone tells the classes apart
TREES, FOLDS = 50, 5
#: How much of what guessing gets wrong a property must get right to be called a leak, at the lower
#: end of the 95 % interval. Motifs differ in sharpness too: daisies and sunflowers of one
#: collection come to a half, drawn bicycles and ships to 0.6. Bicycles and ships of two collections
#: come to 0.99. Twenty pictures, all told apart, come to 0.68.
LEAK = 2 / 3
#: Of few pictures, or of unlike classes, the interval is too wide for that. Then it is a leak if so
#: much of what guessing gets wrong is right, and chance would make it once in so many times.
ALL_BUT, CHANCE = 0.9, 1_000
AS_GOOD = 0.03  # less than the best share, but the cause of it: blur makes for few bytes
UNEQUAL = 3  # times as many training pictures as the smallest class
IN_WORDS = {
    "size": "size in pixels",
    "shape": "width by height",
    "compression": "compression (JPEG quality or format)",
    "sharpness": "sharpness",
    "bytes per pixel": "number of bytes per pixel",
    "bytes": "number of bytes",
    "greyness": "greyness (grey or colour)",
}
#: What no motif has: where it tells the classes apart, the pictures come from different places.
CAUSES = ("size", "shape", "compression", "greyness")
MOTIF = "leak or motif"
MEANS = "that may be what they show (fur is finer than sky) or how they were made"
COMPARE = "compare the network with it"
BETTER = "pictures of all classes from the same places"
DARKER = 1.75  # times: as much as some two stops less light
NEARLY_ALL = 0.95  # of the pictures, whose class brightness alone must tell to be named
TWINS = "copies and series"
BEFORE = f"{TWINS}, and size, bytes, shape, sharpness"  # as reports were that do not say it
PROPERTIES = "size, bytes, shape, sharpness, greyness"
MARKS = "marks in the pictures (a date, a logo, a frame) are not looked for"

SOME = 3  # mirrored pairs in two classes, below which it may be chance
WRONG = "one of the labels may be wrong: look at them"
OR_SIDES = "where left and right matter, train with --augment crop,colour"

Pair = tuple[int, int]


@dataclass(frozen=True)
class Report:
    """What was found, a sentence each, remarks, and what was looked for in vain.

    Examples
    --------
    >>> print(Report((), (), "copies"))  # doctest: +ELLIPSIS
      examined for copies: nothing found; marks in the pictures (...) are not looked for
    """

    findings: tuple[str, ...]
    remarks: tuple[str, ...]
    in_vain: str = f"{TWINS}, and {PROPERTIES}"

    @classmethod
    def of(cls, values: dict) -> "Report":
        """Return the report that ``as_dict`` described."""
        findings = tuple(values["findings"])
        former = "" if findings else values.get("looked_for", BEFORE)  # said where all was in vain
        return cls(findings, tuple(values["remarks"]), values.get("in_vain", former))

    def as_dict(self) -> dict[str, list[str] | str]:
        """Return plain values, ready for JSON.

        Examples
        --------
        >>> Report.of(Report(("twins",), ()).as_dict()).findings
        ('twins',)
        """
        texts = {"findings": list(self.findings), "remarks": list(self.remarks)}
        return {**texts, "in_vain": self.in_vain}

    def lines(self) -> list[str]:
        """Return the findings, what was looked for in vain, and the remarks."""
        vain = f"examined for {self.in_vain}: nothing found; " if self.in_vain else ""
        return [*self.findings, f"{vain}{MARKS}", *self.remarks]

    def __str__(self) -> str:
        return "\n".join(f"  {line}" for line in self.lines())


def examine(data: ImageFolder, *, weighted: bool = False, folds: bool = False) -> Report:
    """Look for what would mislead a network that learns from these pictures, or its reader.

    Parameters
    ----------
    data
        The pictures, all parts.
    weighted
        The classes count alike in training, so that their sizes do not matter.
    folds
        The pictures are those of a cross-validation: each of them judges once.

    Examples
    --------
    >>> from helpers import datasets
    >>> str(examine(datasets.load("photos"))).strip()[:30]
    'examined for copies and series'
    """
    if data.held:  # no files, and so nothing that gives them away
        return Report((), (), "")
    copies = list(series.copies(data.table["path"].tolist()))
    findings = [_said(data, _astride(data, copies), "the same as")]
    looked, remarks = data, _again(data, copies)
    if len(data) > series.MANY:
        looked = _some_of(data, SAMPLE)
        remarks.append(f"beyond copies, {SAMPLE:,} of the {len(data):,} pictures were examined")
        copies = list(series.copies(looked.table["path"].tolist()))
    looks = series.look_at(looked.table["path"].tolist(), Path(data.location))
    equal = set(_astride(looked, copies))
    alike = set(series.alike(looks)) - equal
    mirrored = set(series.alike(looks, looks.flipped())) - alike - equal
    in_a_row = {*series.in_a_row(_names(looked), looks), *series.same_second(_names(looked))}
    in_a_row = set(map(_ordered, in_a_row)) - alike - mirrored
    findings += [_said(looked, alike, "nearly the same as")]
    findings = [_direction(looked, mirrored), *findings]
    findings += [_said(looked, mirrored, "the mirror image of", f"{WRONG}; {OR_SIDES}")]
    findings += [_said(looked, in_a_row - equal, "of one series with", "")]
    remarks += _inside(looked, alike | mirrored, copies, "nearly the same as")
    remarks += _inside(looked, in_a_row, copies, "of one series with")
    groups = _groups(looked, [*copies, *alike, *mirrored, *in_a_row])
    remarks += _motifs(looked, groups, folds)
    known = _known(looked, groups)
    leaks, left = _leaks(known, data.equal)
    findings += [leaks, _darker(known, data.titles), "" if weighted else _unequal(data)]
    near = _unequal_pairs(looked, alike | mirrored | in_a_row, copies)
    vain = _in_vain(copies, near, told_nothing=not (leaks or known.why_not()))
    return Report(tuple(filter(None, findings)), (*remarks, *filter(None, [left])), vain)


def _unequal_pairs(data: ImageFolder, pairs: Iterable[Pair], copies: Sequence[Pair]) -> list[Pair]:
    """Return the pairs that are no exact copies of each other."""
    equal = _groups(data, copies)
    return sorted((i, j) for i, j in pairs if equal[i] != equal[j])


def _in_vain(copies: Sequence[Pair], others: Sequence[Pair], *, told_nothing: bool) -> str:
    """Return, in words, in what nothing was found; no property told the classes, or was asked."""
    found = {"copies": copies, "series": others}
    twins = " and ".join(kind for kind, pairs in found.items() if not pairs)
    return ", and ".join(filter(None, [twins, PROPERTIES if told_nothing else ""]))


def _some_of(data: ImageFolder, count: int) -> ImageFolder:
    rows = np.sort(np.random.default_rng(0).permutation(len(data))[:count])
    return replace(data, table=data.table.iloc[rows].reset_index(drop=True))


# ---------------------------------------------------------------------------------------------
# Pictures that are there twice
# ---------------------------------------------------------------------------------------------


def _again(data: ImageFolder, copies: Sequence[Pair]) -> list[str]:
    """Return a remark on the copies that lie in one class and one part, where they do no harm."""
    places = _places(data)
    groups = [set(group) for group in series.joined(len(places), copies) if len(group) > 1]
    spare = sum(len(group) - len({places[i] for i in group}) for group in groups)
    if not spare:
        return []
    if spare == 1:
        return ["1 picture is an exact copy of another in its class and part; it counts again"]
    return [
        f"{spare} pictures are exact copies of others in their class and part; they count again"
    ]


def _inside(
    data: ImageFolder, pairs: Iterable[Pair], copies: Sequence[Pair], kind: str
) -> list[str]:
    """Return a remark on pairs, other than exact copies, in one class and one part."""
    places, equal = _places(data), _groups(data, copies)
    inside = [(i, j) for i, j in _unequal_pairs(data, pairs, copies) if places[i] == places[j]]
    if not inside:
        return []
    spare = sum(len({equal[i] for i in group}) - 1 for group in series.joined(len(data), inside))
    count = "1 picture is" if spare == 1 else f"{spare} pictures are"
    return [
        f"{count} {kind} another of the same class{_example(data, inside)}: they stay on one side"
    ]


def _motifs(data: ImageFolder, groups: np.ndarray, folds: bool) -> list[str]:
    """Return a remark where the pictures that judge are fewer motifs than pictures."""
    parts = data.table["split"].to_numpy()
    own = groups if folds else groups[parts == ("test" if "test" in parts else "val")]
    motifs = len(np.unique(own))
    if motifs == len(own):
        return []
    show = "motif" if motifs == 1 else "motifs"
    return [
        f"the {len(own)} judged pictures{' of all folds' if folds else ''} show {motifs} {show}: "
        "copies and shots of one moment count each"
    ]


def _astride(data: ImageFolder, copies: Sequence[Pair]) -> list[Pair]:
    """Return the pairs of equal files, of all copies, that lie in two parts or classes."""
    places, pairs = _places(data), []
    for group in series.joined(len(places), copies):
        firsts = {places[i]: i for i in reversed(group)}
        pairs += [_ordered((i, j)) for i in group for j in firsts.values() if i != j]
    return sorted(set(pairs))


def _ordered(pair: Pair) -> Pair:
    return min(pair), max(pair)


def _places(data: ImageFolder) -> list[tuple[int, str]]:
    return list(zip(data.table["label"].tolist(), data.table["split"].tolist(), strict=True))


def _names(data: ImageFolder) -> list[str]:
    """Return names in which a series goes on from one part to the next."""
    table = data.table
    return [f"{k}/{Path(path).name}" for k, path in zip(table["label"], table["path"], strict=True)]


def _direction(data: ImageFolder, mirrored: Iterable[Pair]) -> str:
    """Return an advice where the mirror images are mostly of another class; else ""."""
    labels, pairs = data.table["label"].to_numpy(), list(mirrored)
    mixed = sum(labels[i] != labels[j] for i, j in pairs)
    if mixed < SOME or 2 * mixed <= len(pairs):
        return ""
    return (
        f"left and right seem to be what tells classes apart: of {len(pairs)} mirrored pairs "
        f"{mixed} lie in two classes; if so, train with --augment crop,colour, since a flip makes "
        "one class of the other"
    )


def _said(data: ImageFolder, pairs: Iterable[Pair], kind: str, why: str = WRONG) -> str:
    """Return a sentence on the pairs that lie in two classes, and one on those in two parts.

    ``why``: what the former may mean; "": they are none of our business.
    """
    places = _places(data)
    mixed = sorted((i, j) for i, j in pairs if why and places[i][0] != places[j][0])
    astride = sorted(
        (i, j) for i, j in pairs if places[i][0] == places[j][0] and places[i][1] != places[j][1]
    )
    said = []
    if mixed:
        said.append(f"{_count(mixed, 0)} {kind} one of another class{_example(data, mixed)}; {why}")
    if astride:
        said.append(
            f"{_count(astride, 1)} {kind} one of another part{_example(data, astride)}; what "
            "judges must not be learned from: keep both on one side"
        )
    return "\n  ".join(said)


def _count(pairs: Sequence[Pair], side: int) -> str:
    count = len({pair[side] for pair in pairs})
    return "1 picture is" if count == 1 else f"{count} pictures are"


def _example(data: ImageFolder, pairs: Sequence[Pair]) -> str:
    paths = [Path(data.table["path"].iloc[i]) for i in pairs[0]]
    names = [path.relative_to(data.location) if data.location else path for path in paths]
    return f" ({shown(names[0])} and {shown(names[1])})"


# ---------------------------------------------------------------------------------------------
# Properties that give the class away
# ---------------------------------------------------------------------------------------------


def _groups(data: ImageFolder, pairs: Iterable[Pair]) -> np.ndarray:
    """Return which pictures must stay together in cross-validation: a number each."""
    numbers = np.zeros(len(data), int)
    for number, group in enumerate(series.joined(len(data), pairs)):
        numbers[group] = number
    return numbers


def _known(data: ImageFolder, groups: np.ndarray) -> "_Known":
    """Return the properties of the pictures, or of some of very many."""
    rows = np.sort(np.random.default_rng(0).permutation(len(data))[:MEASURED])
    table = data.table.iloc[rows]
    values = properties.measured(table["path"].tolist(), Path(data.location), data.equal)
    labels, groups = table["label"].to_numpy(), groups[rows]
    often = np.bincount(labels, minlength=len(data.classes)) >= FOLDS
    kept = often[labels] & np.isfinite(values).all(axis=1)
    return _Known(values[kept], labels[kept], groups[kept])


def _leaks(known: "_Known", equal: properties.Equal | None) -> tuple[str, str]:
    """Return a finding and a remark, or "", on the properties that tell the classes apart."""
    if why := known.why_not():
        return "", why
    if equal is not None:
        return _left(known, equal)
    return (_leak(known) if known.is_leak(known.share()) else ""), ""


def _darker(known: "_Known", titles: Sequence[str]) -> str:
    """Return a hint where one class is much darker than another, and nearly all by that alone."""
    if known.why_not():
        return ""
    light = known.values[:, properties.BRIGHTNESS]
    medians = {int(k): float(np.median(light[known.labels == k])) for k in np.unique(known.labels)}
    dark, bright = min(medians, key=medians.__getitem__), max(medians, key=medians.__getitem__)
    if medians[bright] < DARKER * max(1.0, medians[dark]):
        return ""
    share = known.share((properties.BRIGHTNESS,))
    if share < NEARLY_ALL or not known.is_leak(share):
        return ""
    return (
        f"brightness alone tells {known.told(share)}: {shown(titles[dark])} is darkest (median "
        f"{medians[dark]:.0f} of 255), {shown(titles[bright])} brightest ({medians[bright]:.0f}); "
        "if that is the light and not what they show, add pictures of all classes in all light"
    )


FILES = slice(0, properties.BRIGHTNESS)  # all columns that the pictures should not differ in


@dataclass(frozen=True)
class _Known:
    """What is known of N pictures: properties (N, 18), class and series of each (N,)."""

    values: np.ndarray
    labels: np.ndarray
    groups: np.ndarray

    def guess(self) -> float:
        """Return the share of the commonest class."""
        return float(np.bincount(self.labels).max() / len(self.labels))

    def series(self) -> int:
        """Return how many series there are, those of a single picture too."""
        return len(np.unique(self.groups))

    def folds(self) -> int:
        """Return into how many parts they can be cut so that each class is in each of them."""
        classes = [self.groups[self.labels == label] for label in np.unique(self.labels)]
        return min(FOLDS, *(len(np.unique(series)) for series in classes))

    def why_not(self) -> str:
        """Return why the properties cannot be judged; "" where they can."""
        if len(self.labels) < FEWEST or len(set(self.labels)) < 2:
            return "too few pictures to look for leaks"
        if self.series() < FEWEST:
            return (
                f"too few series to look for leaks: {len(self.labels)} pictures are "
                f"{self.series()} series of nearly equal ones, {FEWEST} are needed"
            )
        if self.folds() < 2:  # copies of one picture, or one series: nothing to hold out
            return "too few series in some class to look for leaks"
        return ""

    def share(self, columns: slice | tuple[int, ...] = FILES) -> float:
        """Return which share a forest gets right that has seen none of their series."""
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

        forest = RandomForestClassifier(TREES, min_samples_leaf=2, random_state=0)
        folds = StratifiedGroupKFold(self.folds(), shuffle=True, random_state=0)
        inside = self.values[:, columns]
        told = cross_val_predict(forest, inside, self.labels, groups=self.groups, cv=folds)
        return float((told == self.labels).mean())

    def is_leak(self, share: float) -> bool:
        """Whether a share right, at the lower end of its interval, is far above guessing.

        Pictures of one series are nearly one picture, so it is the series that are counted.
        """
        from scipy.stats import binomtest

        _, firsts = np.unique(self.groups, return_index=True)
        labels = self.labels[firsts]  # one of each series
        guess = float(np.bincount(labels).max() / len(labels))
        right = round(share * len(labels))
        low = binomtest(right, len(labels)).proportion_ci(0.95, "wilson").low
        chance = binomtest(right, len(labels), guess, alternative="greater").pvalue
        clear = low - guess > LEAK * (1 - guess)
        return clear or (share - guess >= ALL_BUT * (1 - guess) and chance * CHANCE < 1)

    def telling(self, names: Iterable[str]) -> tuple[str, float]:
        """Return the property that tells most pictures' class, and the share that it tells."""
        shares = {name: self.share(properties.COLUMNS[name]) for name in names}
        most = max(shares.values())
        return next((name, share) for name, share in shares.items() if share >= most - AS_GOOD)

    def told(self, share: float) -> str:
        """Return a share in words: of how many pictures, in how many series, against guessing."""
        count, groups = len(self.labels), self.series()
        inside = "" if groups == count else f" in {groups:,} series"
        return (
            f"the class of {_percent(share)} of {count:,} pictures{inside} (guessing: "
            f"{_percent(self.guess())})"
        )

    def differ(self) -> bool:
        """Whether some have another size or compression than others."""
        columns = [*properties.COLUMNS["size"], *properties.COLUMNS["compression"]]
        return bool((self.values[:, columns] != self.values[0, columns]).any())


def _leak(known: _Known) -> str:
    """Say which property tells the classes apart, what that may mean, and what to do."""
    name, share = known.telling(properties.COLUMNS)
    what = f"{IN_WORDS[name]} alone tells"
    if not known.is_leak(share):
        name, share = "all", known.share()
        what = "size, bytes, sharpness and greyness together tell"
    if name == "greyness":
        remedy = "--equalise leaves colours as they are: make all pictures grey"
    elif known.differ():
        remedy = "--equalise brings all to one size and quality and says what is left"
    else:
        remedy = "all have one size and quality, so --equalise cannot help"
    if name in CAUSES:
        return (
            f"leak: the {what} {known.told(share)}, so a network need not look at what they show; "
            f"{remedy}, and {BETTER} are better still"
        )
    return (
        f"{MOTIF}: the {what} {known.told(share)}; {MEANS}: {COMPARE}; {remedy}; {BETTER} would "
        "settle it"
    )


def _left(known: _Known, equal: properties.Equal) -> tuple[str, str]:
    """Return a finding, or else a remark, on what still tells the classes of equalised pictures."""
    name, share = known.telling(properties.LEFT)
    brought = f"equalised: shorter side {equal.side}, JPEG quality {equal.quality}"
    told = f"the {IN_WORDS[name]} alone tells {known.told(share)}"
    if not known.is_leak(share):
        return "", f"{brought}; then {told}"
    if name in CAUSES:
        return f"leak, {brought}; then {told}; make all pictures grey; {BETTER} are better", ""
    return f"{MOTIF}, {brought}; then {told}; {MEANS}: {COMPARE}; {BETTER} would settle it", ""


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


# ---------------------------------------------------------------------------------------------
# Classes of different size
# ---------------------------------------------------------------------------------------------


def _unequal(data: ImageFolder) -> str:
    counts = data.counts().get(SIDES["train"])
    if counts is None or counts.max() < UNEQUAL * max(1, counts.min()):
        return ""
    return (
        f"the classes are of very different size: {counts.max()} training pictures of "
        f"{shown(counts.idxmax())}, {counts.min()} of {shown(counts.idxmin())}; "
        "--class-weights lets each count alike"
    )

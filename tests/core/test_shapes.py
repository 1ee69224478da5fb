"""Window arithmetic against enumeration, totals against the published figures."""

import math

import numpy as np
import pytest

from helpers import architectures as A
from helpers import shapes
from helpers.errors import UserError

TOTALS = {
    "paper": (60_965_224, 724_406_816, 659_272),
    "original_145": (60_965_224, 724_406_816, 659_272),
    "one_tower": (62_378_344, 1_135_256_096, 659_272),
    "two_class": (62_380_346, 1_135_258_096, 659_274),
    "caffe": (60_965_224, 724_406_816, 659_272),
    "torchvision": (61_100_840, 714_188_480, 494_184),
    "slim": (50_303_912, 736_555_776, 473_064),
    "mnist": (24_710_858, 302_243_328, 180_746),
    "half_145": (59_798_312, 391_514_384, 355_864),
}


@pytest.mark.parametrize(("name", "numbers"), TOTALS.items())
def test_totals(name, numbers):
    totals = shapes.totals(name)
    assert (totals.parameters, totals.macs, totals.neurons) == numbers


@pytest.mark.parametrize(
    ("size", "numbers"),
    [(224, (62_378_344, 1_021_480_064, 609_640)), (64, (25_678_184, 63_256_704, 41_320))],
)
def test_totals_of_the_tutorial_at_other_sizes(size, numbers):
    totals = shapes.totals("keras_tutorial", size)
    assert (totals.parameters, totals.macs, totals.neurons) == numbers


def windows(size, kernel, stride, before, after, rounding):
    """Count windows one by one, without a formula."""
    padded = size + before + after
    count = start = 0
    while start + kernel <= padded:
        count, start = count + 1, start + stride
    covered = start - stride + kernel
    return count + (1 if rounding == "ceil" and covered < padded else 0)


@pytest.mark.parametrize("rounding", ["floor", "ceil"])
def test_output_size_counts_windows(rounding):
    cases = 0
    for size in range(1, 30):
        for kernel in range(1, 8):
            for stride in range(1, kernel + 1):
                for padding in (0, 1, (0, 3)):
                    before, after = padding if isinstance(padding, tuple) else (padding, padding)
                    if kernel > size + before + after:
                        continue
                    want = windows(size, kernel, stride, before, after, rounding)
                    assert shapes.output_size(size, kernel, stride, padding, rounding) == want
                    cases += 1
    assert cases > 1500


def test_same_covers_every_pixel():
    for size in range(1, 30):
        for stride in range(1, 5):
            assert shapes.output_size(size, 3, stride, "same") == math.ceil(size / stride)
            before, after = shapes.pad_amounts(size, 3, stride, "same")
            assert 0 <= after - before <= 1


def test_the_puzzle():
    assert shapes.output_size(224, 11, 4, rounding="ceil") == 55
    assert shapes.overhang(224, 11, 4, rounding="ceil") == 3
    assert shapes.output_size(224, 11, 4) == 54
    assert shapes.output_size(227, 11, 4) == 55
    assert shapes.output_size(224, 11, 4, padding=2) == 55
    assert shapes.output_size(224, 11, 4, padding="same") == 56
    assert shapes.output_size(np.int64(224), 11, 4) == 54


def test_receptive_fields_of_the_paper():
    fields = {s.name: s.receptive_field for s in shapes.trace("paper")}
    assert (fields["conv1"], fields["pool1"], fields["conv2"]) == (11, 19, 51)
    assert (fields["conv5"], fields["pool5"], fields["fc6"]) == (163, 195, 224)


def test_table_has_a_row_a_layer():
    table = shapes.table("paper")
    assert table.loc["conv1", "output"] == "55×55×96"
    assert table["parameters"].sum() == 60_965_224
    assert table.loc["conv1", "activations (kB)"] == 1161.6


def test_specs_are_data():
    paper = A.get("paper").to_dict()
    assert paper["layers"][0]["kind"] == "conv"
    assert paper["layers"][0]["filters"] == 96
    assert len(A.without(A.get("paper"), A.LRN).layers) == len(A.get("paper").layers) - 2
    with pytest.raises(AttributeError):
        A.get("paper").name = "other"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"size": 5, "kernel": 7}, "kernel must not be larger than the padded input"),
        ({"size": 5, "kernel": 3, "stride": 0}, "stride must be a whole number of at least 1"),
        ({"size": 0, "kernel": 3}, "size must be"),
        ({"size": 5, "kernel": 2.5}, "kernel must be"),
        ({"size": 5, "kernel": 3, "padding": -1}, "padding must be"),
        ({"size": 5, "kernel": 3, "padding": "full"}, "padding must be a number, 'valid' or"),
        ({"size": 5, "kernel": 3, "padding": (1, 2, 3)}, "padding must be a number or a pair"),
        ({"size": 5, "kernel": 3, "rounding": "up"}, "rounding must be 'floor' or 'ceil'"),
    ],
)
def test_bad_windows_are_refused(arguments, said):
    with pytest.raises(UserError, match=said):
        shapes.output_size(**arguments)


def test_an_input_that_is_too_small_names_the_layer():
    with pytest.raises(UserError, match=r"paper, layer (conv2|pool)"):
        shapes.trace("paper", 20)

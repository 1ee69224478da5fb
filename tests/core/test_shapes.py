"""Window arithmetic against enumeration, totals against the published figures."""

import math
from dataclasses import replace

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


@pytest.mark.parametrize("rounding", ["floor", "ceil"])
@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
def test_same_covers_every_pixel_with_the_fewest_added(kernel, rounding):
    for size in range(1, 30):
        for stride in range(1, 5):
            want = math.ceil(size / stride)
            assert shapes.output_size(size, kernel, stride, "same", rounding) == want
            before, after = shapes.pad_amounts(size, kernel, stride, "same")
            assert 0 <= after - before <= 1
            enough = (windows(size, kernel, stride, 0, n, "floor") >= want for n in range(99))
            assert before + after == list(enough).index(True)


def test_a_window_hangs_over_only_when_rounded_up():
    assert shapes.overhang(6, 3) == 0
    assert shapes.overhang(6, 3, 2) == 0
    assert shapes.overhang(6, 3, 2, rounding="ceil") == 1
    assert shapes.overhang(6, 3, 2, padding=(0, 1), rounding="ceil") == 0
    assert shapes.overhang(6, 2, 4, padding=1, rounding="ceil") == 2
    assert shapes.overhang(7, 3, 2, padding="same", rounding="ceil") == 0
    assert shapes.overhang(6, 3, padding=2, rounding="ceil") == 0


def test_the_puzzle():
    assert shapes.output_size(224, 11, 4, rounding="ceil") == 55
    assert shapes.overhang(224, 11, 4, rounding="ceil") == 3
    assert shapes.output_size(224, 11, 4) == 54
    assert shapes.output_size(224, 11) == 214
    assert shapes.output_size(227, 11, 4) == 55
    assert shapes.output_size(224, 11, 4, padding=2) == 55
    assert shapes.output_size(224, 11, 4, padding="same") == 56
    assert shapes.output_size(np.int64(224), 11, 4) == 54


def test_receptive_fields_of_the_paper():
    fields = {s.name: s.receptive_field for s in shapes.trace("paper")}
    assert (fields["conv1"], fields["pool1"], fields["conv2"]) == (11, 19, 51)
    assert (fields["conv5"], fields["pool5"], fields["fc6"]) == (163, 195, 224)


#: An oblong input, and the kinds of layers that few networks have.
ODD = A.Architecture(
    name="odd",
    title="Odd",
    input_shape=(20, 12, 4),
    layers=(
        A.Conv("conv", filters=6, kernel=3, stride=2, groups=2),
        A.BatchNorm("bn"),
        A.SpatialLRN("cnorm", size=4),
        A.Pool("pool", kernel=2, stride=1),
        A.Flatten("flatten"),
        A.Dense("fc", units=3),
    ),
    source="none",
)


def test_every_kind_of_layer_by_hand():
    steps = shapes.trace(ODD)
    assert [step.kind for step in steps] == [
        "conv",
        "batchnorm",
        "spatiallrn",
        "pool",
        "flatten",
        "dense",
    ]
    outputs = [(9, 5, 6), (9, 5, 6), (9, 5, 6), (8, 4, 6), (192,), (3,)]
    assert [step.output_shape for step in steps] == outputs
    assert [step.parameters for step in steps] == [9 * 2 * 6 + 6, 2 * 6, 0, 0, 0, 192 * 3 + 3]
    assert [step.macs for step in steps] == [9 * 2 * 6 * 45, 0, 0, 0, 0, 192 * 3]
    assert [step.neurons for step in steps] == [270, 0, 0, 0, 0, 3]
    # Neighbours lie two pixels apart behind conv: 3, 3 + 3 · 2, 9 + 1 · 2.
    assert [step.receptive_field for step in steps] == [3, 3, 9, 11, 11, 20]
    assert steps[0].activation_bytes == 4 * 270
    assert all(isinstance(step.parameters, int) for step in steps)


def test_the_side_of_the_input_is_one_pixel_or_more():
    one = replace(ODD, layers=(A.Conv("conv", filters=1, kernel=1),))
    assert shapes.trace(one, 1)[0].output_shape == (1, 1, 1)
    with pytest.raises(UserError, match="input_size must be a whole number of at least 1, got 0"):
        shapes.trace(one, 0)


def test_table_has_a_row_a_layer():
    table = shapes.table("paper")
    assert table.index.name == "layer"
    assert table.columns.tolist() == [
        *("kind", "output", "parameters", "multiply-adds", "neurons", "receptive field (px)"),
        "activations (kB)",
    ]
    assert shapes.table("paper", 128).loc["conv1", "output"] == "31×31×96"
    assert table.loc["pool5", "activations (kB)"] == 36.9
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
        ({"size": 5, "kernel": 3, "rounding": "up"}, "rounding must be one of floor, ceil"),
    ],
)
def test_bad_windows_are_refused(arguments, said):
    with pytest.raises(UserError, match=said):
        shapes.output_size(**arguments)


def test_an_input_that_is_too_small_names_the_layer():
    with pytest.raises(UserError, match=r"paper, layer (conv2|pool)"):
        shapes.trace("paper", 20)

"""Specifications made from others: a field, a layer, every width."""

import re

import pytest

from helpers import architectures as A
from helpers import shapes
from helpers.errors import UserError


def test_one_field_changes_and_nothing_else():
    paper, single = A.get("paper"), A.changed("paper", conv2={"groups": 1}, drop6={"rate": 0.0})
    changed = {old.name for old, new in zip(paper.layers, single.layers, strict=True) if old != new}
    assert changed == {"conv2", "drop6"}
    assert (single.layer("conv2").groups, single.layer("conv2").filters) == (1, 256)
    assert A.get("paper") == paper


def test_a_layer_takes_the_place_of_another():
    arch = A.changed("paper", lrn1=A.BatchNorm("bn1"))
    assert [record.name for record in arch.layers][:3] == ["conv1", "bn1", "pool1"]
    step = shapes.trace(arch)[1]
    assert (step.kind, step.output_shape, step.parameters) == ("batchnorm", (55, 55, 96), 192)
    assert (step.macs, step.neurons) == (0, 0)


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ({"conv9": {"groups": 1}}, "paper has no layer 'conv9'; it has conv1, lrn1, "),
        ({"conv1": {"width": 1}}, "conv1 has no field 'width'; it has name, filters, kernel, "),
    ],
)
def test_what_is_not_there_is_told_with_what_is(layers, said):
    with pytest.raises(UserError, match=re.escape(said)):
        A.changed("paper", **layers)


def test_each_width_is_a_quarter_but_the_last():
    small = A.narrow("paper", 1 / 4)
    widths = [small.layer(name).filters for name in ("conv1", "conv2", "conv3", "conv4", "conv5")]
    assert widths == [24, 64, 96, 96, 64]
    assert [small.layer(name).units for name in ("fc6", "fc7", "fc8")] == [1024, 1024, 1000]
    assert A.narrow("mnist", 0.25).layer("fc7").units == 256
    assert A.narrow("paper", 1) == A.get("paper")


@pytest.mark.parametrize("share", [0.3, 1 / 7, 0.001])
def test_towers_share_every_width(share):
    shapes.trace(A.narrow("paper", share))
    assert all(getattr(record, "filters", 2) % 2 == 0 for record in A.narrow("paper", share).layers)


@pytest.mark.parametrize("share", [0, -1, 1.5, 4, True, "1/4", float("nan")])
def test_a_share_is_no_factor(share):
    with pytest.raises(UserError, match="share must lie above 0 and up to 1"):
        A.narrow("paper", share)

"""Specifications, arithmetic and Keras must agree, layer by layer."""

import keras
import numpy as np
import pytest

from helpers import architectures as A
from helpers import models, shapes
from helpers.errors import UserError


@pytest.mark.parametrize("name", A.names())
def test_keras_reports_what_trace_says(name):
    model = models.build(name, seed=0)
    for step in shapes.trace(name):
        layer = model.get_layer(step.name)
        assert tuple(layer.output.shape[1:]) == step.output_shape, step.name
        assert layer.count_params() == step.parameters, step.name
    assert model.count_params() == shapes.totals(name).parameters


def test_batch_normalisation_has_the_size_that_trace_says_and_learns_half_of_its_numbers():
    arch = A.changed("mnist", lrn1=A.BatchNorm("bn1", momentum=0.7))
    layer = models.build(arch, seed=0).get_layer("bn1")
    step = next(step for step in shapes.trace(arch) if step.name == "bn1")
    assert tuple(layer.output.shape[1:]) == step.output_shape
    assert sum(w.shape[0] for w in layer.trainable_weights) == step.parameters == 2 * 96
    assert (layer.count_params(), layer.momentum) == (4 * 96, 0.7)


def test_two_class_is_the_table_of_the_demo():
    rows = [
        ((55, 55, 96), 34944),
        ((27, 27, 96), 0),
        ((27, 27, 256), 614656),
        ((13, 13, 256), 0),
        ((13, 13, 384), 885120),
        ((13, 13, 384), 1327488),
        ((13, 13, 256), 884992),
        ((6, 6, 256), 0),
        ((9216,), 0),
        ((4096,), 37752832),
        ((4096,), 0),
        ((4096,), 16781312),
        ((4096,), 0),
        ((1000,), 4097000),
        ((2,), 2002),
    ]
    assert [(s.output_shape, s.parameters) for s in shapes.trace("two_class")] == rows
    # In Keras the padding layers of conv2-5 come on top; without parameters.
    built = [layer for layer in models.build("two_class").layers if layer.count_params()]
    assert [layer.count_params() for layer in built] == [p for _, p in rows if p]
    assert shapes.totals("two_class").parameters == 62_380_346


def test_a_grouped_convolution_equals_kerass_own():
    x = np.random.default_rng(0).normal(size=(2, 9, 9, 8)).astype("float32")
    ours = models.GroupedConv2D(6, 3, strides=2, padding="same", groups=2)
    theirs = keras.layers.Conv2D(6, 3, strides=2, padding="same", groups=2)
    ours.build(x.shape)
    theirs.build(x.shape)
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(ours(x), theirs(x), atol=1e-5)


def test_the_overhang_is_three_zeros_on_the_right_and_at_the_bottom():
    x = np.random.default_rng(0).normal(size=(1, 224, 224, 3)).astype("float32")
    model = models.build("paper", seed=0)
    conv1 = model.get_layer("conv1")
    padded = np.pad(x, [(0, 0), (0, 3), (0, 3), (0, 0)])
    part = keras.Model(model.input, conv1.output)
    np.testing.assert_allclose(part(x), conv1(padded), atol=1e-5)


def test_a_pool_that_hangs_over_ignores_what_is_outside():
    record = A.Pool("pool", 2, 2, rounding="ceil")
    arch = A.Architecture(
        "tiny", "", (5, 5, 1), (record, A.Flatten(), A.Dense("out", 2)), "this test"
    )
    model = models.build(arch, seed=0)
    pooled = keras.Model(model.input, model.get_layer("pool").output)
    x = -np.arange(1, 26, dtype="float32").reshape(1, 5, 5, 1)  # negative: a zero margin would win
    want = [[-1, -3, -5], [-11, -13, -15], [-21, -23, -25]]
    assert np.asarray(pooled(x))[0, :, :, 0].tolist() == want


def test_seeds_make_equal_weights_and_layers_differ():
    a, b, c = (models.build("mnist", seed=s) for s in (1, 1, 2))
    first = [np.asarray(m.get_layer("conv3").kernel) for m in (a, b, c)]
    assert np.array_equal(first[0], first[1])
    assert not np.array_equal(first[0], first[2])
    kernels = [np.asarray(a.get_layer(n).kernel).ravel()[:50] for n in ("conv4", "conv5")]
    assert not np.array_equal(*kernels)


@pytest.mark.parametrize(("initial", "std", "bias"), [("paper", 0.01, 1.0), ("spec", 0.03, 1.0)])
def test_initial_weights_are_the_ones_asked_for(initial, std, bias):
    layer = models.build("original_145", seed=0, initial=initial).get_layer("conv4")
    assert np.asarray(layer.kernel).std() == pytest.approx(std, rel=0.01)
    assert np.all(np.asarray(layer.bias) == bias)


def test_preprocessing_is_saved_with_the_model(tmp_path):
    mean = keras.layers.Rescaling(0.5, offset=-1.0, name="scale")
    model = models.build("mnist", seed=0, preprocessing=[mean])
    model.save(tmp_path / "model.keras")
    x = np.random.default_rng(0).uniform(0, 255, (1, 28, 28, 1)).astype("float32")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.get_layer("scale")
    np.testing.assert_allclose(loaded(x), model(x), atol=1e-5)


def test_classes_replace_the_head():
    assert models.build("mnist", classes=3).output.shape == (None, 3)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: models.build("alexnet"), "no architecture 'alexnet'"),
        (lambda: models.build("paper", classes=1), "classes must be a whole number of at least 2"),
        (lambda: models.build("paper", initial="he"), "initial must be one of"),
        (lambda: A.get("paper").layer("conv9"), "no layer 'conv9'; it has conv1"),
    ],
)
def test_bad_input_is_named(call, said):
    with pytest.raises(UserError, match=said):
        call()

"""Heat maps against a hand-computed case and tf-keras-vis; their scores against tiny cases."""

import keras
import numpy as np
import pytest

from helpers import explain, models
from helpers.errors import UserError

# ---------------------------------------------------------------------------------------------
# Small networks
# ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small():
    """A seeded two-class network with three convolutions on 32×32 pixels."""
    keras.utils.set_random_seed(3)
    inputs = x = keras.Input((32, 32, 3))
    x = keras.layers.Rescaling(1 / 64, -2.0)(x)
    for number, filters in ((1, 6), (2, 8), (3, 10)):
        x = keras.layers.Conv2D(
            filters, 3, padding="same", activation="relu", name=f"conv{number}"
        )(x)
        if number < 3:
            x = keras.layers.MaxPooling2D(2, name=f"pool{number}")(x)
    x = keras.layers.Dropout(0.5)(keras.layers.Flatten()(x))
    return keras.Model(inputs, keras.layers.Dense(2, name="fc")(x), name="small")


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3)).astype("uint8")


def two_by_two(dense):
    """Two channels that repeat the red and green of a 2×2 picture, then a dense layer."""
    inputs = keras.Input((2, 2, 3))
    x = keras.layers.Conv2D(2, 1, name="conv", use_bias=False)(inputs)
    outputs = keras.layers.Dense(2, name="fc")(keras.layers.Flatten()(x))
    model = keras.Model(inputs, outputs)
    kernel = np.zeros((1, 1, 3, 2), "float32")
    kernel[0, 0, 0, 0] = kernel[0, 0, 1, 1] = 1
    model.get_layer("conv").set_weights([kernel])
    model.get_layer("fc").set_weights([np.asarray(dense, "float32"), np.zeros(2, "float32")])
    return model


# Column 0 of the dense weights: red (1, 2, 3, 2), mean 2; green (-1, -1, -2, 0), mean -1.
DENSE = [[1, 0], [-1, 0], [2, 0], [-1, 0], [3, 0], [-2, 0], [2, 0], [0, 0]]
RED, GREEN = [[1, 4], [2, 0]], [[1, 3], [6, 1]]
PICTURE = np.stack([RED, GREEN, np.zeros((2, 2))], axis=-1)[None].astype("float32")


# ---------------------------------------------------------------------------------------------
# Maps
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["gradcam", "gradcam-scratch"])
def test_grad_cam_of_a_two_by_two_picture_is_what_the_hand_computes(method):
    # relu(2·red - 1·green) = relu([[1, 5], [-2, -1]]) = [[1, 5], [0, 0]]; divided by its maximum.
    got = explain.cam(two_by_two(DENSE), PICTURE, 0, method)
    np.testing.assert_allclose(got, [[[0.2, 1.0], [0.0, 0.0]]], atol=1e-6)


def test_layer_cam_of_a_two_by_two_picture_is_what_the_hand_computes():
    # Positive gradients times activations, place by place: red (1·1, 2·4, 3·2, 2·0), green none.
    got = explain.cam(two_by_two(DENSE), PICTURE, 0, "layercam")
    np.testing.assert_allclose(got, [[[1 / 8, 1.0], [6 / 8, 0.0]]], atol=1e-6)


@pytest.mark.parametrize("layer", ["conv1", "conv2", "conv3"])
def test_our_grad_cam_equals_tf_keras_vis(small, pictures, layer):
    ours = explain.cam(small, pictures, 1, "gradcam-scratch", layer)
    theirs = explain.cam(small, pictures, 1, "gradcam", layer)
    assert ours.max() == 1
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.filterwarnings("ignore")
def test_our_grad_cam_equals_tf_keras_vis_called_as_its_manual_says(small, pictures):
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.scores import CategoricalScore

    theirs = Gradcam(small)(
        CategoricalScore([1] * 5), pictures.astype("float32"), penultimate_layer="conv3"
    )
    ours = explain.cam(small, pictures, 1, "gradcam-scratch")
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.filterwarnings("ignore")
def test_grad_cam_plus_plus_equals_tf_keras_vis_called_as_its_manual_says(small, pictures):
    from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
    from tf_keras_vis.utils.scores import CategoricalScore

    theirs = GradcamPlusPlus(small)(
        CategoricalScore([1] * 5), pictures.astype("float32"), penultimate_layer="conv3"
    )
    np.testing.assert_allclose(explain.cam(small, pictures, 1, "gradcam++"), theirs, atol=1e-4)


def test_grad_cam_plus_plus_survives_logits_that_overflow_its_exponential():
    large = two_by_two(100 * np.asarray(DENSE))
    got = explain.cam(large, PICTURE, 0, "gradcam++")
    assert np.isfinite(got).all()
    assert got.max() == 1


@pytest.mark.parametrize("method", explain.METHODS)
def test_every_method_gives_maps_from_zero_to_one_at_the_size_of_the_picture(
    small, pictures, method
):
    maps = explain.cam(small, pictures, 0, method)
    assert maps.shape == (5, 32, 32)
    assert maps.dtype == np.float32
    assert maps.min() == 0
    assert maps.max() == 1


@pytest.mark.parametrize("method", explain.METHODS)
def test_a_picture_has_the_same_map_alone_and_in_a_batch(small, pictures, method):
    together = explain.cam(small, pictures, [0, 1, 0, 1, 0], method)
    alone = explain.cam(small, pictures[3:4], 1, method)
    np.testing.assert_allclose(together[3:4], alone, atol=1e-4)


def test_batches_larger_than_the_step_are_complete(small):
    many = np.random.default_rng(1).uniform(0, 255, (explain.BATCH + 3, 32, 32, 3))
    maps = explain.cam(small, many, 0)
    np.testing.assert_allclose(maps[-1:], explain.cam(small, many[-1:], 0), atol=1e-5)


@pytest.mark.parametrize("method", explain.METHODS)
def test_a_map_without_content_is_zeros_and_never_nan(method):
    # No weight reads the picture: gradients, or activations for Score-CAM, are zero.
    dead = two_by_two(np.zeros((8, 2)))
    maps = explain.cam(dead, np.zeros_like(PICTURE), 0, method)
    np.testing.assert_array_equal(maps, np.zeros((1, 2, 2)))


def test_a_network_that_says_nan_is_not_drawn_as_a_map():
    with pytest.raises(FloatingPointError, match="not a number"):
        explain.cam(two_by_two(np.full((8, 2), np.nan)), PICTURE, 0)


def test_score_cam_with_fewer_channels_is_another_map(small, pictures):
    all_channels = explain.cam(small, pictures[:1], 0, "scorecam")
    few = explain.cam(small, pictures[:1], 0, "scorecam", max_channels=3)
    assert few.max() == 1
    assert np.abs(few - all_channels).max() > 0.01


def test_nothing_is_printed(small, pictures, capsys):
    explain.cam(small, pictures[:1], 0, "scorecam")
    assert capsys.readouterr().out == ""


def test_two_towers_have_one_layer_called_conv5():
    model = models.build("original_145", classes=2, seed=0)
    assert explain.default_layer(model) == "conv5"
    assert model.get_layer("conv5").output.shape[1:] == (13, 13, 256)
    picture = np.random.default_rng(0).uniform(0, 255, (1, 224, 224, 3))
    ours = explain.cam(model, picture, 1, "gradcam-scratch")
    np.testing.assert_allclose(ours, explain.cam(model, picture, 1), atol=1e-4)
    assert ours.max() == 1


def test_dense_layers_in_the_form_of_convolutions_are_not_the_default():
    inputs = keras.Input((9, 9, 3))
    x = keras.layers.Conv2D(4, 3, name="conv")(inputs)
    x = keras.layers.Conv2D(5, 7, name="fc6")(x)
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(x)))
    assert explain.default_layer(model) == "conv"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"method": "cam"}, "method must be one of gradcam, gradcam\\+\\+, scorecam, .* got 'cam'"),
        ({"layer": "conv9"}, "layer must be one of conv1, conv2, conv3, got 'conv9'"),
        ({"layer": "fc"}, "layer must be one of .* got 'fc'"),
        ({"class_index": 2}, "from 0 to 1, got 2"),
        ({"class_index": -1}, "from 0 to 1, got -1"),
        ({"class_index": 0.5}, "whole number"),
        ({"class_index": [0, 1]}, "one for each of 5 pictures, got 2"),
        ({"images": np.zeros((5, 30, 30, 3))}, "takes pictures of shape \\(N, 32, 32, 3\\)"),
        ({"images": np.zeros((32, 32, 3))}, "takes pictures of shape"),
    ],
)
def test_bad_input_is_told_in_a_sentence(small, pictures, options, sentence):
    arguments = {"images": pictures, "class_index": 0, **options}
    with pytest.raises(UserError, match=sentence):
        explain.cam(small, **arguments)


def test_a_network_without_convolutions_has_no_map():
    inputs = keras.Input((4, 4, 3))
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(inputs)))
    with pytest.raises(UserError, match="no convolution"):
        explain.cam(model, np.zeros((1, 4, 4, 3)), 0)


def test_no_picture_gives_no_map(small):
    assert explain.cam(small, np.zeros((0, 32, 32, 3)), 0).shape == (0, 32, 32)


# ---------------------------------------------------------------------------------------------
# Scores of maps
# ---------------------------------------------------------------------------------------------

MASK = np.array([[[True, True], [False, False]]])


def test_energy_and_pointing_of_hand_made_maps():
    inside, outside = np.array([[[3.0, 1], [0, 0]]]), np.array([[[1.0, 0], [0, 3]]])
    assert explain.energy_inside(inside, MASK)[0] == 1
    assert explain.energy_inside(outside, MASK)[0] == 0.25
    assert explain.pointing_game(inside, MASK)[0]
    assert not explain.pointing_game(outside, MASK)[0]


def test_a_map_of_zeros_scores_nothing_and_a_uniform_one_the_area():
    zeros, ones = np.zeros((1, 2, 2)), np.ones((1, 2, 2))
    assert explain.energy_inside(zeros, MASK)[0] == 0
    assert not explain.pointing_game(zeros, MASK)[0]
    assert explain.energy_inside(ones, MASK)[0] == explain.area_share(MASK)[0] == 0.5


def test_maps_and_masks_must_have_one_shape():
    with pytest.raises(UserError, match="both be"):
        explain.energy_inside(np.zeros((1, 2, 2)), np.zeros((1, 3, 3)))


def test_deletion_takes_the_highest_pixel_first():
    # The score of class 0 is red of the first pixel; the other class stays at 0.
    dense = np.zeros((8, 2))
    dense[0, 0] = 1
    model, picture = two_by_two(dense), np.zeros((1, 2, 2, 3), "float32")
    picture[0, 0, 0, 0] = 4  # mean colour: red 1
    first = np.array([[[1.0, 0], [0, 0]]])
    before, after = 1 / (1 + np.exp(-4)), 1 / (1 + np.exp(-1))
    gone = explain.deletion_curve(model, picture, first, 0, steps=4)
    np.testing.assert_allclose(gone, [[before] + [after] * 4], rtol=1e-5)
    late = explain.deletion_curve(model, picture, 1 - first, 0, steps=4)
    np.testing.assert_allclose(late, [[before] * 4 + [after]], rtol=1e-5)
    assert explain.curve_area(gone)[0] < explain.curve_area(late)[0]


def test_steps_must_be_positive():
    with pytest.raises(UserError, match="steps"):
        explain.deletion_curve(two_by_two(DENSE), PICTURE, np.zeros((1, 2, 2)), 0, steps=0)


def test_randomised_weights_are_new_seeded_and_leave_the_original(small):
    before = [weight.copy() for weight in small.get_weights()]
    one, again, other = (explain.randomised(small, seed) for seed in (0, 0, 1))
    kernel = lambda model: model.get_layer("conv2").get_weights()[0]  # noqa: E731
    np.testing.assert_array_equal(kernel(one), kernel(again))
    assert np.abs(kernel(one) - kernel(small)).max() > 0.05
    assert np.abs(kernel(one) - kernel(other)).max() > 0.05
    for weight, kept in zip(small.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, kept)


def test_only_the_named_layers_are_drawn_anew(small):
    top = explain.randomised(small, 0, layers=["fc"])
    np.testing.assert_array_equal(
        top.get_layer("conv3").get_weights()[0], small.get_layer("conv3").get_weights()[0]
    )
    assert not np.array_equal(
        top.get_layer("fc").get_weights()[0], small.get_layer("fc").get_weights()[0]
    )
    with pytest.raises(UserError, match=r"layers must be one of conv1, .* got 'pool1'"):
        explain.randomised(small, 0, layers=["pool1"])


def test_similarity_is_a_rank_correlation():
    rising, falling = np.arange(6.0).reshape(1, 2, 3), -np.arange(6.0).reshape(1, 2, 3)
    assert explain.similarity(rising, rising**3)[0] == pytest.approx(1)
    assert explain.similarity(rising, falling)[0] == pytest.approx(-1)
    assert explain.similarity(rising, np.zeros((1, 2, 3)))[0] == 0

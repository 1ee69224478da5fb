"""Each batched layer equals a plain NumPy loop that is given the same random numbers."""

import keras
import numpy as np
import pytest

from helpers import augment
from helpers.errors import UserError

RNG = np.random.default_rng(7)
IMAGES = RNG.integers(0, 256, (6, 20, 24, 3), dtype="uint8")


def to_numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_crop_equals_a_loop(dtype):
    offsets = np.array([[0, 0], [4, 8], [1, 2], [4, 0], [0, 8], [3, 5]])
    images = IMAGES.astype(dtype)
    loop = np.stack([x[i : i + 16, j : j + 16] for x, (i, j) in zip(images, offsets, strict=True)])
    got = to_numpy(augment.RandomCrop(16)(images, offsets=offsets))
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, loop)


def test_flip_equals_a_loop():
    flipped = np.array([True, False, True, True, False, False])
    loop = np.stack([x[:, ::-1] if f else x for x, f in zip(IMAGES, flipped, strict=True)])
    np.testing.assert_array_equal(to_numpy(augment.RandomFlip()(IMAGES, flipped=flipped)), loop)


def test_a_mirrored_window_is_the_window_flipped_afterwards():
    offsets, flipped = RNG.integers(0, 5, (6, 2)), [True, False, True, True, False, False]
    apart = augment.RandomFlip()(
        augment.RandomCrop(16)(IMAGES, offsets=offsets), flipped=np.array(flipped)
    )
    at_once = augment.RandomCrop(16)(IMAGES, offsets=offsets, flipped=np.array(flipped))
    np.testing.assert_array_equal(to_numpy(at_once), to_numpy(apart))


def test_colour_noise_equals_a_loop_over_pixels():
    mean, sigma, vectors = augment.colour_pca(IMAGES)
    numbers = RNG.normal(size=(6, 3))
    loop = np.empty(IMAGES.shape)
    for n, image in enumerate(IMAGES):
        added = np.zeros(3)
        for axis in range(3):
            added += 0.1 * numbers[n, axis] * sigma[axis] * vectors[:, axis]
        for y in range(20):
            for x in range(24):
                loop[n, y, x] = mean + (image[y, x] - mean + added) / 1.1
    got = to_numpy(augment.PCAColour(sigma, vectors, mean)(IMAGES, numbers=numbers))
    np.testing.assert_allclose(got, loop, atol=1e-4)


def test_colour_pca_equals_numpy_cov_and_finds_known_axes():
    mean, sigma, vectors = augment.colour_pca(IMAGES)
    pixels = IMAGES.reshape(-1, 3).astype(float)
    np.testing.assert_allclose(mean, pixels.mean(axis=0))
    covariance = np.cov(pixels.T, bias=True)
    np.testing.assert_allclose(vectors @ np.diag(sigma**2) @ vectors.T, covariance, atol=1e-8)
    assert (np.diff(sigma) >= 0).all()
    # Grey pictures vary along (1, 1, 1) alone.
    grey = np.repeat(RNG.integers(0, 256, (2, 8, 8, 1)), 3, axis=-1)
    _, sigma, vectors = augment.colour_pca(grey)
    np.testing.assert_allclose(np.abs(vectors[:, 2]), np.full(3, 3**-0.5), atol=1e-9)
    np.testing.assert_allclose(sigma[2], grey[..., 0].std() * 3**0.5)


def test_noise_has_the_size_of_the_released_code():
    """One standard deviation along the first axis is 0.1 · sigma / 1.1 grey levels."""
    sigma = np.array([19.72, 37.09, 121.78])  # shipped with cuda-convnet2, facts section 1.5
    layer = augment.PCAColour(sigma, np.eye(3), np.zeros(3), seed=3)
    black = np.zeros((4000, 1, 1, 3), "float32")
    spread = to_numpy(layer(black, training=True))[:, 0, 0].std(axis=0)
    np.testing.assert_allclose(spread, 0.1 * sigma / 1.1, rtol=0.05)


def test_own_crops_take_every_offset_from_0_to_32():
    rows = np.broadcast_to(np.arange(256, dtype="int32")[:, None], (256, 256))
    columns = rows.T
    image = np.stack([rows, columns], axis=-1)
    layer, seen = augment.RandomCrop(224, seed=0), []
    for _ in range(20):
        seen.append(to_numpy(layer(np.stack([image] * 64), training=True))[:, 0, 0])
    seen = np.concatenate(seen)
    for axis in (0, 1):
        assert sorted(set(seen[:, axis])) == list(range(33))
    assert abs(np.corrcoef(seen.T)[0, 1]) < 0.1  # row and column are independent


def test_own_flips_are_half():
    image = np.array([[[[0.0], [1.0]]]] * 2000, "float32")
    share = to_numpy(augment.RandomFlip(seed=1)(image, training=True))[:, 0, 0, 0].mean()
    assert abs(share - 0.5) < 0.04


@pytest.mark.parametrize(
    "make",
    [
        lambda: augment.RandomCrop(16, seed=5),
        lambda: augment.RandomFlip(seed=5),
        lambda: augment.PCAColour([1, 2, 3], np.eye(3), [0, 0, 0], seed=5),
    ],
)
def test_same_seed_same_pictures_and_still_at_test_time(make):
    one, other = make()(IMAGES, training=True), make()(IMAGES, training=True)
    np.testing.assert_array_equal(to_numpy(one), to_numpy(other))
    layer = make()
    first, second = layer(IMAGES, training=True), layer(IMAGES, training=True)
    assert (to_numpy(first) != to_numpy(second)).any()
    at_test = to_numpy(layer(IMAGES, training=False))
    centre = IMAGES[:, 2:18, 4:20] if at_test.shape[1] == 16 else IMAGES
    np.testing.assert_array_equal(at_test, centre)


def test_layers_are_rebuilt_from_their_config():
    layer = augment.PCAColour([1, 2, 3], np.eye(3), [4, 5, 6], noise=0.2, seed=9, name="colour")
    again = augment.PCAColour.from_config(layer.get_config())
    np.testing.assert_array_equal(
        to_numpy(layer(IMAGES, training=True)), to_numpy(again(IMAGES, training=True))
    )
    assert augment.RandomCrop.from_config(augment.RandomCrop(16).get_config()).size == 16
    assert augment.CenterCrop.from_config(augment.CenterCrop(16).get_config()).size == 16


def test_centre_and_ten_crop_equal_plain_slices():
    np.testing.assert_array_equal(to_numpy(augment.CenterCrop(16)(IMAGES)), IMAGES[:, 2:18, 4:20])
    views = to_numpy(augment.ten_crop(IMAGES, 16))
    assert views.shape == (6, 10, 16, 16, 3)
    starts = [(0, 0), (0, 8), (4, 0), (4, 8), (2, 4)]
    for k, (y, x) in enumerate(starts):
        view = IMAGES[:, y : y + 16, x : x + 16]
        np.testing.assert_array_equal(views[:, k], view)
        np.testing.assert_array_equal(views[:, k + 5], view[:, :, ::-1])


@pytest.mark.parametrize(
    ("act", "word"),
    [
        (lambda: augment.RandomCrop(21)(IMAGES, training=True), "at most 20"),
        (lambda: augment.center_crop(IMAGES, 21), "at most 20"),
        (lambda: augment.ten_crop(IMAGES, 21), "at most 20"),
        (lambda: augment.RandomCrop(0), "size"),
        (lambda: augment.CenterCrop(2.5), "size"),
        (lambda: augment.colour_pca(IMAGES[..., :2]), "3 or 1"),
    ],
)
def test_impossible_settings_are_named(act, word):
    with pytest.raises(UserError, match=word):
        act()

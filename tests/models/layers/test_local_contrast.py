import keras
import numpy as np
import pytest
from scipy import ndimage

from tfpose.models.layers.local_contrast import LocalContrastNormalization


def picture(size=(40, 56), seed=0):
    clouds = np.random.default_rng(seed).uniform(0, 1, (2, *size, 3))
    return ndimage.gaussian_filter(clouds, (0, 1, 1, 0)).astype("float32")


def reference(images, size):
    """The definition, in float64: every pixel minus the weighted mean of its window, divided by its spread."""
    offsets = np.arange(size) - size // 2
    window = np.exp(-(offsets**2) / (2 * (size / 4) ** 2))
    window /= window.sum()

    def blur(x):
        for axis in (1, 2):
            x = ndimage.correlate1d(x, window, axis=axis, mode="mirror")
        return x

    centred = images.astype("float64") - blur(images.astype("float64"))
    spread = np.sqrt(blur(centred**2))
    return centred / np.maximum(spread, np.maximum(spread.mean(axis=(1, 2, 3), keepdims=True), 1e-4))


@pytest.mark.parametrize("size", [3, 9])
def test_it_is_what_the_definition_says(size):
    images = picture()
    np.testing.assert_allclose(LocalContrastNormalization(size)(images), reference(images, size), atol=2e-3)


def test_an_even_picture_is_zero():
    np.testing.assert_allclose(LocalContrastNormalization()(np.full((1, 20, 30, 3), 0.7, "float32")), 0, atol=0.02)


@pytest.mark.parametrize(("factor", "offset"), [(1, 0.3), (0.4, 0), (0.5, 0.2)])
def test_light_and_contrast_do_not_matter(factor, offset):
    lcn = LocalContrastNormalization()
    np.testing.assert_allclose(lcn(picture() * factor + offset), lcn(picture()), atol=5e-3)


def test_a_mirrored_picture_is_mirrored():
    lcn = LocalContrastNormalization()
    np.testing.assert_allclose(lcn(picture()[:, :, ::-1]), lcn(picture())[:, :, ::-1], atol=1e-4)


def test_channels_and_pictures_of_a_batch_are_apart():
    lcn, images = LocalContrastNormalization(), picture()
    together = lcn(images)
    np.testing.assert_allclose(lcn(images[:1])[0], together[0], atol=1e-5)
    changed = images.copy()
    changed[1] = 0
    np.testing.assert_allclose(lcn(changed)[0], together[0], atol=1e-5)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_black_margins_stay_finite(policy):
    images = picture()
    images[:, 20:] = 0
    found = LocalContrastNormalization(dtype=policy)(images)
    assert found.dtype == keras.DTypePolicy(policy).compute_dtype
    assert np.isfinite(np.asarray(found, "float32")).all()


def test_it_survives_serialization():
    lcn = LocalContrastNormalization(7, name="mine")
    again = keras.layers.deserialize(keras.layers.serialize(lcn))
    assert again.get_config() == lcn.get_config()
    np.testing.assert_array_equal(again(picture()), lcn(picture()))

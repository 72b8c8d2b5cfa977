import keras
import numpy as np
import pytest
import tensorflow as tf

from tfpose.models.layers.batch_norm import FusedNormalization

SHAPE = (4, 6, 5, 3)


def normalizations(dtype="float32", shape=SHAPE):
    """Ours and Keras's, with the same weights."""
    for cls in (FusedNormalization, keras.layers.BatchNormalization):
        layer = cls(momentum=0.9, epsilon=1e-5, dtype=dtype)
        layer.build(shape)
        rng = np.random.default_rng(1)
        layer.set_weights([rng.uniform(0.5, 2, shape[-1:]) for _ in layer.weights])
        yield layer


def step(layer, x, *, xla):
    """Output, gradients and all weights after a step of training."""
    factors = np.random.default_rng(2).normal(size=x.shape).astype("float32")

    @tf.function(jit_compile=xla)
    def gradients(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
            total = tf.reduce_sum(tf.cast(y, "float32") * factors)
        return y, tape.gradient(total, [x, *(v.value for v in layer.trainable_variables)])

    y, found = gradients(tf.cast(x, layer.compute_dtype))
    return [np.array(tf.cast(value, "float32")) for value in (y, *found, *layer.get_weights())]


@pytest.mark.parametrize("xla", [False, True])
@pytest.mark.parametrize(("dtype", "atol"), [("float32", 2e-5), ("mixed_bfloat16", 0.05), ("mixed_float16", 0.01)])
def test_a_step_is_that_of_keras(dtype, atol, xla):
    x = np.random.default_rng(0).normal(2, 3, SHAPE).astype("float32")
    ours, theirs = (step(layer, x, xla=xla) for layer in normalizations(dtype))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-2 if atol > 1e-4 else 1e-4, atol=atol)


def test_what_was_learnt_is_used_afterwards():
    x = np.random.default_rng(0).normal(2, 3, SHAPE).astype("float32")
    ours, theirs = (layer(x, training=False) for layer in normalizations())
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_frozen_layer_learns_nothing():
    layer, _ = normalizations()
    layer.trainable = False
    before = layer.get_weights()
    x = np.random.default_rng(0).normal(2, 3, SHAPE).astype("float32")
    np.testing.assert_allclose(layer(x, training=True), layer(x, training=False))
    for a, b in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("shape", "dtype"), [((8, 3), "float32"), (SHAPE, "float64")])
def test_what_the_kernel_cannot_is_left_to_keras(shape, dtype):
    x = np.random.default_rng(0).normal(2, 3, shape).astype(dtype)
    ours, theirs = (step(layer, x, xla=False) for layer in normalizations(dtype, shape))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_are_those_of_keras(tmp_path):
    models = [keras.Sequential([keras.Input(SHAPE[1:]), layer]) for layer in normalizations()]
    models[0].save(tmp_path / "ours.keras")
    again = keras.saving.load_model(tmp_path / "ours.keras")
    assert type(again.layers[0]) is FusedNormalization
    again.set_weights(models[1].get_weights())
    x = np.random.default_rng(0).normal(2, 3, SHAPE).astype("float32")
    np.testing.assert_allclose(again(x), models[1](x), atol=1e-5)

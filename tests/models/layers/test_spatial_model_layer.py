import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.layers.small_spatial_models import example, soft
from tfpose.models.layers.spatial_model import SpatialModel


def test_nine_keypoints_and_a_torso_at_60_by_90_have_the_stated_number_of_weights():
    layer = SpatialModel(9)
    layer.build((None, 60, 90, 10))
    assert layer.energies.shape == (81, 119, 179) and layer.biases.shape == (81, 60, 90)
    assert sum(np.prod(w.shape) for w in layer.trainable_weights) == 81 * (119 * 179 + 5400) + 20 == 2_162_801
    assert sum(np.prod(w.shape) for w in layer.non_trainable_weights) == 20


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "float64"])
def test_it_is_float32_in_any_dtype_policy(policy):
    layer, maps = example(3, 4, (5, 6))
    expected = layer(maps)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        same, _ = example(3, 4, (5, 6))
        inputs = keras.Input((5, 6, 4), dtype="float32")
        logits = keras.Model(inputs, same(inputs))(maps)
    finally:
        keras.config.set_dtype_policy(before)
    assert {w.dtype for w in same.weights} == {"float32"} and logits.dtype == tf.float32
    np.testing.assert_allclose(logits, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("graph", [None, ((0, 1), (1, 2))])
def test_a_model_with_it_is_saved_and_loaded(tmp_path, graph):
    layer, maps = example(2, 3, (5, 6), graph=graph, prior_scale=None, method="conv")
    inputs = keras.Input(maps.shape[1:])
    keras.Model(inputs, layer(inputs)).save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.layers[-1].get_config() == layer.get_config()
    assert loaded.layers[-1].pairs == layer.pairs
    np.testing.assert_array_equal(loaded(maps), layer(maps))


def test_it_is_the_same_under_jax_and_without_tensorflow(tmp_path):
    pytest.importorskip("jax")
    layer, maps = example()
    code = (
        "import sys, numpy as np; from tfpose.models.layers.spatial_model import SpatialModel;"
        "weights = np.load('weights.npz'); layer = SpatialModel(2); layer.build(weights['maps'].shape);"
        "layer.set_weights([weights[f'arr_{i}'] for i in range(6)]); assert 'tensorflow' not in sys.modules;"
        "np.save('logits.npy', layer(weights['maps']))"
    )
    np.savez(tmp_path / "weights.npz", *layer.get_weights(), maps=maps)
    env = {**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], env=env, cwd=tmp_path, check=True)
    np.testing.assert_allclose(np.load(tmp_path / "logits.npy"), layer(maps), rtol=1e-5, atol=1e-5)


def test_keypoints_listen_to_all_other_nodes_and_only_those():
    layer, maps = example(2, 3)
    assert layer.pairs == ((0, 1), (0, 2), (1, 0), (1, 2))


@pytest.mark.parametrize("graph", [[], [(0, 0)], [(2, 0)], [(0, -1)], [(-1, 0)], [(0, 1), (0, 1)]])
def test_a_bad_graph_is_refused(graph):
    with pytest.raises(ValueError, match="`graph` must hold"):
        SpatialModel(2, graph=graph)


def test_a_source_that_does_not_exist_is_refused_when_the_nodes_are_known():
    with pytest.raises(ValueError, match=r"below 3. Received: \(0, 3\)"):
        SpatialModel(2, graph=[(0, 3)]).build((None, 4, 4, 3))


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="Known: fft, conv"):
        SpatialModel(2, method="dft")


def test_the_prior_is_what_the_rectified_energies_start_from():
    layer, _ = example(prior_scale=3.0)
    prior = np.random.default_rng(2).random(layer.energies.shape)
    prior[:, 0] = 0
    prior /= prior.sum(axis=(1, 2), keepdims=True)
    layer.set_prior(prior)
    start = soft(layer.energies.numpy().astype("float64"))
    np.testing.assert_allclose(start.sum(axis=(1, 2)), 3, rtol=1e-5)
    np.testing.assert_allclose(start, 3 * (0.99 * prior + 0.01 / prior[0].size), rtol=1e-4)


def test_without_scale_the_energies_are_the_prior():
    layer, _ = example(prior_scale=None)
    prior = np.random.default_rng(2).random(layer.energies.shape).astype("float32")
    layer.set_prior(prior)
    np.testing.assert_array_equal(layer.energies, prior)


def test_a_prior_for_other_maps_is_refused():
    layer, _ = example()
    with pytest.raises(ValueError, match=r"must have shape \(4, 5, 7\). Received: \(4, 5, 6\)"):
        layer.set_prior(np.ones((4, 5, 6)))


def test_messages_with_a_high_initial_bias_leave_the_order_of_the_cells_as_it_is():
    maps = np.random.default_rng(0).dirichlet(np.ones(20), (2, 3)).reshape(2, 3, 4, 5).transpose(0, 2, 3, 1)
    orders = {}
    for bias in (0.0, 1e4):
        layer = SpatialModel(3, gain=10.0, initial_bias=bias)
        layer.build(maps.shape)
        energies = np.random.default_rng(1).uniform(0, 1, layer.energies.shape)
        layer.set_prior(energies / energies.sum(axis=(1, 2), keepdims=True))
        orders[bias] = np.argsort(np.array(layer(maps.astype("float32"))).reshape(2, 20, 3), axis=1)
    expected = np.argsort(maps.reshape(2, 20, 3), axis=1)
    np.testing.assert_array_equal(orders[1e4], expected)
    assert not np.array_equal(orders[0.0], expected)
    np.testing.assert_allclose(np.logaddexp(0, 5 * 10 * np.array(layer.biases)) / 5, 1e4, rtol=1e-5)


def test_the_initial_bias_must_be_a_number_from_zero_on():
    with pytest.raises(ValueError, match="`initial_bias` must be at least 0. Received: -1."):
        SpatialModel(3, initial_bias=-1)

import keras
import numpy as np
import pytest

from tests.training.callbacks.small_training import Killed, KilledBefore, fit, model, run, state
from tfpose.training.callbacks.averages import AveragedWeights
from tfpose.training.callbacks.checkpoints import Checkpoint, read_note

EMA = {"use_ema": True, "ema_momentum": 0.5}


def averages_of(net, epochs):
    """Trained weights and their running averages, computed here, after every step."""
    averages = []

    def remember(batch, logs):
        nonlocal averages
        weights = [v.numpy() for v in net.trainable_variables]
        averages = [0.5 * a + 0.5 * w for a, w in zip(averages, weights, strict=True)] if averages else weights

    fit(net, (0, epochs), keras.callbacks.LambdaCallback(on_train_batch_end=remember))
    return averages


def weights_of(path):
    return [v.numpy() for v in keras.saving.load_model(path, compile=False).trainable_variables]


def test_the_saved_models_hold_the_averages_and_the_state_holds_both(tmp_path):
    expected = averages_of(model(**EMA), 2)
    trained = [v.numpy() for v in untouched(2).trainable_variables]
    net = model(**EMA)
    run(tmp_path, net, 2)
    for a, b in zip(
        weights_of(tmp_path / "best.keras"),
        averages_of(model(**EMA), read_note(tmp_path / "best.keras")["epoch"]),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    for v, b in zip(net.trainable_variables, expected, strict=True):  # What is saved as last.
        np.testing.assert_allclose(v, b, rtol=1e-5, atol=1e-6)
    restored = model(**EMA)
    Checkpoint(tmp_path / "state.weights.h5").restore(restored)
    for v, b in zip(restored.trainable_variables, trained, strict=True):
        np.testing.assert_array_equal(v, b)
    for v, b in zip(restored.optimizer._model_variables_moving_average, expected, strict=True):
        np.testing.assert_allclose(v, b, rtol=1e-5, atol=1e-6)


def untouched(epochs):
    """A network trained without callbacks, before `fit` replaces its weights by the averages."""
    net = model(**EMA)
    net.optimizer.finalize_variable_values = lambda variables: None
    fit(net, (0, epochs))
    return net


@pytest.mark.parametrize("stopped", [1, 2, 3])
def test_a_resumed_run_equals_one_that_never_stopped_bit_for_bit(tmp_path, stopped):
    """Also when it was killed after its last epoch: it ends with the averages."""
    whole, resumed = model(**EMA), model(**EMA)
    run(tmp_path / "whole", whole, 3)
    if stopped < 3:
        with pytest.raises(Killed):
            run(tmp_path / "parts", model(**EMA), 3, KilledBefore(stopped))
    else:
        run(tmp_path / "parts", model(**EMA), 3)
    run(tmp_path / "parts", resumed, 3)
    for a, b in zip(resumed.trainable_variables, whole.trainable_variables, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(*(weights_of(tmp_path / name / "best.keras") for name in ("whole", "parts")), strict=True):
        np.testing.assert_array_equal(a, b)


def test_validation_uses_the_averages_and_changes_no_weight():
    net, data = model(**EMA), np.ones((2, 4), "float32")
    fit(net, (0, 1))
    net.layers[-1].bias.assign([5.0, 5.0])
    before = state(net)
    callback = AveragedWeights()
    callback.set_model(net)
    expected = net.optimizer._model_variables_moving_average[-1].numpy()
    callback.on_test_begin()
    np.testing.assert_array_equal(net.layers[-1].bias, expected)
    callback.average()  # Once more changes nothing.
    np.testing.assert_array_equal(net.layers[-1].bias, expected)
    callback.on_test_end()
    for a, b in zip(state(net), before, strict=True):
        np.testing.assert_array_equal(a, b)
    assert np.isfinite(net(data)).all()


def test_without_averages_nothing_changes():
    net = model()
    before = state(net)
    callback = AveragedWeights()
    callback.set_model(net)
    callback.average()
    for a, b in zip(state(net), before, strict=True):
        np.testing.assert_array_equal(a, b)

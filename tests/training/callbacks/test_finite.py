import hashlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.adversaries.small_adversaries import build
from tests.training.callbacks.small_training import STEPS, batches, batches_again, model, run
from tfpose.models.self_adversarial import SelfAdversarial
from tfpose.training.callbacks.checkpoints import save_model
from tfpose.training.callbacks.finite import StopAtNaN, check_finite


def test_a_loss_that_is_not_finite_stops_and_keeps_its_batch(tmp_path):
    seen = []

    def poisoned(net):
        for i, (x, y) in enumerate(batches((0, 3))):
            seen.append(x)
            yield x, y * np.float32(np.nan if i == STEPS + 1 else 1)

    net = model()
    callback = StopAtNaN(tmp_path / "nan_batch.npz", batches_again)
    with pytest.raises(FloatingPointError, match="in epoch 2, step 2. The batch is in .*nan_batch.npz"):
        net.fit(poisoned(net), epochs=3, steps_per_epoch=STEPS, verbose=0, shuffle=False, callbacks=[callback])
    found = np.load(tmp_path / "nan_batch.npz")
    assert set(found) == {"images", "keypoints"}
    np.testing.assert_array_equal(found["images"], seen[STEPS + 1])


@pytest.mark.parametrize("loss", [np.nan, np.inf, -np.inf])
def test_infinity_is_not_finite_either(tmp_path, loss):
    data = tf.data.Dataset.from_tensors((np.zeros((1, 2)), {"keypoints": np.ones(3)}))
    callback = StopAtNaN(tmp_path / "nan_batch.npz", lambda epoch: data)
    callback.on_epoch_begin(0)
    callback.on_train_batch_end(0, {"loss": 1.0})
    assert not any(tmp_path.iterdir())
    with pytest.raises(FloatingPointError):
        callback.on_train_batch_end(0, {"loss": loss})
    assert any(tmp_path.iterdir())


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("ema", [{}, {"use_ema": True, "ema_momentum": 0.5}], ids=["plain", "averaged"])
def test_weights_that_are_not_finite_after_the_last_step_of_an_epoch_are_not_saved(tmp_path, value, ema):
    """The loss of that step, computed before the update, is finite."""
    run(tmp_path, model(**ema), 2)
    before = digests(tmp_path)
    assert {"best.keras", "log.csv", "state.weights.h5"} <= set(before)
    net = model(**ema)

    def poison(batch, logs):
        if batch == STEPS - 1:
            net.layers[-1].bias.assign([value, 0])

    with pytest.raises(FloatingPointError, match="must be finite.*epoch 3, step 3, in .*bias.*batch is in .*nan_batch"):
        run(tmp_path, net, 3, keras.callbacks.LambdaCallback(on_train_batch_end=poison))
    found = np.load(tmp_path / "nan_batch.npz")
    np.testing.assert_array_equal(found["images"], list(batches((2, 3)))[-1][0])
    assert {name: digest for name, digest in digests(tmp_path).items() if name != "nan_batch.npz"} == before


def test_an_optimizer_or_a_discriminator_that_is_not_finite_is_found(tmp_path):
    built = build(SelfAdversarial)
    check_finite(built, "now")
    for variable in (built.optimizer.variables[-1], built.adversary.networks["discriminator"].weights[0]):
        before = variable.numpy()
        variable.assign(np.full(variable.shape, np.nan))
        with pytest.raises(FloatingPointError, match="Received: NaN or infinity now, in "):
            check_finite(built, "now")
        variable.assign(before)


def test_a_model_that_is_not_finite_leaves_the_saved_one(tmp_path):
    path, net = tmp_path / "last.keras", model()
    save_model(net, path)
    before = digests(tmp_path)
    net.layers[-1].bias.assign([np.nan, 0])
    with pytest.raises(FloatingPointError, match="while saving .*last.keras"):
        save_model(net, path)
    assert digests(tmp_path) == before

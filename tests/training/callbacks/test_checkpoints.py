import csv

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfpose.training.callbacks.checkpoints import Checkpoint, KeepBest, Log, StopAtNaN

STEPS = 3


def model(lr=0.1):
    keras.utils.set_random_seed(3)
    net = keras.Sequential([keras.Input((4,)), keras.layers.BatchNormalization(), keras.layers.Dense(2)])
    net.compile(keras.optimizers.Adam(lr), "mse")
    return net


def batches(epochs):
    """Epochs that differ."""
    for epoch in range(*epochs):
        rng = np.random.default_rng(epoch)
        for _ in range(STEPS):
            yield rng.normal(size=(8, 4)).astype("float32"), rng.normal(size=(8, 2)).astype("float32")


def fit(net, epochs, *callbacks):
    options = {"initial_epoch": epochs[0], "epochs": epochs[1], "steps_per_epoch": STEPS}
    return net.fit(batches(epochs), callbacks=list(callbacks), shuffle=False, verbose=0, **options)


def state(net):
    return [np.array(v) for v in (*net.variables, *net.optimizer.variables)]


def test_a_killed_run_goes_on_as_if_never_stopped(tmp_path):
    path = tmp_path / "state.weights.h5"
    whole, killed, resumed = model(), model(), model()
    fit(whole, (0, 4))
    fit(killed, (0, 2), Checkpoint(path))
    checkpoint = Checkpoint(path)
    assert checkpoint.restore(resumed) == 2
    assert int(resumed.optimizer.iterations) == 2 * STEPS
    for a, b in zip(state(resumed), state(killed), strict=True):
        np.testing.assert_array_equal(a, b)
    fit(resumed, (2, 4), checkpoint)
    for a, b in zip(state(resumed), state(whole), strict=True):
        np.testing.assert_array_equal(a, b)


def test_without_a_checkpoint_nothing_is_finished(tmp_path):
    net = model()
    before = net.get_weights()
    assert Checkpoint(tmp_path / "state.weights.h5").restore(net) == 0
    for a, b in zip(before, net.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_steps_that_half_precision_skips_count_as_done(tmp_path):
    """A gradient that overflows changes no weight, and the optimizer does not count its step."""
    path = tmp_path / "state.weights.h5"

    def overflowing(net):
        net.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.1)), "mse")
        return net

    net = overflowing(model())
    data = ((x, np.full_like(y, 1e38) if i % STEPS == 0 else y) for i, (x, y) in enumerate(batches((0, 2))))
    net.fit(data, epochs=2, steps_per_epoch=STEPS, verbose=0, shuffle=False, callbacks=[Checkpoint(path)])
    assert int(net.optimizer.iterations) == 2 * (STEPS - 1)
    assert Checkpoint(path).restore(overflowing(model())) == 2


def test_a_checkpoint_is_whole_even_if_writing_is_interrupted(tmp_path, monkeypatch):
    path = tmp_path / "state.weights.h5"
    net = model()
    fit(net, (0, 1), Checkpoint(path))

    def interrupted(partial, **options):
        partial.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(net, "save_weights", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fit(net, (1, 2), Checkpoint(path))
    assert Checkpoint(path).restore(model()) == 1


def keep_best(folder, first, rates):
    """Shows rates to `KeepBest`, one per epoch, and logs them. Returns which of them were saved."""
    net, log = model(), Log(folder / "log.csv")
    callback = KeepBest(folder / "best.keras", "val_rate", log.best("val_rate"))
    callback.set_model(net)
    saved = []
    for epoch, rate in enumerate(rates, first):
        net.layers[-1].bias.assign([rate, rate])
        for one in (callback, log):
            one.on_epoch_end(epoch, {"loss": 1.0, "val_rate": rate})
        kept = keras.saving.load_model(folder / "best.keras", compile=False)
        saved.append(float(kept.layers[-1].bias[0]) == pytest.approx(rate))
    return saved


def test_the_best_is_kept_across_restarts(tmp_path):
    assert keep_best(tmp_path, 0, [0.3, 0.7, 0.5]) == [True, True, False]
    assert keep_best(tmp_path, 3, [0.6]) == [False]
    assert keep_best(tmp_path, 4, [0.69, 0.8]) == [False, True]
    assert keep_best(tmp_path, 6, [0.75]) == [False]


def test_of_several_best_epochs_the_last_one_stays(tmp_path):
    assert keep_best(tmp_path, 0, [0.0, 0.0, 0.3, 0.3, 0.2]) == [True, True, True, True, False]
    assert keep_best(tmp_path, 5, [0.3]) == [True]


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_log_has_one_row_per_epoch(tmp_path):
    log = Log(tmp_path / "log.csv")
    assert log.best("loss") is None
    for epoch, loss in enumerate([3.0, 1.25, 2.0]):
        log.on_epoch_end(epoch, {"loss": loss})
    assert rows(log.path) == [{"epoch": f"{i}", "loss": loss} for i, loss in ((1, "3"), (2, "1.25"), (3, "2"))]
    assert log.best("loss") == 3


def test_a_log_forgets_epochs_that_are_repeated(tmp_path):
    log = Log(tmp_path / "log.csv")
    for epoch, loss in enumerate([3.0, 2.0, 9.0]):
        log.on_epoch_end(epoch, {"loss": loss})
    Log(log.path).on_epoch_end(1, {"loss": 5.0})
    assert [(row["epoch"], row["loss"]) for row in rows(log.path)] == [("1", "3"), ("2", "5")]


def test_stages_may_log_different_things(tmp_path):
    log = Log(tmp_path / "log.csv")
    log.on_epoch_end(0, {"loss": 3.0, "torso_loss": 1.0})
    log.on_epoch_end(1, {"loss": 2.0, "heatmaps_loss": 4.0})
    assert rows(log.path) == [
        {"epoch": "1", "loss": "3", "torso_loss": "1", "heatmaps_loss": ""},
        {"epoch": "2", "loss": "2", "torso_loss": "", "heatmaps_loss": "4"},
    ]
    assert log.best("torso_loss") == 1 and log.best("heatmaps_loss") == 4 and log.best("nothing") is None


def test_a_loss_that_is_no_number_stops_and_keeps_its_batch(tmp_path):
    seen = []

    def again(epochs):
        data = tf.data.Dataset.from_generator(
            lambda: batches(epochs), output_signature=(tf.TensorSpec([8, 4]), tf.TensorSpec([8, 2]))
        )
        return data.map(lambda x, y: (x, {"keypoints": y}))

    def poisoned(net):
        for i, (x, y) in enumerate(batches((0, 3))):
            seen.append(x)
            yield x, y * np.float32(np.nan if i == STEPS + 1 else 1)

    net = model()
    callback = StopAtNaN(tmp_path / "nan_batch.npz", lambda epoch: again((epoch, epoch + 1)))
    with pytest.raises(FloatingPointError, match="in epoch 2, step 2. The batch is in .*nan_batch.npz"):
        net.fit(poisoned(net), epochs=3, steps_per_epoch=STEPS, verbose=0, shuffle=False, callbacks=[callback])
    found = np.load(tmp_path / "nan_batch.npz")
    assert set(found) == {"images", "keypoints"}
    np.testing.assert_array_equal(found["images"], seen[STEPS + 1])


@pytest.mark.parametrize("loss", [np.nan, np.inf, -np.inf])
def test_infinity_is_no_number_either(tmp_path, loss):
    data = tf.data.Dataset.from_tensors((np.zeros((1, 2)), {"keypoints": np.ones(3)}))
    callback = StopAtNaN(tmp_path / "nan_batch.npz", lambda epoch: data)
    callback.on_epoch_begin(0)
    callback.on_train_batch_end(0, {"loss": 1.0})
    assert not any(tmp_path.iterdir())
    with pytest.raises(FloatingPointError):
        callback.on_train_batch_end(0, {"loss": loss})
    assert any(tmp_path.iterdir())

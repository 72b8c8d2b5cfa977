import csv
import pathlib
import shutil

import keras
import numpy as np
import pytest

from tests.training.callbacks.small_training import STEPS, batches, fit, model, run, state
from tfpose.commands.paths import remove_partial, replacing
from tfpose.training.callbacks.checkpoints import Checkpoint, KeepBest, Log, inconsistencies, read_note


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


def snapshots(folder, kept, monkeypatch):
    """Lets every replacement of a file of `folder` leave copies of it: before, before with half a new file, after."""
    replace = pathlib.Path.replace

    def copy():
        return pathlib.Path(shutil.copytree(folder, kept / f"{len(list(kept.iterdir())):02}"))

    def replacing(partial, path):
        copy()
        half = copy() / partial.name
        half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
        replace(partial, path)
        copy()

    monkeypatch.setattr(pathlib.Path, "replace", replacing)


@pytest.mark.parametrize("ema", [{}, {"use_ema": True, "ema_momentum": 0.5}], ids=["plain", "averaged"])
def test_a_run_killed_at_any_moment_of_writing_resumes_to_the_same_files(tmp_path, monkeypatch, ema):
    whole, kept = tmp_path / "whole", tmp_path / "kept"
    kept.mkdir()
    with monkeypatch.context() as patched:
        snapshots(whole, kept, patched)
        last = model(**ema)
        run(whole, last, 3)
    killed = sorted(kept.iterdir())
    assert len(killed) >= 3 * 3 * 2
    for folder in killed:
        resumed = model(**ema)
        run(folder, resumed, 3)
        for a, b in zip(resumed.weights, last.weights, strict=True):
            np.testing.assert_array_equal(a, b, err_msg=folder.name)
        assert (folder / "log.csv").read_text() == (whole / "log.csv").read_text(), folder
        assert read_note(folder / "best.keras") == read_note(whole / "best.keras"), folder
        files = [keras.saving.load_model(each / "best.keras", compile=False).weights for each in (folder, whole)]
        for a, b in zip(*files, strict=True):
            np.testing.assert_array_equal(a, b, err_msg=folder.name)


def test_best_log_and_state_are_written_in_this_order(tmp_path, monkeypatch):
    order, replace = [], pathlib.Path.replace
    monkeypatch.setattr(pathlib.Path, "replace", lambda *paths: (order.append(paths[1].name), replace(*paths)))
    run(tmp_path, model(), 1)
    assert order == ["best.keras", "log.csv", "state.weights.h5"]


def test_the_best_is_compared_with_what_the_file_holds_though_it_was_never_logged(tmp_path):
    """A run was killed between the two; repeated on other hardware, its epoch may be worse."""
    assert keep_best(tmp_path, 0, [0.3, 0.7]) == [True, True]
    rows_before = (tmp_path / "log.csv").read_text().splitlines()
    (tmp_path / "log.csv").write_text("\n".join(rows_before[:2]) + "\n")
    assert keep_best(tmp_path, 1, [0.6]) == [False]
    assert read_note(tmp_path / "best.keras") == {"monitor": "val_rate", "value": 0.7, "epoch": 2}


def test_a_best_file_without_note_is_compared_with_the_log(tmp_path):
    keep_best(tmp_path, 0, [0.7])
    model().save(tmp_path / "best.keras")
    assert keep_best(tmp_path, 1, [0.6, 0.8]) == [False, True]


def test_a_value_that_is_no_number_is_the_worst(tmp_path):
    assert keep_best(tmp_path, 0, [0.1]) == [True]
    callback = KeepBest(tmp_path / "best.keras", "val_rate")
    callback.set_model(model())
    callback.on_epoch_end(1, {"val_rate": np.nan})
    assert read_note(tmp_path / "best.keras")["value"] == pytest.approx(0.1)


def test_files_that_do_not_belong_together_are_reported(tmp_path):
    run(tmp_path, model(), 3)
    log, best = Log(tmp_path / "log.csv"), tmp_path / "best.keras"
    assert inconsistencies(log, best, 3) == inconsistencies(log, best, 2) == []
    header, *lines = log.path.read_text().splitlines()
    log.path.write_text("\n".join([header, lines[1]]) + "\n")
    best.write_bytes(best.read_bytes()[:1000])
    found = inconsistencies(log, best, 3)
    assert len(found) == 2 and "log.csv lacks the rows of the finished epochs 1, 3." in found[0]
    assert "best.keras is missing or damaged" in found[1]
    assert inconsistencies(Log(tmp_path / "no.csv"), tmp_path / "no.keras", 0) == []


def test_a_damaged_state_is_named(tmp_path):
    path = tmp_path / "state.weights.h5"
    fit(model(), (0, 1), Checkpoint(path))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ValueError, match="state.weights.h5 must be the state of this run. Received: "):
        Checkpoint(path).restore(model())


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "value.txt"
    with replacing(path) as partial:
        partial.write_text("old")
    with pytest.raises(OSError, match="No space left"), replacing(path) as partial:
        partial.write_text("ne")
        raise OSError(28, "No space left on device")
    assert path.read_text() == "old" and [file.name for file in tmp_path.iterdir()] == ["value.txt"]


def test_files_left_by_a_killed_process_are_removed(tmp_path):
    (tmp_path / "part_best.keras").write_bytes(b"half")
    (tmp_path / "best.keras").write_bytes(b"whole")
    remove_partial(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["best.keras"]

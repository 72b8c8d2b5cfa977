import time

import pytest

from tfpose.training.callbacks.epoch_time import EpochTime, duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (185, "3 min 5 s"), (3600, "1 h 0 min"), (7790, "2 h 10 min")],
)
def test_times_are_written_for_people(seconds, text):
    assert duration(seconds) == text


def test_the_time_of_an_epoch_is_told_once_from_steps_after_the_first(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    callback = EpochTime()
    callback.set_params({"steps": 100, "epochs": 20})
    for epoch in (17, 18):
        callback.on_epoch_begin(epoch)
        for batch in range(100):
            now[0] += 30 if batch < 2 else 2
            callback.on_train_batch_end(batch)
    assert capsys.readouterr().out == "\nAbout 3 min 20 s per epoch; 3 epochs: 10 min 0 s, without validation.\n"


def test_short_epochs_are_not_estimated(monkeypatch, capsys):
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    callback = EpochTime()
    callback.set_params({"steps": 4, "epochs": 1})
    callback.on_epoch_begin(0)
    for batch in range(4):
        callback.on_train_batch_end(batch)
    assert capsys.readouterr().out == ""

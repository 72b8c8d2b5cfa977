import types
import warnings

import pytest

from tfpose.models.adversaries.monitor import AdversaryWarnings


def warnings_callback(epochs=2):
    """The callback, for an adversary whose warnings are the logs."""
    callback = AdversaryWarnings(epochs)
    callback.set_model(types.SimpleNamespace(adversary=types.SimpleNamespace(warnings=lambda logs: logs)))
    callback.on_train_begin()
    return callback


def test_a_warning_is_issued_once_and_only_if_it_lasts():
    callback = warnings_callback()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        callback.on_epoch_end(0, {"collapse": "The maps are empty."})
        callback.on_epoch_end(1, {})
        callback.on_epoch_end(2, {"collapse": "The maps are empty."})
    with pytest.warns(UserWarning, match=r"The maps are empty\. This has held for 2 epochs\."):
        callback.on_epoch_end(3, {"collapse": "The maps are empty."})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for epoch in range(4, 10):
            callback.on_epoch_end(epoch, {"collapse": "The maps are empty."} if epoch != 6 else {})


def test_two_kinds_of_warnings_are_counted_separately():
    callback = warnings_callback()
    callback.on_epoch_end(0, {"a": "First."})
    with pytest.warns(UserWarning, match="First"):
        callback.on_epoch_end(1, {"a": "First.", "b": "Second."})
    with pytest.warns(UserWarning, match="Second"):
        callback.on_epoch_end(2, {"b": "Second."})

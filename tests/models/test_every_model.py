"""What every model does: trains as a run, goes on, is saved, loaded and exported, on two replicas too."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.foreign_models import noise
from tests.synthetic_runs import SMALL, config, rows
from tfpose import models
from tfpose.data import records
from tfpose.exporting import export
from tfpose.prediction.loading import load_model
from tfpose.prediction.predictor import Predictor
from tfpose.training import build, loop

TINY = {
    "part_detector": SMALL,
    "hourglass": {"stacks": 2, "features": 8, "depth": 2},
    "adversarial_posenet": {"stacks": 1, "features": 8, "modules": 1, "depth": 2, "discriminator_features": 8},
    "self_adversarial": {"stacks": 1, "features": 8, "modules": 1, "depth": 2},
    "associative_embedding": {"stacks": 1, "features": 8, "growth": 4, "depth": 2},
    "self_adversarial_embedding": {
        "stacks": 1,
        "features": 8,
        "growth": 4,
        "depth": 2,
        "discriminator_stacks": 1,
        "discriminator_stem": 4,
        "discriminator_features": 8,
        "discriminator_depth": 2,
    },
    "deepercut": {"backbone": "squeezenet"},
}
EVERY = pytest.mark.parametrize("name", models.MODELS)
QUICK = ("hourglass-squeezenet", "associative_embedding-squeezenet")  # The other pairs take half a minute each.
TRUNKS = ("paper", "mobilenet_v2_0.35", "squeezenet")
PAIRS = [(name, trunk) for trunk in TRUNKS for name in models.MODELS]
BY_TRUNK = pytest.mark.parametrize(
    ("name", "trunk"),
    [
        pytest.param(
            *pair, id="-".join(pair), marks=[] if "paper" in pair or "-".join(pair) in QUICK else pytest.mark.slow
        )
        for pair in PAIRS
    ],
)


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def settings(dots, name, **flags):
    return config(dots, **{"model": name, "model_args": TINY[name], "max_people": 3, **flags})


@BY_TRUNK
def test_it_trains_is_loaded_and_exported(dots, name, trunk):
    _, folder = loop.train(settings(dots, name, trunk=trunk))
    assert len(rows()) == 2 and all(np.isfinite(float(row["loss"])) for row in rows())
    model = load_model(folder)
    image = noise((50, 70))
    found = Predictor.load(folder)(image)
    assert found.shape[1:] == (len(model.skeleton), 3) and np.isfinite(found).all()
    done = export.export(model, "exported/a", images=[image])
    assert done.difference <= 0.05 and done.compared
    saved = tf.train.load_checkpoint("exported/a/variables/variables").get_variable_to_shape_map()
    sizes = [
        math.prod(shape) for key, shape in saved.items() if key.endswith("VARIABLE_VALUE") and "counter" not in key
    ]
    assert sum(sizes) == model.count_params()  # No adversary.


@pytest.mark.slow
@BY_TRUNK
def test_a_run_that_went_on_equals_one_that_never_stopped(dots, name, trunk):
    def train(**flags):
        keras.utils.clear_session()  # As in a process of its own: TensorFlow's optimizer rounds by the layers' names.
        return loop.train(settings(dots, name, trunk=trunk, schedule="constant", **flags))[0]

    whole = train(run="whole", n_epochs=2)
    train(run="parts", n_epochs=1)
    parts = train(run="parts", n_epochs=2, resume=True)
    for a, b in zip(whole.variables, parts.variables, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=a.path)


@pytest.mark.slow
@BY_TRUNK
def test_two_replicas_with_xla_train(dots, name, trunk):
    _, folder = loop.train(settings(dots, name, trunk=trunk, multi_gpu=True, xla=True, n_epochs=1))
    assert np.isfinite(float(rows()[0]["loss"])) and load_model(folder)


@pytest.mark.slow
@BY_TRUNK
def test_half_precision_trains(dots, name, trunk):
    loop.train(settings(dots, name, trunk=trunk, precision="mixed_bfloat16", n_epochs=1))
    assert np.isfinite(float(rows()[0]["loss"]))
    keras.config.set_dtype_policy("float32")


@EVERY
def test_debugging_takes_a_quarter_of_the_channels(dots, name):
    data = records.load(dots, "train")
    plain, debugged = (
        build.build(settings(dots, name, debug=debug, model_args=WIDE.get(name, TINY[name])), data.skeleton)
        for debug in (False, True)
    )
    widths = models.MODELS[name].WIDTHS
    assert not widths or debugged.count_params() < plain.count_params() / 4


WIDE = {
    name: TINY[name] | {width: 32 for width in models.MODELS[name].WIDTHS}
    for name in (
        "hourglass",
        "adversarial_posenet",
        "self_adversarial",
        "associative_embedding",
        "self_adversarial_embedding",
    )
}

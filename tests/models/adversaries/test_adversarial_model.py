import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models.adversaries.small_adversaries import ALL, build, people, state, train
from tests.models.test_part_detector_training import mirrored_strategy
from tfpose.models.adversarial_posenet import AdversarialPoseNet
from tfpose.models.adversaries import began, pose_and_confidence
from tfpose.models.hourglass import StackedHourglass
from tfpose.models.self_adversarial import SelfAdversarial
from tfpose.models.self_adversarial_embedding import SelfAdversarialEmbedding
from tfpose.training.callbacks.checkpoints import Checkpoint

EACH = pytest.mark.parametrize("model", ALL, ids=lambda model: model.__name__)


@pytest.fixture
def sgd_discriminators(monkeypatch):
    """Discriminators use SGD: Adam and RMSprop amplify rounding errors where gradients are 0."""
    for module in (began, pose_and_confidence):
        for name in ("Adam", "RMSprop"):
            monkeypatch.setattr(module.keras.optimizers, name, keras.optimizers.SGD)


def assert_equal(found, expected, **tolerance):
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], err_msg=name, **tolerance)


def assert_same_step(logs, states):
    """Of two ways to make it: what was logged, and the state afterwards, up to rounding."""
    for name, value in logs[0].items():
        assert logs[1][name] == pytest.approx(value, rel=2e-3, abs=1e-6), name
    assert_equal(states[1], states[0], rtol=1e-3, atol=2e-4)


@pytest.mark.parametrize(
    "model", [AdversarialPoseNet, SelfAdversarial, pytest.param(SelfAdversarialEmbedding, marks=pytest.mark.slow)]
)
def test_a_run_resumes_bit_for_bit(model, tmp_path):
    path = tmp_path / "state.weights.h5"
    options = {"warm_up": 3}
    whole, killed, resumed = (build(model, **options) for _ in range(3))
    train(whole, (0, 2))
    train(killed, (0, 1), [Checkpoint(path)])
    for v in (*resumed.variables, *resumed.adversary.variables):
        v.assign(0 * v)
    assert Checkpoint(path).restore(resumed) == 1
    assert_equal(state(resumed), state(killed), rtol=0)
    train(resumed, (1, 2))
    assert_equal(state(resumed), state(whole), rtol=0)
    assert float(resumed.adversary.steps) == 4


@pytest.mark.slow
@EACH
def test_a_saved_model_goes_on_training_with_its_adversary(model, tmp_path):
    first = build(model)
    train(first, (0, 1))
    first.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert json.dumps(again.get_config()) == json.dumps(first.get_config())  # Which has no tuples.
    assert again.updates_per_step == first.updates_per_step
    assert_equal(state(again), state(first), rtol=0)
    for a, b in zip(train(again, (1, 2)).values(), train(first, (1, 2)).values(), strict=True):
        assert a == pytest.approx(b, rel=1e-4)


@pytest.fixture
def unoptimized():
    """Graphs are run as they are traced: to optimize them takes longer than a few steps."""
    before = tf.config.optimizer.get_experimental_options()
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    yield
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False} | before)


@pytest.mark.slow
@EACH
def test_two_replicas_make_the_step_of_one(model, sgd_discriminators, unoptimized):
    """Both replicas get the same half of the batch, so that their batch normalisation agrees with one device."""
    images, everyone = people(2)
    whole = tf.nest.map_structure(lambda x: np.concatenate([x, x]), (images, everyone))
    batches = tf.data.Dataset.from_tensors(whole).unbatch().batch(4).repeat(2)
    logs, states = [], []
    for strategy in (tf.distribute.get_strategy(), mirrored_strategy()):
        with strategy.scope():
            built = build(model, eager=False)
        history = built.fit(batches, shuffle=False, verbose=0, validation_data=batches.take(1)).history
        logs.append({name: values[0] for name, values in history.items() if "gradient" not in name})
        states.append(state(built))
    assert_same_step(logs, states)


@pytest.mark.slow
@EACH
def test_xla_computes_the_same_step(model, sgd_discriminators, unoptimized):
    """One step: these small networks amplify rounding errors a thousandfold in each further step."""
    logs, states = [], []
    for xla in (False, True):
        built = build(model, eager=False)
        built.xla = xla
        batch = tf.data.Dataset.from_tensors(people())
        logs.append({name: values[0] for name, values in built.fit(batch, shuffle=False, verbose=0).history.items()})
        states.append(state(built))
    assert_same_step(logs, states)


@pytest.mark.slow
@EACH
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_trains_both_sides(model, policy):
    keras.config.set_dtype_policy(policy)
    built = build(model)
    assert all(v.dtype == "float32" for v in (*built.variables, *built.adversary.variables))
    built.optimizer.build(built.trainable_variables)
    scaled = isinstance(built.optimizer, keras.optimizers.LossScaleOptimizer)
    for optimizer in built.adversary.optimizers.values():
        assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer) == scaled == (policy == "mixed_float16")
        if scaled:
            optimizer.dynamic_scale.assign(256.0)
            built.optimizer.dynamic_scale.assign(256.0)
    before = state(built)
    logs = train(built, (0, 1))
    assert all(np.isfinite(values).all() for values in logs.values())
    moved = {name.split()[0] for name, value in state(built).items() if not np.array_equal(value, before[name])}
    assert {"generator", "optimizer", "adversary"} <= moved


@EACH
def test_the_model_is_the_generator(model):
    """In what the optimizer, the summary and the exports see."""
    built, alone = build(model), build(model, **without(model))
    assert [v.path for v in built.variables] == [v.path for v in alone.variables]
    assert built.count_params() == alone.count_params()
    for a, b in zip(built.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)  # The same seed, the same generator.
    assert not {id(v) for v in built.variables} & {id(v) for v in built.adversary.variables}
    assert alone.adversary is None and alone.updates_per_step == 1 and not alone.callbacks()


def without(model):
    return {"adversaries": "none"} if model is AdversarialPoseNet else {"adversary": False}


@pytest.mark.slow
def test_without_adversary_self_adversarial_is_a_stacked_hourglass():
    logs = [train(each) for each in (build(StackedHourglass), build(SelfAdversarial, adversary=False))]
    assert logs[0] == logs[1]


@pytest.mark.slow
@EACH
def test_an_adversary_without_weight_changes_no_generator(model):
    options = {"updates": "once"} if model is AdversarialPoseNet else {}
    with_it, alone = build(model, adversarial_weight=0.0, **options), build(model, **without(model))
    # The gradients are summed in another order, which the second step enlarges.
    logs = [train(each) for each in (with_it, alone)]
    assert logs[0]["loss"] == pytest.approx(logs[1]["loss"], rel=2e-3)
    for a, b in zip(with_it.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=5e-3)
    other = build(model, adversarial_weight=1e4, **options)
    assert train(other)["loss"][1] != pytest.approx(logs[1]["loss"][1], rel=2e-3)


@EACH
def test_metrics_of_the_adversary_are_logged_in_training_only(model):
    built = build(model)
    data = tf.data.Dataset.from_tensors(people())
    logs = built.fit(data, validation_data=data, verbose=0, shuffle=False).history
    measured = {each.name for each in built.adversary.metrics}
    assert measured <= set(logs) and {"adversarial_loss", "map_height", "generator_gradient"} <= measured
    assert {f"{name}_gradient" for name in built.adversary.networks} <= measured
    assert not {f"val_{name}" for name in measured} & set(logs)
    assert {name.removeprefix("val_") for name in logs if name.startswith("val_")} == set(logs) - measured - {
        name for name in logs if name.startswith("val_")
    }
    assert all(logs[f"{name}_gradient"][0] > 0 for name in built.adversary.networks)


def test_its_callbacks_issue_the_warnings():
    built = build(SelfAdversarial)
    (callback,) = built.callbacks()
    with pytest.warns(UserWarning, match="nearly empty"):
        built.adversary.warnings = lambda logs: {"collapse": "The maps are nearly empty."}
        train(built, (0, 3), [callback])

import keras
import numpy as np
import pytest

from tfpose.training import optimizers
from tfpose.training.optimizers import OPTIMIZERS, SCHEDULES


def rates(name, lr=0.4, steps=1000):
    schedule = SCHEDULES[name](lr, steps)
    return lambda step: float(schedule(step)) if callable(schedule) else schedule


def test_the_rate_falls_after_seven_eight_and_nine_tenths():
    rate = rates("steps")
    expected = {0: 1, 300: 1, 699: 1, 702: 1 / 2, 798: 1 / 2, 802: 1 / 5, 898: 1 / 5, 902: 1 / 10, 1000: 1 / 10}
    assert {step: rate(step) / 0.4 for step in expected} == pytest.approx(expected)


def test_a_cosine_falls_to_nothing():
    rate = rates("cosine")
    assert [rate(step) for step in (0, 500, 1000, 1001)] == pytest.approx([0.4, 0.2, 0, 0], abs=1e-6)


def test_a_warm_up_rises_over_a_hundred_steps_and_falls_to_nothing():
    rate = rates("warmup_cosine", steps=1100)
    assert [rate(step) for step in (0, 50, 100, 600, 1100)] == pytest.approx([0, 0.2, 0.4, 0.2, 0], abs=1e-6)
    assert rates("warmup_cosine", steps=50)(5) == pytest.approx(0.4)  # A tenth of a short run.


def test_a_constant_rate_stays():
    assert rates("constant")(0) == rates("constant")(1000) == 0.4


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_later_stage_goes_on_where_the_run_is(schedule):
    rate = rates(schedule)
    optimizer = optimizers.optimizer("sgd", schedule, lr=0.4, steps=1000, start=650)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    for step in (0, 20, 100, 200, 300):
        for one in (optimizer, again):
            one.iterations.assign(step)
            assert float(one.learning_rate) == pytest.approx(rate(650 + step), rel=1e-5)


def updates(gradient, **options):
    """What one step of plain descent, at rate 1, subtracts from two variables."""
    optimizer = optimizers.optimizer("sgd", "constant", lr=1.0, steps=10, **options)
    variables = [keras.Variable(np.zeros(n)) for n in (3, 1)]
    optimizer.apply([np.float32(gradient[:3]), np.float32(gradient[3:])], variables)
    return -np.concatenate([v.numpy() for v in variables])


def test_gradients_are_clipped_by_their_norm_over_all_variables():
    gradient = np.array([3.0, -4.0, 0.0, 12.0])  # Of norm 13.
    np.testing.assert_allclose(updates(gradient, clip=4.0), gradient * 4 / 13, rtol=1e-5)
    np.testing.assert_allclose(updates(gradient / 10, clip=4.0), gradient / 10, rtol=1e-5)
    np.testing.assert_allclose(updates(gradient, clip=0.0), gradient, rtol=1e-5)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_descends_and_survives_serialization(name, schedule):
    optimizer = optimizers.optimizer(name, schedule, lr=0.05, steps=60, clip=4.0, ema=0.9)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert again.get_config() == optimizer.get_config()
    found = []
    for one in (optimizer, again):
        variable = keras.Variable(np.array([1.0, -2.0]))
        for _ in range(60):
            one.apply([2 * variable.numpy()], [variable])
        found.append(variable.numpy())
    assert np.square(found[0]).sum() < 2.5
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("scaled", [False, True])
def test_variables_learn_at_a_factor_of_the_rate(name, scaled):
    def descended(lr, factors):
        optimizer = optimizers.optimizer(name, "constant", lr=lr, steps=9, clip=1.0, ema=0.9, factors=factors)
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=4.0) if scaled else optimizer
        variables = [keras.Variable(np.zeros(2, "float32"), name=each) for each in ("slow", "fast")]
        for gradient in (1.0, -3.0, 2.0):
            optimizer.apply([gradient * (4.0 if scaled else 1.0) * np.float32([1, 2])] * 2, variables)
        return [v.numpy() for v in variables]

    slow, fast = descended(0.01, {"slow": 0.1})
    np.testing.assert_allclose(fast, descended(0.01, {})[1], rtol=1e-5)
    np.testing.assert_allclose(slow, descended(0.001, {})[0], rtol=1e-4)
    assert np.all(fast != 0)


def test_factors_survive_serialization_and_add_no_state():
    plain = optimizers.optimizer("adam", "constant", lr=0.1, steps=9)
    scaled = optimizers.optimizer("adam", "constant", lr=0.1, steps=9, factors={"a": 0.5})
    assert keras.optimizers.deserialize(keras.optimizers.serialize(scaled)).factors == {"a": 0.5}
    for one in (plain, scaled):
        one.build([keras.Variable(np.zeros(2), name="a")])
    assert [v.shape for v in plain.variables] == [v.shape for v in scaled.variables]


def test_a_table_says_the_rate_of_every_update():
    table = optimizers.multi_step("0.005:10,0.02:430,0.002:730")
    assert table == [(0.005, 10), (0.02, 430), (0.002, 730)]
    optimizer = optimizers.optimizer("momentum", "steps", lr=1.0, steps=9, table=table)
    found = {}
    for step in (0, 9, 11, 429, 431, 2000):
        optimizer.iterations.assign(step)
        found[step] = round(float(optimizer.learning_rate), 6)
    assert found == {0: 0.005, 9: 0.005, 11: 0.02, 429: 0.02, 431: 0.002, 2000: 0.002}


@pytest.mark.parametrize("text", ["0.1", "0.1:0", "0.1:20,0.2:10", "0:10", "a:10", ":", "0.1:10,0.1:10"])
def test_a_table_that_does_not_go_on_is_refused(text):
    with pytest.raises(ValueError, match="`multi_step` must be rates"):
        optimizers.multi_step(text)


def test_momentum_remembers():
    optimizer = optimizers.optimizer("momentum", "constant", lr=1.0, steps=9)
    variable = keras.Variable(np.zeros(1))
    for gradient in (1.0, 0.0, 0.0):
        optimizer.apply([np.float32([gradient])], [variable])
    assert variable.numpy() == pytest.approx(-(1 + 0.9 + 0.81))

import keras
import numpy as np
import pytest

from tests.codecs.crowd import codec, outputs, standing, terms
from tfpose.codecs.grouping.pairwise import logistic, normalised
from tfpose.training.pairwise.examples import CELLS, draw_cells, examples
from tfpose.training.pairwise.fitting import fit_models
from tfpose.training.pairwise.plots import draw_offsets
from tfpose.training.pairwise.regression import balanced, fit

PLACES = [(20, 8), (90, 10), (140, 6)]


class Perfect:
    """A network that answers rightly."""

    def __init__(self, people):
        self.codec, self.people = codec(known=terms(people)), people

    def __call__(self, images, training=False):
        return outputs(self.codec, self.people)


def separable(n=400, seed=0):
    rng = np.random.default_rng(seed)
    together = rng.random(n) < 0.5
    return rng.normal(0, 1, (n, 8)) + 2.0 * together[:, None], together


def test_the_regression_is_that_of_its_formula():
    x, together = separable()
    low, high, weights = fit(x, together, regularization=0.1)
    z, y = normalised(x, low, high), np.where(together, 1, -1)

    def objective(w):
        return w @ w / 2 + 0.1 * np.log1p(np.exp(-y * (z @ w))).sum()

    for direction in np.eye(9):
        assert objective(weights) <= min(objective(weights + 0.01 * direction), objective(weights - 0.01 * direction))
    assert z.min() == 0 and z.max() == 1
    assert ((z @ weights > 0) == together).mean() > 0.95


def test_more_regularization_means_less_trust():
    x, together = separable()
    loose, tight = (np.linalg.norm(fit(x, together, regularization=c)[2]) for c in (1.0, 1e-3))
    assert tight < loose / 5


@pytest.mark.parametrize("together", [np.zeros(5, bool), np.ones(5, bool), np.zeros(0, bool)])
def test_examples_of_one_kind_say_nothing(together):
    low, high, weights = fit(np.ones((len(together), 8)), together)
    assert logistic(normalised(np.ones((1, 8)), low, high) @ weights) == pytest.approx(0.5)


def test_the_kinds_are_balanced():
    rng = np.random.default_rng(0)
    together = np.arange(100) < 20
    chosen = balanced(together, rng)
    assert len(chosen) == 40 and together[chosen].sum() == 20 and len(set(chosen)) == 40
    assert balanced(~together, rng).tolist() == [*range(100)]


def test_half_of_the_cells_are_close_to_a_keypoint():
    person = np.full((200, 2), -1)
    person[50:53, 0] = [1, 1, 0]
    cells = draw_cells(person, np.random.default_rng(0))
    assert cells.shape == (2, 2 * CELLS) and set(cells[0, :CELLS]) == {50, 51, 52}
    assert len(set(cells[1])) > CELLS


def test_examples_are_what_they_are_said_to_be():
    people = standing(PLACES)
    fields = codec(known=terms(people))
    rng = np.random.default_rng(0)
    whose = fields.person_of_cells(people["keypoints"]).numpy()[0]
    cells = draw_cells(whose, rng)
    found = fields.candidates_at(outputs(fields, people), cells[None], np.ones((1, *cells.shape), "float32")).numpy()[0]
    person = np.take_along_axis(whose.T, cells, axis=-1)
    features, together = examples(found, person, people["keypoints"][0, ..., 2] > 0, (0, 3), rng)
    assert together.sum() == 100 and (~together).sum() == 99
    assert features[together][:, [0, 2]].max() < 0.1  # The network is perfect.
    assert features[~together][:, :4].max(axis=1).min() > 1


def test_what_is_not_annotated_is_no_example_of_wrong():
    person = np.array([[0] * 4, [1] * 4, [-1] * 4])
    known = np.array([[True, False, True], [True, True, True]])
    candidates = np.random.default_rng(0).normal(size=(3, 4, 11))
    rng = np.random.default_rng(0)
    _, together = examples(candidates, person, known, (0, 1), rng)
    assert len(together) == 16 and not together.any()  # Of person 1 the first is known, and is another.
    known[1, 0] = False
    assert len(examples(candidates, person, known, (0, 1), rng)[1]) == 0


def test_fitted_models_tell_people_apart():
    people = standing([*PLACES, (56, 14)])
    model = Perfect(people)
    before = len(model.codec.group(model.codec.decode(model(None)).numpy()[0]))
    report = fit_models(model, [(None, people)] * 6, progress=False, regularization=1.0)
    assert [row["pair"] for row in report] == [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]
    assert all(row["accuracy"] > 99 and row["examples"] > 1000 for row in report)
    assert model.codec.terms.fitted
    found = model.codec.group(model.codec.decode(model(None)).numpy()[0])
    assert len(found) == 4 and before < 4  # By distance alone two of them are one.
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(model.codec))
    np.testing.assert_array_equal(again.terms.weights, model.codec.terms.weights)


def test_fitting_is_repeatable():
    people = standing(PLACES)
    fitted = []
    for _ in range(2):
        model = Perfect(people)
        fit_models(model, [(None, people)], progress=False)
        fitted.append(model.codec.terms.weights)
    np.testing.assert_array_equal(*fitted)


def test_offsets_are_drawn(tmp_path):
    people = standing(PLACES)
    names = ("nose", "left_hip", "left_knee", "left_ankle")
    figure = draw_offsets(people["keypoints"][0], terms(people), names)
    assert len(figure.axes) == 16
    figure.savefig(tmp_path / "pairwise.png")
    assert (tmp_path / "pairwise.png").stat().st_size > 5000

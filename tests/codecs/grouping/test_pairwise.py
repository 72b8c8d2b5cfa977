import json

import numpy as np
import pytest
from scipy.io import savemat

from tests.codecs.crowd import standing, terms, with_models
from tfpose.codecs.grouping.matlab_pairwise import read, read_models, read_statistics
from tfpose.codecs.grouping.pairwise import ARRAYS, PairwiseTerms, complete, measured, ordered, unknown

PLACES = [(20, 8), (90, 10), (140, 6)]


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ARRAYS)


def test_statistics_are_those_of_a_literal_loop():
    rng = np.random.default_rng(0)
    people = np.concatenate([rng.normal(0, 30, (20, 4, 2)), rng.choice([0, 1, 2], (20, 4, 1))], axis=-1)
    flip = [0, 2, 1, 3]
    found = measured(people, flip, complete(4))
    for (a, b), mean, deviation in zip(found.pairs, found.means, found.deviations, strict=True):
        offsets = [p[b, :2] - p[a, :2] for p in people if p[a, 2] and p[b, 2]]
        offsets += [(p[flip[b], :2] - p[flip[a], :2]) * [-1, 1] for p in people if p[flip[a], 2] and p[flip[b], 2]]
        np.testing.assert_allclose(mean, np.mean(offsets, axis=0), atol=1e-9)
        np.testing.assert_allclose(deviation, np.std(offsets, axis=0), atol=1e-9)


def test_pairs_that_nobody_has_keep_no_statistics():
    people = np.array([[[0, 0, 2], [5, 5, 2], [9, 9, 0]]], "float32")
    found = measured(people, [0, 1, 2], complete(3))
    assert found.means.tolist() == [[0, 5], [0, 0], [0, -5], [0, 0], [0, 0], [0, 0]]
    assert found.deviations.tolist() == [[5, 1], [1, 1], [5, 1], [1, 1], [1, 1], [1, 1]]  # At least one pixel.


def test_pairs_are_sorted_both_directions_of_each():
    assert ordered([(2, 0), (0, 1)]).tolist() == [[0, 1], [0, 2], [1, 0], [2, 0]]
    assert ordered([]).shape == (0, 2) and len(complete(1)) == 0
    table = unknown(ordered([(2, 0), (0, 1)])).table(3)
    assert table.tolist() == [[4, 0, 1], [2, 4, 4], [3, 4, 4]]


@pytest.mark.parametrize("fitted", [False, True])
def test_terms_survive_files_and_json(tmp_path, fitted):
    known = terms(standing(PLACES))
    known = with_models(known) if fitted else known
    assert known.fitted == fitted
    known.save(tmp_path / "pairwise.npz")
    assert same(PairwiseTerms.load(tmp_path / "pairwise.npz"), known)
    assert same(read(tmp_path / "pairwise.npz"), known)
    assert same(PairwiseTerms(**json.loads(json.dumps(known.to_dict()))), known)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (([(0, 1), (1, 0)], [(0, 0)], [(1, 1)]), "`means` and `deviations` must be one per pair"),
        (([(0, 1)], [(0, 0)], [(1, 1)]), "`pairs` must be sorted, both directions of each"),
        (([(1, 0), (0, 1)], [(0, 0)] * 2, [(1, 1)] * 2), "`pairs` must be sorted, both directions of each"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arrays, message):
    with pytest.raises(ValueError, match=f"{message}.* Received: "):
        PairwiseTerms(*arrays)


def test_the_statistics_of_the_reference_are_read(tmp_path):
    known = terms(standing(PLACES))
    shuffled = np.random.default_rng(0).permutation(12)
    arrays = {"graph": known.pairs, "means": known.means, "std_devs": known.deviations}
    savemat(tmp_path / "pairwise_stats.mat", {name: values[shuffled] for name, values in arrays.items()})
    assert same(read(tmp_path / "pairwise_stats.mat"), known)
    np.testing.assert_allclose(read_statistics(tmp_path / "pairwise_stats.mat", 0.5).means, known.means / 2)


def test_the_models_of_the_reference_are_read(tmp_path):
    known = terms(standing(PLACES), pairs=ordered([(0, 1), (1, 3)]))
    rng = np.random.default_rng(0)
    low, high, weights = rng.random((2, 8)), 2 + rng.random((2, 8)), rng.normal(size=(2, 9))
    for i, (a, b) in enumerate([(0, 1), (1, 3)]):
        options = {"X_min": low[i], "X_max": high[i]}
        model = {"training_opts": options, "log_reg": {"w": weights[i]}}
        savemat(tmp_path / f"spatial_model_cidx_{a + 1}_{b + 1}.mat", {"spatial_model": model})
    found = read_models(tmp_path, known)
    assert found.fitted
    for name, values in {"low": low, "high": high, "weights": weights, "means": known.means}.items():
        np.testing.assert_allclose(getattr(found, name), values)


def test_files_that_are_none_of_the_references_are_refused(tmp_path):
    savemat(tmp_path / "other.mat", {"graph": [[0, 1]]})
    with pytest.raises(ValueError, match="must hold graph, means and std_devs. Received: no "):
        read(tmp_path / "other.mat")
    with pytest.raises(ValueError, match="`terms` must be a file, .npz or .mat. Received: "):
        read(tmp_path / "nothing.mat")
    known = unknown(ordered([(0, 1)]))
    with pytest.raises(ValueError, match="There must be a MATLAB file. Received: .*spatial_model_cidx_1_2.mat"):
        read_models(tmp_path, known)
    savemat(tmp_path / "spatial_model_cidx_1_2.mat", {"spatial_model": {"w": 1}})
    with pytest.raises(ValueError, match="A model must hold spatial_model.training_opts.X_min"):
        read_models(tmp_path, known)

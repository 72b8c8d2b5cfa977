"""Fits the logistic models of a network's pairwise terms to annotated images."""

import dataclasses

import keras
import numpy as np

from tfpose.training.pairwise.examples import draw_cells, examples
from tfpose.training.pairwise.regression import REGULARIZATION, balanced, fit


def fit_models(model, batches, *, regularization=REGULARIZATION, seed=0, progress=True):
    """Fits, for each pair of keypoints, the probability that two detections are of one person.

    Args:
        model: A `DeeperCut` for several people. Its terms keep their means and deviations, and get new models.
        batches: Batches `(images, people)` from `several_people`.
        regularization: C of the logistic regression.
        seed: Random seed of the sampled cells and pairs.
        progress: Whether to show a progress bar.

    Returns:
        List of dicts, one per pair of keypoints: `pair`, the number of `examples`, and the `accuracy` on them, in
        percent.
    """
    rng, terms = np.random.default_rng(seed), model.codec.terms
    pairs = terms.pairs[terms.pairs[:, 0] < terms.pairs[:, 1]]
    drawn = [([], []) for _ in pairs]
    bar = keras.utils.Progbar(None, unit_name="batch") if progress else None
    for images, people in batches:
        for candidates, person, known in _candidates(model, images, people, rng):
            for pair, (features, together) in zip(pairs, drawn, strict=True):
                found, of_one = examples(candidates, person, known, pair, rng)
                features.append(found)
                together.append(of_one)
        if bar:
            bar.add(1)
    fitted, report = [], []
    for pair, (features, together) in zip(pairs, drawn, strict=True):
        x, y = np.concatenate(features), np.concatenate(together)
        chosen = balanced(y, rng)
        low, high, weights = fit(x[chosen], y[chosen], regularization=regularization)
        fitted.append((low, high, weights))
        report.append(
            {"pair": pair.tolist(), "examples": len(chosen), "accuracy": _accuracy(x[chosen], y[chosen], fitted[-1])}
        )
    low, high, weights = map(np.array, zip(*fitted, strict=True))
    model.codec.terms = dataclasses.replace(terms, low=low, high=high, weights=weights)
    return report


def _candidates(model, images, people, rng):
    """Yields per image: candidates `[K, M, 5 + 2K]` at sampled cells, their people `[K, M]`, annotated `[N, K]`."""
    keypoints = np.asarray(people["keypoints"])
    outputs = model(images, training=False)
    whose = keras.ops.convert_to_numpy(model.codec.person_of_cells(keypoints))
    cells = np.stack([draw_cells(person, rng) for person in whose])
    candidates = model.codec.candidates_at(outputs, cells.astype("int32"), np.ones(cells.shape, "float32"))
    person = np.take_along_axis(whose.transpose(0, 2, 1), cells, axis=-1)
    yield from zip(keras.ops.convert_to_numpy(candidates), person, keypoints[..., 2] > 0, strict=True)


def _accuracy(x, y, model):
    from tfpose.codecs.grouping.pairwise import normalised

    low, high, weights = model
    return 100 * float(np.mean((normalised(x, low, high) @ weights > 0) == y)) if len(y) else 0.0

"""Fits the logistic models of a network to images whose people are known."""

import dataclasses

import keras
import numpy as np

from tfpose.training.pairwise.examples import draw_cells, examples
from tfpose.training.pairwise.regression import REGULARIZATION, balanced, fit


def fit_models(model, batches, *, regularization=REGULARIZATION, seed=0, progress=True):
    """Looks at images, and learns when two detections are of one person.

    Args:
        model: A `DeeperCut` for several people. Its terms keep their statistics, and get new models.
        batches: `(images, people)`, as `several_people` gives them.
        regularization: C of the logistic regression.
        seed: Of the cells and examples drawn.
        progress: Whether to draw a progress bar.

    Returns:
        A list of dicts, one per pair of keypoints: `pair`, the number of `examples`, and how many per cent of them the
        model tells `right`.
    """
    rng, terms = np.random.default_rng(seed), model.codec.terms
    pairs = terms.pairs[terms.pairs[:, 0] < terms.pairs[:, 1]]
    drawn = [([], []) for _ in pairs]
    bar = keras.utils.Progbar(None, unit_name="batch") if progress else None
    for images, people in batches:
        for candidates, person, known in _look(model, images, people, rng):
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
            {"pair": pair.tolist(), "examples": len(chosen), "right": _right(x[chosen], y[chosen], fitted[-1])}
        )
    low, high, weights = map(np.array, zip(*fitted, strict=True))
    model.codec.terms = dataclasses.replace(terms, low=low, high=high, weights=weights)
    return report


def _look(model, images, people, rng):
    """Of each image: candidates `[K, M, 5 + 2K]` at drawn cells, whose they are `[K, M]`, and what is annotated."""
    keypoints = np.asarray(people["keypoints"])
    outputs = model(images, training=False)
    whose = keras.ops.convert_to_numpy(model.codec.whose(keypoints))
    cells = np.stack([draw_cells(person, rng) for person in whose])
    candidates = model.codec.look(outputs, cells.astype("int32"), np.ones(cells.shape, "float32"))
    person = np.take_along_axis(whose.transpose(0, 2, 1), cells, axis=-1)
    yield from zip(keras.ops.convert_to_numpy(candidates), person, keypoints[..., 2] > 0, strict=True)


def _right(x, y, model):
    from tfpose.codecs.grouping.pairwise import normalised

    low, high, weights = model
    return 100 * float(np.mean((normalised(x, low, high) @ weights > 0) == y)) if len(y) else 0.0

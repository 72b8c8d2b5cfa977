"""People, perfect outputs for them, and terms to group them by, for the tests of part fields."""

import numpy as np

from tfpose.codecs import PartFieldCodec
from tfpose.codecs.grouping.pairwise import PairwiseTerms, complete, measured


def crowd(size, shape=(3, 4, 5), seed=0, missing=0.2):
    """People `[B, N, K, 3]` anywhere, some of whose keypoints are not annotated."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-4, np.array(size[::-1]) + 4, (*shape, 2))
    v = rng.choice([0, 1, 2], (*shape, 1), p=[missing, 0.3, 0.7 - missing])
    return {"keypoints": np.concatenate([points, v], axis=-1).astype("float32")}


def standing(places, keypoints=4, lean=3.0):
    """People `[1, N, K, 3]` whose keypoints stand 24 pixels below each other, from `(x, y)` places on."""
    places = np.asarray(places, "float32")
    steps = np.arange(keypoints)[:, None] * np.array([lean, 24.0])
    points = places[:, None] + steps
    return {"keypoints": np.concatenate([points, np.full((*points.shape[:2], 1), 2)], axis=-1)[None].astype("float32")}


def terms(people, flip=None, pairs=None):
    """What there is to know of pairs of these people."""
    keypoints = people["keypoints"].reshape(-1, *people["keypoints"].shape[2:])
    k = keypoints.shape[1]
    return measured(keypoints, flip or list(range(k)), complete(k) if pairs is None else pairs)


def with_models(known):
    """The same with logistic models that go by the distances: half likely at 15 pixels in both directions."""
    models = len(known.pairs) // 2
    low, high = np.zeros((models, 8)), np.ones((models, 8))
    weights = np.zeros((models, 9))
    weights[:, [0, 2]], weights[:, 8] = -0.2, 6.0
    return PairwiseTerms(known.pairs, known.means, known.deviations, low, high, weights)


def outputs(codec, people, certainty=9.0):
    """What a perfect network would answer."""
    targets, _ = codec.encode(people)
    found = {name: np.array(maps) for name, maps in targets.items()}
    return found | {name: certainty * (2 * found[name] - 1) for name in codec.outputs}


def codec(size=(96, 160), known=None, **options):
    fields = ("heatmaps", "locref") + (("pairwise",) if known else ())
    return PartFieldCodec(size, outputs=fields, terms=known, **options)

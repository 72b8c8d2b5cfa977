"""Times the grouping of several people: ours, and the same with loops and `munkres`; and its share of an inference.

    pip install munkres && python benchmarks/grouping.py [--scenes=5] [--inference]

With `--inference` the full network of the paper looks at pictures of 512 x 512, which takes a minute and 2 GB.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

from tfpose import skeletons
from tfpose.codecs.grouping.by_tags import group, grouping_order

PEOPLE = (1, 5, 10, 20, 30)
RULES = {"max_people": 30, "min_score": 0.1, "tag_distance": 1.0, "far": np.inf}
SKELETON = skeletons.COCO


def main():
    """Prints the table."""
    flags = _parse()
    order = grouping_order(SKELETON)
    whole = inference() if flags.inference else None
    print("milliseconds per image")
    print(f"{'people':>6}{'ours':>10}{'literal':>10}{'times':>8}" + f"{'share of inference':>20}" * flags.inference)
    for people in PEOPLE:
        scenes = [scene(people, seed) for seed in range(flags.scenes)]
        ours = _milliseconds(lambda candidates: group(candidates, order, **RULES), scenes)
        literal = _milliseconds(lambda candidates: literal_group(candidates, order), scenes)
        share = f"{ours / (whole + ours):>20.1%}" if flags.inference else ""
        print(f"{people:>6}{ours:>10.2f}{literal:>10.1f}{literal / ours:>8.1f}{share}", flush=True)


def scene(people, seed):
    """Candidates `[K, 30, 4]` of people whose tags are about 1 apart, a fifth of their keypoints hidden."""
    rng = np.random.default_rng(seed)
    candidates = np.zeros((len(SKELETON), 30, 4), "float32")
    for detections in candidates:
        seen = rng.permutation(np.flatnonzero(rng.random(people) > 0.2))
        detections[: len(seen), :2] = rng.uniform(0, 512, (len(seen), 2))
        detections[: len(seen), 2] = np.sort(rng.uniform(0.1, 1, len(seen)))[::-1]
        detections[: len(seen), 3] = seen + rng.normal(0, 0.15, len(seen))
    return candidates


def literal_group(candidates, order):
    """The grouping person by person, with `munkres`."""
    people = []
    for k in order:
        detections = [detection for detection in candidates[k] if detection[2] > RULES["min_score"]]
        if not detections:
            continue
        owners = dict.fromkeys(range(len(detections)))
        if people:
            means = [np.mean(tags, axis=0) for _, tags in people]
            distances = [[np.sqrt(np.mean((d[3:] - mean) ** 2)) for mean in means] for d in detections]
            costs = [[100 * round(x) - d[2] for x in row] for d, row in zip(detections, distances, strict=True)]
            for row in costs:
                row += [1e10] * (len(costs) - len(people))
            for i, j in _munkres().compute(costs):
                if j < len(people) and distances[i][j] < RULES["tag_distance"]:
                    owners[i] = people[j]
        for i, detection in enumerate(detections):
            if owners[i] is None:
                if len(people) >= RULES["max_people"]:
                    continue
                owners[i] = (np.zeros((len(candidates), 3)), [])
                people.append(owners[i])
            owners[i][0][k] = detection[:3]
            owners[i][1].append(detection[3:])
    return np.array([keypoints for keypoints, _ in people])


def inference():
    """Milliseconds of the full network on one picture, from its pixels to the candidates."""
    import tensorflow as tf

    from tfpose import models

    model = models.build("associative_embedding", SKELETON)
    run = tf.function(lambda images: model.codec.decode(model(images, training=False)))
    images = tf.constant(np.random.default_rng(0).integers(0, 256, (1, 512, 512, 3), dtype=np.uint8))
    run(images)
    return _milliseconds(run, [images] * 3)


def _milliseconds(function, scenes):
    """The fastest of three rounds, per scene."""
    rounds = []
    for _ in range(3):
        start = time.perf_counter()
        for each in scenes:
            function(each)
        rounds.append(time.perf_counter() - start)
    return 1000 * min(rounds) / len(scenes)


def _munkres():
    try:
        from munkres import Munkres
    except ImportError:
        raise SystemExit("This benchmark compares with munkres: pip install munkres") from None
    return Munkres()


def _parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", metavar="N", type=int, default=5, help="images per row (default: 5)")
    parser.add_argument("--inference", action="store_true", help="time the full network too")
    return parser.parse_args()


if __name__ == "__main__":
    main()

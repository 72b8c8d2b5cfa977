"""Generated scenes of candidates, and the grouping of associative embedding said slowly, person by person."""

import itertools

import numpy as np


def scene(people, keypoints, *, room=30, tag_dim=1, spread=0.1, gap=1.0, missing=0.2, false=2, seed=0):
    """Candidates `float32 [K, room, 3 + D]`, highest first, and whose each is, `int [K, room]`; -1 for nobody's.

    Every person has a tag, at least `gap` from the others' in the first dimension; detections differ from it by a
    normal error of `spread`. A part of the keypoints is `missing`, and up to `false` detections are nobody's.
    """
    rng = np.random.default_rng(seed)
    tags = np.arange(people)[:, None] * gap + rng.uniform(0, 3 * gap, (1, tag_dim))
    found, owners = np.zeros((keypoints, room, 3 + tag_dim), "float32"), np.full((keypoints, room), -1)
    for k in range(keypoints):
        whose = [person for person in range(people) if rng.random() > missing] + [-1] * rng.integers(0, false + 1)
        whose = whose[:room]
        score = np.sort(rng.uniform(0.05, 1, len(whose)))[::-1]
        rng.shuffle(whose)
        for i, person in enumerate(whose):
            tag = tags[person] + rng.normal(0, spread, tag_dim) if person >= 0 else rng.uniform(-9, 9 * gap, tag_dim)
            found[k, i] = [*rng.uniform(0, 200, 2), score[i], *tag]
            owners[k, i] = person
    return found, owners


def literal_group(candidates, order, max_people=30, min_score=0.1, tag_distance=1.0, far=np.inf):
    """People `[N, K, 3]`, in the order in which they are met."""
    people = []
    for k in order:
        detections = [d.astype(float) for d in candidates[k] if d[2] > min_score]
        if not detections:
            continue
        owners = [None] * len(detections)
        if people:
            means = [np.mean(person["tags"], axis=0) for person in people]
            distance = [[np.sqrt(np.mean((d[3:] - mean) ** 2)) for mean in means] for d in detections]
            for i, j in enumerate(_cheapest(detections, distance, tag_distance, far)):
                if j is not None and distance[i][j] < tag_distance:
                    owners[i] = people[j]
        for detection, owner in zip(detections, owners, strict=True):
            if owner is None:
                if len(people) >= max_people:
                    continue
                owner = {"keypoints": np.zeros((len(candidates), 3)), "tags": []}
                people.append(owner)
            owner["keypoints"][k] = detection[:3]
            owner["tags"].append(detection[3:])
    return np.array([person["keypoints"] for person in people]).reshape(-1, len(candidates), 3)


def _cheapest(detections, distance, tag_distance, far):
    """The column of each row, or None, of the cheapest of all matchings; of equal ones that of the nearest people."""
    rows, columns = len(detections), list(range(len(distance[0])))
    columns += [None] * max(0, rows - len(columns))

    def cost(chosen):
        real = [(i, j) for i, j in enumerate(chosen) if j is not None]
        total = sum(round(min(distance[i][j], far)) * 100 - detections[i][2] for i, j in real)
        return round(total + 1e10 * chosen.count(None), 5), sum(min(distance[i][j], tag_distance) ** 2 for i, j in real)

    return min(set(itertools.permutations(columns, rows)), key=cost)


def best_first(people):
    """People `[N, K, 3]` by their mean score."""
    return people[np.argsort(-people[..., 2].mean(axis=1), kind="stable")]

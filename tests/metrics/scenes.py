"""Images as a detector meets them: people of all sizes, crowds, misses, duplicates, strangers and equal scores."""

import numpy as np


def scenes(count, num_keypoints, seed=0):
    """Yields people (a dict as in records), found `[M, K, 3]` and the scores `[M]` of `count` images."""
    random = np.random.default_rng(seed)
    for number in range(count):
        people = crowd(random, num_keypoints, random.integers(0, 6))
        people["image_id"] = 7 * number + 3
        found = np.concatenate([guesses(random, people), strangers(random, num_keypoints, people)])
        found[random.random(found.shape[:2]) < 0.1, 2] = 0
        if random.random() < 0.1:
            found = np.concatenate([found] * 6)  # More than count.
        scores = np.round(random.random(len(found)), random.integers(1, 4))  # Some are equal.
        order = random.permutation(len(found))
        yield people, found[order], scores[order]


def crowd(random, num_keypoints, number):
    """People annotated and regions ignored, in an image of 640 x 480."""
    size = 10 ** random.uniform(1.2, 2.5, (number, 1))  # 16 to 316 pixels: areas of all ranges.
    corner = random.uniform(0, 480, (number, 2))
    keypoints = np.zeros((number, num_keypoints, 3))
    keypoints[..., :2] = corner[:, None] + size[:, None] * random.random((number, num_keypoints, 2))
    keypoints[..., 2] = random.choice([0, 1, 2], keypoints.shape[:2], p=[0.3, 0.2, 0.5])
    keypoints[keypoints[..., 2] == 0] = 0
    if number > 1 and random.random() < 0.2:
        keypoints[1], corner[1], size[1] = keypoints[0], corner[0], size[0]  # Two who are the same.
    regions = random.integers(0, 3)
    return {
        "keypoints": keypoints,
        "boxes": np.concatenate([corner, size, size], axis=1),
        "areas": size[:, 0] ** 2 * random.uniform(0.3, 1, number),
        "ignored_boxes": np.concatenate([random.uniform(0, 400, (regions, 2)), np.full((regions, 2), 120.0)], axis=1),
        "ignored_areas": random.uniform(500, 12000, regions),
        "ignored_crowds": random.integers(0, 2, regions),
    }


def guesses(random, people):
    """None, one or two guesses of each person, from perfect to poor."""
    true = np.repeat(people["keypoints"], random.integers(0, 3, len(people["keypoints"])), axis=0)
    off = 10 ** random.uniform(-1, 1.3, (len(true), 1, 1)) * (random.random((len(true), 1, 1)) < 0.9)
    found = true.copy()
    found[..., :2] += off * random.normal(size=found[..., :2].shape)
    found[..., 2] = random.uniform(0.1, 1, found.shape[:2])
    return found


def strangers(random, num_keypoints, people):
    """People who are not there, some of them in what is ignored."""
    number = random.integers(0, 3)
    corner = random.uniform(0, 480, (number, 1, 2))
    if len(people["ignored_boxes"]) and number:
        corner[0, 0] = people["ignored_boxes"][0, :2]
    points = corner + 60 * random.random((number, num_keypoints, 2))
    return np.concatenate([points, random.uniform(0.1, 1, (number, num_keypoints, 1))], axis=-1)

"""A tiny data set, written by the converters' own builder: dark pictures of people who are coloured dots."""

import numpy as np
import tensorflow_datasets as tfds

from tfpose import skeletons
from tfrecords_tools.writing.pose_builder import PoseBuilder
from tfrecords_tools.writing.summary import conclude

SKELETON = skeletons.FLIC
COLOURS = {"left_wrist": (255, 40, 40), "right_wrist": (40, 40, 255), "nose": (40, 255, 40)}
PEOPLE = {"train": (1, 2, 1, 1, 3, 1, 1, 1, 1, 1), "test": (1, 2, 1)}  # In each image.
FIRST = {"train": 1, "test": 101}
POSE = np.array(
    [[12, -8], [22, 6], [20, 22], [-12, -8], [-22, 6], [-20, 22], [8, 24], [-8, 24], [4, -26], [-4, -26], [0, -22]]
)


class Dots(PoseBuilder):
    """People whose `head_sizes` number them; every fourth has no torso box."""

    SKELETON = SKELETON

    def annotations(self, root, split):
        rng = np.random.default_rng(0)
        number = FIRST[split]
        for i, count in enumerate(PEOPLE[split]):
            size = np.array([80 + 6 * i, 70 * count + 50 - 4 * i])
            numbers = np.arange(number, number + count)
            centres = [[35 + 70 * n + rng.uniform(-3, 3), size[0] / 2 + rng.uniform(-3, 3)] for n in range(count)]
            points = np.array(centres)[:, None] + POSE
            torso_boxes = np.concatenate([points[:, 3], points[:, 6] - points[:, 3] + 1], axis=-1)
            torso_boxes[numbers % 4 == 0] = 0
            yield {
                "id": f"image {i}",
                "image": picture(size, points),
                "keypoints": np.concatenate([points, np.full((count, len(SKELETON), 1), 2)], axis=-1),
                "boxes": np.concatenate([points.min(axis=1), np.ptp(points, axis=1) + 1], axis=-1),
                "torso_boxes": torso_boxes,
                "head_sizes": numbers,
            }
            number += count


def picture(size, people):
    """Soft dots of `COLOURS` at the keypoints of `people` `[N, K, 2]`, on nearly black `uint8 [H, W, 3]`."""
    y, x = np.mgrid[: size[0], : size[1]]
    image = np.full((*size, 3), 12.0)
    for name, colour in COLOURS.items():
        for point in people[:, SKELETON.keypoints.index(name)]:
            dot = np.exp(-((x - point[0]) ** 2 + (y - point[1]) ** 2) / (2 * 3.0**2))
            image += dot[..., None] * (np.array(colour) - 12.0)
    return np.rint(np.clip(image, 0, 255)).astype("uint8")


def write(folder, num_shards=3):
    """Writes both splits. Returns the folder that `records.load` takes."""
    builder = Dots(data_dir=folder)
    config = tfds.download.DownloadConfig(num_shards=num_shards, try_download_gcs=False)
    tfds.disable_progress_bar()
    builder.download_and_prepare(download_config=config)
    conclude(builder, folder, max_set_aside=0)
    return builder.data_path

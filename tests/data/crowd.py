"""A tiny data set of images with nobody to four people in them, written by the converters' own builder."""

import numpy as np
import tensorflow_datasets as tfds

from tests.dot_records import POSE, SKELETON, picture
from tfrecords_tools.writing.pose_builder import PoseBuilder
from tfrecords_tools.writing.summary import conclude

COUNTS = (2, 0, 1, 4, 3, 0, 1, 2)  # People of each image.
AREAS = np.array([0, 100, 100, 300, 50, 70, 20, 60, 10, 30, 20, 0, 100, 200])  # By number; 11 has none given.
BOX_AREA = 44 * 50  # Of the box around everyone's keypoints, which is taken where no area is given.


class Crowd(PoseBuilder):
    """Images of several people, whose `head_sizes` number them; in the left third nothing is to be learnt."""

    SKELETON = SKELETON
    SPLITS = ("train",)

    def annotations(self, root, split):
        first = 1
        for i, count in enumerate(COUNTS):
            size = (130 + 5 * i, 200 - 7 * i)
            points = np.array([[40 + 40 * n, 50 + 10 * n] for n in range(count)]).reshape(-1, 1, 2) + POSE
            ignore = np.zeros(size, "uint8")
            ignore[:, : size[1] // 3] = 1
            visible = np.full((count, len(SKELETON), 1), 2)
            visible[count // 2 :, 5] = 0
            yield {
                "id": str(i),
                "image": picture(size, points),
                "keypoints": np.concatenate([points, visible], axis=-1),
                "areas": AREAS[first : first + count],
                "head_sizes": np.arange(first, first + count),
                "ignore": ignore if i % 2 else ignore * 0,
                "may_be_empty": True,
            }
            first += count


def write(folder):
    """Writes the records. Returns the folder that `records.load` takes."""
    builder = Crowd(data_dir=folder)
    config = tfds.download.DownloadConfig(num_shards=2, try_download_gcs=False)
    tfds.disable_progress_bar()
    builder.download_and_prepare(download_config=config)
    conclude(builder, builder.data_path, max_set_aside=0)
    return builder.data_path

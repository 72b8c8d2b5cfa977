"""The outlines of everyone annotated, from a file in COCO's form."""

import contextlib
import io
import json
import pathlib

import numpy as np


class Outlines:
    """Tells the masks of a record's people.

    Args:
        path: Annotations in COCO's form, whose images have the numbers (`image_id`) of the records.

    Raises:
        ValueError: If it is no such file.
    """

    def __init__(self, path):
        from pycocotools.coco import COCO

        self._annotations = COCO()
        try:
            self._annotations.dataset = json.loads(pathlib.Path(path).read_text("utf-8"))
            with contextlib.redirect_stdout(io.StringIO()):  # It tells of every step.
                self._annotations.createIndex()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(f"`--masks` must be annotations in COCO's form. Received: {path}: {error}.") from None

    def __call__(self, record):
        """The outlines bool `[N, H, W]` of those people of a record who have keypoints and are no crowd.

        Raises:
            ValueError: If the file knows no such image.
        """
        number = int(record.get("image_id", -1))
        if number not in self._annotations.imgs:
            raise ValueError(f"The outlines must be of the images of the records. Received: no image {number}.")
        entries = self._annotations.loadAnns(self._annotations.getAnnIds(imgIds=[number], iscrowd=False))
        image = self._annotations.imgs[number]
        masks = [self._annotations.annToMask(entry) for entry in entries if any(entry.get("keypoints", ())[2::3])]
        return np.reshape(masks, (-1, image["height"], image["width"])).astype(bool)

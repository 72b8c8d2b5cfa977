"""Masks of annotated people, from a file in COCO's form."""

import contextlib
import io
import json
import pathlib

import numpy as np


class PeopleMasks:
    """Masks of the people in each record.

    Args:
        path: Annotations in COCO's form, whose images have the numbers (`image_id`) of the records.

    Raises:
        ValueError: If the file is not of this form.
    """

    def __init__(self, path):
        from pycocotools.coco import COCO

        self._annotations = COCO()
        try:
            self._annotations.dataset = json.loads(pathlib.Path(path).read_text("utf-8"))
            with contextlib.redirect_stdout(io.StringIO()):  # It prints each step.
                self._annotations.createIndex()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(f"`--masks` must be annotations in COCO's form. Received: {path}: {error}.") from None

    def __call__(self, record):
        """Returns the masks `bool [N, H, W]` of those people of a record who have keypoints and are no crowd.

        Raises:
            ValueError: If the image is not in the file.
        """
        number = int(record.get("image_id", -1))
        if number not in self._annotations.imgs:
            raise ValueError(f"`--masks` must hold the images of the records. Received: no image {number}.")
        entries = self._annotations.loadAnns(self._annotations.getAnnIds(imgIds=[number], iscrowd=False))
        image = self._annotations.imgs[number]
        masks = [self._annotations.annToMask(entry) for entry in entries if any(entry.get("keypoints", ())[2::3])]
        return np.reshape(masks, (-1, image["height"], image["width"])).astype(bool)

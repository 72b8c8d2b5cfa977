"""A small data set in COCO's form, as downloaded: three images to train, two to test, drawn by the tests."""

import json

import numpy as np

from tests.tfrecords_tools.small_files import jpeg
from tfpose.skeletons import COCO

POLYGON = [[10, 10, 30, 10, 30, 20, 10, 20]]  # 20 x 10 pixels
NOBODY = {"keypoints": [0, 0, 0] * 17, "num_keypoints": 0, "segmentation": POLYGON, "area": 200.0}
CROWD = {"segmentation": {"size": [48, 64], "counts": [48 * 60, 48 * 4]}, "area": 192.0, "iscrowd": 1}  # 4 columns


def person(first=10, count=5):
    """Keypoints with `count` of 17 annotated, the first occluded."""
    points = np.zeros((17, 3), int)
    points[:count] = [(first + i, 20 + i, 2) for i in range(count)]
    points[0, 2] = 1
    return points.ravel().tolist()


def annotation(id, image_id, **fields):
    entry = {"id": id, "image_id": image_id, "category_id": 1, "iscrowd": 0, "bbox": [10, 10, 20, 10], "area": 150.5}
    entry |= {"keypoints": person(), "num_keypoints": 5, "segmentation": POLYGON}
    return entry | fields


def image(id, **fields):
    return {"id": id, "file_name": f"{id:012d}.jpg", "height": 48, "width": 64} | fields


def document(images, annotations, keypoints=COCO.keypoints, skeleton=((1, 2),)):
    """Images by id; annotations as they are."""
    category = {"id": 1, "name": "person", "keypoints": list(keypoints), "skeleton": [list(pair) for pair in skeleton]}
    images = [entry if isinstance(entry, dict) else image(entry) for entry in images]
    return {"info": {}, "licenses": [], "images": images, "annotations": annotations, "categories": [category]}


def write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def write_images(folder, ids):
    folder.mkdir(parents=True, exist_ok=True)
    for id in ids:
        (folder / f"{id:012d}.jpg").write_bytes(jpeg())


def write_coco(folder, year=2017, images="{phase}{year}"):
    """Two people in image 7, one of them and a crowd in 8, and nobody in 9; in 5 one without keypoints as well."""
    train = [
        annotation(70, 7), annotation(71, 7, keypoints=person(30), bbox=[30, 20, 5, 5], area=25),
        annotation(80, 8), annotation(900, 8, bbox=[60, 0, 4, 48], **CROWD) | {"keypoints": [0] * 51},
    ]  # fmt: skip
    test = [annotation(50, 5), annotation(51, 5, bbox=[10, 10, 20, 10], **NOBODY)]
    for phase, ids, entries in (("train", [7, 8, 9], train), ("val", [5, 6], test)):
        write_json(folder / "annotations" / f"person_keypoints_{phase}{year}.json", document(ids, entries))
        write_images(folder / images.format(phase=phase, year=year), ids)
    return folder

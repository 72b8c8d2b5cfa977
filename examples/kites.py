"""Draws a data set with keypoints of its own, in COCO's format: up to four kites in an image.

python examples/kites.py kites
tfpose convert own --manual_dir=kites
tfpose train --preset=figures_associative_embedding --data_dir=data/own --n_epochs=12
"""

import argparse
import json
import pathlib

import cv2
import numpy as np

KEYPOINTS = ["tip", "left_end", "right_end", "tail"]
SHAPE = np.array([[0, -30], [-20, -8], [20, -8], [0, 40]])  # The keypoints around the middle of a kite, in pixels.
MIDDLES = [(50, 50), (140, 60), (60, 140), (140, 140)]

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", type=pathlib.Path, help="new folder to write train.json and images/ to")
folder, rng = parser.parse_args().folder, np.random.default_rng(0)
(folder / "images").mkdir(parents=True)
category = {"id": 1, "name": "kite", "keypoints": KEYPOINTS, "skeleton": [[1, 2], [1, 3], [2, 4], [3, 4]]}
document = {"images": [], "annotations": [], "categories": [category]}
for i in range(400):
    picture = rng.integers(0, 80, (192, 192, 3), dtype=np.uint8)
    for middle in rng.permutation(MIDDLES)[: rng.integers(1, 5)]:
        sin, cos = np.sin(angle := rng.uniform(-0.6, 0.6)), np.cos(angle)
        points = SHAPE @ np.array([[cos, sin], [-sin, cos]]) + middle
        cv2.fillPoly(picture, [np.int32(points[[0, 1, 3, 2]])], rng.integers(120, 255, 3).tolist())
        keypoints = np.column_stack([points, np.full(4, 2)]).ravel().tolist()
        kite = {"id": len(document["annotations"]), "image_id": i, "category_id": 1, "iscrowd": 0, "area": 1400.0}
        low, size = points.min(axis=0), np.ptp(points, axis=0)
        document["annotations"].append({**kite, "keypoints": keypoints, "bbox": [*low.tolist(), *size.tolist()]})
    document["images"].append({"id": i, "file_name": f"{i}.jpg", "height": 192, "width": 192})
    cv2.imwrite(str(folder / "images" / f"{i}.jpg"), picture)
(folder / "train.json").write_text(json.dumps(document))

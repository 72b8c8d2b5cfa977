"""One small set of annotated kites, written as annotation tools write it."""

import csv
import json
import xml.etree.ElementTree as ET

import h5py
import numpy as np
import yaml

from tests.tfrecords_tools.small_files import jpeg

NAMES = ("tip", "left_end", "right_end", "tail")
SIZE = (48, 64)


def kites(count=4):
    """Per photo: its name, and people of keypoints `[K, 3]` with a box; two in the second, one keypoint missing."""
    found = []
    for i in range(count):
        first = np.array([[20.25 + i, 10.5, 2], [14, 20, 2], [30.125, 20, 2], [22, 40 - i, 2]])
        people = [(first, [12.0, 8.0, 20.0, 34.0])]
        if i == 1:
            second = np.array([[50, 12, 2], [44, 20, 2], [0, 0, 0], [52.5, 42, 2]])
            people.append((second, [42.0, 9.0, 14.0, 36.0]))
        found.append((f"kite_{i}.jpg", people))
    return found


def write_photos(folder, names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(jpeg(*SIZE))


def coco(root, photos):
    """COCO Annotator and CVAT: annotations/person_keypoints_default.json and images/default/."""
    images = [{"id": i, "file_name": name, "height": 48, "width": 64} for i, (name, _) in enumerate(photos, 1)]
    people = [
        {"id": 100 * i + n, "image_id": i, "category_id": 1, "iscrowd": 0, "bbox": box, "area": box[2] * box[3],
         "keypoints": points.ravel().tolist(), "num_keypoints": int((points[:, 2] > 0).sum())}
        for i, (_, found) in enumerate(photos, 1) for n, (points, box) in enumerate(found)
    ]  # fmt: skip
    category = {"id": 1, "name": "kite", "supercategory": "", "keypoints": list(NAMES), "skeleton": [[1, 2], [1, 3]]}
    write_photos(root / "images" / "default", [name for name, _ in photos])
    path = root / "annotations" / "person_keypoints_default.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"licenses": [], "info": {}, "categories": [category], "images": images,
                                "annotations": people}))  # fmt: skip


def yolo(root, photos, **fields):
    """Ultralytics: data.yaml, images/train and labels/train."""
    write_photos(root / "images" / "train", [name for name, _ in photos])
    (root / "labels" / "train").mkdir(parents=True)
    for name, people in photos:
        lines = []
        for points, (x, y, w, h) in people:
            values = [(x + w / 2) / 64, (y + h / 2) / 48, w / 64, h / 48]
            for px, py, v in points:
                values += [px / 64, py / 48, v]
            lines.append("0 " + " ".join(f"{value:.6f}" for value in values))
        (root / "labels" / "train" / name.replace(".jpg", ".txt")).write_text("\n".join(lines) + "\n")
    content = {"path": "../datasets/kites", "train": "images/train", "kpt_shape": [4, 3], "flip_idx": [0, 2, 1, 3],
               "names": {0: "kite"}, "kpt_names": {0: list(NAMES)}} | fields  # fmt: skip
    (root / "data.yaml").write_text(yaml.safe_dump({name: value for name, value in content.items() if value}))


def labelme(root, photos):
    """labelme: a JSON file beside each photo, people told apart by `group_id`."""
    write_photos(root, [name for name, _ in photos])
    for name, people in photos:
        shapes = []
        for group, (points, (x, y, w, h)) in enumerate(people, 1):
            shapes.append(_shape("kite", [[x + w, y + h], [x, y]], group, "rectangle"))
            shapes += [_shape(label, [[px, py]], group, "point")
                       for label, (px, py, v) in zip(NAMES, points.tolist(), strict=True) if v]  # fmt: skip
        content = {"version": "5.5.0", "flags": {}, "shapes": shapes, "imagePath": name, "imageData": None,
                   "imageHeight": 48, "imageWidth": 64}  # fmt: skip
        (root / name.replace(".jpg", ".json")).write_text(json.dumps(content, indent=2))


def _shape(label, points, group, kind):
    return {"label": label, "points": points, "group_id": group, "description": "", "shape_type": kind, "flags": {},
            "mask": None}  # fmt: skip


def cvat(root, photos):
    """CVAT: annotations.xml of "CVAT for images 1.1", with skeletons and a box of the same group."""
    write_photos(root / "images", [name for name, _ in photos])
    tree = ET.Element("annotations")
    ET.SubElement(tree, "version").text = "1.1"
    labels = ET.SubElement(ET.SubElement(ET.SubElement(tree, "meta"), "task"), "labels")
    for name, kind, parent in [("kite", "skeleton", None), *((name, "points", "kite") for name in NAMES)]:
        label = ET.SubElement(labels, "label")
        for field, text in (("name", name), ("type", kind), ("parent", parent)):
            if text:
                ET.SubElement(label, field).text = text
    for i, (name, people) in enumerate(photos):
        image = ET.SubElement(tree, "image", id=str(i), name=name, width="64", height="48")
        for group, (points, (x, y, w, h)) in enumerate(people, 1):
            skeleton = ET.SubElement(image, "skeleton", label="kite", source="manual", z_order="0", group_id=str(group))
            for label, (px, py, v) in zip(NAMES, points, strict=True):
                ET.SubElement(skeleton, "points", label=label, source="manual", outside=str(int(v == 0)),
                              occluded=str(int(v == 1)), points=f"{px:.2f},{py:.2f}")  # fmt: skip
            ET.SubElement(image, "box", label="kite box", xtl=str(x), ytl=str(y), xbr=str(x + w), ybr=str(y + h),
                          occluded="0", group_id=str(group))  # fmt: skip
    ET.ElementTree(tree).write(root / "annotations.xml", encoding="utf-8", xml_declaration=True)


def label_studio(root, photos):
    """Label Studio: its JSON export; uploaded photos have eight digits before their names, regions lie in a box."""
    write_photos(root / "images", [f"1a2b3c4d-{name}" for name, _ in photos])
    tasks = []
    for i, (name, people) in enumerate(photos, 1):
        regions = []
        for n, (points, (x, y, w, h)) in enumerate(people):
            box = f"box{n}"
            whole = {"x": x / 0.64, "y": y / 0.48, "width": w / 0.64, "height": h / 0.48, "rotation": 0}
            regions.append(_region(box, "rectanglelabels", whole, "kite"))
            for label, (px, py, v) in zip(NAMES, points, strict=True):
                if v:
                    value = {"x": px / 0.64, "y": py / 0.48, "width": 0.5}
                    regions.append(_region(f"{box}_{label}", "keypointlabels", value, label) | {"parentID": box})
        annotation = {"id": i, "was_cancelled": False, "ground_truth": False, "result": regions}
        tasks.append({"id": i, "annotations": [annotation], "predictions": [], "project": 3,
                      "data": {"image": f"/data/upload/3/1a2b3c4d-{name}"}})  # fmt: skip
    (root / "project-3-at-2026-11-25.json").write_text(json.dumps(tasks))


def _region(id, kind, value, label):
    return {"id": id, "type": kind, "from_name": "kp", "to_name": "img", "origin": "manual", "image_rotation": 0,
            "original_width": 64, "original_height": 48, "value": value | {kind: [label]}}  # fmt: skip


def deeplabcut(root, photos):
    """DeepLabCut with several animals: labeled-data/film/CollectedData_me.csv with an index of three columns."""
    folder = root / "labeled-data" / "film"
    write_photos(folder, [name for name, _ in photos])
    animals = max(len(people) for _, people in photos)
    columns = [(f"individual{n}", name, axis) for n in range(1, animals + 1) for name in NAMES for axis in "xy"]
    rows = [["scorer", "", "", *["me"] * len(columns)]]
    for title, i in (("individuals", 0), ("bodyparts", 1), ("coords", 2)):
        rows.append([title, "", "", *(column[i] for column in columns)])
    for name, people in photos:
        values = [""] * len(columns)
        for n, (points, _) in enumerate(people):
            for k, (x, y, v) in enumerate(points):
                values[8 * n + 2 * k : 8 * n + 2 * k + 2] = [x, y] if v else ["", ""]
        rows.append(["labeled-data", "film", name, *values])
    with (folder / "CollectedData_me.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    (root / "config.yaml").write_text(yaml.safe_dump({"Task": "kites", "skeleton": [["tip", "left_end"]]}))


def sleap(root, photos, format_id=1.3, middle=0.0):
    """SLEAP: a training package, with the photos inside."""
    root.mkdir(parents=True, exist_ok=True)
    link = {"edge_insert_idx": 0, "key": 0, "source": 0, "target": 1}
    body = {"py/reduce": [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [1]}]}
    mirror = {"py/reduce": [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [2]}]}
    links = [link | {"type": body}, link | {"target": 2, "type": {"py/id": 1}},
             {"key": 0, "source": 1, "target": 2, "type": mirror},
             {"key": 0, "source": 2, "target": 1, "type": {"py/id": 2}}]  # fmt: skip
    skeleton = {"directed": True, "graph": {"name": "Skeleton-0", "num_edges_inserted": 2}, "links": links,
                "multigraph": True, "nodes": [{"id": i} for i in range(4)]}  # fmt: skip
    metadata = {"version": "2.0.0", "skeletons": [skeleton], "nodes": [{"name": name, "weight": 1.0} for name in NAMES],
                "videos": [], "tracks": [], "suggestions": [], "provenance": {}}  # fmt: skip
    frames, instances, points = [], [], []
    for i, (_, people) in enumerate(photos):
        frames.append((i, 0, 10 * i, len(instances), len(instances) + len(people)))
        for found, _ in people:
            instances.append((len(instances), 0, i, 0, -1, -1, 0.0, len(points), len(points) + 4, 0.0))
            points += [(x + middle, y + middle, True, True) if v else (np.nan, np.nan, False, False)
                       for x, y, v in found]  # fmt: skip
    with h5py.File(root / "labels.v001.pkg.slp", "w") as file:
        group = file.create_group("metadata")
        group.attrs["format_id"], group.attrs["json"] = format_id, json.dumps(metadata)
        backend = {"filename": ".", "dataset": "video0/video", "shape": [len(photos), 48, 64, 3]}
        file["videos_json"] = [json.dumps({"backend": backend})]
        encoded = [np.frombuffer(jpeg(*SIZE), np.int8) for _ in photos]
        stored = file.create_dataset("video0/video", (len(encoded),), dtype=h5py.vlen_dtype(np.int8))
        stored[:] = encoded
        stored.attrs["format"], stored.attrs["channel_order"] = "jpg", "RGB"
        file["video0/frame_numbers"] = [10 * i for i in range(len(photos))]
        integer = [("frame_id", "u8"), ("video", "u4"), ("frame_idx", "u8"), ("instance_id_start", "u8"),
                   ("instance_id_end", "u8")]  # fmt: skip
        file["frames"] = np.array(frames, integer)
        kind = [("instance_id", "i8"), ("instance_type", "u1"), ("frame_id", "u8"), ("skeleton", "u4"),
                ("track", "i4"), ("from_predicted", "i8"), ("score", "f4"), ("point_id_start", "u8"),
                ("point_id_end", "u8"), ("tracking_score", "f4")]  # fmt: skip
        file["instances"] = np.array(instances, kind)
        file["points"] = np.array(points, [("x", "f8"), ("y", "f8"), ("visible", "?"), ("complete", "?")])
        file["pred_points"] = np.zeros(0, [("x", "f8"), ("y", "f8"), ("visible", "?"), ("complete", "?"),
                                           ("score", "f8")])  # fmt: skip


WRITERS = {"coco": coco, "yolo": yolo, "labelme": labelme, "cvat": cvat, "label_studio": label_studio,
           "deeplabcut": deeplabcut, "sleap": sleap}  # fmt: skip

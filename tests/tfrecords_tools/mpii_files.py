"""MPII's three forms of annotation in small."""

import json

import h5py
import numpy as np
import scipy.io

from tests.tfrecords_tools.small_files import jpeg

EMPTY = np.zeros((0, 0))


def points(x=10.0):
    """Sixteen keypoints as MATLAB counts, `[16, 2]`."""
    return x + np.stack([np.arange(16), 2 * np.arange(16)], axis=-1)


def structs(*rows):
    """A MATLAB struct array: what some have and others lack is empty in these."""
    fields = list(dict.fromkeys(name for row in rows for name in row))
    array = np.empty((1, len(rows)), [(name, object) for name in fields])
    for i, row in enumerate(rows):
        array[0, i] = tuple(row.get(name, EMPTY) for name in fields)
    return array


def rectangle(x=10.0, visible=(), missing=(), **fields):
    """One person of `annorect`. `visible`: the flag by keypoint, of those that have one."""
    visible = dict(visible)
    annotated = [
        {"x": px, "y": py, "id": id, "is_visible": visible.get(id, EMPTY)}
        for id, (px, py) in enumerate(points(x))
        if id not in missing
    ]
    head = {"x1": 20.0, "y1": 5.0, "x2": 26.0, "y2": 13.0}
    place = {"scale": 0.25, "objpos": {"x": 30.0, "y": 20.0}}
    return head | place | {"annopoints": {"point": structs(*annotated)}} | fields


def write_mat(path, images):
    """Writes images `(name, rectangles, img_train, single_person)` as RELEASE."""
    annolist = structs(
        *({"image": {"name": name}, "annorect": structs(*people) if people else EMPTY} for name, people, _, _ in images)
    )
    singles = np.empty((len(images), 1), object)
    for i, (_, _, _, single) in enumerate(images):
        singles[i, 0] = np.array(single, np.uint8)[:, None]
    trains = np.array([[train for _, _, train, _ in images]], np.uint8)
    release = {"annolist": annolist, "img_train": trains, "single_person": singles, "version": "12"}
    scipy.io.savemat(path, {"RELEASE": release})


def write_h5(path, people):
    """Writes people `(name, part, visible, center, scale, normalize)`."""
    path.parent.mkdir(exist_ok=True)
    names, part, visible, center, scale, normalize = zip(*people, strict=True)
    columns = {"part": part, "visible": visible, "center": center, "scale": scale, "normalize": normalize}
    with h5py.File(path, "w") as file:
        file["imgname"] = np.array(names, "S")
        for name, values in columns.items():
            file[name] = np.array(values, float)


def write_json(path, people):
    """Writes people `(name, joints, joints_vis, center, scale)`."""
    path.parent.mkdir(exist_ok=True)
    fields = ("image", "joints", "joints_vis", "center", "scale")
    rows = [[np.asarray(value).tolist() for value in person] for person in people]
    path.write_text(json.dumps([dict(zip(fields, row, strict=True)) for row in rows]))


def write_images(folder, *names):
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / "images" / name).write_bytes(jpeg())
    return folder

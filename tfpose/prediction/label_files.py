"""People found in photos as files of annotation tools, to be corrected by hand: COCO, YOLO-pose and labelme.

Coordinates are pixels of the upright photo as everywhere in tfpose. Keypoints that were not found are written as not
annotated.
"""

import abc
import json
import os
import pathlib
import shutil

import numpy as np

from tfpose.commands.paths import replacing

PERSON = 1  # COCO's category of people.
FOUND = 2  # COCO's visibility of visible keypoints.


class LabelFiles(abc.ABC):
    """Files of one form.

    Args:
        folder: Folder to write in.
        skeleton: The `Skeleton` of the keypoints.
    """

    def __init__(self, folder, skeleton):
        self.folder = pathlib.Path(folder)
        self.skeleton = skeleton

    @staticmethod
    @abc.abstractmethod
    def names(photos) -> list[str]:
        """Returns the files that will be written for photos of these names, relative to the folder."""

    @abc.abstractmethod
    def add(self, path, name, size, people):
        """Adds the people of a photo.

        Args:
            path: Its file.
            name: Its path relative to the folder that was searched.
            size: `(height, width)` in pixels.
            people: `[N, K, 3]`: `(x, y, score)` in its pixels; score 0: keypoint not found.
        """

    @abc.abstractmethod
    def close(self):
        """Writes what is about all photos."""

    def _write(self, name, text):
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as partial:
            partial.write_text(text, encoding="utf-8")


class CocoFiles(LabelFiles):
    """`results.json`, COCO's form for results; and `annotations.json`, the same people as annotations of the photos.

    The number of a photo is that in its name, such as 139 for `000000000139.jpg`, if all have one of their own; else
    they are counted from 1. In results, which have no form for it, a keypoint not found is put amid the others.
    """

    def __init__(self, folder, skeleton):
        super().__init__(folder, skeleton)
        self._photos = []

    @staticmethod
    def names(photos):
        return ["results.json", "annotations.json"]

    def add(self, path, name, size, people):
        self._photos.append((name, size, np.asarray(people, "float64")))

    def close(self):
        stems = [name.stem for name, *_ in self._photos]
        are_numbers = all(stem.isdecimal() for stem in stems) and len({int(stem) for stem in stems}) == len(stems)
        images, results, annotations = [], [], []
        for i, (name, (height, width), people) in enumerate(self._photos):
            number = int(name.stem) if are_numbers else i + 1
            images.append({"id": number, "file_name": name.as_posix(), "width": width, "height": height})
            for person in people:
                results.append(self._result(number, person))
                annotations.append({"id": len(annotations) + 1, **self._annotation(number, person)})
        names = list(self.skeleton.keypoints)
        limbs = [[a + 1, b + 1] for a, b in map(self.skeleton.indices, self.skeleton.limbs)]
        person = {"id": PERSON, "name": "person", "supercategory": "person", "keypoints": names, "skeleton": limbs}
        self._write("results.json", _lines(results))
        document = {"images": images, "annotations": annotations, "categories": [person]}
        self._write("annotations.json", json.dumps(document, indent=1) + "\n")

    @staticmethod
    def _result(number, person):
        found = person[:, 2:] > 0
        middle = person[found[:, 0], :2].mean(axis=0)
        keypoints = np.concatenate([np.where(found, person[:, :2], middle), np.maximum(person[:, 2:], 0)], axis=1)
        score = round(float(keypoints[:, 2].mean()), 4)
        return {"image_id": number, "category_id": PERSON, "keypoints": _rounded(keypoints), "score": score}

    @staticmethod
    def _annotation(number, person):
        found = person[:, 2:] > 0
        x, y, width, height = _box(person)
        return {
            "image_id": number,
            "category_id": PERSON,
            "keypoints": _rounded(np.where(found, np.insert(person[:, :2], 2, FOUND, axis=1), 0)),
            "num_keypoints": int(found.sum()),
            "bbox": _rounded([x, y, width, height]),
            "area": round(width * height, 2),
            "iscrowd": 0,
        }


class YoloFiles(LabelFiles):
    """`images/`, copies of the photos; `labels/`, a text file for each; and `data.yaml`, as YOLO-pose is trained on.

    A line is `class x y width height` and `x y visibility` of each keypoint, in parts of the photo's width and height.
    YOLO refuses numbers outside of 0 to 1: keypoints outside of the photo are written as not annotated, boxes are cut.
    """

    @staticmethod
    def names(photos):
        return ["data.yaml", *(f"images/{n.as_posix()}" for n in photos), *(_label(name) for name in photos)]

    def add(self, path, name, size, people):
        copy = self.folder / "images" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        with replacing(copy) as partial:
            shutil.copyfile(path, partial)
        lines = (self._line(np.asarray(person, "float64"), size) for person in people)
        self._write(_label(name), "".join(f"{line}\n" for line in lines if line))

    def close(self):
        keypoints = "".join(f"    - {json.dumps(name)}\n" for name in self.skeleton.keypoints)
        self._write(
            "data.yaml",
            "train: images\n"  # Without `val`: the same photos would be trained and measured on.
            f"kpt_shape: [{len(self.skeleton)}, 3]\nflip_idx: {[int(k) for k in self.skeleton.flip]}\n"
            f"names:\n  0: person\nkpt_names:\n  0:\n{keypoints}",
        )

    @staticmethod
    def _line(person, size):
        scale = np.array(size[::-1], "float64")
        inside = (person[:, 2] > 0) & (person[:, :2] >= 0).all(axis=1) & (person[:, :2] <= scale).all(axis=1)
        if not inside.any():
            return ""
        x, y, width, height = _box(np.insert(person[:, :2], 2, inside, axis=1))
        low = np.clip([x, y], 0, scale)
        high = np.clip([x + width, y + height], 0, scale)
        numbers = [*(low + high) / 2 / scale, *(high - low) / scale]
        for point, is_inside in zip(person[:, :2] / scale, inside, strict=True):
            numbers += [*point, FOUND] if is_inside else [0, 0, 0]
        return " ".join(["0", *(f"{number:.7g}" for number in numbers)])


class LabelmeFiles(LabelFiles):
    """One JSON per photo, as labelme reads it: a point per keypoint and a rectangle per person, of one group.

    `imagePath` leads from there to the photo where it lies. The description of the rectangle is the score.
    """

    @staticmethod
    def names(photos):
        return [f"{name.as_posix()}.json" for name in photos]

    def add(self, path, name, size, people):
        (file,) = self.names([name])
        shapes = [
            shape for i, person in enumerate(np.asarray(people, "float64")) for shape in self._shapes(i + 1, person)
        ]
        document = {
            "version": "5.5.0",
            "flags": {},
            "shapes": shapes,
            "imagePath": pathlib.Path(os.path.relpath(path, (self.folder / file).parent)).as_posix(),
            "imageData": None,
            "imageHeight": size[0],
            "imageWidth": size[1],
        }
        self._write(file, json.dumps(document, indent=1) + "\n")

    def _shapes(self, group, person):
        x, y, width, height = _box(person)
        score = f"score {np.maximum(person[:, 2], 0).mean():.3f}"
        yield self._shape("person", group, "rectangle", [[x, y], [x + width, y + height]], score)
        for name, (*point, score) in zip(self.skeleton.keypoints, person, strict=True):
            if score > 0:
                yield self._shape(name, group, "point", [point], f"score {score:.3f}")

    def close(self):
        pass

    @staticmethod
    def _shape(label, group, kind, points, description):
        points = [[round(float(x), 2), round(float(y), 2)] for x, y in points]
        common = {"description": description, "shape_type": kind, "flags": {}, "mask": None}
        return {"label": label, "points": points, "group_id": group, **common}


FORMS = {"coco": CocoFiles, "yolo": YoloFiles, "labelme": LabelmeFiles}
"""By the name that `--save` takes."""


def _label(name):
    return f"labels/{name.with_suffix('.txt').as_posix()}"


def _box(person):
    """The box (x, y, width, height) around the keypoints found of `[K, 3]`, at least one pixel wide and high."""
    points = person[person[:, 2] > 0, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    return [*map(float, low), *map(float, np.maximum(high - low, 1))]


def _lines(entries):
    """A JSON list with one line per entry."""
    return "[\n" + ",\n".join(map(json.dumps, entries)) + "\n]\n" if entries else "[]\n"


def _rounded(values):
    return [round(float(value), 3) for value in np.ravel(values)]

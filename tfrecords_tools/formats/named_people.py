"""People whose keypoints are annotated by name, collected to a document in COCO's format."""

import dataclasses

from tfrecords_tools.errors import ConversionError


@dataclasses.dataclass
class NamedPeople:
    """Images and people of one split, for forms of annotations in which each keypoint comes with its name.

    Args:
        names: Of all keypoints, if the form lists them. Else they are those that are annotated, as they appear.
        limbs: Pairs of names that are drawn as lines.
        pairs: Pairs of names that change places when an image is mirrored, if the form says so.
    """

    names: list[str] = dataclasses.field(default_factory=list)
    limbs: list = dataclasses.field(default_factory=list)
    pairs: list | None = None

    def __post_init__(self):
        self._listed = bool(self.names)
        self._images, self._people, self._left_out = [], [], []

    def add_image(self, name: str, size=None, **more) -> int:
        """Adds an image, with its size (height, width) if the form states it. Returns its id."""
        height, width = size or (None, None)
        id = len(self._images) + 1
        self._images.append({"id": id, "file_name": name, "height": height, "width": width, **more})
        return id

    def add_person(self, image: int, points: dict, box=None, where: str = ""):
        """Adds a person to an image.

        Args:
            image: What `add_image` returned.
            points: `(x, y, v)` in pixels by the keypoint's name.
            box: x, y, width, height, if it is annotated.
            where: File and place, for error messages.
        """
        if self._listed and (unknown := [name for name in points if name not in self.names]):
            raise ConversionError(
                f"{where}: keypoints must be those of the skeleton. Received: {', '.join(unknown)}. "
                f"Known: {', '.join(self.names)}."
            )
        self.names += [name for name in points if name not in self.names]
        self._people.append((image, points, box, where))

    def leave_out(self, image: int, reason: str):
        """Notes something annotated in an image that is not read."""
        self._left_out.append((image, reason))

    def document(self) -> dict:
        """The document in COCO's format, see `coco_json`; `where` of an annotation is for error messages.

        Its category has `is_partial` if the keypoints are those that were annotated, perhaps not all.
        """
        order = {name: i + 1 for i, name in enumerate(self.names)}
        limbs = [[order[a], order[b]] for a, b in self.limbs if a in order and b in order]
        category = {"id": 1, "name": "own", "keypoints": self.names, "skeleton": limbs, "is_partial": not self._listed}
        category |= {} if self.pairs is None else {"pairs": [list(pair) for pair in self.pairs]}
        people = [
            {"id": i, "image_id": image, "category_id": 1, "bbox": box, "where": where,
             "keypoints": [float(value) for name in self.names for value in points.get(name, (0, 0, 0))]}
            for i, (image, points, box, where) in enumerate(self._people, start=1)
        ]  # fmt: skip
        categories = [category] if self.names else []
        return {"images": self._images, "annotations": people, "categories": categories, "left_out": self._left_out}

"""COCO keypoints, Lin et al., "Microsoft COCO", ECCV 2014: photos with several people."""

import functools
import pathlib

from tfpose import skeletons
from tfpose.commands.reading import one_line, short
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import coco_json
from tfrecords_tools.formats.coco_annotations import Annotations, is_person
from tfrecords_tools.writing.pose_builder import Option, PoseBuilder

PHASES = {"train": "train", "valid": "train", "test": "val"}  # the split's name in file names
_FOLDERS = ("{phase}{year}", "images/{phase}{year}", "images")


class Coco(PoseBuilder):
    """The official training images are `train`, the validation images `test`; `valid` are some of the former.

    Crowds and people without keypoints are ignored: masked in training, not counted in evaluation.
    """

    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "annotations/person_keypoints_train2017.json, and train2017 or images/train2017 with the images; "
        "the same of val2017."
    )
    SKELETON = skeletons.COCO
    SPLITS = ("train", "valid", "test")
    FRAMING = "person"
    OPTIONS = {
        "year": Option(2017, "Year in the names of files and folders."),
        "images_with_people": Option(True, "Leave out images in which nobody has a keypoint."),
        "valid_id": Option("", "A text file of ids, one per line: these training images become the split `valid`."),
    }

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._load = functools.lru_cache(maxsize=1)(
            _load
        )  # parsing the file of 2017 takes 10 s, and it is needed four times

    def annotations(self, root, split):
        phase, year = PHASES[split], self.options["year"]
        path = root / "annotations" / f"person_keypoints_{phase}{year}.json"
        if not path.exists():
            _check_root(root, year)
            return []
        images, by_image = self._load(path)
        chosen = self._chosen(path, images) if phase == "train" else set(images)
        picked = [images[id] for id in images if (id in chosen) == (split != "train")]
        if self.options["images_with_people"]:
            picked = [image for image in picked if any(is_person(entry) for _, entry in by_image.get(image["id"], ()))]
        return Annotations(path, picked, by_image, len(self.SKELETON), _folder(root, phase, year))

    def _chosen(self, path, images):
        """The ids of the training images that form the split `valid`."""
        if not self.options["valid_id"]:
            return set()
        ids = read_ids(self.options["valid_id"])
        if missing := [id for id in ids if id not in images]:
            raise ConversionError(
                f"`valid_id` must list images of {path.name}. Received: {len(missing)} of {len(ids)} that are not "
                f"there, such as {missing[0]}."
            )
        return set(ids)


def read_ids(path) -> list[int]:
    """Reads ids from a text file, one per line.

    Raises:
        ConversionError: If it is not there, or a line (named by its number) holds no whole number.
    """
    try:
        lines = pathlib.Path(path).read_text("utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise ConversionError(f"`valid_id` must be a text file. Received: {path}: {one_line(error)}.") from None
    for number, line in enumerate(lines, start=1):
        if line.strip() and not (line.strip().isdecimal() and len(line) < 30):
            raise ConversionError(
                f"`valid_id` must hold an id per line. Received: {short(line)} in line {number} of {path}."
            )
    return [int(line) for line in lines if line.strip()]


def _load(path):
    document = coco_json.load(path)
    by_image = coco_json.grouped(path, document, len(skeletons.COCO), category_id=1)
    return {image["id"]: image for image in document["images"]}, by_image


def _check_root(root, year):
    if not list((root / "annotations").glob(f"person_keypoints_*{year}.json")):
        raise ConversionError(
            f"`manual_dir` must hold annotations/person_keypoints_train{year}.json or …_val{year}.json. "
            f"Received: {root}. Other years: `--year`."
        )


def _folder(root, phase, year):
    folders = [folder.format(phase=phase, year=year) for folder in _FOLDERS]
    found = [folder for folder in folders if (root / folder).is_dir()]
    if not found:
        raise ConversionError(f"One of {', '.join(folders)} must be in {root}. Received: none of them.")
    return found[0]

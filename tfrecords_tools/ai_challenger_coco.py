"""Conversion between AI Challenger's format and COCO's.

`python -m tfrecords_tools.ai_challenger_coco to_coco|from_coco|submission …`

`--neckhead` maps the 14 keypoints to COCO's 17 as ai2coco_art_neckhead of an AI Challenger fork of pose-tensorflow
does: the neck is the nose, the head top is the left eye; right eye and ears are not annotated. Differences: there is a
category, which names the keypoints as they are (so that mirroring keeps the head top), file names end in .jpg,
`num_keypoints` includes the neck, and ids start at 1, since COCOeval takes the annotation id 0 for no match.
"""

import argparse
import json
import pathlib
import sys

import numpy as np

from tfpose.skeletons import AI_CHALLENGER, COCO
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import ai_challenger_json, ai_challenger_submission, coco_json
from tfrecords_tools.formats.coco_annotations import box
from tfrecords_tools.formats.keypoint_names import plain_names
from tfrecords_tools.formats.own_skeleton import category

NECKHEAD = ("neck", "head_top", "unused", "left_ear", "right_ear", *COCO.keypoints[5:])


def to_coco(entries: list[dict], image_dir=None, *, neckhead: bool = False) -> dict:
    """Converts annotations to COCO's format.

    Args:
        entries: What `ai_challenger_json.load` returns.
        image_dir: The folder of the images, to read their sizes. Default: no sizes are written.
        neckhead: Whether to write COCO's 17 keypoints instead of 14.

    Returns:
        The document. Each person has keypoints, the box, its area, and the box as the segmentation.
    """
    names = NECKHEAD if neckhead else AI_CHALLENGER.keypoints
    images = [_image(i, entry, image_dir) for i, entry in enumerate(entries, start=1)]
    annotations = []
    for image, entry in zip(images, entries, strict=True):
        everyone = ai_challenger_json.people(entry)
        for keypoints, (x, y, w, h) in zip(everyone["keypoints"], everyone["boxes"].tolist(), strict=True):
            annotations.append(
                {
                    "id": len(annotations) + 1, "image_id": image["id"], "category_id": 1, "iscrowd": 0,
                    "keypoints": _placed(keypoints, names), "num_keypoints": int((keypoints[:, 2] > 0).sum()),
                    "bbox": _whole([x, y, w, h]), "area": _whole([w * h])[0],
                    "segmentation": [_whole([x, y, x + w, y, x + w, y + h, x, y + h])],
                }
            )  # fmt: skip
    licenses = [{"id": 0, "name": "AI Challenger 2017, for research", "url": ""}]
    info = {"description": "AI Challenger human keypoints in COCO's form", "year": 2017}
    return {
        "info": info,
        "licenses": licenses,
        "images": images,
        "annotations": annotations,
        "categories": [_category(names)],
    }


def from_coco(document: dict, *, neckhead: bool = False) -> list[dict]:
    """Converts a document in COCO's format to AI Challenger's annotations; crowds are left out.

    Args:
        document: What `coco_json.load` returns. Keypoints that AI Challenger does not have, such as eyes, are left out;
            those that the document does not have are not labelled.
        neckhead: Whether the keypoints are those of `NECKHEAD`, whatever the categories say.
    """
    names, category_id = names_of(document, neckhead=neckhead)
    by_image = coco_json.grouped("The document", document, len(names), category_id)
    entries = []
    for image in document["images"]:
        people = [entry for _, entry in by_image.get(image["id"], ()) if not entry.get("iscrowd")]
        people = {f"human{i}": entry for i, entry in enumerate(people, start=1)}
        entries.append(
            {
                "url": image.get("coco_url") or image.get("flickr_url") or image.get("url") or "",
                "image_id": pathlib.PurePosixPath(image["file_name"]).stem,
                "human_annotations": {human: _corners(entry) for human, entry in people.items()},
                "keypoint_annotations": {human: _taken(entry, names) for human, entry in people.items()},
            }
        )
    return entries


def names_of(document: dict, *, neckhead: bool) -> tuple[list[str], int | None]:
    """The names of the keypoints of a document in COCO's format, and the id of their category."""
    entry = category("The document", document)
    if neckhead:
        return list(NECKHEAD), entry and entry.get("id")
    if entry is None:
        raise ConversionError("The `categories` must name `keypoints`, or `--neckhead` be given. Received: no names.")
    names = list(plain_names("The document", entry["keypoints"]).values())
    if not set(names) & set(AI_CHALLENGER.keypoints):
        raise ConversionError(
            f"Some keypoint must be AI Challenger's. Received: {', '.join(names)}. "
            f"Known: {', '.join(AI_CHALLENGER.keypoints)}."
        )
    return names, entry.get("id")


def main(arguments=None):
    """Runs the command on the arguments of a command line."""
    args = _parser().parse_args(arguments)
    try:
        written = _convert(args)
        with open(args.out, "w" if args.overwrite else "x", encoding="utf-8") as file:
            json.dump(written, file)
    except FileExistsError:
        sys.exit(f"error: {args.out} must not be there yet, or `--overwrite` be given.")
    except ConversionError as error:
        sys.exit(f"error: {'' if str(args.file) in str(error) else f'{args.file}: '}{error}")
    except OSError as error:
        sys.exit(f"error: {error}")
    print(f"Images: {len(written['images'] if isinstance(written, dict) else written)}. Written to {args.out}.")


def _convert(args):
    if args.direction == "to_coco":
        return to_coco(ai_challenger_json.load(args.file), args.image_dir, neckhead=args.neckhead)
    if args.direction == "from_coco":
        return from_coco(coco_json.load(args.file), neckhead=args.neckhead)
    document = args.images and coco_json.load(args.images)
    names = names_of(document, neckhead=args.neckhead)[0] if document else ()
    found = coco_json.load_json(args.file)
    return ai_challenger_submission.submission(found, document, names, min_score=args.min_score)


def _image(number, entry, image_dir):
    name, url = ai_challenger_json.file_name(entry), entry.get("url", "")
    image = {"id": number, "license": 0, "file_name": name, "coco_url": url, "flickr_url": url}
    return image | (_size(image_dir / name) if image_dir else {})


def _size(path):
    import tensorflow as tf

    try:
        height, width, _ = tf.io.extract_jpeg_shape(path.read_bytes()).numpy().tolist()
    except FileNotFoundError:
        raise ConversionError(f"`--image_dir` must hold {path.name}. Received: {path.parent}.") from None
    except tf.errors.InvalidArgumentError:
        raise ConversionError(f"{path} must be a JPEG.") from None
    return {"height": height, "width": width}


def _placed(keypoints, names):
    """Keypoints `[14, 3]` as a flat list of the named keypoints."""
    places = np.zeros((len(names), 3))
    places[[names.index(name) for name in AI_CHALLENGER.keypoints]] = keypoints
    return _whole(places.ravel())


def _taken(entry, names):
    places = np.reshape(entry.get("keypoints") or np.zeros(3 * len(names)), (-1, 3))
    found = dict(zip(names, places, strict=True))
    return ai_challenger_json.annotated([found.get(name, (0, 0, 0)) for name in AI_CHALLENGER.keypoints])


def _corners(entry):
    x, y, width, height = box(entry)
    return [round(number) for number in (x, y, x + width, y + height)]


def _whole(numbers):
    return [int(number) if number == int(number) else float(number) for number in numbers]


def _category(names):
    limbs = [[names.index(end) + 1 for end in limb] for limb in AI_CHALLENGER.limbs]
    return {"supercategory": "person", "id": 1, "name": "person", "keypoints": list(names), "skeleton": limbs}


def _parser():
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("file", metavar="FILE", type=pathlib.Path, help="the JSON file to read")
    shared.add_argument("out", metavar="OUT", type=pathlib.Path, help="the JSON file to write")
    shared.add_argument(
        "--neckhead", action="store_true", help="COCO's 17 keypoints, with neck and head top as nose and left eye"
    )
    shared.add_argument("--overwrite", action="store_true", help="replace the file that is there already")
    parser = argparse.ArgumentParser(prog="python -m tfrecords_tools.ai_challenger_coco", description=__doc__)
    directions = parser.add_subparsers(dest="direction", metavar="to_coco|from_coco|submission", required=True)
    there = directions.add_parser("to_coco", parents=[shared], description=to_coco.__doc__.splitlines()[0])
    there.add_argument(
        "--image_dir", metavar="DIR", type=pathlib.Path, help="folder of the images, to write their sizes"
    )
    directions.add_parser("from_coco", parents=[shared], description=from_coco.__doc__.splitlines()[0])
    back = directions.add_parser("submission", parents=[shared], description=ai_challenger_submission.__doc__)
    back.add_argument(
        "--images", metavar="FILE", type=pathlib.Path, help="images in COCO's format, if FILE holds COCO's results"
    )
    back.add_argument(
        "--min_score", metavar="S", type=float, default=0.0, help="least score of people that are written (default: 0)"
    )
    return parser


if __name__ == "__main__":
    main()

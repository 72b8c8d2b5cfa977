"""Flags of `tfpose predict`."""

import argparse

from tfpose import pictures
from tfpose.commands.arguments import ArgumentParser, positive

CROPS = ("frame", "person", "torso", "twice")  # Those of `prediction.cropping`, which imports TensorFlow.
SAVED = ("coco", "yolo", "labelme")  # Those of `prediction.label_files`.
MAX_GAP = 30  # As of `prediction.tracking`.
SMOOTHING = (1.0, 2.0)  # As of `prediction.smoothing`.


def parser() -> ArgumentParser:
    """Returns the parser of the command line."""
    parser = ArgumentParser(prog="tfpose predict", description="Finds the people in photos and videos.")
    add = parser.add_argument
    add("paths", nargs="+", metavar="PHOTO", help="photos, videos, or folders of them; 0: the first camera")
    add(
        "--model",
        help="run folder, .keras file, export, or a name of `tfpose models` (default: the newest run or export)",
    )
    add("--torso", type=_numbers, metavar="X,Y", help="middle of the torso in pixels, for networks with that input")
    text = "refuse larger images, before decoding them (default: %(default)s)"
    add("--max_pixels", type=int, default=pictures.MAX_PIXELS, help=text)
    _add_views(parser.add_argument_group("what the network is shown"))
    _add_scores(parser.add_argument_group("who is reported"))
    _add_files(parser.add_argument_group("files"))
    _add_videos(parser.add_argument_group("videos"))
    return parser


def _add_views(group):
    add = group.add_argument
    add(
        "--crop",
        choices=CROPS,
        help="what a single-person network is shown: the frame; with --boxes, the surroundings of each person or "
        "torso; twice: the frame, then the surroundings of the answer, for networks trained on crops (default: as in "
        "training, if there are --boxes; else frame, or twice for networks trained on crops)",
    )
    add("--boxes", metavar="FILE", help="boxes of a detector, JSON in COCO's form; one person is found in each")
    add("--min_box_score", type=float, default=0.0, help="leave out boxes with a lower score (default: %(default)s)")
    add(
        "--torso_prior",
        action="store_true",
        help="weight the maps by where keypoints lie around torso boxes in the training records; needs --boxes",
    )
    add("--scales", type=_numbers, default=(1.0,), help="views to average, such as 0.8,1.0,1.2; not for exports")
    add("--mirror", action="store_true", help="average every view with its mirror image; not for exports")
    add("--complete", action="store_true", help="search for missing keypoints by their tags; multi-person networks")


def _add_scores(group):
    group.add_argument(
        "--min_score",
        type=float,
        help="leave out people with a lower mean score (default: that of the model's calibration, else 0)",
    )
    text = "do not draw keypoints with a lower score (default: %(default)s)"
    group.add_argument("--min_keypoint_score", type=float, default=0.0, help=text)


def _add_files(group):
    add = group.add_argument
    add("--out", default="found", metavar="DIR", help="folder for the drawings (default: %(default)s)")
    add("--json", metavar="FILE", help="file for the people (default: people.json in --out)")
    add("--jsonl", metavar="FILE", help="also write the people as JSON lines, one per image or frame; -: to stdout")
    add("--csv", metavar="FILE", help="also write the people as CSV, one row per person and image or frame")
    add(
        "--save",
        type=_forms,
        default=(),
        metavar="FORM",
        help=f"also write the people of photos for annotation tools, into --out; of {', '.join(SAVED)}, comma between",
    )
    add("--no_drawing", action="store_true", help="write the people only")
    add("--overwrite", action="store_true", help="replace files that exist")


def _add_videos(group):
    add = group.add_argument
    add("--batch", type=positive, default=1, metavar="N", help="frames to run the network on at once; not for exports")
    add("--max_frames", type=positive, metavar="N", help="stop after so many frames of each video or camera")
    text = "frames that somebody may be missing and still keep their track_id (default: %(default)s)"
    add("--max_gap", type=_not_negative, default=MAX_GAP, metavar="N", help=text)
    add(
        "--smooth",
        nargs="?",
        type=_smoothing,
        const=SMOOTHING,
        metavar="CUTOFF,BETA",
        help="smooth tracked keypoints by a One-Euro filter: its cutoff frequency at rest in Hz, and how fast that "
        f"grows with the speed in sizes of the person per second ({','.join(map(str, SMOOTHING))} without a value)",
    )


def _numbers(text):
    return tuple(float(number) for number in text.split(","))


def _not_negative(text):
    if int(text) < 0:
        raise argparse.ArgumentTypeError("must be at least 0")
    return int(text)


def _smoothing(text):
    numbers = _numbers(text)
    if len(numbers) != 2 or not (numbers[0] > 0 and numbers[1] >= 0):
        raise argparse.ArgumentTypeError("must be a frequency above 0 and a growth of at least 0, such as 1,2")
    return numbers


def _forms(text):
    forms = tuple(text.split(","))
    if unknown := [form for form in forms if form not in SAVED]:
        raise argparse.ArgumentTypeError(f"must be known ones. Received: {unknown[0]}. Known: {', '.join(SAVED)}")
    return forms

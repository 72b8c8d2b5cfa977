"""Flags of `tfpose evaluate`. Imports no TensorFlow, so that `--help` answers at once."""

import argparse

from tfpose.arguments import ArgumentParser

METRICS = ("detection_rate", "pck", "pckh", "pcp", "box_pck", "heatmap_pck_14", "heatmap_pck_10")
"""Names of `tfpose.metrics.PROTOCOLS`."""

PEOPLE_METRICS = ("oks", "ai_challenger", "mpii_multi")
"""Names of `tfpose.metrics.PEOPLE_METRICS`."""

PAPER_SCALES = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4)
"""The eight views of joint-cnn-mrf: crops to 0.7 ... 1.0 of the frame, frames padded to 1.1 ... 1.4."""


def parser() -> ArgumentParser:
    """Reads the command line."""
    parser = ArgumentParser(prog="tfpose evaluate", description="Measures a trained model on records.")
    add = parser.add_argument
    add("--run", default="", help="folder of the run, or a .keras file in one (default: the newest run)")
    add("--data_dir", default="", help="folder of the records (default: what the run was trained on)")
    add("--split", default="test", help="which records, such as test or train[:10%%] (default: %(default)s)")
    known = f"{', '.join(METRICS)}; of several people {', '.join(PEOPLE_METRICS)}, coco"
    add("--metrics", nargs="+", metavar="NAME", help=f"{known} (default: in which such records are published)")
    add(
        "--reference",
        type=_names,
        help="two keypoints, comma between, whose distance is the torso (default: by data set)",
    )
    add("--torso", choices=("box", "truth"), help="where a network that must be told of the torso hears of it")
    add("--scales", type=_scales, default=(1.0,), help="views to average, such as 0.8,1.0,1.2; or: paper")
    add("--mirror", action="store_true", help="average every view with its mirror image")
    add("--limit", type=_positive, help="stop after so many images")
    add("--json", metavar="FILE", help="write all numbers and predictions as JSON")
    add("--mat", metavar="FILE", help="write the predictions for MATLAB")
    add("--coco", metavar="FILE", help="of several people: write them in COCO's form for results")
    add("--complete", action="store_true", help="of several people: look again for missing keypoints, by their tags")
    add("--maps", metavar="DIR", help="of several people: keep score maps there, and take them from there if they are")
    add("--masks", metavar="FILE", help="of several people: look inside the outlines of COCO annotations, part by part")
    add(
        "--curves", metavar="FILE.png", help="draw the curves of the first metric; those of FLIC next to published ones"
    )
    add("--overwrite", action="store_true", help="replace files that exist")
    return parser


def _names(text):
    return tuple(text.split(","))


def _scales(text):
    if text == "paper":
        return PAPER_SCALES
    return tuple(float(scale) for scale in text.split(","))


def _positive(text):
    if int(text) < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)

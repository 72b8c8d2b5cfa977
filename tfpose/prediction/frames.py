"""Command `tfpose frames`: samples frames of a video to be annotated, the most different ones first."""

import glob
import itertools
import pathlib

import numpy as np

from tfpose import pictures
from tfpose.commands import paths
from tfpose.commands.arguments import ArgumentParser, positive
from tfpose.prediction.video import Video

THUMBNAIL = (32, 18)  # Width and height in pixels: enough to tell scenes and poses apart, and blind to noise.


def main(argv=None) -> int:
    """Writes frames of a video as photos, and prints how many.

    Args:
        argv: Arguments; those of the command line by default.

    Returns:
        0, the exit status.

    Raises:
        ValueError: If there are frames of this video in the folder already; before anything is written.
        OSError: If no video can be read from the file.
    """
    args = parser().parse_args(argv)
    out, source = paths.local("--out", args.out), pathlib.Path(args.video)
    there = sorted(out.glob(f"{glob.escape(source.stem)}_*frame_[0-9]*.jpg"))
    if there and not args.overwrite:
        raise ValueError(f"Files are replaced with --overwrite only. Received: {there[0]}, which exists.")
    ranks = _ranks(source, args) if args.most_different else None
    written = 0
    for number, frame in _sampled(source, args):
        if ranks is None or number in ranks:
            out.mkdir(parents=True, exist_ok=True)
            rank = "" if ranks is None else f"{ranks[number]:03d}_"
            pictures.write_photo(out / f"{source.stem}_{rank}frame_{number:06d}.jpg", frame)
            written += 1
    if not written:
        raise OSError(f"{source}: No frame can be read from it")
    print(f"{source}: {written} frames in {out}")
    return 0


def parser() -> ArgumentParser:
    """Returns the parser of the command line."""
    parser = ArgumentParser(prog="tfpose frames", description="Samples frames of a video to be annotated.")
    add = parser.add_argument
    add("video", metavar="VIDEO", help="the video")
    add("--every", type=positive, default=1, metavar="N", help="take every so many frames (default: %(default)s)")
    text = "of these, write only so many: those least alike, which are numbered in this order"
    add("--most_different", type=positive, metavar="K", help=text)
    add("--out", default="frames", metavar="DIR", help="folder for the frames (default: %(default)s)")
    text = "refuse larger frames (default: %(default)s)"
    add("--max_pixels", type=int, default=pictures.MAX_PIXELS, help=text)
    add("--overwrite", action="store_true", help="replace files that exist")
    return parser


def most_different(thumbnails, count: int) -> list[int]:
    """Chooses images that are as different from each other as possible, by farthest-point sampling.

    The first is the image nearest to the mean of all, a typical one. Every further one is that whose distance to the
    nearest chosen one is largest, which is at most twice the largest distance of the best choice possible (Gonzalez
    1985, https://doi.org/10.1016/0304-3975(85)90224-5). Any first part of the result is such a choice, too.

    Args:
        thumbnails: `[N, D]`: values of each image, compared by their Euclidean distance.
        count: Number of images to choose; all, if there are fewer. Of equal images only one is chosen.

    Returns:
        Indices in the order in which they were chosen.
    """
    thumbnails = np.asarray(thumbnails, "float32")
    chosen = [int(np.linalg.norm(thumbnails - thumbnails.mean(axis=0), axis=1).argmin())]
    nearest = np.linalg.norm(thumbnails - thumbnails[chosen[0]], axis=1)
    while len(chosen) < count and nearest.max() > 0:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, np.linalg.norm(thumbnails - thumbnails[chosen[-1]], axis=1))
    return chosen


def _sampled(source, args):
    """Yields the number and image of every so many frames."""
    try:
        frames = Video(source, args.max_pixels)
    except OSError as error:
        raise OSError(f"{source}: {error}") from error
    for number, (_, frame) in itertools.islice(enumerate(frames), None, None, args.every):
        yield number, frame


def _ranks(source, args):
    """The chosen frames: number → place in the order of choice, from 1. Only thumbnails are held, not frames."""
    import cv2

    numbers, thumbnails = [], []
    for number, frame in _sampled(source, args):
        grey = cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_RGB2GRAY)
        numbers.append(number)
        thumbnails.append(cv2.resize(grey, THUMBNAIL, interpolation=cv2.INTER_AREA).ravel())
    if not numbers:
        return {}
    chosen = most_different(thumbnails, args.most_different)
    return {numbers[i]: rank for rank, i in enumerate(chosen, start=1)}

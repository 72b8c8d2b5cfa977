"""Counts how many images of the built-in data set one core draws and encodes in a second.

    taskset -c 0 python benchmarks/figures.py [--images=300] [--height=192] [--width=288]

`per core` counts the seconds that the core spent on it, `elapsed` those that went by: on an idle machine they agree.
"""

import argparse
import time

import cv2

from tfrecords_tools.datasets.figures import Drawings, Figures

CASES = [("flic", 1), ("lsp", 1), ("coco", 1), ("coco", 4)]


def main():
    """Prints the table."""
    flags = _parse()
    cv2.setNumThreads(1)
    print(f"images per second, {flags.height} x {flags.width}, drawn and encoded as JPEG")
    print(f"{'skeleton':10}{'people':>8}{'per core':>12}{'elapsed':>12}{'kB each':>12}")
    for skeleton, people in CASES:
        per_core, elapsed, size = measure(skeleton, people, flags)
        print(f"{skeleton:10}{people:>8}{per_core:>12.0f}{elapsed:>12.0f}{size / 1000:>12.1f}")


def measure(skeleton, people, flags) -> tuple[float, float, float]:
    """Images per second of the core and of the clock, and the mean size of an image in bytes."""
    options = {name: default for name, (default, _) in Figures.OPTIONS.items()}
    options |= {"skeleton": skeleton, "people": people, "height": flags.height, "width": flags.width}
    drawings = Drawings(split="train", num_images=flags.images, options=options)
    drawings[0]  # the first one fills caches
    busy, clock = time.process_time(), time.perf_counter()
    sizes = [len(drawing["image"]) for drawing in drawings]
    busy, clock = time.process_time() - busy, time.perf_counter() - clock
    return len(sizes) / busy, len(sizes) / clock, sum(sizes) / len(sizes)


def _parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", metavar="N", type=int, default=300, help="images per row (default: 300)")
    parser.add_argument("--height", metavar="PIXELS", type=int, default=192, help="of an image (default: 192)")
    parser.add_argument("--width", metavar="PIXELS", type=int, default=288, help="of an image (default: 288)")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""Draws the people that a run finds in images of its data set, in a grid: the pictures of README and docs.

python examples/contact_sheet.py docs/figures.png
python examples/contact_sheet.py docs/people.jpg --run=models_ex/RUN --complete --mirror
"""

import argparse
import pathlib

import cv2

from tfpose import Predictor, visualize
from tfpose.commands import runs
from tfpose.data import records


def main(argv=None):
    """Writes the picture as the flags say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", help="image file to write, such as docs/figures.png")
    parser.add_argument("--run", help="folder of the run (default: the newest)")
    parser.add_argument("--split", default="test", help="split of the records (default: %(default)s)")
    parser.add_argument("--columns", type=int, default=4, help="images in a row (default: %(default)s)")
    parser.add_argument("--rows", type=int, default=3, help="rows of images (default: %(default)s)")
    parser.add_argument("--mirror", action="store_true", help="average the maps of the image and its mirror image")
    parser.add_argument(
        "--complete", action="store_true", help="associative embedding: look again for missing keypoints"
    )
    args = parser.parse_args(argv)
    run = args.run or runs.newest()
    predictor = Predictor.load(run, mirror=args.mirror, complete=args.complete)
    examples = records.load(runs.read_config(run)["data_dir"], args.split)
    images = [records.decode(e["image"]).numpy() for e in examples.dataset().take(args.rows * args.columns)]
    drawn = [visualize.draw_people(image, predictor(image), predictor.skeleton) for image in images]
    sheet = visualize.grid(drawn, args.columns)
    pathlib.Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(args.out, cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    print(f"Wrote {args.out}")


if __name__ == "__main__":
    main()

"""Counts how often an export's greedy grouping puts keypoints where the Hungarian method does, on a trained network.

python benchmarks/greedy_grouping.py [--run=models_ex/RUN] [--data_dir=data/coco] [--split=test]
"""

import argparse
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf

from tfpose.commands import runs
from tfpose.data import records
from tfpose.evaluation.multi_person import evaluate_people
from tfpose.prediction.loading import load_model
from tfpose.prediction.multi_person import MultiPersonPredictor, place

NUMBERS = ("AP", "AP50", "AR")


def main():
    """Prints the table."""
    flags = _parse()
    folder = pathlib.Path(flags.run) if flags.run else runs.newest()
    model = load_model(folder)
    if "tags" not in model.output:
        raise SystemExit(f"The run must tag keypoints. Received: {folder}.")
    data = records.load(flags.data_dir or runs.read_config(folder)["data_dir"], flags.split)
    predictor = MultiPersonPredictor(model)
    hungarian = evaluate_people(predictor, data)
    same, count = [], []

    def find(image, _):
        candidates, to_image, _ = predictor.candidates(image)
        people = model.codec.people(tf.constant(candidates[None]))[0].numpy()
        expected = model.codec.group(candidates)
        same.append(shared(expected, people))
        count.append((expected[..., 2] > 0).sum())
        return place(people[(people[..., 2] > 0).any(axis=1)], to_image).numpy()

    greedy = evaluate_people(predictor, data, find=find)
    print(f"{folder.name}, {greedy['images']} images of {data.split}, {greedy['people']} people")
    print(f"{np.sum(same) / np.sum(count):.1%} of {np.sum(count):,} keypoints come to the same people")
    print(f"{'grouping':12}" + "".join(f"{name:>8}" for name in NUMBERS))
    for name, measured in (("Hungarian", hungarian), ("greedy", greedy)):
        print(f"{name:12}" + "".join(f"{100 * measured['results']['oks'][number]:>8.1f}" for number in NUMBERS))


def shared(expected, people):
    """How many keypoints of people `[N, K, 3]` have the people `[M, K, 3]` too who share most with each of them."""
    if not len(expected):
        return 0
    there = (expected[:, None, :, 2] > 0) & (people[None, :, :, 2] > 0)
    return (there & (expected[:, None, :, :2] == people[None, :, :, :2]).all(axis=-1)).sum(axis=2).max(axis=1).sum()


def _parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", default="", help="folder of the run (default: the newest)")
    parser.add_argument("--data_dir", default="", help="folder of the records (default: what it was trained on)")
    parser.add_argument("--split", default="test", help="of the records (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""Detection rates of a trained network of one person under every way of decoding, from one pass of the network.

    python -m benchmarks.decoding models_ex/flic
    python -m benchmarks.decoding models_ex/flic --split=test --radii 5 10 20

By default the run's validation split is decoded: decoding is chosen there, and not on the test split.
"""

import argparse

import numpy as np

from tfpose.codecs.peaks import REFINEMENTS
from tfpose.commands import runs
from tfpose.data import records
from tfpose.data.single_person import single_person
from tfpose.evaluation.rates import count
from tfpose.metrics import DETECTION_RATE, Pairs
from tfpose.prediction.loading import load_model

BATCH = 16


def main():
    """Prints the rates of every output and refinement; `*` marks the one that the run decodes by."""
    args = _arguments()
    config = runs.read_config(args.run)
    model = load_model(args.run)
    data = records.load(args.data_dir or config["data_dir"], args.split or config["val_split"], model.skeleton)
    true, found = decoded(model, single_person(data, model.codec.image_size, BATCH, crop=config.get("crop", "")))
    print(f"{data.split}: {len(true)} people, in per cent of their keypoints within r hundredths of the torso")
    for output, by_refinement in found.items():
        for refinement, points in by_refinement.items():
            mark = "*" if refinement == model.codec.refinement else " "
            print(f"{output:14} {mark}{refinement:17}", *_rates(model.skeleton, true, points, args.radii), sep="  ")


def decoded(model, batches):
    """Annotated keypoints `[N, K, 3]`, and those found by output and refinement, in input pixels."""
    config = model.codec.get_config()
    codecs = {name: type(model.codec).from_config({**config, "refinement": name}) for name in REFINEMENTS}
    true, found = [], {output: {name: [] for name in codecs} for output in model.codec.outputs}
    for images, people in batches:
        true.append(people["keypoints"][:, 0])
        outputs = model(model.network_inputs(images, people), training=False)
        for output, by_refinement in found.items():
            for name, codec in codecs.items():
                by_refinement[name].append(codec.peaks(codec.maps(outputs, output))[:, :, 0])
    joined = {output: {name: np.concatenate(each) for name, each in by.items()} for output, by in found.items()}
    return np.concatenate(true), joined


def _rates(skeleton, true, found, radii):
    curves = count(DETECTION_RATE, Pairs(skeleton, true, found))["keypoints"]
    parts = [name for name in curves if not name.startswith(("left_", "right_"))]
    for part in parts:
        yield f"{part} " + "/".join(f"{curves[part][DETECTION_RATE.thresholds.index(r)]:.1f}" for r in radii)


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="folder of the run, with best.keras and config.json")
    parser.add_argument("--data_dir", help="folder of the records; by default the run's")
    parser.add_argument("--split", help="what to decode; by default the run's validation split")
    parser.add_argument("--radii", type=int, nargs="+", default=[5, 10, 20], choices=DETECTION_RATE.thresholds)
    return parser.parse_args()


if __name__ == "__main__":
    main()

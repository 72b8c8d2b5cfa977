"""Command `tfpose pairwise`: fits the probability that two detections of a trained DeeperCut are of one person."""

import itertools
import pathlib

import numpy as np

from tfpose.commands import runs
from tfpose.commands.arguments import ArgumentParser


def main(argv=None):
    """Fits or reads the logistic models of a run, saves them with the run, and plots the offsets between keypoints.

    Raises:
        ValueError: If the run is not a DeeperCut for several people.
    """
    args = _parser().parse_args(argv)
    from tfpose.codecs.grouping.matlab_pairwise import read_models  # Only now: imports TensorFlow.
    from tfpose.prediction.loading import load_model
    from tfpose.training.callbacks.checkpoints import read_note, save_model

    folder = pathlib.Path(args.run) if args.run else runs.newest(holding="best.keras")
    model = load_model(folder)
    if not (getattr(model.codec, "terms", None) and model.codec.several):
        raise ValueError(
            f"The run must be a deepercut for several people. Received: {folder}, a {type(model).__name__}."
        )
    if args.models_dir:
        model.codec.terms = read_models(args.models_dir, model.codec.terms)
    else:
        _fit(model, folder, args)
    model.codec.terms.save(folder / "pairwise.npz")
    best = folder / "best.keras"
    save_model(model, best, **read_note(best))
    print(f"Saved in {folder}/best.keras, and as arrays in {folder}/pairwise.npz")


def _fit(model, folder, args):
    """Fits the models to training images. Means and deviations stay those the network was trained with."""
    from tfpose.data import records
    from tfpose.data.multi_person import several_people
    from tfpose.training.pairwise.fitting import fit_models
    from tfpose.training.pairwise.plots import draw_offsets

    config = runs.read_config(folder)
    data = records.load(args.data_dir or config["data_dir"], args.split)
    batches = several_people(
        data, model.codec.image_size, args.batch_size, max_people=args.max_people, stride=model.codec.stride,
        only_with_people=True,
    )  # fmt: skip
    people = []

    def collected():
        for images, everyone in itertools.islice(batches, -(-args.images // args.batch_size)):
            people.append(np.reshape(everyone["keypoints"], (-1, len(model.skeleton), 3)))
            yield images, everyone

    report = fit_models(model, collected(), regularization=args.regularization)
    names = model.skeleton.keypoints
    print(f"\n{'pair':34}{'examples':>10}{'accuracy':>9}")
    for row in report:
        print(f"{' - '.join(names[i] for i in row['pair']):34}{row['examples']:10}{row['accuracy']:8.1f}%")
    draw_offsets(np.concatenate(people), model.codec.terms, names).savefig(folder / "pairwise.png", dpi=80)
    print(f"The offsets are drawn in {folder}/pairwise.png")


def _parser():
    parser = ArgumentParser(
        prog="tfpose pairwise", description="Fits the pairwise terms of a trained DeeperCut model to training records."
    )
    add = parser.add_argument
    add("--run", default="", help="folder of the run (default: the newest)")
    add("--data_dir", default="", help="folder of the records (default: what the run was trained on)")
    add("--split", default="train", help="split of the records (default: %(default)s)")
    add("--images", type=int, default=4000, help="maximum number of images (default: %(default)s)")
    add("--batch_size", type=int, default=8, help="images per batch (default: %(default)s)")
    add(
        "--max_people",
        type=int,
        default=30,
        help="maximum number of people per image; the largest are kept (default: %(default)s)",
    )
    add(
        "--regularization",
        type=float,
        default=1e-3,
        help="C of the logistic regression, as in LIBLINEAR (default: %(default)s)",
    )
    add(
        "--models_dir",
        metavar="DIR",
        help="fit nothing; read the models of the reference, spatial_model_cidx_*.mat, from this folder",
    )
    return parser

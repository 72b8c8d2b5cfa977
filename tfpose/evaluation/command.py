"""`python evaluate.py`: from flags to a table and files."""

import argparse
import pathlib

import keras

from tfpose import models, runs
from tfpose.data import mixture, records
from tfpose.evaluation import measurement, published, report
from tfpose.evaluation.curves import draw_curves
from tfpose.metrics import PEOPLE_METRICS, PROTOCOLS
from tfpose.prediction import Predictor, predictor_of

PAPER_SCALES = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4)
"""The eight views of joint-cnn-mrf: crops to 0.7 ... 1.0 of the frame, frames padded to 1.1 ... 1.4."""

SINGLE = ("reference", "torso", "mat", "curves")
"""Flags for networks that find one person."""


def main(argv=None):
    """Evaluates what the flags say, prints a table and writes the files asked for.

    Raises:
        ValueError: If the flags do not go together; before anything is computed.
    """
    args = _parser().parse_args(argv)
    _check_files(args)
    weights = _weights(args.run)
    data = records.load(_one(args.data_dir or runs.read_config(weights.parent)["data_dir"]), args.split)
    model = keras.saving.load_model(weights, compile=False)
    result, text = (_several if model.codec.several else _single)(model, data, args)
    result["weights"] = {"file": str(weights), "sha256": measurement.digest(weights)}
    result["protocol"] |= {"scales": args.scales, "mirror": args.mirror}
    print(f"\n{text}")
    _write(result, args)


def _single(model, data, args):
    """Measures a network that finds one person. Returns the result, and the same to read."""
    if args.coco:
        raise ValueError(f"`--coco` is for networks that find several people. Received: {model.name}.")
    result = measurement.evaluate(
        Predictor(model, scales=args.scales, mirror=args.mirror),
        data,
        outputs=_outputs(model),
        reference=args.reference,
        torso=_torso(model, args.torso),
        metrics=args.metrics,
        limit=args.limit,
    )
    texts = []
    for metric in next(iter(result["results"].values())):
        known = published.COLUMNS.get((result["data_set"]["converter"], metric), ())
        texts += [report.table(result, metric), report.columns(result, metric, known)]
    return result, "\n\n".join(filter(None, [*texts, report.summary(result)]))


def _several(model, data, args):
    """Measures a network that finds everyone of an image. Returns the result, and the same to read."""
    from tfpose.evaluation import people, people_report

    if given := [f"--{name}" for name in SINGLE if getattr(args, name)]:
        raise ValueError(f"Networks that find several people take no such flag. Received: {', '.join(given)}.")
    chosen = {"metrics": args.metrics} if args.metrics else {}
    predictor = predictor_of(model, scales=args.scales, mirror=args.mirror)
    result = people.evaluate_people(predictor, data, limit=args.limit, **chosen)
    if args.coco:
        people_report.write_results(result, args.coco)
    tables = [people_report.table(result, metric) for metric in result["results"]]
    return result, "\n\n".join([*tables, people_report.summary(result)])


def _parser():
    parser = argparse.ArgumentParser(description="Measures a trained model.")
    add = parser.add_argument
    add("--run", default="", help="folder of the run, or a .keras file in one (default: the newest run)")
    add("--data_dir", default="", help="folder of the records (default: what the run was trained on)")
    add("--split", default="test", help="which records, such as test or train[:10%%] (default: %(default)s)")
    known = f"{', '.join(PROTOCOLS)}; of several people {', '.join(PEOPLE_METRICS)}, coco"
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
    add(
        "--curves", metavar="FILE.png", help="draw the curves of the first metric; those of FLIC next to published ones"
    )
    add("--overwrite", action="store_true", help="replace files that exist")
    return parser


def _check_files(args):
    for path in _files(args):
        if path.exists() and not args.overwrite:
            raise ValueError(f"Files are replaced with --overwrite only. Received: {path}, which exists.")
        if not path.parent.is_dir():
            raise ValueError(f"Files must go into a folder that exists. Received: {path}.")


def _files(args):
    return [pathlib.Path(path) for path in (args.json, args.mat, args.curves, args.coco) if path]


def _one(data_dir):
    """The folder, if it is one: each data set has a protocol of its own."""
    folders = [folder for folder, _ in mixture.weighted(str(data_dir))]
    if len(folders) > 1 and not pathlib.Path(data_dir).is_dir():
        raise ValueError(
            f"`--data_dir` must be one data set, evaluated alone. Received: {data_dir}. Known: {', '.join(folders)}."
        )
    return data_dir


def _weights(run):
    """The best weights of a run."""
    path = pathlib.Path(run) if run else runs.newest()
    weights = path / "best.keras" if path.is_dir() else path
    if not weights.is_file():
        raise ValueError(f"`--run` must be a run with a best.keras, or a .keras file. Received: {path}.")
    return weights


def _outputs(model):
    """What of the model is measured, by label: the stages of the part detector by their names, others by their own."""
    if "part_heatmaps" in model.output:
        return {"detector": "part_heatmaps", "spatial model": "heatmaps"}
    if isinstance(model, models.PartDetector):
        return {"detector": "heatmaps"}
    names = {chosen: name for name, chosen in models.MODELS.items()}
    return {names.get(type(model), model.name).replace("_", " "): "heatmaps"}


def _torso(model, asked):
    """Where the network hears of the torso: as in training, unless it can be told another point."""
    trained = getattr(model, "torso", "none")
    if asked and trained not in ("box", "truth"):
        raise ValueError(
            f"`--torso` is for models that are told of the torso. Received: {asked}; the model: {trained}."
        )
    return asked or trained


def _write(result, args):
    if args.json:
        report.write_json(result, args.json)
    if args.mat:
        report.write_mat(result, args.mat)
    if args.curves:
        metric = next(iter(next(iter(result["results"].values()))))
        known = published.FLIC if (result["data_set"]["converter"], metric) == ("flic", "detection_rate") else ()
        draw_curves(result, known, metric).savefig(args.curves, dpi=120)
    for path in _files(args):
        print(f"Written: {path}")


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

"""Command `tfpose evaluate`: measures a trained model on records, prints tables and writes files."""

import argparse
import pathlib

from tfpose.commands import paths, runs
from tfpose.commands.arguments import ArgumentParser, positive
from tfpose.commands.pages import html
from tfpose.pretrained.files import weights_file
from tfpose.skeletons import SKELETONS

METRICS = ("detection_rate", "pck", "pckh", "pcp", "box_pck", "heatmap_pck_14", "heatmap_pck_10")
"""Names of `metrics.PROTOCOLS`, which is not imported here so that `--help` does without TensorFlow."""

PEOPLE_METRICS = ("oks", "ai_challenger", "mpii_multi", "coco")  # Keys of `multi_person.METRICS`.
CROPS = ("frame", "person", "torso", "twice")  # `prediction.cropping.CHOICES`.
PAPER_SCALES = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4)
"""The eight views of joint-cnn-mrf: crops to 0.7 … 1.0 of the frame, frames padded to 1.1 … 1.4."""


def main(argv=None):
    """Evaluates a run, prints tables and writes the files asked for.

    Args:
        argv: Arguments; those of the command line by default.

    Raises:
        ValueError: If the flags do not go together; before anything is computed.
    """
    args = parser().parse_args(argv)
    _check_files(args)
    weights = weights_file(args.run or runs.newest(holding="best.keras"))
    compared = weights_file(args.compare) if args.compare else None
    from tfpose.data import records

    _check_calibration(args, weights)
    split = args.split or (runs.read_config(weights.parent)["val_split"] if args.calibrate else "test")
    data = records.load(_one(args.data_dir or runs.read_config(weights.parent)["data_dir"]), split, args.skeleton)
    evaluations = [_evaluation(weights, args)]
    if compared:
        # The files asked for, but for the page, are those of the first run.
        alone = argparse.Namespace(**{**vars(args), "coco": None, "maps": None})
        evaluations.append(_evaluation(compared, alone))
        if type(evaluations[0]) is not type(evaluations[1]):
            raise ValueError("`--compare` must be a run that finds as many people, one or several. Received: another.")
    results = [_measure(evaluation, data) for evaluation in evaluations]
    _write(results[0], args)
    if args.calibrate or args.reliability:
        _write_reliability(results[0], data.skeleton, evaluations[0].model.skeleton, weights, args)
    if args.report:
        from tfpose.evaluation.page import page

        target = html.target("--report", args.report, overwrite=args.overwrite)
        page.write(target, results, data)
        print(f"Written: {target}")


def _evaluation(weights, args):
    """The evaluation of a model, which refuses flags for other models."""
    from tfpose.evaluation import evaluate
    from tfpose.prediction.loading import load_model

    model = load_model(weights, args.image_size)
    return evaluate.EVALUATIONS[model.codec.several](model, weights, args)


def _measure(evaluation, data):
    """The result of an evaluation, with its weights and views; its tables are printed."""
    from tfpose.data.integrity import naming_damage

    args, weights = evaluation.args, evaluation.weights
    with naming_damage(data):
        result = evaluation.evaluate(data)
    result["weights"] = {"file": str(weights), "sha256": runs.digest(weights)}
    result["protocol"] |= {"scales": args.scales, "mirror": args.mirror, "image_size": args.image_size}
    print(f"\n{weights}\n{evaluation.text(result)}" if args.compare else f"\n{evaluation.text(result)}")
    return result


def parser() -> ArgumentParser:
    """Returns the parser of the command line."""
    parser = ArgumentParser(prog="tfpose evaluate", description="Measures a trained model on records.")
    add = parser.add_argument
    add("--run", default="", help="run folder, .keras file, or a model of `tfpose models` (default: the newest run)")
    add("--data_dir", default="", help="folder of the records (default: those of the training)")
    text = "which records, such as test or train[:10%%] (default: test; to calibrate, those the run was validated on)"
    add("--split", default="", help=text)
    text = "measure these keypoints only, such as lsp on records of mpii (default: all that the records annotate)"
    add("--skeleton", choices=sorted(SKELETONS), default="", help=text)
    known = f"{', '.join(METRICS)}; for multi-person networks {', '.join(PEOPLE_METRICS)}"
    add("--metrics", nargs="+", metavar="NAME", help=f"{known} (default: the usual one for such records)")
    text = "size of the network's input, in pixels (default: that of training)"
    add("--image_size", type=int, nargs=2, metavar=("HEIGHT", "WIDTH"), help=text)
    add("--limit", type=positive, help="stop after so many images")
    add("--scales", type=_scales, default=(1.0,), help="views to average, such as 0.8,1.0,1.2; or: paper")
    add("--mirror", action="store_true", help="average every view with its mirror image")
    _add_single_person(parser.add_argument_group("single-person networks"))
    _add_multi_person(parser.add_argument_group("multi-person networks"))
    files = parser.add_argument_group("files")
    files.add_argument("--json", metavar="FILE", help="write all numbers and predictions as JSON")
    files.add_argument("--mat", metavar="FILE", help="write the predictions for MATLAB; single-person networks")
    files.add_argument("--coco", metavar="FILE", help="write the people as COCO results; multi-person networks")
    text = "fit probabilities to the scores, on people held out from training, and write calibration.json and "
    text += "reliability.png beside the model; single-person networks"
    files.add_argument("--calibrate", action="store_true", help=text)
    text = "plot how often keypoints of each score are right; single-person networks"
    files.add_argument("--reliability", metavar="FILE.png", help=text)
    text = "plot the curves of the first metric, for FLIC next to published ones; single-person networks"
    files.add_argument("--curves", metavar="FILE.png", help=text)
    files.add_argument("--report", metavar="DIR", help="write a page with tables, curves, errors and the worst people")
    files.add_argument("--compare", metavar="RUN", help="a second run, to show both side by side; with --report")
    files.add_argument("--overwrite", action="store_true", help="replace files that exist")
    return parser


def _add_single_person(group):
    group.add_argument(
        "--crop",
        choices=CROPS,
        default="",
        help="what the network is shown: the frame, the surroundings of the person or torso box; twice: the frame, "
        "then the surroundings of the answer (default: as in training)",
    )
    group.add_argument(
        "--torso", choices=("box", "truth"), help="source of the torso position, for networks that take it"
    )
    group.add_argument(
        "--torso_prior",
        action="store_true",
        help="weight the maps by where keypoints lie around torso boxes in the training records",
    )
    group.add_argument(
        "--reference",
        type=_names,
        help="two keypoints, comma between, whose distance is the torso length (default: by data set)",
    )


def _add_multi_person(group):
    add = group.add_argument
    add("--complete", action="store_true", help="search for missing keypoints by their tags")
    add("--maps", metavar="DIR", help="save score maps there, and use those that are there already")
    add("--masks", metavar="FILE", help="find keypoints inside the masks of COCO annotations, without grouping")


def _names(text):
    return tuple(text.split(","))


def _scales(text):
    if text == "paper":
        return PAPER_SCALES
    return tuple(float(scale) for scale in text.split(","))


def _check_files(args):
    paths.local("--maps", args.maps or "")
    if args.compare and not args.report:
        raise ValueError(f"`--compare` needs --report, the page that shows both runs. Received: {args.compare} alone.")
    if args.report:
        html.target("--report", args.report, overwrite=args.overwrite)
    for path in _files(args):
        if path.exists() and not args.overwrite:
            raise ValueError(f"Files are replaced with --overwrite only. Received: {path}, which exists.")
        if not path.parent.is_dir():
            raise ValueError(f"Files must go into a folder that exists. Received: {path}.")


def _files(args):
    return [pathlib.Path(path) for path in (args.json, args.mat, args.curves, args.coco, args.reliability) if path]


def _one(data_dir):
    """The folder without its training weight, if it is a single one: each data set has a protocol of its own."""
    if pathlib.Path(data_dir).is_dir():
        return data_dir
    from tfpose.data import mixture

    folders = [folder for folder, _ in mixture.weighted(str(data_dir))]
    if len(folders) > 1:
        raise ValueError(
            f"`--data_dir` must be one data set, evaluated alone. Received: {data_dir}. Known: {', '.join(folders)}."
        )
    return folders[0]


def _write(result, args):
    from tfpose.evaluation import published, report
    from tfpose.evaluation.curves import draw_curves

    if args.json:
        report.write_json(result, args.json)
    if args.mat:
        report.write_mat(result, args.mat)
    if args.curves:
        metric = next(iter(next(iter(result["results"].values()))))
        known = published.FLIC if (result["data_set"]["converter"], metric) == ("flic", "detection_rate") else ()
        draw_curves(result, known, metric).savefig(args.curves, dpi=120)
    for path in _files(args):
        if str(path) != args.reliability:
            print(f"Written: {path}")


def _check_calibration(args, weights):
    """Refuses data that the network has learnt by heart, or that it shall be measured on."""
    if not args.calibrate:
        return
    for name in ("calibration.json", "reliability.png"):
        if (path := weights.with_name(name)).exists() and not args.overwrite:
            raise ValueError(f"Files are replaced with --overwrite only. Received: {path}, which exists.")
    config = runs.read_config(weights.parent)
    split = args.split or config.get("val_split", "")
    trained = (args.data_dir or config["data_dir"]) == config["data_dir"] and split == config.get(
        "train_split", "train"
    )
    if not split or trained or split.startswith("test"):
        raise ValueError(
            "`--calibrate` needs people held out from training, and not those of the test, such as "
            f"--split=train[95%:] after training on train[:95%]. Received: {split or 'none'}."
        )


def _write_reliability(result, skeleton, known, weights, args):
    """Writes the calibration and curves; `known` is the skeleton of the model."""
    from tfpose.evaluation import reliability
    from tfpose.prediction import calibration

    scores, hits, counted, meaning = reliability.judged(result, skeleton)
    if args.calibrate:
        fitted, honest = reliability.calibrate(result, skeleton, weights, known.keypoints)
        fitted.write(weights.parent)
        curves = {"raw": scores, "calibrated, cross-validated": honest}
    else:
        curves, fitted = {"raw": scores}, calibration.beside(weights)
        if fitted:
            known = fitted.of(skeleton.keypoints)
            curves["calibrated"] = calibration.probabilities(scores, known.slopes, known.intercepts)
    title = f"{weights.parent.name} on {result['data_set']['converter']} {result['split']}\nright: {meaning}"
    figure = reliability.draw(curves, hits, counted, title)
    for path in (weights.with_name("reliability.png") if args.calibrate else None, args.reliability):
        if path:
            figure.savefig(path, dpi=120)
            print(f"Written: {path}")
    for label, values in curves.items():
        print(f"Mean difference between score and rate, {label}: {reliability.error(values, hits, counted):.3f}")
    if args.calibrate:
        print(f"Written: {weights.with_name('calibration.json')}; people below {fitted.min_score:g} are not reported.")

"""Command `tfpose evaluate`: measures a trained model, prints a table and writes the files asked for."""

import pathlib

import keras

from tfpose import models, paths, runs
from tfpose.data import mixture, records
from tfpose.evaluation import measurement, published, report
from tfpose.evaluation.curves import draw_curves
from tfpose.evaluation.flags import parser
from tfpose.evaluation.outlines import Outlines
from tfpose.evaluation.score_maps import ScoreMaps
from tfpose.prediction.loading import predictor_of
from tfpose.prediction.masked import MaskedPredictor
from tfpose.prediction.single_person import SinglePersonPredictor

SINGLE = ("reference", "torso", "mat", "curves")
"""Flags for networks that find one person."""

SEVERAL = ("coco", "complete", "maps", "masks")
"""Flags for networks that find several people."""


def main(argv=None):
    """Runs the command with the arguments of a command line, as `run` does."""
    run(parser().parse_args(argv))


def run(args):
    """Evaluates as the flags say, prints a table and writes the files asked for.

    Args:
        args: Namespace that `flags.parser` returned.

    Raises:
        ValueError: If the flags do not go together; before anything is computed.
    """
    _check_files(args)
    weights = runs.weights_file(args.run or runs.newest(holding="best.keras"))
    data = records.load(_one(args.data_dir or runs.read_config(weights.parent)["data_dir"]), args.split)
    model = keras.saving.load_model(weights, compile=False)
    result, text = (_several if model.codec.several else _single)(model, data, args)
    result["weights"] = {"file": str(weights), "sha256": measurement.digest(weights)}
    result["protocol"] |= {"scales": args.scales, "mirror": args.mirror}
    print(f"\n{text}")
    _write(result, args)


def _single(model, data, args):
    """Measures a network that finds one person. Returns the result, and the same to read."""
    if given := [f"--{name}" for name in SEVERAL if getattr(args, name)]:
        raise ValueError(f"{', '.join(given)} is for networks that find several people. Received: {model.name}.")
    result = measurement.evaluate(
        SinglePersonPredictor(model, scales=args.scales, mirror=args.mirror),
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
    from tfpose.evaluation import multi_person, people_report

    if given := [f"--{name}" for name in SINGLE if getattr(args, name)]:
        raise ValueError(f"Networks that find several people take no such flag. Received: {', '.join(given)}.")
    chosen = {"metrics": args.metrics} if args.metrics else {}
    predictor, find = _finders(model, data, args)
    result = multi_person.evaluate_people(predictor, data, limit=args.limit, find=find, **chosen)
    result["protocol"] |= {"complete": args.complete, "masks": args.masks}
    if args.coco:
        people_report.write_results(result, args.coco)
    tables = [people_report.table(result, metric) for metric in result["results"]]
    return result, "\n\n".join([*tables, people_report.summary(result)])


def _finders(model, data, args):
    """A predictor, and what finds the people of an image and its record, unless that is the predictor's own way."""
    if args.masks:
        if args.maps or args.complete or args.mirror or args.scales != (1.0,):
            raise ValueError("`--masks` must be given without --maps, --complete, --mirror and --scales.")
        predictor, outlines = MaskedPredictor(model), Outlines(args.masks)
        return predictor, lambda image, record: predictor(image, masks=outlines(record))
    predictor = predictor_of(model, scales=args.scales, mirror=args.mirror, complete=args.complete)
    if args.maps:
        digest = measurement.digest(runs.weights_file(args.run or runs.newest(holding="best.keras")))
        seen = f"{data.metadata['converter']} {data.split.split('[')[0]}"
        name = f"{digest} on {seen}, scales {args.scales}, mirror {args.mirror}"  # Ids are unique in a split only.
        return predictor, ScoreMaps(predictor, args.maps, name)
    return predictor, None


def _check_files(args):
    paths.local("--maps", args.maps or "")
    for path in _files(args):
        if path.exists() and not args.overwrite:
            raise ValueError(f"Files are replaced with --overwrite only. Received: {path}, which exists.")
        if not path.parent.is_dir():
            raise ValueError(f"Files must go into a folder that exists. Received: {path}.")


def _files(args):
    return [pathlib.Path(path) for path in (args.json, args.mat, args.curves, args.coco) if path]


def _one(data_dir):
    """The folder, without its weight in training, if it is one: each data set has a protocol of its own."""
    if pathlib.Path(data_dir).is_dir():
        return data_dir
    folders = [folder for folder, _ in mixture.weighted(str(data_dir))]
    if len(folders) > 1:
        raise ValueError(
            f"`--data_dir` must be one data set, evaluated alone. Received: {data_dir}. Known: {', '.join(folders)}."
        )
    return folders[0]


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

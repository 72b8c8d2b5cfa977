"""Evaluation of a model on records: predictor, measurement, flags and tables, for one person and for several."""

from tfpose import models
from tfpose.commands import runs
from tfpose.evaluation import multi_person, published, report, single_person
from tfpose.evaluation.people_masks import PeopleMasks
from tfpose.evaluation.score_maps import ScoreMaps
from tfpose.prediction.loading import fit_torso_prior
from tfpose.prediction.masked import MaskedPredictor
from tfpose.prediction.tasks import task_of


def evaluate(predictor, records, **options) -> dict:
    """Measures a model on records.

    Args:
        predictor: What `Predictor.load` returns.
        records: What `records.load` returns.
        **options: Arguments of `single_person.evaluate_single_person` or `multi_person.evaluate_people`, whichever the
            predictor calls for, such as `metrics` and `limit`.

    Returns:
        A dict of results and predictions, as of these functions.

    Raises:
        ValueError: If the arguments do not suit the predictor and the records.
    """
    return EVALUATIONS[predictor.several].measure(predictor, records, **options)


class SinglePerson:
    """Evaluation of networks that find one person.

    Args:
        model: A `PoseModel`.
        weights: Its file.
        args: The parsed flags of `tfpose evaluate`.

    Raises:
        ValueError: If a flag for other networks is given.
    """

    measure = staticmethod(single_person.evaluate_single_person)
    # Refused for multi-person networks.
    FLAGS = ("reference", "torso", "mat", "curves", "crop", "torso_prior", "calibrate", "reliability")

    def __init__(self, model, weights, args):
        _refuse(MultiPerson.FLAGS, args, f"is for networks that find several people. Received: {model.name}.")
        self.model, self.weights, self.args = model, weights, args

    def evaluate(self, data) -> dict:
        """Measures the model on records; see `evaluate_single_person`."""
        args = self.args
        torso = _torso(self.model, args.torso)
        prior = fit_torso_prior(self.weights, self.model.skeleton.keypoints) if args.torso_prior else None
        options = {"scales": args.scales, "mirror": args.mirror, "torso_prior": prior}
        return self.measure(
            task_of(self.model).predictor(**options),
            data,
            outputs=_outputs(self.model),
            reference=args.reference,
            torso=torso,
            crop=args.crop,
            metrics=args.metrics,
            limit=args.limit,
        )

    def text(self, result) -> str:
        """Returns the tables of a result."""
        texts = []
        for metric in next(iter(result["results"].values())):
            known = published.COLUMNS.get((result["data_set"]["converter"], metric), ())
            texts += [report.table(result, metric), report.columns(result, metric, known)]
        return "\n\n".join(filter(None, [*texts, report.summary(result)]))


class MultiPerson:
    """Evaluation of networks that find several people; arguments as of `SinglePerson`."""

    measure = staticmethod(multi_person.evaluate_people)
    FLAGS = ("coco", "complete", "maps", "masks")  # Refused for single-person networks.

    def __init__(self, model, weights, args):
        _refuse(SinglePerson.FLAGS, args, f"is for networks that find one person. Received: {model.name}.")
        self.model, self.weights, self.args = model, weights, args

    def evaluate(self, data) -> dict:
        """Measures the model on records; see `evaluate_people`."""
        args = self.args
        chosen = {"metrics": args.metrics} if args.metrics else {}
        predictor, find = self._finders(data)
        result = self.measure(predictor, data, limit=args.limit, find=find, **chosen)
        result["protocol"] |= {"complete": args.complete, "masks": args.masks}
        if args.coco:
            report.write_coco_results(result, args.coco)
        return result

    def text(self, result) -> str:
        """Returns the tables of a result."""
        tables = [report.people_table(result, metric) for metric in result["results"]]
        return "\n\n".join([*tables, report.people_summary(result)])

    def _finders(self, data):
        """The predictor, and the function of an image and its record that finds the people, if it is another."""
        args = self.args
        if args.masks:
            if args.maps or args.complete or args.mirror or args.scales != (1.0,):
                raise ValueError("`--masks` must be given without --maps, --complete, --mirror and --scales.")
            predictor, masks = MaskedPredictor(self.model), PeopleMasks(args.masks)
            return predictor, lambda image, record: predictor(image, masks=masks(record))
        predictor = task_of(self.model).predictor(scales=args.scales, mirror=args.mirror, complete=args.complete)
        if not args.maps:
            return predictor, None
        # Ids are unique in a split only.
        seen = f"{data.metadata['converter']} {data.split.split('[')[0]}"
        name = f"{runs.digest(self.weights)} on {seen}, scales {args.scales}, mirror {args.mirror}"
        return predictor, ScoreMaps(predictor, args.maps, name)


EVALUATIONS = {False: SinglePerson, True: MultiPerson}
"""The evaluation of models and predictors, by whether they find several people."""


def _refuse(flags, args, why):
    if given := [f"--{name}" for name in flags if getattr(args, name)]:
        raise ValueError(f"{', '.join(given)} {why}")


def _outputs(model):
    """What is measured, label → output: the stages of the part detector, of other networks the last output."""
    if "part_heatmaps" in model.output:
        return {"detector": "part_heatmaps", "spatial model": "heatmaps"}
    if isinstance(model, models.PartDetector):
        return {"detector": "heatmaps"}
    names = {chosen: name for name, chosen in models.MODELS.items()}
    return {names.get(type(model), model.name).replace("_", " "): "heatmaps"}


def _torso(model, asked):
    """Source of the torso position: as in training, unless another is asked for and the network takes one."""
    trained = getattr(model, "torso", "none")
    if asked and trained not in ("box", "truth"):
        raise ValueError(f"`--torso` is for models with a torso input. Received: {asked}; the model: {trained}.")
    return asked or trained

"""What `tfpose predict` finds in an image: the people of the model, crop and boxes asked for."""

import sys

import numpy as np

from tfpose.prediction import calibration, cropping, media
from tfpose.prediction.predictor import Predictor


class Finder:
    """Finds the people to report of images.

    Args:
        args: The parsed flags of `tfpose predict`.
        model: Path of the model.
        paths: The files that people will be found in, for which there must be boxes if boxes are given.

    Attributes:
        skeleton: The `Skeleton` of the keypoints.
        several: Whether everyone in an image is found, not one person.
        shown: Dict of what the network is shown, for the file of the people.
        min_score: Mean score below which nobody is reported.
        calibrated: Whether scores are probabilities, see `calibration`.

    Raises:
        ValueError: If the flags do not suit each other or the model.
    """

    def __init__(self, args, model, paths):
        self._predictor = _predictor(args, model)
        self._boxes = _boxes(args, paths)
        self._crop = args.crop or _default_crop(self._predictor, args)
        given = {"with_boxes": bool(self._boxes), "with_prior": args.torso_prior, "with_torso": bool(args.torso)}
        cropping.check(self._predictor, self._crop, **given)
        self._options = {"torso": args.torso} if args.torso else {}
        self._several = _batch_finder(self._predictor, self._crop, args) if args.batch > 1 else None
        self.skeleton = self._predictor.skeleton
        self.several = self._predictor.several
        self.shown = {"crop": self._crop} | ({"torso_prior": True} if args.torso_prior else {})
        self._calibration = _calibration(model, self._crop, args)
        default = self._calibration.min_score if self._calibration else 0.0
        self.calibrated = self._calibration is not None
        self.min_score = default if args.min_score is None else args.min_score

    def photo(self, image, path):
        """Finds the people of a photo `uint8 [H, W, 3]`: `float32 [N, K, 3]`."""
        boxes = self._boxes(path) if self._boxes else None
        return self._reported(cropping.find(self._predictor, image, self._crop, boxes, **self._options))

    def frames(self, images):
        """Finds the people of frames of a video, all of one size: a list of `float32 [N, K, 3]`."""
        if self._several:
            return [self._reported(people) for people in self._several(images)]
        return [self._reported(cropping.find(self._predictor, image, self._crop, **self._options)) for image in images]

    def _reported(self, people):
        """The people with a keypoint, and at least the score asked for; with calibrated scores, if there are any."""
        people = self._calibration(people) if self._calibration else people
        scores = np.maximum(people[..., 2], 0)
        return people[(scores > 0).any(axis=1) & (scores.mean(axis=1) >= self.min_score)]


def _predictor(args, model):
    options = {"scales": args.scales, "mirror": args.mirror, "complete": args.complete}
    if not args.torso_prior:
        return Predictor.load(model, **options)
    from tfpose.prediction.loading import fit_torso_prior, load_model
    from tfpose.prediction.tasks import task_of

    loaded = load_model(model)
    prior = fit_torso_prior(model, loaded.skeleton.keypoints)
    return task_of(loaded).predictor(torso_prior=prior, **options)


def _boxes(args, paths):
    """The `Detections` of `--boxes`, or none."""
    if not args.boxes:
        return None
    from tfpose.prediction.detections import Detections

    if videos := [str(path) for path in paths if media.is_video(path)]:
        raise ValueError(f"`--boxes` is for photos. Received: {videos[0]}.")
    boxes = Detections(args.boxes, args.min_box_score)
    if not any(len(boxes(path)) for path in paths):
        raise ValueError(f"`--boxes` must have boxes for one of the photos. Received: {args.boxes}, with none.")
    if boxes.left_out:
        print(f"{args.boxes}: {boxes.left_out} boxes left out, of low scores or not of people.", file=sys.stderr)
    return boxes


def _default_crop(predictor, args):
    """The crop of the training, if there are boxes for it; else, if it was trained on crops, two looks, and says so.

    On LSP's 50 held-out training people, the model `body` finds 77.1 % in whole images (PCK@0.2), 82.1 % in two looks,
    and 81.9 % in the annotated boxes.
    """
    # Data sets that are mixed with others as whole images, such as LSP, hold images of one person and a margin.
    trained = {None: "frame", "records": "person"}.get(predictor.crop, predictor.crop)
    if args.boxes:
        return "person" if trained == "frame" and not args.torso_prior else trained
    if trained != "frame":
        crop = "twice" if args.batch == 1 else "frame"
        shown = {"twice": "the whole image, then the surroundings of its answer", "frame": "whole frames"}[crop]
        print(f"The network was trained on crops of the {trained}: it is shown {shown}; see --crop.", file=sys.stderr)
        return crop
    return "frame"


def _calibration(model, crop, args):
    """The calibration of the model, if it was fitted to what the network is shown."""
    found = calibration.beside(model)
    if not found:
        return None
    shown = {"crop": crop, "scales": list(args.scales), "mirror": args.mirror, "image_size": None}
    shown["torso_prior"] = args.torso_prior
    if found.shown != shown:
        different = ", ".join(f"{name}={value}" for name, value in found.shown.items() if shown[name] != value)
        print(f"Scores are raw: the calibration of the model is for {different}.", file=sys.stderr)
        return None
    return found


def _batch_finder(predictor, crop, args):
    given = [f"--{name}" for name in ("mirror", "complete", "torso") if getattr(args, name)]
    given += ["--scales"] * (args.scales != (1.0,)) + [f"--crop={crop}"] * (crop != "frame")
    if given:
        raise ValueError(f"`--batch` is for one plain view of whole frames. Received: {', '.join(given)}.")
    from tfpose.prediction.batching import BatchFinder

    return BatchFinder(predictor)

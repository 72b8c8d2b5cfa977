"""The two tasks of a model, one person or several people: input pipeline, metric, best epoch and predictor of each."""

import abc
import dataclasses

import keras

from tfpose.data import multi_person, single_person
from tfpose.metrics import METRICS, OKS, BoxPCK, KeypointRecall
from tfpose.metrics.sigmas import sigmas_of
from tfpose.models import PoseModel
from tfpose.prediction.multi_person import MultiPersonPredictor
from tfpose.prediction.predictor import Predictor
from tfpose.prediction.single_person import SinglePersonPredictor


@dataclasses.dataclass(frozen=True)
class Task(abc.ABC):
    """What differs between models that find the one person who is shown and models that find everyone in an image.

    `task_of` makes that of a model. To add a task, write a subclass and choose it there.

    Attributes:
        model: The `PoseModel`.
    """

    model: PoseModel

    @abc.abstractmethod
    def batches(self, records, batch_size, *, crop="", max_people=30, **options):
        """Returns batches `(images, people)` in the model's input size.

        Args:
            records: What `records.load` returns.
            batch_size: Number of images per batch, over all devices.
            crop: For one person: what is shown, see `single_person`. For several people: `"frame"`, or empty.
            max_people: For several people: maximum number per image; the largest are kept.
            **options: Further arguments of `single_person` or `several_people`, such as `training` and `augmentation`.

        Returns:
            The `tf.data.Dataset` of `single_person` or `several_people`.

        Raises:
            ValueError: If these people cannot be shown in this crop.
        """

    @abc.abstractmethod
    def people(self, records, crop=""):
        """Returns the keypoints of everyone in the records in input pixels, for `PoseModel.learn_statistics`.

        Args:
            records: What `records.load` returns.
            crop: As of `batches`.
        """

    @abc.abstractmethod
    def remarks(self, records, *, crop="", max_people=30, metric="") -> list[str]:
        """Returns sentences for the user: whom `batches` leaves out, and a metric that cannot be computed."""

    @abc.abstractmethod
    def metric(self, name="") -> keras.metrics.Metric:
        """Returns the Keras metric of candidates, computed on every validation batch.

        Args:
            name: For one person: one of `METRICS`, by default `detection_rate`. Metrics relative to the torso fall
                back to `BoxPCK` where the skeleton has no reference pair. For several people there is only one.
        """

    @abc.abstractmethod
    def people_metric(self):
        """Returns the metric of grouped people, `OKS`, computed after every epoch; None where nothing is grouped."""

    @abc.abstractmethod
    def monitor(self, metric, outputs) -> str:
        """Returns the column of the log by whose highest value the best epoch is chosen.

        Args:
            metric: What the method `metric` returned.
            outputs: Names of those of the codec's `watched` outputs that are trained, the deciding one first.
        """

    @abc.abstractmethod
    def predictor(self, **options) -> Predictor:
        """Returns the predictor of the model.

        Args:
            **options: Arguments of `SinglePersonPredictor` and `MultiPersonPredictor`.

        Raises:
            ValueError: If an option is for the other of the two.
        """


class SinglePerson(Task):
    """One person is shown, in the frame or in a crop, and each keypoint has one place."""

    def batches(self, records, batch_size, *, crop="", max_people=30, **options):
        return single_person.single_person(records, self.model.codec.image_size, batch_size, crop=crop, **options)

    def people(self, records, crop=""):
        return single_person.people(records, self.model.codec.image_size, crop=crop)

    def remarks(self, records, *, crop="", max_people=30, metric=""):
        found = []
        if metric and self.metric(metric).name != metric:
            lacking = self.model.skeleton.name
            found.append(f"{metric} needs the reference of a torso, which {lacking} lacks; validates by box_pck.")
        if left_out := single_person.left_out(records, crop):
            found.append(f"{left_out} people are left out: they have no box to crop by.")
        return found

    def metric(self, name=""):
        reference = self.model.skeleton.reference
        if name == "box_pck" or reference is None:
            return BoxPCK(num_keypoints=len(self.model.skeleton))
        chosen = METRICS[name or "detection_rate"]
        return chosen(self.model.skeleton.indices(reference), num_keypoints=len(self.model.skeleton))

    def people_metric(self):
        return None

    def monitor(self, metric, outputs):
        # Keras puts the name of the output first where the model has several with metrics.
        prefix = f"{outputs[0]}_" if len(self.model.codec.watched) > 1 else ""
        return f"val_{prefix}{metric.name}"

    def predictor(self, *, complete=False, **options):
        if complete:
            raise ValueError(f"`complete` is for networks that tag several people. Received: {self.model.name}.")
        return SinglePersonPredictor(self.model, **options)


class MultiPerson(Task):
    """Everyone in the frame is found: detections of keypoints are grouped into people."""

    def batches(self, records, batch_size, *, crop="", max_people=30, **options):
        if crop not in ("", "frame"):
            raise ValueError(
                f"`crop` is for networks of one person; those of several are shown the frame. Received: {crop!r}."
            )
        codec = self.model.codec
        options = {"max_people": max_people, "stride": codec.stride, **options}
        return multi_person.several_people(records, codec.image_size, batch_size, **options)

    def people(self, records, crop=""):
        return single_person.people(records, self.model.codec.image_size, crop="frame")

    def remarks(self, records, *, crop="", max_people=30, metric=""):
        images, people = multi_person.crowded(records, max_people)
        left_out = f"{people} people of {images} images are not learnt from: more than {max_people} in an image."
        return [left_out] if people else []

    def metric(self, name=""):
        return KeypointRecall(sigmas_of(self.model.skeleton)[0], num_keypoints=len(self.model.skeleton))

    def people_metric(self):
        return OKS(sigmas_of(self.model.skeleton)[0])

    def monitor(self, metric, outputs):
        return "val_AP"  # Of `training.callbacks.people_ap`, which computes `people_metric`.

    def predictor(self, *, torso_prior=None, **options):
        if torso_prior:
            raise ValueError(f"`torso_prior` is for networks that find one person. Received: {self.model.name}.")
        return MultiPersonPredictor(self.model, **options)


def task_of(model) -> Task:
    """Returns the task of a `PoseModel`: a `SinglePerson` or a `MultiPerson`."""
    return (MultiPerson if model.codec.several else SinglePerson)(model)

"""Training and validation batches of a run."""

import dataclasses
import functools

from tfpose.data.augment import Augmentation
from tfpose.data.records import Records
from tfpose.models import PoseModel
from tfpose.prediction.tasks import task_of
from tfpose.training.config import Config

DEBUG_STEPS = 4


@dataclasses.dataclass(frozen=True)
class Batches:
    """Batches `(images, people)` of a run, as its flags and its model require.

    Args:
        config: The run's `Config`.
        model: The model, built under the strategy it is trained with.
        training_records: Records to train on.
        validation_records: Records to validate with.
    """

    config: Config
    model: PoseModel
    training_records: Records
    validation_records: Records

    @functools.cached_property
    def steps(self):
        """Training steps per epoch.

        Raises:
            ValueError: If there are fewer people than `batch_size`.
        """
        steps = int(self.training(0, 1).cardinality())
        if not steps:
            raise ValueError(
                "`batch_size` must be at most the number of people to train on. Received: "
                f"{self.config.batch_size} and {self.training_records.num_people} people in "
                f"{self.config.train_split!r}."
            )
        return min(steps, DEBUG_STEPS) if self.config.debug else steps

    def training(self, first, end):
        """Returns the training batches of the epochs from `first` up to, but without, `end`."""
        c = self.config
        augmentation = Augmentation(**c.augmentation) if c.data_augm else None
        options = {"training": True, "augmentation": augmentation, "seed": c.seed, "cached": c.cache}
        return self._batches(self.training_records, c.batch_size, epochs=(first, end), **options)

    @functools.cached_property
    def validation(self):
        """Validation batches."""
        batches = self._batches(self.validation_records, self.validation_batch_size)
        return batches.take(DEBUG_STEPS) if self.config.debug else batches

    @functools.cached_property
    def validation_batch_size(self):
        """Validation batch size: at most `batch_size`, a multiple of the number of replicas.

        Keras requires that every replica gets images of the first batch.
        """
        count = int(self._batches(self.validation_records, 1).cardinality())
        return min(self.config.batch_size, count - count % self.replicas)

    @property
    def replicas(self):
        """Number of devices that share a batch."""
        return self.model.distribute_strategy.num_replicas_in_sync

    def check(self):
        """Checks that the devices can share the batches.

        Raises:
            ValueError: If not.
        """
        if self.config.batch_size % self.replicas:
            raise ValueError(
                f"`batch_size` must be a multiple of the {self.replicas} devices. Received: {self.config.batch_size}."
            )
        if not self.validation_batch_size:
            raise ValueError(
                f"`val_split` must hold something for each of the {self.replicas} devices. Received: less."
            )

    def _batches(self, records, batch_size, **options):
        shown = {"crop": self.config.crop, "max_people": self.config.max_people}
        return task_of(self.model).batches(records, batch_size, **shown, **options)

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
        shares: Number of this worker and of all workers that share each batch; none for a single one.
    """

    config: Config
    model: PoseModel
    training_records: Records
    validation_records: Records
    shares: tuple[int, int] | None = None

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
        return self._training(first, end)

    def training_shares(self, first, end):
        """Returns this worker's shares of the training batches."""
        return self._training(first, end, self.shares)

    @functools.cached_property
    def validation(self):
        """Validation batches."""
        return self._validation()

    @functools.cached_property
    def validation_shares(self):
        """This worker's shares of the validation batches; those of an incomplete batch may be smaller or empty."""
        return self._validation(self.shares)

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

    def _training(self, first, end, shares=None):
        c = self.config
        augmentation = Augmentation(**c.augmentation) if c.data_augm else None
        options = {"training": True, "augmentation": augmentation, "seed": c.seed, "cached": c.cache}
        return self._batches(self.training_records, c.batch_size, epochs=(first, end), shares=shares, **options)

    def _validation(self, shares=None):
        batches = self._batches(self.validation_records, self.validation_batch_size, shares=shares)
        return batches.take(DEBUG_STEPS) if self.config.debug else batches

    def _batches(self, records, batch_size, **options):
        shown = {"crop": self.config.crop, "max_people": self.config.max_people}
        return task_of(self.model).batches(records, batch_size, **shown, **options)

"""What a run learns from and what it watches: batches of its records."""

import dataclasses
import functools

from tfpose.data.augment import Augmentation
from tfpose.data.multi_person import several_people
from tfpose.data.records import Records
from tfpose.data.single_person import single_person
from tfpose.models import PoseModel
from tfpose.training.config import Config

DEBUG_STEPS = 4


@dataclasses.dataclass(frozen=True)
class Feed:
    """Batches as the flags ask for and the model takes them."""

    config: Config
    model: PoseModel
    training: Records
    validation: Records

    @functools.cached_property
    def steps(self):
        """Of an epoch."""
        steps = int(self.batches(0, 1).cardinality())
        if not steps:
            raise ValueError(
                f"`batch_size` must be at most what there is to train on. Received: {self.config.batch_size} and "
                f"{self.training.num_people} people in {self.config.train_split!r}."
            )
        return min(steps, DEBUG_STEPS) if self.config.debug else steps

    def batches(self, first, end):
        """What is trained on from one epoch to another."""
        c = self.config
        augmentation = Augmentation(**c.augmentation) if c.data_augm else None
        varied = {"training": True, "augmentation": augmentation, "seed": c.seed, "cached": c.cache}
        return self._of(self.training, c.batch_size, epochs=(first, end), **varied)

    def check(self):
        """Tells whether the devices can share the batches.

        Raises:
            ValueError: If not.
        """
        if self.config.batch_size % self.devices:
            raise ValueError(
                f"`batch_size` must be a multiple of the {self.devices} devices. Received: {self.config.batch_size}."
            )
        if not self.first:
            raise ValueError(f"`val_split` must hold something for each of the {self.devices} devices. Received: less.")

    @property
    def devices(self):
        return self.model.distribute_strategy.num_replicas_in_sync

    @functools.cached_property
    def first(self):
        """How much is looked at in the first batch: as much by each device, since Keras asks for that."""
        count = int(self._of(self.validation, 1).cardinality())
        return min(self.config.batch_size, count - count % self.devices)

    @functools.cached_property
    def watched(self):
        """What is looked at after every epoch."""
        batches = self._of(self.validation, self.first)
        return batches.take(DEBUG_STEPS) if self.config.debug else batches

    def _of(self, data, batch_size, **options):
        size, codec = (self.config.image_size, batch_size), self.model.codec
        if codec.several:
            return several_people(data, *size, max_people=self.config.max_people, stride=codec.stride, **options)
        return single_person(data, *size, crop=self.config.crop, **options)

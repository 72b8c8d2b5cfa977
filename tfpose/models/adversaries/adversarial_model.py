"""A model that is trained against an adversary."""

import keras

from tfpose.models.adversaries.monitor import WatchAdversary

if keras.backend.backend() == "tensorflow":
    from tfpose.models.adversaries.train_step import AdversarialStep
else:

    class AdversarialStep:
        """Other backends train the generator alone."""

        def fit(self, *args, **kwargs):
            if self.adversary:
                raise ValueError(
                    "Training against an adversary needs Keras on TensorFlow; build the model without adversary. "
                    f"Received: `KERAS_BACKEND={keras.backend.backend()}`."
                )
            return super().fit(*args, **kwargs)


class AdversarialModel(AdversarialStep):
    """To be put before the `PoseModel` that is the generator.

    Attributes:
        adversary: An `Adversary`, or none.
        updates_per_step: How often the generator is updated in a step: a learning rate that falls with the updates
            must know.
    """

    adversary = None
    updates_per_step = 1

    def set_adversary(self, adversary):
        """Takes an adversary, past Keras: what is tracked would be trained and exported with the generator."""
        object.__setattr__(self, "adversary", adversary)

    @property
    def metrics(self):
        return [*super().metrics, *(self.adversary.measures if self.adversary else ())]

    def evaluate(self, *args, **kwargs):
        """As Keras does; what is measured of the adversary is measured in training only."""
        logs = super().evaluate(*args, **kwargs)
        if not self.adversary or not isinstance(logs, dict):
            return logs
        training = {measure.name for measure in self.adversary.measures}
        return {name: value for name, value in logs.items() if name not in training}

    def callbacks(self):
        return [WatchAdversary()] if self.adversary else []

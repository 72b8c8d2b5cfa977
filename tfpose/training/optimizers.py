"""Optimizers and learning rate schedules."""

import keras

WARMUP = 100  # Steps.


class ScaledRates:
    """Put before a Keras optimizer: some variables learn at a multiple of the learning rate.

    The factor is applied to the rate, not to the gradient, so that it acts in optimizers that normalise gradients, too;
    clipping, loss scaling, averaging and schedules are untouched. The number of optimizer variables is that of the base
    class, so state files go on fitting.

    Args:
        factors: Path of a variable → factor of its learning rate; 1 for all others.
    """

    def __init__(self, *args, factors=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.factors = dict(factors or {})

    def build(self, variables):
        super().build(variables)
        # By index, since replicas of a variable, which `update_step` may get, have no path.
        self._factors = [self.factors.get(v.path, 1.0) for v in self._trainable_variables]

    def update_step(self, gradient, variable, learning_rate):
        factor = self._factors[self._get_variable_index(variable)] if self.factors else 1.0
        super().update_step(gradient, variable, learning_rate * factor)

    def get_config(self):
        return {**super().get_config(), "factors": self.factors}


@keras.saving.register_keras_serializable("tfpose")
class Adam(ScaledRates, keras.optimizers.Adam):
    """Keras's Adam with `ScaledRates`."""


@keras.saving.register_keras_serializable("tfpose")
class SGD(ScaledRates, keras.optimizers.SGD):
    """Keras's SGD with `ScaledRates`."""


@keras.saving.register_keras_serializable("tfpose")
class RMSprop(ScaledRates, keras.optimizers.RMSprop):
    """Keras's RMSprop with `ScaledRates`."""


OPTIMIZERS = {
    "adam": Adam,
    "momentum": lambda *args, **kwargs: SGD(*args, momentum=0.9, **kwargs),
    "rmsprop": RMSprop,
    "sgd": SGD,
}


def falling(lr, steps):
    """Piecewise constant: a half, a fifth, a tenth of the rate after 70, 80, 90 % of the steps (joint-cnn-mrf)."""
    boundaries = [int(steps * part) for part in (0.7, 0.8, 0.9)]
    return keras.optimizers.schedules.PiecewiseConstantDecay(boundaries, [lr, lr / 2, lr / 5, lr / 10])


def cosine(lr, steps):
    """Half a cosine from the rate to 0 (Loshchilov and Hutter 2017)."""
    return keras.optimizers.schedules.CosineDecay(lr, steps)


def warmup_cosine(lr, steps):
    """Rises linearly from 0 over the first `WARMUP` steps, or a tenth of all if they are fewer, then falls as `cosine`.

    A new head's first gradients are large; at the full rate they would spoil pretrained layers.
    """
    warmup = min(WARMUP, max(steps // 10, 1))
    return keras.optimizers.schedules.CosineDecay(0.0, max(steps - warmup, 1), warmup_target=lr, warmup_steps=warmup)


def constant(lr, steps):
    """A constant rate."""
    return lr


SCHEDULES = {"steps": falling, "cosine": cosine, "warmup_cosine": warmup_cosine, "constant": constant}


@keras.saving.register_keras_serializable("tfpose", "Later")  # The name in saved models.
class ShiftedSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule of the whole run, for the optimizer of a later stage, which counts its steps from 0.

    Args:
        schedule: A Keras `LearningRateSchedule`.
        start: Steps of the stages before.
    """

    def __init__(self, schedule, start):
        self.schedule = schedule
        self.start = start

    def __call__(self, step):
        return self.schedule(step + self.start)

    def get_config(self):
        return {"schedule": keras.saving.serialize_keras_object(self.schedule), "start": self.start}

    @classmethod
    def from_config(cls, config):
        return cls(keras.saving.deserialize_keras_object(config["schedule"]), config["start"])


def multi_step(text: str) -> list[tuple[float, int]]:
    """Parses `--multi_step`: learning rates, each with the update at which it ends (pose-tensorflow).

    Raises:
        ValueError: If the text has another form, or the updates do not increase.
    """
    try:
        found = [(float(rate), int(until)) for rate, until in (part.split(":") for part in text.split(","))]
    except ValueError:
        found = []
    ends = [until for _, until in found]
    if not found or ends != sorted(set(ends)) or ends[0] < 1 or min(found)[0] <= 0:
        raise ValueError(
            "`multi_step` must be rates with the updates they end at, such as 0.005:10000,0.02:430000. "
            f"Received: {text!r}."
        )
    return found


def optimizer(name, schedule, *, lr, steps, start=0, table=(), clip=0.0, ema=0.0, factors=None):
    """Builds an optimizer.

    Args:
        name: One of `OPTIMIZERS`.
        schedule: One of `SCHEDULES`.
        lr: Learning rate at the start of the run.
        steps: Optimizer steps of the whole run.
        start: Optimizer steps of the stages before.
        table: Rates and updates from `multi_step`, used instead of `schedule` and `lr`.
        clip: Maximum global norm of the gradient, summed over the devices (see `TapeTraining.apply_gradients`); 0 for
            no clipping.
        ema: Momentum of the running average of the weights, such as 0.999; 0 for none.
        factors: Path of a variable → factor of its learning rate, see `ScaledRates`.
    """
    if table:
        rates, ends = zip(*table, strict=True)
        rate = keras.optimizers.schedules.PiecewiseConstantDecay(list(ends[:-1]), list(rates))
    else:
        rate = SCHEDULES[schedule](lr, steps)
    rate = ShiftedSchedule(rate, start) if start and not isinstance(rate, float) else rate
    average = {"use_ema": True, "ema_momentum": ema} if ema else {}
    return OPTIMIZERS[name](rate, global_clipnorm=clip or None, factors=factors, **average)

"""Optimizers and learning rate schedules."""

import keras

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "momentum": lambda *args, **kwargs: keras.optimizers.SGD(*args, momentum=0.9, **kwargs),
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}


def falling(lr, steps):
    """Piecewise constant: a half, a fifth, a tenth of the rate after 70, 80, 90 % of the steps (joint-cnn-mrf)."""
    boundaries = [int(steps * part) for part in (0.7, 0.8, 0.9)]
    return keras.optimizers.schedules.PiecewiseConstantDecay(boundaries, [lr, lr / 2, lr / 5, lr / 10])


def cosine(lr, steps):
    """Half a cosine from the rate to 0 (Loshchilov and Hutter 2017)."""
    return keras.optimizers.schedules.CosineDecay(lr, steps)


def constant(lr, steps):
    """A constant rate."""
    return lr


SCHEDULES = {"steps": falling, "cosine": cosine, "constant": constant}


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


def optimizer(name, schedule, *, lr, steps, start=0, table=(), clip=0.0, ema=0.0):
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
    """
    if table:
        rates, ends = zip(*table, strict=True)
        rate = keras.optimizers.schedules.PiecewiseConstantDecay(list(ends[:-1]), list(rates))
    else:
        rate = SCHEDULES[schedule](lr, steps)
    rate = ShiftedSchedule(rate, start) if start and not isinstance(rate, float) else rate
    average = {"use_ema": True, "ema_momentum": ema} if ema else {}
    return OPTIMIZERS[name](rate, global_clipnorm=clip or None, **average)

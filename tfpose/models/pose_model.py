"""Base class of the models: a Keras model with a codec, a skeleton and a recorded configuration."""

import dataclasses
import inspect

import keras

from tfpose.models.transfer import transfer
from tfpose.skeletons import Skeleton

if keras.backend.backend() == "tensorflow":
    from tfpose.models.train_step import TapeTraining
else:

    class TapeTraining:
        """Other backends train with Keras's own step."""


class PoseModel(TapeTraining, keras.Model):
    """A `keras.Model` whose `codec` says how its outputs represent people.

    The data pipeline yields `(images, people)`, whatever the model:

        loss    = loss(codec.encode(people), outputs)
        metrics = metric(people, codec.decode(outputs))

    so losses compare maps, and metrics compare keypoints. A model is built from a trunk (images → features) and heads
    (features → maps), see `trunks.trunk.Trunk`.

    The constructor's arguments are recorded when a model is made; they are its configuration, so a subclass names each
    of them once, in its signature; those that it forwards to its base class as `**options` are named there. Weights
    files (`weights`) are not recorded: a loaded model has its weights already.

    Attributes:
        codec: How the outputs represent people. Set by the subclass.
        skeleton: The `Skeleton` of the keypoints. Set by the subclass.
        trunk: The `Trunk`, or none. Set by the subclass.
        crop: What it was trained to see: one of `tfpose.data.crops.CROPS`; `"records"` if that differs between the data
            sets of a mixture; None if it is not known. Recorded in the model's file.
        config: The constructor's arguments by name; a subclass may replace values that depend on a file.
        LOSSES: Ways to compare the outputs, by name: `keras.losses.Loss` classes.
        WIDTHS: Constructor arguments that are numbers of channels, which `--debug` divides by four.
        SEVERAL: Whether it finds several people in an image, by default.
        FORMER_NAMES: Names of constructor arguments in files of older versions → their names now.
    """

    SEVERAL = False
    LOSSES = {}
    WIDTHS = ()
    FORMER_NAMES = {}

    codec = None
    skeleton = None
    trunk = None
    crop = None

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        cls.__signature__ = _signature(cls)  # Read by `inspect.signature`.

    def __new__(cls, *args, **kwargs):
        model = super().__new__(cls, *args, **kwargs)
        # Partial, since Keras also calls it with nothing, to turn the class into a functional model.
        bound = inspect.signature(cls).bind_partial(*args, **kwargs)
        bound.apply_defaults()
        given = {name: _plain(value) for name, value in bound.arguments.items() if name not in ("name", "weights")}
        object.__setattr__(model, "config", given)  # Keras's `__setattr__` works only after its own constructor.
        return model

    def set_trunk(self, trunk):
        """Records the trunk, and freezes the layers that it never trains."""
        self.trunk = trunk
        trunk.freeze(self)
        if "frozen_statistics" in self.config and hasattr(trunk, "frozen_statistics"):
            self.config["frozen_statistics"] = trunk.frozen_statistics  # By default it depends on the weights.

    def resized(self, image_size):
        """The same model, with its weights, for images of another size `(H, W)`.

        Weights that are bound to the size of the maps, as those of the spatial model, are resampled.
        """
        model = type(self).from_config({**self.get_config(), "image_size": tuple(image_size)})
        transfer(self, model)
        model.xla = self.xla
        return model

    def default_loss(self):
        """The loss of the paper: a dict keyed as the outputs."""
        raise NotImplementedError

    def named_loss(self, name):
        """The loss of each output, with maps compared in one of the ways of `LOSSES`."""
        return dict.fromkeys(self.output, self.LOSSES[name]())

    def network_inputs(self, images, people):
        """The network's input for a batch: the images, or a dict of them and of what else the network is given."""
        return images

    @property
    def learns_statistics(self):
        """Whether the model is initialised with statistics of the training people."""
        return False

    def learn_statistics(self, people):
        """Sets the statistics of the training people, if it `learns_statistics`. Returns them as a dict of arrays.

        Args:
            people: dict as in training, of everyone: `keypoints` `[N, 1, K, 3]` and `torso` `[N, 1, 3]`.
        """
        raise NotImplementedError

    def has_statistics_of(self, other):
        """Whether `transfer` from another `PoseModel` brings the statistics that this one `learns_statistics` for."""
        return True

    def keypoint_channels(self):
        """Labels of the channels that stand for keypoints: `(layer, "outputs" or "inputs")` → a list of labels.

        A label is a tuple that begins with the name of the keypoint. Weights are taken over by these labels into models
        with other keypoints, see `transfer`.
        """
        return {}

    def adopt(self, other):
        """Takes over what is not a weight, such as statistics, from another model; part of `transfer`."""

    def freeze(self, stage):
        """Makes trainable what a stage of training trains. Returns the names of the outputs whose loss counts.

        Args:
            stage: `"joint"`, everything; models with several stages know more.

        Raises:
            ValueError: If the model has no such stage.
        """
        if stage != "joint":
            raise ValueError(f"`{self.name}` is trained in one stage. Received: {stage!r}. Known: joint.")
        return tuple(self.output)

    def callbacks(self):
        """Further Keras callbacks for its training."""
        return []

    def pictures(self):
        """Weights to be shown as pictures: title → `[rows, columns, height, width, 1 or 3]` of any range."""
        return {}

    def validation_metrics(self, logs):
        """The metrics of `logs` that exist in validation, by default all."""
        return logs

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        # No gradient through the drawing of targets: it is not needed, and XLA cannot compile it.
        targets, weights = keras.tree.map_structure(keras.ops.stop_gradient, self.codec.encode(y))
        return super().compute_loss(x, targets, y_pred, weights, training)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        candidates = self.codec.candidates(y_pred)
        return super().compute_metrics(x, dict.fromkeys(candidates, y["keypoints"]), candidates)

    def get_config(self):
        recorded = {**self.config, "skeleton": dataclasses.asdict(self.config["skeleton"]), "name": self.name}
        return recorded | ({"crop": self.crop} if self.crop else {})

    @classmethod
    def from_config(cls, config):
        # A saved model has its weights: neither a file nor `imagenet`, which is downloaded, is read to open it.
        config = {name: value for name, value in config.items() if name != "weights"}
        arguments = {cls.FORMER_NAMES.get(name, name): value for name, value in config.items()}
        arguments["skeleton"] = Skeleton.from_dict(config["skeleton"])
        crop = arguments.pop("crop", None)
        model = cls(**arguments)
        model.crop = crop
        return model


def _signature(cls):
    """Signature of a model's constructor, with the keyword arguments of its base class instead of `**options`."""
    _, *own = inspect.signature(cls.__init__).parameters.values()
    if not own or own[-1].kind is not inspect.Parameter.VAR_KEYWORD:
        return inspect.Signature(own)
    base = next(each for each in cls.__mro__[1:] if "__signature__" in vars(each))
    names = {parameter.name for parameter in own}
    keywords = [p for p in base.__signature__.parameters.values() if p.kind is p.KEYWORD_ONLY and p.name not in names]
    return inspect.Signature([*own[:-1], *keywords])


def _plain(value):
    """A value as in a signature: JSON, in which configurations are saved, turns tuples into lists."""
    return tuple(map(_plain, value)) if isinstance(value, list) else value

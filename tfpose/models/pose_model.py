"""The base of every model."""

import keras

if keras.backend.backend() == "tensorflow":
    from tfpose.models.train_step import TapeTraining
else:

    class TapeTraining:
        """Other backends train with Keras's own step."""


class PoseModel(TapeTraining, keras.Model):
    """A `keras.Model` that knows how its outputs represent people.

    The data pipeline yields `(images, people)`, whatever the model. The codec stands between:

        loss    = loss(codec.encode(people), outputs)
        metrics = metric(people, codec.decode(outputs))

    so losses compare maps, and metrics compare keypoints.

    Attributes:
        codec: How the outputs represent people. Set by the subclass.
        skeleton: The `Skeleton` of the keypoints. Set by the subclass.
        LOSSES: Ways to compare the outputs, by name: `keras.losses.Loss` classes.
        WIDTHS: Constructor arguments that hold numbers of channels.
        SEVERAL: Whether it finds everyone in an image, unless told otherwise.
    """

    SEVERAL = False
    LOSSES = {}
    WIDTHS = ()

    codec = None
    skeleton = None

    def default_loss(self):
        """The loss of the paper: a dict keyed as the outputs."""
        raise NotImplementedError

    def named_loss(self, name):
        """The loss of each output, where maps are compared in one of the ways of `LOSSES`."""
        return dict.fromkeys(self.output, self.LOSSES[name]())

    def network_inputs(self, images, people):
        """What the network is called with: the images, unless it must be told more about the people."""
        return images

    @property
    def learns_statistics(self):
        """Whether it begins with what the training people look like, as some papers do."""
        return False

    def learn_statistics(self, people):
        """Takes what the training people look like, if it `learns_statistics`. Returns the arrays that it took.

        Args:
            people: dict as in training, of everyone: `keypoints` `[N, 1, K, 3]` and `torso` `[N, 1, 3]`.
        """
        raise NotImplementedError

    def adopt(self, other):
        """Takes from another model, whose weights it starts from, what it knows besides."""

    def freeze(self, stage):
        """Lets a stage of training change only what it is about. Returns the names of the outputs that it learns."""
        if stage != "joint":
            raise ValueError(f"`{self.name}` is trained in one stage. Received: {stage!r}. Known: joint.")
        return tuple(self.output)

    def callbacks(self):
        """What watches over the training of such a model."""
        return []

    def pictures(self):
        """Weights that one can look at: titles, and `[rows, columns, height, width, 1 or 3]` of any range."""
        return {}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        # Constants: a gradient that went through their drawing would be of no use, and XLA cannot compile it.
        targets, weights = keras.tree.map_structure(keras.ops.stop_gradient, self.codec.encode(y))
        return super().compute_loss(x, targets, y_pred, weights, training)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        candidates = self.codec.candidates(y_pred)
        return super().compute_metrics(x, dict.fromkeys(candidates, y["keypoints"]), candidates)

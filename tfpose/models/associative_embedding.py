"""Associative embedding, Newell, Huang and Deng 2017 (https://arxiv.org/abs/1611.05424)."""

import dataclasses

import keras
from keras import layers

from tfpose.codecs import TagCodec
from tfpose.codecs.grouping.by_tags import grouping_order
from tfpose.losses import heatmaps
from tfpose.losses.tags import TagLoss
from tfpose.models.hourglass import STRIDE, check_size, stacked
from tfpose.models.layers.coord_conv import Positions
from tfpose.models.pose_model import PoseModel
from tfpose.skeletons import Skeleton

PEOPLE = 30  # As many as the authors' code looks for.
NEARLY_ZERO = keras.initializers.RandomNormal(stddev=1e-3)  # Where no ReLU follows, maps begin as those of nobody.


@keras.saving.register_keras_serializable("tfpose")
class AssociativeEmbedding(PoseModel):
    """Hourglass networks in a row that find the keypoints of several people, and tag them with whose they are.

    Input: RGB images `uint8 [B, H, W, 3]`. Output: `heatmaps` `[B, S, h, w, K]` and `tags` `[B, S, h, w, K * D]`, D of
    each keypoint after the other. The hourglasses are plain convolutions that grow wider with every halving. `whole`:
    sides of images must be multiples of it.

    Args:
        skeleton: The `Skeleton` whose K keypoints are to be found.
        image_size: `(H, W)`, multiples of `4 * 2**depth`.
        stacks: S, the number of hourglasses.
        features: Channels; the stem has a quarter and a half of them.
        growth: Channels that each halving adds.
        depth: How often an hourglass halves its maps.
        tag_dim: D, numbers per tag.
        sigma: Spread of the targets, in cells.
        max_people: Of an image, in training. At least 30 are looked for, since single detections count as people, too.
        tag_weight: Weight of pulling and of pushing tags, beside heatmaps.
        unused: Further maps that mean nothing; the authors' network has 34.
        positions: Whether the tags of every stack are told where a cell lies, see `Positions`. The authors' are not;
            with it, small networks learn within minutes to tell people apart.
        weight_decay: Weight of half the squared norm of the convolution kernels in the loss.
    """

    LOSSES = {"mse": heatmaps.CellError}
    WIDTHS = ("features", "growth")
    SEVERAL = True

    def __init__(
        self, skeleton, image_size=(512, 512), *, stacks=4, features=256, growth=128, depth=4, tag_dim=1, sigma=2.0,
        max_people=30, tag_weight=1e-3, unused=0, positions=False, weight_decay=0.0, name=None,
    ):  # fmt: skip
        check_size(image_size, depth)
        k, tags = len(skeleton), len(skeleton) * tag_dim
        build = Convolutions(growth, weight_decay, positions)
        images = keras.Input((*image_size, 3), dtype="uint8", name="images")
        # The authors' order: heatmaps, tags, and what means nothing; but what is told places comes last.
        maps = stacked(build.stacks(build.stem(images, features), stacks, k + tags + unused, tags, depth))
        first = k + unused if positions else k
        super().__init__(images, {"heatmaps": maps[..., :k], "tags": maps[..., first : first + tags]}, name=name)

        order = grouping_order(skeleton)
        most = max(max_people, PEOPLE)
        self.codec = TagCodec(image_size, STRIDE, sigma, order=order, tag_dim=tag_dim, max_people=most)
        self.skeleton = skeleton
        self.whole = STRIDE * 2**depth
        self.config = {
            "skeleton": dataclasses.asdict(skeleton), "image_size": image_size, "stacks": stacks, "features": features,
            "growth": growth, "depth": depth, "tag_dim": tag_dim, "sigma": sigma, "max_people": max_people,
            "tag_weight": tag_weight, "unused": unused, "positions": positions,
            "weight_decay": weight_decay,
        }  # fmt: skip

    def default_loss(self):
        """The authors', whose mean over the cells is a sum here: it would be too small beside Adam's epsilon."""
        h, w = self.codec.map_size
        weight = h * w * self.config["tag_weight"]
        return {"heatmaps": heatmaps.CellError(weight=h * w), "tags": TagLoss(weight, weight)}

    def named_loss(self, name):
        return self.default_loss()

    def get_config(self):
        return {**self.config, "name": self.name}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "skeleton": Skeleton.from_dict(config["skeleton"])})


@dataclasses.dataclass(frozen=True)
class Convolutions:
    """Builds the parts of the network; every method names its layers after what it is given.

    Args:
        growth: Channels that each halving adds.
        weight_decay: Weight of half the squared norm of the kernels in the loss.
        positions: Whether the tags are told where a cell lies.
    """

    growth: int = 128
    weight_decay: float = 0.0
    positions: bool = False

    def conv(self, x, filters, name, size=3, *, strides=1, activation="relu", dtype=None):
        """A convolution with bias, and ReLU unless told otherwise; it pads as Torch does, the same on both sides."""
        if strides > 1:
            x = layers.ZeroPadding2D(size // 2, name=f"{name}_pad")(x)
        return layers.Conv2D(
            filters, size, strides, padding="same" if strides == 1 else "valid", activation=activation, name=name,
            dtype=dtype,
            kernel_initializer=keras.initializers.HeUniform() if activation else NEARLY_ZERO.clone(),
            kernel_regularizer=keras.regularizers.L2(self.weight_decay / 2) if self.weight_decay else None,
        )(x)  # fmt: skip

    def stem(self, images, features):
        """From images `uint8 [B, H, W, 3]` to `[B, H / 4, W / 4, F]`."""
        x = layers.Rescaling(1 / 255, name="rescaling")(images)
        x = self.conv(x, features // 4, "stem_conv1", 7, strides=2)
        x = self.conv(x, features // 2, "stem_conv2")
        x = layers.MaxPooling2D(2, name="stem_pool")(x)
        return self.conv(self.conv(x, features // 2, "stem_conv3"), features, "stem_conv4")

    def hourglass(self, x, depth, name):
        """Down to `1 / 2**depth` of the size and up again, with a branch that skips each halving."""
        features = x.shape[-1]
        wider = features + self.growth
        skip = self.conv(x, features, f"{name}_skip{depth}")
        low = self.conv(layers.MaxPooling2D(2, name=f"{name}_pool{depth}")(x), wider, f"{name}_down{depth}")
        low = self.hourglass(low, depth - 1, name) if depth > 1 else self.conv(low, wider, f"{name}_bottom")
        low = self.conv(low, features, f"{name}_up{depth}")
        return layers.Add(name=f"{name}_sum{depth}")([skip, layers.UpSampling2D(2, name=f"{name}_double{depth}")(low)])

    def found(self, y, maps, tags, name):
        """What a stack finds: `[B, h, w, maps]`, of which the last `tags` are told where a cell lies, if that is so."""
        linear = {"size": 1, "activation": None, "dtype": "float32"}
        if not self.positions:
            return self.conv(y, maps, f"{name}_maps", **linear)
        placed = Positions(dtype="float32", name=f"{name}_positions")(y)
        both = [self.conv(y, maps - tags, f"{name}_maps", **linear), self.conv(placed, tags, f"{name}_tags", **linear)]
        return layers.Concatenate(dtype="float32", name=f"{name}_both")(both)

    def stacks(self, x, number, maps, tags, depth):
        """Hourglass after hourglass, each told what the one before it found: S tensors `[B, h, w, maps]`."""
        features, found = x.shape[-1], []
        for i in range(1, number + 1):
            name = f"stack{i}"
            y = self.hourglass(x, depth, f"{name}_hourglass")
            y = self.conv(self.conv(y, features, f"{name}_out1"), features, f"{name}_out2")
            found.append(self.found(y, maps, tags, name))
            if i < number:
                told = self.conv(y, features, f"{name}_told", 1, activation=None)
                remembered = self.conv(found[-1], features, f"{name}_remembered", 1, activation=None)
                x = layers.Add(name=f"{name}_sum")([x, told, remembered])
        return found

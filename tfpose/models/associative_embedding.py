"""Associative embedding, Newell, Huang and Deng 2017 (https://arxiv.org/abs/1611.05424)."""

import keras
from keras import layers

from tfpose.codecs import TagCodec
from tfpose.codecs.grouping.by_tags import grouping_order
from tfpose.losses import heatmaps
from tfpose.losses.tags import TagLoss
from tfpose.models.hourglass import stacked
from tfpose.models.layers.coord_conv import Positions
from tfpose.models.pose_model import PoseModel
from tfpose.models.trunks import pyramid
from tfpose.models.trunks.plain_hourglass import PlainHourglasses, convolution

PEOPLE = 30  # Maximum number of people that the authors' code looks for.


@keras.saving.register_keras_serializable("tfpose")
class AssociativeEmbedding(PoseModel):
    """A network that predicts the keypoints of several people, and a tag for each that is similar within a person.

    Input: RGB images `uint8 [B, H, W, 3]`. Output: `heatmaps` `[B, S, h, w, K]` and `tags` `[B, S, h, w, K * D]`, the D
    numbers of each keypoint's tag after each other. The paper's trunk is a row of hourglasses of plain convolutions,
    wider after every halving.

    Args:
        skeleton: The `Skeleton` whose K keypoints are to be found.
        image_size: Height and width of the network's input, in pixels; multiples of `4 * 2**depth` in the paper's
            trunk, else of the stride.
        stacks: Number of hourglasses in the paper's trunk.
        features: Channels of the paper's trunk; its stem has a quarter and a half of them.
        growth: Channels that each halving adds.
        depth: Number of times an hourglass halves its maps.
        tag_dim: Numbers per tag; 1 in the paper.
        sigma: Standard deviation of the target Gaussians, in cells.
        max_people: Maximum number of people per image in training. Decoding looks for at least 30, since single
            detections count as people, too.
        tag_weight: Weight of the loss that pulls and pushes tags, relative to that of the heatmaps.
        unused: Number of further maps without meaning; the authors' network has 34.
        positions: Whether the tags are also computed from each cell's position, see `Positions`. Not so in the paper;
            with it, small networks learn within minutes tags that differ between people.
        refinement: Decoding below a cell: quarter, a quarter of a cell towards the higher neighbour as the paper;
            parabola, the vertex through the logarithms of neighbouring cells; none.
        weight_decay: Weight of half the squared norm of the convolution kernels in the loss.
        trunk: Network before the heads: paper, or the name of an ImageNet backbone, which has a decoder.
        weights: Weights of the backbone: a file, imagenet (downloaded once by Keras), or random.
        stride: Stride of the maps with a backbone, in pixels: 4, or 8, which is faster and coarser.
        frozen_blocks: Number of first blocks of the backbone that are not trained.
        frozen_statistics: Whether batch normalisation of the backbone keeps its statistics; by default if it has
            weights.

    Attributes:
        whole: Heights and widths of images must be multiples of it.
    """

    LOSSES = {"mse": heatmaps.CellError}
    WIDTHS = ("features", "growth")
    SEVERAL = True

    def __init__(
        self, skeleton, image_size=(512, 512), *, stacks=4, features=256, growth=128, depth=4, tag_dim=1, sigma=2.0,
        max_people=30, tag_weight=1e-3, unused=0, positions=False, refinement="quarter", weight_decay=0.0,
        trunk="paper", weights="random", stride=4, frozen_blocks=0, frozen_statistics=None, name=None,
    ):  # fmt: skip
        network = pyramid.chosen(
            PlainHourglasses(stacks, features, growth, depth, weight_decay), trunk, weights=weights, stride=stride,
            frozen_blocks=frozen_blocks, frozen_statistics=frozen_statistics, weight_decay=weight_decay,
        )  # fmt: skip
        network.check(image_size)
        k, tags = len(skeleton), len(skeleton) * tag_dim
        images = keras.Input((*image_size, 3), dtype="uint8", name="images")
        head = _head(k + tags + unused, tags if positions else 0, weight_decay)
        maps = stacked(network(images, {"maps": head})["maps"])
        # The authors' order: heatmaps, tags, unused maps; tags computed from positions come last.
        first = k + unused if positions else k
        super().__init__(images, {"heatmaps": maps[..., :k], "tags": maps[..., first : first + tags]}, name=name)

        order = grouping_order(skeleton)
        most = max(max_people, PEOPLE)
        self.codec = TagCodec(
            image_size, network.stride, sigma, order=order, tag_dim=tag_dim, max_people=most, refinement=refinement
        )
        self.skeleton = skeleton
        self.whole = network.divisor
        self.set_trunk(network)

    def default_loss(self):
        """The authors' loss, summed over the cells: averaged, its gradients would be too small for Adam's epsilon."""
        h, w = self.codec.map_size
        weight = h * w * self.config["tag_weight"]
        return {"heatmaps": heatmaps.CellError(weight=h * w), "tags": TagLoss(weight, weight)}

    def named_loss(self, name):
        return self.default_loss()  # There is one loss only, for heatmaps and tags.

    def keypoint_channels(self):
        names, stacks = self.skeleton.keypoints, self.output["heatmaps"].shape[1]
        points = [(name,) for name in names]
        tags = [(name, "tag", i) for name in names for i in range(self.config["tag_dim"])]
        unused = [("unused", i) for i in range(self.config["unused"])]
        if self.config["positions"]:
            of = {"maps": points + unused, "tags": tags}
            together = points + unused + tags
        else:
            of = {"maps": points + tags + unused}
            together = of["maps"]
        found = {(f"stack{i}_{kind}", "outputs"): of[kind] for i in range(1, stacks + 1) for kind in of}
        return found | {(f"stack{i}_remembered", "inputs"): together for i in range(1, stacks)}


def _head(maps, placed, weight_decay):
    """A head: features and the name of a stack → maps `float32 [B, h, w, maps]`, the last `placed` from positions."""
    linear = {"size": 1, "activation": None, "dtype": "float32", "weight_decay": weight_decay}

    def head(y, name):
        if not placed:
            return convolution(y, maps, f"{name}_maps", **linear)
        positions = Positions(dtype="float32", name=f"{name}_positions")(y)
        both = [convolution(y, maps - placed, f"{name}_maps", **linear)]
        both.append(convolution(positions, placed, f"{name}_tags", **linear))
        return layers.Concatenate(dtype="float32", name=f"{name}_both")(both)

    return head

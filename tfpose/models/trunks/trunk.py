"""Interface of trunks, the networks from images to features, which call the heads of the models."""

import math


class Trunk:
    """The part of a network from images to features; it calls the heads, which turn features into maps.

    `trunk(images, heads)` takes images `uint8 [B, H, W, 3]` and heads, callables `(features, name) → maps` by the name
    of the output, and returns for each output the list of its S maps `[B, h, w, ·]`. A trunk of stacks calls the heads
    after each stack, with the stack's name as a prefix for the names of layers, and may feed the maps back.

    Attributes:
        stride: Input pixels per cell of the maps.
        divisor: Heights and widths of images must be multiples of it.
    """

    stride = 4
    divisor = 1

    def __call__(self, images, heads):
        raise NotImplementedError

    def check(self, image_size):
        """Checks that images of a size can be shown to the network.

        Raises:
            ValueError: If not.
        """
        check_size(image_size, self.divisor)

    def freeze(self, model):
        """Makes the layers of a model that are never trained untrainable, such as the first blocks of a backbone."""

    def pretrained_variables(self, model):
        """The trainable variables of a model that may have come from a file, and learn at `--trunk_lr`."""
        return []


def map_size(image_size, stride):
    """`(h, w)`: cells of maps of images `(H, W)`; the last ones may reach over the border."""
    return tuple(math.ceil(n / stride) for n in image_size)


def only(heads):
    """The name and the callable of a single head."""
    ((name, head),) = heads.items()
    return name, head


def check_size(image_size, divisor):
    """Checks that both sides of an image are multiples of a number of pixels.

    Raises:
        ValueError: If not.
    """
    if len(image_size) != 2 or any(n < divisor or n % divisor for n in image_size):
        raise ValueError(f"`image_size` must be two multiples of {divisor}. Received: {tuple(image_size)}.")

"""The base class of codecs: people → network targets, and network outputs → people."""

import inspect


class Codec:
    """How the outputs of a network represent people.

    `encode`, `maps`, `peaks`, `decode`, `candidates` and `answers` use `keras.ops` only, so that they run inside the
    compiled train step and inside exported graphs; `group` is NumPy.

    Attributes:
        image_size: `(height, width)` of the network's input, in pixels. Set by the subclass.
        stride: Input pixels per cell. Set by the subclass.
        several: Whether several people are found in an image; otherwise the one person who is shown.
        outputs: Names of the network outputs that hold one map per keypoint. `maps` takes these names.
        watched: Names of `candidates`: the outputs on which metrics are computed in training.
    """

    several = False
    outputs = ("heatmaps",)
    watched = ("heatmaps",)

    @property
    def map_size(self):
        """`(h, w)` of the maps, in cells."""
        return tuple(-(-n // self.stride) for n in self.image_size)

    def is_inside(self, keypoints):
        """Tells which keypoints `[..., 3]` are annotated and lie inside the image, `bool [...]`."""
        height, width = self.image_size
        x, y, v = (keypoints[..., i] for i in range(3))
        return (v > 0) & (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)

    def encode(self, people):
        """Returns the targets of a batch of people.

        Args:
            people: dict with `keypoints` `[B, N, K, 3]`: `(x, y, v)` in input pixels; v = 0 where not annotated.

        Returns:
            `(targets, weights)`: dicts keyed as the network's outputs; a weight is 0 where nothing is annotated.
        """
        raise NotImplementedError

    def maps(self, outputs, name="heatmaps"):
        """Returns the maps of the last stack of an output, `float32 [B, h, w, K]`: probabilities or heights, ≥ 0."""
        raise NotImplementedError

    def peaks(self, maps):
        """Returns the candidates in maps `[B, h, w, K]`, such as those that `maps` returned or an average of several.

        Returns:
            Candidates `[B, K, M, 3]`: M detections `(x, y, score)` of each keypoint, in input pixels, best first.
        """
        raise NotImplementedError

    def decode(self, outputs):
        """Returns the candidates in the outputs of the network.

        Returns:
            Candidates `[B, K, M, 3+]`: `(x, y, score, ...)` in input pixels, best first; what follows is for `group`.
        """
        return self.peaks(self.maps(outputs))

    def candidates(self, outputs):
        """Returns the candidates that metrics are computed on in training: a dict keyed by `watched`."""
        return {"heatmaps": self.decode(outputs)}

    def group(self, candidates):
        """Groups the candidates of one image `[K, M, 3+]` into people `[N, K, 3]`: `(x, y, score)`.

        By default the best candidate of each keypoint is one person's.
        """
        return candidates[None, :, 0, :3]

    def answers(self, outputs):
        """Returns what an export computes, arrays in input pixels: `keypoints` `[B, K, 3]`, or `candidates`."""
        candidates = self.decode(outputs)
        return {"candidates": candidates} if self.several else {"keypoints": candidates[:, :, 0, :3]}

    def get_config(self):
        """Returns the constructor's arguments, as JSON takes them: by default the attributes of these names."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    @classmethod
    def from_config(cls, config):
        """Builds a codec from the output of `get_config`."""
        return cls(**config)

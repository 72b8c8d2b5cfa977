"""What every codec does: turn people into network targets, and network outputs into people."""


class Codec:
    """How a network represents people.

    `encode` and `decode` use `keras.ops` only, so that they run inside the compiled train step and inside the
    exported SavedModel; `group` is NumPy.

    Attributes:
        image_size: `(height, width)` of the network's input, in pixels. Set by the subclass.
        stride: Input pixels per cell. Set by the subclass.
        several: Whether it finds everyone in an image, rather than the one person who is shown.
        watched: The names of `candidates`.
    """

    several = False
    watched = ("heatmaps",)

    @property
    def map_size(self):
        """`(h, w)` of the maps, in cells."""
        return tuple(-(-n // self.stride) for n in self.image_size)

    def is_inside(self, keypoints):
        """Tells which keypoints `[..., 3]` are annotated and lie inside the image."""
        height, width = self.image_size
        x, y, v = (keypoints[..., i] for i in range(3))
        return (v > 0) & (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)

    def encode(self, people):
        """people `{"keypoints": [B, N, K, 3], ...}` → `(targets, weights)`, dicts keyed as the outputs."""
        raise NotImplementedError

    def decode(self, outputs):
        """outputs → candidates `[B, K, M, 3+]`: M detections `(x, y, score, ...)` of each keypoint, in input pixels."""
        raise NotImplementedError

    def candidates(self, outputs):
        """What training watches: the decoded answer, and those of earlier stages of the network that can be decoded."""
        return {"heatmaps": self.decode(outputs)}

    def group(self, candidates):
        """candidates of one image `[K, M, 3+]` → people `[N, K, 3]`: `(x, y, score)`. One person by default."""
        return candidates[None, :, 0, :3]

    def answers(self, outputs):
        """What an export gives, arrays in input pixels by name: `keypoints` `[B, K, 3]`, or `candidates` of several."""
        candidates = self.decode(outputs)
        return {"candidates": candidates} if self.several else {"keypoints": candidates[:, :, 0, :3]}

    def get_config(self):
        raise NotImplementedError

    @classmethod
    def from_config(cls, config):
        return cls(**config)

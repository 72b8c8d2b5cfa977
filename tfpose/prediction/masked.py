"""Keypoints inside given outlines of people: the mode `use_gt_segm` of pose-tensorflow."""

import numpy as np
import tensorflow as tf

from tfpose.codecs import PartFieldCodec, part_peaks
from tfpose.data import geometry
from tfpose.prediction import views
from tfpose.prediction.multi_person import place


class MaskedPredictor:
    """Finds, for everyone whose outline is given, the best cell of each keypoint inside it.

    Grouping plays no part: so it tells what the network alone is worth.

    Args:
        model: A `DeeperCut`.

    Raises:
        ValueError: If the network is another.
    """

    several = True

    def __init__(self, model):
        if not isinstance(model.codec, PartFieldCodec):
            raise ValueError(f"Only part fields can be looked at inside outlines. Received: {model.name}.")
        self.model = model
        self.codec = model.codec
        self.skeleton = model.skeleton

    def __call__(self, image, masks):
        """Finds the people.

        Args:
            image: RGB `uint8 [H, W, 3]`.
            masks: bool `[N, H, W]`: the outline of each.

        Returns:
            People `float32 [N, K, 3]`: `(x, y, score)` in pixels of `image`, in the order of the masks. A keypoint of
            which no cell lies inside has score 0, and all three are zeros.
        """
        image = views.check_image(image)
        view = geometry.crop_map(tf.constant(views.box_or_all(None, image)), self.codec.image_size)
        if not len(masks):
            return np.zeros((0, len(self.skeleton), 3), "float32")
        seen = geometry.warp_images(image[None], view[None], self.codec.image_size)
        outputs = {name: tf.repeat(maps, len(masks), axis=0) for name, maps in self.model(seen, training=False).items()}
        inside = self._cells(np.asarray(masks), view)
        cells, scores = part_peaks.peaks(self.codec.maps(outputs) * inside, 1, 0)
        found = self.codec.look(outputs, cells, scores)[:, :, 0, :3]
        return place(found, geometry.invert(view)).numpy()

    def _cells(self, masks, view):
        """The masks `[N, H, W]` as cells `float32 [N, h, w, 1]`: 1 where at least half of a cell lies inside."""
        stride = float(self.codec.stride)
        to_cells = tf.constant([[1 / stride, 0, 0.5 / stride - 0.5], [0, 1 / stride, 0.5 / stride - 0.5]])
        grey = np.repeat(np.uint8(255) * masks[..., None].astype("uint8"), 3, axis=-1)
        warped = geometry.warp_images(grey, geometry.compose(to_cells, view)[None], self.codec.map_size)
        return tf.cast(warped[..., :1] >= 128, tf.float32)

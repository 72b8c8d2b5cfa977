"""Keypoints inside given masks of people: the mode `use_gt_segm` of pose-tensorflow."""

import numpy as np
import tensorflow as tf

from tfpose.codecs import PartFieldCodec, peaks
from tfpose.data import geometry
from tfpose.prediction import views
from tfpose.prediction.multi_person import place
from tfpose.prediction.predictor import Predictor


class MaskedPredictor(Predictor):
    """Finds, for each given mask of a person, the highest cell of each keypoint inside it.

    Nothing is grouped, so that the network's part fields are measured without the grouping.

    Args:
        model: A `DeeperCut`.

    Raises:
        ValueError: If the network is another.
    """

    several = True

    def __init__(self, model):
        if not isinstance(model.codec, PartFieldCodec):
            raise ValueError(f"Masks are for networks with part fields, deepercut. Received: {model.name}.")
        self.model = model
        self.codec = model.codec
        self.skeleton = model.skeleton

    def __call__(self, image, box=None, masks=None):
        """Finds the people.

        Args:
            image: RGB `uint8 [H, W, 3]`.
            box: `[4]`: x, y, width, height of the part to show, in pixels of `image`; the whole image by default.
            masks: bool `[N, H, W]`, one per person; a single one that is the whole image by default.

        Returns:
            People `float32 [N, K, 3]`: `(x, y, score)` in pixels of `image`, in the order of the masks. A keypoint of
            which no cell lies inside has score 0, and all three are zeros.
        """
        image = views.check_image(image)
        masks = np.ones((1, *image.shape[:2]), bool) if masks is None else np.asarray(masks)
        if not len(masks):
            return np.zeros((0, len(self.skeleton), 3), "float32")
        view = geometry.crop_map(tf.constant(views.box_or_frame(box, image)), self.codec.image_size)
        shown = geometry.warp_images(image[None], view[None], self.codec.image_size)
        outputs = self.model(shown, training=False)
        outputs = {name: tf.repeat(maps, len(masks), axis=0) for name, maps in outputs.items()}
        inside = self._cells(masks, view)
        cells, scores = peaks.best_cells(self.codec.maps(outputs) * inside, 1, 0)
        found = self.codec.candidates_at(outputs, cells, scores)[:, :, 0, :3]
        return place(found, geometry.invert(view)).numpy()

    def _cells(self, masks, view):
        """The masks `[N, H, W]` as cells `float32 [N, h, w, 1]`: 1 where at least half of a cell lies inside."""
        to_cells = geometry.pixels_to_cells(self.codec.stride)
        grey = np.repeat(np.uint8(255) * masks[..., None].astype("uint8"), 3, axis=-1)
        warped = geometry.warp_images(grey, geometry.compose(to_cells, view)[None], self.codec.map_size)
        return tf.cast(warped[..., :1] >= 128, tf.float32)

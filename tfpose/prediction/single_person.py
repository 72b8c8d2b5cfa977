"""Predictor for networks that find the one person who is shown."""

import numpy as np
import tensorflow as tf

from tfpose.codecs import DistributionCodec
from tfpose.data import geometry
from tfpose.prediction import views
from tfpose.prediction.predictor import Predictor


class SinglePersonPredictor(Predictor):
    """Runs a trained single-person model on images of any size.

    Args:
        model: A `PoseModel` that finds one person.
        scales: One view for each: 1 shows the box, above 1 more around it, below 1 less. Tompson et al. 2014's
            reproduction averages eight.
        mirror: Whether to add the mirror image of every view. The maps of all views are averaged.
        output: Name of the output that is decoded, such as `"part_heatmaps"` for the detector without the spatial
            model.
        torso_prior: A `TorsoPrior`, applied to the maps if the torso box is given; only for maps of probabilities.
        crop: What the model was trained to see, see `Predictor`; by default what its file records.

    Raises:
        ValueError: If the scales are none or not positive, the model has no such output, or a torso prior is given
            and its maps are no probabilities.
    """

    def __init__(self, model, *, scales=(1.0,), mirror=False, output="heatmaps", torso_prior=None, crop=None):
        views.check_scales(scales)
        if output not in model.codec.outputs:
            raise ValueError(f"Unknown `output`. Received: {output!r}. Known: {', '.join(model.codec.outputs)}.")
        if torso_prior and not isinstance(model.codec, DistributionCodec):
            raise ValueError(
                "`torso_prior` needs maps of probabilities, as of part_detector. "
                f"Received: {model.name}, with {type(model.codec).__name__}."
            )
        self.model = model
        self.codec = model.codec
        self.skeleton = model.skeleton
        self.takes_torso = takes_torso(model)
        self.output = output
        self.crop = crop or model.crop
        self.torso_prior = torso_prior
        self._scales = np.repeat(np.array(scales, np.float32), 1 + mirror)
        self._mirrored = np.tile([False, True][: 1 + mirror], len(scales))
        self._is_plain = len(self._scales) == 1 and self._scales[0] == 1
        inputs = [tf.TensorSpec([None, None, 3], tf.uint8), tf.TensorSpec([4]), tf.TensorSpec([2]), tf.TensorSpec([4])]
        self._run = tf.function(self._predict, autograph=False, input_signature=inputs)

    def __call__(self, image, box=None, torso=None, torso_box=None):
        """Finds the person in a box.

        Args:
            image: RGB `uint8 [H, W, 3]`.
            box: `[4]`: x, y, width, height of the part to show, in pixels of `image`; the whole image by default.
            torso: `[2]`: `(x, y)` of the middle of the torso, in pixels of `image`, if the model `takes_torso`.
            torso_box: `[4]`: x, y, width, height of the torso, in pixels of `image`, for the torso prior.

        Returns:
            People `float32 [1, K, 3]`: `(x, y, score)` in pixels of `image`.

        Raises:
            ValueError: If an argument has another form, the torso is given and not needed or the reverse, or a torso
                box is given without a prior.
        """
        return self.by_output(image, box, torso, torso_box)[self.output]

    def by_output(self, image, box=None, torso=None, torso_box=None):
        """Returns the people of every output of one run of the network: a dict, people by name of the output."""
        candidates, to_image, _ = self._run(*self._inputs(image, box, torso, torso_box))
        return {
            name: geometry.warp_keypoints(self.codec.group(found.numpy()), to_image).numpy()
            for name, found in candidates.items()
        }

    def maps(self, image, box=None, torso=None, torso_box=None):
        """Returns the averaged maps that are decoded: a dict of `float32 [h, w, K]` by name of the output."""
        maps = self._run(*self._inputs(image, box, torso, torso_box))[2]
        return {name: values.numpy() for name, values in maps.items()}

    def _inputs(self, image, box, torso, torso_box):
        """Checked image, box `[4]`, torso `[2]` and torso box `[4]`; zeros if there is no torso box."""
        image = views.check_image(image)
        if torso_box is not None and self.torso_prior is None:
            raise ValueError(f"`torso_box` needs a predictor with a `torso_prior`. Received: {torso_box}, and none.")
        point = views.point_or_origin("torso", torso, self.takes_torso)
        known = np.zeros(4, np.float32) if torso_box is None else views.checked("torso_box", torso_box, 4)
        return image, views.box_or_frame(box, image), point, known

    def _predict(self, image, box, torso, torso_box):
        """Candidates `[K, M, 3+]` by output, the map from input to image, and maps `[h, w, K]` by output."""
        size = self.codec.image_size
        plain = geometry.crop_map(box, size)
        shown = geometry.crop_map(box, size, scale=self._scales, mirror=self._mirrored)
        images = tf.map_fn(
            lambda view: geometry.warp_images(image[None], view[None], size)[0],
            shown,
            fn_output_signature=tf.uint8,
        )
        torso = geometry.warp_keypoints(tf.repeat(torso[None, None], len(self._scales), axis=0), shown)[:, 0]
        outputs = self.model(network_inputs(self.model, images, torso), training=False)
        maps = {name: self._average(self.codec.maps(outputs, name), shown, plain) for name in self.codec.outputs}
        if self.torso_prior:
            maps = {name: self._with_prior(values, plain, torso_box) for name, values in maps.items()}
        if self._is_plain and not self.torso_prior:  # Some codecs decode more than the maps, such as offsets.
            candidates = self.codec.candidates(outputs)
        else:
            candidates = {name: self.codec.peaks(values) for name, values in maps.items()}
        candidates, maps = ({name: each[0] for name, each in found.items()} for found in (candidates, maps))
        return candidates, geometry.invert(plain), maps

    def _average(self, maps, shown, plain):
        """Resamples `[V, h, w, K]` to the plain view and averages, in each cell, the views that cover it."""
        if self._is_plain:
            return maps
        mirrored = tf.gather(maps, self.skeleton.flip, axis=-1)
        maps = tf.where(self._mirrored[:, None, None, None], mirrored, maps)
        mean = tf.math.divide_no_nan(*views.carry(maps, shown, plain, float(self.codec.stride), self.codec.map_size))
        # A view that shows more has larger cells; without this, the probabilities would no longer sum to 1.
        return mean * tf.math.divide_no_nan(_total(maps), _total(mean))

    def _with_prior(self, maps, plain, torso_box):
        """Maps `[1, h, w, K]` with the torso prior, or as they are where the torso box is not known."""
        h, w = self.codec.map_size
        columns, rows = tf.meshgrid(tf.range(w, dtype=tf.float32), tf.range(h, dtype=tf.float32))
        cells = tf.reshape(tf.stack([columns, rows], axis=-1), [-1, 2])
        to_image = geometry.compose(geometry.invert(plain), geometry.cells_to_pixels(self.codec.stride))
        points = tf.reshape(geometry.warp_keypoints(cells, to_image), [h, w, 2])
        return tf.cond(torso_box[2] > 0, lambda: self.torso_prior.apply(maps[0], torso_box, points)[None], lambda: maps)


def takes_torso(model) -> bool:
    """Whether the model has an input for the middle of the torso."""
    return isinstance(model.input, dict) and "torso" in model.input


def network_inputs(model, images, torso):
    """Returns the inputs of a network.

    Args:
        model: A `PoseModel`.
        images: `uint8 [B, *image_size, 3]`.
        torso: `[B, 2]`: `(x, y)` in input pixels; left out for models that take none.
    """
    return {"images": images, "torso": torso} if takes_torso(model) else images


def _total(maps):
    """Mean over the views of each map's sum, `[1, 1, 1, K]`."""
    return tf.reduce_mean(tf.reduce_sum(maps, axis=(1, 2), keepdims=True), axis=0)

"""Predictor for networks that find everyone in an image."""

import math

import numpy as np
import tensorflow as tf

from tfpose.data import geometry
from tfpose.prediction import views
from tfpose.prediction.predictor import Predictor


class MultiPersonPredictor(Predictor):
    """Runs a trained multi-person model on images of any size.

    The network is run once per scale, on the image in another size; the heatmaps of all views are averaged, on the
    finest cells. The tags are those of the scale nearest to 1; with `mirror`, those of the mirrored view are further
    tag dimensions. This is the test of Newell et al. 2017 (https://arxiv.org/abs/1611.05424), with scales of 0.5, 1
    and 2 and `mirror`.

    Args:
        model: A `PoseModel` whose codec finds several people.
        scales: 1 shows the image as large as the network's input, above 1 smaller, below 1 larger.
        mirror: Whether to add the mirror image of every view.
        complete: Whether to search the maps again for the keypoints that a person lacks, by their tags; see
            `codecs.completion`.
        crop: What the model was trained to see, see `Predictor`; by default what its file records.

    Raises:
        ValueError: If the scales are none or not positive, or the network has no tags and there is more than the plain
            view.
    """

    several = True

    def __init__(self, model, *, scales=(1.0,), mirror=False, complete=False, crop=None):
        views.check_scales(scales)
        if "tags" not in model.output and (tuple(scales) != (1.0,) or mirror or complete):
            raise ValueError(
                "More than one plain view is for networks that tag keypoints. "
                f"Received: `scales={tuple(scales)}`, `mirror={mirror}`, `complete={complete}`."
            )
        self.model = model
        self.skeleton = model.skeleton
        self.mirror = mirror
        self.complete = complete
        self.crop = crop or model.crop
        self._sizes = [_size(model, scale) for scale in scales]
        self._tagging = int(np.argmin(np.abs(np.log(scales))))
        self.codec = _codec(model.codec, max(self._sizes), 1 + mirror) if "tags" in model.output else model.codec
        run = self._views if "tags" in model.output else self._plain
        self._run = tf.function(
            run, autograph=False, input_signature=[tf.TensorSpec([None, None, 3], tf.uint8), tf.TensorSpec([4])]
        )

    def __call__(self, image, box=None):
        """Finds the people, those of the highest score first; see `Predictor`."""
        return self.people(*self.candidates(image, box))

    def people(self, candidates, to_image, maps):
        """Groups what `candidates` returned into people, as a call does."""
        people = self.codec.group(candidates)
        if self.complete:
            people = self.codec.complete(people, maps["heatmaps"], maps["tags"])
        return place(people, to_image).numpy()

    def candidates(self, image, box=None):
        """Returns the candidates, which are grouped into people, on the finest cells of all views.

        Returns:
            Candidates `[K, M, 3+]` in input pixels; the map `[2, 3]` from these to those of `image`; and a dict of maps
            `float32 [h, w, ...]` by the name of the output.
        """
        image = views.check_image(image)
        return tf.nest.map_structure(lambda found: found.numpy(), self._run(image, views.box_or_frame(box, image)))

    def _plain(self, image, box):
        """Candidates `[K, M, 3+]`, the map from input to image, and maps `[h, w, ...]`."""
        view = geometry.crop_map(box, self.codec.image_size)
        seen = geometry.warp_images(image[None], view[None], self.codec.image_size)
        outputs = self.model(seen, training=False)
        maps = {name: self.codec.maps(outputs, name)[0] for name in self.codec.outputs}
        return self.codec.decode(outputs)[0], geometry.invert(view), maps

    def _views(self, image, box):
        """As `_plain`, of all views together."""
        finest = geometry.crop_map(box, self.codec.image_size)
        heatmaps, seen = 0.0, 0.0
        for i, size in enumerate(self._sizes):
            view = geometry.crop_map(box, size)
            found = self._view_maps(image, view, size)
            both = [
                tf.reduce_mean(found["heatmaps"], axis=0, keepdims=True),
                _side_by_side(found["tags"], self.skeleton),
            ]
            maps, count = self._carry(tf.concat(both, axis=-1), view, finest, size)
            k = len(self.skeleton)
            heatmaps, seen = heatmaps + maps[..., :k], seen + count
            if i == self._tagging:
                tags = tf.math.divide_no_nan(maps[..., k:], count)
        heatmaps = tf.math.divide_no_nan(heatmaps, seen)
        return self.codec.peaks(heatmaps, tags)[0], geometry.invert(finest), {"heatmaps": heatmaps[0], "tags": tags[0]}

    def _view_maps(self, image, view, size):
        """Maps `[V, h, w, ...]` by output, of the view and of its mirror image, mirrored back."""
        images = geometry.warp_images(image[None], view[None], size)
        if self.mirror:
            images = tf.concat([images, tf.reverse(images, [2])], axis=0)
        # `call`, since calling the model checks that the images have the size that it was built for.
        outputs = self.model.call(images, training=False)
        found = {name: self.codec.maps(outputs, name) for name in ("heatmaps", "tags")}
        return {name: self._mirrored_back(maps) for name, maps in found.items()} if self.mirror else found

    def _mirrored_back(self, maps):
        k = len(self.skeleton)
        plain, mirrored = maps[:1], tf.reverse(maps[1:], [2])
        by_keypoint = tf.reshape(mirrored, [*mirrored.shape[:3], k, -1])
        return tf.concat([plain, tf.reshape(tf.gather(by_keypoint, self.skeleton.flip, axis=3), plain.shape)], axis=0)

    def _carry(self, maps, view, finest, size):
        if size == self.codec.image_size:
            return maps, tf.ones_like(maps[..., :1])
        return views.carry(maps, view[None], finest[None], float(self.codec.stride), self.codec.map_size)


def place(people, matrix):
    """Moves people `[..., N, K, 3]` by maps `[..., 2, 3]`. Keypoints that were not found, of score 0, become zeros."""
    people = tf.convert_to_tensor(people, tf.float32)
    return tf.where(people[..., 2:] > 0, geometry.warp_keypoints(people, matrix[..., None, :, :]), 0.0)


def place_answers(answers, matrix):
    """Moves the `keypoints` or `people` among the answers of a codec, as `place` does; others stay as they are.

    Args:
        answers: Dict that `Codec.answers` returned: `keypoints` `[B, K, 3]`, or `candidates` and perhaps `people`
            `[B, N, K, 3]`, all in input pixels.
        matrix: `[B, 2, 3]` or `[2, 3]`, the map from input to image.
    """
    moves = {"keypoints": geometry.warp_keypoints, "people": place}
    return answers | {name: move(answers[name], matrix) for name, move in moves.items() if name in answers}


def _size(model, scale):
    """The input size of a scale: the network's own, or multiples of what the network halves."""
    own = model.codec.image_size
    return own if scale == 1 else tuple(math.ceil(n / scale / model.whole) * model.whole for n in own)


def _codec(codec, size, views):
    """The codec for images of another size, with the tags of several views side by side."""
    return type(codec).from_config({**codec.get_config(), "image_size": size, "tag_dim": codec.tag_dim * views})


def _side_by_side(tags, skeleton):
    """Tags `[V, h, w, K * D]` of views → `[1, h, w, K * V * D]`."""
    views, h, w, channels = tags.shape
    by_keypoint = tf.reshape(tags, [views, h, w, len(skeleton), channels // len(skeleton)])
    return tf.reshape(tf.transpose(by_keypoint, [1, 2, 3, 0, 4]), [1, h, w, views * channels])

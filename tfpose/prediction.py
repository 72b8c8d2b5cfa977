"""From an image to the people in it."""

import json
import pathlib

import keras
import numpy as np
import tensorflow as tf

import tfpose.models  # noqa: F401  Registers what .keras files name.
from tfpose.data import geometry
from tfpose.skeletons import Skeleton


class Predictor:
    """Runs a trained model on images of any size.

    Args:
        model: A `PoseModel`.
        scales: Sizes of the surroundings shown to the network, one view each; 1 is the box, above 1 shows more.
        mirror: Whether to show every view mirrored too. The probabilities of all views are averaged.
        output: Name of the output that holds the answer.
    """

    def __init__(self, model, *, scales=(1.0,), mirror=False, output="heatmaps"):
        if not scales or min(scales) <= 0:
            raise ValueError(f"`scales` must be one or more positive numbers. Received: {scales}.")
        if output not in model.codec.outputs:
            raise ValueError(f"Unknown `output`. Received: {output!r}. Known: {', '.join(model.codec.outputs)}.")
        self.model = model
        self.codec = model.codec
        self.skeleton = model.skeleton
        self.output = output
        self._scales = np.repeat(np.array(scales, np.float32), 1 + mirror)
        self._mirrored = np.tile([False, True][: 1 + mirror], len(scales))
        image, box, torso = (
            tf.TensorSpec([None, None, 3], tf.uint8),
            tf.TensorSpec([4]),
            tf.TensorSpec([2]),
        )
        self._run = tf.function(self._look, autograph=False, input_signature=[image, box, torso])

    @classmethod
    def load(cls, path, **options):
        """Opens a run folder (its `best.keras`), a `.keras` file, or an exported folder.

        Args:
            path: Where it lies.
            **options: As the class. An export answers from one plain view and takes none.

        Raises:
            ValueError: If there is none of these.
        """
        if pathlib.Path(path, "saved_model.pb").is_file():
            return ExportedPredictor(path, **options)
        return cls(load_model(path), **options)

    def __call__(self, image, box=None, torso=None):
        """Finds the people.

        Args:
            image: RGB `uint8 [H, W, 3]`.
            box: `[4]`: x, y, width, height of what to look at, in pixels of `image`; the whole image by default.
            torso: `[2]`: `(x, y)` of the middle of the torso, in pixels of `image`. Only for models that must be told.

        Returns:
            People `float32 [N, K, 3]`: `(x, y, score)`, in pixels of `image`.
        """
        return self.by_output(image, box, torso)[self.output]

    def by_output(self, image, box=None, torso=None):
        """Finds the people in every output of one run of the network: a dict of people by the name of the output."""
        candidates, to_image, _ = self._run(*_arguments(image, box, torso, takes_torso(self.model)))
        return {
            name: geometry.warp_keypoints(self.codec.group(found.numpy()), to_image).numpy()
            for name, found in candidates.items()
        }

    def maps(self, image, box=None, torso=None):
        """The averaged maps the answers come from: a dict of `float32 [h, w, K]` by the name of the output."""
        maps = self._run(*_arguments(image, box, torso, takes_torso(self.model)))[2]
        return {name: values.numpy() for name, values in maps.items()}

    def _look(self, image, box, torso):
        """By output: candidates `[K, M, 3+]`, and maps `[h, w, K]` last; between them the map from input to image."""
        size = self.codec.image_size
        plain = geometry.crop_map(box, size)
        views = geometry.crop_map(box, size, scale=self._scales, mirror=self._mirrored)
        images = tf.map_fn(
            lambda view: geometry.warp_images(image[None], view[None], size)[0],
            views,
            fn_output_signature=tf.uint8,
        )
        torso = geometry.warp_keypoints(tf.repeat(torso[None, None], len(self._scales), axis=0), views)[:, 0]
        outputs = self.model(network_inputs(self.model, images, torso), training=False)
        maps = {name: self._average(self.codec.maps(outputs, name), views, plain) for name in self.codec.outputs}
        candidates = {name: self.codec.peaks(values)[0] for name, values in maps.items()}
        return (
            candidates,
            geometry.invert(plain),
            {name: values[0] for name, values in maps.items()},
        )

    def _average(self, maps, views, plain):
        """Carries `[V, h, w, K]` back to the plain view and averages, in each cell, the views that see it."""
        if len(self._scales) == 1 and self._scales[0] == 1:
            return maps
        mirrored = tf.gather(maps, self.skeleton.flip, axis=-1)
        maps = tf.where(self._mirrored[:, None, None, None], mirrored, maps)
        stride = float(self.codec.stride)
        to_pixels = tf.constant([[stride, 0, (stride - 1) / 2], [0, stride, (stride - 1) / 2]])
        to_plain = geometry.compose(plain, geometry.compose(geometry.invert(views), to_pixels))
        cells = geometry.compose(geometry.invert(to_pixels), to_plain)
        seen = tf.concat([maps, tf.ones_like(maps[..., :1])], axis=-1)
        carried = tf.reduce_sum(geometry.warp_maps(seen, cells, self.codec.map_size), axis=0, keepdims=True)
        mean = tf.math.divide_no_nan(carried[..., :-1], carried[..., -1:])
        # A view that shows more has larger cells; without this, the probabilities would no longer sum to 1.
        return mean * tf.math.divide_no_nan(tf.reduce_mean(_total(maps), axis=0), _total(mean))


class ExportedPredictor:
    """Runs what `serving.export` wrote, through the export's own signature; otherwise as a `Predictor`.

    Args:
        path: Folder of the SavedModel.
        scales, mirror, output: For exchange with `Predictor`. An export knows their defaults only.
    """

    def __init__(self, path, *, scales=(1.0,), mirror=False, output="heatmaps"):
        if tuple(scales) != (1.0,) or mirror or output != "heatmaps":
            raise ValueError(
                "An export answers from one plain view; for more views load the run. "
                f"Received: `scales={tuple(scales)}`, `mirror={mirror}`, `output={output!r}`."
            )
        self._loaded = tf.saved_model.load(path)
        self._find = self._loaded.signatures["serve_boxes"]
        skeleton = pathlib.Path(path, "assets.extra", "skeleton.json")
        self.skeleton = Skeleton.from_dict(json.loads(skeleton.read_text(encoding="utf-8")))

    def __call__(self, image, box=None, torso=None):
        asked = self._find.structured_input_signature[1]
        image, box, torso = _arguments(image, box, torso, "torso" in asked)
        given = {"images": image, "boxes": box, "torso": torso}
        return self._find(**{name: tf.constant(given[name][None]) for name in asked})["keypoints"].numpy()


def load_model(path):
    """The `PoseModel` of a run folder (its `best.keras`) or a `.keras` file.

    Raises:
        ValueError: If there is none.
    """
    path = pathlib.Path(path)
    file = path / "best.keras" if path.is_dir() else path
    if file.suffix != ".keras" or not file.is_file():
        raise ValueError(
            "A model must be a run folder with best.keras or a .keras file; to predict, an exported SavedModel too. "
            f"Received: {str(path)!r}."
        )
    return keras.saving.load_model(file, compile=False)


def takes_torso(model) -> bool:
    """Whether the model must be told where the torso is."""
    return isinstance(model.input, dict) and "torso" in model.input


def network_inputs(model, images, torso):
    """What the network is called with.

    Args:
        model: A `PoseModel`.
        images: `uint8 [B, *image_size, 3]`.
        torso: `[B, 2]`: `(x, y)` in input pixels; left aside by models that need none.
    """
    return {"images": images, "torso": torso} if takes_torso(model) else images


def _arguments(image, box, torso, torso_needed):
    """Checks what is to be looked at. Returns the image, `[4]` and `[2]`; an unneeded torso is the origin."""
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[-1] != 3 or 0 in image.shape:
        raise ValueError(f"`image` must be RGB `uint8 [H, W, 3]`. Received: {image.dtype} {list(image.shape)}.")
    if torso is None and torso_needed:
        raise ValueError("This model must be told the middle of the torso: `torso` must be (x, y). Received: None.")
    height, width = image.shape[:2]
    box = np.array((0, 0, width, height) if box is None else box, np.float32)
    return image, box, np.array((0, 0) if torso is None else torso, np.float32)


def _total(maps):
    """Sum of each map over its cells, `[B, 1, 1, K]`."""
    return tf.reduce_sum(maps, axis=(1, 2), keepdims=True)

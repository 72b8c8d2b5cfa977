"""Export to SavedModel: images of any size or JPEG files in, keypoints or people out, all in the graph."""

import numpy as np
import tensorflow as tf

from tfpose.data import geometry, records
from tfpose.prediction.multi_person import place_answers
from tfpose.prediction.single_person import network_inputs, takes_torso


def write(model, folder):
    """Writes the SavedModel.

    Returns:
        A function that runs each signature on JPEG files and torsos, as `verify` takes it; and the inputs and outputs
        of the signatures, a line each.
    """
    specs, functions = _specs(takes_torso(model)), _Signatures(model)
    traced = {
        name: tf.function(getattr(functions, name), autograph=False).get_concrete_function(*specs[name])
        for name in specs
    }
    module = tf.Module()
    module.weights = [variable.value for variable in model.variables]
    tf.saved_model.save(module, folder, signatures=traced)
    loaded = tf.saved_model.load(folder)
    return lambda jpegs, torsos: _run_all(loaded.signatures, jpegs, torsos), [
        f"{name}({', '.join(map(_text, inputs))}) → {', '.join(_outputs(traced[name]))}"
        for name, inputs in specs.items()
    ]


class _Signatures:
    """The signatures of a SavedModel as methods."""

    def __init__(self, model):
        self.model = model
        self.size = model.codec.image_size
        self._answer = tf.function(self._predict, autograph=False)  # Traced once, for all signatures.

    def serving_default(self, images, torso=None):
        box = _frame(tf.shape(images)[1:])
        return self.serve_boxes(images, tf.repeat(box[None], tf.shape(images)[0], axis=0), torso)

    def serve_boxes(self, images, boxes, torso=None):
        maps = geometry.crop_map(boxes, self.size)
        shown = tf.map_fn(lambda pair: self._warp(*pair), (images, maps), fn_output_signature=tf.uint8)
        return self._answer(shown, maps, torso)

    def serve_jpeg(self, images, torso=None):
        def read(jpeg):
            image = records.decode(jpeg)
            matrix = geometry.crop_map(_frame(tf.shape(image)), self.size)
            return self._warp(image, matrix), matrix

        shown, maps = tf.map_fn(read, images, fn_output_signature=(tf.uint8, tf.float32))
        return self._answer(shown, maps, torso)

    def _warp(self, image, matrix):
        return geometry.warp_images(image[None], matrix[None], self.size)[0]

    def _predict(self, images, maps, torso):
        maps = tf.ensure_shape(maps, [None, 2, 3])
        if torso is not None:
            torso = geometry.warp_keypoints(torso[:, None], maps)[:, 0]
        outputs = self.model(network_inputs(self.model, images, torso), training=False)
        to_image = geometry.invert(maps)
        answers = place_answers(self.model.codec.answers(outputs), to_image)
        # Candidates stay in input pixels, since grouping depends on distances there.
        return answers | {"to_image": to_image} if "candidates" in answers else answers


def _frame(shape):
    """The box `int32 [4]` (x, y, width, height) of a whole image of shape `[H, W, 3]`."""
    # Not `shape[1::-1]`: Grappler prints an error, "layout failed: Subshape …", on slices backwards to an open end.
    height, width, _ = tf.unstack(shape)
    return tf.stack([0, 0, width, height])


def _specs(torso):
    """Specifications of the inputs, by name of the signature."""
    images, boxes = tf.TensorSpec([None, None, None, 3], tf.uint8, "images"), tf.TensorSpec([None, 4], name="boxes")
    files, torso = tf.TensorSpec([None], tf.string, "images"), [tf.TensorSpec([None, 2], name="torso")] * torso
    signatures = {"serving_default": [images], "serve_boxes": [images, boxes], "serve_jpeg": [files]}
    return {name: inputs + torso for name, inputs in signatures.items()}


def _text(spec):
    return f"{spec.name} {spec.dtype.name} [{', '.join('?' if n is None else str(n) for n in spec.shape)}]"


def _outputs(function):
    """Descriptions of a traced function's outputs."""
    outputs = sorted(function.structured_outputs.items(), key=lambda pair: pair[0] != "people")
    return [_text(tf.TensorSpec(tensor.shape, tensor.dtype, name)) for name, tensor in outputs]


def _run_all(signatures, jpegs, torsos):
    """Runs the signatures: on each image alone, with the box of the whole image; and on all files at once."""
    found = {name: [] for name in ("serving_default", "serve_boxes")}
    for jpeg, torso in zip(jpegs, torsos, strict=True):
        image = records.decode(jpeg)[None]
        box = [[0, 0, image.shape[2], image.shape[1]]]
        given = {"images": image, "boxes": tf.constant(box, tf.float32), "torso": tf.constant(torso[None])}
        for name, answers in found.items():
            answers.append(_call(signatures[name], given))
    found = {name: tf.nest.map_structure(lambda *each: np.concatenate(each), *each) for name, each in found.items()}
    files = {"images": tf.constant(jpegs), "torso": tf.constant(torsos)}
    return found | {"serve_jpeg": _call(signatures["serve_jpeg"], files)}


def _call(signature, given):
    asked = signature.structured_input_signature[1]
    return {name: found.numpy() for name, found in signature(**{name: given[name] for name in asked}).items()}

"""Export to ONNX and LiteRT: images of the network's input size in, keypoints out.

These runtimes have no Fourier transform. A model that uses one is exported with direct convolutions and equal weights.
"""

import importlib.util

import keras
import numpy as np

from tfpose.data import records
from tfpose.prediction.single_person import takes_torso


def write_onnx(model, folder):
    """Writes `model.onnx`.

    Returns:
        A function that runs it on JPEG files and torsos, as `verify` takes it; and a list of one line, its signature.

    Raises:
        ValueError: If the packages for this format are not installed.
    """
    _require("onnx", "tf2onnx", "onnxruntime")
    import onnxruntime

    file = folder / "model.onnx"
    network, specs = _network(model)
    network.export(file, format="onnx", verbose=False, input_signature=specs)
    session = onnxruntime.InferenceSession(file)
    names = [output.name for output in session.get_outputs()]
    run = _on_jpegs(lambda inputs: dict(zip(names, session.run(names, inputs), strict=True)), model)
    return run, [_signature(model, network)]


def write_litert(model, folder):
    """Writes `model.tflite`; otherwise as `write_onnx`."""
    _require("litert", "ai_edge_litert")
    from ai_edge_litert.interpreter import Interpreter

    file = folder / "model.tflite"
    network, specs = _network(model)
    network.export(file, format="litert", verbose=False, input_signature=specs)
    run = Interpreter(str(file)).get_signature_runner("serving_default")
    return _on_jpegs(lambda inputs: run(**inputs), model), [_signature(model, network)]


def with_direct_convolutions(model):
    """Returns the model with direct convolutions instead of Fourier transforms; itself, if it uses none."""
    config = model.get_config()
    if config.get("method", "conv") == "conv":
        return model
    other = type(model).from_config({**config, "method": "conv"})
    other.set_weights(model.get_weights())
    return other


def _network(model):
    """A model from images to what `Codec.answers` returns, in input pixels; and the specifications of its inputs."""
    model = with_direct_convolutions(model)
    answers = _Answers(model.codec)(model(model.input, training=False))
    specs = keras.tree.map_structure(lambda x: keras.InputSpec(x.dtype, x.shape, name=x.name), model.input)
    return keras.Model(model.input, answers), [specs]


class _Answers(keras.layers.Layer):
    """`Codec.answers` as one layer, since loops in a codec cannot be traced with Keras's symbolic tensors."""

    def __init__(self, codec):
        super().__init__(dtype="float32")
        self.codec = codec

    def call(self, outputs):
        return self.codec.answers(outputs)


def _on_jpegs(run, model):
    def run_on(jpegs, torsos):
        images = np.stack([records.decode(jpeg) for jpeg in jpegs])
        inputs = {"images": images} | ({"torso": torsos} if takes_torso(model) else {})
        return {"serving_default": run(inputs)}

    return run_on


def _signature(model, network):
    torso = ", torso float32 [B, 2]" if takes_torso(model) else ""
    images = ", ".join(map(str, ("B", *model.codec.image_size, 3)))
    answers = (f"{name} float32 [B, {', '.join(map(str, maps.shape[1:]))}]" for name, maps in network.output.items())
    return f"(images uint8 [{images}]{torso}) → {', '.join(answers)}"


def _require(extra, *packages):
    if missing := [package for package in packages if not importlib.util.find_spec(package)]:
        raise ValueError(
            f'Exporting to {extra} needs `pip install "tfpose[{extra}]"`. Received: no {", ".join(missing)}.'
        )

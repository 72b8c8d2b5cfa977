"""SqueezeNet v1.1, Iandola et al. 2016 (https://arxiv.org/abs/1602.07360): a light classifier, up to stride 16."""

import keras
import numpy as np
from keras import layers

# Fire modules: channels of the squeezing and of each of the two expanding convolutions; 2, 4 and 6 follow a pooling.
FIRES = {2: (16, 64), 3: (16, 64), 4: (32, 128), 5: (32, 128), 6: (48, 192), 7: (48, 192), 8: (64, 256), 9: (64, 256)}


def squeezenet(input_shape, weights=None):
    """The network without its classifier: BGR images less the means of ImageNet → `[B, H / 16, W / 16, 512]`.

    Args:
        input_shape: `(H, W, 3)`.
        weights: An `.h5` file of Keras layer weights, such as that of keras-squeezenet; random by default.

    Raises:
        ValueError: If the file lacks a layer, or has it in another shape.
    """
    images = keras.Input(input_shape)
    x = _conv(images, 64, 3, "conv1", strides=2)
    for i, (squeeze, expand) in FIRES.items():
        if i in (2, 4, 6):
            x = layers.MaxPooling2D(3, 2, padding="same", name=f"pool{i - 1}")(x)
        x = _conv(x, squeeze, 1, f"fire{i}_squeeze1x1")
        sides = [_conv(x, expand, size, f"fire{i}_expand{size}x{size}") for size in (1, 3)]
        x = layers.Concatenate(name=f"fire{i}_concat")(sides)
    model = keras.Model(images, x, name="squeezenet")
    if weights:
        _load(model, weights)
    return model


def _conv(x, filters, size, name, strides=1):
    return layers.Conv2D(
        filters, size, strides, padding="same", activation="relu", kernel_initializer="he_normal", name=name
    )(x)


def _load(model, path):
    """Sets kernel and bias of each convolution; the layers in the file are named `fire2/squeeze1x1` and the like."""
    import h5py

    with h5py.File(path) as file:
        for layer in (layer for layer in model.layers if layer.weights):
            name = layer.name.replace("_", "/")
            arrays = (
                [np.array(file[name][weight]) for weight in file[name].attrs["weight_names"]] if name in file else []
            )
            if [array.shape for array in arrays] != [tuple(weight.shape) for weight in layer.weights]:
                raise ValueError(
                    f"`weights` must hold kernel and bias of {name}, {[tuple(w.shape) for w in layer.weights]}. "
                    f"Received: {[array.shape for array in arrays]} in {str(path)!r}."
                )
            layer.set_weights(arrays)

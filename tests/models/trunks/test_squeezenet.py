import h5py
import numpy as np
import pytest

from tfpose.models.trunks.backbones import BACKBONES
from tfpose.models.trunks.squeezenet import FIRES, squeezenet

SIZE = (64, 96)


def write(path, without=None):
    """Weights of a SqueezeNet as Keras 2 wrote them."""
    rng, shapes, channels = np.random.default_rng(0), {"conv1": (3, 3, 3, 64)}, 64
    for i, (squeeze, expand) in FIRES.items():
        shapes[f"fire{i}/squeeze1x1"] = (1, 1, channels, squeeze)
        shapes[f"fire{i}/expand1x1"], shapes[f"fire{i}/expand3x3"] = (1, 1, squeeze, expand), (3, 3, squeeze, expand)
        channels = 2 * expand
    with h5py.File(path, "w") as file:
        for name, shape in shapes.items():
            if name == without:
                continue
            group = file.create_group(name)
            group["kernel"] = rng.normal(0, 0.05, shape)
            group[f"{name}_b"] = np.full(shape[-1], 0.5)
            group.attrs["weight_names"] = [b"kernel", f"{name}_b".encode()]
    return path


def test_squeezenet_takes_the_weights_of_a_file(tmp_path):
    path = write(tmp_path / "squeezenet.h5")
    backbone = BACKBONES["squeezenet"].classifier(str(path))
    with h5py.File(path) as file:
        for name in ("conv1", "fire5/squeeze1x1", "fire9/expand3x3"):
            kernel, bias = backbone.get_layer(name.replace("/", "_")).get_weights()
            np.testing.assert_allclose(kernel, file[name]["kernel"], rtol=1e-6)
            np.testing.assert_allclose(bias, 0.5)


def test_a_file_that_lacks_a_layer_is_refused(tmp_path):
    path = write(tmp_path / "squeezenet.h5", without="fire5/squeeze1x1")
    with pytest.raises(ValueError, match=r"must hold kernel and bias of fire5/squeeze1x1, .* Received: \[\] in "):
        squeezenet((*SIZE, 3), path)


def test_the_published_weights_of_squeezenet_can_be_read(real_data):
    path = real_data("backbone_weights") / "squeezenet_v1.1_imagenet_notop_keras.h5"
    model = BACKBONES["squeezenet"].classifier(str(path), (*SIZE, 3))
    found = model(np.random.default_rng(0).integers(0, 256, (1, *SIZE, 3)).astype("float32")).numpy()
    assert np.isfinite(found).all() and 0.01 < (found > 0).mean() < 0.9

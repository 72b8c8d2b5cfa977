import keras
import numpy as np

from tests.small_people_networks import associative_embedding
from tfpose.models.layers.coord_conv import Positions


def test_cells_are_told_how_far_from_the_middle_they_lie_in_eights_of_cells():
    maps = np.zeros((2, 3, 17, 1), "float32")
    found = np.asarray(Positions()(maps))
    assert found.shape == (2, 3, 17, 3) and not found[..., 0].any()
    np.testing.assert_allclose(found[1, 0, :, 1], np.linspace(-1, 1, 17), atol=1e-6)
    np.testing.assert_allclose(found[1, :, 0, 2], [-1 / 8, 0, 1 / 8], atol=1e-6)


def test_they_follow_the_size_of_the_maps():
    images = keras.Input((None, None, 4))
    model = keras.Model(images, Positions()(images))
    assert model.output_shape == (None, None, None, 6)


def test_only_the_tags_hear_of_it():
    told, plain = associative_embedding(positions=True), associative_embedding()
    assert told.count_params() - plain.count_params() == 2 * 2 * 17  # Two channels of the tags of two stacks.
    shapes = {v.path: v.shape for v in told.trainable_variables if "tags" in v.path}
    assert shapes == {
        f"stack{i}_tags/{name}": s for i in (1, 2) for name, s in (("kernel", (1, 1, 10, 17)), ("bias", (17,)))
    }
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(told))
    assert again.get_config() == told.get_config()

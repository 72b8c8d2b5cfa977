import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2

from tests.models.foreign_models import batch, compiled
from tests.small_networks import part_detector
from tfpose import skeletons
from tfpose.metrics import DetectionRate
from tfpose.training.callbacks.tensorboard import SMALLEST, PoseBoard, enlarged, hyperparameters

CONFIG = {"lr": 0.1, "stages": "a|b", "run": "", "image_size": (48, 64)}
MORE = {"model_args": {"use_sm": True, "stacks": 2}, "seed": 3, "crop": None, "overwrite": True}


@pytest.fixture(scope="module")
def model():
    return compiled(part_detector(use_sm=True))


@pytest.fixture(scope="module")
def epoch(model, tmp_path_factory):
    """Folder of the logs of one epoch, with histograms."""
    folder = tmp_path_factory.mktemp("epoch")
    session(folder, model, (0, 1), images=4, histograms=True).on_train_end()
    return folder


def session(folder, model, epochs, images=1, **options):
    """What `fit` calls during some epochs of a stage, or of a run that was resumed."""
    board = PoseBoard(folder, tf.data.Dataset.from_tensors(batch(images)), 4, config=CONFIG, **options)
    board.set_model(model)
    board.on_train_begin()
    for epoch in range(*epochs):
        board.on_epoch_begin(epoch)
        board.on_train_batch_end(0)
        board.on_epoch_end(epoch, {"loss": 1.0 / (epoch + 1), "val_loss": 2.0, "val_heatmaps_rate": 0.5})
    return board


def shown(folder):
    """Tags that TensorBoard shows, with their steps, and its reader, which drops what precedes a falling step."""
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    return {tag: [event.step for event in events.Tensors(tag)] for tag in events.Tags()["tensors"]}, events


def test_pictures_of_earlier_stages_and_of_before_a_resume_are_shown(tmp_path, model):
    session(tmp_path, model, (0, 2)).on_train_end()
    session(tmp_path, model, (2, 3))  # Killed.
    session(tmp_path, model, (3, 5)).on_train_end()
    steps, _ = shown(tmp_path / "validation")
    for tag in ("images/maps", "maps/nose", "weights/pairwise_energies", "weights/first_filters"):
        assert steps[tag] == [0, 1, 2, 3, 4, 5], tag
    assert steps["images/input"] == [0]
    assert steps["loss"] == steps["heatmaps_rate"] == [1, 2, 3, 4, 5]
    steps, _ = shown(tmp_path / "train")
    assert steps["loss"] == steps["learning_rate"] == steps["images_per_second"] == [1, 2, 3, 4, 5]
    assert steps["config"] == [0, 2, 3]


def test_an_epoch_that_is_repeated_hides_no_other(tmp_path, model):
    """The run was killed after its pictures were written, and before its state."""
    session(tmp_path, model, (0, 2))
    session(tmp_path, model, (1, 3)).on_train_end()
    assert shown(tmp_path / "validation")[0]["maps/nose"] == [0, 1, 2, 2, 3]


def test_tags_are_paths(epoch):
    tags = [tag for part in ("train", "validation") for tag in shown(epoch / part)[0]]
    assert {"images/input", "images/maps", "maps/left_wrist", "weights/bank1_conv1/kernel"} <= set(tags)
    assert "gradients/spatial_model/energies" in tags
    assert all(re.fullmatch(r"[a-z0-9_]+(/[a-z0-9_]+)*", tag) for tag in tags)


def test_pictures_are_large_enough_to_be_seen(epoch):
    _, events = shown(epoch / "validation")
    for tag, count in (("images/input", 4), ("images/maps", 4), ("maps/nose", 1), ("weights/first_filters", 1)):
        width, height, *pictures = tf.make_ndarray(events.Tensors(tag)[0].tensor_proto)
        assert min(int(width), int(height)) >= (SMALLEST if tag != "weights/first_filters" else 64)
        assert len(pictures) == count
    description = events.SummaryMetadata("images/maps").summary_description
    assert description == "From top to bottom: target, part detector, spatial model."
    _, height, maps = tf.make_ndarray(events.Tensors("images/maps")[0].tensor_proto)[:3]
    _, _, image = tf.make_ndarray(events.Tensors("images/input")[0].tensor_proto)[:3]
    assert tf.io.decode_png(maps).shape[1] == tf.io.decode_png(image).shape[1] + 8 and int(height) > 3 * SMALLEST


def test_small_images_are_enlarged_by_whole_factors():
    image = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    large = enlarged(image, 192)
    assert large.shape == (192, 256, 3)
    np.testing.assert_array_equal(large[2::4, 1::4], image)
    assert enlarged(image, 48).shape == (48, 64, 3)


def test_the_configuration_is_shown_as_a_table(epoch):
    _, events = shown(epoch / "train")
    (text,) = tf.make_ndarray(events.Tensors("config")[0].tensor_proto).ravel()[:1]
    rows = text.decode().splitlines()
    assert rows[:2] == ["| flag | value |", "| --- | --- |"]
    assert {"| lr | 0.1 |", "| stages | a b |", "| run | – |", "| image_size | (48, 64) |"} == set(rows[2:])


def test_hyperparameters_are_numbers_booleans_and_texts():
    assert hyperparameters({**CONFIG, **MORE}) == {
        "lr": 0.1,
        "stages": "a|b",
        "image_size": "(48, 64)",
        "model_args.use_sm": True,
        "model_args.stacks": 2,
        "seed": 3,
        "crop": "",
    }


def test_the_run_is_a_trial_of_the_page_of_hyperparameters(tmp_path, model):
    session(tmp_path, model, (0, 1)).on_train_end()
    _, events = shown(tmp_path)
    content = events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    started = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info
    assert started.hparams["lr"].number_value == 0.1 and started.hparams["image_size"].string_value == "(48, 64)"
    assert started.group_name == tmp_path.name and set(started.hparams) == {"lr", "stages", "image_size"}


def rates(hits, counted):
    """A metric that has counted keypoints of FLIC, as after validation."""
    metric = DetectionRate(skeletons.FLIC.indices(skeletons.FLIC.reference), num_keypoints=11)
    metric.hits.assign(hits)
    metric.counted.assign(counted)
    return metric


def test_rates_of_keypoints_are_scalars(tmp_path, model):
    names = skeletons.FLIC.keypoints
    one = rates([1.0] * 11, [4.0] * 10 + [0.0])
    session(tmp_path / "one", model, (0, 1), metrics={"heatmaps": one}).on_train_end()
    steps, events = shown(tmp_path / "one" / "validation")
    assert [tag for tag in steps if tag.startswith("keypoints/")] == [f"keypoints/{name}" for name in names[:-1]]
    assert tf.make_ndarray(events.Tensors("keypoints/left_wrist")[0].tensor_proto) == 0.25
    two = {"part_heatmaps": one, "heatmaps": rates([1.0] * 11, [2.0] * 11)}
    session(tmp_path / "two", model, (0, 1), metrics=two).on_train_end()
    steps, _ = shown(tmp_path / "two" / "validation")
    assert {"keypoints/part_heatmaps/left_wrist", "keypoints/heatmaps/nose"} <= set(steps)


def test_without_epochs_nothing_is_drawn(tmp_path):
    board = PoseBoard(tmp_path, tf.data.Dataset.from_tensors(batch()), 4)
    board.set_model(keras.Sequential())
    board.on_train_begin()
    board.on_train_end()
    assert not shown(tmp_path / "validation")[0]

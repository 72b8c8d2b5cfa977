import json
import pathlib
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.synthetic_runs import config, rows
from tfpose import skeletons
from tfpose.data import records, single_person
from tfpose.training import batches, build, devices, loop

SEVERAL = {
    "model": "associative_embedding",
    "model_args": {"stacks": 1, "features": 8, "growth": 4, "depth": 2},
    "max_people": 3,
}


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_run_writes_all_that_is_promised_and_its_loss_falls(dots):
    model, folder = loop.train(config(dots, n_epochs=3, histograms=True))
    assert folder == pathlib.Path("models_ex/a")
    for name in ("config.json", "versions.json", "best.keras", "last.keras", "pairwise_prior.npz", "log.csv"):
        assert (folder / name).exists(), name
    losses = [float(row["loss"]) for row in rows()]
    assert len(losses) == 3 and losses[-1] < losses[0]
    assert "val_heatmaps_detection_rate" in rows()[0] and "val_part_heatmaps_detection_rate" in rows()[0]
    again = keras.saving.load_model(folder / "last.keras")
    images = np.random.default_rng(0).integers(0, 255, (2, 48, 64, 3), dtype=np.uint8)
    for name, maps in model(images).items():
        np.testing.assert_allclose(maps, again(images)[name], atol=1e-5)
    assert again.skeleton == model.skeleton
    assert again.crop == json.loads((folder / "config.json").read_text())["crop"] == "frame"


def test_tensorboard_shows_curves_pictures_energies_filters_and_histograms(dots):
    loop.train(config(dots, n_epochs=1, histograms=True))
    tags = {}
    for path in pathlib.Path("tb/a").rglob("events*"):
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            for value in event.summary.value:
                tags.setdefault(path.parent.name, set()).add(value.tag)
    assert {"loss", "heatmaps_detection_rate", "part_heatmaps_detection_rate"} <= tags["train"] & tags["validation"]
    assert {"learning_rate", "images_per_second"} <= tags["train"]
    assert "config" in tags["train"]
    assert {"images/input", "images/maps", "maps/left_wrist"} <= tags["validation"]
    assert {"weights/pairwise_energies", "weights/first_filters", "weights/bank1_conv1/kernel"} <= tags["validation"]
    assert "gradients/spatial_model/energies" in tags["validation"]


def test_a_crop_is_trained_on_and_who_has_no_box_is_counted(dots, capsys):
    loop.train(config(dots, n_epochs=1, crop="torso"))
    assert "3 people are left out: they have no box to crop by." in capsys.readouterr().out
    assert json.loads(pathlib.Path("models_ex/a/config.json").read_text())["crop"] == "torso"
    assert keras.saving.load_model("models_ex/a/last.keras").crop == "torso"


def test_a_crop_of_several_people_is_refused_before_anything_is_written(dots):
    with pytest.raises(ValueError, match="`crop` is for networks of one person.* Received: 'torso'."):
        loop.train(config(dots, crop="torso", **SEVERAL))
    assert not list(pathlib.Path().iterdir())


@pytest.mark.parametrize("flags", [{"precision": "mixed_bfloat16"}, {"xla": True}, {"precision": "mixed_float16"}])
def test_it_trains_in_other_precisions_and_with_xla(flags, dots):
    loop.train(config(dots, n_epochs=1, **flags))
    assert np.isfinite(float(rows()[0]["loss"]))


def test_two_replicas_lose_what_one_device_loses(dots):
    one, two = (training_losses(dots, config(dots, multi_gpu=many)) for many in (False, True))
    np.testing.assert_allclose(one, two, rtol=1e-4)


def training_losses(dots, chosen):
    """Losses of a few steps without random order; normalisations are fixed, since each replica has its own."""
    keras.utils.set_random_seed(0)
    with devices.strategy(chosen.multi_gpu).scope():
        model = build.build(chosen, skeletons.FLIC)
        for layer in model.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.trainable = False
        model.spatial_model.normalization.trainable = False
        model.compile("sgd", build.losses(model, chosen), jit_compile=False)
        assert model.distribute_strategy.num_replicas_in_sync == (2 if chosen.multi_gpu else 1)
    batches = single_person.single_person(records.load(dots, "train"), (48, 64), 4, training=True)
    return [model.fit(batches, epochs=1, shuffle=False, verbose=0).history["loss"][0] for _ in range(2)]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"batch_size": 3}, "`batch_size` must be a multiple of the 2 devices. Received: 3."),
        (
            SEVERAL | {"val_split": "test[:1]"},
            "`val_split` must hold something for each of the 2 devices. Received: less.",
        ),
    ],
)
def test_what_two_replicas_cannot_share_is_refused_before_anything_is_written(dots, flags, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        loop.train(config(dots, multi_gpu=True, **flags))
    assert not pathlib.Path("models_ex").exists()


def test_two_replicas_share_an_odd_number_of_images_to_watch(dots):
    model, _ = loop.train(config(dots, n_epochs=1, multi_gpu=True, **SEVERAL))  # Three images.
    assert np.isfinite(float(rows()[0]["val_loss"])) and model.crop == "frame"


def test_two_replicas_train_with_xla_and_half_precision(dots):
    loop.train(config(dots, n_epochs=1, multi_gpu=True, xla=True, precision="mixed_bfloat16"))
    assert np.isfinite(float(rows()[0]["loss"]))


def test_xla_really_compiles_when_asked(dots):
    model = build.build(config(dots, xla=True), skeletons.FLIC)
    model.compile("sgd", build.losses(model, config(dots)), jit_compile=False)
    images, people = next(iter(single_person.single_person(records.load(dots, "train"), (48, 64), 2)))
    compiled = tf.function(model.compute_gradients, jit_compile=model.xla)
    assert model.xla and "HloModule" in compiled.experimental_get_compiler_ir(images, people)(stage="hlo")


def test_stages_change_only_what_they_are_about(dots):
    _, folder = loop.train(config(dots, stages="detector:1,spatial:1"))
    states = []
    for state in ("state_0_detector", "state_1_spatial"):
        keras.utils.clear_session(free_memory=False)
        model = build.build(config(dots), skeletons.FLIC)
        model.load_weights(folder / f"{state}.weights.h5")
        states.append({v.path: np.array(v) for v in model.variables})
    before, after = states
    changed = {path for path, value in after.items() if not np.array_equal(value, before[path])}
    assert "spatial_model/energies" in changed and all(path.startswith("spatial_model") for path in changed)


def test_stages_that_the_model_does_not_have_are_refused_before_anything_is_written(dots):
    with pytest.raises(ValueError, match="need `use_sm`"):
        loop.train(config(dots, use_sm=False, stages="spatial:1"))
    assert not pathlib.Path("models_ex").exists()


def test_arguments_that_the_model_lacks_are_refused_by_name(dots):
    with pytest.raises(ValueError, match="Unknown `model_args` of part_detector. Received: stacks. Known: skeleton"):
        build.build(config(dots, stacks=2), skeletons.FLIC)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"loss": "bce"}, "Unknown `loss` of part_detector. Received: bce. Known: cross_entropy, mse"),
        ({"restore_model": "nothing.keras"}, "Received: 'nothing.keras'"),
        ({"torso": "nowhere"}, "Unknown `torso`. Received: 'nowhere'"),
        ({"multi_step": "fast"}, "`multi_step` must be rates"),
        ({"n_epochs": 0, "multi_step": "0.1:0"}, "`multi_step` must be rates"),
    ],
)
def test_what_is_refused_leaves_no_folder_behind(dots, flags, message):
    with pytest.raises(ValueError, match=message):
        loop.train(config(dots, **flags))
    assert not pathlib.Path("models_ex").exists() and not pathlib.Path("tb").exists()


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        ({"n_epochs": 1, "preset": "figures"}, "Trains part_detector (preset figures) for 1 epoch: joint 1.\n"),
        ({"stages": "detector:1,joint:1"}, "Trains part_detector for 2 epochs: detector 1, joint 2.\n"),
    ],
)
def test_what_will_be_trained_is_printed_before_the_first_step(dots, flags, text, capsys):
    loop.train(config(dots, **flags))
    printed = capsys.readouterr().out
    assert 0 <= printed.find(text) < printed.find("loss:")  # Of the progress bar.


def test_too_few_people_for_a_batch_are_refused(dots):
    with pytest.raises(ValueError, match="Received: 100 and 13 people"):
        loop.train(config(dots, batch_size=100))


def test_debug_has_a_quarter_of_the_filters_and_a_few_steps(dots):
    model, _ = loop.train(config(dots, debug=True, batch_size=1, n_epochs=1))
    assert model.get_layer("bank1_conv1").filters == 1 and int(model.optimizer.iterations) == batches.DEBUG_STEPS

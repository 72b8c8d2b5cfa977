"""Reads records, runs, models and settings as the commands of tfpose do; see `reads`."""

import contextlib
import functools
import io
import pathlib

import numpy as np

from tests.fuzz.reads import keep_child


def records(folder):
    """Opens records and reads both splits, as training does."""
    from tfpose.data import records
    from tfpose.data.integrity import naming_damage

    for split in ("train", "test"):
        data = records.load(folder, split)
        people = 0
        with naming_damage(data):
            data.num_people, data.framing, data.skeleton.flip, data.people_by_crop  # noqa: B018
            for example in data.dataset().as_numpy_iterator():
                people += len(example["keypoints"])
                records.decode(example["image"])
                if not np.isfinite(example["keypoints"]).all():
                    return "keypoints that are not finite"
        if people != data.num_people:
            return f"{people} people, not {data.num_people}"
    return None


def run(folder):
    """The settings and the log of a run, as `--resume`, `--config` and `evaluate` read them."""
    from tfpose.commands import runs
    from tfpose.training import sources
    from tfpose.training.callbacks import checkpoints

    path = pathlib.Path(folder)
    runs.crop(path)
    runs.read_config(path)
    sources.start(config=str(path / "config.json"))
    with contextlib.chdir(path.parent):
        runs.MODELS, models = pathlib.Path("."), runs.MODELS
        try:
            sources.start(resume=True, run=path.name)
        finally:
            runs.MODELS = models
    checkpoints.Log(path / "log.csv").best("val_pck")


def settings(name):
    def read(folder):
        from tfpose.training import sources

        sources.start(config=str(pathlib.Path(folder, name)))

    return read


def pose_cfg(folder):
    from tfpose.training import sources

    with contextlib.redirect_stdout(io.StringIO()):
        sources.start(pose_cfg_file=str(pathlib.Path(folder, "pose_cfg.yaml")))


def model(folder):
    """`Predictor.load`, and one photo through the network."""
    import keras

    from tfpose.prediction.predictor import Predictor

    try:
        people = Predictor.load(folder)(np.zeros((32, 32, 3), np.uint8))
        return None if np.isfinite(people).all() else "people that are not finite"
    finally:
        keras.backend.clear_session()


def restored(folder):
    """`--restore_model`."""
    import keras

    from tfpose.training import build

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            build.restore(_small_detector(), pathlib.Path(folder, "best.keras"))
    finally:
        keras.backend.clear_session()


@functools.cache
def _small_detector():
    from tests.small_networks import part_detector

    return part_detector()


def terms(name):
    def read(folder):
        from tfpose.codecs.grouping import matlab_pairwise
        from tfpose.codecs.grouping.pairwise import complete, unknown
        from tfpose.commands import matlab

        keep_child(matlab)
        path = pathlib.Path(folder, name)
        found = matlab_pairwise.read_models(path.parent, unknown(complete(3))) if "spatial" in name else (
            matlab_pairwise.read(path))  # fmt: skip
        arrays = (found.means, found.deviations, found.low, found.high, found.weights)
        return None if all(np.isfinite(array).all() for array in arrays) else "terms that are not finite"

    return read


def score_maps(folder):
    from tfpose.evaluation.score_maps import ScoreMaps

    class Predictor:
        def people(self, candidates, to_image, maps):
            return np.isfinite(candidates).all() and np.isfinite(to_image).all()

    return None if ScoreMaps(Predictor(), folder, "network")(None, {"id": b"7"}) else "candidates that are not finite"


def state(folder):
    """The state that `--resume` continues from."""
    import keras

    from tfpose.commands import runs
    from tfpose.training.callbacks.checkpoints import Checkpoint

    path = pathlib.Path(folder, "state_joint.weights.h5")
    network = _dense()
    Checkpoint(path).restore(network)
    runs.progress([path], 5)
    keras.backend.clear_session()
    return


def _dense():
    import keras

    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    network.compile("adam", "mse")
    return network


def backbone(folder):
    from tfpose.models.trunks.backbones import BACKBONES

    BACKBONES["squeezenet"].classifier(str(pathlib.Path(folder, "squeezenet.h5")), (32, 32, 3))

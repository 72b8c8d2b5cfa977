"""Small good data sets, runs and files, of which the fuzz tests damage one file at a time."""

import dataclasses
import io
import json
import pathlib
import shutil

import cv2
import h5py
import numpy as np
import PIL.Image
import scipy.io

from tests import dot_records
from tests.tfrecords_tools import coco_files, mpii_files, small_files
from tests.tfrecords_tools.datasets import (
    test_ai_challenger,
    test_dataset_mat,
    test_flic_npz,
    test_lsp,
    test_lsp_mpii,
    test_penn_action,
)
from tests.tfrecords_tools.tool_files import WRITERS, kites
from tfpose import skeletons
from tfpose.codecs.grouping.pairwise import PairwiseTerms, complete, unknown

PIXELS = small_files.pixels(24, 32)
SAVED = pathlib.Path(__file__).parents[1] / "models" / "saved_0_1_0"


def _json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def flic(folder, **variables):
    people = [small_files.upright(), small_files.from_behind(), small_files.upright(5, 5)]
    examples = [small_files.example(f"{i}.jpg", person) for i, person in enumerate(people)]
    examples.append(small_files.example("t.jpg", people[0], split="test"))
    small_files.write_flic(folder, examples, variables)


def flic_plus(folder):
    flic(folder, tr_plus_indices=[1, 2], ts_plus_indices=[4])


def flic_npz(folder):
    for split in ("train", "test"):
        test_flic_npz.write(folder, split, [test_flic_npz.points(i) for i in range(2)])


def lsp(folder):
    test_lsp.write(folder, test_lsp.joints(3), [1, 2, 3])


def lspet(folder):
    test_lsp.write(folder, test_lsp.joints(2, 1).transpose(1, 0, 2), [])
    for i in (1, 2):
        (folder / "images" / f"im{i:05d}.jpg").write_bytes(small_files.jpeg())


def parse(folder):
    scipy.io.savemat(folder / "labels.mat", {"ptsAll": test_lsp.joints(2)[:2].transpose(1, 0, 2)})
    for i in (1, 2):
        (folder / f"im{i:04d}.jpg").write_bytes(small_files.jpeg())


def mpii(folder):
    people = [mpii_files.rectangle(), mpii_files.rectangle(14.0, visible={0: 1, 1: 0}, missing=(3,))]
    mpii_files.write_mat(folder / "mpii_human_pose_v1_u12_1.mat", [("a.jpg", people, 1, [1]), ("b.jpg", [], 1, [])])
    mpii_files.write_images(folder, "a.jpg", "b.jpg", "c.jpg")


def mpii_h5(folder):
    person = (mpii_files.points(), np.ones(16), (30.0, 20.0), 0.2, 5.0)
    for file, name in (("train", "a.jpg"), ("valid", "b.jpg")):
        mpii_files.write_h5(folder / "annot" / f"{file}.h5", [(name, *person), (name, *person)])
    mpii_files.write_images(folder, "a.jpg", "b.jpg")


def mpii_json(folder):
    for file, name in (("train", "a.jpg"), ("valid", "b.jpg")):
        person = (name, mpii_files.points(), np.ones(16), (30.0, 20.0), 0.2)
        mpii_files.write_json(folder / "annot" / f"{file}.json", [person, person])
    mpii_files.write_images(folder, "a.jpg", "b.jpg")


def lsp_mpii(folder):
    test_lsp_mpii.write(folder)


def penn(folder):
    test_penn_action.write(folder, {"0001": test_penn_action.labels(2), "0002": test_penn_action.labels(1, train=-1)})


def coco(folder):
    coco_files.write_coco(folder)


def ai_challenger(folder):
    test_ai_challenger.write(folder)
    test_ai_challenger.write(folder, "validation")


def own(folder):
    """With a box, an outline, a crowd, a person without keypoints, and a skeleton of its own."""
    names = ["nose", "left_hip", "right_hip"]
    points = [10, 10, 2, 20, 15, 1, 5, 20, 2]
    entries = [
        {"id": 1, "image_id": 1, "category_id": 1, "keypoints": points, "bbox": [4, 9, 18, 12], "area": 150.5},
        {"id": 2, "image_id": 1, "category_id": 1, "keypoints": [0] * 9, "segmentation": coco_files.POLYGON},
        {"id": 3, "image_id": 2, "category_id": 1, "iscrowd": 1, "bbox": [60, 0, 4, 48],
         "segmentation": {"size": [48, 64], "counts": [48 * 60, 48 * 4]}},
        {"id": 4, "image_id": 2, "category_id": 1, "keypoints": points},
        {"id": 5, "image_id": 2, "category_id": 1, "iscrowd": 1, "segmentation": {"size": [48, 64], "counts": "Pj2P6"}},
    ]  # fmt: skip
    category = {"id": 1, "name": "person", "keypoints": names, "skeleton": [[1, 2]]}
    images = [{"id": i, "file_name": f"{i}.jpg", "height": 48, "width": 64} for i in (1, 2)]
    _json(folder / "train.json", {"images": images, "annotations": entries, "categories": [category]})
    skeleton = {"name": "three", "keypoints": names, "limbs": [["nose", "left_hip"]], "sigmas": {"nose": 0.06}}
    skeleton |= {"reference": ["nose", "left_hip"], "flip": [0, 2, 1]}
    _json(folder / "skeleton.json", skeleton)
    for i in (1, 2):
        (folder / "images").mkdir(exist_ok=True)
        (folder / "images" / f"{i}.jpg").write_bytes(small_files.jpeg())


def tool(form):
    """Own data as an annotation tool writes them."""

    def write(folder):
        shutil.rmtree(folder)
        WRITERS[form](folder, kites())

    return write


def dataset_mat(folder):
    people = [[test_dataset_mat.FIRST, test_dataset_mat.SECOND], [test_dataset_mat.SECOND]]
    test_dataset_mat.write_mat(folder, people, size=[3, 48, 64], crop=[1, 1, 30, 30])
    _json(folder / "skeleton.json", test_dataset_mat.HAND)


def pictures(folder):
    """A picture in every format that is read, and JPEGs of other kinds."""
    picture = PIL.Image.fromarray(PIXELS)
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    picture.save(folder / "turned.jpg", exif=exif)
    picture.convert("CMYK").save(folder / "cmyk.jpg")
    picture.save(folder / "progressive.jpg", progressive=True)
    picture.convert("L").save(folder / "grey.jpg")
    picture.convert("P").save(folder / "palette.png")
    picture.save(folder / "turned.png", exif=exif)
    picture.save(folder / "animated.gif", save_all=True, append_images=[picture.rotate(90), picture.rotate(180)])
    for suffix in ("jpg", "png", "gif", "bmp", "webp", "tiff", "avif", "jp2"):
        picture.save(folder / f"plain.{suffix}")


PICTURES = (
    "turned.jpg", "cmyk.jpg", "progressive.jpg", "grey.jpg", "palette.png", "turned.png", "animated.gif",
    *(f"plain.{suffix}" for suffix in ("jpg", "png", "gif", "bmp", "webp", "tiff", "avif", "jp2")),
)  # fmt: skip


def video(folder):
    for name, codec in (("a.mp4", "mp4v"), ("a.avi", "MJPG")):
        writer = cv2.VideoWriter(str(folder / name), cv2.VideoWriter.fourcc(*codec), 10, (32, 24))
        for _ in range(3):
            writer.write(PIXELS)
        writer.release()


def boxes(folder):
    detections = [{"image_id": 7, "bbox": [1, 2, 30, 40], "score": 0.9, "category_id": 1}, {"image_id": 8}]
    detections[1] |= {"bbox": [0, 0, 5, 5], "file_name": "b.jpg", "score": 0.1, "category_id": 2}
    images = [{"id": 7, "file_name": "a.jpg"}]
    categories = [{"id": 1, "name": "person"}, {"id": 2, "name": "dog"}]
    _json(folder / "boxes.json", {"images": images, "annotations": detections, "categories": categories})
    _json(folder / "results.json", detections)


def masks(folder):
    coco_files.write_coco(folder)


def repeated(folder):
    entries = [coco_files.annotation(1, 7), coco_files.annotation(2, 7)]
    for name in ("a.json", "b.json"):
        _json(folder / name, coco_files.document([7], entries))


def submission(folder):
    person = {"score": 0.5, "keypoints": {name: [1.0, 2.0, 0.5] for name in skeletons.AI_CHALLENGER.keypoints}}
    _json(folder / "people.json", [{"image": "a.jpg", "people": [person]}, {"image": "b.jpg", "people": []}])
    result = {"image_id": 7, "keypoints": [1.0, 2.0, 0.5] * 14, "score": 0.5}
    _json(folder / "results.json", [result])
    _json(folder / "images.json", coco_files.document([7], [], skeletons.AI_CHALLENGER.keypoints))


def records(folder):
    made = dot_records.write(folder / "made", num_shards=1)
    for path in made.iterdir():
        path.rename(folder / path.name)
    shutil.rmtree(folder / "made")


def run(folder):
    """A run folder with its settings and the model of version 0.1.0."""
    from tfpose.training.config import Config

    _json(folder / "config.json", dataclasses.asdict(Config(run=folder.name, data_dir="data/x")))
    (folder / "log.csv").write_text("epoch,loss,val_pck\n0,1.5,0.25\n1,1.25,0.5\n")


def model(folder):
    shutil.copy(SAVED / "associative_embedding.keras", folder / "best.keras")
    _json(folder / "config.json", {"crop": "person", "data_dir": "data/x"})


def detector(folder):
    shutil.copy(SAVED / "part_detector.keras", folder / "best.keras")


def settings(folder):
    (folder / "flags.yaml").write_text("preset: figures\nlr: 0.001\nimage_size: [64, 64]\nsigma: 0.7\n"
                                       "augmentation:\n  angle: 10\n  scale: [0.9, 1.1]\n")  # fmt: skip
    _json(folder / "flags.json", {"model": "hourglass", "n_epochs": 3, "model_args": {"stacks": 2}})


def pose_cfg(folder):
    from tests.training.test_pose_cfg import COCO

    (folder / "pose_cfg.yaml").write_text(COCO)


def terms(folder):
    pairs = complete(3)
    rng = np.random.default_rng(0)
    half = len(pairs) // 2
    fitted = PairwiseTerms(
        pairs, np.ones((6, 2)), np.ones((6, 2)), rng.random((half, 8)), 2 + rng.random((half, 8)), rng.random((half, 9))
    )
    fitted.save(folder / "pairwise.npz")
    known = unknown(pairs)
    arrays = {"graph": known.pairs, "means": known.means, "std_devs": known.deviations}
    scipy.io.savemat(folder / "pairwise_stats.mat", arrays)
    for a, b in pairs[pairs[:, 0] < pairs[:, 1]]:
        options = {"X_min": np.zeros(8), "X_max": np.ones(8)}
        struct = {"training_opts": options, "log_reg": {"w": np.ones(9)}}
        scipy.io.savemat(folder / f"spatial_model_cidx_{a + 1}_{b + 1}.mat", {"spatial_model": struct})


def score_maps(folder):
    (folder / "of.txt").write_text("network")
    np.savez_compressed(
        folder / "7.npz",
        candidates=np.ones((3, 4, 4), "float32"),
        to_image=np.eye(2, 3),
        maps_heatmaps=np.ones((4, 5, 3)),
    )


def state(folder):
    import keras

    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    network.compile("adam", "mse")
    network.optimizer.build(network.trainable_variables)
    network.save_weights(folder / "state_joint.weights.h5")
    with h5py.File(folder / "state_joint.weights.h5", "a") as file:
        file.attrs["epochs"] = 3


def squeezenet(folder):
    from tfpose.models.trunks.squeezenet import squeezenet as build

    network = build(input_shape=(32, 32, 3), weights=None)
    with h5py.File(folder / "squeezenet.h5", "w") as file:
        for layer in (layer for layer in network.layers if layer.weights):
            group = file.create_group(layer.name.replace("_", "/"))
            names = [f"{layer.name}_{part}" for part in ("W", "b")]
            group.attrs["weight_names"] = names
            for name, weight in zip(names, layer.weights, strict=True):
                group.create_dataset(name, weight.shape, "f4")


def ids(folder):
    (folder / "ids.txt").write_text("1\n2\n\n33\n")


def buffer(picture, format, **options) -> bytes:
    """A picture as the bytes of a file."""
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()

"""Files for annotation tools, read as their forms are described, not as tfpose reads them."""

import json
import pathlib

import numpy as np
import pytest
import yaml

from tests.prediction.bar_photos import EXPECTED, PICTURE, PIXEL, run, write
from tfpose.prediction.label_files import FORMS
from tfpose.skeletons import Skeleton
from tfrecords_tools.formats import coco_files, labelme, yolo_pose

SKELETON = Skeleton(
    "three", ("left_end", "right_end", "middle"), limbs=(("left_end", "middle"), ("middle", "right_end"))
)
PEOPLE = np.array(
    [
        [[10.25, 20.5, 0.9], [70, 40, 0.6], [40, 30, 0.3]],
        [[50, 60.125, 0.5], [0, 0, 0], [-8, 45, 0.7]],  # One keypoint is not found, one lies outside of the photo.
    ],
    "float32",
)
SIZE = (80, 100)
FOUND = np.array([[True, True, True], [True, False, True]])


def save(form, folder, photos, people=PEOPLE):
    """Writes the files of photos that all show the same people."""
    files = FORMS[form](folder, SKELETON)
    for photo in photos:
        files.add(photo, pathlib.Path(photo.name), SIZE, people)
    files.close()
    names = files.names([pathlib.Path(photo.name) for photo in photos])
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert written == set(names)


@pytest.fixture
def photos(tmp_path):
    for name in ("b.png", "a.jpg"):
        write(tmp_path / "photos" / name, np.zeros((*SIZE, 3), "uint8"))
    return [tmp_path / "photos" / name for name in ("b.png", "a.jpg")]


def test_coco_results_are_read_by_pycocotools(tmp_path, photos):
    from pycocotools.coco import COCO

    save("coco", tmp_path / "coco", photos)
    truth = COCO(tmp_path / "coco" / "annotations.json")
    found = truth.loadRes(str(tmp_path / "coco" / "results.json"))
    assert [truth.imgs[i]["file_name"] for i in (1, 2)] == ["b.png", "a.jpg"]
    assert truth.cats[1]["keypoints"] == list(SKELETON.keypoints) and truth.cats[1]["skeleton"] == [[1, 3], [3, 2]]
    for number in (1, 2):
        people = found.loadAnns(found.getAnnIds(imgIds=[number]))
        keypoints = np.reshape([person["keypoints"] for person in people], (2, 3, 3))
        np.testing.assert_allclose(keypoints[FOUND], PEOPLE[FOUND], atol=1e-3)
        assert keypoints[1, 1].tolist() == [21, 52.562, 0]  # Amid the others.
        np.testing.assert_allclose([person["score"] for person in people], PEOPLE[..., 2].mean(axis=1), atol=1e-3)


def test_coco_annotations_leave_out_what_was_not_found(tmp_path, photos):
    save("coco", tmp_path / "coco", photos[:1])
    people = json.loads((tmp_path / "coco" / "annotations.json").read_text())["annotations"]
    keypoints = np.reshape([person["keypoints"] for person in people], (2, 3, 3))
    assert (keypoints[..., 2] == 2 * FOUND).all() and keypoints[1, 1].tolist() == [0, 0, 0]
    assert [person["num_keypoints"] for person in people] == [3, 2]
    assert people[0]["bbox"] == [10.25, 20.5, 59.75, 19.5] and people[0]["area"] == pytest.approx(
        59.75 * 19.5, abs=0.01
    )


def test_numbers_of_photos_are_those_of_their_names(tmp_path, photos):
    files = FORMS["coco"](tmp_path, SKELETON)
    for name in ("000000000139.jpg", "7.jpg"):
        files.add(photos[0], pathlib.Path(name), SIZE, PEOPLE)
    files.close()
    assert [person["image_id"] for person in json.loads((tmp_path / "results.json").read_text())] == [139, 139, 7, 7]


def test_yolo_labels_are_those_of_the_form(tmp_path, photos):
    save("yolo", tmp_path / "yolo", photos)
    data = yaml.safe_load((tmp_path / "yolo" / "data.yaml").read_text())
    assert (data["kpt_shape"], data["flip_idx"], data["names"]) == ([3, 3], [1, 0, 2], {0: "person"})
    assert data["kpt_names"] == {0: list(SKELETON.keypoints)} and data["train"] == "images" and "val" not in data
    assert (tmp_path / "yolo" / "images" / "b.png").read_bytes() == photos[0].read_bytes()
    rows = np.loadtxt(tmp_path / "yolo" / "labels" / "b.txt")
    assert rows.shape == (2, 5 + 3 * 3) and (rows[:, 0] == 0).all() and (rows[:, 1:5] >= 0).all()
    assert (rows[:, 1:] <= np.array([1] * 4 + [1, 1, 2] * 3)).all()
    keypoints = rows[:, 5:].reshape(2, 3, 3) * (SIZE[1], SIZE[0], 1)
    inside = FOUND & (PEOPLE[..., 0] >= 0)
    np.testing.assert_allclose(keypoints[inside][:, :2], PEOPLE[inside][:, :2], atol=1e-3)
    assert (keypoints[..., 2] == 2 * inside).all() and (keypoints[~inside] == 0).all()
    low, size = rows[:, 1:3] - rows[:, 3:5] / 2, rows[:, 3:5]
    np.testing.assert_allclose((low * (100, 80)).tolist()[0], [10.25, 20.5], atol=1e-3)
    np.testing.assert_allclose((size * (100, 80)).tolist()[0], [59.75, 19.5], atol=1e-3)


def test_labelme_reads_points_of_a_group_and_finds_the_photo(tmp_path, photos):
    save("labelme", tmp_path / "labelme", photos)
    document = json.loads((tmp_path / "labelme" / "b.png.json").read_text())
    assert (tmp_path / "labelme" / document["imagePath"]).resolve() == photos[0].resolve()
    assert (document["imageHeight"], document["imageWidth"], document["imageData"]) == (*SIZE, None)
    for group, person in enumerate(PEOPLE, start=1):
        shapes = [shape for shape in document["shapes"] if shape["group_id"] == group]
        assert [shape["shape_type"] for shape in shapes] == ["rectangle"] + ["point"] * int((person[:, 2] > 0).sum())
        points = {shape["label"]: shape["points"][0] for shape in shapes if shape["shape_type"] == "point"}
        expected = {n: p for n, (*p, score) in zip(SKELETON.keypoints, person.tolist(), strict=True) if score > 0}
        assert points.keys() == expected.keys()
        np.testing.assert_allclose(list(points.values()), list(expected.values()), atol=0.01)


@pytest.mark.parametrize("form", FORMS)
def test_photos_without_people_are_written_too(form, tmp_path, photos):
    save(form, tmp_path / form, photos, PEOPLE[:0])


def test_the_command_writes_all_forms(here, capsys):
    write(here / "holiday" / "deep" / "a.png")
    write(here / "holiday" / "b.png")
    assert run("holiday", "--save=coco,yolo,labelme", "--no_drawing") == 0
    results = json.loads((here / "found" / "coco" / "results.json").read_text())
    np.testing.assert_allclose(np.reshape(results[0]["keypoints"], (3, 3))[:, :2], EXPECTED, atol=PIXEL)
    label = np.loadtxt(here / "found" / "yolo" / "labels" / "deep" / "a.txt")
    scale = PICTURE.shape[1::-1]
    np.testing.assert_allclose(label[5:].reshape(3, 3)[:, :2] * scale, EXPECTED, atol=PIXEL)
    shapes = json.loads((here / "found" / "labelme" / "deep" / "a.png.json").read_text())["shapes"]
    np.testing.assert_allclose([shape["points"][0] for shape in shapes[1:]], EXPECTED, atol=PIXEL)
    assert "People for annotation tools: found/labelme" in capsys.readouterr().out
    with pytest.raises(ValueError, match="--overwrite only. Received: found/yolo/labels/b.txt"):
        (here / "found" / "people.json").unlink()
        for form in ("coco", "labelme"):
            __import__("shutil").rmtree(here / "found" / form)
        for file in (here / "found" / "yolo").rglob("*.*"):
            if file.is_file() and file.name != "b.txt":
                file.unlink()
        run("holiday", "--save=coco,yolo,labelme", "--no_drawing")


def test_two_photos_of_one_label_are_refused(here):
    write(here / "a.png")
    write(here / "a.bmp")
    with pytest.raises(ValueError, match="Received twice: found/yolo/labels/a.txt"):
        run("a.png", "a.bmp", "--save=yolo")
    assert not (here / "found").exists()


def test_frames_of_videos_are_not_saved(here):
    with pytest.raises(ValueError, match="`--save` is for photos; `tfpose frames`"):
        run("film.mp4", "--save=coco", "--no_drawing")


@pytest.mark.parametrize("form", FORMS)
def test_conversion_reads_what_was_written(form, tmp_path, photos):
    folder = tmp_path / form
    save(form, folder, photos)
    files = {"coco": ["annotations.json"], "yolo": ["data.yaml"], "labelme": ["b.png.json", "a.jpg.json"]}[form]
    files = [folder / file for file in files]
    reader = {"coco": coco_files, "yolo": yolo_pose, "labelme": labelme}[form]
    assert all(reader.holds(file, file.read_bytes()[:4096]) for file in files)
    given = [(files[0], "images")] if form == "yolo" else files
    root = tmp_path if form == "labelme" else folder  # labelme's files lead to the photos where these lie.
    document = reader.read(root, given, {"skeleton": "skeleton.json", "follow_links": False})
    (category,) = document["categories"]
    order = [category["keypoints"].index(name) for name in SKELETON.keypoints]
    scale = (SIZE[1], SIZE[0], 1) if document.get("coordinates") == "normalised" else 1
    visible = FOUND & (PEOPLE[..., 0] >= 0) if form == "yolo" else FOUND
    assert len(document["images"]) == 2 and len(document["annotations"]) == 4
    for i, person in enumerate(document["annotations"]):
        keypoints = np.reshape(person["keypoints"], (-1, 3))[order] * scale
        expected, there = PEOPLE[i % 2], visible[i % 2]
        assert ((keypoints[:, 2] > 0) == there).all()
        np.testing.assert_allclose(keypoints[there, :2], expected[there, :2], atol=0.01)

"""COCO: both layouts of folders, any year, the ids of a validation list, and the real subset's counts."""

import contextlib

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO as CocoFile
from pycocotools.cocoeval import COCOeval

from tests.tfrecords_tools.coco_files import document, person, write_coco, write_json
from tests.tfrecords_tools.small_files import read
from tfrecords_tools.convert import convert
from tfrecords_tools.datasets.coco import Coco, read_ids
from tfrecords_tools.errors import ConversionError


def converted(folder, data_dir, **options):
    return convert("coco", manual_dir=folder, data_dir=data_dir, progress=False, **options)


def counts(conversion):
    return {split: (count["images"], count["people"]) for split, count in conversion.counts.items()}


def mask(record):
    return cv2.imdecode(np.frombuffer(record["ignore"], np.uint8), cv2.IMREAD_UNCHANGED)


@pytest.mark.parametrize("images", ["{phase}{year}", "images/{phase}{year}", "images"])
@pytest.mark.parametrize("year", [2014, 2017])
def test_every_layout_and_year_convert_alike(tmp_path, images, year):
    conversion = converted(write_coco(tmp_path / "source", year, images), tmp_path, year=year)
    assert counts(conversion) == {"train": (2, 3), "test": (1, 1)} and not conversion.found
    record = read(conversion.path, "train")["000000000007"]
    np.testing.assert_array_equal(record["keypoints"].reshape(2, 51), [person(), person(30)])
    assert record["areas"].tolist() == [150.5, 25] and record["image_id"] == 7


def test_what_is_ignored_is_written(tmp_path):
    conversion = converted(write_coco(tmp_path / "source"), tmp_path)
    crowd = read(conversion.path, "train")["000000000008"]
    assert crowd["ignored_crowds"].tolist() == [1] and crowd["ignored_areas"].tolist() == [192]
    assert mask(crowd)[:, 60:].all() and not mask(crowd)[:, :60].any()
    nobody = read(conversion.path, "test")["000000000005"]
    assert nobody["ignored_crowds"].tolist() == [0] and nobody["ignored_boxes"].tolist() == [[10, 10, 20, 10]]
    assert (mask(nobody) > 0).sum() == 200


def test_images_without_people_stay_on_demand(tmp_path):
    conversion = converted(write_coco(tmp_path / "source"), tmp_path, images_with_people=False)
    assert counts(conversion) == {"train": (3, 3), "test": (2, 1)} and not conversion.found
    assert read(conversion.path, "train")["000000000009"]["keypoints"].shape == (0, 17, 3)


def test_a_list_of_ids_becomes_the_split_valid(tmp_path):
    ids = tmp_path / "valid_id"
    ids.write_text("8\n\n")
    conversion = converted(write_coco(tmp_path / "source"), tmp_path, valid_id=str(ids))
    assert counts(conversion) == {"train": (1, 2), "valid": (1, 1), "test": (1, 1)}
    assert list(read(conversion.path, "valid")) == ["000000000008"]
    assert list(read(conversion.path, "train")) == ["000000000007"]


def test_a_wrong_list_of_ids_is_one_clear_sentence(tmp_path):
    folder, ids = write_coco(tmp_path / "source"), tmp_path / "valid_id"
    for content, message in (("8\n77\n", "1 of 2 that are not there, such as 77"), ("8\nx8\n", "'x8' in line 2")):
        ids.write_text(content)
        with pytest.raises(ConversionError, match=message):
            converted(folder, tmp_path, valid_id=str(ids))
    with pytest.raises(ConversionError, match="`valid_id` must be a text file. Received: none: no such file"):
        converted(folder, tmp_path, valid_id="none")
    ids.write_text("1\n22\n")
    assert read_ids(ids) == [1, 22]


def test_one_split_converts_and_missing_things_are_one_clear_sentence(tmp_path):
    folder = write_coco(tmp_path / "source")
    (folder / "annotations" / "person_keypoints_train2017.json").unlink()
    assert counts(converted(folder, tmp_path)) == {"test": (1, 1)}
    with pytest.raises(ConversionError, match="person_keypoints_train2014.json or …_val2014.json. .* `--year`"):
        converted(folder, tmp_path, overwrite=True, year=2014)
    write_json(folder / "annotations" / "person_keypoints_train2016.json", document([1], []))
    with pytest.raises(
        ConversionError, match="One of train2016, images/train2016, images must be in .* Received: none"
    ):
        converted(folder, tmp_path, overwrite=True, year=2016)


@pytest.mark.slow
def test_beam_writes_the_same(tmp_path):
    pytest.importorskip("apache_beam", reason="needs the extra beam")
    folder = write_coco(tmp_path / "source")
    loop, beam = converted(folder, tmp_path / "a"), converted(folder, tmp_path / "b", beam_runner="DirectRunner")
    first, second = read(loop.path, "train"), read(beam.path, "train")
    assert set(first) == set(second)
    for name, record in first.items():
        for key, value in record.items():
            np.testing.assert_array_equal(value, second[name][key])


def test_the_real_subset_has_its_counts(tmp_path, real_data):
    people = converted(real_data("coco"), tmp_path / "people")
    assert counts(people) == {"train": (63, 178), "test": (36, 80)} and not people.found
    records = read(people.path, "train") | read(people.path, "test")
    assert sum(int(record["ignored_crowds"].sum()) for record in records.values()) == 12
    assert sum(len(record["ignored_boxes"]) for record in records.values()) == 308 - 178 + 107 - 80
    for record in records.values():
        assert mask(record).any() == bool(len(record["ignored_boxes"]))
    everything = Coco(data_dir=tmp_path, options={"images_with_people": False})
    assert [len(everything.annotations(real_data("coco"), split)) for split in Coco.SPLITS] == [69, 0, 42]


def test_the_records_are_enough_for_cocos_own_evaluation(tmp_path, real_data):
    path = converted(real_data("coco"), tmp_path, images_with_people=False).path
    official = real_data("coco") / "annotations" / "person_keypoints_val2017.json"
    found = real_data("metric_refs/coco") / "keypoint_results.json"
    again = write_json(tmp_path / "again.json", as_coco(read(path, "test").values()))
    np.testing.assert_allclose(evaluated(again, found), evaluated(official, found), atol=1e-9)


def as_coco(records):
    """Writes records as a COCO form again."""
    images, entries = [], []
    for record in records:
        images.append({"id": int(record["image_id"])})
        people = zip(record["keypoints"], record["boxes"], record["areas"], [0] * len(record["boxes"]), strict=True)
        ignored = [record[f"ignored_{name}"] for name in ("boxes", "areas", "crowds")]
        nobody = np.zeros((len(ignored[0]), 17, 3))
        for keypoints, box, area, crowd in [*people, *zip(nobody, *ignored, strict=True)]:
            entry = {"id": len(entries) + 1, "image_id": images[-1]["id"], "category_id": 1, "iscrowd": int(crowd)}
            entry |= {"bbox": box.tolist(), "area": float(area), "num_keypoints": int((keypoints[:, 2] > 0).sum())}
            entries.append(entry | {"keypoints": keypoints.ravel().tolist()})
    return document(images, entries)


def evaluated(truth, found):
    with contextlib.redirect_stdout(None):
        truth = CocoFile(str(truth))
        evaluation = COCOeval(truth, truth.loadRes(str(found)), "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats

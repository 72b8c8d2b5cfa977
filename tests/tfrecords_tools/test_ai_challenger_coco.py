"""AI Challenger's form and COCO's: there and back loses nothing, and COCO's tools read what comes out."""

import contextlib
import json

import pytest
from pycocotools.coco import COCO as CocoFile
from pycocotools.cocoeval import COCOeval

from tests.tfrecords_tools.coco_files import annotation, document, person, write_json
from tests.tfrecords_tools.formats.test_ai_challenger_json import KEYPOINTS, entry
from tests.tfrecords_tools.small_files import jpeg
from tfpose.skeletons import AI_CHALLENGER, COCO
from tfrecords_tools.ai_challenger_coco import NECKHEAD, from_coco, main, to_coco
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import ai_challenger_json, coco_json
from tfrecords_tools.formats.own_skeleton import skeleton_of

FULL = [number for i in range(14) for number in (10 * i + 1, 10 * i + 2, 1 + i % 2)]
CLEAN = [*KEYPOINTS[:6], *[0, 0, 3] * 12]
ENTRIES = [entry("a", human1=CLEAN, human2=FULL, human3=[0, 0, 3] * 14), entry("b", human1=FULL)]


@pytest.mark.parametrize("neckhead", [False, True])
def test_there_and_back_is_the_same(neckhead):
    assert from_coco(to_coco(ENTRIES, neckhead=neckhead)) == ENTRIES
    assert from_coco(to_coco(ENTRIES, neckhead=neckhead), neckhead=neckhead) == ENTRIES


def test_each_person_has_what_coco_asks_for():
    first, second, third, last = to_coco(ENTRIES)["annotations"]
    assert first == {
        "id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "num_keypoints": 2, "bbox": [1, 2, 10, 20], "area": 200,
        "keypoints": [3, 4, 2, 5, 6, 1, *[0] * 36], "segmentation": [[1, 2, 11, 2, 11, 22, 1, 22]],
    }  # fmt: skip
    assert (second["num_keypoints"], third["num_keypoints"], last["id"], last["image_id"]) == (14, 0, 4, 2)


def test_the_category_names_the_keypoints_and_the_sides_are_right():
    skeleton = skeleton_of("", to_coco(ENTRIES)["categories"][0])
    assert (skeleton.keypoints, skeleton.limbs) == (AI_CHALLENGER.keypoints, AI_CHALLENGER.limbs)
    (category,) = to_coco(ENTRIES, neckhead=True)["categories"]
    skeleton = skeleton_of("", category)
    assert skeleton.keypoints == NECKHEAD and set(skeleton.limbs) == set(AI_CHALLENGER.limbs)
    for name, mirrored in zip(skeleton.keypoints, skeleton.flip, strict=True):
        assert skeleton.keypoints[mirrored] == (name if "_" not in name else mirror(name))
    assert skeleton.flip[5:] == COCO.flip[5:] and skeleton.flip[:3] == [0, 1, 2]


def mirror(name):
    side, _, part = name.partition("_")
    return f"{ {'left': 'right', 'right': 'left'}.get(side, side) }_{part}"


def test_neck_and_head_top_are_in_the_places_of_nose_and_left_eye():
    keypoints = to_coco(ENTRIES, neckhead=True)["annotations"][1]["keypoints"]
    places = dict(zip(COCO.keypoints, zip(*[iter(keypoints)] * 3, strict=True), strict=True))
    assert places["nose"] == (131, 132, 1) and places["left_eye"] == (121, 122, 2)
    assert places["right_eye"] == places["left_ear"] == places["right_ear"] == (0, 0, 0)
    assert places["left_shoulder"] == (31, 32, 1) and places["right_ankle"] == (81, 82, 2)


def test_sizes_come_from_the_images(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.jpg").write_bytes(jpeg(48, 64))
    images = to_coco(ENTRIES, tmp_path)["images"]
    expected = {"id": 2, "license": 0, "file_name": "b.jpg", "coco_url": "u", "flickr_url": "u"}
    assert images[1] == expected | {"height": 48, "width": 64}
    assert to_coco(ENTRIES)["images"][1] == expected
    (tmp_path / "b.jpg").write_bytes(b"no image")
    with pytest.raises(ConversionError, match="b.jpg must be a JPEG"):
        to_coco(ENTRIES, tmp_path)
    (tmp_path / "b.jpg").unlink()
    with pytest.raises(ConversionError, match="`--image_dir` must hold b.jpg"):
        to_coco(ENTRIES, tmp_path)


def test_coco_evaluates_what_comes_out(tmp_path, capsys):
    path = write_json(tmp_path / "coco.json", to_coco(ENTRIES, neckhead=True))
    with contextlib.redirect_stdout(None):
        truth = CocoFile(str(path))
        found = [a | {"score": 1.0} for a in truth.anns.values() if a["num_keypoints"]]
        evaluation = COCOeval(truth, truth.loadRes(found), "keypoints")
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluation.evaluate()
        evaluation.accumulate()
    assert evaluation.eval["recall"].min() == 1


def test_of_coco_what_both_have_is_taken_and_crowds_are_left_out():
    people = [annotation(10, 1, keypoints=person(10, 17)), annotation(11, 1, iscrowd=1)]
    (written,) = from_coco(document([1], people))
    assert written["image_id"] == "000000000001" and written["url"] == ""
    assert written["human_annotations"] == {"human1": [10, 10, 30, 20]}
    keypoints = written["keypoint_annotations"]["human1"]
    shoulder = COCO.keypoints.index("right_shoulder")
    assert keypoints[:3] == [10 + shoulder, 20 + shoulder, 1] and keypoints[-6:] == [0, 0, 3] * 2


def test_keypoints_nobody_named_or_knows_are_one_clear_sentence():
    with pytest.raises(ConversionError, match="`categories` must name `keypoints`, or `--neckhead`"):
        from_coco(document([1], []) | {"categories": []})
    with pytest.raises(ConversionError, match="Some keypoint must be AI Challenger's. Received: tail, beak"):
        from_coco(document([1], [], keypoints=["tail", "beak"]))


def test_the_command_converts_both_ways(tmp_path, capsys):
    there, coco, back = write_json(tmp_path / "a.json", ENTRIES), tmp_path / "coco.json", tmp_path / "b.json"
    main(["to_coco", str(there), str(coco), "--neckhead"])
    assert capsys.readouterr().out == f"Images: 2. Written to {coco}.\n"
    main(["from_coco", str(coco), str(back), "--neckhead"])
    assert json.loads(back.read_text()) == ENTRIES
    with pytest.raises(SystemExit, match="b.json must not be there yet, or `--overwrite` be given"):
        main(["from_coco", str(coco), str(back)])
    main(["from_coco", str(coco), str(back), "--overwrite"])
    with pytest.raises(SystemExit, match="error: .*none.json must be a file"):
        main(["to_coco", str(tmp_path / "none.json"), str(tmp_path / "c.json")])
    assert not (tmp_path / "c.json").exists()


def test_the_command_writes_submissions(tmp_path):
    coco = write_json(tmp_path / "coco.json", to_coco(ENTRIES))
    results = [{"image_id": 2, "keypoints": [5, 6, 0.5] * 14, "score": 0.5}]
    out = tmp_path / "out.json"
    main(["submission", str(write_json(tmp_path / "results.json", results)), str(out), f"--images={coco}"])
    assert json.loads(out.read_text()) == [
        {"image_id": "a", "keypoint_annotations": {}},
        {"image_id": "b", "keypoint_annotations": {"human1": [5, 6, 1] * 14}},
    ]


def test_the_real_sample_equals_its_other_form(real_data):
    folder = real_data("ai_challenger")
    entries = ai_challenger_json.load(folder / "keypoint_sample_annotations.json")
    theirs = coco_json.load(folder / "keypoint_sample_annotations_coco_format.json")
    ours = to_coco(entries, folder / "keypoint_sample_images")
    for image, other in zip(ours["images"], theirs["images"], strict=True):
        other["coco_url"] = other.pop("url")
        assert image.items() >= other.items()
    for human, other in zip(ours["annotations"], theirs["annotations"], strict=True):
        del other["id"]
        assert human.items() >= other.items()
    assert from_coco(ours) == entries and from_coco(ours | {"annotations": theirs["annotations"]}) == entries


@pytest.mark.parametrize("neckhead", [False, True])
def test_a_thousand_real_entries_go_there_and_back(real_data, neckhead):
    path = real_data("metric_refs/ai_challenger") / "keypoint_annotations_example.json"
    entries = ai_challenger_json.load(path)
    assert len(entries) == 1000 and from_coco(to_coco(entries, neckhead=neckhead)) == entries

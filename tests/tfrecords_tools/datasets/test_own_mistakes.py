"""Own data as other tools write them: every kind of mistake is mended, counted or refused, never silently wrong."""

import json
import os

import numpy as np
import pytest
import tensorflow_datasets as tfds

from tests.tfrecords_tools.coco_files import write_json
from tests.tfrecords_tools.kite_files import BOX, KITE, POINTS, document, kite, reasons
from tests.tfrecords_tools.small_files import jpeg, read, set_aside
from tfpose.skeletons import Skeleton
from tfrecords_tools.convert import main
from tfrecords_tools.errors import ConversionError


def skeleton_in(conversion):
    return Skeleton.from_dict(tfds.builder_from_directory(conversion.path).info.metadata["skeleton"])


@pytest.mark.parametrize(
    "ends", [("end_left", "end_right"), ("endL", "endR"), ("LEnd", "REnd"), ("Left End", "Right End")]
)
@pytest.mark.parametrize("in_file", [False, True])
def test_sides_in_other_spellings_are_exchanged_stored_and_printed(own, ends, in_file):
    names = ["tip", *ends, "tail"]
    skeleton = {"keypoints": names} if in_file else None
    conversion = own(document(keypoints=names), skeleton=skeleton)
    assert skeleton_in(conversion).flip == [0, 2, 1, 3] and skeleton_in(conversion).keypoints == KITE
    assert "Keypoints exchanged when an image is mirrored: left_end ↔ right_end." in conversion.report()
    metadata = json.loads((conversion.path / "metadata.json").read_text())
    assert metadata["skeleton"]["pairs"] == [["left_end", "right_end"]]


def test_a_side_without_partner_is_warned_of(own):
    report = own(document(keypoints=("tip", "left_end", "stern", "tail"))).report()
    assert "Warning: no partner on the other side for left_end: not exchanged when mirrored." in report
    assert "mirrored: none." in report


def test_another_order_in_another_file_is_mapped_by_name(own):
    order = ("tail", "Right End", "tip", "left end")
    points = [100 + 10 * i + n for i in range(4) for n in (0, 1)]
    turned = [n for i in (3, 2, 0, 1) for n in (points[2 * i], points[2 * i + 1], 2)]
    tested = document([kite(1, 9, keypoints=turned, bbox=[0, 0, 64, 48])], [{"id": 9, "file_name": "1.jpg"}], order)
    conversion = own(
        test=tested,
        skeleton={"keypoints": list(KITE)},
        images={f"{i}.jpg": jpeg(150, 200) for i in range(1, 5)},
        train=document(images=[{"id": 2, "file_name": "2.jpg"}]),
    )
    (record,) = read(conversion.path, "test").values()
    np.testing.assert_array_equal(record["keypoints"][0, :, :2].ravel(), points)


def test_other_names_in_another_file_are_refused(own):
    with pytest.raises(
        ConversionError,
        match="test.json must name the same keypoints .* Received: tip, left_end, right_end, rope. Known: tip",
    ):
        own(test=document(keypoints=(*KITE[:3], "rope")))


@pytest.mark.parametrize(
    "box", [[0, 0, 0, 0], [10, 10, -5, 8], [float("nan")] * 4, [float("inf"), 0, 5, 5], [1, 2, 5, 0]]
)
def test_unusable_boxes_are_those_of_the_keypoints_and_counted(own, box):
    conversion = own(document([kite(1, 1, bbox=box), *(kite(i, i) for i in (2, 3, 4))]))
    records = read(conversion.path, "train")
    assert records["1"]["boxes"].tolist() == [[14, 10, 16, 30]] and records["2"]["boxes"].tolist() == [BOX]
    assert [what for what, _ in reasons(conversion)] == [
        "box"
    ] and "1 × box: a side is not above 0" in conversion.report()


@pytest.mark.parametrize("area", [0, -3, float("nan"), float("inf"), 1e300])
def test_unusable_areas_are_those_of_the_boxes_and_counted(own, area):
    conversion = own(document([kite(1, 1, area=area), *(kite(i, i) for i in (2, 3, 4))]))
    assert read(conversion.path, "train")["1"]["areas"].tolist() == [20 * 34]
    assert [what for what, _ in reasons(conversion)] == ["area"]


def test_a_single_keypoint_has_the_image_for_a_box(own):
    conversion = own(document([kite(1, 1, keypoints=POINTS[:3] + [0] * 9, bbox=None, area=None)], [1]))
    (record,) = read(conversion.path, "train").values()
    assert record["boxes"].tolist() == [[0, 0, 64, 48]]


def test_boxes_as_corners_are_refused_with_the_option_and_read_with_it(own):
    train = document([kite(i, i, bbox=[12, 8, 32, 42]) for i in (1, 2, 3, 4)])
    with pytest.raises(ConversionError, match=r"train.json must be x, y, width, height. .*: pass `--bbox=xyxy`"):
        own(train)
    assert read(own(train, bbox="xyxy").path, "train")["1"]["boxes"].tolist() == [BOX]
    assert read(own(train, bbox="xywh").path, "train")["1"]["boxes"].tolist() == [[12, 8, 32, 42]]
    with pytest.raises(ConversionError, match="`bbox` must be a known one. Received: 'xy'. Known: auto, xywh, xyxy"):
        own(train, bbox="xy")


@pytest.mark.parametrize("sized", [True, False])
def test_coordinates_as_fractions_are_refused_with_the_option_and_read_with_it(own, sized):
    points = [value / (64, 48, 1)[i % 3] for i, value in enumerate(POINTS)]
    images = [{"id": i, "file_name": f"{i}.jpg", **({"height": 48, "width": 64} if sized else {})} for i in range(1, 5)]
    train = document([kite(i, i, keypoints=points) for i in (1, 2, 3, 4)], images)
    with pytest.raises(
        ConversionError, match=r"must be in pixels. Received: keypoints that .*`--coordinates=normalised`"
    ):
        own(train)
    record = read(own(train, coordinates="normalised").path, "train")["1"]
    np.testing.assert_allclose(record["keypoints"].ravel(), POINTS, atol=1e-4)
    assert record["boxes"].tolist() == [BOX]
    train["annotations"] = [entry | {"bbox": [12 / 64, 8 / 48, 20 / 64, 34 / 48]} for entry in train["annotations"]]
    np.testing.assert_allclose(read(own(train, coordinates="normalised").path, "train")["1"]["boxes"], [BOX], atol=1e-4)
    with pytest.raises(ConversionError, match="With `--coordinates=normalised`, keypoints or boxes .* within 0 … 1"):
        own(document(), coordinates="normalised")


@pytest.mark.parametrize("box", [[10, 8, 24, 36], [0, 0, 64, 48], [12, 8, 20, 34], [2, 2, 40, 44]])
def test_boxes_of_width_and_height_are_never_taken_for_corners(own, box):
    assert own(document([kite(i, i, bbox=box) for i in (1, 2, 3, 4)])).counts["train"]["people"] == 4


def test_boxes_that_leave_the_image_and_keypoints_far_outside_are_counted(own):
    train = document([kite(1, 1, bbox=[40, 8, 60, 34]), kite(2, 2, bbox=[50, 2, 10, 10]), kite(3, 3), kite(4, 4)])
    assert reasons(own(train, bbox="xywh")) == [
        ("box", "keypoints lie far outside of it: kept"), ("box", "leaves the image by more than 5% of its side: kept"),
    ]  # fmt: skip


def test_annotations_of_other_categories_and_images_without_people_are_counted(own):
    train = document([kite(1, 1), kite(2, 1, category_id=0), kite(3, 2, category_id=0), kite(4, 4)])
    conversion = own(train)
    assert conversion.counts["train"] == {"images": 2, "people": 2, "set_aside": 0}
    other = "`category_id` is 0, which is none of `categories`: the one with keypoints has the id 1"
    empty = "nobody has a keypoint: left out (`--no-images_with_people` keeps it)"
    assert set_aside(conversion.path) == [
        *(("train", i, "annotation", other) for i in "12"),
        *(("train", i, "empty image", empty) for i in "23"),
    ]  # fmt: skip
    assert "2 × annotation: `category_id` is 0" in conversion.report()


def test_the_category_may_have_the_id_0(own):
    train = document([kite(i, i, category_id=0) for i in (1, 2, 3, 4)])
    train["categories"][0]["id"] = 0
    conversion = own(train)
    assert conversion.counts["train"]["people"] == 4 and reasons(conversion) == []


def test_if_everything_is_left_out_the_reason_is_told(own):
    with pytest.raises(
        ConversionError, match="There must be an image .* Received: none .4 × annotation: `category_id` is 7"
    ):
        own(document([kite(i, i, category_id=7) for i in (1, 2, 3, 4)]))


def test_a_crowd_as_text_is_refused(own):
    with pytest.raises(
        ConversionError, match=r'`annotations\[0\].iscrowd` .id 1. must be 0, 1, true or false. Received: "0"'
    ):
        own(document([kite(1, 1, iscrowd="0")]))


def test_people_annotated_twice_are_counted(own):
    conversion = own(document([kite(n, 1 + n % 4) for n in range(8)]))
    assert conversion.counts["train"]["people"] == 8
    assert "4 × person: annotated twice with the same keypoints" in conversion.report()


def test_categories_may_be_null_beside_a_skeleton(own):
    assert own(document(categories=None), skeleton={"keypoints": list(KITE)}).counts["train"]["people"] == 4


def test_a_byte_order_mark_is_read_over(own, tmp_path):
    own()
    path = tmp_path / "own data" / "train.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    main(["own", f"--manual_dir={path.parent}", f"--data_dir={tmp_path / 'b'}"])
    assert len(read(tmp_path / "b" / "own", "train")) == 3


def test_ids_beyond_64_bits_are_ids(own):
    images = [{"id": 2**70 + i, "file_name": f"{i}.jpg"} for i in (1, 2, 3, 4)]
    records = read(own(document(images=images)).path, "train")
    assert len(records) == 4 and records["1"]["image_id"] == -1


def test_one_image_is_a_data_set(own):
    assert own(document(images=[1]), test_share=0.2).counts == {"train": {"images": 1, "people": 1, "set_aside": 0}}


def test_the_command_prints_one_line_on_a_wrong_file(own, tmp_path, capsys):
    own()
    write_json(tmp_path / "own data" / "train.json", document([kite(1, 1, keypoints=[None] * 12)]))
    with pytest.raises(
        SystemExit,
        match=r"^error: .*train.json: `annotations\[0\].keypoints\[0\]` .id 1. must be a number. Received: null.$",
    ):
        main(["own", f"--manual_dir={tmp_path / 'own data'}", f"--data_dir={tmp_path / 'b'}"])
    assert not os.path.exists(tmp_path / "b" / "own")


def test_what_looks_wrong_in_keypoints_is_counted(own):
    points = [0, 0, 2, 14, 20, 0, *POINTS[6:]]  # a corner, and coordinates that are not annotated
    nobody = [value * (i % 3 < 2) for i, value in enumerate(POINTS)]
    train = document([kite(1, 1, keypoints=points), kite(2, 2, keypoints=nobody), kite(3, 3, iscrowd=1), kite(4, 4)])
    assert [reason for _, reason in reasons(own(train)) if not reason.startswith("nobody")] == [
        "a crowd (`iscrowd`): its keypoints are not used", "coordinates, but v of every keypoint is 0: not annotated",
        "at (0, 0), the corner of the image: kept", "coordinates, but v is 0: not annotated",
    ]  # fmt: skip


def test_a_data_set_without_a_visible_keypoint_and_images_of_two_splits_are_warned_of(own):
    occluded = [min(value, 1) if i % 3 == 2 else value for i, value in enumerate(POINTS)]
    both = document([kite(i, i, keypoints=occluded) for i in (1, 2)], [1, 2])
    report = own(both, test=both).report()
    assert "Warning: every keypoint is occluded (v is 1), none visible (v is 2)." in report
    assert "Warning: 2 images are in train and in test: images/1.jpg, images/2.jpg." in report
    assert "2 × unused image: images/3.jpg (in no annotations); images/4.jpg (in no annotations)." in report


def test_boxes_around_a_centre_are_refused_with_the_option_and_read_with_it(own):
    train = document([kite(i, i, bbox=[22, 25, 20, 34]) for i in (1, 2, 3, 4)])
    with pytest.raises(ConversionError, match=r"hold their keypoints only if x, y is the centre: pass `--bbox=cxcywh`"):
        own(train)
    assert read(own(train, bbox="cxcywh").path, "train")["1"]["boxes"].tolist() == [BOX]


def test_ids_are_the_same_in_numbers_and_in_text(own):
    train = document([kite(i, str(i), category_id="1") for i in (1, 2)] + [kite(i, float(i)) for i in (3, 4)])
    assert own(train).counts["train"] == {"images": 4, "people": 4, "set_aside": 0}


def test_categories_of_the_same_keypoints_are_read_together_and_others_asked_about(own):
    train = document([kite(1, 1), kite(2, 2, category_id=2), kite(3, 3), kite(4, 4)])
    train["categories"].append({"id": 2, "name": "dragon", "keypoints": list(KITE)})
    assert own(train).counts["train"]["people"] == 4
    train["categories"][1]["keypoints"] = ["tip", "tail"]
    with pytest.raises(ConversionError, match="`--category` say which to take. Received: other ones in kite, dragon"):
        own(train)
    assert own(train, category="kite").counts["train"]["people"] == 3
    with pytest.raises(ConversionError, match="`category` must be one with keypoints. Received: 'dog'. Known: kite"):
        own(train, category="dog")


def test_images_behind_links_are_read_only_if_told(own, tmp_path):
    own()
    folder = tmp_path / "own data"
    (folder / "images").rename(tmp_path / "elsewhere")
    (folder / "images").symlink_to(tmp_path / "elsewhere")
    arguments = ["own", f"--manual_dir={folder}", f"--data_dir={tmp_path / 'b'}"]
    with pytest.raises(SystemExit, match="4 × image: a link leads out of the folder: images/4.jpg .`--follow_links`"):
        main(arguments)
    main([*arguments, "--follow_links"])
    assert len(read(tmp_path / "b" / "own", "train")) == 3


def test_a_file_of_validation_beside_train_json_is_a_split(own, tmp_path):
    own()
    folder = tmp_path / "own data"
    write_json(folder / "val.json", document(images=[4]))
    assert own(document(images=[1, 2])).counts.keys() == {"train", "test"}
    assert own(document(images=[1, 2]), test=document(images=[3])).counts.keys() == {"train", "valid", "test"}

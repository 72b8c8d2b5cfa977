"""A skeleton of one's own: from its file, or from a category, with a sigma for each keypoint."""

import pytest

from tests.tfrecords_tools.coco_files import write_json
from tfpose.skeletons import COCO
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.own_skeleton import category, make_skeleton, read_skeleton, skeleton_of
from tfrecords_tools.formats.part_sigmas import default_sigma

NAMES = ["nose", "left_wing", "right_wing"]


def test_only_the_keypoints_must_be_there(tmp_path):
    skeleton = read_skeleton(write_json(tmp_path / "skeleton.json", {"keypoints": NAMES}))
    assert (skeleton.name, skeleton.keypoints, skeleton.limbs) == ("own", tuple(NAMES), ())
    assert skeleton.sigmas == tuple(map(default_sigma, NAMES)) and skeleton.reference is None


def test_everything_in_the_file_is_taken(tmp_path):
    fields = {
        "name": "bird", "keypoints": NAMES, "limbs": [["nose", "left_wing"]], "sigmas": [0.1, 0.2, 0.3],
        "reference": ["left_wing", "right_wing"],
    }  # fmt: skip
    skeleton = read_skeleton(write_json(tmp_path / "skeleton.json", fields))
    assert (skeleton.name, skeleton.limbs, skeleton.sigmas) == ("bird", (("nose", "left_wing"),), (0.1, 0.2, 0.3))
    assert skeleton.reference == ("left_wing", "right_wing")


def test_a_category_counts_limbs_from_one_and_names_may_be_written_otherwise():
    entry = {"name": "bird", "keypoints": ["Nose", "Left Wing", "right-wing"], "skeleton": [[1, 2], [3, 1]]}
    skeleton = skeleton_of("some.json", entry)
    assert skeleton.keypoints == tuple(NAMES) and skeleton.limbs == (("nose", "left_wing"), ("right_wing", "nose"))


def test_shoulder_and_hip_are_the_reference_where_there_are_both():
    assert make_skeleton("", COCO.keypoints).reference == COCO.reference
    assert make_skeleton("", COCO.keypoints).sigmas == COCO.sigmas


def test_the_category_with_keypoints_is_found():
    bird, box = {"name": "bird", "keypoints": NAMES}, {"name": "box"}
    assert category("", {"categories": [box, bird]}) == bird
    assert category("", {"categories": [box]}) is category("", {}) is None
    with pytest.raises(ConversionError, match="in one of its `categories`. Received: in bird, bird"):
        category("", {"categories": [bird, bird]})


@pytest.mark.parametrize(
    "names", [["nose", "wingL", "wingR"], ["nose", "LWing", "RWing"], ["Nose", "Left Wing", "Right Wing"]]
)
def test_names_of_the_file_are_spelled_alike_and_mirror(tmp_path, names):
    fields = {"keypoints": names, "limbs": [names[:2]], "sigmas": {names[1]: 0.2}}
    skeleton = read_skeleton(write_json(tmp_path / "skeleton.json", fields))
    assert skeleton.keypoints == tuple(NAMES) and skeleton.flip == [0, 2, 1] and skeleton.sigmas[1] == 0.2
    assert skeleton.limbs == (("nose", "left_wing"),)


@pytest.mark.parametrize(
    "said", [{"pairs": [["port", "starboard"]]}, {"flip": [0, 2, 1]}, {"flip": ["bow", "starboard", "port"]}]
)
def test_pairs_or_counterparts_can_be_said(tmp_path, said):
    fields = {"keypoints": ["bow", "port", "starboard"], **said}
    skeleton = read_skeleton(write_json(tmp_path / "skeleton.json", fields))
    assert skeleton.flip == [0, 2, 1] and skeleton.pairs == (("port", "starboard"),)


@pytest.mark.parametrize("names", ["nose,left_wing", {"0": "nose"}, ["nose", 3]])
def test_keypoints_of_a_category_that_are_no_list_of_names_are_told(names):
    with pytest.raises(
        ConversionError, match=r"some.json: `categories\[1\].keypoints` must be a list of names. Received: "
    ):
        category("some.json", {"categories": [{"name": "box"}, {"keypoints": names}]})
    assert category("some.json", {"categories": None}) is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ([], "must have `keypoints`, a list of names"),
        ({"name": "bird"}, "must have `keypoints`"),
        ({"keypoints": NAMES, "pairs": [["nose", "tail"]]}, "`pairs` must be pairs of names"),
        ({"keypoints": NAMES, "pairs": [NAMES[:2], NAMES[1:]]}, "`pairs` must name each keypoint at most once"),
        ({"keypoints": NAMES, "flip": [0, 2]}, "`flip` must be the index .* of 3 keypoints.* Received: .0, 2."),
        ({"keypoints": NAMES, "flip": [1, 2, 0]}, "`flip` must lead from each counterpart back. Received: not from"),
        ({"keypoints": ["Left Wing", "left_wing"]}, "names of `keypoints` must be distinct"),
        ({"keypoints": ["nose", "nose"]}, "must be distinct"),
        ({"keypoints": NAMES, "limbs": [["nose", "tail"]]}, r"Received: \[\['nose', 'tail'\]\]. Known: nose"),
        ({"keypoints": NAMES, "sigmas": [0.1]}, "`sigmas` must be 3, one per keypoint. Received: 1"),
        ({"keypoints": NAMES, "sigmas": {"tail": 1}}, "`sigmas` must be of keypoints. Received: tail. Known: nose"),
        ({"keypoints": NAMES, "sigmas": {"nose": 0}}, r"`sigmas` must be numbers above 0. Received: \[0, "),
        ({"keypoints": NAMES, "sigmas": 3}, "`sigmas` must be numbers above 0. Received: 3"),
        (
            {"keypoints": NAMES, "mirror": []},
            "Received: mirror. Known: name, keypoints, limbs, sigmas, ref.*, pairs, flip",
        ),
        ({"keypoints": NAMES, "limbs": 3}, "`limbs` must be pairs of names. Received: 3"),
        ({"keypoints": NAMES, "reference": ["nose"]}, "`reference` must be pairs of names"),
        ({"keypoints": ["nose", 3]}, "`keypoints` must be names"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path, fields, message):
    with pytest.raises(ConversionError, match=f"skeleton.json.*{message}|{message}.*skeleton.json"):
        read_skeleton(write_json(tmp_path / "skeleton.json", fields))


@pytest.mark.parametrize("pair", [[0, 1], [1, 4], [1], ["nose", "left_wing"], 3])
def test_a_wrong_limb_of_a_category_is_told(pair):
    with pytest.raises(ConversionError, match="`skeleton` of category bird must be pairs of 1 … 3"):
        skeleton_of("some.json", {"name": "bird", "keypoints": NAMES, "skeleton": [[1, 2], pair]})

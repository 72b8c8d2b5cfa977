import dataclasses
import json

import pytest

from tfpose import skeletons
from tfpose.skeletons import Skeleton

ALL = pytest.mark.parametrize("skeleton", skeletons.SKELETONS.values(), ids=skeletons.SKELETONS)


@ALL
def test_mirroring_twice_changes_nothing(skeleton):
    assert [skeleton.flip[i] for i in skeleton.flip] == list(range(len(skeleton)))


@ALL
def test_sides_change_places_and_the_middle_stays(skeleton):
    for name, i in zip(skeleton.keypoints, skeleton.flip, strict=True):
        other = skeleton.keypoints[i]
        assert sorted([name.split("_")[0], other.split("_")[0]]) in (["left", "right"], [name.split("_")[0]] * 2)
        assert name.removeprefix("left_").removeprefix("right_") == other.removeprefix("left_").removeprefix("right_")
        assert (name == other) == (not name.startswith(("left_", "right_")))


@ALL
def test_a_skeleton_survives_json(skeleton):
    assert Skeleton.from_dict(json.loads(json.dumps(dataclasses.asdict(skeleton)))) == skeleton


@ALL
def test_limbs_mirror_to_limbs(skeleton):
    limbs = {frozenset(skeleton.indices(limb)) for limb in skeleton.limbs}
    assert {frozenset(skeleton.flip[i] for i in limb) for limb in limbs} == limbs
    assert len(limbs) == len(skeleton.limbs)


def test_the_torso_is_the_shoulders_and_hips():
    assert skeletons.FLIC.torso == [0, 3, 6, 7]
    assert skeletons.COCO.torso == [5, 6, 11, 12]
    assert Skeleton("head", ("nose", "neck")).torso == []


def test_the_sizes_are_the_data_sets_own():
    assert {name: len(skeleton) for name, skeleton in skeletons.SKELETONS.items()} == {
        "flic": 11,
        "lsp": 14,
        "mpii": 16,
        "coco": 17,
        "ai_challenger": 14,
        "penn_action": 13,
    }
    assert len(skeletons.COCO.sigmas) == 17


def test_only_one_side_is_swapped_in_a_name():
    skeleton = Skeleton("odd", ("left_left_ear", "right_left_ear", "ear_left_"))
    assert skeleton.flip == [1, 0, 2]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("left_end", "right_end"), ("end_left", "end_right"), ("endL", "endR"), ("leftEnd", "rightEnd"),
        ("l_end", "r_end"), ("LEnd", "REnd"), ("left.end", "right.end"), ("Left End", "Right End"), ("end-l", "end-r"),
        ("LEFT_END", "RIGHT_END"), ("LEND", "REND"), ("lhip", "rhip"), ("front_left_paw", "front_right_paw"),
        ("L1", "R1"), ("Left_end", "right_end"), ("left", "right"), ("L", "R"), ("FL_paw", "FR_paw"),
        ("paw_HL", "paw_HR"), ("wrist (left)", "wrist (right)"), ("wrist_lft", "wrist_rgt"),
        ("knie_links", "knie_rechts"), ("左手", "右手"),
    ],
)  # fmt: skip
def test_sides_are_known_by_any_spelling_that_both_share(left, right):
    names = ("tip", right, "tail", left)
    assert skeletons.flip_pairs(names) == ((left, right),)
    assert Skeleton("kite", names).flip == [0, 3, 2, 1]


def test_names_that_only_look_like_a_side_stay_where_they_are():
    assert skeletons.flip_pairs(("lip", "rib", "leg", "right", "lower_lip", "ear")) == ()
    assert skeletons.mirror_partner("left_end", ("left_end", "tip")) is None


def test_a_side_without_partner_stays_where_it_is_and_is_told():
    skeleton = Skeleton("odd", ("left_eye", "nose", "endR", "lip", "left_ear", "right_ear"))
    assert skeleton.flip == [0, 1, 2, 3, 5, 4] and skeletons.unpaired_sides(skeleton) == ["left_eye", "endR"]


def test_pairs_can_be_said_and_survive_json():
    skeleton = Skeleton("odd", ("port", "bow", "starboard", "left_a", "right_a"), pairs=(("port", "starboard"),))
    assert skeleton.flip == [2, 1, 0, 3, 4]
    assert Skeleton.from_dict(json.loads(json.dumps(dataclasses.asdict(skeleton)))) == skeleton
    old = {name: value for name, value in dataclasses.asdict(skeletons.COCO).items() if name != "pairs"}
    assert Skeleton.from_dict(old) == skeletons.COCO


@pytest.mark.parametrize(
    ("fields", "received"),
    [
        ({"keypoints": ("nose", "nose")}, "nose"),
        ({"keypoints": ("nose", "neck"), "pairs": (("nose", "chin"),)}, "chin"),
        ({"keypoints": ("nose", "neck"), "pairs": (("nose", "neck"), ("neck", "nose"))}, "nose"),
        ({"keypoints": ("nose", "neck"), "limbs": (("nose", "chin"),)}, "chin"),
        ({"keypoints": ("nose", "neck"), "reference": ("nose", "chin")}, "chin"),
        ({"keypoints": ("nose", "neck"), "sigmas": (0.1,)}, "1"),
    ],
)
def test_what_cannot_be_a_skeleton_is_refused(fields, received):
    with pytest.raises(ValueError, match=f"Received: .*{received}"):
        Skeleton("wrong", **fields)


def test_an_unknown_skeleton_answers_with_the_known_ones():
    assert skeletons.get("flic") is skeletons.FLIC
    with pytest.raises(ValueError, match=r"Received: 'fli'\. Known: flic, lsp, mpii, coco"):
        skeletons.get("fli")

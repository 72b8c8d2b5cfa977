import pytest

from tfpose import skeletons
from tfpose.models.star_graph import star_graph

FLIC = ("left_shoulder", "left_elbow", "left_wrist", "right_shoulder", "right_elbow", "right_wrist") + (
    "left_hip", "right_hip", "nose",
)  # fmt: skip


def test_the_star_graph_of_flic_is_that_of_the_reproduction():
    neighbours = {name: [] for name in FLIC}
    for target, source in star_graph(FLIC):
        neighbours[FLIC[target]].append(FLIC[source])
    assert neighbours["left_shoulder"] == ["left_elbow", "nose"]
    assert neighbours["left_elbow"] == ["left_shoulder", "left_wrist"]
    assert neighbours["right_wrist"] == ["right_elbow"]
    assert neighbours["left_hip"] == neighbours["right_hip"] == ["nose"]
    assert neighbours["nose"] == ["left_shoulder", "right_shoulder", "left_hip", "right_hip"]


def test_the_torso_tells_every_keypoint_of_the_star_graph():
    assert set(star_graph(FLIC, torso=True)) - set(star_graph(FLIC)) == {(j, 9) for j in range(9)}


@pytest.mark.parametrize("name", skeletons.SKELETONS)
def test_every_skeleton_has_a_star_graph_that_mirrors(name):
    skeleton = skeletons.get(name)
    pairs = star_graph(skeleton.keypoints)
    assert len(pairs) == 2 * (len(skeleton) - 1)
    assert {(skeleton.flip[j], skeleton.flip[c]) for j, c in pairs} == set(pairs)


def test_a_keypoint_with_no_place_in_the_star_graph_is_refused():
    with pytest.raises(ValueError, match=r"Received: \['tail'\]"):
        star_graph(("nose", "tail"))

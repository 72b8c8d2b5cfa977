import numpy as np
import pytest

from tfpose import skeletons
from tfpose.models.pair_graphs import pair_graph


@pytest.mark.parametrize("skeleton", skeletons.SKELETONS.values(), ids=skeletons.SKELETONS)
def test_the_full_graph_has_the_order_of_the_reference(skeleton):
    pairs, k = pair_graph(skeleton), len(skeleton)
    assert len(pairs) == k * (k - 1)
    for i, (a, b) in enumerate(pairs):
        assert i == (k - 1) * a + b - (a < b)


def test_the_sparse_graph_of_coco_has_forty_pairs_and_their_mirror_images():
    pairs = pair_graph(skeletons.COCO, "sparse")
    assert len(pairs) == 80
    flip = np.array(skeletons.COCO.flip)
    assert {tuple(pair) for pair in flip[pairs]} == {tuple(pair) for pair in pairs}


@pytest.mark.parametrize("skeleton", skeletons.SKELETONS.values(), ids=skeletons.SKELETONS)
def test_every_limb_is_in_every_graph(skeleton):
    for graph in ("full", "sparse"):
        pairs = {tuple(pair) for pair in pair_graph(skeleton, graph)}
        expected = {tuple(skeleton.indices(limb)) for limb in skeleton.limbs}
        assert expected - {(0, 3), (3, 0)} <= pairs and all((b, a) in pairs for a, b in pairs)


def test_pairs_can_be_named():
    pairs = pair_graph(skeletons.COCO, [("nose", "left_eye"), ("left_hip", "nose")])
    assert pairs.tolist() == [[0, 1], [0, 11], [1, 0], [11, 0]]


@pytest.mark.parametrize("graph", ["tree", [("nose", "tail")], [("nose", "nose")], [("nose",)]])
def test_what_is_no_graph_is_refused(graph):
    with pytest.raises(ValueError, match="`graph` must be full or sparse, or pairs of two keypoints. Received: "):
        pair_graph(skeletons.COCO, graph)

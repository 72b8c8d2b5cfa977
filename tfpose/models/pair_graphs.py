"""Pairs of keypoints for pairwise terms, and the stages in which people are grouped."""

import itertools

from tfpose import skeletons
from tfpose.codecs.grouping.pairwise import complete, ordered
from tfpose.skeletons import COCO

GRAPHS = ("full", "sparse")
HEAD = ("nose", "eye", "ear", "head_top", "neck", "chin", "shoulder")
ARM = ("elbow", "wrist")
# The 40 pairs of ArtTrack (Insafutdinov et al. 2017, https://arxiv.org/abs/1612.01465): within the head, head and
# shoulders, limbs, and pairs close to limbs.
ARTTRACK = (
    (0, 1), (0, 2), (1, 2), (2, 4), (1, 3), (0, 4), (0, 3), *itertools.product(range(5), (5, 6)),
    (5, 6), (6, 8), (5, 7), (4, 8), (3, 7), (8, 10), (7, 9), (6, 10), (5, 9), (6, 12), (6, 11), (5, 12), (5, 11),
    (11, 12), (12, 14), (11, 13), (12, 13), (11, 14), (13, 14), (14, 16), (13, 15), (12, 16), (11, 15),
)  # fmt: skip


def pair_graph(skeleton, graph="full"):
    """The pairs of a skeleton, both directions of each: int `[P, 2]`, sorted.

    Args:
        skeleton: The `Skeleton` of K keypoints.
        graph: `"full"`: all ordered pairs, `P = K (K - 1)`. `"sparse"`: those of ArtTrack for COCO's keypoints, for
            others the limbs and the outer ends of two limbs that share a keypoint. Or a list of pairs of names or
            indices.

    Raises:
        ValueError: If it is none of these.
    """
    if graph == "full":
        return complete(len(skeleton))
    if graph == "sparse":
        return ordered(ARTTRACK if skeleton.keypoints == COCO.keypoints else _around(skeleton))
    numbers = {name: i for i, name in enumerate(skeleton.keypoints)} | {i: i for i in range(len(skeleton))}
    if isinstance(graph, str) or any(end not in numbers for pair in graph for end in pair):
        found = None
    else:
        found = [{numbers[end] for end in pair} for pair in graph]
    if found is None or any(len(pair) != 2 for pair in found):
        raise ValueError(
            f"`graph` must be {' or '.join(GRAPHS)}, or pairs of two keypoints. Received: {graph!r}. "
            f"Known: {', '.join(skeleton.keypoints)}."
        )
    return ordered([tuple(pair) for pair in found])


def stages(skeleton):
    """Indices of the keypoints that are grouped in each stage of the staged solution, tuples of int.

    Head and shoulders, then elbows and wrists, then the others (Insafutdinov et al. 2016, section 5).
    """
    found = ([], [], [])
    for i, name in enumerate(skeleton.keypoints):
        part = skeletons.part(name)
        found[0 if part in HEAD else 1 if part in ARM else 2].append(i)
    return tuple(tuple(stage) for stage in found if stage)


def _around(skeleton):
    limbs = [set(skeleton.indices(limb)) for limb in skeleton.limbs]
    meeting = [tuple(a ^ b) for a, b in itertools.combinations(limbs, 2) if len(a & b) == 1]
    return [*map(tuple, limbs), *meeting]

"""Sparse graph of the spatial model, as in joint-cnn-mrf: a tree along the body with the head as its root."""

from tfpose import skeletons

_HUBS = ("nose", "neck", "head")
_PARENTS = {
    "shoulder": "hub", "elbow": "shoulder", "wrist": "elbow", "hip": "hub", "knee": "hip", "ankle": "knee",
    "eye": "hub", "ear": "eye", "head_top": "hub",
    "thorax": "hub", "pelvis": "hub",
}  # fmt: skip


def star_graph(names, torso=False) -> list[tuple[int, int]]:
    """The pairs along the body: wrist – elbow – shoulder – head, ankle – knee – hip – head, ear – eye – head.

    Args:
        names: Names of the K keypoints; the root is `nose`, or else `neck`, or `head`.
        torso: Whether every keypoint is also a target of node K, the torso.

    Returns:
        Pairs `(target, source)` of indices, both directions of each, sorted.

    Raises:
        ValueError: If a keypoint has no neighbour towards the root.
    """
    hub = next((name for name in _HUBS if name in names), None)
    parents = {name: _parent(name, hub) for name in names if name != hub}
    if lost := [name for name, parent in parents.items() if parent not in names]:
        raise ValueError(
            f"A star graph needs the neighbour of each keypoint towards the head. Received: {lost} of {names}."
        )
    limbs = [(names.index(name), names.index(parent)) for name, parent in parents.items()]
    return sorted(limbs + [(c, j) for j, c in limbs] + [(j, len(names)) for j in range(len(names)) if torso])


def _parent(name, hub):
    part = skeletons.part(name)
    parent = _PARENTS.get(part)
    return hub if parent == "hub" else f"{name.removesuffix(part)}{parent}"

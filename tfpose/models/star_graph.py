"""Which keypoints a sparse spatial model relates: the star of joint-cnn-mrf, arms and legs hung on the head."""

from tfpose import skeletons

_HUBS = ("nose", "neck", "head")
_PARENTS = {
    "shoulder": "hub", "elbow": "shoulder", "wrist": "elbow", "hip": "hub", "knee": "hip", "ankle": "knee",
    "eye": "hub", "ear": "eye", "head_top": "hub",
    "thorax": "hub", "pelvis": "hub",
}  # fmt: skip


def star_graph(names, torso=False) -> list[tuple[int, int]]:
    """The graph along the body: wrist - elbow - shoulder - head, ankle - knee - hip - head, ear - eye - head.

    Args:
        names: Of the K keypoints; the head is `nose`, or else `neck`, or `head`.
        torso: Whether every keypoint also listens to node K.

    Returns:
        Pairs `(target, source)`, of each neighbour with the other.

    Raises:
        ValueError: If a keypoint has no place in it.
    """
    hub = next((name for name in _HUBS if name in names), None)
    parents = {name: _parent(name, hub) for name in names if name != hub}
    if lost := [name for name, parent in parents.items() if parent not in names]:
        raise ValueError(f"A star graph needs each keypoint's neighbour nearer the head. Received: {lost} of {names}.")
    limbs = [(names.index(name), names.index(parent)) for name, parent in parents.items()]
    return sorted(limbs + [(c, j) for j, c in limbs] + [(j, len(names)) for j in range(len(names)) if torso])


def _parent(name, hub):
    part = skeletons.part(name)
    parent = _PARENTS.get(part)
    return hub if parent == "hub" else f"{name.removesuffix(part)}{parent}"

"""The keypoints a data set annotates: their names, how they mirror, and how they connect.

Conventions used everywhere in tfpose:

* keypoints are `float32 [N, K, 3]`: N people, K keypoints, `(x, y, v)`;
* `x` grows right and `y` down, in pixels, and the centre of the top-left pixel is `(0, 0)`;
* `v` is 0 (not annotated), 1 (annotated, occluded) or 2 (visible), as in COCO;
* left and right are the person's own, unless the records say `observer_centric`.
"""

import dataclasses

TORSO = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")


@dataclasses.dataclass(frozen=True)
class Skeleton:
    """The keypoints of one data set.

    Args:
        name: The name under which `skeletons.get` finds it.
        keypoints: K names; sides are told by `left_` and `right_`.
        limbs: Pairs of names, to draw and to reason along.
        sigmas: K falloffs of the object keypoint similarity (OKS), or none.
        reference: The two keypoints whose distance normalises PCK and the detection rate.

    Raises:
        ValueError: If a name is twice there, a side lacks its other side, or a limb or the reference names no keypoint.
    """

    name: str
    keypoints: tuple[str, ...]
    limbs: tuple[tuple[str, str], ...] = ()
    sigmas: tuple[float, ...] = ()
    reference: tuple[str, str] | None = None

    def __post_init__(self):
        if len(set(self.keypoints)) != len(self.keypoints):
            raise ValueError(f"`keypoints` must be distinct. Received: {self.keypoints}.")
        named = [_mirror(name) for name in self.keypoints]
        named += [name for limb in self.limbs for name in limb] + list(self.reference or ())
        if missing := sorted(set(named) - set(self.keypoints)):
            raise ValueError(
                f"Sides, limbs and reference must name keypoints of the skeleton. Received: {', '.join(missing)}. "
                f"Known: {', '.join(self.keypoints)}."
            )
        if self.sigmas and len(self.sigmas) != len(self.keypoints):
            raise ValueError(f"`sigmas` must be {len(self.keypoints)}, one per keypoint. Received: {len(self.sigmas)}.")

    def __len__(self) -> int:
        return len(self.keypoints)

    @classmethod
    def from_dict(cls, fields) -> "Skeleton":
        """Takes back what `dataclasses.asdict` gave, also after a trip through JSON."""
        limbs = tuple(tuple(limb) for limb in fields["limbs"])
        reference = tuple(fields["reference"]) if fields["reference"] else None
        lists = {name: tuple(fields[name]) for name in ("keypoints", "sigmas")}
        return cls(name=fields["name"], limbs=limbs, reference=reference, **lists)

    @property
    def flip(self) -> list[int]:
        """Where each keypoint is found after the image is mirrored."""
        return self.indices(map(_mirror, self.keypoints))

    @property
    def torso(self) -> list[int]:
        """The shoulders and hips it has: their mean is the middle of the torso."""
        return self.indices(name for name in TORSO if name in self.keypoints)

    def indices(self, names) -> list[int]:
        """Looks keypoints up by name."""
        return [self.keypoints.index(name) for name in names]


def get(name: str) -> Skeleton:
    """Looks a skeleton up by name."""
    if name not in SKELETONS:
        raise ValueError(f"Unknown skeleton. Received: {name!r}. Known: {', '.join(SKELETONS)}.")
    return SKELETONS[name]


def _mirror(name: str) -> str:
    if name.startswith("left_"):
        return name.replace("left_", "right_", 1)
    return name.replace("right_", "left_", 1)


_ARMS = (
    ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist"),
    ("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist"),
)  # fmt: skip
_LEGS = (
    ("left_hip", "left_knee"), ("left_knee", "left_ankle"), ("right_hip", "right_knee"), ("right_knee", "right_ankle"),
)  # fmt: skip
_TORSO = (
    ("left_shoulder", "right_shoulder"), ("left_shoulder", "left_hip"),
    ("right_shoulder", "right_hip"), ("left_hip", "right_hip"),
)  # fmt: skip

FLIC = Skeleton(
    name="flic",
    keypoints=(
        "left_shoulder", "left_elbow", "left_wrist", "right_shoulder", "right_elbow", "right_wrist",
        "left_hip", "right_hip", "left_eye", "right_eye", "nose",
    ),
    limbs=(*_ARMS, *_TORSO, ("nose", "left_eye"), ("nose", "right_eye")),
    reference=("left_shoulder", "right_hip"),
)  # fmt: skip

LSP = Skeleton(
    name="lsp",
    keypoints=(
        "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle",
        "right_wrist", "right_elbow", "right_shoulder", "left_shoulder", "left_elbow", "left_wrist",
        "neck", "head_top",
    ),
    limbs=(*_ARMS, *_LEGS, *_TORSO, ("neck", "head_top")),
    reference=("left_shoulder", "right_hip"),
)  # fmt: skip

COCO = Skeleton(
    name="coco",
    keypoints=(
        "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder",
        "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip",
        "left_knee", "right_knee", "left_ankle", "right_ankle",
    ),
    limbs=(
        *_ARMS, *_LEGS, *_TORSO, ("nose", "left_eye"), ("nose", "right_eye"),
        ("left_eye", "left_ear"), ("right_eye", "right_ear"),
    ),
    sigmas=(
        0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062,
        0.107, 0.107, 0.087, 0.087, 0.089, 0.089,
    ),
    reference=("left_shoulder", "right_hip"),
)  # fmt: skip

MPII = Skeleton(
    name="mpii",
    keypoints=(
        "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle",
        "pelvis", "thorax", "neck", "head_top",
        "right_wrist", "right_elbow", "right_shoulder", "left_shoulder", "left_elbow", "left_wrist",
    ),
    limbs=(
        *_ARMS, *_LEGS, ("pelvis", "left_hip"), ("pelvis", "right_hip"), ("pelvis", "thorax"),
        ("thorax", "left_shoulder"), ("thorax", "right_shoulder"), ("thorax", "neck"), ("neck", "head_top"),
    ),
    reference=("left_shoulder", "right_hip"),
)  # fmt: skip

AI_CHALLENGER = Skeleton(
    name="ai_challenger",
    keypoints=(
        "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
        "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "head_top", "neck",
    ),
    limbs=(*_ARMS, *_LEGS, *_TORSO, ("neck", "head_top")),
    sigmas=(
        0.01388152, 0.01515228, 0.01057665, 0.01417709, 0.01497891, 0.01402144, 0.03909642,
        0.03686941, 0.01981803, 0.03843971, 0.03412318, 0.02415081, 0.01291456, 0.01236173,
    ),
    reference=("left_shoulder", "right_hip"),
)  # fmt: skip

PENN = Skeleton(
    name="penn_action",
    keypoints=(
        "head", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
        "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    ),
    limbs=(*_ARMS, *_LEGS, *_TORSO, ("head", "left_shoulder"), ("head", "right_shoulder")),
    reference=("left_shoulder", "right_hip"),
)  # fmt: skip

SKELETONS = {skeleton.name: skeleton for skeleton in (FLIC, LSP, MPII, COCO, AI_CHALLENGER, PENN)}

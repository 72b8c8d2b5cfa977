"""The keypoints a data set annotates: their names, how they mirror, and how they connect.

Conventions used everywhere in tfpose:

* keypoints are `float32 [N, K, 3]`: N people, K keypoints, `(x, y, v)`;
* `x` grows right and `y` down, in pixels, and the centre of the top-left pixel is `(0, 0)`;
* `v` is 0 (not annotated), 1 (annotated, occluded) or 2 (visible), as in COCO;
* left and right are the person's own, unless the records say `observer_centric`.
"""

import dataclasses
import re
from collections.abc import Iterator
from typing import NamedTuple

TORSO = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")


@dataclasses.dataclass(frozen=True)
class Skeleton:
    """The keypoints of one data set.

    Args:
        name: The name under which `skeletons.get` finds it.
        keypoints: K distinct names.
        limbs: Pairs of names that are drawn as lines, and related by models of pairs of keypoints.
        sigmas: K falloffs of the object keypoint similarity (OKS), in parts of the square root of the person's area;
            empty where they were not measured.
        reference: Names of the two keypoints whose distance normalises PCK and the detection rate, or none.
        pairs: The pairs of names that change places when the image is mirrored. Default: `flip_pairs(keypoints)`.

    Raises:
        ValueError: If names are repeated, a limb, a pair or the reference names no keypoint, or the number of sigmas is
            not K.
    """

    name: str
    keypoints: tuple[str, ...]
    limbs: tuple[tuple[str, str], ...] = ()
    sigmas: tuple[float, ...] = ()
    reference: tuple[str, str] | None = None
    pairs: tuple[tuple[str, str], ...] | None = None

    def __post_init__(self):
        if len(set(self.keypoints)) != len(self.keypoints):
            raise ValueError(f"`keypoints` must be distinct. Received: {self.keypoints}.")
        if self.pairs is None:
            object.__setattr__(self, "pairs", flip_pairs(self.keypoints))  # frozen
        paired = [name for pair in self.pairs for name in pair]
        if len(set(paired)) != len(paired):
            raise ValueError(f"`pairs` must name each keypoint at most once. Received: {self.pairs}.")
        named = paired + [name for limb in self.limbs for name in limb] + list(self.reference or ())
        if missing := sorted(set(named) - set(self.keypoints)):
            raise ValueError(
                f"Pairs, limbs and reference must name keypoints of the skeleton. Received: {', '.join(missing)}. "
                f"Known: {', '.join(self.keypoints)}."
            )
        if self.sigmas and len(self.sigmas) != len(self.keypoints):
            raise ValueError(f"`sigmas` must be {len(self.keypoints)}, one per keypoint. Received: {len(self.sigmas)}.")

    def __len__(self) -> int:
        return len(self.keypoints)

    @classmethod
    def from_dict(cls, fields) -> "Skeleton":
        """Builds a skeleton from the output of `dataclasses.asdict`, also after conversion to and from JSON.

        Raises:
            ValueError: If a field is missing or not of its type.
        """
        _check_fields(fields)
        limbs = tuple(tuple(limb) for limb in fields["limbs"])
        reference = tuple(fields["reference"]) if fields["reference"] else None
        lists = {name: tuple(fields[name]) for name in ("keypoints", "sigmas")}
        pairs = fields.get("pairs")  # Files from before 1.2 have none.
        pairs = None if pairs is None else tuple(tuple(pair) for pair in pairs)
        return cls(name=fields["name"], limbs=limbs, reference=reference, pairs=pairs, **lists)

    @property
    def flip(self) -> list[int]:
        """Index of each keypoint's counterpart in the mirrored image, `[K]`; its own index if it has none."""
        partners = {end: pair[1 - i] for pair in self.pairs for i, end in enumerate(pair)}
        return self.indices(partners.get(name, name) for name in self.keypoints)

    @property
    def torso(self) -> list[int]:
        """Indices of those shoulders and hips that the skeleton has; their mean is the centre of the torso."""
        return self.indices(name for name in TORSO if name in self.keypoints)

    def indices(self, names) -> list[int]:
        """Indices of keypoints by name."""
        return [self.keypoints.index(name) for name in names]


def _check_fields(fields):
    """Raises ValueError unless the fields of a skeleton, as JSON holds them, have their types."""

    def names(value):
        return isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)

    def pairs(value):
        return isinstance(value, list | tuple) and all(names(pair) and len(pair) == 2 for pair in value)

    def falloffs(value):
        return isinstance(value, list | tuple) and all(type(n) in (int, float) and 0 < n < 1e9 for n in value)

    checks = {
        "name": ("text", lambda value: isinstance(value, str)),
        "keypoints": ("a list of names", lambda value: names(value) and len(value) > 0),
        "limbs": ("pairs of names", pairs),
        "sigmas": ("numbers above 0", falloffs),
        "reference": ("two names or none", lambda value: not value or (names(value) and len(value) == 2)),
        "pairs": ("pairs of names or none", lambda value: value is None or pairs(value)),
    }
    if not isinstance(fields, dict):
        raise ValueError(f"A skeleton must be an object with {', '.join(checks)}. Received: {str(fields)[:80]}.")
    for name, (what, check) in checks.items():
        if not (name in fields or name == "pairs") or not check(fields.get(name)):
            raise ValueError(f"`{name}` of a skeleton must be {what}. Received: {str(fields.get(name))[:80]}.")


def get(name: str) -> Skeleton:
    """Returns the built-in skeleton of a name.

    Raises:
        ValueError: If there is none.
    """
    if name not in SKELETONS:
        raise ValueError(f"Unknown skeleton. Received: {name!r}. Known: {', '.join(SKELETONS)}.")
    return SKELETONS[name]


def part(name: str) -> str:
    """The name of a keypoint without its side: `left_wrist` → `wrist`; other spellings of sides stay."""
    return name.removeprefix("left_").removeprefix("right_")


class SidedName(NamedTuple):
    """One way to read a keypoint's name as a side and a part of the body.

    Attributes:
        side: `left` or `right`.
        part: The name without the side.
        partner: The same name with the other side.
        certain: Whether the side stands as a word of its own: `LEnd`, `end_left`, but not `lend`.
    """

    side: str
    part: str
    partner: str
    certain: bool


def sided_names(name: str) -> Iterator[SidedName]:
    """Yields the ways to read a name as a side and a part, most likely first: `left_end`, `endL`, `LEnd`, `lefthip`."""
    every = [(match[0].lower(), match.start(), match.end()) for match in _WORD.finditer(name)]
    words = [(start, end, True) for word, start, end in every if word in _OTHER_SIDE]
    words.sort(key=lambda word: word[1] - word[0] == 1)  # Stable: words before single letters.
    glued = [(0, len(side)) for side in _GLUED if name.lower().startswith(side)]
    glued += [(len(name) - len(side), len(name)) for side in _GLUED if len(side) > 1 and name.lower().endswith(side)]
    glued += [(end - 1, end) for word, _, end in every if _LEG.fullmatch(word)]
    for start, end, certain in [*words, *((start, end, False) for start, end in glued)]:
        word, before, after = name[start:end], name[:start], name[end:]
        partner = before + _in_case_of(word, _OTHER_SIDE[word.lower()]) + after
        yield SidedName("left" if word.lower() in _LEFT else "right", before + after, partner, certain)


def mirror_partner(name: str, names) -> str | None:
    """The name in `names` that is `name` on the other side of the body, or none."""
    known = {other.lower(): other for other in names}
    return next((known[way.partner.lower()] for way in sided_names(name) if way.partner.lower() in known), None)


def flip_pairs(names) -> tuple[tuple[str, str], ...]:
    """Pairs `(left, right)` of names that change places when the image is mirrored, in the order of `names`.

    Any spelling of the sides will do, as long as both have the same: `left_end`, `end_left`, `endL`, `LEnd`,
    `left.end`, `Left End`, `lhip`, `FL_paw`, `end_links`.
    """
    partners = {name: mirror_partner(name, names) for name in names}
    mutual = [name for name in names if partners[name] is not None and partners[partners[name]] == name]
    return tuple((name, partners[name]) for name in mutual if _side(name, partners[name]) == "left")


def unpaired_sides(skeleton: Skeleton) -> list[str]:
    """The keypoints whose names have a side as a word, and that are in none of the skeleton's pairs."""
    paired = {name for pair in skeleton.pairs for name in pair}
    return [name for name in skeleton.keypoints if name not in paired and any(way.certain for way in sided_names(name))]


def _side(name, partner):
    return next(way.side for way in sided_names(name) if way.partner.lower() == partner.lower())


def _in_case_of(word, other):
    return other.upper() if word.isupper() else other.capitalize() if word[0].isupper() else other


_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[左右]")
_LEG = re.compile(r"[fbhmr][lr]")  # Of an animal: front, back or hind, middle, rear; then the side.
_LEFT = {
    "left": "right", "l": "r", "lft": "rgt", "lt": "rt", "links": "rechts", "gauche": "droite", "izquierda": "derecha",
    "izquierdo": "derecho", "sinistra": "destra", "esquerda": "direita", "左": "右",
}  # fmt: skip
_OTHER_SIDE = _LEFT | {right: left for left, right in _LEFT.items()}
_GLUED = ("left", "right", "l", "r", "左", "右")  # Sides that are recognised at the ends of words.

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

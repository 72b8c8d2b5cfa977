"""One image of the data set `figures`, and its annotation."""

import dataclasses

import cv2
import numpy as np

from tfrecords_tools.drawing import body, furniture, light, looks, people, poses, scenery
from tfrecords_tools.drawing.canvas import Canvas

_UPPER_BODY = ("head_top", "nose", "left_shoulder", "right_shoulder", "left_hip", "right_hip")


@dataclasses.dataclass(frozen=True)
class Framing:
    """How people stand in the images of a data set.

    Args:
        stature: Its median in image heights; of one person in three it is off by more than a factor `spread`.
        spread: See there.
        horizon: Where people would vanish in the distance, in image heights.
        inside: Points that are inside of the image, if `margin` is positive; by default all.
        margin: How far inside, in statures; negative lets them be that far outside.
        from_behind: Fraction of people seen from behind.
        wildness: Of poses: 0 conversation, 1 sports.
        occluded: Fraction of images with something before the people.
    """

    stature: float
    spread: float
    horizon: float
    inside: tuple[str, ...] | None
    margin: float
    from_behind: float
    wildness: float
    occluded: float


# FLIC: people in films from head to hips or knees, the torso's diagonal about 0.22 of the image's width.
# LSP: whole athletes, about 150 pixels. COCO: anybody anywhere, some of them cut.
FRAMINGS = {
    "flic": Framing(1.12, 1.18, 0.22, _UPPER_BODY, 0.05, 0.06, 0.0, 0.15),
    "lsp": Framing(0.82, 1.12, 0.20, None, 0.06, 0.15, 1.0, 0.15),
    "coco": Framing(0.62, 1.40, 0.36, _UPPER_BODY, -0.03, 0.15, 0.5, 0.4),
}
_EYE_LEVEL = 0.9  # of the viewer, in statures above the ground


def draw(rng, skeleton, size: tuple[int, int], most_people: int = 1) -> dict:
    """Draws one image.

    Args:
        rng: A NumPy generator.
        skeleton: One of those in `FRAMINGS`.
        size: Height and width in pixels.
        most_people: At most so many people are in it.

    Returns:
        `image` uint8 `[H, W, 3]`; `keypoints` `[N, K, 3]`; `boxes` `[N, 4]` around what can be seen of each person and
        `areas` `[N]`, how many pixels that is; `torso_boxes` `[N, 4]` as a detector would find them; `head_sizes`
        `[N]`, 0.6 of the diagonal of the head's box as in MPII.
    """
    framing = FRAMINGS[skeleton.name]
    canvas = Canvas(scenery.background(rng, size))
    bodies = _bodies(rng, framing, size, rng.integers(1, most_people + 1))
    side = 1 if rng.random() < 0.5 else -1
    for person, figure in enumerate(bodies, start=1):
        light.shadow(canvas, figure)
        if figure.is_seated:
            furniture.seat(canvas, figure, looks.colour(rng))
        people.paint(canvas, figure, looks.sample(rng), person, side)
    if rng.random() < framing.occluded:
        furniture.foreground(rng, canvas)
    annotated = [_annotate(rng, canvas, figure, skeleton, person) for person, figure in enumerate(bodies, start=1)]
    annotated = [person for person in annotated if person["areas"] and person["keypoints"][:, 2].any()]
    record = {name: np.array([person[name] for person in annotated], np.float32) for name in annotated[0]}
    return {"image": light.develop(rng, canvas.image), **record}


def _bodies(rng, framing, size, count):
    """Bodies that do not stand in the same place, the nearest last."""
    bodies = []
    for _ in range(8 * count):
        figure = _body(rng, framing, size)
        x, scale = figure.points["chest"][0], figure.scale
        if all(abs(x - other.points["chest"][0]) > 0.17 * min(scale, other.scale) for other in bodies):
            bodies.append(figure)
        if len(bodies) == count:
            break
    return sorted(bodies, key=lambda figure: figure.scale)


def _body(rng, framing, size):
    pose = poses.sample(rng, from_behind=framing.from_behind, wildness=framing.wildness)
    figure = body.stand(pose, body.proportions(rng))
    low, high = figure.extent(framing.inside)
    low, high = low - framing.margin, high + framing.margin
    room = np.array(size[::-1]) - 1
    scale = size[0] * framing.stature * framing.spread ** float(np.clip(rng.normal(), -2, 2))
    scale = min(scale, *(0.98 * room / (high - low)))
    first, last = -scale * low, room - scale * high
    ground = max(figure.points["left_foot"][1], figure.points["right_foot"][1])
    y = framing.horizon * size[0] + scale * (_EYE_LEVEL - ground) + rng.normal(0, 0.04) * size[0]
    return figure.placed(scale, rng.uniform(first[0], last[0]), np.clip(y, first[1], last[1]))


def _annotate(rng, canvas, figure, skeleton, person):
    silhouette = (canvas.things >> 4 == person).view(np.uint8)
    x, y, w, h = cv2.boundingRect(silhouette)
    return {
        "keypoints": people.keypoints(canvas, figure, skeleton.keypoints, person),
        "boxes": (x - 0.5, y - 0.5, w, h),
        "areas": cv2.countNonZero(silhouette),
        "torso_boxes": _torso_box(rng, figure),
        "head_sizes": 0.6 * 2 * figure.scale * float(np.hypot(*body.HEAD[:2])),
    }


def _torso_box(rng, figure):
    """A box around shoulders and hips, off by as much as those of FLIC: a tenth of the torso's length."""
    low, high = figure.extent(["left_shoulder", "right_shoulder", "left_hip", "right_hip"])
    length = float(np.hypot(*(high - low)))
    centre = (low + high) / 2 + rng.normal(0, 0.085 * length, 2)
    extent = np.maximum(high - low, 0.3 * length) * rng.lognormal(0.05, 0.1, 2)
    return np.concatenate([centre - extent / 2, extent])

"""Draws an image of the data set `figures` with its annotation."""

import dataclasses

import cv2
import numpy as np

from tfrecords_tools.drawing import body, furniture, light, looks, people, poses, scenery
from tfrecords_tools.drawing.canvas import Canvas

_UPPER_BODY = ("head_top", "nose", "left_shoulder", "right_shoulder", "left_hip", "right_hip")


@dataclasses.dataclass(frozen=True)
class Framing:
    """Size, position and pose of people in the images of a data set.

    Args:
        stature: Median stature, in image heights.
        spread: Standard deviation of the stature, as a factor (log-normal).
        horizon: Row of the horizon, in image heights.
        inside: Points that must be inside of the image. Default: all.
        margin: Distance from the border in statures; negative: points may be so far outside.
        from_behind: Fraction of people seen from behind.
        activity: Range of the poses, see `poses.sample`.
        occluded: Fraction of images with an occluding object.
    """

    stature: float
    spread: float
    horizon: float
    inside: tuple[str, ...] | None
    margin: float
    from_behind: float
    activity: float
    occluded: float


# FLIC: people in films from head to hips or knees, the torso's diagonal about 0.22 of the image's width.
# LSP: whole athletes, about 150 pixels. COCO: people of any size anywhere, some cut off by the border.
FRAMINGS = {
    "flic": Framing(1.12, 1.18, 0.22, _UPPER_BODY, 0.05, 0.06, 0.0, 0.15),
    "lsp": Framing(0.82, 1.12, 0.20, None, 0.06, 0.15, 1.0, 0.15),
    "coco": Framing(0.62, 1.40, 0.36, _UPPER_BODY, -0.03, 0.15, 0.5, 0.4),
}
_EYE_LEVEL = 0.9  # of the camera, in statures above the ground


def draw(rng, skeleton, size: tuple[int, int], most_people: int = 1) -> dict:
    """Draws one image.

    Args:
        rng: A NumPy generator.
        skeleton: One of `FRAMINGS`.
        size: Height and width in pixels.
        most_people: Maximum number of people.

    Returns:
        `image` uint8 `[H, W, 3]`; `keypoints` `[N, K, 3]`; `boxes` `[N, 4]` around the visible pixels of each person
        and `areas` `[N]`, their number; `torso_boxes` `[N, 4]` with the errors of a detector; `head_sizes` `[N]`, 0.6
        of the diagonal of the head's box, as in MPII.
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
    """Samples bodies at different places, sorted from the farthest to the nearest."""
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
    pose = poses.sample(rng, from_behind=framing.from_behind, activity=framing.activity)
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
    silhouette = (canvas.labels >> 4 == person).view(np.uint8)
    x, y, w, h = cv2.boundingRect(silhouette)
    return {
        "keypoints": people.keypoints(canvas, figure, skeleton.keypoints, person),
        "boxes": (x - 0.5, y - 0.5, w, h),
        "areas": cv2.countNonZero(silhouette),
        "torso_boxes": _torso_box(rng, figure),
        "head_sizes": 0.6 * 2 * figure.scale * float(np.hypot(*body.HEAD[:2])),
    }


def _torso_box(rng, figure):
    """A box around shoulders and hips with the errors of FLIC's: a tenth of the torso's length."""
    low, high = figure.extent(["left_shoulder", "right_shoulder", "left_hip", "right_hip"])
    length = float(np.hypot(*(high - low)))
    centre = (low + high) / 2 + rng.normal(0, 0.085 * length, 2)
    extent = np.maximum(high - low, 0.3 * length) * rng.lognormal(0.05, 0.1, 2)
    return np.concatenate([centre - extent / 2, extent])

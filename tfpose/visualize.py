"""Draws people, heatmaps and contact sheets. Images in, images out: RGB `uint8 [H, W, 3]`.

Keypoints of the left side are drawn in warm colours, of the right side in cool colours, and others in white. A keypoint
has the same colour in every skeleton.
"""

import colorsys

import numpy as np

from tfpose.skeletons import part

SHIFT = 4  # Fractional bits of OpenCV's coordinates: units of 1 / 2**4 pixel.
WARM, COOL = (330, 415), (150, 265)  # Ranges of hue of the left and right side, in degrees.
PARTS = ("ear", "eye", "hip", "knee", "ankle", "shoulder", "elbow", "wrist")  # Spread over these ranges in this order.
FACE = ("ear", "eye", "nose")  # Keypoints that are drawn smaller.
MIDDLE = (245, 245, 245)
OUTLINE = (25, 25, 30)
HEATMAP_COLOURS = {
    "nose": (255, 40, 40), "eye": (170, 90, 255), "ear": (150, 255, 190), "neck": (255, 150, 150),
    "shoulder": (40, 220, 60), "elbow": (60, 110, 255), "wrist": (255, 225, 30),
    "hip": (255, 60, 230), "knee": (30, 225, 235), "ankle": (255, 140, 20),
}  # fmt: skip


def draw_people(image, people, skeleton, *, min_score=0.0, numbers=None):
    """Draws limbs and keypoints.

    Args:
        image: RGB `uint8 [H, W, 3]`. It is not changed.
        people: `[N, K, 3]`: x, y in pixels and a score or visibility; keypoints with 0 or NaN are not drawn.
        skeleton: The `Skeleton` of the K keypoints.
        min_score: Minimum score of keypoints that are drawn, and of both ends of limbs.
        numbers: int `[N]`: draws each person in the one colour of their number, such as that of a track.

    Returns:
        RGB `uint8 [H, W, 3]`.
    """
    canvas = np.ascontiguousarray(image).copy()
    shades = [None] * len(people) if numbers is None else map(number_colour, numbers)
    for person, shade in zip(np.asarray(people, "float64"), shades, strict=True):
        there = (person[:, 2] > 0) & (person[:, 2] >= min_score) & np.isfinite(person).all(axis=-1)
        if there.any():
            _draw_person(canvas, person[:, :2], there, skeleton, shade)
    return canvas


def draw_heatmaps(image, maps, skeleton):
    """Overlays heatmaps on an image, each in its keypoint's colour and scaled to a maximum of 1.

    Args:
        image: RGB `uint8 [H, W, 3]`: the network's input.
        maps: `[h, w, K]`, not negative, covering the whole image.
        skeleton: The `Skeleton` of the K keypoints.

    Returns:
        One overlay per keypoint, `uint8 [K, H, W, 3]`, and one of all of them, `uint8 [H, W, 3]`.
    """
    import cv2

    height, width = image.shape[:2]
    maps = [cv2.resize(m, (width, height)) for m in np.moveaxis(np.asarray(maps, "float32"), -1, 0)]
    alphas = np.stack([m / max(m.max(), 1e-12) for m in maps])[..., None]
    colours = np.array([HEATMAP_COLOURS.get(part(name), MIDDLE) for name in skeleton.keypoints], "float32")
    grey = 0.6 * np.asarray(image, "float32").mean(axis=-1, keepdims=True)
    each = grey + alphas * (colours[:, None, None] - grey)
    mixed = (alphas * colours[:, None, None]).sum(axis=0) / np.maximum(alphas.sum(axis=0), 1e-12)
    return each.round().astype("uint8"), (grey + alphas.max(axis=0) * (mixed - grey)).round().astype("uint8")


def grid(images, columns=None, *, gap=4):
    """Arranges images in rows on a dark sheet; smaller ones are centred in their cells.

    Args:
        images: RGB `uint8 [H, W, 3]`, of any sizes.
        columns: Number of columns; by default about as many as rows.
        gap: Space between and around images, in pixels.
    """
    columns = columns or int(np.ceil(np.sqrt(len(images))))
    rows = -(-len(images) // columns)
    height, width = np.max([image.shape[:2] for image in images], axis=0) + gap
    sheet = np.full((rows * height + gap, columns * width + gap, 3), OUTLINE, "uint8")
    for i, image in enumerate(images):
        h, w = image.shape[:2]
        y, x = (i // columns * height + (height + gap - h) // 2, i % columns * width + (width + gap - w) // 2)
        sheet[y : y + h, x : x + w] = image
    return sheet


def colour(name: str) -> tuple[int, int, int]:
    """The RGB colour of a keypoint, by its name."""
    if part(name) == name:
        return MIDDLE
    first, last = WARM if name.startswith("left_") else COOL
    place = PARTS.index(part(name)) / (len(PARTS) - 1) if part(name) in PARTS else 0.5
    red, green, blue = colorsys.hsv_to_rgb((first + place * (last - first)) / 360 % 1, 0.85, 1.0)
    return round(255 * red), round(255 * green), round(255 * blue)


def number_colour(number: int) -> tuple[int, int, int]:
    """An RGB colour that differs from those of the numbers next to it."""
    red, green, blue = colorsys.hsv_to_rgb(0.618034 * number % 1, 0.8, 1.0)
    return round(255 * red), round(255 * green), round(255 * blue)


def limb_colour(a: str, b: str) -> tuple[int, int, int]:
    """The RGB colour of a limb by the names of its ends: that of its outer end; white between left and right."""
    sides = {name.split("_")[0] for name in (a, b) if part(name) != name}
    return colour(b if part(b) != b else a) if len(sides) == 1 else MIDDLE


def relative_size(name: str) -> float:
    """The size of a keypoint relative to others: those of the face are smaller."""
    return 0.6 if part(name) in FACE else 1.0


def _draw_person(canvas, points, there, skeleton, shade):
    import cv2

    extent = max(np.ptp(points[there], axis=0).max(), 0.1 * min(canvas.shape[:2]))
    thickness = max(1, round(extent / 45))
    limit = 4 * max(canvas.shape[:2])  # Far outside; OpenCV takes no larger numbers.
    points = np.rint(np.clip(points, -limit, limit, where=there[:, None], out=np.zeros_like(points)) * 2**SHIFT)
    points = [tuple(map(int, point)) for point in points]
    names = skeleton.keypoints
    limbs = [(a, b) for a, b in map(skeleton.indices, skeleton.limbs) if there[a] and there[b]]
    for border in (max(1, thickness // 2), 0):
        for a, b in limbs:
            width = max(1, round(thickness * min(relative_size(names[a]), relative_size(names[b]))))
            own = OUTLINE if border else shade or limb_colour(names[a], names[b])
            cv2.line(canvas, points[a], points[b], own, width + 2 * border, cv2.LINE_AA, SHIFT)
    for k in np.flatnonzero(there):
        radius = (0.9 * thickness + 0.5) * relative_size(names[k])
        for border, own in ((max(1, thickness // 2), OUTLINE), (0, shade or colour(names[k]))):
            cv2.circle(canvas, points[k], round((radius + border) * 2**SHIFT), own, cv2.FILLED, cv2.LINE_AA, SHIFT)

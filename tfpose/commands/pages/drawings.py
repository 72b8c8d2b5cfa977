"""Pictures for pages: people drawn over an image or a part of it, as data URIs."""

import base64

import numpy as np

from tfpose import visualize

QUALITY = 82  # Of JPEG: pictures of 320 pixels then take about 15 kB.
LARGEST_ZOOM = 4.0  # Smaller parts of an image stay small, rather than being shown as blocks of pixels.
MARGIN = 0.35  # Around the region of interest, as a fraction of its longer side.
OUTSIDE = (120, 120, 125)  # Colour of what lies outside of the image.
MARK, BOX = (255, 225, 40), (90, 220, 255)


def picture(image, people, skeleton, *, region=None, side=320, marks=(), boxes=()):
    """Draws people over an image or a region of it.

    Args:
        image: RGB `uint8 [H, W, 3]`.
        people: `[N, K, 3]`: x, y in pixels of the image, and a visibility or score; those of 0 or NaN are not drawn.
        skeleton: The `Skeleton`.
        region: `[4]`: x, y, width, height of what is shown, in pixels; it is enlarged by `MARGIN` within the frame, and
            may reach half an image beyond. The whole image by default.
        side: Longer side of the picture, in pixels.
        marks: Points `[M, 2]` that are ringed.
        boxes: `[B, 4]`: boxes that are drawn.

    Returns:
        A data URI of a JPEG.
    """
    part, (x, y) = _cut(image, region)
    zoom = min(side / max(part.shape[:2]), LARGEST_ZOOM)
    canvas = _resized(part, zoom)

    def shown(points):
        return (np.asarray(points, "float64").reshape(-1, 2) - (x, y) + 0.5) * zoom - 0.5

    people = np.array(people, "float64").reshape(-1, len(skeleton), 3)
    people[..., :2] = shown(people[..., :2]).reshape(people[..., :2].shape)
    canvas = visualize.draw_people(canvas, people, skeleton)
    boxes = np.reshape(np.asarray(boxes, "float64"), (-1, 2, 2))
    _outline(canvas, np.stack([shown(boxes[:, 0]), shown(boxes.sum(axis=1))], axis=1))
    _ring(canvas, shown(marks))
    return data_uri(canvas)


def around(*people):
    """Returns the box (x, y, width, height) around keypoints `[K, 3]` that are not 0 or NaN; None without any."""
    points = np.concatenate([np.asarray(person, "float64") for person in people])
    points = points[np.isfinite(points).all(axis=-1) & (points[:, 2] > 0), :2]
    if not len(points):
        return None
    low, high = points.min(axis=0), points.max(axis=0)
    return np.array([*low, *np.maximum(high - low, 1)])


def data_uri(image) -> str:
    """Returns an image, RGB `uint8 [H, W, 3]`, as a data URI of a JPEG."""
    import cv2

    options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    encoded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)[1]
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()


def _cut(image, region):
    """The part of an image that is shown, with a border where it reaches beyond, and its corner (x, y)."""
    import cv2

    height, width = image.shape[:2]
    if region is None:
        return image, (0, 0)
    low, size = np.reshape(np.asarray(region, "float64"), (2, 2))
    high, margin = low + size, MARGIN * size.max()
    frame = np.array([width, height], "float64")
    # The margin ends at the frame; only the region itself reaches beyond, and not farther than half an image.
    low = np.maximum(np.maximum(low - margin, np.minimum(low, 0)), -frame / 2)
    high = np.minimum(np.minimum(high + margin, np.maximum(high, frame)), 1.5 * frame)
    corners = np.array([np.minimum(low, high - 1), high])
    (left, top), (right, bottom) = np.round(corners).astype(int)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    border = max(0, -top), max(0, bottom - height), max(0, -left), max(0, right - width)
    padded = cv2.copyMakeBorder(image, *border, cv2.BORDER_CONSTANT, value=OUTSIDE)
    rows, columns = slice(top + border[0], bottom + border[0]), slice(left + border[2], right + border[2])
    return padded[rows, columns], (left, top)


def _resized(image, zoom):
    import cv2

    size = tuple(max(1, round(zoom * n)) for n in image.shape[1::-1])
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC)


def _ring(canvas, points):
    import cv2

    radius = max(7, round(max(canvas.shape[:2]) / 32))
    for point in np.round(points).astype(int):
        for colour, thickness in ((visualize.OUTLINE, 5), (MARK, 2)):
            cv2.circle(canvas, tuple(map(int, point)), radius, colour, thickness, cv2.LINE_AA)


def _outline(canvas, corners):
    import cv2

    for low, high in np.round(corners).astype(int):
        for colour, thickness in ((visualize.OUTLINE, 4), (BOX, 2)):
            cv2.rectangle(canvas, tuple(map(int, low)), tuple(map(int, high)), colour, thickness, cv2.LINE_AA)

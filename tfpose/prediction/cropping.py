"""What a single-person predictor is shown of an image: the frame, given boxes, or a crop around its first answer."""

import numpy as np

from tfpose.data import crops

CHOICES = (*crops.CROPS, "twice")
# Keypoints of lower scores are left out of the box around an answer, unless all are lower. 0 and 0.1 find the same on
# FLIC's 199 held-out training people, 0.3 and 0.5 less.
CONFIDENT = 0.1
# Side of the second crop over that of the keypoints' box for networks trained on frames, which saw people smaller.
# Their wrists at r = 10: 74.1 in the frame; after a second look at 1.25 sides 65.3, 1.6 72.9, 2 75.6, 2.5 71.9.
FRAME_MARGIN = 2.0


def check(predictor, crop, *, with_boxes, with_prior=False, with_torso=False):
    """Checks that a predictor can be shown a crop.

    Args:
        predictor: A `Predictor`.
        crop: One of `CHOICES`.
        with_boxes: Whether boxes are given.
        with_prior: Whether there is a torso prior, for which the boxes are torso boxes.
        with_torso: Whether the middle of the torso is given.

    Raises:
        ValueError: If it cannot, or boxes are missing or left over.
    """
    if crop not in CHOICES:
        raise ValueError(f"Unknown `crop`. Received: {crop!r}. Known: {', '.join(CHOICES)}.")
    if predictor.several and (crop != "frame" or with_boxes):
        raise ValueError(f"Crops and boxes are for networks that find one person. Received: `crop={crop}`.")
    if with_torso and not predictor.takes_torso:
        raise ValueError("`--torso` is for networks with a torso input. Received: one that takes no torso.")
    if crop in ("person", "torso") and not with_boxes:
        raise ValueError(f"`--crop={crop}` needs --boxes; without boxes there is --crop=twice. Received: none.")
    if with_prior and not (with_boxes and crop in ("frame", "torso")):
        raise ValueError(f"`--torso_prior` needs torso boxes and --crop=frame or torso. Received: `crop={crop}`.")
    if with_boxes and not with_prior and crop == "frame":
        raise ValueError("`--boxes` needs --crop=person, torso or twice, or --torso_prior. Received: `crop=frame`.")


def find(predictor, image, crop="frame", boxes=None, **options):
    """Finds the person of each box, or of the whole image.

    Args:
        predictor: A `Predictor` of one person, unless `crop` is `"frame"` and there are no boxes.
        image: RGB `uint8 [H, W, 3]`.
        crop: One of `CHOICES`: how much around each box is shown. `"twice"` shows the frame, or the surroundings of
            each person box, and then the crop around the answer that the network was trained on.
        boxes: `[N, 4]`: x, y, width, height in pixels of `image`: of torsos for `"torso"`, else of people.
        **options: Further arguments of the predictor.

    Returns:
        People `float32 [N, K, 3]`: `(x, y, score)` in pixels of `image`.
    """
    size = image.shape[:2]
    if crop == "twice":
        first = [None] if boxes is None else crops.box("person", size, np.float32(boxes)).numpy()
        answers = predictor.in_boxes(image, first, **options)
        return predictor.in_boxes(image, [around(person, predictor, size) for person in answers], **options)
    if boxes is None:
        return predictor(image, **options)
    shown = crops.box(crop, np.tile(size, (len(boxes), 1)), np.float32(boxes), np.float32(boxes)).numpy()
    known = [{} if crop == "person" else _torso(predictor, box) for box in boxes]
    people = [predictor(image, box, **{**torso, **options}) for box, torso in zip(shown, known, strict=True)]
    return np.concatenate([np.zeros((0, len(predictor.skeleton), 3), "float32"), *people])


def around(person, predictor, size):
    """Returns the box to show for a second run, around the keypoints that the first one found.

    It is the crop that the network was trained on, around the box of the shoulders and hips, or of all keypoints; for
    networks trained on frames, the keypoints' box times `FRAME_MARGIN`.

    Args:
        person: `[K, 3]`: `(x, y, score)` in pixels of the image.
        predictor: The `Predictor` that found it.
        size: `(height, width)` of the image.

    Returns:
        `float32 [4]`: x, y, width, height in pixels of the image.
    """
    torso = predictor.skeleton.torso
    crop = "torso" if predictor.crop == "torso" and torso else "person"
    points = person[torso] if crop == "torso" else person
    points = points[points[:, 2] >= CONFIDENT] if (points[:, 2] >= CONFIDENT).sum() > 1 else points
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    box = np.float32([*low, *np.maximum(high - low + 1, 1)])
    if predictor.crop in (None, "frame"):
        return crops.surroundings(box, FRAME_MARGIN).numpy()
    return crops.box(crop, size, box, box).numpy()


def _torso(predictor, box):
    """What a predictor needs of a torso box."""
    given = {"torso_box": box} if getattr(predictor, "torso_prior", None) else {}
    if predictor.takes_torso:
        given["torso"] = crops.middle(np.float32(box)).numpy()[:2]
    return given

"""Verification of an export: it must give the keypoints or people of the Python `Predictor` on the same images."""

import numpy as np
import tensorflow as tf

from tfpose.data import records
from tfpose.prediction.multi_person import MultiPersonPredictor, place
from tfpose.prediction.single_person import SinglePersonPredictor

TOLERANCE = 0.05  # Pixels: of the image for one person, of the network's input for several.
TIE = 0.999  # A keypoint is left out if a distant cell has at least this fraction of the highest probability.
TIES = 0.05  # Fraction of the candidates that may differ, since rounding decides which of two cells is higher.


def verify(model, run, images):
    """Compares an export with the `Predictor`.

    Args:
        model: The exported `PoseModel`.
        run: A function of JPEG files and torsos `[N, 2]` that returns, by name of the signature, a dict of arrays as
            `compare_keypoints` or `compare_people` takes them.
        images: RGB `uint8 [H, W, 3]`; they are encoded as JPEG files.

    Returns:
        The largest distance in pixels, the number of keypoints or candidates compared, and of those left out as ties.

    Raises:
        ValueError: If the export gives other keypoints, candidates or people than the `Predictor`.
    """
    jpegs = [tf.io.encode_jpeg(image, quality=95).numpy() for image in images]
    torsos = np.array([np.array(image.shape[1::-1]) / 2 for image in images], np.float32)
    pictures = [records.decode(jpeg).numpy() for jpeg in jpegs]
    found = run(jpegs, torsos)
    if all("candidates" in answers for answers in found.values()):
        return compare_people(model, pictures, found)
    return compare_keypoints(model, pictures, torsos, found)


def compare_keypoints(model, images, torsos, found):
    """Compares the outputs of a single-person export with the `Predictor`.

    Args:
        model: The exported `PoseModel`.
        images: The N images, RGB `uint8 [H, W, 3]`.
        torsos: `[N, 2]`: `(x, y)` of the middle of the torso, in pixels of each image; not used by models that take
            none.
        found: Outputs by name of the signature: a dict of `keypoints` `[N, K, 3]` in pixels of the image.

    Returns:
        The largest distance in pixels, the number of keypoints compared, and of those left out as ties.

    Raises:
        ValueError: If the distance is above `TOLERANCE`, or all are ties.
    """
    predictor = SinglePersonPredictor(model)
    inputs = [
        (image, None, torso) if predictor.takes_torso else (image,) for image, torso in zip(images, torsos, strict=True)
    ]
    expected = np.stack([predictor(*each)[0] for each in inputs])
    clear = np.stack([_is_clear(predictor.maps(*each)["heatmaps"]) for each in inputs])
    found = np.stack([answers["keypoints"] for answers in found.values()])
    distances = np.linalg.norm((found - expected)[..., :2], axis=-1)[:, clear]
    if not distances.size or not distances.max() <= TOLERANCE:
        received = f"{distances.max():.3g} px" if distances.size else "ties only"
        raise ValueError(f"An export must give Python's keypoints to {TOLERANCE} px. Received: {received}.")
    return float(distances.max()), distances.size, len(found) * int((~clear).sum())


def compare_people(model, images, found):
    """Compares the outputs of a multi-person export with the `Predictor`.

    Args:
        model: The exported `PoseModel`.
        images: The N images, RGB `uint8 [H, W, 3]`.
        found: Outputs by name of the signature: a dict of `candidates` `[N, K, M, 3+]` in input pixels, and, if the
            export groups them, `people`, in pixels of the image if there is `to_image`.

    Returns:
        The largest distance of two candidates (in pixels, and in the unit of tags), the number of candidates compared,
        and of those left out as ties.

    Raises:
        ValueError: If too many differ, or the people are not those that Python groups from the candidates.
    """
    predictor = MultiPersonPredictor(model)
    expected = [predictor.candidates(image)[0] for image in images]
    distances = np.concatenate(
        [
            _distances(candidates, also)
            for answers in found.values()
            for candidates, also in zip(expected, answers["candidates"], strict=True)
        ]
    )
    close = distances <= TOLERANCE
    if not close.mean() >= 1 - TIES:
        raise ValueError(
            f"An export must find Python's candidates to {TOLERANCE} px. Received: {close.mean():.1%} of {close.size}."
        )
    for answers in found.values():
        _check_people(model.codec, answers)
    return float(distances[close].max()), int(close.sum()), int((~close).sum())


def _distances(expected, found):
    """Distance of each expected candidate to the nearest found one of its keypoint, `[C]`.

    Scores are left out, since a network that finds nobody in the images has only candidates of score 0.
    """
    expected, found = (np.delete(candidates, 2, axis=-1) for candidates in (expected, found))
    return np.linalg.norm(expected[:, :, None] - found[:, None], axis=-1).min(axis=2).ravel()


def _check_people(codec, answers):
    if "people" not in answers:
        return
    people = tf.convert_to_tensor(codec.people(answers["candidates"]))
    people = place(people, answers["to_image"]) if "to_image" in answers else people
    apart = np.abs(people - answers["people"]).max()
    if not apart <= TOLERANCE:
        raise ValueError(f"An export must group as Python does, to {TOLERANCE} px. Received: {apart:.3g} px.")


def _is_clear(maps):
    """Whether each map of `[h, w, K]` has a single peak: no cell away from the highest reaches `TIE` of it, `[K]`."""
    h, w, k = maps.shape
    peaks = maps.reshape(-1, k).argmax(axis=0)
    rows, columns = np.abs(np.arange(h)[:, None] - peaks // w), np.abs(np.arange(w)[:, None] - peaks % w)
    away = np.maximum(rows[:, None], columns[None]) > 1
    return np.max(maps, axis=(0, 1), where=away, initial=0.0) < TIE * maps.max(axis=(0, 1))

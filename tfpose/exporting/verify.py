"""Verification of an export: it must find the same keypoints or people as the Python `Predictor` in the same images."""

import numpy as np
import tensorflow as tf

from tfpose.data import records
from tfpose.prediction.multi_person import PeoplePredictor, place
from tfpose.prediction.single_person import Predictor

TOLERANCE = 0.05  # Pixels: of the image for one person, of the network's input for several.
TIE = 0.999  # A keypoint is left out if a distant cell has at least this part of the highest cell's probability.
TIES = 0.05  # The part of the candidates that may differ, since rounding decides which cell is higher.


def verify(model, ask, images):
    """Compares an export with the `Predictor`.

    Args:
        model: What was exported.
        ask: A function of JPEG files and torsos `[N, 2]` that gives, by the name of a signature, a dict of arrays:
            `keypoints` `[N, K, 3]`, or those that `compare_people` takes.
        images: RGB `uint8 [H, W, 3]`; they are made into JPEG files.

    Returns:
        The largest distance in pixels, how many keypoints or candidates were compared, and how many left out as ties.

    Raises:
        ValueError: If the distance is above `TOLERANCE`, or all are ties.
    """
    jpegs = [tf.io.encode_jpeg(image, quality=95).numpy() for image in images]
    torsos = np.array([np.array(image.shape[1::-1]) / 2 for image in images], np.float32)
    pictures = [records.decode(jpeg).numpy() for jpeg in jpegs]
    found = ask(jpegs, torsos)
    if model.codec.several:
        return compare_people(model, pictures, found)
    predictor = Predictor(model)
    looks = [(picture, None, torso) for picture, torso in zip(pictures, torsos, strict=True)]
    expected = np.stack([predictor(*look)[0] for look in looks])
    clear = np.stack([_is_clear(predictor.maps(*look)["heatmaps"]) for look in looks])
    found = np.stack([answers["keypoints"] for answers in found.values()])
    distances = np.linalg.norm((found - expected)[..., :2], axis=-1)[:, clear]
    if not distances.size or not distances.max() <= TOLERANCE:
        received = f"{distances.max():.3g} px" if distances.size else "ties only"
        raise ValueError(f"An export must give Python's keypoints to {TOLERANCE} px. Received: {received}.")
    return float(distances.max()), distances.size, len(found) * int((~clear).sum())


def compare_people(model, images, found):
    """Compares what an export found with Python.

    Args:
        model: What was exported.
        images: RGB `uint8 [H, W, 3]`, as many as were asked about.
        found: By the name of the signature: a dict of `candidates` `[N, K, M, 3+]` in input pixels, and, if the export
            groups them, `people`, in pixels of the image if there is `to_image`.

    Returns:
        The largest distance of two candidates (pixels, and whatever tags count), how many were compared, and how many
        left out as ties.

    Raises:
        ValueError: If too many differ, or the people are not those that Python makes of the candidates.
    """
    predictor = PeoplePredictor(model)
    expected = [predictor.look(image)[0] for image in images]
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
    """How far the nearest found candidate of its keypoint is from each expected one, in all but the score, `[C]`.

    Without the score, since a network that sees nobody in the images has only candidates without one.
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
    """Whether each of `[h, w, K]` has one highest place: no cell away from the highest comes near it, `[K]`."""
    h, w, k = maps.shape
    peaks = maps.reshape(-1, k).argmax(axis=0)
    rows, columns = np.abs(np.arange(h)[:, None] - peaks // w), np.abs(np.arange(w)[:, None] - peaks % w)
    away = np.maximum(rows[:, None], columns[None]) > 1
    return np.max(maps, axis=(0, 1), where=away, initial=0.0) < TIE * maps.max(axis=(0, 1))

"""Proves the export of a model of several people: its candidates are Python's, and its people follow from them."""

import numpy as np
import tensorflow as tf

from tfpose.people_prediction import PeoplePredictor, place

TOLERANCE = 0.05  # Pixels of the network's input.
TIES = 0.05  # The part of the candidates that may differ, since rounding decides which cell is higher.


def compare(model, images, found):
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

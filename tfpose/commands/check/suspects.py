"""People whose annotation is probably wrong, or of little use: by their limbs, sides, boxes, frame and size."""

import itertools
from typing import NamedTuple

import numpy as np

from tfpose.commands.check.proportions import LEAST_LIMBS, RIGID, STRONG, limb_lengths, side_offsets, sizes

KINDS = {
    "limbs": "Limbs of unusual length",
    "sides": "Left and right probably exchanged",
    "frame": "Keypoints outside the image",
    "box": "Keypoints outside the person's box",
    "twice": "The same person annotated twice",
    "small": "Very small people",
}
UNUSUAL = 6.0  # Robust z-score; in a normal distribution one limb in 10^9 is beyond it.
CAPPED = 12.0  # A limb counts no more than this when exchanges are compared.
GAIN = 8.0  # Sum of z-scores that an exchange of sides must take away.
BEYOND_FRAME = 1.0  # Pixels: keypoints on the edge are often annotated half a pixel outside.
BEYOND_BOX = 0.15  # Of the box's longer side. COCO's boxes are around masks; keypoints lie a little outside.
SMALL = 32  # Pixels of the longer side: COCO calls objects below 32² small, and annotates no keypoints of them.
SAME_PLACE = 0.02  # Mean distance of the keypoints of two people, as a part of the box's longer side.


class Suspect(NamedTuple):
    """One reason to look at a person.

    Attributes:
        kind: One of `KINDS`.
        severity: The larger, the more suspicious; comparable within a kind only.
        reason: What is unusual, in words.
        person: Index of the person in the image.
        keypoints: Indices of the keypoints that the reason is about.
    """

    kind: str
    severity: float
    reason: str
    person: int
    keypoints: tuple[int, ...]


def suspects(keypoints, boxes, size, proportions) -> list[Suspect]:
    """Returns the reasons to look at the people of one image.

    Args:
        keypoints: `[N, K, 3]`.
        boxes: `[N, 4]`: x, y, width, height in pixels.
        size: `(height, width)` of the image.
        proportions: The `Proportions` of the data set.
    """
    keypoints, boxes = np.asarray(keypoints, "float64"), np.asarray(boxes, "float64")
    names = [name.replace("_", " ") for name in proportions.skeleton.keypoints]
    found = [*_twice(keypoints, boxes)]
    deviations = proportions.deviations(keypoints)
    for i, (person, box) in enumerate(zip(keypoints, boxes, strict=True)):
        found += _limbs(i, deviations[i], proportions, names)
        exchanged = _exchanged(i, person, deviations[i], proportions, names)
        found += [*exchanged, *_other_way(i, person, proportions, names)][:1]
        found += _outside_frame(i, person, size, names)
        found += _outside_box(i, person, box, names)
        if 0 < (side := box[2:].max()) < SMALL:
            found.append(Suspect("small", SMALL / side, f"box of {box[2]:.0f} x {box[3]:.0f} pixels", i, ()))
    return found


def _limbs(i, deviations, proportions, names):
    """The limb that is farthest from its usual length, if it is unusual."""
    if not np.isfinite(deviations).any() or abs(z := deviations[limb := np.nanargmax(abs(deviations))]) < UNUSUAL:
        return
    ends = proportions.skeleton.indices(proportions.skeleton.limbs[limb])
    times = 1 + z * proportions.spreads[limb]
    reason = f"{names[ends[0]]} to {names[ends[1]]} is {times:.1f} times as long as usual (robust z-score {z:.0f})"
    severity = z if z > 0 else abs(z) / 2  # Short limbs may only point at the camera.
    yield Suspect("limbs", severity, reason, i, tuple(ends))


def _exchanged(i, person, deviations, proportions, names):
    """The exchange of one pair of sides, or two, that makes the limbs most usual, if they are unusual without it."""
    skeleton = proportions.skeleton
    if not np.isfinite(deviations).any() or np.nanmax(deviations) < UNUSUAL / 2:
        return
    pairs = [pair for pair in map(skeleton.indices, skeleton.pairs) if (person[pair, 2] > 0).all()]
    choices = [*itertools.combinations(pairs, 1), *itertools.combinations(pairs, 2)]
    if not choices:
        return
    exchanged = np.repeat(person[None], len(choices), axis=0)
    for other, choice in zip(exchanged, choices, strict=True):
        for left, right in choice:
            other[[left, right]] = other[[right, left]]
    costs = _cost(proportions.deviations(exchanged)) + 0.5 * np.array([len(choice) for choice in choices])
    best = costs.argmin()
    if (gain := _cost(deviations[None])[0] - costs[best]) < GAIN:
        return
    parts = " and ".join(f"{names[left]} ↔ {names[right]}" for left, right in choices[best])
    yield Suspect("sides", 10 + gain, f"limbs are of usual length once {parts} are exchanged", i, _flat(choices[best]))


def _other_way(i, person, proportions, names):
    """Pairs of sides that lie the other way round than nearly always: than another pair, or in the image."""
    skeleton = proportions.skeleton
    size = sizes(limb_lengths(person, skeleton), proportions.lengths)[0]
    offsets = side_offsets(person, skeleton)[0] / size / proportions.apart
    pairs = [skeleton.indices(pair) for pair in skeleton.pairs]
    clear = np.flatnonzero(abs(offsets) >= STRONG)
    for a, b in itertools.combinations(clear, 2):
        if proportions.agreement[a, b] >= RIGID and offsets[a] * offsets[b] < 0:
            reason = f"{_lies(offsets[a], pairs[a], names)}, but {_lies(offsets[b], pairs[b], names)}; in "
            reason += f"{100 * proportions.agreement[a, b]:.1f} % of the people both lie the same way"
            yield Suspect("sides", min(abs(offsets[[a, b]])), reason, i, _flat((pairs[a], pairs[b])))
    for a in clear:
        rate = proportions.leftward[a] if offsets[a] < 0 else 1 - proportions.leftward[a]
        if rate >= RIGID:
            reason = f"{_lies(offsets[a], pairs[a], names)}; in {100 * rate:.1f} % of the people it is the other way"
            yield Suspect("sides", min(abs(offsets[a]), 5), reason, i, tuple(pairs[a]))


def _lies(offset, pair, names):
    return f"{names[pair[0]]} is {'left' if offset < 0 else 'right'} of {names[pair[1]]}"


def _outside_frame(i, person, size, names):
    high = np.array(size[::-1]) - 0.5
    beyond = np.maximum(np.maximum(-0.5 - person[:, :2], person[:, :2] - high), 0).max(axis=1)
    yield from _outside("frame", i, person, beyond, BEYOND_FRAME, "{:.0f} pixels outside the image", names)


def _outside_box(i, person, box, names):
    if box[2:].max() <= 0:
        return
    beyond = np.maximum(np.maximum(box[:2] - person[:, :2], person[:, :2] - box[:2] - box[2:]), 0).max(axis=1)
    beyond /= box[2:].max()
    yield from _outside("box", i, person, beyond, BEYOND_BOX, "{:.1f} box lengths outside the box", names)


def _outside(kind, i, person, beyond, most, text, names):
    out = np.flatnonzero((person[:, 2] > 0) & (beyond > most))
    if len(out):
        worst = out[beyond[out].argmax()]
        more = f" and {len(out) - 1} more" if len(out) > 1 else ""
        yield Suspect(kind, beyond[worst], f"{names[worst]}{more}: {text.format(beyond[worst])}", i, tuple(out))


def _twice(keypoints, boxes):
    for a, b in itertools.combinations(range(len(keypoints)), 2):
        both = (keypoints[a, :, 2] > 0) & (keypoints[b, :, 2] > 0)
        if both.sum() >= min(LEAST_LIMBS, len(both)):
            apart = np.linalg.norm(keypoints[a, both, :2] - keypoints[b, both, :2], axis=1).mean()
            if apart <= SAME_PLACE * max(boxes[a, 2:].max(), 1):
                reason = f"people {a + 1} and {b + 1} of the image lie {apart:.1f} pixels apart"
                yield Suspect("twice", 1 / (1 + apart), reason, b, tuple(np.flatnonzero(both)))


def _cost(deviations):
    """How much too long limbs are. Too short ones do not count: they point at the camera more often than not."""
    return np.clip(np.nan_to_num(deviations), 0, CAPPED).sum(axis=1)


def _flat(pairs):
    return tuple(end for pair in pairs for end in pair)

"""Names of keypoints in one spelling: `Left Shoulder`, `shoulderL`, `LShoulder` and `l.shoulder` → `left_shoulder`."""

import re

from tfpose.skeletons import flip_pairs, sided_names
from tfrecords_tools.errors import ConversionError


def plain_names(path, names: list[str]) -> dict[str, str]:
    """Spells names alike, so that the torso, default sigmas and other files find them.

    The side of a name is put first only if its partner is among the names: `lip` stays `lip`.

    Args:
        path: The file they come from, for error messages.
        names: As they are in the file.

    Returns:
        The plain name of each, in the order of `names`.

    Raises:
        ConversionError: If two of them are the same.
    """
    parts = {}
    for pair in flip_pairs(names):
        for name, other in zip(pair, pair[::-1], strict=True):
            way = next(way for way in sided_names(name) if way.partner.lower() == other.lower())
            parts[name] = f"{way.side}_{_snake_case(way.part)}".rstrip("_")
    plain = {name: parts.get(name, _snake_case(name)) for name in names}
    if len(set(plain.values())) < len(plain):  # such as front_left_paw beside left_front_paw
        plain = {name: _snake_case(name) for name in names}
    if len(set(plain.values())) < len(names):
        raise ConversionError(f"{path}: names of `keypoints` must be distinct. Received: {', '.join(names)}.")
    return plain


def order_of(path, names: list[str], keypoints: tuple[str, ...], *, is_partial: bool = False) -> list[int | None]:
    """Finds the keypoints of a skeleton in a file that names them in an order of its own.

    Args:
        path: The file, for error messages.
        names: Of the file's keypoints.
        keypoints: The plain names of the skeleton.
        is_partial: Whether the file names only the keypoints that are annotated in it.

    Returns:
        For each keypoint of the skeleton its index in `names`, or none.

    Raises:
        ConversionError: If the names are others.
    """
    plain = list(plain_names(path, names).values())
    if not set(plain) <= set(keypoints) or not (is_partial or len(plain) == len(keypoints)):
        raise ConversionError(
            f"{path} must name the same keypoints as the skeleton, in any order. "
            f"Received: {', '.join(plain)}. Known: {', '.join(keypoints)}."
        )
    return [plain.index(keypoint) if keypoint in plain else None for keypoint in keypoints]


def _snake_case(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.strip())
    return re.sub(r"[\s_.,:;|\-/()\[\]{}]+", "_", words).strip("_").lower() or name

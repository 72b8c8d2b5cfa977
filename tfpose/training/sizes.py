"""Training in growing sizes: `--sizes=128x192:0.5,192x288:1`."""


def read(text: str) -> list[tuple[tuple[int, int], float]]:
    """Reads `--sizes`: heights and widths, each with the fraction of the epochs at which it ends.

    Returns:
        Size `(H, W)` and fraction of each, in order; empty for an empty text.

    Raises:
        ValueError: If it is not such, or the last fraction is not 1.
    """
    try:
        found = [_size(part) for part in text.split(",")] if text else []
    except ValueError:
        found = [((0, 0), 0.0)]
    ends = [end for _, end in found]
    if found and (
        ends != sorted(set(ends)) or ends[0] <= 0 or ends[-1] != 1 or min(min(size) for size, _ in found) < 1
    ):
        raise ValueError(
            "`sizes` must be heights and widths, each with the fraction of the epochs at which it ends, the last 1, "
            f"such as 128x192:0.5,192x288:1. Received: {text!r}."
        )
    return found


def split(stages, sizes, image_size):
    """Splits stages of training where the size changes.

    Args:
        stages: Of each stage its name, first epoch and the epoch to stop before.
        sizes: What `read` gives.
        image_size: The size if there are no sizes.

    Returns:
        Name, size and epochs `(first, end)` of each part, in order; every size has at least the rounded number of
        epochs of its fraction, and parts without epochs are left out.
    """
    total = stages[-1][1][1]
    bounds = [(size, round(end * total)) for size, end in sizes] or [(tuple(image_size), total)]
    parts, start = [], 0
    for size, end in bounds:
        for name, (first, last) in stages:
            if max(first, start) < min(last, end):
                parts.append((name, size, (max(first, start), min(last, end))))
        start = end
    return parts


def _size(part):
    size, end = part.split(":")
    height, width = size.split("x")
    return (int(height), int(width)), float(end)

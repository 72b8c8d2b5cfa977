"""Peaks of maps: the highest cells, their positions below a cell, and the values of other maps at these cells."""

import numpy as np
from keras import ops

REFINEMENTS = ("none", "quarter", "parabola", "blurred_parabola", "dark")
# Standard deviation, in cells, of the blur of "blurred_parabola". Mean rates at r = 5/10 on 199 validation people of
# FLIC (MobileNetV2, stride 4), without and with the blur: whole frames 55.2/78.9 and 55.9/79.6, torso crops 61.1/86.4
# and 60.6/86.3.
BLUR = 0.7


def locate(maps, sigma, refinement):
    """Finds the position of the highest peak of each map.

    Args:
        maps: `[B, h, w, K]`, not negative.
        sigma: Standard deviation of the Gaussians that the network learnt, in cells.
        refinement: How the position is found within a cell:

            - `"none"`: the centre of the highest cell;
            - `"quarter"`: a quarter of a cell from there towards the higher neighbour (Newell et al. 2016);
            - `"parabola"`: the vertex of the parabola through the logarithms of the highest cell and its two
              neighbours, in x and in y. The logarithm of a Gaussian is a parabola, so that this is exact for one;
            - `"blurred_parabola"`: the same on the map convolved with a Gaussian of `BLUR` cells; within the blur's
              reach of a border, on the map itself;
            - `"dark"`: one Newton step on the logarithm of the map convolved with a Gaussian of `sigma` (Zhang et al.
              2020, https://arxiv.org/abs/1910.06278, section 3.1).

    Returns:
        `(column, row, around)`: fractional cells `float32 [B, K]` each, and the values of `maps` in the 3 x 3 cells
        around the peak `[B, K, 3, 3]`.
    """
    cell = highest(maps)
    around = neighbourhoods(maps, cell)
    if refinement == "blurred_parabola":
        return _locate_blurred(maps, sigma, cell, around)
    if refinement == "dark":
        blurred = blur(maps, sigma)
        cell = highest(blurred)
        return _position(cell, maps, _newton_step(neighbourhoods(blurred, cell)), neighbourhoods(maps, cell))
    return _position(cell, maps, _offsets(around, sigma, refinement), around)


def check(refinement):
    """Checks the name of a refinement.

    Raises:
        ValueError: If it is none of `REFINEMENTS`.
    """
    if refinement not in REFINEMENTS:
        raise ValueError(f"Unknown `refinement`. Received: {refinement!r}. Known: {', '.join(REFINEMENTS)}.")


def highest(maps):
    """The highest cell of each map `[B, h, w, K]`: int `[B, K, 1]`, `row * w + column`; of equal ones the first."""
    h, w, k = maps.shape[1:]
    flat = ops.reshape(ops.transpose(maps, (0, 3, 1, 2)), (-1, k, h * w))
    return ops.top_k(flat, 1)[1]  # Not `argmax`: ONNX and LiteRT reject what Keras exports for it.


def offset(before, top, after, sigma, refinement):
    """Offset of a peak from the centre of its cell along one axis, in cells, given the values of three cells in a row.

    Args:
        before, top, after: Values of the cell before, of the peak, and of the cell after it; outside of the map, 0.
        sigma: Standard deviation of the Gaussians that the network learnt, in cells.
        refinement: `"none"`, `"quarter"` or `"parabola"`, see `locate`.
    """
    if refinement == "parabola":
        return _vertex(before, top, after, sigma)
    return (0.25 if refinement == "quarter" else 0.0) * ops.sign(after - before)


def neighbourhoods(maps, cell):
    """Values of maps `[B, h, w, K]` in the 3 x 3 cells around cells int `[B, K, 1]`: `[B, K, 3, 3]`; outside, 0."""
    h, w, k = maps.shape[1:]
    flat = ops.transpose(maps, (0, 3, 1, 2))
    framed = ops.pad(flat, [(0, 0), (0, 0), (1, 1), (1, 1)])  # So that every cell has eight neighbours.
    steps = (np.arange(3)[:, None] * (w + 2) + np.arange(3)).reshape(9).astype("int32")
    flat = ops.reshape(framed, (-1, k, (h + 2) * (w + 2)))
    around = ops.take_along_axis(flat, cell // w * (w + 2) + cell % w + steps, -1)
    return ops.reshape(around, (-1, k, 3, 3))


def blur(maps, sigma):
    """Maps `[B, h, w, K]` convolved with a Gaussian of `sigma` cells, cut at three sigma; outside of the maps, 0."""
    reach = _reach(sigma)
    kernel = np.exp(-(np.arange(-reach, reach + 1, dtype="float32") ** 2) / (2 * sigma**2))
    kernel = np.tile(kernel[:, None, None, None] / kernel.sum(), (1, 1, maps.shape[-1], 1))
    maps = ops.depthwise_conv(maps, kernel, padding="same")
    return ops.depthwise_conv(maps, kernel.transpose(1, 0, 2, 3), padding="same")


def best_cells(scores, number, radius):
    """Finds the highest cells of score maps by greedy non-maximum suppression.

    Args:
        scores: `[B, h, w, K]`, not negative.
        number: How many cells to take from each map.
        radius: No cell is taken within so many cells of a higher one.

    Returns:
        `(cells, scores)`: int and float32 `[B, K, number]`, highest first; of equal ones the first by rows. The number
        of a cell is `row * w + column`. Where no cell is left the score is 0.
    """
    h, w, k = scores.shape[1:]
    left = ops.reshape(ops.transpose(ops.cast(scores, "float32"), (0, 3, 1, 2)), (-1, k, h * w))
    rows, columns = (cells.reshape(-1).astype("int32") for cells in np.indices((h, w)))
    found = []
    for _ in range(number):
        score, cell = ops.top_k(left, 1)  # Not `argmax`, as in `highest`.
        found.append((cell, ops.maximum(score, 0.0)))
        distance = ops.square(rows - cell // w) + ops.square(columns - cell % w)
        left = ops.where(distance <= radius**2, -1.0, left)
    cells, scores = (ops.concatenate(values, axis=-1) for values in zip(*found, strict=True))
    return cells, scores


def gather(maps, cells):
    """The values of maps in cells.

    Args:
        maps: `[B, h, w, P, C]`.
        cells: int `[B, P, M]`, `row * w + column`.

    Returns:
        `float32 [B, P, M, C]`.
    """
    h, w, p, c = maps.shape[1:]
    flat = ops.transpose(ops.reshape(ops.cast(maps, "float32"), (-1, h * w, p, c)), (0, 2, 1, 3))
    return ops.take_along_axis(flat, cells[..., None], axis=2)


def _reach(sigma):
    return int(np.ceil(3 * sigma))


def _position(cell, maps, offsets, around):
    """Cells int `[B, K, 1]` and offsets `[B, K]` in x and y → what `locate` returns."""
    w = maps.shape[2]
    column, row = (ops.cast(place[..., 0], "float32") for place in (cell % w, cell // w))
    return column + offsets[0], row + offsets[1], around


def _locate_blurred(maps, sigma, cell, around):
    """What `locate` returns for `"blurred_parabola"`, given the highest cells and what is around them."""
    h, w = maps.shape[1:3]
    blurred = blur(maps, BLUR)
    inner = highest(blurred)
    values = _offsets(neighbourhoods(blurred, inner), (sigma**2 + BLUR**2) ** 0.5, "parabola")
    inside = _position(inner, maps, values, neighbourhoods(maps, inner))
    border = _position(cell, maps, _offsets(around, sigma, "parabola"), around)
    # The blur takes zeros from beyond the border, which would move the peak inwards.
    reach, row, column = _reach(BLUR), cell // w, cell % w
    is_inside = ((row >= reach) & (row < h - reach) & (column >= reach) & (column < w - reach))[..., 0]
    *positions, values = zip(inside, border, strict=True)
    positions = [ops.where(is_inside, *each) for each in positions]
    return *positions, ops.where(is_inside[..., None, None], *values)


def _offsets(around, sigma, refinement):
    """Offsets right and down of the peaks in the middle of 3 x 3 values `[B, K, 3, 3]`."""
    rows = around[..., 1, :], around[..., :, 1]
    return tuple(offset(*(row[..., i] for i in range(3)), sigma, refinement) for row in rows)


def _vertex(before, top, after, sigma):
    """Offset, at most half a cell, of the vertex of the parabola through the logarithms of three values.

    A neighbour of 0, such as one outside the map, is replaced by the value of a Gaussian of `sigma` through the others.
    """
    is_before, is_after, bend = before > 0, after > 0, sigma**-2
    before, top, after = (ops.log(ops.maximum(v, 1e-20)) for v in (before, top, after))
    before, after = (
        ops.where(is_before, before, ops.where(is_after, 2 * top - after - bend, top)),
        ops.where(is_after, after, ops.where(is_before, 2 * top - before - bend, top)),
    )
    curvature = ops.maximum(2 * top - before - after, 1e-6)
    return ops.clip((after - before) / (2 * curvature), -0.5, 0.5)


def _newton_step(around):
    """Offset right and down, at most a cell, of the maximum of the Gaussian through 3 x 3 values `[B, K, 3, 3]`.

    One Newton step on the logarithm. Where it does not curve downwards, as at the border of a map, there is no offset.
    """
    log = ops.log(ops.maximum(around, 1e-10))
    dx, dy = (log[..., 1, 2] - log[..., 1, 0]) / 2, (log[..., 2, 1] - log[..., 0, 1]) / 2
    dxx = log[..., 1, 2] + log[..., 1, 0] - 2 * log[..., 1, 1]
    dyy = log[..., 2, 1] + log[..., 0, 1] - 2 * log[..., 1, 1]
    dxy = (log[..., 2, 2] + log[..., 0, 0] - log[..., 0, 2] - log[..., 2, 0]) / 4
    determinant = dxx * dyy - ops.square(dxy)
    curved = (determinant > 1e-6) & (dxx < 0) & (ops.min(around, axis=(-1, -2)) > 0)
    safe = ops.where(curved, determinant, ops.ones_like(determinant))
    right, down = (dxy * dy - dyy * dx) / safe, (dxy * dx - dxx * dy) / safe
    return tuple(ops.where(curved, ops.clip(offset, -1.0, 1.0), 0.0) for offset in (right, down))

"""Copies the weights of one model into another: same layers, channels of the same keypoints, resampled energies."""

import numpy as np
from keras import layers, ops


def transfer(source, target):
    """Copies weights where they fit.

    Channels that stand for keypoints (see `PoseModel.keypoint_channels`) are copied by the keypoints' names, whatever
    their number and order; the spatial model by the names of its pairs, resampled to the target's map size; all other
    variables where path and shape are the same.

    Args:
        source: A `PoseModel`.
        target: The `PoseModel` whose variables are assigned.

    Returns:
        Paths of the target's variables that were assigned, at least in part, and lines that say which were not, or for
        which keypoints.
    """
    taken, left = [], []
    named = _copy_named(source, target)
    known = {v.path: v for v in source.variables}
    for v in target.variables:
        missing = named.get(v.path)
        if missing is None and v.path in known and v.shape == known[v.path].shape:
            v.assign(known[v.path])
            missing = ()
        if missing is None:
            left.append(v.path)
        else:
            taken.append(v.path)
            left += [f"{v.path}: {', '.join(map(str, missing))}"] if missing else []
    target.adopt(source)
    return taken, left


def _copy_named(source, target):
    """Copies what is copied by name. Returns for each such variable's path the names without a source."""
    done = {}
    theirs, ours = source.keypoint_channels(), target.keypoint_channels()
    for key in [key for key in ours if key in theirs]:
        (name, side), places = key, {label: i for i, label in enumerate(theirs[key])}
        own, other = target.get_layer(name), source.get_layer(name)
        pairs = [(i, places[label]) for i, label in enumerate(ours[key]) if label in places]
        missing = tuple(dict.fromkeys(label[0] for label in ours[key] if label not in places))
        for v, w in zip(own.weights, other.weights, strict=True):
            axis = _axis(own, v, side)
            if axis is not None and pairs and _fits(v, w, axis):
                v.assign(_channels(v, w, axis, pairs))
                done[v.path] = missing
    own, other = (getattr(model, "spatial_model", None) for model in (target, source))
    if own and other:
        lacking = own.take_over(other, source.node_names, target.node_names)
        done |= dict.fromkeys([v.path for v in own.weights], tuple(lacking))
    return done


def _axis(layer, variable, side):
    """The axis of a kernel or bias along which the channels lie; none for the bias of a layer that only takes them."""
    if len(variable.shape) == 1:
        return 0 if side == "outputs" else None
    transposed = isinstance(layer, layers.Conv2DTranspose)
    return len(variable.shape) - (2 if (side == "inputs") != transposed else 1)


def _fits(own, other, axis):
    shapes = ([n for i, n in enumerate(v.shape) if i != axis] for v in (own, other))
    return len(own.shape) == len(other.shape) and next(shapes) == next(shapes)


def _channels(own, other, axis, pairs):
    """The values of `own`, with the channels of `other` in their places."""
    values, others = (np.moveaxis(ops.convert_to_numpy(v), axis, 0).copy() for v in (own, other))
    to, of = np.transpose(pairs)
    values[to] = others[of]
    return np.moveaxis(values, 0, axis)

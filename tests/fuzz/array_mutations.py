"""Hypothesis strategies for damaged files of arrays, MATLAB, .npz and HDF5: edited names, shapes and values."""

import contextlib
import copy
import io
import math

import h5py
import numpy as np
import scipy.io
from hypothesis import strategies as st

NUMBERS = (
    0, 1, -1, 2, 3, 7, 10**6, 2**31, -(2**31), 2**63, -(2**63) - 1, 2**64, 10**25, 10**300,
    0.5, -0.5, 1e-320, 1e30, 1e39, -1e39, 1e300, math.nan, math.inf, -math.inf,
)  # fmt: skip


def odd_array(draw, array):
    """Another array in the place of one: of other numbers, another shape or another type."""
    array = np.asarray(array)
    edit = draw(st.sampled_from(sorted(_ARRAYS)))
    with np.errstate(all="ignore"):
        try:
            return _ARRAYS[edit](array, draw(st.sampled_from(NUMBERS)))
        except (TypeError, ValueError, IndexError, OverflowError):
            return np.zeros((0, 0))


def _one_changed(array, number):
    changed = array.astype(float)
    changed.flat[changed.size // 2] = number
    return changed


_ARRAYS = {
    "empty": lambda array, number: np.zeros((0, 0)),
    "number": lambda array, number: np.array([[float(number)]]),
    "full": lambda array, number: np.full(array.shape, float(number)),
    "one": _one_changed,
    "bytes": lambda array, number: np.full(array.shape, 255, np.uint8),
    "text": lambda array, number: np.array(["../../x"]),
    "long text": lambda array, number: np.array(["näme" * 100]),
    "cells": lambda array, number: np.array([[np.zeros((1, 2)), "x"]], object),
    "struct": lambda array, number: np.array([[(np.ones((1, 1)), "x")]], [("x", object), ("y", object)]),
    "turned": lambda array, number: np.moveaxis(array, -1, 0),
    "flat": lambda array, number: array.reshape(-1),
    "half": lambda array, number: array[..., : array.shape[-1] // 2],
    "twice": lambda array, number: np.concatenate([array, array]),
    "deeper": lambda array, number: np.stack([array, array], axis=-1),
    "complex": lambda array, number: array * 1j,
    "truth": lambda array, number: array.astype(bool),
    "whole": lambda array, number: array.astype(np.int16),
    "as text": lambda array, number: array.astype(str),
}


@st.composite
def edited_arrays(draw, arrays: dict):
    """One or two edits of named arrays, also of those inside of MATLAB's structs and cells."""
    for _ in range(draw(st.integers(1, 2))):
        places = list(_array_places(arrays))
        if not places:
            break
        holder, key, value = draw(st.sampled_from(places))
        edit = draw(st.sampled_from(("odd", "odd", "odd", "remove", "rename", "move")))
        if edit == "odd" or (edit != "move" and not isinstance(holder, dict)):
            holder[key] = odd_array(draw, value)
        elif edit == "move":
            holder[key] = copy.deepcopy(draw(st.sampled_from(places))[2])
        else:
            moved = holder.pop(key)
            if edit == "rename":
                holder["other"] = moved
    return arrays


def _array_places(holder):
    for key, value in list(holder.items()) if isinstance(holder, dict) else _cells(holder):
        yield holder, key, value
        if isinstance(value, (np.ndarray, np.void)) and (value.dtype.names or value.dtype == object):
            yield from _array_places(value)


def _cells(array):
    """The places in an array of structs, a struct, or an array of objects; each struct only once in a while."""
    if isinstance(array, np.void):
        return [(name, array[name]) for name in array.dtype.names]
    if array.dtype.names:
        return [
            (index + (name,), array[index][name]) for index in np.ndindex(array.shape) for name in array.dtype.names
        ]
    return [(index, array[index]) for index in np.ndindex(array.shape)]


class _Structs(dict):
    pass


@st.composite
def mat_file(draw, content):
    """A MATLAB file with edited variables, fields and cells."""
    found = scipy.io.loadmat(io.BytesIO(content))
    arrays = {name: _opened(value) for name, value in found.items() if not name.startswith("__")}
    arrays = draw(edited_arrays(arrays))
    file = io.BytesIO()
    try:
        scipy.io.savemat(file, {name: _closed(value) for name, value in arrays.items()})
    except (TypeError, ValueError, AttributeError, UnicodeError):  # MATLAB cannot hold it
        return content
    return file.getvalue()


def _opened(value):
    """Arrays of structs as arrays of dicts, so that fields are places like others."""
    if isinstance(value, np.ndarray) and value.dtype.names:
        opened = np.empty(value.shape, object)
        for index in np.ndindex(value.shape):
            opened[index] = _Structs({name: _opened(value[index][name]) for name in value.dtype.names})
        return opened
    if isinstance(value, np.ndarray) and value.dtype == object:
        opened = np.empty(value.shape, object)
        for index in np.ndindex(value.shape):
            opened[index] = _opened(value[index])
        return opened
    return value


def _closed(value):
    """The inverse of `_opened`; a field that only some structs have is empty in the others."""
    if isinstance(value, dict):
        return {name: _closed(field) for name, field in value.items()}
    if isinstance(value, np.ndarray) and value.dtype == object:
        structs = value.size and all(isinstance(each, dict) for each in value.flat)
        fields = list(dict.fromkeys(name for each in value.flat for name in each)) if structs else []
        closed = np.empty(value.shape, [(name, object) for name in fields] if fields else object)
        for index in np.ndindex(value.shape):
            each = value[index]
            closed[index] = (
                tuple(_closed(each.get(name, np.zeros((0, 0)))) for name in fields) if fields else _closed(each)
            )
        return closed
    return value


@st.composite
def npz_file(draw, content):
    """An .npz file with edited arrays, also arrays of objects."""
    with np.load(io.BytesIO(content)) as found:
        arrays = draw(edited_arrays(dict(found)))
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


@st.composite
def hdf5_file(draw, content):
    """An HDF5 file with edited data sets and attributes; also groups in the place of data sets."""
    file = io.BytesIO(content)
    with h5py.File(file, "r+") as root:
        names, holders = [], [root]
        root.visit(names.append)
        holders += [root[name] for name in names]
        sets = [name for name in names if isinstance(root[name], h5py.Dataset)]
        attributes = [(each, name) for each in holders for name in each.attrs]
        if attributes and draw(st.integers(0, 3)) == 0:
            each, name = draw(st.sampled_from(attributes))
            del each.attrs[name]
            with contextlib.suppress(TypeError, ValueError):
                each.attrs[name] = draw(st.sampled_from((0, -1, "x", np.nan, np.zeros((2, 2)), [b"a", b"b"])))
        elif sets:
            name = draw(st.sampled_from(sets))
            new = draw(st.sampled_from(("odd", "odd", "odd", "group", "nothing", "huge", "parent")))
            array = odd_array(draw, root[name][()])
            del root[name]
            if new == "group":
                root.create_group(name)
            elif new == "huge":  # takes no place until it is written to
                root.create_dataset(name, (2**20, 2**20), "f8", chunks=(1, 64))
            elif new == "odd":
                with contextlib.suppress(TypeError):
                    root[name] = (
                        array.astype("S") if array.dtype.kind == "U" and array.astype("S") is not None else array
                    )
            elif new == "parent" and "/" in name:
                del root[name.rpartition("/")[0]]
    return file.getvalue()

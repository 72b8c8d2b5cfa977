"""Readers of the pairwise files of pose-tensorflow and of the MATLAB release of DeeperCut."""

import dataclasses
import pathlib

import numpy as np

from tfpose.codecs.grouping.pairwise import PairwiseTerms
from tfpose.commands import matlab, reading


def read(path) -> PairwiseTerms:
    """Reads the terms of a `pairwise.npz`, or the statistics of a `pairwise_stats.mat`, by the suffix of the file.

    Raises:
        ValueError: If there is no such file.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise ValueError(f"`terms` must be a file, .npz or .mat. Received: {str(path)!r}.")
    return PairwiseTerms.load(path) if path.suffix == ".npz" else read_statistics(path)


def read_statistics(path, scale=1.0) -> PairwiseTerms:
    """Reads `pairwise_stats.mat`: `graph` (pairs of indices from 0), `means` and `std_devs`.

    Args:
        path: The file.
        scale: Factor from the file's pixels to input pixels: `global_scale` of the reference.

    Raises:
        ValueError: If it has not these variables.
    """
    arrays = _load(path)
    if missing := {"graph", "means", "std_devs"} - set(arrays):
        raise ValueError(f"Pairwise statistics must hold graph, means and std_devs. Received: no {missing} in {path}.")
    with reading.explained(path, "pairwise statistics: graph, means and std_devs, N x 2 numbers"):
        graph, means, deviations = (_numbers(arrays[name], (-1, 2)) for name in ("graph", "means", "std_devs"))
        order = np.lexsort((graph[:, 1], graph[:, 0]))
        return PairwiseTerms(graph[order], scale * means[order], scale * deviations[order])


def read_models(folder, terms) -> PairwiseTerms:
    """Reads the logistic models `spatial_model_cidx_<a+1>_<b+1>.mat` of every pair of the terms.

    The features are those of pose-tensorflow's inference. The models of the MATLAB release were fitted to a backward
    angle of opposite sign, so it is better to fit new ones.

    Raises:
        ValueError: If a file is missing or no such file.
    """
    rows = []
    for a, b in terms.pairs[terms.pairs[:, 0] < terms.pairs[:, 1]]:
        path = pathlib.Path(folder, f"spatial_model_cidx_{a + 1}_{b + 1}.mat")
        try:
            model = _load(path)["spatial_model"]
            options = model.training_opts
            arrays = (options.X_min, options.X_max, model.log_reg.w)
            rows.append([_numbers(values, size) for values, size in zip(arrays, (8, 8, 9), strict=True)])
        except (KeyError, AttributeError, TypeError, ValueError) as error:
            raise ValueError(
                "A model must hold spatial_model.training_opts.X_min and X_max, 8 numbers each, and 9 numbers "
                f"spatial_model.log_reg.w. Received: {path}: {reading.one_line(error)}."
            ) from None
    low, high, weights = map(np.array, zip(*rows, strict=True))
    return dataclasses.replace(terms, low=low, high=high, weights=weights)


def _numbers(values, shape):
    """Finite numbers as float64 of a shape."""
    numbers = np.reshape(values, shape).astype(float, casting="same_kind")
    if not np.isfinite(numbers).all():
        raise ValueError("values that are not finite")
    return numbers


def _load(path):
    if not pathlib.Path(path).is_file():
        raise ValueError(f"There must be a MATLAB file. Received: {str(path)!r}, which is none.")
    return matlab.load_file(path, squeeze_me=True, struct_as_record=False)

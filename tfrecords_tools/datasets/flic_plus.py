"""FLIC-plus, Tompson et al. 2014: the examples of FLIC-full whose scenes are not those of FLIC's test images."""

import numpy as np

from tfrecords_tools.datasets.flic import Flic
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats.matlab import load

INDICES = {"train": "tr_plus_indices", "test": "ts_plus_indices"}


class FlicPlus(Flic):
    """The frames of FLIC-full chosen by the two files of indices."""

    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Unpack FLIC-full.zip (examples.mat and the folder images), "
        "and put tr_plus_indices.mat and ts_plus_indices.mat beside examples.mat."
    )

    def chosen(self, root, split, examples):
        file = root / f"{INDICES[split]}.mat"
        numbers = load(root, file.name, INDICES[split])
        if (
            numbers.ndim != 1
            or numbers.dtype.kind not in "iuf"
            or not (np.isfinite(numbers) & (numbers % 1 == 0)).all()
        ):
            raise ConversionError(f"{file} must hold whole numbers. Received: {numbers.shape} of {numbers.dtype}.")
        indices = numbers.astype(int) - 1  # MATLAB counts from 1
        if len(indices) and not (indices.min() >= 0 and indices.max() < len(examples)):
            raise ConversionError(
                f"The indices of {file} must lie in 1 … {len(examples)}, the number of examples in "
                f"examples.mat (FLIC-full has 20928). Received: {indices.min() + 1} … {indices.max() + 1}."
            )
        return indices

"""Training runs that make the built-in data set on its first use."""

import dataclasses

from tfpose.training import cluster, loop
from tfpose.training.config import Config
from tfrecords_tools import convert


def train(config: Config):
    """Trains a model as a `Config` says; without `data_dir` on the built-in data set, drawn people.

    Args:
        config: Such as `PRESETS["figures"]`, changed with `dataclasses.replace`. If its `data_dir` is empty, the
            built-in data set is written to `data/figures` (one person) or `data/several/figures` (several people)
            under the working directory, unless it is there.

    Returns:
        The trained `PoseModel`, and the folder of the run, `models_ex/<run>/`.

    Raises:
        ValueError: If the fields do not go together; before anything of the run is written.
        FloatingPointError: If the loss becomes NaN.
        KeyboardInterrupt: If the user stopped it; the weights of that moment are saved.
    """
    if not config.data_dir:
        if cluster.read(config.cluster):
            raise ValueError(
                "`data_dir` must be given in a cluster, whose workers would all write the built-in data set. "
                "Received: none; `tfpose convert figures` writes data/figures."
            )
        config = dataclasses.replace(config, data_dir=convert.built_in(several=config.several))
    return loop.train(config)

"""Trains a pose estimator.

python train.py --data_augm --use_sm --optimizer=adam
"""

import dataclasses

from tfpose import config, doors, training
from tfrecords_tools import convert

if __name__ == "__main__":
    with doors.plain_errors():
        chosen = config.parse()
        training.train(dataclasses.replace(chosen, data_dir=chosen.data_dir or convert.built_in()))

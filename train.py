"""Trains a pose estimator.

python train.py --data_augm --use_sm --optimizer=adam
"""

import dataclasses

from tfpose import doors, flags, training
from tfpose.models import MODELS
from tfrecords_tools import convert

if __name__ == "__main__":
    with doors.plain_errors():
        chosen = flags.parse()
        data_dir = chosen.data_dir or convert.built_in(several=MODELS[chosen.model].SEVERAL and chosen.several)
        training.train(dataclasses.replace(chosen, data_dir=data_dir))

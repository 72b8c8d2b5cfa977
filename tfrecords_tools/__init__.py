"""From a data set as downloaded to sharded TFRecords: one file per data set, and `convert` to run them."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow's greeting, which would bury one clear sentence

"""Converters from data sets as downloaded to sharded TFRecords."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # hides TensorFlow's log lines, which drown error messages

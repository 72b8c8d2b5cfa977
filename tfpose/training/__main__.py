"""Trains a pose estimator: `python -m tfpose.training`, the same as `tfpose train`."""

from tfpose.__main__ import main

if __name__ == "__main__":
    main(["train"])

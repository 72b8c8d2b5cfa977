"""Fits the pairwise terms of a trained DeeperCut model: `python -m tfpose.pairwise`, the same as `tfpose pairwise`."""

from tfpose.__main__ import main

if __name__ == "__main__":
    main(["pairwise"])

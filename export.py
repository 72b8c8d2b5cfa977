"""Exports a trained model: the same as `tfpose export`."""

from tfpose.__main__ import main

if __name__ == "__main__":
    main(["export"])

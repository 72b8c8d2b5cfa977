"""Measures a trained model on records: the same as `tfpose evaluate`."""

from tfpose.__main__ import main

if __name__ == "__main__":
    main(["evaluate"])

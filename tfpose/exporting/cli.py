"""Command `tfpose export`: exports a trained model for serving."""

import argparse
import pathlib

from tfpose import runs
from tfpose.exporting.export import FORMATS, export
from tfpose.prediction.single_person import load_model


def main(argv=None):
    """Exports what the flags say, and tells where to and how well.

    Raises:
        ValueError: If there is no such run, or as `export`.
    """
    parser = argparse.ArgumentParser(description="Exports a trained model.")
    parser.add_argument("--run", help="folder of the run (default: the newest)")
    parser.add_argument("--out", help="folder to write (default: exported/<run>, or exported/<run>-<format>)")
    parser.add_argument("--format", choices=FORMATS, default="saved_model", help="what is to run it")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier export")
    args = parser.parse_args(argv)
    run = pathlib.Path(args.run or runs.newest())
    name = run.stem if run.suffix == ".keras" else run.resolve().name
    suffix = "" if args.format == "saved_model" else f"-{args.format}"
    out = args.out or runs.EXPORTS / (name + suffix)
    done = export(load_model(run), out, format=args.format, overwrite=args.overwrite)
    print(f"Wrote {done.path}: {done.compared} keypoints at most {done.difference:.2g} px from Python's.")
    print("\n".join(done.signatures))

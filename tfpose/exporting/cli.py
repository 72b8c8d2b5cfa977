"""Command `tfpose export`: exports a trained model for serving."""

import pathlib

from tfpose.commands import runs
from tfpose.commands.arguments import ArgumentParser
from tfpose.pretrained.files import weights_file

FORMATS = ("saved_model", "onnx", "litert")  # Keys of `exporting.export.FORMATS`, whose module imports TensorFlow.


def main(argv=None):
    """Exports a run, and prints the path, the verification and the signatures.

    Args:
        argv: Arguments; those of the command line by default.

    Raises:
        ValueError: If there is no such run, or as `export`.
    """
    args = parser().parse_args(argv)
    run = args.run or runs.newest(holding="best.keras")
    weights = weights_file(run)
    name = pathlib.Path(run).resolve().name if pathlib.Path(run).is_dir() else weights.stem
    suffix = "" if args.format == "saved_model" else f"-{args.format}"
    out = args.out or runs.EXPORTS / (name + suffix)
    from tfpose.exporting.export import export
    from tfpose.prediction import calibration
    from tfpose.prediction.loading import load_model

    # Of another input size, scores are others.
    fitted = None if args.image_size else calibration.beside(weights)
    options = {"format": args.format, "overwrite": args.overwrite, "calibration": fitted}
    done = export(load_model(weights, args.image_size), out, **options)
    print(f"Wrote {done.path}: {done.compared} keypoints at most {done.difference:.2g} px from Python's.")
    print("\n".join(done.signatures))


def parser() -> ArgumentParser:
    """Returns the parser of the command line."""
    parser = ArgumentParser(prog="tfpose export", description="Exports a trained model for serving.")
    parser.add_argument(
        "--run", help="run folder, .keras file, or a model of `tfpose models` (default: the newest run)"
    )
    parser.add_argument("--out", help="folder to write (default: exported/<run>, or exported/<run>-<format>)")
    parser.add_argument("--format", choices=FORMATS, default="saved_model", help="format (default: %(default)s)")
    parser.add_argument(
        "--image_size",
        type=int,
        nargs=2,
        metavar=("HEIGHT", "WIDTH"),
        help="size of the network's input, in pixels (default: that of training)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier export")
    return parser

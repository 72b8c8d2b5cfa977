"""Command `tfpose`, the same as `python -m tfpose`: convert, check, train, evaluate and so on."""

import contextlib
import os
import pathlib
import sys

import tfpose
from tfpose.commands import arguments, console

COMMANDS = {
    "convert": "convert a data set, as downloaded, to TFRecords",
    "check": "verify records, and show them on a page",
    "train": "train a model on records",
    "evaluate": "measure a trained model on records",
    "export": "export a trained model to SavedModel, ONNX or LiteRT",
    "predict": "find the people in photos and videos",
    "demo": "show what a model finds, on a page in the browser",
    "frames": "sample frames of a video to be annotated",
    "models": "list the trained models that come with the package",
    "pairwise": "fit the pairwise terms of a trained DeeperCut model",
}
HELP = """usage: tfpose COMMAND …

{commands}

`tfpose COMMAND --help` lists the flags of a command; `tfpose PHOTO …` is `tfpose predict PHOTO …`.
"""


def main(command=()):
    """Runs a subcommand with the arguments of the command line, and exits.

    Args:
        command: List of words put before the arguments, such as `["train"]`. A first word that is no subcommand, such
            as a photo, means `predict`.
    """
    words = [*command, *sys.argv[1:]]
    verbose = "--verbose" in words
    if words[:1] == ["--verbose"]:
        del words[0]
    if not words or words[0] in ("-h", "--help"):
        print(HELP.format(commands="\n".join(f"  {name:10} {text}" for name, text in COMMANDS.items())), end="")
        sys.exit(0)
    if words[0] == "--version":
        print(f"tfpose {tfpose.__version__}")
        sys.exit(0)
    name, rest = _command(words)
    console.prepare(verbose=verbose)
    with contextlib.nullcontext() if verbose else plain_errors():
        sys.exit(_run(name, rest))


@contextlib.contextmanager
def plain_errors():
    """Prints an error that a user can correct as one line and exits with status 1; others keep their traceback.

    A closed standard output, as of `tfpose … | head`, ends the command without a message, with the status 141 that
    shells give to programs ended by SIGPIPE.
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()  # Else Python does at its end, where a closed output cannot be caught.
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except (ValueError, OSError, FloatingPointError) as error:
        sys.exit(_status(f"tfpose: {error}", error))
    except KeyboardInterrupt as interrupt:
        sys.exit(_status(str(interrupt) or "Interrupted.", interrupt))


def _status(message, error):
    """Prints a message and returns the error's own exit status, see `training.interrupts`; or else the message.

    Python's `sys.exit` prints a message and exits with 1.
    """
    if not hasattr(error, "status"):
        return message
    print(message, file=sys.stderr)
    return error.status


def _command(words):
    """Name of the subcommand, and its arguments."""
    if words[0] in COMMANDS:
        return words[0], words[1:]
    near = arguments.suggestion(words[0], COMMANDS)
    if near != "." and not pathlib.Path(words[0]).exists():
        print(f"tfpose: unknown command {words[0]}{near} `tfpose --help` lists them.", file=sys.stderr)
        sys.exit(2)
    return "predict", words


def _run(name, rest):
    """Runs a subcommand, of which alone the modules are imported. Returns the exit status."""
    if name == "convert":
        from tfrecords_tools import convert

        return convert.main(rest)
    if name == "train":
        return _train(rest)
    if name == "check":
        from tfpose.commands.check import cli
    elif name == "evaluate":
        from tfpose.evaluation import cli
    elif name == "export":
        from tfpose.exporting import cli
    elif name == "models":
        from tfpose.pretrained import cli
    elif name == "pairwise":
        from tfpose.training.pairwise import cli
    elif name == "demo":
        from tfpose.commands.demo import cli
    elif name == "frames":
        from tfpose.prediction import frames as cli
    else:
        from tfpose.prediction import cli

        return 1 if cli.main(rest) else 0
    return cli.main(rest)


def _train(rest):
    from tfpose.training import cli

    chosen = cli.parse(rest)
    from tfpose.training import built_in  # Imports TensorFlow, which answers `--help` and mistyped flags too late.

    built_in.train(chosen)


if __name__ == "__main__":
    main()

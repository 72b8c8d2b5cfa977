"""Command `tfpose`, the same as `python -m tfpose`: convert, train, evaluate, export and predict."""

import contextlib
import sys

COMMANDS = {
    "convert": "convert a data set, as downloaded, to TFRecords",
    "train": "train a model on records",
    "evaluate": "measure a trained model on records",
    "export": "export a trained model to SavedModel, ONNX or LiteRT",
    "predict": "find the people in photos and videos",
    "pairwise": "fit the pairwise terms of a trained DeeperCut model",
}


def main(command=()):
    """Runs a subcommand with the arguments of the command line, and exits.

    Args:
        command: List of words put before the arguments, such as `["train"]`. A first word that is no subcommand, such
            as a photo, means `predict`.
    """
    words = [*command, *sys.argv[1:]]
    if not words or words[0] in ("-h", "--help"):
        print("usage: tfpose COMMAND …\n\n" + "\n".join(f"  {name:10} {text}" for name, text in COMMANDS.items()))
        sys.exit(0)
    name, arguments = (words[0], words[1:]) if words[0] in COMMANDS else ("predict", words)
    with plain_errors():
        sys.exit(_run(name, arguments))


@contextlib.contextmanager
def plain_errors():
    """Prints errors that a user can mend as one sentence and exits with status 1; others keep their traceback."""
    try:
        yield
    except (ValueError, FileNotFoundError, FloatingPointError) as error:
        sys.exit(f"tfpose: {error}")
    except KeyboardInterrupt as interrupt:
        print(str(interrupt) or "Interrupted.", file=sys.stderr)
        sys.exit(getattr(interrupt, "status", 1))  # `training.loop.Terminated` has the one of SIGTERM.


def _run(name, arguments):
    """Runs one subcommand. Only the modules of that one are imported."""
    if name == "convert":
        from tfrecords_tools import convert

        return convert.main(arguments)
    if name == "train":
        return _train(arguments)
    if name == "evaluate":
        from tfpose.evaluation import cli
    elif name == "export":
        from tfpose.exporting import cli
    elif name == "pairwise":
        from tfpose.training.pairwise import cli
    else:
        from tfpose.prediction import cli

        return 1 if cli.main(arguments) else 0
    cli.main(arguments)
    return 0


def _train(arguments):
    import dataclasses

    from tfpose.models import MODELS
    from tfpose.training import cli, loop
    from tfrecords_tools import convert

    chosen = cli.parse(arguments)
    data_dir = chosen.data_dir or convert.built_in(several=MODELS[chosen.model].SEVERAL and chosen.several)
    loop.train(dataclasses.replace(chosen, data_dir=data_dir))
    return 0


if __name__ == "__main__":
    main()

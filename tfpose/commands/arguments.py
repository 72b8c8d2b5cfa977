"""Argument parser shared by all subcommands: mistakes are answered by one line that names the nearest known word."""

import argparse
import difflib
import sys


class ArgumentParser(argparse.ArgumentParser):
    """An `argparse.ArgumentParser` whose errors are one line, without the usage, and exit with status 2.

    Flags cannot be abbreviated: an abbreviation that is unique today is ambiguous once another flag is added. Parsers
    with a `--help` flag also list `--verbose`, which `tfpose.__main__` acts on before TensorFlow is imported.
    """

    def __init__(self, **options):
        super().__init__(**{"allow_abbrev": False, **options})
        if self.add_help:  # Not those that are only `parents` of others, which would define the flag twice.
            self.add_argument(
                "--verbose",
                action=_Verbose,
                help="show the log messages and warnings of TensorFlow and other libraries",
            )

    def parse_known_args(self, args=None, namespace=None):
        args = sys.argv[1:] if args is None else list(args)
        if not self._subparsers:  # Those check the arguments that follow their name themselves.
            self._check_flags(args)
        return super().parse_known_args(args, namespace)

    def parse_args(self, args=None, namespace=None):
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            self.error(f"unknown argument {unknown[0]}. {self._list()}")
        return found

    def error(self, message):
        self.exit(2, f"{self.prog}: {message}\n")

    def _check_flags(self, args):
        """Refuses unknown flags first: argparse would report a missing positional argument before them."""
        for word in args[: args.index("--")] if "--" in args else args:
            flag = word.partition("=")[0]
            if flag.startswith("--") and flag not in self._option_string_actions:
                self.error(f"unknown flag {flag}{suggestion(flag, self._option_string_actions)} {self._list()}")

    def _check_value(self, action, value):
        """As in argparse, but with the nearest choice and in the form of the project's other errors."""
        if action.choices is not None and value not in action.choices:
            name = "/".join(action.option_strings) or action.metavar or action.dest
            known = ", ".join(map(str, action.choices))
            self.error(
                f"{name} must be a known one. Received: {value}{suggestion(str(value), action.choices)} Known: {known}."
            )

    def _list(self):
        return f"`{self.prog} --help` lists them."


def suggestion(word: str, known) -> str:
    """The end of a sentence about an unknown word: `; did you mean …?` with the nearest known one, or a full stop."""
    near = difflib.get_close_matches(word[:80], [str(name) for name in known], n=1)
    return f"; did you mean {near[0]}?" if near else "."


def positive(text: str) -> int:
    """The type of an argument that is a whole number of at least 1."""
    if int(text) < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)


class _Verbose(argparse.Action):
    """Stores nothing: the parsed arguments are passed on as options of functions, which have no such option."""

    def __init__(self, option_strings, dest, help=None):
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser, namespace, values, option_string=None):
        pass

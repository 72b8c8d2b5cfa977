import argparse

import pytest

from tfpose.commands.arguments import ArgumentParser, suggestion


@pytest.fixture
def parser():
    parser = ArgumentParser(prog="tfpose train", description="Trains a model.")
    parser.add_argument("photos", nargs="+", metavar="PHOTO")
    parser.add_argument("--optimizer", choices=("adam", "sgd"), default="adam")
    parser.add_argument("--lr", type=float, default=0.1)
    return parser


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["--optimzer=sgd"],
            "tfpose train: unknown flag --optimzer; did you mean --optimizer? `tfpose train --help` lists them.",
        ),
        (["a.jpg", "--zzz", "1"], "tfpose train: unknown flag --zzz. `tfpose train --help` lists them."),
        (
            ["a.jpg", "--opt=sgd"],
            "tfpose train: unknown flag --opt; did you mean --optimizer? `tfpose train --help` lists them.",
        ),
        (
            ["a.jpg", "--optimizer=adm"],
            "tfpose train: --optimizer must be a known one. Received: adm; did you mean adam? Known: adam, sgd.",
        ),
        (["a.jpg", "--lr=fast"], "tfpose train: argument --lr: invalid float value: 'fast'"),
        (["a.jpg", "-x"], "tfpose train: unknown argument -x. `tfpose train --help` lists them."),
        ([], "tfpose train: the following arguments are required: PHOTO"),
    ],
    ids=str,
)
def test_a_mistake_is_answered_by_one_line_and_status_2(parser, arguments, line, capsys):
    with pytest.raises(SystemExit) as end:
        parser.parse_args(arguments)
    assert (end.value.code, capsys.readouterr()) == (2, ("", f"{line}\n"))


def test_what_follows_two_dashes_is_no_flag(parser):
    assert parser.parse_args(["--lr=2", "--", "--odd name.jpg"]).photos == ["--odd name.jpg"]


def test_right_arguments_are_parsed_as_by_argparse(parser):
    args = parser.parse_args(["a.jpg", "--optimizer", "sgd", "--verbose"])
    assert vars(args) == {"photos": ["a.jpg"], "optimizer": "sgd", "lr": 0.1}


def test_subcommands_answer_for_their_own_flags(capsys):
    parser = ArgumentParser(prog="tfpose convert")
    shared = ArgumentParser(add_help=False)
    shared.add_argument("--data_dir")
    names = parser.add_subparsers(dest="name", metavar="NAME", required=True)
    names.add_parser("flic", parents=[shared])
    assert parser.parse_args(["flic", "--data_dir=a", "--verbose"]) == argparse.Namespace(name="flic", data_dir="a")
    for arguments, words in (
        (["flic", "--data_dri=a"], "tfpose convert flic: unknown flag --data_dri; did you mean --data_dir?"),
        (["flik"], "tfpose convert: NAME must be a known one. Received: flik; did you mean flic? Known: flic."),
    ):
        with pytest.raises(SystemExit):
            parser.parse_args(arguments)
        assert capsys.readouterr().err.startswith(words)


def test_only_near_words_are_suggested():
    assert suggestion("trian", ["train", "convert"]) == "; did you mean train?"
    assert suggestion("photo", ["train", "convert"]) == "."

"""Command `tfpose convert`: writes a data set, as downloaded, as sharded TFRecords.

TensorFlow Datasets and the converters are imported at their first use, so that `--help` answers at once.
"""

import argparse
import contextlib
import importlib
import importlib.util
import pathlib
import sys
from typing import NamedTuple

from tfpose import pictures
from tfpose.commands import console, paths, workspaces
from tfpose.commands.arguments import ArgumentParser
from tfrecords_tools.errors import ConversionError


class Converter(NamedTuple):
    """A line of `CONVERTERS`: where the subclass of `PoseBuilder` is, and what the data set holds."""

    module: str
    name: str
    summary: str


CONVERTERS = {
    "figures": Converter("figures", "Figures", "built-in: drawn people with exact keypoints; needs no files"),
    "flic": Converter("flic", "Flic", "FLIC: upper bodies in film frames"),
    "flic_plus": Converter("flic_plus", "FlicPlus", "FLIC-plus: FLIC-full without the scenes of FLIC's test images"),
    "flic_npz": Converter("flic_npz", "FlicNpz", "a part of FLIC as four NumPy files of images and heatmaps"),
    "lsp": Converter("lsp", "Lsp", "Leeds Sports Pose: athletes"),
    "lspet": Converter("lspet", "Lspet", "LSP extended: 10,000 more athletes, for training only"),
    "parse": Converter("parse", "Parse", "Image Parse: 305 photos of people"),
    "mpii": Converter("mpii", "Mpii", "MPII Human Pose: people in videos"),
    "lsp_mpii": Converter("lsp_mpii", "LspMpii", "LSP, LSP extended and MPII as one HDF5 file"),
    "penn_action": Converter("penn_action", "PennAction", "Penn Action: sequences of video frames"),
    "coco": Converter("coco", "Coco", "COCO keypoints: photos with several people"),
    "ai_challenger": Converter("ai_challenger", "AiChallenger", "AI Challenger: photos with several people"),
    "own": Converter("own", "Own", "your own images with annotations in COCO's format"),
    "dataset_mat": Converter("dataset_mat", "DatasetMat", "dataset.mat of pose-tensorflow"),
}

SEVERAL = {"skeleton": "coco", "people": 4, "height": 256, "width": 256}  # The built-in data set of several people.


def convert(
    name: str,
    *,
    manual_dir=None,
    data_dir="data",
    num_shards: int | None = None,
    beam_runner: str | None = None,
    beam_options: str = "",
    overwrite: bool = False,
    max_set_aside: float = 0.01,
    max_pixels: int = pictures.MAX_PIXELS,
    progress: bool = True,
    **options,
):
    """Writes a data set as records, whole or not at all.

    Args:
        name: One of `CONVERTERS`.
        manual_dir: The folder the data set was unpacked in.
        data_dir: The records go to `<data_dir>/<name>`.
        num_shards: Files per split. Without: as many as TFDS finds right for their size.
        beam_runner: Such as `DirectRunner`, reads images in an Apache Beam pipeline. Without: in a loop.
        beam_options: Flags for Beam, such as `--region=R`.
        overwrite: Whether records that are there already are replaced, once the new ones are complete.
        max_set_aside: The largest fraction of images that may be set aside.
        max_pixels: Images of more pixels are set aside before they are decoded.
        progress: Whether to draw a progress bar.
        **options: Options of the converter, see its `OPTIONS`.

    Returns:
        A `writing.summary.Conversion`: the folder, and what was counted and set aside.

    Raises:
        ConversionError: If the data set or an argument is not as it must be, or too many images were set aside.
        ValueError: If `data_dir` is not a local path.
    """
    from tfrecords_tools.writing.summary import conclude

    converter = lookup(name)
    target = _target(data_dir, name, overwrite)
    config = _download_config(converter, manual_dir, num_shards, beam=_beam(beam_runner, beam_options))
    with workspaces.workspace(target) as folder:
        beam_dir = beam_runner and folder / "beam"
        given = {"manual_dir": config.manual_dir, "options": options, "max_pixels": max_pixels}
        builder = converter(progress=progress, beam_dir=beam_dir, data_dir=folder, **given)
        _prepare(builder, config)
        conversion = conclude(builder, target, max_set_aside)
        workspaces.publish(builder.data_path, target, folder)
    return conversion


def lookup(name: str):
    """Imports a converter. Returns the subclass of `PoseBuilder`."""
    if name not in CONVERTERS:
        raise ConversionError(f"Unknown data set. Received: {name!r}. Known: {', '.join(CONVERTERS)}.")
    converter = CONVERTERS[name]
    return getattr(importlib.import_module(f"tfrecords_tools.datasets.{converter.module}"), converter.name)


def built_in(data_dir="data", *, several=False) -> str:
    """Makes the built-in data set on its first use, and returns its folder.

    Args:
        data_dir: The records go to `<data_dir>/figures`.
        several: Whether several people are to be in an image; these go to `<data_dir>/several/figures`.
    """
    data_dir = pathlib.Path(data_dir, "several") if several else pathlib.Path(data_dir)
    path = data_dir / "figures"
    if not path.exists():
        convert("figures", data_dir=data_dir, **(SEVERAL if several else {}))
    return str(path)


def main(arguments=None):
    """Converts a data set as the arguments of a command line say, and prints what was counted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    flags = vars(_parser(arguments).parse_args(arguments))
    try:
        print(convert(**flags).report())
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("Interrupted: nothing was written.")


def _target(data_dir, name, overwrite):
    target = paths.local("data_dir", data_dir).absolute() / name
    workspaces.recover(target)
    if target.exists() and not overwrite:
        raise ConversionError(f"{target} must not be there yet, or `--overwrite` be given.")
    return target


def _beam(runner, options):
    if not runner:
        return {}
    if importlib.util.find_spec("apache_beam") is None:
        raise ConversionError("`--beam_runner` needs Apache Beam: `pip install tfpose[beam]`.")
    from tfrecords_tools.writing import beam  # an extra

    return {"beam_runner": beam.runner(runner), "beam_options": beam.pipeline_options(options)}


def _download_config(converter, manual_dir, num_shards, *, beam):
    import tensorflow_datasets as tfds

    needed = converter.MANUAL_DOWNLOAD_INSTRUCTIONS
    if needed and not (manual_dir and pathlib.Path(manual_dir).is_dir()):
        raise ConversionError(f"`--manual_dir` must be a folder. Received: {manual_dir}. What it holds: {needed}")
    if num_shards is not None and num_shards < 1:
        raise ConversionError(f"`--num_shards` must be at least 1. Received: {num_shards}.")
    manual_dir = pathlib.Path(manual_dir).absolute() if needed else None
    return tfds.download.DownloadConfig(manual_dir=manual_dir, num_shards=num_shards, try_download_gcs=False, **beam)


def _prepare(builder, config):
    import tensorflow_datasets as tfds

    tfds.disable_progress_bar()  # the builder draws its own, with the number of images
    try:
        with contextlib.redirect_stdout(None):  # TFDS would name a folder that is gone afterwards
            builder.download_and_prepare(download_config=config)
    except AssertionError as error:
        if "number_of_shards" not in str(error):
            raise
        raise ConversionError(
            f"`--num_shards` must be at most the number of images in each split. Received: {config.num_shards}."
        ) from None


def _parser(arguments):
    """The parser, with the options of the converter that the arguments name: only that one is imported."""
    shared = ArgumentParser(add_help=False)
    shared.add_argument("--manual_dir", metavar="DIR", help="the folder the data set was unpacked in")
    shared.add_argument("--data_dir", metavar="DIR", default="data", help="records go to DIR/NAME (default: data)")
    shared.add_argument("--num_shards", metavar="N", type=int, help="files per split (default: by size)")
    shared.add_argument("--beam_runner", metavar="RUNNER", help="use Apache Beam, with a runner such as DirectRunner")
    shared.add_argument("--beam_options", metavar="FLAGS", default="", help="flags for Apache Beam, in one string")
    shared.add_argument("--overwrite", action="store_true", help="replace records that are there already")
    shared.add_argument(
        "--max_set_aside", metavar="FRACTION", type=float, default=0.01, help="of the images, at most (default: 0.01)"
    )
    shared.add_argument(
        "--max_pixels",
        metavar="N",
        type=int,
        default=pictures.MAX_PIXELS,
        help="set larger images aside, before decoding them (default: %(default)s)",
    )
    parser = ArgumentParser(
        prog="tfpose convert", description="Writes a data set, as downloaded, as sharded TFRecords."
    )
    names = parser.add_subparsers(
        dest="name",
        metavar="NAME",
        required=True,
        title="data sets",
        description="`tfpose convert NAME --help` lists the flags of one.",
    )
    for name, (*_, summary) in CONVERTERS.items():
        command = names.add_parser(name, parents=[shared], help=summary)
        if name in arguments:
            _add_options(command, lookup(name))
    return parser


def _add_options(command, converter):
    command.description = converter.MANUAL_DOWNLOAD_INSTRUCTIONS
    for option, (default, text) in converter.OPTIONS.items():
        kind = {"action": argparse.BooleanOptionalAction} if isinstance(default, bool) else {"type": type(default)}
        command.add_argument(f"--{option}", default=default, help=f"{text} (default: {default})", **kind)


if __name__ == "__main__":
    console.prepare(verbose="--verbose" in sys.argv)
    main()

"""Turns a data set as downloaded into sharded TFRecords: `python -m tfrecords_tools.convert NAME …`."""

import argparse
import contextlib
import importlib.util
import pathlib
import sys

import tensorflow_datasets as tfds

from tfrecords_tools.datasets.ai_challenger import AiChallenger
from tfrecords_tools.datasets.coco import Coco
from tfrecords_tools.datasets.dataset_mat import DatasetMat
from tfrecords_tools.datasets.figures import Figures
from tfrecords_tools.datasets.flic import Flic
from tfrecords_tools.datasets.flic_npz import FlicNpz
from tfrecords_tools.datasets.flic_plus import FlicPlus
from tfrecords_tools.datasets.lsp import Lsp
from tfrecords_tools.datasets.lsp_mpii import LspMpii
from tfrecords_tools.datasets.lspet import Lspet
from tfrecords_tools.datasets.mpii import Mpii
from tfrecords_tools.datasets.own import Own
from tfrecords_tools.datasets.parse import Parse
from tfrecords_tools.datasets.penn_action import PennAction
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.writing.atomic import publish, workspace
from tfrecords_tools.writing.pose_builder import PoseBuilder
from tfrecords_tools.writing.summary import Conversion, conclude

CONVERTERS = {
    "figures": Figures,
    "flic": Flic,
    "flic_plus": FlicPlus,
    "flic_npz": FlicNpz,
    "lsp": Lsp,
    "lspet": Lspet,
    "parse": Parse,
    "mpii": Mpii,
    "lsp_mpii": LspMpii,
    "penn_action": PennAction,
    "coco": Coco,
    "ai_challenger": AiChallenger,
    "own": Own,
    "dataset_mat": DatasetMat,
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
    progress: bool = True,
    **options,
) -> Conversion:
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
        progress: Whether to draw a progress bar.
        options: The converter's own, see its `OPTIONS`.

    Raises:
        ConversionError: If something is wrong that a user can mend, or too many images were set aside.
    """
    converter = lookup(name)
    target = _target(data_dir, name, overwrite)
    config = _download_config(converter, manual_dir, num_shards, beam=_beam(beam_runner, beam_options))
    with workspace(target) as folder:
        beam_dir = beam_runner and folder / "beam"
        given = {"manual_dir": config.manual_dir, "options": options}
        builder = converter(progress=progress, beam_dir=beam_dir, data_dir=folder, **given)
        _prepare(builder, config)
        conversion = conclude(builder, target, max_set_aside)
        publish(builder.data_path, target, folder)
    return conversion


def lookup(name: str) -> type[PoseBuilder]:
    """Finds a converter by name."""
    if name not in CONVERTERS:
        raise ConversionError(f"Unknown data set. Received: {name!r}. Known: {', '.join(CONVERTERS)}.")
    return CONVERTERS[name]


def built_in(data_dir="data", *, several=False) -> str:
    """Makes the built-in data set on its first use, and tells its folder.

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
    """Runs the command."""
    flags = vars(_parser().parse_args(arguments))
    try:
        print(convert(**flags).report())
    except (ConversionError, OSError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("Interrupted: nothing was written.")


def _target(data_dir, name, overwrite):
    target = pathlib.Path(data_dir).absolute() / name
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
    needed = converter.MANUAL_DOWNLOAD_INSTRUCTIONS
    if needed and not (manual_dir and pathlib.Path(manual_dir).is_dir()):
        raise ConversionError(f"`--manual_dir` must be a folder. Received: {manual_dir}. What it holds: {needed}")
    if num_shards is not None and num_shards < 1:
        raise ConversionError(f"`--num_shards` must be at least 1. Received: {num_shards}.")
    manual_dir = pathlib.Path(manual_dir).absolute() if needed else None
    return tfds.download.DownloadConfig(manual_dir=manual_dir, num_shards=num_shards, try_download_gcs=False, **beam)


def _prepare(builder, config):
    tfds.disable_progress_bar()  # ours knows the end
    try:
        with contextlib.redirect_stdout(None):  # TFDS would name a folder that is gone afterwards
            builder.download_and_prepare(download_config=config)
    except AssertionError as error:
        if "number_of_shards" not in str(error):
            raise
        raise ConversionError(
            f"`--num_shards` must be at most the number of images in each split. Received: {config.num_shards}."
        ) from None


def _parser():
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--manual_dir", metavar="DIR", help="the folder the data set was unpacked in")
    shared.add_argument("--data_dir", metavar="DIR", default="data", help="records go to DIR/NAME (default: data)")
    shared.add_argument("--num_shards", metavar="N", type=int, help="files per split (default: by size)")
    shared.add_argument("--beam_runner", metavar="RUNNER", help="use Apache Beam, with a runner such as DirectRunner")
    shared.add_argument("--beam_options", metavar="FLAGS", default="", help="flags for Apache Beam, in one string")
    shared.add_argument("--overwrite", action="store_true", help="replace records that are there already")
    shared.add_argument(
        "--max_set_aside", metavar="FRACTION", type=float, default=0.01, help="of the images, at most (default: 0.01)"
    )
    parser = argparse.ArgumentParser(prog="python -m tfrecords_tools.convert", description=__doc__)
    names = parser.add_subparsers(dest="name", metavar="NAME", required=True, help="|".join(CONVERTERS))
    for name, converter in CONVERTERS.items():
        command = names.add_parser(name, parents=[shared], description=converter.MANUAL_DOWNLOAD_INSTRUCTIONS)
        for option, (default, text) in converter.OPTIONS.items():
            kind = {"action": argparse.BooleanOptionalAction} if isinstance(default, bool) else {"type": type(default)}
            command.add_argument(f"--{option}", default=default, help=f"{text} (default: {default})", **kind)
    return parser


if __name__ == "__main__":
    main()

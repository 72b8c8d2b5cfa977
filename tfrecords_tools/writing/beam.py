"""Checks images on the workers of an Apache Beam pipeline (the extra `beam`)."""

import json
import shlex

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems

from tfrecords_tools.errors import ConversionError
from tfrecords_tools.writing import check


def checked(root, split: str, records, found_in: str, max_pixels: int):
    """Checks records in a Beam transform, as `PoseBuilder` does in a loop.

    Args:
        root: The folder that the paths of images start from; every worker must see it.
        split: Name of the split, the first value of each row of `found_in`.
        records: What `PoseBuilder.annotations` returns.
        found_in: Prefix of the files for the rows of `PoseBuilder.found`, one JSON list per line.
        max_pixels: Images of more pixels are set aside.

    Returns:
        A transform from nothing to `(id, example)`.
    """

    def expand(pipeline):
        checked = pipeline | beam.Create(list(records)) | "check" >> beam.Map(_check, root, split, max_pixels)
        rows = checked | "rows" >> beam.FlatMap(lambda result: map(json.dumps, result[1]))
        rows | beam.io.WriteToText(found_in)
        return checked | "examples" >> beam.FlatMap(lambda result: result[0])

    return beam.ptransform_fn(expand)()


def findings(folder):
    """Reads the rows that the workers of `checked` wrote into a folder, through the file systems of Beam."""
    files = FileSystems.match([f"{folder}/*"])[0].metadata_list
    for path in sorted(file.path for file in files):
        with FileSystems.open(path) as file:
            yield from (tuple(json.loads(line)) for line in file)


def runner(name: str):
    """Looks a runner up by name."""
    try:
        return beam.runners.create_runner(name)
    except (ValueError, ImportError) as error:
        raise ConversionError(f"`--beam_runner` must be one that is installed. Received: {name!r}. {error}") from None


def pipeline_options(flags: str):
    """Parses Beam's flags; without this, Beam would parse the flags of the command itself."""
    return beam.options.pipeline_options.PipelineOptions(shlex.split(flags))


def _check(record, root, split, max_pixels):
    example, findings = check.check(root, record, max_pixels)
    rows = [(split, record["id"], *finding) for finding in findings]
    return [] if example is None else [(example["id"], example)], rows

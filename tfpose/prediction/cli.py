"""Command `tfpose predict`: finds the people in photos and videos, writes them as JSON, and draws them."""

import pathlib
import sys

from tfpose.commands import paths, runs
from tfpose.prediction import flags, media, people_files, video, video_writer
from tfpose.pretrained import catalogue


def main(argv=None) -> int:
    """Runs the model on every file, and prints a line about each.

    Args:
        argv: Arguments; those of the command line by default.

    Returns:
        The number of files that could not be read or drawn.

    Raises:
        ValueError: If the flags do not go together, or an output file exists; before anything is written.
    """
    args = flags.parser().parse_args(argv)
    search = media.find(args.paths)
    names = [name for _, name in search.files]
    targets = _targets(args, search.files)
    files, folders = _people_files(args), _label_folders(args, search.files)
    written = [path for path in (*files.values(), *targets) if path and str(path) != people_files.STANDARD_OUTPUT]
    _check_files(written + [folders[form] / file for form in folders for file in _labels(form).names(names)], args)
    cameras = {path: video.Camera(int(path.name), args.max_pixels) for path, _ in search.files if media.is_camera(path)}

    from tfpose.prediction.finding import Finder
    from tfpose.prediction.processing import Processing

    finder = Finder(args, args.model or newest_model(), [path for path, _ in search.files])
    for path, reason in search.skipped:
        print(f"{path}: skipped, {reason}.", file=sys.stderr)
    labels = [_labels(form)(folder, finder.skeleton) for form, folder in folders.items()]
    told = sys.stderr if str(files["lines"]) == people_files.STANDARD_OUTPUT else sys.stdout
    failed = 0
    with people_files.PeopleFiles(finder.skeleton, **files) as people:
        process = Processing(finder, people, labels, args)
        for (path, name), target in zip(search.files, targets, strict=True):
            try:
                if media.is_video(path) or path in cameras:
                    line = process.video(path, target, cameras.get(path))
                else:
                    line = process.photo(path, name, target)
                print(line, file=told)
            except BrokenPipeError:  # Also an OSError, but raised by printing.
                raise
            except OSError as error:
                failed += 1
                print(f"{path}: {error.strerror or error}.", file=sys.stderr)
    _finish(labels, files["json"], len(search.files), failed, told)
    return failed


DEFAULT = "body"  # The model to predict with where nothing was trained or exported, of `pretrained.catalogue`.


def newest_model() -> pathlib.Path | str:
    """Returns the folder of the run or export that was written last; if there is none, the name `DEFAULT`, and says so.

    Raises:
        ValueError: If there is none, and the package has no model of that name.
    """
    files = ("saved_model.pb", "model.onnx", "model.tflite")
    models = [*runs.MODELS.glob("*/best.keras"), *(path for name in files for path in runs.EXPORTS.glob(f"*/{name}"))]
    if not models and DEFAULT in catalogue.names():
        print(f"No run or export is here: `{DEFAULT}` is used, see `tfpose models {DEFAULT}`.", file=sys.stderr)
        return DEFAULT
    if not models:
        raise ValueError(
            "There must be a model; `tfpose train` makes one. "
            f"Received: none in {runs.MODELS}/ or {runs.EXPORTS}/, and no --model."
        )
    return max(models, key=lambda path: path.stat().st_mtime).parent


def _targets(args, files):
    """The file of each drawing, or None."""
    out = paths.local("--out", args.out)
    if args.no_drawing:
        return [None] * len(files)
    if any(media.is_video(path) or media.is_camera(path) for path, _ in files):
        video_writer.encoder()
    return [out / media.name_drawn(name) for _, name in files]


def _people_files(args):
    """The files of `PeopleFiles`, by name of its argument."""
    return {
        "json": paths.local("--json", args.json or pathlib.Path(args.out, "people.json")),
        "lines": paths.local("--jsonl", args.jsonl) if args.jsonl else None,
        "table": paths.local("--csv", args.csv) if args.csv else None,
    }


def _label_folders(args, files):
    """The folder of each form of `--save`."""
    if args.save and (videos := [str(path) for path, _ in files if media.is_video(path) or media.is_camera(path)]):
        raise ValueError(f"`--save` is for photos; `tfpose frames` takes some of a video. Received: {videos[0]}.")
    return {form: pathlib.Path(args.out, form) for form in args.save}


def _labels(form):
    from tfpose.prediction.label_files import FORMS

    return FORMS[form]


def _check_files(paths, args):
    if twice := sorted({str(path) for path in paths if paths.count(path) > 1}):
        raise ValueError(f"Every file must have a name of its own in --out. Received twice: {', '.join(twice)}.")
    if not args.overwrite and (there := [str(path) for path in paths if path.exists()]):
        raise ValueError(f"Files are replaced with --overwrite only. Received: {there[0]}, which exists.")


def _finish(labels, file, count, failed, told):
    """Writes the last files, and prints what was written and what failed."""
    if failed:
        print(f"{failed} of {count} files could not be read or drawn.", file=sys.stderr)
    if failed < count:
        for each in labels:
            each.close()
            print(f"People for annotation tools: {each.folder}", file=told)
        print(f"People of {count - failed} files: {file}", file=told)

"""Command `tfpose predict`: finds the people in photos and videos, writes them as JSON, and draws them."""

import pathlib
import sys

from tfpose import pictures
from tfpose.commands import paths, runs
from tfpose.commands.arguments import ArgumentParser
from tfpose.prediction import media

CROPS = ("frame", "person", "torso", "twice")  # Those of `prediction.cropping`, which imports TensorFlow.


def main(argv=None) -> int:
    """Runs the model on every file, and prints a line about each.

    Args:
        argv: Arguments; those of the command line by default.

    Returns:
        The number of files that could not be read or drawn.

    Raises:
        ValueError: If the flags do not go together, or an output file exists; before anything is written.
    """
    args = parser().parse_args(argv)
    out = paths.local("--out", args.out)
    people_file = paths.local("--json", args.json or out / "people.json")
    search = media.find(args.paths)
    targets = [out / media.name_drawn(name) for _, name in search.files]
    _check_files([people_file, *targets], args.overwrite)
    find, drawer, shown = _tools(args, [path for path, _ in search.files])
    for path, reason in search.skipped:
        print(f"{path}: skipped, {reason}.", file=sys.stderr)
    entries, failed = [], 0
    for (path, _), target in zip(search.files, targets, strict=True):
        target.parent.mkdir(parents=True, exist_ok=True)
        run = _run_on_video if media.is_video(path) else _run_on_photo
        try:
            entries += run(path, target, find, drawer(media.is_video(path)), args.max_pixels)
        except BrokenPipeError:  # An OSError, but of the printing.
            raise
        except OSError as error:
            failed += 1
            print(f"{path}: {error.strerror or error}.", file=sys.stderr)
    entries = [{**shown, **entry} for entry in entries]
    _write_people(people_file, entries, len(search.files), failed)
    return failed


def describe(people, skeleton) -> list[dict]:
    """Returns people `[N, K, 3]` as JSON: the mean score of each, and `(x, y, score)` by name of the keypoint."""
    people = [[[round(float(value), 3) for value in keypoint] for keypoint in person] for person in people]
    return [
        {
            "score": round(sum(score for *_, score in person) / len(person), 3),
            "keypoints": dict(zip(skeleton.keypoints, person, strict=True)),
        }
        for person in people
    ]


def newest_model() -> pathlib.Path:
    """Returns the folder of the run or export that was written last.

    Raises:
        ValueError: If there is none.
    """
    files = ("saved_model.pb", "model.onnx", "model.tflite")
    models = [*runs.MODELS.glob("*/best.keras"), *(path for name in files for path in runs.EXPORTS.glob(f"*/{name}"))]
    if not models:
        raise ValueError(
            "There must be a model; `tfpose train` makes one. "
            f"Received: none in {runs.MODELS}/ or {runs.EXPORTS}/, and no --model."
        )
    return max(models, key=lambda path: path.stat().st_mtime).parent


def parser() -> ArgumentParser:
    """Returns the parser of the command line."""
    parser = ArgumentParser(prog="tfpose predict", description="Finds the people in photos and videos.")
    add = parser.add_argument
    add("paths", nargs="+", metavar="PHOTO", help="photos, videos, or folders of them")
    add("--model", help="run folder, .keras file or export (default: the newest run or export)")
    add("--out", default="found", metavar="DIR", help="folder for the drawings (default: %(default)s)")
    add("--json", metavar="FILE", help="file for the people (default: people.json in --out)")
    add(
        "--crop",
        choices=CROPS,
        help="what a single-person network is shown: the frame; with --boxes, the surroundings of each person or "
        "torso; twice: the frame, then the surroundings of the answer, for networks trained on crops (default: as in "
        "training, if there are --boxes)",
    )
    add("--boxes", metavar="FILE", help="boxes of a detector, JSON in COCO's form; one person is found in each")
    add("--min_box_score", type=float, default=0.0, help="leave out boxes with a lower score (default: %(default)s)")
    add(
        "--torso_prior",
        action="store_true",
        help="weight the maps by where keypoints lie around torso boxes in the training records; needs --boxes",
    )
    add("--scales", type=_numbers, default=(1.0,), help="views to average, such as 0.8,1.0,1.2; not for exports")
    add("--mirror", action="store_true", help="average every view with its mirror image; not for exports")
    add("--complete", action="store_true", help="search for missing keypoints by their tags; multi-person networks")
    add("--torso", type=_numbers, metavar="X,Y", help="middle of the torso in pixels, for networks with that input")
    add("--min_score", type=float, default=0.0, help="keypoints below it are not drawn (default: %(default)s)")
    add(
        "--max_pixels",
        type=int,
        default=pictures.MAX_PIXELS,
        help="refuse larger images, before decoding them (default: %(default)s)",
    )
    add("--overwrite", action="store_true", help="replace files that exist")
    return parser


def _numbers(text):
    return tuple(float(number) for number in text.split(","))


def _check_files(paths, overwrite):
    if twice := {str(path) for path in paths if paths.count(path) > 1}:
        raise ValueError(
            f"Every file must have a name of its own in --out. Received twice: {', '.join(sorted(twice))}."
        )
    if not overwrite and (there := [str(path) for path in paths if path.exists()]):
        raise ValueError(f"Files are replaced with --overwrite only. Received: {there[0]}, which exists.")


def _tools(args, paths):
    """Two functions, image, path → people and their description, and a maker of image, people → drawing; and the crop.

    The maker is called for every file: in a video, each person has one colour, if the network finds several.
    """
    from tfpose.prediction import cropping
    from tfpose.prediction.tracking import Tracker
    from tfpose.visualize import draw_people

    predictor = _predictor(args)
    boxes = _boxes(args, paths)
    crop = args.crop or _default_crop(predictor, args)
    given = {"with_boxes": bool(boxes), "with_prior": args.torso_prior, "with_torso": bool(args.torso)}
    cropping.check(predictor, crop, **given)
    options = {"torso": args.torso} if args.torso else {}

    def find(image, path):
        people = cropping.find(predictor, image, crop, boxes(path) if boxes else None, **options)
        return people, describe(people, predictor.skeleton)

    def drawer(is_video):
        number = Tracker(predictor.skeleton) if is_video and predictor.several else lambda people: None

        def draw(image, people):
            return draw_people(image, people, predictor.skeleton, min_score=args.min_score, numbers=number(people))

        return draw

    return find, drawer, {"crop": crop} | ({"torso_prior": True} if args.torso_prior else {})


def _predictor(args):
    from tfpose.prediction.predictor import Predictor

    model = args.model or newest_model()
    options = {"scales": args.scales, "mirror": args.mirror, "complete": args.complete}
    if args.torso_prior:
        from tfpose.prediction.loading import fit_torso_prior, load_model

        options["torso_prior"] = fit_torso_prior(model, load_model(model).skeleton.keypoints)
    return Predictor.load(model, **options)


def _boxes(args, paths):
    """The `Detections` of `--boxes`, or none."""
    if not args.boxes:
        return None
    from tfpose.prediction.detections import Detections

    if videos := [str(path) for path in paths if media.is_video(path)]:
        raise ValueError(f"`--boxes` is for photos. Received: {videos[0]}.")
    boxes = Detections(args.boxes, args.min_box_score)
    if not any(len(boxes(path)) for path in paths):
        raise ValueError(f"`--boxes` must have boxes for one of the photos. Received: {args.boxes}, with none.")
    if boxes.left_out:
        print(f"{args.boxes}: {boxes.left_out} boxes left out, of low scores or not of people.", file=sys.stderr)
    return boxes


def _default_crop(predictor, args):
    """The crop of the training, if there are boxes for it, else the frame, with a hint if that was not trained on."""
    trained = predictor.crop or "frame"
    if args.boxes:
        return "person" if trained == "frame" and not args.torso_prior else trained
    if trained != "frame":
        print(
            f"The network was trained on crops of the {trained}, and is shown whole images; see --crop and --boxes.",
            file=sys.stderr,
        )
    return "frame"


def _run_on_photo(path, target, find, draw, max_pixels):
    photo = pictures.read_photo(path, max_pixels)
    people, described = find(photo, path)
    pictures.write_photo(target, draw(photo, people))
    scores = ", ".join(f"{person['score']:.2f}" for person in described)
    print(f"{path}: {_count(described)}{' of score ' if scores else ''}{scores}, drawn in {target}")
    return [{"image": str(path), "people": described}]


def _run_on_video(path, target, find, draw, max_pixels):
    entries = []
    video = media.Video(path, max_pixels)
    with media.VideoWriter(target, video.rate) as writer:
        for number, frame in enumerate(video):
            people, described = find(frame, path)
            writer.write(draw(frame, people))
            entries.append({"image": str(path), "frame": number, "people": described})
        if not entries:
            raise OSError("No frame can be read from it")
    print(f"{path}: {sum(bool(e['people']) for e in entries)} of {len(entries)} frames with people, drawn in {target}")
    return entries


def _count(people):
    return {0: "nobody", 1: "1 person"}.get(len(people), f"{len(people)} people")


def _write_people(file, entries, count, failed):
    if failed:
        print(f"{failed} of {count} files could not be read or drawn.", file=sys.stderr)
    if failed < count:
        file.parent.mkdir(parents=True, exist_ok=True)
        runs.write_json(file, entries)
        print(f"People of {count - failed} files: {file}")

"""Command `tfpose predict`: finds the people in photos and videos, writes them as JSON, and draws them."""

import pathlib
import sys

from tfpose import paths, runs
from tfpose.arguments import ArgumentParser
from tfpose.prediction import media


def main(argv=None) -> int:
    """Looks at every file, and prints a line about each.

    Returns:
        How many files could not be read.

    Raises:
        ValueError: If the flags do not go together, or a file is there already; before anything is written.
    """
    args = _parser().parse_args(argv)
    out = paths.local("--out", args.out)
    people_file = paths.local("--json", args.json or out / "people.json")
    files = media.find(args.paths)
    targets = [out / media.name_drawn(name) for _, name in files]
    _check_files([people_file, *targets], args.overwrite)
    look, drawer = _tools(args)
    entries, unread = [], 0
    for (path, _), target in zip(files, targets, strict=True):
        target.parent.mkdir(parents=True, exist_ok=True)
        show = _show_video if media.is_video(path) else _show_photo
        try:
            entries += show(path, target, look, drawer(media.is_video(path)))
        except OSError as error:
            unread += 1
            print(f"{path}: {error.strerror or error}.", file=sys.stderr)
    if unread:
        print(f"{unread} of {len(files)} files could not be read.", file=sys.stderr)
    if unread < len(files):
        people_file.parent.mkdir(parents=True, exist_ok=True)
        runs.write_json(people_file, entries)
        print(f"People of {len(files) - unread} files: {people_file}")
    return unread


def describe(people, skeleton) -> list[dict]:
    """People `[N, K, 3]` as JSON: the mean score of each, and `(x, y, score)` by the name of the keypoint."""
    people = [[[round(float(value), 3) for value in keypoint] for keypoint in person] for person in people]
    return [
        {
            "score": round(sum(score for *_, score in person) / len(person), 3),
            "keypoints": dict(zip(skeleton.keypoints, person, strict=True)),
        }
        for person in people
    ]


def newest_model() -> pathlib.Path:
    """The run or export that was written last.

    Raises:
        ValueError: If there is none.
    """
    models = [*runs.MODELS.glob("*/best.keras"), *runs.EXPORTS.glob("*/saved_model.pb")]
    if not models:
        raise ValueError(
            "There must be a model; `tfpose train` makes one. "
            f"Received: none in {runs.MODELS}/ or {runs.EXPORTS}/, and no --model."
        )
    return max(models, key=lambda path: path.stat().st_mtime).parent


def _parser():
    parser = ArgumentParser(prog="tfpose predict", description="Finds the people in photos and videos.")
    add = parser.add_argument
    add("paths", nargs="+", metavar="PHOTO", help="photos, videos, or folders of them")
    add("--model", help="a run, a .keras file or an export (default: the newest run or export)")
    add("--out", default="found", metavar="DIR", help="where to draw the people (default: %(default)s)")
    add("--json", metavar="FILE", help="where to write the people (default: people.json in --out)")
    add("--scales", type=_numbers, default=(1.0,), help="views to average, such as 0.8,1.0,1.2; of a run only")
    add("--mirror", action="store_true", help="average every view with its mirror image; of a run only")
    add("--complete", action="store_true", help="look again for missing keypoints; of a run that tags them only")
    add("--torso", type=_numbers, metavar="X,Y", help="middle of the torso in pixels, for models that must be told")
    add("--min_score", type=float, default=0.0, help="keypoints below it are not drawn (default: %(default)s)")
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


def _tools(args):
    """Two functions: picture → people and their description; and a maker of picture, people → picture with them drawn.

    The maker is asked for every file: it draws who goes through a video in one colour, if there may be several.
    """
    from tfpose.prediction.predictor import Predictor
    from tfpose.prediction.tracking import Tracker
    from tfpose.visualize import draw_people

    options = {"scales": args.scales, "mirror": args.mirror, "complete": args.complete}
    predictor = Predictor.load(args.model or newest_model(), **options)

    def look(picture):
        people = predictor(picture, **({"torso": args.torso} if args.torso else {}))
        return people, describe(people, predictor.skeleton)

    def drawer(is_video):
        number = Tracker(predictor.skeleton) if is_video and predictor.several else lambda people: None

        def draw(picture, people):
            return draw_people(picture, people, predictor.skeleton, min_score=args.min_score, numbers=number(people))

        return draw

    return look, drawer


def _show_photo(path, target, look, draw):
    photo = media.read_photo(path)
    people, described = look(photo)
    media.write_photo(target, draw(photo, people))
    scores = ", ".join(f"{person['score']:.2f}" for person in described)
    print(f"{path}: {_count(described)}{' of score ' if scores else ''}{scores}, drawn in {target}")
    return [{"image": str(path), "people": described}]


def _show_video(path, target, look, draw):
    entries = []
    video = media.Video(path)
    with media.VideoWriter(target, video.rate) as writer:
        for frame, picture in enumerate(video):
            people, described = look(picture)
            writer.write(draw(picture, people))
            entries.append({"image": str(path), "frame": frame, "people": described})
        if not entries:
            raise OSError("No picture can be read from it")
    print(f"{path}: {sum(bool(e['people']) for e in entries)} of {len(entries)} frames with people, drawn in {target}")
    return entries


def _count(people):
    return {0: "nobody", 1: "1 person"}.get(len(people), f"{len(people)} people")

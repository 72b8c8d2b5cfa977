"""Files of the people found: JSON, JSON lines and CSV. Written image by image, so that memory does not grow."""

import contextlib
import csv
import json
import sys

from tfpose.commands.paths import replacing

STANDARD_OUTPUT = "-"


def describe(people, skeleton, numbers=None) -> list[dict]:
    """Returns people as JSON: the mean score of each, and `[x, y, score]` by name of the keypoint.

    Args:
        people: `[N, K, 3]`: `(x, y, score)` in pixels.
        skeleton: The `Skeleton` of the keypoints.
        numbers: `[N]`: numbers of their tracks in a video, written as `track_id`.
    """
    people = [[[round(float(value), 3) for value in keypoint] for keypoint in person] for person in people]
    tracks = [{}] * len(people) if numbers is None else [{"track_id": int(number)} for number in numbers]
    return [
        {
            **track,
            "score": round(sum(score for *_, score in person) / len(person), 3),
            "keypoints": dict(zip(skeleton.keypoints, person, strict=True)),
        }
        for person, track in zip(people, tracks, strict=True)
    ]


class PeopleFiles:
    """Writes the people of one image or frame after the other, as a context manager.

    The JSON file is there whole at the end, or not at all. Of JSON lines and CSV, what is written can be read at once,
    and stays after an interruption. No file is made before there is something to write.

    Args:
        skeleton: The `Skeleton` of the keypoints, which are the columns of the CSV.
        json: File for one list of all images.
        lines: File for one line of JSON per image or frame; `-`: standard output.
        table: File for one row of CSV per person and image.
    """

    def __init__(self, skeleton, *, json=None, lines=None, table=None):
        self._skeleton = skeleton
        self._json, self._lines, self._table = json, lines, table
        self._open = contextlib.ExitStack()
        self._files = None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None and self._files is not None and self._json:
            self._files["json"].write("\n]\n")
        return self._open.__exit__(kind, error, trace)

    def add(self, entry):
        """Adds an image or frame.

        Args:
            entry: A dict with `image`, perhaps `frame` and `time`, and `people` as `describe` returns them.
        """
        is_first = self._files is None
        if is_first:
            self._files = self._opened()
        if self._json:
            self._files["json"].write(("[\n" if is_first else ",\n") + text(entry))
        if self._lines:
            self._files["lines"].write(json.dumps(entry) + "\n")
            self._files["lines"].flush()
        if self._table:
            rows = csv.writer(self._files["table"], lineterminator="\n")
            if is_first:
                rows.writerow(columns(self._skeleton))
            rows.writerows(_rows(entry))
            self._files["table"].flush()

    def _opened(self):
        files = {}
        if self._json:
            self._json.parent.mkdir(parents=True, exist_ok=True)
            partial = self._open.enter_context(replacing(self._json))
            files["json"] = self._open.enter_context(partial.open("w", encoding="utf-8"))
        if str(self._lines) == STANDARD_OUTPUT:
            files["lines"] = sys.stdout
        elif self._lines:
            self._lines.parent.mkdir(parents=True, exist_ok=True)
            files["lines"] = self._open.enter_context(self._lines.open("w", encoding="utf-8"))
        if self._table:
            self._table.parent.mkdir(parents=True, exist_ok=True)
            files["table"] = self._open.enter_context(self._table.open("w", encoding="utf-8", newline=""))
        return files


def text(entry) -> str:
    """Returns an entry as JSON with one line per person."""
    head = json.dumps({name: value for name, value in entry.items() if name != "people"})[:-1]
    people = ",\n  ".join(map(json.dumps, entry["people"]))
    return f'{head}, "people": [' + (f"\n  {people}\n]}}" if people else "]}")


def columns(skeleton) -> list[str]:
    """Returns the head of the CSV: image, frame, time, track_id, score, and x, y and score of each keypoint."""
    keypoints = [f"{name}_{value}" for name in skeleton.keypoints for value in ("x", "y", "score")]
    return ["image", "frame", "time", "track_id", "score", *keypoints]


def _rows(entry):
    for person in entry["people"]:
        keypoints = [value for keypoint in person["keypoints"].values() for value in keypoint]
        yield [
            entry["image"],
            entry.get("frame", ""),
            entry.get("time", ""),
            person.get("track_id", ""),
            person["score"],
            *keypoints,
        ]

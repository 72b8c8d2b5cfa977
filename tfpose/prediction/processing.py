"""Finds, tracks, draws and writes the people of one photo, video or camera."""

import itertools
import sys
from time import perf_counter
from typing import NamedTuple

from tqdm import tqdm

from tfpose import pictures
from tfpose.prediction.finding import Finder
from tfpose.prediction.label_files import LabelFiles
from tfpose.prediction.people_files import PeopleFiles, describe
from tfpose.prediction.smoothing import OneEuroFilter
from tfpose.prediction.tracking import Tracker
from tfpose.prediction.video import Camera, Video
from tfpose.prediction.video_writer import VideoWriter
from tfpose.visualize import draw_people


class Processing(NamedTuple):
    """What is done with each file.

    Attributes:
        finder: Finds the people.
        files: Files of the people.
        labels: Files of the people of photos for annotation tools.
        args: The parsed flags of `tfpose predict`.
    """

    finder: Finder
    files: PeopleFiles
    labels: list[LabelFiles]
    args: object

    def photo(self, path, name, target) -> str:
        """Processes a photo.

        Args:
            path: Its file.
            name: Its path relative to the folder that was searched.
            target: File of the drawing, or None.

        Returns:
            A line on what was found.

        Raises:
            OSError: If it cannot be read or drawn.
        """
        photo = pictures.read_photo(path, self.args.max_pixels)
        people = self.finder.photo(photo, path)
        drawn = ""
        if target:
            target.parent.mkdir(parents=True, exist_ok=True)
            pictures.write_photo(target, self._draw(photo, people))
            drawn = f", drawn in {target}"
        described = describe(people, self.finder.skeleton)
        self.files.add({"image": str(path), **self.finder.shown, "people": described})
        for labels in self.labels:
            labels.add(path, name, photo.shape[:2], people)
        scores = ", ".join(f"{person['score']:.2f}" for person in described)
        return f"{path}: {_count(described)}{' of score ' if scores else ''}{scores}{drawn}"

    def video(self, path, target, camera=None) -> str:
        """Processes a video frame by frame; an interruption ends that of a camera as its last frame would.

        Args:
            path: Its file.
            target: File of the drawing, or None.
            camera: The `Camera` to take the frames of; by default the file is read.

        Returns:
            A line on what was found.

        Raises:
            OSError: If it cannot be read or drawn.
        """
        frames = camera or Video(path, self.args.max_pixels)
        if not target:
            return self._frames(frames, str(path), lambda frame, people, numbers, time: None)
        target.parent.mkdir(parents=True, exist_ok=True)
        with VideoWriter(target, frames.rate, None if camera else path) as writer:

            def draw(frame, people, numbers, time):
                writer.write(self._draw(frame, people, numbers if self.finder.several else None), time)

            return self._frames(frames, str(path), draw) + f", drawn in {target}"

    def _frames(self, frames, name, draw):
        """Finds the people of all frames; a line on what was found."""
        total = min(frames.num_frames or sys.maxsize, self.args.max_frames or sys.maxsize)
        # Without a terminal there is no bar, but the line at the end has the frames per second, too.
        bar = {"total": None if total == sys.maxsize else total, "unit": "frame", "disable": None, "leave": False}
        count = with_people = 0
        start = perf_counter()
        try:
            for time, frame, people, numbers in tqdm(self._tracked(frames), **bar):
                draw(frame, people, numbers, time)
                described = describe(people, self.finder.skeleton, numbers)
                entry = {"image": name, **self.finder.shown, "frame": count, "time": round(time, 4)}
                self.files.add({**entry, "people": described})
                count, with_people = count + 1, with_people + bool(described)
        except KeyboardInterrupt:
            if not isinstance(frames, Camera):
                raise
        if not count:
            raise OSError("No frame can be read from it")
        rate = count / (perf_counter() - start)
        return f"{name}: {with_people} of {count} frames with people, {rate:.1f} frames/s"

    def _tracked(self, frames):
        """Yields the time of each frame, its image, its people and the numbers of their tracks."""
        track = Tracker(self.finder.skeleton, self.args.max_gap)
        smooth = OneEuroFilter(*self.args.smooth) if self.args.smooth else lambda people, numbers, time: people
        for chunk in _chunks(itertools.islice(frames, self.args.max_frames), self.args.batch):
            found = self.finder.frames([frame for _, frame in chunk])
            for (time, frame), people in zip(chunk, found, strict=True):
                numbers = track(people)
                yield time, frame, smooth(people, numbers, time), numbers

    def _draw(self, image, people, numbers=None):
        least = self.args.min_keypoint_score
        return draw_people(image, people, self.finder.skeleton, min_score=least, numbers=numbers)


def _chunks(items, size):
    """Lists of `size` items each, the last perhaps of fewer; as `itertools.batched` of Python 3.12."""
    items = iter(items)
    while chunk := list(itertools.islice(items, size)):
        yield chunk


def _count(people):
    return {0: "nobody", 1: "1 person"}.get(len(people), f"{len(people)} people")

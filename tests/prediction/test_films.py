"""`tfpose predict` on films: tracks, files, batches and cameras."""

import csv
import json
import sys

import numpy as np
import pytest

from tests.prediction import films
from tests.prediction.bar_photos import run, write
from tests.small_networks import SIZE, SKELETON
from tfpose.prediction import processing, video
from tfpose.prediction.predictor import Predictor

pytest.importorskip("av", reason="needs the extra video")
COUNT = 6


@pytest.fixture
def film(here):
    """A film of a bar in the folder, and its keypoints `[N, 3, 2]`."""
    pictures, keypoints = zip(*films.frames(COUNT), strict=True)
    films.write(here / "film.mp4", pictures, sound="aac")
    return np.array(keypoints)


def found(entries):
    return np.array([[xy for *xy, _ in entry["people"][0]["keypoints"].values()] for entry in entries])


def test_a_video_is_looked_at_frame_by_frame(here, film, capsys):
    assert run("film.mp4") == 0
    entries = json.loads((here / "found" / "people.json").read_text())
    assert [entry["frame"] for entry in entries] == list(range(COUNT))
    np.testing.assert_allclose([entry["time"] for entry in entries], np.arange(COUNT) / films.RATE, atol=1e-3)
    assert all(list(entry["people"][0]) == ["track_id", "score", "keypoints"] for entry in entries)
    assert {entry["people"][0]["track_id"] for entry in entries} == {0}
    np.testing.assert_allclose(found(entries), film, atol=2)
    drawn = video.Video(here / "found" / "film.mp4")
    assert drawn.rate == films.RATE and len(list(drawn)) == COUNT
    assert f"film.mp4: {COUNT} of {COUNT} frames with people, " in (told := capsys.readouterr().out)
    assert "frames/s, drawn in found/film.mp4" in told


def test_the_json_has_one_line_per_person(here, film):
    run("film.mp4", "--max_frames=2", "--no_drawing")
    lines = (here / "found" / "people.json").read_text().splitlines()
    assert len(lines) == 2 + 3 * 2 and not (here / "found" / "film.mp4").exists()
    assert lines[1] == '{"image": "film.mp4", "crop": "frame", "frame": 0, "time": 0.0, "people": ['
    assert lines[2].startswith('  {"track_id": 0, "score": ') and lines[3] == "]},"


def test_json_lines_and_csv_hold_the_same_people(here, film):
    write(here / "empty.png", np.zeros((*SIZE, 3), np.uint8))
    run("film.mp4", "empty.png", "--jsonl=a/people.jsonl", "--csv=a/people.csv", "--min_score=0.2")
    entries = json.loads((here / "found" / "people.json").read_text())
    assert [json.loads(line) for line in (here / "a" / "people.jsonl").read_text().splitlines()] == entries
    assert len(entries) == COUNT + 1 and entries[-1]["people"] == []
    with (here / "a" / "people.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["image"], row["frame"], row["track_id"]) for row in rows] == [
        ("film.mp4", str(i), "0") for i in range(COUNT)
    ]
    for name in SKELETON.keypoints:
        values = [[float(row[f"{name}_{value}"]) for value in ("x", "y", "score")] for row in rows]
        assert values == [entry["people"][0]["keypoints"][name] for entry in entries[:-1]]


def test_json_lines_can_be_piped(here, film, capsys):
    run("film.mp4", "--jsonl=-", "--max_frames=3")
    told = capsys.readouterr()
    assert [json.loads(line)["frame"] for line in told.out.splitlines()] == [0, 1, 2]
    assert "3 of 3 frames" in told.err


def test_lines_are_there_before_the_end(here, film, monkeypatch):
    seen = []
    draw = processing.draw_people

    def look(*args, **options):
        lines = here / "people.jsonl"
        seen.append(len(lines.read_text().splitlines()) if lines.exists() else 0)
        if len(seen) == 4:
            raise KeyboardInterrupt
        return draw(*args, **options)

    monkeypatch.setattr(processing, "draw_people", look)
    with pytest.raises(KeyboardInterrupt):
        run("film.mp4", "--jsonl=people.jsonl")
    assert seen == [0, 1, 2, 3] and len((here / "people.jsonl").read_text().splitlines()) == 3
    assert list((here / "found").iterdir()) == []


@pytest.mark.parametrize("size", [1, 4, 100])
def test_batches_find_the_same(here, film, size):
    run("film.mp4", f"--batch={size}", "--no_drawing")
    entries = json.loads((here / "found" / "people.json").read_text())
    assert len(entries) == COUNT
    np.testing.assert_allclose(found(entries), film, atol=2)


def test_batches_are_run_at_once_and_equal_single_frames(here, film, finder):
    from tfpose.prediction.batching import BatchFinder

    pictures = [picture for picture, _ in films.frames(3)]
    together = BatchFinder(finder)(pictures)
    for picture, people in zip(pictures, together, strict=True):
        np.testing.assert_allclose(people, finder(picture), atol=1e-3)


@pytest.mark.parametrize("flag", ["--mirror", "--scales=0.8,1", "--crop=twice"])
def test_batches_of_several_views_are_refused(here, film, flag):
    with pytest.raises(ValueError, match="`--batch` is for one plain view of whole frames"):
        run("film.mp4", "--batch=2", flag)
    assert not (here / "found").exists()


def test_smoothing_keeps_people_where_they_are(here, film):
    run("film.mp4", "--smooth", "--no_drawing")
    smooth = found(json.loads((here / "found" / "people.json").read_text()))
    run("film.mp4", "--no_drawing", "--overwrite")
    plain = found(json.loads((here / "found" / "people.json").read_text()))
    assert np.array_equal(smooth[0], plain[0]) and 0 < np.abs(smooth[1:] - plain[1:]).max() < 15


@pytest.mark.parametrize("flag", ["--smooth=0,1", "--smooth=1", "--batch=0", "--max_gap=-1", "--save=voc"])
def test_values_that_are_none_are_refused(here, film, flag, capsys):
    with pytest.raises(SystemExit):
        run("film.mp4", flag)
    assert "must be" in capsys.readouterr().err


def test_without_pyav_nothing_is_written_and_the_people_can_be(here, film, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ValueError, match=r"tfpose\[video\].*--no_drawing"):
        run("film.mp4")
    assert not (here / "found").exists()
    assert run("film.mp4", "--no_drawing") == 0


def test_a_camera_is_drawn_until_it_is_interrupted(here, monkeypatch, capsys):
    class Frames(video.Camera):
        def __init__(self, number, max_pixels):
            assert number == 0
            self.rate, self.num_frames = 10.0, None

        def __iter__(self):
            for i, (picture, _) in enumerate(films.frames(3)):
                yield i / 10, picture
            raise KeyboardInterrupt

    monkeypatch.setattr(video, "Camera", Frames)
    monkeypatch.setattr(processing, "Camera", Frames)
    assert run("0") == 0
    assert len(list(video.Video(here / "found" / "camera_0.mp4"))) == 3
    entries = json.loads((here / "found" / "people.json").read_text())
    assert [(entry["image"], entry["frame"], entry["time"]) for entry in entries] == [
        ("0", 0, 0),
        ("0", 1, 0.1),
        ("0", 2, 0.2),
    ]


def test_without_a_camera_nothing_is_written(here):
    with pytest.raises(ValueError, match="A camera must be connected.*camera 97"):
        run("97")
    assert not list(here.iterdir())


def test_a_file_named_as_a_camera_is_a_file(here):
    write(here / "photo.png")
    (here / "photo.png").rename(here / "0")
    assert run("0") == 0
    assert (here / "found" / "0.jpg").is_file()


def test_who_scores_less_is_not_reported(here, film):
    run("film.mp4", "--min_score=0.99", "--no_drawing")
    assert not any(entry["people"] for entry in json.loads((here / "found" / "people.json").read_text()))


@pytest.mark.slow
def test_memory_stays_flat_over_ten_thousand_frames(here, monkeypatch):
    """Drawn, tracked, smoothed and written; the network is a stand-in."""
    import resource

    class Standing:
        skeleton, several, takes_torso, crop = SKELETON, True, False, None

        def __call__(self, image):
            seen.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
            return np.array([[[10, 10, 1], [30, 10, 1], [20, 10, 1]]], "float32")

    seen = []
    films.write(here / "film.mp4", [np.full((48, 64, 3), i % 200, np.uint8) for i in range(10_000)], rate=25)
    monkeypatch.setattr(Predictor, "load", lambda path, **options: Standing())
    assert run("film.mp4", "--jsonl=a.jsonl", "--csv=a.csv", "--smooth") == 0
    assert len(seen) == 10_000 and seen[-1] - seen[1000] < 20_000  # kB

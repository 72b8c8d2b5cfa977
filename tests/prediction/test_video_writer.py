import resource
import sys

import cv2
import numpy as np
import pytest

from tests.prediction import films
from tfpose.prediction import video_writer
from tfpose.prediction.video import Camera, Video
from tfpose.prediction.video_writer import VideoWriter

av = pytest.importorskip("av", reason="needs the extra video")
PICTURE = films.frames(1)[0][0]


def inspect(path):
    """What a player learns of a file: of the video stream and the sound."""
    with av.open(str(path)) as container:
        video, *audio = (*container.streams.video, *container.streams.audio)
        times = [round(frame.time, 3) for frame in container.decode(video)]
        told = {"codec": video.codec_context.name, "pixels": video.codec_context.pix_fmt, "times": times}
        told["size"] = (video.height, video.width)
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(container.streams.audio) if p.size] if audio else []
        told["sound"] = [stream.codec_context.name for stream in audio]
        told["heard"] = [float(p.pts * p.time_base) for p in packets]
    return told


def redraw(source, target):
    frames = Video(source)
    with VideoWriter(target, frames.rate, source) as writer:
        for time, frame in frames:
            writer.write(frame, time)
    return inspect(target)


def test_a_video_is_h264_that_browsers_play(tmp_path):
    with VideoWriter(tmp_path / "film.mp4", 12.0) as writer:
        for picture, _ in films.frames(5):
            writer.write(picture)
    told = inspect(tmp_path / "film.mp4")
    assert (told["codec"], told["pixels"], told["sound"]) == ("h264", "yuv420p", [])
    np.testing.assert_allclose(told["times"], np.arange(5) / 12, atol=2e-3)
    content = (tmp_path / "film.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")  # The index comes first, for players that stream.


def test_the_frames_come_back(tmp_path):
    pictures = [picture for picture, _ in films.frames(4)]
    with VideoWriter(tmp_path / "film.mp4", 12.0) as writer:
        for picture in pictures:
            writer.write(picture)
    read = [frame for _, frame in Video(tmp_path / "film.mp4")]
    assert np.abs(np.array(read, "float32") - pictures).mean() < 3


def test_odd_sizes_are_made_even(tmp_path):
    with VideoWriter(tmp_path / "film.mp4", 12.0) as writer:
        writer.write(PICTURE[:95, :127])
    assert inspect(tmp_path / "film.mp4")["size"] == PICTURE.shape[:2]


@pytest.mark.parametrize(
    ("name", "codec", "sound", "hertz", "kept"),
    [
        ("film.mp4", "libx264", "aac", 16000, "aac"),
        ("film.webm", "libvpx-vp9", "libopus", 48000, "opus"),
        ("film.ts", "libx264", "aac", 48000, "aac"),
        ("film.avi", "mpeg4", "pcm_s16le", 16000, "aac"),
        ("film.avi", "mpeg4", "libmp3lame", 44100, "aac"),
    ],
)
def test_the_sound_is_kept(name, codec, sound, hertz, kept, tmp_path):
    pictures = [picture for picture, _ in films.frames(12)]
    films.write(tmp_path / name, pictures, codec=codec, sound=sound, hertz=hertz)
    told = redraw(tmp_path / name, tmp_path / "drawn.mp4")
    assert told["sound"] == [kept] and len(told["times"]) == 12
    assert told["heard"][0] < 0.1 and 0.9 < told["heard"][-1] < 1.1


def test_sound_that_is_copied_stays_as_it_is_bit_for_bit(tmp_path):
    films.write(tmp_path / "film.mp4", [PICTURE] * 12, sound="aac")
    redraw(tmp_path / "film.mp4", tmp_path / "drawn.mp4")
    packets = []
    for name in ("film.mp4", "drawn.mp4"):
        with av.open(str(tmp_path / name)) as container:
            packets.append([bytes(p) for p in container.demux(container.streams.audio[0]) if p.size and p.pts >= 0])
    assert packets[0] == packets[1] and packets[0]


def test_frames_stay_at_their_times_where_the_rate_varies(tmp_path):
    times = [0, 33, 100, 120, 200, 433, 500]
    films.write(tmp_path / "film.mp4", [picture for picture, _ in films.frames(7)], rate=30, times=times)
    told = redraw(tmp_path / "film.mp4", tmp_path / "drawn.mp4")
    np.testing.assert_allclose(told["times"], np.array(times) / 1000, atol=2e-3)


def test_a_film_turned_by_its_metadata_is_drawn_upright(tmp_path):
    pytest.importorskip("cv2")
    films.write(tmp_path / "film.mp4", [np.rot90(PICTURE)] * 3)  # Turned to the left; players turn it back.
    films.turn(tmp_path / "film.mp4")
    assert redraw(tmp_path / "film.mp4", tmp_path / "drawn.mp4")["size"] == PICTURE.shape[:2]
    (_, frame), *_ = Video(tmp_path / "drawn.mp4")
    assert np.abs(frame.astype("float32") - PICTURE).mean() < 3


def test_a_broken_off_video_leaves_no_file(tmp_path):
    with pytest.raises(KeyboardInterrupt), VideoWriter(tmp_path / "film.mp4", 12.0) as writer:
        writer.write(PICTURE)
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_an_error_of_the_file(tmp_path):
    with pytest.raises(OSError), VideoWriter(tmp_path / "nowhere" / "film.mp4", 12.0) as writer:
        writer.write(PICTURE)


def test_without_pyav_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ValueError, match=r'pip install "tfpose\[video\]"'):
        video_writer.encoder()


def test_without_an_encoder_the_known_ones_are_named(monkeypatch):
    monkeypatch.setattr(video_writer, "ENCODERS", {"libnowhere264": {}})
    with pytest.raises(ValueError, match="without. Known: libnowhere264"):
        video_writer.encoder()


@pytest.mark.parametrize("name", ["libx264", "libopenh264"])
def test_each_encoder_writes_h264(name, tmp_path, monkeypatch):
    try:
        av.codec.Codec(name, "w")
    except ValueError:
        pytest.skip(f"this build of FFmpeg has no {name}")
    monkeypatch.setattr(video_writer, "ENCODERS", {name: video_writer.ENCODERS[name]})
    with VideoWriter(tmp_path / "film.mp4", 12.0) as writer:
        for picture, _ in films.frames(3):
            writer.write(picture)
    assert inspect(tmp_path / "film.mp4")["codec"] == "h264"


def test_without_a_camera_there_is_one_error():
    with pytest.raises(ValueError, match="A camera must be connected.*camera 99"):
        Camera(99)


def test_a_camera_is_timed_by_the_clock(monkeypatch):
    class Capture:
        def __init__(self, number):
            self.left = 3

        def isOpened(self):
            return True

        def set(self, key, value):
            pass

        def get(self, key):
            return {cv2.CAP_PROP_FRAME_WIDTH: 128, cv2.CAP_PROP_FRAME_HEIGHT: 96}.get(key, -1)

        def read(self):
            self.left -= 1
            return self.left >= 0, PICTURE[..., ::-1]

        def release(self):
            pass

    monkeypatch.setattr(cv2, "VideoCapture", Capture)
    camera = Camera(0)
    monkeypatch.setattr("time.monotonic", iter([100.0, 100.5, 102.0]).__next__)
    assert (camera.rate, camera.num_frames) == (25, None)
    found = list(camera)
    assert [time for time, _ in found] == [0, 0.5, 2] and np.array_equal(found[0][1], PICTURE)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_frames(tmp_path):
    frame = np.zeros((48, 64, 3), "uint8")
    with VideoWriter(tmp_path / "film.mp4", 25.0) as writer:
        for i in range(10_000):
            writer.write(np.full_like(frame, i % 256))
            if i == 1000:
                early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - early < 20_000  # kB; the frames would be 92 MB.

"""Short films of a moving bar, with sound, at a rate that varies, or turned by their metadata."""

import fractions
import struct

import numpy as np

from tests.small_networks import bar

SIZE = (96, 128)
RATE = 12


def frames(count, size=SIZE):
    """Pictures of a bar that moves to the right by 5 px per frame, and its keypoints."""
    return [bar(size, (40 + 5 * i, 40), 30) for i in range(count)]


def write(path, pictures, *, rate=RATE, times=None, codec="libx264", sound=None, hertz=16000):
    """Writes a film by PyAV; `times` in milliseconds; `sound` is the name of a codec for a second of a tone."""
    av = __import__("av")
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=rate)
        video.height, video.width = pictures[0].shape[:2]
        video.pix_fmt = "yuv420p"
        if times:
            video.codec_context.time_base = fractions.Fraction(1, 1000)
        audio = container.add_stream(sound, rate=hertz) if sound else None
        for i, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = i, fractions.Fraction(1, rate)
            if times:
                frame.pts, frame.time_base = times[i], fractions.Fraction(1, 1000)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio:
            tone = (8000 * np.sin(np.arange(hertz) / hertz * 2 * np.pi * 440)).astype(np.int16)[None]
            for i in range(0, hertz, 1024):
                frame = av.AudioFrame.from_ndarray(tone[:, i : i + 1024], format="s16", layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = hertz, i, fractions.Fraction(1, hertz)
                container.mux(audio.encode(frame))
            container.mux(audio.encode(None))


def turn(path):
    """Has players show an .mp4 turned by 90° clockwise: writes the matrix of its track header (ISO 14496-12, 8.3.2)."""
    content = bytearray(path.read_bytes())
    matrix = content.index(b"tkhd") + 44
    width, height = struct.unpack(">2I", content[matrix + 36 : matrix + 44])
    one = 1 << 16
    content[matrix : matrix + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, height, 0, 1 << 30)
    path.write_bytes(content)
    return width >> 16, height >> 16

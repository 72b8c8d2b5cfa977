"""Writes drawn frames as H.264 video with the sound of the original, by PyAV."""

import contextlib
import fractions

import numpy as np

from tfpose.commands.paths import replacing

ENCODERS = {"libx264": {"crf": "20", "preset": "veryfast"}, "libopenh264": {}, "h264": {}}
"""Encoders of H.264 that builds of FFmpeg may hold, in order of preference → their options."""

TICKS = 90_000  # Time stamps per second, the clock of MPEG: exact for 24, 25, 30 and 30000/1001 frames per second.
BITS_PER_PIXEL = 0.15  # For encoders without constant quality: 1920 x 1080 at 25 frames per second gets 7.8 Mbit/s.
COPIED = ("aac", "opus")  # Sound that browsers play in an .mp4, whatever file it comes from; other sound becomes AAC.
BT709 = 1  # The colour matrix, primaries and transfer of HDTV, by their number in H.264 (ITU-T H.273, tables 2 to 4).


def encoder() -> str:
    """Returns the name of the H.264 encoder to use.

    Raises:
        ValueError: If PyAV is not installed, or its FFmpeg has no H.264 encoder.
    """
    try:
        import av
    except ImportError as error:
        raise ValueError(
            f'Drawing a video needs PyAV: `pip install "tfpose[video]"`; --no_drawing does without. Received: {error}.'
        ) from None
    for name in ENCODERS:
        with contextlib.suppress(av.codec.codec.UnknownCodecError):
            av.codec.Codec(name, "w")
            return name
    raise ValueError(
        "Drawing a video needs an FFmpeg with an H.264 encoder; the wheels of PyAV on PyPI have one. "
        f"Received: av {av.__version__}, without. Known: {', '.join(ENCODERS)}."
    )


class VideoWriter:
    """Writes an `.mp4` that browsers play, frame by frame: H.264, `yuv420p`, with its index at the start of the file.

    A context manager; after an error there is no file. The memory taken does not depend on the number of frames.

    Args:
        path: The file.
        rate: Frames per second, for players that ask and for frames without a time.
        source: A video whose first sound track is kept, copied where browsers play it in an `.mp4`, else as AAC.

    Raises:
        ValueError: If PyAV or an encoder is missing.
        OSError: If the file cannot be written.
    """

    def __init__(self, path, rate, source=None):
        self._encoder = encoder()
        self._path, self._rate, self._source = path, rate, source
        self._open = contextlib.ExitStack()
        self._container = self._video = self._sound = None
        self._frames, self._last = 0, -1

    def __enter__(self):
        return self

    def write(self, frame, time=None):
        """Adds a frame.

        Args:
            frame: RGB `uint8 [H, W, 3]`, all of one size. An odd height or width is made even by repeating the last
                row or column, since `yuv420p` has one colour for 2 x 2 pixels.
            time: When it is shown, in seconds from the first; by the frames per second if None.
        """
        with _errors_of_files():
            self._write(frame, time)

    def _write(self, frame, time):
        import av

        height, width = (n + n % 2 for n in frame.shape[:2])
        if self._container is None:
            self._begin(width, height)
        odd = [(0, height - frame.shape[0]), (0, width - frame.shape[1]), (0, 0)]
        image = av.VideoFrame.from_ndarray(np.ascontiguousarray(np.pad(frame, odd, mode="edge")), format="rgb24")
        image = image.reformat(format="yuv420p", dst_colorspace="ITU709")
        seconds = self._frames / self._rate if time is None else time
        image.pts = self._last = max(round(seconds * TICKS), self._last + 1)  # Encoders refuse two of one time.
        image.time_base = fractions.Fraction(1, TICKS)
        self._frames += 1
        self._container.mux(self._video.encode(image))
        if self._sound:
            self._sound.write_until(self._last / TICKS)

    def __exit__(self, kind, error, trace):
        if self._container is not None and kind is None:
            with self._open, _errors_of_files():
                self._container.mux(self._video.encode(None))
                if self._sound:
                    self._sound.write_until(self._last / TICKS + 1 / self._rate)
                    self._sound.finish()
            return None
        return self._open.__exit__(kind, error, trace)

    def _begin(self, width, height):
        import av

        partial = self._open.enter_context(replacing(self._path))
        options = {"movflags": "+faststart"}
        self._container = self._open.enter_context(av.open(str(partial), "w", format="mp4", options=options))
        self._video = self._container.add_stream(
            self._encoder, rate=fractions.Fraction(self._rate).limit_denominator(1001), options=ENCODERS[self._encoder]
        )
        self._video.width, self._video.height, self._video.pix_fmt = width, height, "yuv420p"
        context = self._video.codec_context
        context.time_base = fractions.Fraction(1, TICKS)
        context.colorspace = context.color_primaries = context.color_trc = BT709
        if "crf" not in ENCODERS[self._encoder]:
            context.bit_rate = round(BITS_PER_PIXEL * width * height * self._rate)
        if self._source is not None:
            original = self._open.enter_context(av.open(str(self._source)))
            if original.streams.audio:
                kind = _CopiedSound if original.streams.audio[0].codec_context.name in COPIED else _EncodedSound
                self._sound = kind(original, self._container)


@contextlib.contextmanager
def _errors_of_files():
    """Turns the errors of PyAV, some of which are `ValueError`, into `OSError`."""
    import av

    try:
        yield
    except av.FFmpegError as error:
        raise OSError(f"It cannot be written as a video: {error}") from error


class _CopiedSound:
    """Copies the packets of the first sound track of one container to another, up to a time, without decoding them."""

    def __init__(self, original, container):
        self._input = original.streams.audio[0]
        # Frames count from the first one shown, whose time need not be 0; the sound must be moved with them.
        video = original.streams.video[0] if original.streams.video else None
        self._start = float((video.start_time or 0) * video.time_base) if video else 0.0
        self._container = container
        self._output = self._make(container)
        self._packets = original.demux(self._input)
        self._next = next(self._packets, None)

    def write_until(self, seconds):
        """Writes the sound that begins before a time, in seconds from the first frame."""
        while self._next is not None:
            if self._next.pts is not None and self._next.size:
                begin = float(self._next.pts * self._next.time_base) - self._start
                if begin >= seconds:
                    return
                if begin >= 0:
                    self._write(self._next)
            self._next = next(self._packets, None)

    def finish(self):
        """Writes what an encoder holds back."""

    def _make(self, container):
        return container.add_stream_from_template(self._input)

    def _write(self, packet):
        shift = round(self._start / packet.time_base)
        packet.pts, packet.dts = packet.pts - shift, (packet.pts if packet.dts is None else packet.dts) - shift
        packet.stream = self._output
        self._container.mux(packet)


class _EncodedSound(_CopiedSound):
    """Decodes the first sound track and encodes it as AAC."""

    def finish(self):
        self._container.mux(self._output.encode(None))

    def _make(self, container):
        self._samples = None
        return container.add_stream("aac", rate=self._input.codec_context.sample_rate)

    def _write(self, packet):
        for frame in packet.decode():
            rate = frame.sample_rate
            if self._samples is None:
                self._samples = round((float(packet.pts * packet.time_base) - self._start) * rate)
            # Counted, since time stamps of whole packets, as those of AVI, do not grow with the frames of the encoder.
            frame.pts, frame.time_base = self._samples, fractions.Fraction(1, rate)
            self._samples += frame.samples
            self._container.mux(self._output.encode(frame))

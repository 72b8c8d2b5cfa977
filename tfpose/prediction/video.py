"""Reads the frames of video files and cameras, one after the other."""

import pathlib
import time

from tfpose.pictures import MAX_PIXELS, check_regular

RATE = 25.0  # Frames per second of a video that does not state it.
FASTEST = 1000.0  # Some containers state the ticks of their clock instead, such as 90000.


class Frames:
    """Frames of an opened `cv2.VideoCapture`, upright as a player shows them; only one is held at a time.

    Attributes:
        rate: Frames per second that are stated.
        num_frames: Number of frames that are stated, which can be wrong; None if it is not known.

    Raises:
        OSError: If the frames are too large.
    """

    def __init__(self, capture, max_pixels):
        import cv2

        self._capture = capture
        capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        width, height = (int(capture.get(key)) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        if width * height > max_pixels:
            raise OSError(f"more than {max_pixels:,} pixels, see --max_pixels: {width} x {height}")
        rate = capture.get(cv2.CAP_PROP_FPS)
        self.rate = rate if 0 < rate <= FASTEST else RATE
        self.num_frames = int(max(capture.get(cv2.CAP_PROP_FRAME_COUNT), 0)) or None

    def __iter__(self):
        """Yields the time of each frame, in seconds from the first, and its image, RGB `uint8 [H, W, 3]`."""
        first = last = None
        try:
            while True:
                is_read, frame = self._capture.read()
                if not is_read:
                    return
                stamp = self._stamp()
                if first is None:
                    first, last = stamp, 0.0
                else:  # Streams without a container have no time stamps.
                    last = stamp - first if stamp - first > last else last + 1 / self.rate
                yield last, frame[..., ::-1]
        finally:
            self._capture.release()

    def _stamp(self):
        """The time of the frame read last, in seconds. Telephones film at a rate that varies."""
        import cv2

        return self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000


class Video(Frames):
    """The frames of a video file; see `Frames`.

    Args:
        path: The file.
        max_pixels: Videos with larger frames are refused.

    Raises:
        OSError: If no video can be read from it, it is not a regular file, or its frames are too large.
    """

    def __init__(self, path, max_pixels=MAX_PIXELS):
        import cv2

        check_regular(pathlib.Path(path))
        capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        if not capture.isOpened():
            raise OSError("No video can be read from it")
        super().__init__(capture, max_pixels)


class Camera(Frames):
    """The frames of a camera as they come, for as long as they are asked for; see `Frames`.

    Args:
        number: Number of the camera; 0 is the first.
        max_pixels: Cameras with larger frames are refused.

    Raises:
        ValueError: If there is no such camera.
        OSError: If its frames are too large.
    """

    def __init__(self, number, max_pixels=MAX_PIXELS):
        import cv2

        level = cv2.utils.logging.setLogLevel(0)  # OpenCV reports each of its ways to a camera that failed.
        try:
            capture = cv2.VideoCapture(number)
        finally:
            cv2.utils.logging.setLogLevel(level)
        if not capture.isOpened():
            raise ValueError(
                f"A camera must be connected, and not in use by another program. Received: camera {number}, "
                "which cannot be opened."
            )
        super().__init__(capture, max_pixels)

    def _stamp(self):
        return time.monotonic()

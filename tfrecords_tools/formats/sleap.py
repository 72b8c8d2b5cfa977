"""SLEAP: .slp files with frames inside (.pkg.slp), or of photos or a video beside them (https://sleap.ai)."""

import functools
import io
import json
import pathlib

import h5py
import numpy as np

from tfpose import pictures
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import splits
from tfrecords_tools.formats.named_people import NamedPeople

LOOKS_FOR = ".slp or .pkg.slp of SLEAP"
ENDINGS = (".slp",)
_BODY = 1  # the type of an edge that is a limb; 2 is a pair of left and right

by_split = splits.by_name


def holds(path: pathlib.Path, head: bytes) -> bool:
    """Whether a file is of this form, by its name and first bytes."""
    return head.startswith(b"\x89HDF")


def read(root: pathlib.Path, files: list[pathlib.Path], options: dict) -> dict:
    """Reads what users annotated to a document in COCO's format; predictions of SLEAP are no annotations."""
    found = None
    for file in files:
        try:
            with h5py.File(file) as content:
                metadata = json.loads(content["metadata"].attrs["json"])
                names, limbs, pairs = _skeleton(file, metadata)
                found = found or NamedPeople(names, limbs, pairs or None)
                _add_frames(found, root, file, content, names)
        except (LookupError, OSError, ValueError, TypeError, AttributeError, RuntimeError, MemoryError) as error:
            if isinstance(error, ConversionError):
                raise
            raise ConversionError(f"{file} must be as SLEAP writes it. Received: {error}.") from None
    return found.document()


def _skeleton(file, metadata):
    """Names, limbs, and pairs of left and right of the only skeleton."""
    if len(metadata["skeletons"]) != 1:
        raise ConversionError(f"{file} must have one skeleton. Received: {len(metadata['skeletons'])}.")
    (skeleton,) = metadata["skeletons"]
    every = [node["name"] for node in metadata["nodes"]]
    kinds, edges = [], []
    for link in skeleton["links"]:
        kind = link["type"]  # written out at its first use, later a reference: jsonpickle
        if "py/reduce" in kind:
            kinds.append(kind["py/reduce"][1]["py/tuple"][0])
            edges.append((kinds[-1], link))
        else:
            edges.append((kinds[kind["py/id"] - 1], link))
    limbs, pairs = [], {}
    for kind, link in edges:
        ends = every[link["source"]], every[link["target"]]
        if kind == _BODY:
            limbs.append(ends)
        else:
            pairs.setdefault(frozenset(ends), ends)  # each pair is written in both directions
    return [every[node["id"]] for node in skeleton["nodes"]], limbs, list(pairs.values())


def _add_frames(found, root, file, content, names):
    videos = [json.loads(text) for text in content["videos_json"]]
    instances, points = content["instances"][:], content["points"][:]
    middle = 0.5 if content["metadata"].attrs.get("format_id", 1.0) < 1.1 else 0.0  # 1.0 counts from the pixel's corner
    for frame in content["frames"][:]:
        number, video = int(frame["frame_idx"]), int(frame["video"])
        people = instances[int(frame["instance_id_start"]) : int(frame["instance_id_end"])]
        people = people[people["instance_type"] == 0]
        if not len(people):
            continue
        where = f"{file}: frame {number} of video {video}"
        image = found.add_image(**_image(root, file, content, videos[video]["backend"], video, number))
        for person in people:
            own = points[int(person["point_id_start"]) : int(person["point_id_end"])]
            known = {
                name: (float(point["x"]) - middle, float(point["y"]) - middle, 2 if point["visible"] else 1)
                for name, point in zip(names, own, strict=True)
                if np.isfinite([point["x"], point["y"]]).all()
            }
            if known:
                found.add_person(image, known, where=where)


def _image(root, file, content, backend, video, number):
    """The arguments of `add_image`: a path, or a name and a function that reads the frame."""
    name = f"{file.relative_to(root).as_posix().removesuffix('.slp')}/video{video}_{number:06d}.png"
    if f"video{video}/frame_numbers" in content:
        index = int(np.flatnonzero(content[f"video{video}/frame_numbers"][:] == number)[0])
        return {"name": name, "read": functools.partial(_embedded, file, f"video{video}/video", index)}
    if backend.get("filenames"):
        return {"name": _beside(root, file, backend["filenames"][number])}
    path = root / _beside(root, file, backend["filename"])
    if not path.is_file():
        raise ConversionError(
            f"{file} must have its frames inside (SLEAP exports such a .pkg.slp) or its videos beside it. "
            f"Received: nothing at {path}."
        )
    return {"name": name, "read": functools.partial(_frame, path, number)}


def _beside(root, file, path):
    """A photo or video by its name beside the file, or else by the path that SLEAP wrote."""
    words = path.replace("\\", "/").split("/")
    ends = [file.parent.joinpath(*words[i:]) for i in range(len(words)) if words[i:]]
    inside = [end for end in ends if end.is_file() and end.resolve().is_relative_to(root.resolve())]
    return inside[0].relative_to(root).as_posix() if inside else path


def _embedded(file, name, index):
    """The bytes of a frame inside of a file (PNG or JPEG), or its RGB pixels."""
    with h5py.File(file) as content:
        stored = content[name]
        frame = np.asarray(stored[index])
        if stored.attrs.get("format", "hdf5") != "hdf5":
            encoded = frame.astype(np.int8).tobytes().rstrip(b"\0")  # shorter ones are padded
            is_old = content["metadata"].attrs.get("format_id", 1.0) < 1.4  # encoded RGB as if it were OpenCV's BGR
            if stored.attrs.get("channel_order", "BGR" if is_old else "RGB") == "RGB":
                return encoded
            return pictures.decode(encoded, pictures.read_header(io.BytesIO(encoded)))[..., ::-1].copy()
    frame = (frame * 255 if frame.dtype.kind == "f" else frame).astype(np.uint8)
    return np.broadcast_to(frame.reshape(*frame.shape[:2], -1), (*frame.shape[:2], 3)).copy()


def _frame(path, number):
    """RGB pixels of a frame of a video."""
    import cv2

    video = cv2.VideoCapture(str(path))
    video.set(cv2.CAP_PROP_POS_FRAMES, number)
    is_read, frame = video.read()
    if not is_read:
        raise OSError(f"no frame {number} can be read from {path}")
    return np.ascontiguousarray(frame[..., ::-1])

"""Reads a folder as a command does, without writing; each returns what is wrong with the numbers, or nothing.

The worker calls them. What they raise is what the command would print.
"""

import contextlib
import io
import pathlib

import numpy as np


def converter(name, **options):
    """Everything that `tfpose convert NAME` reads and checks, and the serialised records."""

    def read(folder):
        from tfpose.commands import matlab
        from tfrecords_tools import convert
        from tfrecords_tools.writing import check

        keep_child(matlab)
        folder = pathlib.Path(folder)
        build = convert.lookup(name)
        builder = build(manual_dir=folder, data_dir="/tmp/not_written", options=options)
        builder.notes()
        for split in builder.SPLITS:
            builder.left_out(folder, split)
            ids = set()
            for record in builder.annotations(folder, split):
                example, _ = check.check(folder, record)
                if example is None:
                    continue
                if wrong := _wrong_record(example, ids):
                    return f"{record['id']}: {wrong}"
                features = builder.info.features
                features.serialize_example(features.encode_example(example))
        return None

    return read


def _wrong_record(example, ids):
    if example["id"] in ids:
        return "its id is that of another record"
    ids.add(example["id"])
    for name in ("keypoints", "boxes", "torso_boxes", "head_sizes", "areas", "ignored_boxes", "ignored_areas"):
        if example[name].dtype != np.float32 or not np.isfinite(example[name]).all():
            return f"{name} {example[name].dtype} with values that are not finite"
    if example["keypoints"].size and not np.isin(example["keypoints"][..., 2], (0, 1, 2)).all():
        return "v that is not 0, 1 or 2"
    if (example["boxes"][:, 2:] <= 0).any() or (example["head_sizes"] < 0).any():
        return "boxes without extent"
    if not (example["keypoints"][..., 2] > 0).any(axis=-1).all():
        return "a person without keypoints"
    return None


def keep_child(matlab):
    """Lets one child process read all MATLAB files, instead of one for each: starting one takes half a second."""
    if hasattr(matlab, "kept"):
        return
    matlab.kept, start = {}, matlab._child
    matlab.MEMORY, matlab.SECONDS = 3 * 2**30, 60

    @contextlib.contextmanager
    def child(*arguments):
        if arguments not in matlab.kept or matlab.kept[arguments][1].poll() is not None:
            context = start(*arguments)
            matlab.kept[arguments] = (context, context.__enter__())
        yield matlab.kept[arguments][1]

    matlab._child = child


def picture(name):
    """A picture as the converters, training and prediction read it."""

    def read(folder):
        from tfpose.data import records
        from tfpose.pictures import UnusableError, read_photo
        from tfrecords_tools.writing.images import sound_jpeg

        path = pathlib.Path(folder, name)
        with contextlib.suppress(UnusableError):
            encoded, size, _ = sound_jpeg(path.read_bytes(), exif="auto")
            decoded = records.decode(encoded).numpy()
            if decoded.shape != (*size, 3):
                return f"the decoded picture is {decoded.shape}, not {size}"
        try:
            photo = read_photo(path)
        except OSError as error:  # the command puts the name of the file before it
            raise OSError(f"{path}: {error.strerror or error}.") from None
        if photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] != 3:
            return f"a photo {photo.dtype} {photo.shape}"
        return None

    return read


def video(name):
    def read(folder):
        from tfpose.prediction.video import Video

        path = pathlib.Path(folder, name)
        try:
            frames = [frame.shape for (_, frame), _ in zip(Video(path), range(50), strict=False)]
        except OSError as error:
            raise OSError(f"{path}: {error.strerror or error}.") from None
        return None if all(len(shape) == 3 and shape[2] == 3 for shape in frames) else f"frames {frames[:3]}"

    return read


def boxes(name):
    def read(folder):
        from tfpose.prediction.detections import Detections

        found = Detections(pathlib.Path(folder, name), 0.5)
        for photo in ("a.jpg", "b.jpg", "7.jpg"):
            boxes = found(photo)
            if not np.isfinite(boxes).all() or (boxes.size and boxes[:, 2:].min() <= 0):
                return f"boxes {boxes}"
        return None

    return read


def masks(folder):
    from tfpose.evaluation.people_masks import PeopleMasks

    outlines = PeopleMasks(pathlib.Path(folder, "annotations", "person_keypoints_train2017.json"))
    masks = outlines({"image_id": 7})
    return None if masks.shape == (2, 48, 64) or len(masks) < 3 else f"masks {masks.shape}"


def repeated(folder):
    from tfpose.skeletons import COCO
    from tfrecords_tools import estimate_sigmas

    paths = [pathlib.Path(folder, name) for name in ("a.json", "b.json")]
    sigmas, _ = estimate_sigmas.estimate(estimate_sigmas.repeated(paths, COCO))
    return "a sigma that is infinite" if np.isinf(sigmas).any() else None


def challenger_command(*words):
    """`python -m tfrecords_tools.ai_challenger_coco`, whose error is one line."""

    def read(folder):
        from tfrecords_tools import ai_challenger_coco

        out = pathlib.Path(folder, "out")
        names = [str(pathlib.Path(folder, word[1:])) if word.startswith("@") else word for word in words]
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                ai_challenger_coco.main([*names, str(out)] if "--images" not in names else
                                        [names[0], names[1], str(out), *names[2:]])  # fmt: skip
        except SystemExit as error:
            raise ValueError(str(error)) from None
        finally:
            out.unlink(missing_ok=True)

    return read


def skeleton(folder):
    from tfrecords_tools.formats.own_skeleton import read_skeleton

    found = read_skeleton(pathlib.Path(folder, "skeleton.json"))
    return None if np.isfinite(found.sigmas).all() and len(found.flip) == len(found) else f"{found}"


def ids(folder):
    from tfrecords_tools.datasets.coco import read_ids

    return None if all(isinstance(id, int) for id in read_ids(pathlib.Path(folder, "ids.txt"))) else "no numbers"

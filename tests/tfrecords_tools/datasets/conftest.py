"""Conversion of own data."""

import pytest

from tests.tfrecords_tools.coco_files import write_json
from tests.tfrecords_tools.kite_files import document
from tests.tfrecords_tools.small_files import jpeg
from tfrecords_tools.convert import convert


@pytest.fixture
def own(tmp_path):
    """A function: writes documents and images (by name, bytes or pixels of the usual size), and converts them."""

    def convert_own(train=None, test=None, images=None, skeleton=None, **options):
        folder = tmp_path / "own data"
        documents = {"train": train or document(), "test": test, "skeleton": skeleton}
        for name, content in documents.items():
            if content is not None:
                write_json(folder / f"{name}.json", content)
        (folder / "images").mkdir(exist_ok=True)
        for name, encoded in (images or {f"{i}.jpg": jpeg() for i in range(1, 5)}).items():
            (folder / "images" / name).write_bytes(encoded)
        options = {"test_share": 0.0} | options
        return convert("own", manual_dir=folder, data_dir=tmp_path / "data", progress=False, overwrite=True, **options)

    return convert_own

"""CVAT for images: subsets, and files that are refused."""

import pytest

from tests.tfrecords_tools.own_reading import read, splits
from tests.tfrecords_tools.tool_files import WRITERS, kites
from tfrecords_tools.errors import ConversionError


def test_subsets_of_a_cvat_project_are_splits(tmp_path):
    WRITERS["cvat"](tmp_path, kites())
    path = tmp_path / "annotations.xml"
    text = path.read_text().replace('id="0"', 'id="0" subset="Validation"')
    path.write_text(text.replace('id="1"', 'id="1" subset="Train"'))
    assert sorted(splits(tmp_path)) == ["train", "valid"]
    assert read(tmp_path, "valid")[1] == ["images/kite_0.jpg"]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("<annotations>", f"{BOMB}<annotations>"), "without a document type declaration"),
        (("</annotations>", "<track/></annotations>"), 'an export "CVAT for images". Received: one with tracks'),
        (("</annotations>", ""), "annotations.xml must be XML"),
        (('width="64"', 'width="wide"'), "image kite_0.jpg must have attributes as CVAT writes them"),
        (('points="20.25,10.50"', 'points="1,2;3,4"'), "image kite_0.jpg must have attributes as CVAT writes them"),
    ],
)
def test_wrong_files_of_cvat_are_named(tmp_path, change, message):
    WRITERS["cvat"](tmp_path, kites())
    path = tmp_path / "annotations.xml"
    assert change[0] in path.read_text()
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(ConversionError, match=message):
        read(tmp_path)

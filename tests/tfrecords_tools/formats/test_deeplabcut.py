"""DeepLabCut: tables of one animal, and wrong ones."""

import pytest

from tests.tfrecords_tools.own_reading import OPTIONS
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.formats import deeplabcut

OLD = (
    "scorer,me,me,me,me\nbodyparts,snout,snout,leftear,leftear\ncoords,x,y,x,y\n"
    "labeled-data\\film\\img0.png,1.5,2.5,,\nlabeled-data\\film\\img1.png,3,4,5,NaN\n"
)


def table(root, text):
    path = root / "labeled-data" / "film" / "CollectedData_me.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return deeplabcut.read(root, [path], OPTIONS)


def test_the_older_table_of_deeplabcut_has_paths_in_one_column(tmp_path):
    found = table(tmp_path, OLD)
    assert [image["file_name"] for image in found["images"]] == [f"labeled-data/film/img{i}.png" for i in (0, 1)]
    assert [entry["keypoints"] for entry in found["annotations"]] == [[1.5, 2.5, 2, 0, 0, 0], [3, 4, 2, 0, 0, 0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OLD.replace("1.5", "left"), "line 4 must be numbers. Received: 'left' for snout"),
        (OLD.replace(",,\n", ",\n"), "line 4 must have 4 values. Received: 3"),
        (OLD.replace("bodyparts", "parts"), "must begin with rows `scorer`, `bodyparts` and `coords`"),
        (
            OLD.replace("coords,x,y,x,y", "coords,x,y,x,x"),
            "must have a column x and a column y of each keypoint.*leftear",
        ),
        (b"scorer\xff", "must be a text file in UTF-8"),
    ],
)
def test_wrong_tables_of_deeplabcut_are_named(tmp_path, text, message):
    with pytest.raises(ConversionError, match=f"CollectedData_me.csv.*{message}"):
        table(tmp_path, text)

"""lsp_mpii.h5: codes of its splits, MPII's keypoints for all, and two conventions of boxes."""

import h5py
import numpy as np
import pytest

from tests.tfrecords_tools.small_files import jpeg, read
from tfpose.skeletons import MPII
from tfrecords_tools.convert import convert
from tfrecords_tools.datasets.lsp_mpii import LspMpii
from tfrecords_tools.errors import ConversionError

PEOPLE = [  # image, istrain, scale
    ("LSP/images/im0001.jpg", 1, 0.2), ("mpii/images/a.jpg", 1, 0.3), ("mpii/images/a.jpg", 1, 0.4),
    ("LSP/images/im1001.jpg", 0, 0.5), ("mpii/images/b.jpg", 2, 0.6), ("mpii/images/c.jpg", -1, 0.7),
]  # fmt: skip


def write(folder, people=PEOPLE):
    names, codes, scales = zip(*people, strict=True)
    part = np.tile(10.0 + np.stack([np.arange(16), 2 * np.arange(16)], axis=-1), (len(people), 1, 1))
    visible = np.ones((len(people), 16))
    for i, name in enumerate(names):
        if name.startswith("LSP"):
            part[i, [6, 7]] = 0
        else:
            visible[i, 0] = 0
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(jpeg())
    with h5py.File(folder / "lsp_mpii.h5", "w") as file:
        file["imgname"] = np.array([list(name.encode().ljust(50, b"\0")) for name in names], float)
        file["part"], file["visible"], file["scale"] = part, visible, np.array(scales)
        file["center"], file["istrain"] = np.tile([30.0, 20.0], (len(people), 1)), np.array(codes, float)
    return folder


@pytest.fixture
def to_data(tmp_path):
    return {"data_dir": tmp_path / "data", "progress": False}


def test_people_of_three_data_sets_have_one_skeleton(tmp_path, to_data):
    train = read(convert("lsp_mpii", manual_dir=write(tmp_path / "all"), **to_data).path, "train")
    assert {name: len(record["keypoints"]) for name, record in train.items()} == {
        "LSP/images/im0001": 1, "mpii/images/a": 2,
    }  # fmt: skip
    athlete, everybody = train["LSP/images/im0001"]["keypoints"][0], train["mpii/images/a"]["keypoints"][0]
    missing = [name for name, v in zip(MPII.keypoints, athlete[:, 2], strict=True) if not v]
    assert missing == ["pelvis", "thorax"] and not athlete[[6, 7]].any()
    np.testing.assert_array_equal(athlete[[0, 15]], [[9, 9, 2], [24, 39, 2]])
    np.testing.assert_array_equal(everybody[[0, 6]], [[9, 9, 1], [15, 21, 2]])


def test_only_the_boxes_of_mpii_are_moved_down(tmp_path):
    lsp, mpii = LspMpii().annotations(write(tmp_path), "train")
    np.testing.assert_allclose(lsp["boxes"], [[29 - 19.5, 19 - 19.5, 40, 40]])
    np.testing.assert_allclose(mpii["boxes"], [[29 - 29.5, 23.5 - 29.5, 60, 60], [29 - 39.5, 25 - 39.5, 80, 80]])


@pytest.mark.parametrize("exchanged", [False, True])
def test_the_path_tells_whose_test_image_it_is_whatever_the_code(tmp_path, exchanged):
    codes = {0: 2, 2: 0} if exchanged else {}
    folder = write(tmp_path, [(name, codes.get(code, code), scale) for name, code, scale in PEOPLE])
    for test, names in {"lsp": ["LSP/images/im1001"], "mpii": ["mpii/images/b"]}.items():
        assert [record["id"] for record in LspMpii(options={"test": test}).annotations(folder, "test")] == names


def test_what_a_user_can_get_wrong_is_one_clear_sentence(tmp_path, to_data):
    with pytest.raises(ConversionError, match=r"must hold lsp_mpii\.h5"):
        convert("lsp_mpii", manual_dir=tmp_path, **to_data)
    with pytest.raises(ConversionError, match=r"`test` must be a known one\. Received: 'coco'\. Known: lsp, mpii"):
        convert("lsp_mpii", manual_dir=write(tmp_path), test="coco", **to_data)
    (tmp_path / "lsp_mpii.h5").write_bytes(b"no HDF5 file")
    with pytest.raises(ConversionError, match="must be an HDF5 file with imgname, part"):
        convert("lsp_mpii", manual_dir=tmp_path, **to_data)

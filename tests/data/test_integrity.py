import json
import re
import shutil

import pytest

from tfpose.data import integrity, records


@pytest.fixture
def folder(dots, tmp_path):
    """A copy of the records, which a test may damage."""
    return shutil.copytree(dots, tmp_path / "dots")


def problems(folder):
    found = integrity.damaged_json(folder)
    for data in [] if found else records.splits(folder):
        found += integrity.damaged_shards(data.builder, data.split)
    return [str(problem) for problem in found]


def shard(folder, number=1):
    (path,) = folder.glob(f"*-train.tfrecord-{number:05}-of-00003")
    return path


def test_nothing_is_wrong_with_records_as_they_were_written(folder):
    assert problems(folder) == []
    assert records.load(folder, "train").num_images == 10


def test_a_missing_shard_is_named_before_anything_is_read(folder):
    name = shard(folder).name
    shard(folder).unlink()
    assert problems(folder) == [f"{name} is missing"]
    with pytest.raises(ValueError, match=re.escape(f"in {folder}, {name} is missing.")):
        records.load(folder, "train")
    assert records.load(folder, "test").num_images == 3


@pytest.mark.parametrize("place", ["content", "length", "end"])
def test_a_changed_byte_anywhere_is_found(folder, place):
    path = shard(folder)
    content = bytearray(path.read_bytes())
    at = {"content": len(content) // 2, "length": 2, "end": len(content) - 2}[place]
    content[at] ^= 0x10
    path.write_bytes(content)
    (problem,) = problems(folder)
    assert re.fullmatch(rf"{path.name} is damaged: record \d of \d has another checksum .*", problem)


def test_a_shard_that_was_cut_off_is_found(folder):
    path = shard(folder)
    path.write_bytes(path.read_bytes()[:-20])
    assert re.fullmatch(rf"{path.name} is damaged: record (\d) of \1 .* cut off", *problems(folder))


def test_a_shard_with_fewer_records_is_found(folder):
    shutil.copy(next(folder.glob("*-test.tfrecord-00000-*")), shard(folder))  # One record instead of three or four.
    assert re.fullmatch(rf"{shard(folder).name} holds 1 records, not the [34] that were written", *problems(folder))


@pytest.mark.parametrize("name", integrity.JSON_FILES)
@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"converter": ', "[" * 10000])
def test_damaged_json_is_named(folder, name, content):
    path = folder / name
    path.write_text(content) if content is not None else path.unlink()
    if name != "metadata.json" and content == "{}":
        found = []  # An object, though not the right one: TFDS notices.
    else:
        found = integrity.damaged_json(folder)
        assert [problem.file for problem in found] == [name]
    with pytest.raises(ValueError, match=f"{name}|dataset_info.json or features.json|`data_dir` must be"):
        records.load(folder, "train")
    assert found or content == "{}"


def test_metadata_with_a_skeleton_that_is_none_is_damaged(folder):
    metadata = json.loads((folder / "metadata.json").read_text())
    metadata["skeleton"]["limbs"] = [["nose", "tail"]]
    (folder / "metadata.json").write_text(json.dumps(metadata))
    (problem,) = integrity.damaged_json(folder)
    assert "Pairs, limbs and reference must name keypoints of the skeleton" in problem.what

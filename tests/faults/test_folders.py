"""A conversion or an export killed at any moment: the older folder or the newer one is there, whole."""

import os

import pytest

from tests.faults import cuts
from tests.small_networks import BarFinder, noise
from tests.tfrecords_tools.small_files import example, upright, write_flic
from tfpose.commands import workspaces
from tfpose.exporting.export import export
from tfrecords_tools.convert import convert


def recovered(moments, name):
    """The contents of a folder after each kill, once the command has looked for what was left."""
    for folder in moments:
        target = folder / name
        workspaces.recover(target)
        if target.exists():
            yield cuts.contents(target)
        assert os.listdir(folder) in ([], [name]), folder


@pytest.mark.slow
def test_a_conversion_killed_at_any_moment_loses_no_records(tmp_path):
    rows = [(f"{split}{i}.jpg", split) for split, n in (("train", 6), ("test", 2)) for i in range(n)]
    source = write_flic(tmp_path / "FLIC", [example(name, upright(), split) for name, split in rows])
    flic = {"manual_dir": source, "data_dir": tmp_path / "data", "progress": False}
    with cuts.recorded(tmp_path / "data", tmp_path / "first") as first:
        old = cuts.contents(convert("flic", **flic).path)
    with cuts.recorded(tmp_path / "data", tmp_path / "second") as second:
        new = cuts.contents(convert("flic", overwrite=True, num_shards=2, **flic).path)
    print(f"conversion: {len(first)} moments, overwriting: {len(second)}")
    assert old != new and len(first) + len(second) >= 20
    assert set(recovered(first, "flic")) <= {old}
    found = list(recovered(second, "flic"))
    assert len(found) == len(second) and set(found) == {old, new}


@pytest.mark.slow
def test_an_export_killed_at_any_moment_loses_no_older_one(tmp_path):
    model, root = BarFinder((32, 32)), tmp_path / "exported"
    with cuts.recorded(root, tmp_path / "first") as first:
        export(model, root / "run", images=[noise((32, 32))], crop="person")
    old = cuts.contents(root / "run")
    with cuts.recorded(root, tmp_path / "second") as second:
        export(model, root / "run", images=[noise((32, 32))], crop="frame", overwrite=True)
    new = cuts.contents(root / "run")
    print(f"export: {len(first)} moments, overwriting: {len(second)}")
    assert old != new and len(first) + len(second) >= 10
    assert set(recovered(first, "run")) <= {old}
    found = list(recovered(second, "run"))
    assert len(found) == len(second) and set(found) == {old, new}

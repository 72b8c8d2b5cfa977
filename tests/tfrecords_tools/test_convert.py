"""The command: whole or not at all, counts, and one clear sentence on what a user can get wrong."""

import os
import pathlib
import subprocess
import sys

import pytest
import tensorflow_datasets as tfds

from tests.tfrecords_tools.small_files import example, read, set_aside, upright, write_flic
from tfpose.commands.workspaces import workspace
from tfrecords_tools import convert as command
from tfrecords_tools.convert import CONVERTERS, convert, lookup
from tfrecords_tools.errors import ConversionError

ROOT = pathlib.Path(__file__).parents[2]


def make(folder, train=6, test=2, missing=()):
    names = [(f"{split}{i}.jpg", split) for split, n in (("train", train), ("test", test)) for i in range(n)]
    return write_flic(folder, [example(name, upright(), split) for name, split in names], missing=missing)


@pytest.fixture
def flic(tmp_path):
    return {"manual_dir": make(tmp_path / "FLIC"), "data_dir": tmp_path / "data", "progress": False}


def test_every_converter_is_found_under_its_own_name():
    assert {name: lookup(name).name for name in CONVERTERS} == {name: name for name in CONVERTERS}


def test_an_unknown_name_answers_with_the_known_ones():
    with pytest.raises(ConversionError, match=r"Received: 'flick'\. Known: figures, flic, flic_plus"):
        lookup("flick")


def test_the_folder_loads_as_it_is_and_says_what_it_holds(flic):
    conversion = convert("flic", num_shards=2, **flic)
    counts = {"train": {"images": 6, "people": 6, "set_aside": 0}, "test": {"images": 2, "people": 2, "set_aside": 0}}
    assert conversion.path == flic["data_dir"] / "flic" and conversion.counts == counts
    metadata = tfds.builder_from_directory(conversion.path).info.metadata
    assert metadata["counts"] == counts and metadata["framing"] == "image"
    assert (metadata["converter"], metadata["version"]) == ("flic", "1.1.0")
    assert metadata["skeleton"]["keypoints"][0] == "left_shoulder"
    assert {path.name for path in conversion.path.iterdir()} == {
        "dataset_info.json", "features.json", "metadata.json", "set_aside.csv",
        "flic-train.tfrecord-00000-of-00002", "flic-train.tfrecord-00001-of-00002",
        "flic-test.tfrecord-00000-of-00002", "flic-test.tfrecord-00001-of-00002",
    }  # fmt: skip
    assert os.listdir(flic["data_dir"]) == ["flic"]


def test_records_that_are_there_are_only_replaced_on_demand_and_by_whole_ones(flic, tmp_path):
    path = convert("flic", **flic).path
    before = read(path, "train")
    with pytest.raises(ConversionError, match="must not be there yet, or `--overwrite` be given"):
        convert("flic", **flic)
    flic["manual_dir"] = make(tmp_path / "broken", train=3, missing=["train1.jpg"])
    with pytest.raises(ConversionError, match="1 of 5"):
        convert("flic", overwrite=True, **flic)
    assert set(read(path, "train")) == set(before)
    convert("flic", overwrite=True, max_set_aside=0.2, **flic)
    assert set(read(path, "train")) == {"train0", "train2"} and os.listdir(flic["data_dir"]) == ["flic"]


def test_too_much_set_aside_stops_the_conversion_unless_allowed(flic, tmp_path):
    flic["manual_dir"] = make(tmp_path / "broken", missing=["train1.jpg"])
    (flic["manual_dir"] / "images" / "test1.jpg").write_bytes(b"")
    with pytest.raises(
        ConversionError,
        match=r"At most 1.00% .* Received: 2 of 8: 1 × image: .*; 1 × image: .*\. The first: test1 of test",
    ):
        convert("flic", **flic)
    assert os.listdir(flic["data_dir"]) == []
    conversion = convert("flic", max_set_aside=0.25, **flic)
    assert conversion.counts["train"] == {"images": 5, "people": 5, "set_aside": 1}
    assert set_aside(conversion.path) == [
        ("test", "test1", "image", "corrupt or truncated image, or an unknown format"),
        ("train", "train1", "image", f"missing file: {flic['manual_dir'] / 'images' / 'train1.jpg'}"),
    ]  # fmt: skip
    assert "train: 5 images, 5 people, 1 set aside\n  1 × image: missing file: " in conversion.report()


def test_a_split_without_images_is_left_out_if_so_much_may_be_set_aside(flic, tmp_path):
    flic["manual_dir"] = make(tmp_path / "half", missing=["test0.jpg", "test1.jpg"])
    conversion = convert("flic", max_set_aside=0.25, **flic)
    assert conversion.counts["test"] == {"images": 0, "people": 0, "set_aside": 2}
    assert list(tfds.builder_from_directory(conversion.path).info.splits) == ["train"]
    flic["manual_dir"] = make(tmp_path / "none", test=0, missing=[f"train{i}.jpg" for i in range(6)])
    with pytest.raises(ConversionError, match="There must be an image with an annotated keypoint"):
        convert("flic", max_set_aside=1.0, overwrite=True, **flic)


def test_a_killed_conversion_leaves_nothing_that_loads_and_the_next_cleans_up(flic, tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(
        "import os, signal\n"
        "from tfrecords_tools import convert\n"
        "from tfrecords_tools.datasets import flic\n"
        "class Flic(flic.Flic):\n"
        "    def annotations(self, root, split):\n"
        "        yield from super().annotations(root, split)[:4]\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "convert.lookup = lambda name: Flic\n"
        f"convert.convert('flic', manual_dir={str(flic['manual_dir'])!r}, data_dir={str(flic['data_dir'])!r})\n"
    )
    run = subprocess.run([sys.executable, script], cwd=ROOT, env=os.environ | {"PYTHONPATH": "."}, capture_output=True)
    assert run.returncode == -9
    (left,) = os.listdir(flic["data_dir"])
    assert left.startswith(".flic.") and left.endswith(".incomplete")
    assert not list(flic["data_dir"].rglob("dataset_info.json"))
    convert("flic", **flic)
    assert os.listdir(flic["data_dir"]) == ["flic"]


def test_the_workspace_of_a_conversion_that_still_runs_is_left_alone(flic):
    other = workspace(flic["data_dir"] / "flic")
    with other as folder:
        running = folder.rename(folder.with_name(folder.name.replace(str(os.getpid()), str(os.getppid()))))
        convert("flic", **flic)
        assert running.is_dir()
        running.rename(folder)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["flick"], "NAME must be a known one. Received: flick; did you mean flic?"),
        (["flic"], "`--manual_dir` must be a folder. Received: None."),
        (["flic", "--manual_dir=nowhere"], "`--manual_dir` must be a folder. Received: nowhere."),
        (["flic", "--manual_dir=.", "--data_dir=D"], "must hold examples.mat"),
        (["flic", "--manual_dir=.", "--data_dir=gs://nobody/x"], "`data_dir` must be a local path"),
        (["flic", "--manual_dir=.", "--num_shards=0"], "`--num_shards` must be at least 1. Received: 0."),
        (["flic", "--manual_dir=.", "--beam_runner=NoRunner"], "`--beam_runner`"),
        (["flic", "--swap"], "unknown flag --swap"),
    ],
)
def test_mistakes_end_in_one_sentence(arguments, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as exit:
        command.main(arguments)
    said = capsys.readouterr().err + str(exit.value)
    assert exit.value.code not in (0, None) and sentence in said and "Traceback" not in said


def test_more_shards_than_images_is_one_clear_sentence(flic):
    with pytest.raises(ConversionError, match=r"`--num_shards` must be at most .* Received: 5\."):
        convert("flic", num_shards=5, **flic)
    assert os.listdir(flic["data_dir"]) == []


def test_an_unknown_option_answers_with_the_known_ones(flic):
    with pytest.raises(ConversionError, match=r"Received: swap\. Known: observer_centric\."):
        convert("flic", swap=True, **flic)


def test_the_command_prints_counts_and_where_it_wrote(flic, capsys):
    command.main(
        ["flic", f"--manual_dir={flic['manual_dir']}", f"--data_dir={flic['data_dir']}", "--no-observer_centric"]
    )
    printed = capsys.readouterr()
    assert printed.out.startswith("train: 6 images, 6 people, 0 set aside\ntest: 2 images, 2 people, 0 set aside\n")
    assert str(flic["data_dir"] / "flic") in printed.out and "flic train: 100%" in printed.err
    metadata = tfds.builder_from_directory(flic["data_dir"] / "flic").info.metadata
    assert metadata["options"] == {"observer_centric": False}

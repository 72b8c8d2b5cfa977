"""FLIC-plus: examples of FLIC-full chosen by files of indices."""

import numpy as np
import pytest

from tests.tfrecords_tools.small_files import example, read, upright, write_flic
from tfrecords_tools.convert import convert
from tfrecords_tools.datasets import flic, flic_plus
from tfrecords_tools.errors import ConversionError

EXAMPLES = [example(f"{name}.jpg", upright(10 + i, 10), split="train") for i, name in enumerate("abcba")]


def test_indices_count_from_one_and_choose_the_splits(tmp_path):
    indices = {"tr_plus_indices": [1, 2, 5], "ts_plus_indices": [3]}
    folder = write_flic(tmp_path / "full", EXAMPLES, indices)
    path = convert("flic_plus", manual_dir=folder, data_dir=tmp_path, progress=False).path
    train, test = read(path, "train"), read(path, "test")
    assert set(train) == {"a", "b"} and set(test) == {"c"}
    np.testing.assert_array_equal(train["a"]["keypoints"][:, 10, 0], [14, 18])  # examples 1 and 5
    np.testing.assert_array_equal(train["b"]["keypoints"][:, 10, 0], [15])  # example 2, not 4


@pytest.mark.parametrize("wrong", [[0, 1], [1, 6]])
def test_indices_outside_the_examples_are_one_clear_sentence(tmp_path, wrong):
    folder = write_flic(tmp_path / "full", EXAMPLES, {"tr_plus_indices": wrong, "ts_plus_indices": [3]})
    with pytest.raises(ConversionError, match=r"must lie in 1 … 5, .* Received: "):
        convert("flic_plus", manual_dir=folder, data_dir=tmp_path, progress=False)


def test_a_missing_file_of_indices_is_one_clear_sentence(tmp_path):
    folder = write_flic(tmp_path / "full", EXAMPLES, {"tr_plus_indices": [1]})
    with pytest.raises(ConversionError, match="must hold ts_plus_indices.mat"):
        convert("flic_plus", manual_dir=folder, data_dir=tmp_path, progress=False)


def test_the_published_indices_are_disjoint_and_within_the_20928_examples(real_data):
    examples = np.zeros(20928)
    chosen = {
        split: flic_plus.FlicPlus().chosen(real_data("FLIC_official_sample"), split, examples)
        for split in ("train", "test")
    }
    assert {split: len(indices) for split, indices in chosen.items()} == {"train": 17380, "test": 3548}
    assert len(np.unique(np.concatenate(list(chosen.values())))) == 20928


def test_the_published_indices_do_not_fit_the_small_data_set(real_data):
    examples = flic.load(real_data("FLIC"), "examples.mat", "examples")
    with pytest.raises(ConversionError, match="FLIC-full has 20928"):
        flic_plus.FlicPlus().chosen(real_data("FLIC_official_sample"), "train", examples)

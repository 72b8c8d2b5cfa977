"""Growing sizes: how the flag is read, and how stages are split by it."""

import pytest

from tfpose.training import sizes

TWO = [((128, 192), 0.5), ((192, 288), 1.0)]


def test_sizes_have_the_fraction_of_the_epochs_at_which_they_end():
    assert sizes.read("128x192:0.5,192x288:1") == TWO
    assert sizes.read("") == []


@pytest.mark.parametrize(
    "text",
    ["128x192", "128:1", "128x192:0.5", "128x192:0.5,192x288:0.5", "128x192:1,64x64:0.5", "0x3:1", "axb:1", "1x2:2"],
)
def test_what_is_no_list_of_sizes_is_refused(text):
    with pytest.raises(ValueError, match="`sizes` must be heights and widths, .* Received: '"):
        sizes.read(text)


def test_stages_are_split_where_the_size_changes():
    stages = [("detector", (0, 3)), ("joint", (3, 8))]
    assert sizes.split(stages, TWO, (1, 1)) == [
        ("detector", (128, 192), (0, 3)),
        ("joint", (128, 192), (3, 4)),
        ("joint", (192, 288), (4, 8)),
    ]
    assert sizes.split(stages, [], [64, 96]) == [("detector", (64, 96), (0, 3)), ("joint", (64, 96), (3, 8))]


def test_every_epoch_is_trained_once_however_few_there_are():
    for epochs in range(1, 9):
        parts = sizes.split([("joint", (0, epochs))], TWO, (1, 1))
        assert [epoch for _, _, (first, end) in parts for epoch in range(first, end)] == list(range(epochs))

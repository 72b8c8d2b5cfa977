import pytest

from tfpose.training import stages


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("joint", [("joint", (0, 7))]),
        ("spatial:3", [("spatial", (0, 3))]),
        ("detector:30,spatial:10,joint:20", [("detector", (0, 30)), ("spatial", (30, 40)), ("joint", (40, 60))]),
    ],
)
def test_stages_follow_each_other(text, expected):
    assert stages.read(text, 7) == expected


@pytest.mark.parametrize(
    "text", ["", "all", "joint:0", "joint:-1", "joint:2.5", "joint,joint:3", "detector:3;joint:2", "joint:3,"]
)
def test_stages_that_are_none_answer_with_the_known_ones(text):
    with pytest.raises(ValueError, match="Received: .* Known: joint, detector, spatial"):
        stages.read(text, 7)


@pytest.mark.parametrize(
    ("epochs", "expected"),
    [
        (23, "detector:19,spatial:1,joint:3"),
        (46, "detector:38,spatial:2,joint:6"),
        (60, "detector:49,spatial:3,joint:8"),
        (5, "detector:3,spatial:1,joint:1"),
        (3, "detector:1,spatial:1,joint:1"),
        (1, "joint:1"),
    ],
)
def test_epochs_are_shared_over_the_stages_in_their_proportion(epochs, expected):
    assert stages.share("detector:19,spatial:1,joint:3", epochs) == expected


def test_a_single_stage_takes_all_epochs():
    assert stages.share("joint:5", 7) == "joint:7"


def test_no_epochs_cannot_be_shared():
    with pytest.raises(ValueError, match="`n_epochs` must be above 0 .* Received: 0"):
        stages.share("detector:19,spatial:1", 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("detector:19,spatial:1,joint:3", "23 epochs: detector 1–19, spatial 20, joint 21–23"),
        ("joint:1", "1 epoch: joint 1"),
    ],
)
def test_stages_are_described_with_their_epochs(text, expected):
    assert stages.describe(stages.read(text, 1)) == expected

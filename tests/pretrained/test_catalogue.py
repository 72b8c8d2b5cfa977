"""The trained models that come with the package: their files, their cards, and what they find."""

import hashlib

import numpy as np
import pytest

import tfpose
from tfpose import skeletons
from tfpose.__main__ import main
from tfpose.data import crops, records
from tfpose.evaluation.card_results import measurement
from tfpose.evaluation.evaluate import evaluate
from tfpose.pretrained import catalogue
from tfrecords_tools import convert
from tfrecords_tools.drawing import scene

MEGABYTES = 6
SKELETONS = {"upper_body": skeletons.FLIC, "upper_body_frame": skeletons.FLIC, "body": skeletons.LSP}
SIZES = {"upper_body": (192, 288), "upper_body_frame": (192, 288), "body": (256, 256)}
SEEDS = (4, 19)  # Of drawings in which every model finds everybody; they were trained on photos, and miss others.
FOLDERS = {"flic": "FLIC", "lsp": "lsp_dataset", "mpii": "mpii"}


@pytest.mark.parametrize("name", catalogue.names())
def test_a_file_is_small_and_what_its_card_says(name):
    card = catalogue.card(name)
    content = card.file.read_bytes()
    assert hashlib.sha256(content).hexdigest() == card.sha256 and len(content) < MEGABYTES * 1e6
    assert card.results and card.data and card.commands and card.failures and "Research only" in card.terms


def test_there_is_no_file_without_a_card():
    files = {catalogue.card(name).file for name in catalogue.names()}
    assert files == set(catalogue.WEIGHTS.glob("*")) and len(files) >= 3


@pytest.mark.parametrize("name", catalogue.names())
def test_a_model_finds_drawn_people(name):
    predictor, skeleton = tfpose.load(name), SKELETONS[name]
    assert predictor.skeleton.keypoints == catalogue.card(name).keypoints == skeleton.keypoints
    assert predictor.crop == catalogue.card(name).crop
    a, b = skeleton.indices(skeleton.reference)
    for seed in SEEDS:
        drawn = scene.draw(np.random.default_rng(seed), skeleton, SIZES[name])
        box = crops.box(predictor.crop, np.array(SIZES[name]), drawn["boxes"][0], drawn["torso_boxes"][0]).numpy()
        true, found = drawn["keypoints"][0], predictor(drawn["image"], box)[0]
        apart = np.linalg.norm(found[:, :2] - true[:, :2], axis=-1) / np.linalg.norm(true[a, :2] - true[b, :2])
        assert (apart[true[:, 2] > 0] < 0.2).all()


def test_the_list_tells_names_sizes_and_numbers(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["tfpose", "models"])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().out
    assert not ended.value.code
    for card in map(catalogue.card, catalogue.names()):
        assert (
            f"\n{card.name} " in f"\n{said}" and f"{card.results[0]['values'][card.results[0]['headline'][0]]}" in said
        )


def test_a_card_is_printed_whole(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["tfpose", "models", "body"])
    with pytest.raises(SystemExit):
        main()
    said, card = capsys.readouterr().out, catalogue.card("body")
    assert all(failure in said for failure in card.failures) and card.sha256 in said and card.terms in said


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="Unknown trained model. Received: 'nobody'. Known: body, "):
        catalogue.card("nobody")


@pytest.mark.slow
@pytest.mark.parametrize("name", catalogue.names())
def test_the_numbers_of_a_card_are_measured_again(name, real_data, tmp_path):
    for expected in catalogue.card(name).results:
        data_set = expected["data_set"]
        if not (tmp_path / data_set).exists():
            convert.convert(data_set, manual_dir=real_data(FOLDERS[data_set]), data_dir=tmp_path)
        data = records.load(tmp_path / data_set, expected["split"], SKELETONS[name])
        result = evaluate(tfpose.load(name), data, metrics=[expected["metric"]])
        found = measurement(
            result, SKELETONS[name], expected["metric"], expected["threshold"], list(expected["values"])
        )
        assert found["values"] == pytest.approx(expected["values"], abs=0.1)

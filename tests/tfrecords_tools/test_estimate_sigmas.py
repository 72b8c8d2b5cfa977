"""Falloffs measured from repeated labels: what was put in comes out."""

import json

import numpy as np
import pytest

from tests.tfrecords_tools.coco_files import document, write_json
from tfrecords_tools.errors import ConversionError
from tfrecords_tools.estimate_sigmas import LEAST, estimate, main, measured, repeated
from tfrecords_tools.formats.own_skeleton import make_skeleton, read_skeleton

NAMES = ["nose", "left_wing", "right_wing"]
SKELETON = make_skeleton("", NAMES)


def labels(sigmas, people, annotators, seed=0):
    """Keypoints `[N, A, K, 3]` that miss the truth by sigma·√area on (quadratic) average, and areas `[N]`."""
    rng = np.random.default_rng(seed)
    areas = rng.uniform(100, 10000, people)
    truth = rng.uniform(0, 500, (people, 1, len(sigmas), 2))
    misses = rng.normal(size=(people, annotators, len(sigmas), 2)) / np.sqrt(2)  # d² of both axes is 1
    points = truth + misses * np.sqrt(areas)[:, None, None, None] * np.reshape(sigmas, (-1, 1))
    return np.concatenate([points, np.full((*points.shape[:-1], 1), 2)], axis=-1), areas


@pytest.mark.parametrize("annotators", [2, 3, 5])
def test_the_sigmas_of_made_up_labels_are_found(annotators):
    keypoints, areas = labels((0.02, 0.08, 0.15), 4000, annotators)
    sigmas, people = estimate(list(zip(keypoints, areas, strict=True)))
    np.testing.assert_allclose(sigmas, (0.02, 0.08, 0.15), rtol=0.03)
    assert people.tolist() == [4000] * 3


def test_a_pair_by_hand():
    keypoints = np.array([[[0, 0, 2], [5, 5, 1], [9, 9, 0]], [[6, 8, 1], [7, 7, 0], [0, 0, 0]]], float)
    sigmas, people = estimate([(keypoints, 100.0)])
    assert sigmas[0] == pytest.approx(np.sqrt((25 + 25) / 1 / 100)) and people.tolist() == [1, 0, 0]
    assert np.isnan(sigmas[1:]).all()  # one label, and none


def files(folder, keypoints, areas):
    paths = []
    for a in range(keypoints.shape[1]):
        people = [
            {"id": 100 + n, "image_id": n, "category_id": 1, "keypoints": points[a].ravel().tolist(), "area": area}
            for n, (points, area) in enumerate(zip(keypoints, areas, strict=True))
        ]
        paths.append(write_json(folder / f"{a}.json", document(list(range(len(areas))), people, NAMES)))
    return paths


def test_people_are_matched_by_their_id(tmp_path):
    keypoints, areas = labels((0.1, 0.1, 0.1), 3, 2)
    paths = files(tmp_path, keypoints, areas)
    content = json.loads(paths[1].read_text())
    content["annotations"][0]["id"] = 7
    write_json(paths[1], content)
    found = repeated(paths, SKELETON)
    assert len(found) == 2
    np.testing.assert_allclose(found[0][0], keypoints[1])
    assert found[0][1] == pytest.approx(areas[1])
    with pytest.raises(ConversionError, match="an annotation of the same `id` and image. Received: none"):
        repeated(paths[:1], SKELETON)


def test_what_few_people_stand_behind_stays():
    after = measured(SKELETON, [0.5, 0.5, np.nan], [LEAST, LEAST - 1, 0])
    assert after.sigmas == (0.5, *SKELETON.sigmas[1:])


def test_the_command_writes_a_skeleton_that_is_read_again(tmp_path, capsys):
    keypoints, areas = labels((0.02, 0.08, 0.15), 300, 2)
    keypoints[LEAST - 1 :, 1, 2, 2] = 0
    paths = [str(path) for path in files(tmp_path, keypoints, areas)]
    out = tmp_path / "skeleton.json"
    main([*paths, f"--out={out}"])
    skeleton = read_skeleton(out)
    assert skeleton.keypoints == tuple(NAMES) and skeleton.limbs == (("nose", "left_wing"),)
    np.testing.assert_allclose(skeleton.sigmas[:2], (0.02, 0.08), rtol=0.1)
    assert skeleton.sigmas[2] == pytest.approx(SKELETON.sigmas[2])
    printed = capsys.readouterr().out
    assert "from 300 people" in printed and f"kept: only {LEAST - 1} people" in printed and str(out) in printed
    main([*paths, f"--skeleton={out}"])
    with pytest.raises(SystemExit, match="two files must have"):
        main(paths[:1])


def test_names_must_come_from_somewhere(tmp_path):
    path = write_json(tmp_path / "a.json", {"images": [], "annotations": []})
    with pytest.raises(SystemExit, match="`--skeleton` must be given, for .*a.json names no keypoints"):
        main([str(path), str(path)])

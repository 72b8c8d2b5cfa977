import re

import numpy as np
import pytest

from tests.evaluation.synthetic_people import PEOPLE, Crowds, Finder
from tests.evaluation.synthetic_results import MadeUpPredictor, MadeUpRecords, person
from tfpose.evaluation.multi_person import evaluate_people
from tfpose.evaluation.page import page
from tfpose.evaluation.single_person import evaluate_single_person


def weights(result, file):
    return {**result, "weights": {"file": file, "sha256": "0123"}}


def single(records, shift, file):
    found = [{"heatmaps": person((shift, 0))}] * 2
    return weights(evaluate_single_person(MadeUpPredictor(found), records, metrics=["detection_rate", "pck"]), file)


def several(records, found, file):
    return weights(evaluate_people(Finder(found), records), file)


def words(path):
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]*>", " ", path.read_text("utf-8"), flags=re.DOTALL))


def test_one_run_of_one_person(tmp_path):
    records = MadeUpRecords([[person()], [person((0, 5))]])
    page.write(tmp_path / "a" / "index.html", [single(records, 8, "models_ex/mine/best.keras")], records)
    html, text = (tmp_path / "a" / "index.html").read_text("utf-8"), words(tmp_path / "a" / "index.html")
    assert "<title>mine</title>" in html and "evaluated on flic test: 2 people in 2 images" in text
    assert re.search(r"left wrist 0\.0 100\.0 100\.0", text) and "difference" not in text
    assert "Ronchi and Perona 2017" in text and "Changes between" not in text and "Found in excess" not in text
    assert html.count("<img ") == 4 and html.count("<svg ") == 7 + 3 + 2  # Parts of the body, keys, scores.
    assert 'class="f-jitter"' in html and "0123" in text


def test_two_runs_side_by_side(tmp_path):
    records = MadeUpRecords([[person()], [person()]])
    results = [single(records, 12, "models_ex/old/best.keras"), single(records, 3, "models_ex/new/best.keras")]
    page.write(tmp_path / "index.html", results, records)
    text = words(tmp_path / "index.html")
    assert re.search(r"left wrist 0\.0 0\.0 100\.0 100\.0 100\.0 100\.0 \+100\.0 \+100\.0 0\.0", text)
    assert "new is better by most" in text and re.search(r"old: OKS 0\.\d\d, .* new: OKS 0\.\d\d, all in", text)


def test_runs_of_several_people(tmp_path):
    records = Crowds([PEOPLE, PEOPLE[:1]])
    found = PEOPLE + np.float32([2, 0, 0]), np.concatenate([PEOPLE[:1], PEOPLE[1:] + np.float32([0, -60, 0])])
    results = [several(records, found, "a/best.keras"), several(records, (PEOPLE, PEOPLE[:1]), "b/best.keras")]
    page.write(tmp_path / "index.html", results, records)
    text = words(tmp_path / "index.html")
    assert (
        "a: mean OKS" in text and "0 not found, 1 found in excess" in text and "0 not found, 0 found in excess" in text
    )
    assert "Found in excess by a" in text and re.search(r"AP \d+\.\d 100\.0 \+\d", text)


def test_pages_load_nothing_and_escape_names(tmp_path):
    records = MadeUpRecords([[person()], [person()]])
    page.write(tmp_path / "index.html", [single(records, 3, "models_ex/<b>&'/best.keras")], records)
    html = (tmp_path / "index.html").read_text("utf-8")
    assert "<b>&'" not in html and "&lt;b&gt;&amp;&#39;" in html
    assert "default-src 'none'" in html and not re.search(r"<script|https?://|url\(|<iframe| on\w+=", html)


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["models_ex/a/best.keras"], ["a"]),
        (["a/best.keras", "a/last.keras"], ["a", "a/last.keras"]),
        (["a/best.keras", "b/a/best.keras"], ["a (1)", "a (2)"]),
    ],
)
def test_runs_are_called_after_their_folders(files, names):
    assert page.run_names([{"weights": {"file": file}} for file in files]) == names

import re
import shutil
import subprocess
import sys

import pytest

from tfpose.__main__ import plain_errors
from tfpose.commands.check import cli


@pytest.fixture
def folder(dots, tmp_path):
    """A copy of the records, which a test may change."""
    return shutil.copytree(dots, tmp_path / "dots")


def text(path):
    """The words of a page, without pictures."""
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]*>", " ", path.read_text("utf-8"), flags=re.DOTALL))


def test_an_intact_folder_is_told_so(folder, capsys):
    assert cli.main([str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder} is intact: 13 records (10 of train, 3 of test), all checksums right.\n"


def test_the_page_shows_the_data_set(folder, tmp_path, capsys):
    assert cli.main([str(folder), f"--out={tmp_path / 'report'}"]) == 0
    page = tmp_path / "report" / "index.html"
    assert f"Written: {page}" in capsys.readouterr().out
    html, words = page.read_text("utf-8"), text(page)
    assert "Intact. Every file is there" in words and "train 10 0 13 1.30 11.0 of 11" in words
    assert "left shoulder right shoulder" in words and "Nothing was set aside" in words
    assert html.count("<img ") >= 13 and html.count('src="data:image/jpeg;base64,') == html.count("<img ")
    assert html.count("<svg ") == 2


def test_the_page_needs_no_network_and_runs_no_script(folder, tmp_path):
    cli.main([str(folder), f"--out={tmp_path / 'report'}"])
    html = (tmp_path / "report" / "index.html").read_text("utf-8")
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in html
    assert not re.search(r"<script|https?://|url\(|@import|<iframe|<object| on\w+=", html)


def test_the_same_image_in_two_splits_is_shown(folder, tmp_path):
    """The first images of train and test of the dots differ in nothing but their number."""
    from tests import dot_records

    assert dot_records.PEOPLE["train"][0] == dot_records.PEOPLE["test"][0]
    cli.main([str(folder), f"--out={tmp_path / 'report'}"])
    words = text(tmp_path / "report" / "index.html")
    assert "The same image in two splits" in words and "The same file" in words


def test_what_was_set_aside_is_listed_and_names_are_escaped(folder, tmp_path):
    evil = "<img src=x onerror=alert(1)>"
    (folder / "set_aside.csv").write_text(
        f"split,id,what,reason\ntrain,{evil},image,missing file: a.jpg\ntest,b,image,missing file: b.jpg\n", "utf-8"
    )
    cli.main([str(folder), f"--out={tmp_path / 'report'}"])
    html = (tmp_path / "report" / "index.html").read_text("utf-8")
    assert evil not in html and "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "image missing file 2" in text(tmp_path / "report" / "index.html")


def test_a_damaged_folder_is_told_so_and_the_rest_is_shown(folder, tmp_path, capsys):
    missing, broken = (next(folder.glob(f"*-train.tfrecord-0000{i}-*")) for i in (0, 1))
    missing.unlink()
    content = broken.read_bytes()
    broken.write_bytes(content[:100] + b"x" + content[101:])
    assert cli.main([str(folder), f"--out={tmp_path / 'report'}"]) == 1
    printed = capsys.readouterr().out
    assert f"{folder}: {missing.name} is missing.\n" in printed and f"{folder}: {broken.name} is damaged" in printed
    words = text(tmp_path / "report" / "index.html")
    assert (
        "Damaged." in words and missing.name in words and re.search(r"train [34] 0 ", words) and "test 3 0 4" in words
    )


def test_damaged_json_is_told_and_no_page_written(folder, tmp_path, capsys):
    (folder / "metadata.json").write_text("{")
    assert cli.main([str(folder), f"--out={tmp_path / 'report'}"]) == 1
    assert "metadata.json is damaged" in capsys.readouterr().out and not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["{folder}/nothing"], "must be a folder that `tfpose convert` wrote"),
        (["{folder}", "--out={folder}/metadata.json"], "`--out` must be a folder"),
        (["{folder}", "--out=gs://nobody/x"], "must be a local path"),
        (["{folder}", "--out={folder}/a/b"], "must lie in a folder that exists"),
        (["{folder}", "--out={folder}/old"], "replaced with --overwrite only"),
    ],
    ids=str,
)
def test_mistakes_end_in_a_sentence_before_anything_is_written(folder, flags, message):
    (folder / "old").mkdir()
    (folder / "old" / "index.html").write_text("mine")
    with pytest.raises(SystemExit) as end, plain_errors():
        cli.main([flag.format(folder=folder) for flag in flags])
    assert message in str(end.value) and (folder / "old" / "index.html").read_text() == "mine"


def test_the_flags_are_read_without_tensorflow():
    code = "import sys; from tfpose.commands.check import cli; cli.parser(); assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)

import numpy as np
import pytest

from tests.prediction import films
from tfpose import pictures
from tfpose.prediction.frames import main, most_different

pytest.importorskip("av", reason="films are written with the extra video")
SCENES = (40, 40, 40, 200, 40, 40, 120, 40, 40, 40)  # Grey levels of the frames.


@pytest.fixture
def film(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    films.write(tmp_path / "film.mp4", [np.full((48, 64, 3), level, np.uint8) for level in SCENES])
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_every_so_many_frames_are_written(film, capsys):
    assert main(["film.mp4", "--every=4", "--out=new/frames"]) == 0
    assert names(film / "new" / "frames") == [f"film_frame_{n:06d}.jpg" for n in (0, 4, 8)]
    assert "3 frames in new/frames" in capsys.readouterr().out


def test_the_most_different_frames_come_first(film):
    main(["film.mp4", "--most_different=3"])
    written = names(film / "frames")
    assert written[1:] == ["film_002_frame_000003.jpg", "film_003_frame_000006.jpg"]
    levels = [pictures.read_photo(film / "frames" / name).mean() for name in written]
    np.testing.assert_allclose(levels, [40, 200, 120], atol=5)


def test_the_most_different_are_chosen_of_those_sampled(film):
    main(["film.mp4", "--every=2", "--most_different=2"])
    assert names(film / "frames")[1] == "film_002_frame_000006.jpg"


def test_frames_are_never_replaced_unasked(film):
    main(["film.mp4", "--every=4"])
    before = (film / "frames" / "film_frame_000000.jpg").stat().st_mtime_ns
    for flags in ([], ["--every=3"], ["--most_different=2"]):
        with pytest.raises(ValueError, match="--overwrite only. Received: frames/film_frame_000000.jpg"):
            main(["film.mp4", *flags])
    assert len(names(film / "frames")) == 3
    assert main(["film.mp4", "--every=4", "--overwrite"]) == 0
    assert (film / "frames" / "film_frame_000000.jpg").stat().st_mtime_ns > before


def test_two_films_share_a_folder(film):
    (film / "film.mp4").rename(film / "film[1].mp4")
    films.write(film / "film.mp4", [np.zeros((48, 64, 3), np.uint8)] * 2)
    main(["film.mp4"])
    main(["film[1].mp4", "--every=5"])
    assert len(names(film / "frames")) == 4
    with pytest.raises(ValueError, match=r"film\[1\]_frame_000000"):
        main(["film[1].mp4"])


@pytest.mark.parametrize("content", [b"no film", None])
def test_what_is_no_video_is_named_and_nothing_is_written(film, content):
    if content:
        (film / "torn.mp4").write_bytes(content)
    with pytest.raises(OSError, match="torn.mp4: No video can be read"):
        main(["torn.mp4"])
    assert not (film / "frames").exists()


def test_a_choice_is_spread_and_its_beginning_is_one_too():
    points = np.random.default_rng(0).uniform(size=(200, 2))
    chosen = most_different(points, 20)
    assert len(set(chosen)) == 20 and most_different(points, 5) == chosen[:5]

    def radius(indices):
        """Distance of the farthest point from its nearest chosen one."""
        return np.linalg.norm(points[:, None] - points[indices], axis=-1).min(axis=1).max()

    random = [radius(np.random.default_rng(seed).choice(200, 20, replace=False)) for seed in range(20)]
    assert radius(chosen) < min(random)


def test_of_equal_images_one_is_chosen():
    assert len(most_different(np.ones((5, 4)), 3)) == 1

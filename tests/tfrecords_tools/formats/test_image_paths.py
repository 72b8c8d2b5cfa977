"""Names of images as other programs and systems write them, and links."""

from tests.tfrecords_tools.small_files import jpeg
from tests.tfrecords_tools.tool_files import write_photos
from tfrecords_tools.formats.image_paths import ImagePaths


def test_paths_of_photos_are_found_in_any_spelling(tmp_path):
    for name in ("images/caf\u00e9.JPG", "images/a b.jpg", "other/c.jpg", "x/d.jpg", "y/d.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(jpeg())
    (tmp_path / "loop").symlink_to(tmp_path)
    paths = ImagePaths(tmp_path, "images")
    for name, found in {
        "cafe\u0301.jpg": "images/caf\u00e9.JPG",
        "a%20b.jpg": "images/a b.jpg",
        "https://host/photos/c.jpg": "other/c.jpg",
        "\\\\server\\share\\other\\C.jpg": "other/c.jpg",
        "d.jpg": "images/d.jpg",  # two of that name: none is taken
        "z/c.jpg": "images/z/c.jpg",  # another folder of the same machine: not taken
    }.items():
        assert paths.locate(name) == found, name
    assert paths.unused(["other/c.jpg"]) == ["images/a b.jpg", "images/caf\u00e9.JPG", "x/d.jpg", "y/d.jpg"]


def test_links_that_lead_out_of_the_folder_are_followed_only_if_told(tmp_path):
    write_photos(tmp_path / "elsewhere", ["1.jpg"])
    write_photos(tmp_path / "in" / "photos", ["2.jpg"])
    (tmp_path / "in" / "images").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "more").symlink_to(tmp_path / "in" / "photos")
    strict, told = (ImagePaths(tmp_path / "in", "images", follow_links=follow) for follow in (False, True))
    assert "leads out of the folder: images/1.jpg" in strict.reason_not_to_read(strict.locate("1.jpg"))
    assert strict.skipped()[0][0] == "images" and strict.reason_not_to_read("more/2.jpg") == ""
    assert told.reason_not_to_read(told.locate("1.jpg")) == "" and told.skipped() == []

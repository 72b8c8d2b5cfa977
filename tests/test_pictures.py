"""Still pictures: every format and EXIF orientation is read alike by prediction and by conversion."""

import io
import pathlib

import cv2
import numpy as np
import PIL.Image
import PIL.ImageOps
import pytest

from tests.tfrecords_tools.small_files import pixels
from tfpose.data import pipeline
from tfpose.data.records import decode
from tfpose.pictures import UnusableError, read_header, read_photo, write_photo
from tfrecords_tools.writing.images import sound_jpeg


def encoded(format, orientation=None, mode="RGB", **options):
    image, out = PIL.Image.fromarray(pixels()).convert(mode), io.BytesIO()
    if orientation:
        exif = PIL.Image.Exif()
        exif[0x0112] = orientation
        options["exif"] = exif
    image.save(out, format, **options)
    return out.getvalue()


def write(folder, content, name="photo.jpg"):
    path = folder / name
    path.write_bytes(content)
    return path


def written(content, **options):
    """The pixels that a conversion writes."""
    return decode(sound_jpeg(content, **options)[0]).numpy().astype(int)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_prediction_and_conversion_turn_alike_and_as_viewers_do(tmp_path, format, orientation):
    content = encoded(format, orientation)
    upright = np.asarray(PIL.ImageOps.exif_transpose(PIL.Image.open(io.BytesIO(content))).convert("RGB")).astype(int)
    photo = read_photo(write(tmp_path, content))
    assert photo.shape == upright.shape and np.abs(photo - upright).mean() < 3
    assert np.abs(written(content, exif="upright") - upright).mean() < 4
    stored = pixels().astype(int)
    kept = written(content, exif="stored")
    assert kept.shape == stored.shape and np.abs(kept - stored).mean() < 5


@pytest.mark.parametrize(
    ("format", "mode"),
    [("PNG", "1"), ("PNG", "L"), ("PNG", "P"), ("PNG", "RGBA"), ("PNG", "LA"), ("GIF", "P"), ("TIFF", "CMYK"),
     ("JPEG", "CMYK"), ("JPEG2000", "RGB"), ("BMP", "P"), ("TIFF", "L"), ("WEBP", "RGBA"), ("JPEG", "L")],
)  # fmt: skip
def test_kinds_of_pixels_are_read_alike(tmp_path, format, mode):
    content = encoded(format, mode=mode)
    photo = read_photo(write(tmp_path, content))
    assert np.abs(photo - np.asarray(PIL.Image.open(io.BytesIO(content)).convert("RGB")).astype(int)).mean() < 2
    assert np.abs(written(content) - photo).mean() < 7


@pytest.mark.parametrize("ending", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_of_16_bits_the_upper_8_are_read_and_that_is_said(tmp_path, ending, channels):
    stored = pixels()[..., :channels].astype(np.uint16) * 257
    content = cv2.imencode(ending, stored[..., ::-1])[1].tobytes()
    photo = read_photo(write(tmp_path, content))
    np.testing.assert_array_equal(photo, np.broadcast_to(pixels()[..., :channels], photo.shape))
    findings = sound_jpeg(content)[2]
    assert ("encoding", "16 bits per channel: the upper 8 kept") in findings


def test_a_progressive_jpeg_and_one_with_the_ending_of_another_format_are_read(tmp_path):
    content = encoded("JPEG", progressive=True)
    assert np.abs(read_photo(write(tmp_path, content, "photo.png")).astype(int) - pixels()).mean() < 3


def test_32_bits_per_channel_are_refused(tmp_path):
    path = tmp_path / "depth.tif"
    PIL.Image.fromarray(pixels()[..., 0].astype(np.float32)).save(path)
    with pytest.raises(UnusableError, match="32 bits per channel: TIFF of mode F"):
        read_photo(path)


def test_heic_is_read_upright_by_both(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif", reason="the extra heic")
    pillow_heif.register_heif_opener()
    content = encoded("HEIF", 6, quality=95)
    upright = np.asarray(PIL.Image.open(io.BytesIO(content)).convert("RGB")).astype(int)
    assert np.abs(read_photo(write(tmp_path, content, "IMG_1.HEIC")) - upright).mean() < 1
    assert np.abs(written(content, exif="upright") - upright).mean() < 4


def test_damaged_and_large_pictures_are_refused_by_name(tmp_path):
    with pytest.raises(OSError, match="corrupt or truncated image"):
        read_photo(write(tmp_path, b"not a photo"))
    with pytest.raises(OSError, match="corrupt or truncated image"):
        read_photo(write(tmp_path, b""))
    with pytest.raises(UnusableError, match="more than 100 pixels, see --max_pixels: 64 x 48"):
        read_header(io.BytesIO(encoded("PNG")), 100)
    with pytest.raises(UnusableError, match="more than 100 pixels, see --max_pixels: 64 x 48"):
        sound_jpeg(encoded("PNG"), max_pixels=100)


def test_a_cmyk_jpeg_without_the_marker_of_adobe_is_not_black():
    marker = b"\xff\xee"
    content = encoded("JPEG", mode="CMYK")
    start = content.index(marker)
    length = int.from_bytes(content[start + 2 : start + 4], "big") + 2
    bare = content[:start] + content[start + length :]
    assert written(bare).std() > 10


def test_a_photo_is_written_whole_or_not_at_all(tmp_path):
    write_photo(tmp_path / "photo.png", pixels())
    np.testing.assert_array_equal(read_photo(tmp_path / "photo.png"), pixels())
    with pytest.raises(OSError, match="A .jpg cannot be written of 70000 x 4 pixels"):
        write_photo(tmp_path / "wide.jpg", np.zeros((4, 70000, 3), np.uint8))
    assert [path.name for path in pathlib.Path(tmp_path).iterdir()] == ["photo.png"]


def test_the_input_pipelines_have_one_module():
    assert pipeline.single_person.__name__ == "single_person"
    assert pipeline.multi_person.__name__ == "several_people"

"""Images of own data: EXIF, formats, and names as other programs write them."""

import io

import numpy as np
import PIL.Image
import PIL.ImageOps
import pytest
import tensorflow as tf

from tests.tfrecords_tools.kite_files import document, reasons
from tests.tfrecords_tools.small_files import jpeg, pixels, read
from tfrecords_tools.errors import ConversionError


def with_orientation(orientation, size=(48, 64)):
    """A JPEG whose stored pixels are those of `pixels` before a viewer turns them."""
    image, out = PIL.Image.fromarray(pixels(*size)), io.BytesIO()
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    image.save(out, "JPEG", exif=exif, quality=95, subsampling=0)
    return out.getvalue()


def upright(orientation):
    turned = PIL.ImageOps.exif_transpose(PIL.Image.open(io.BytesIO(with_orientation(orientation))))
    return np.asarray(turned).astype(int)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_pixels_are_turned_upright_as_viewers_do_where_nothing_tells(own, orientation):
    images = {f"{i}.jpg": with_orientation(orientation) for i in (1, 2)}
    conversion = own(document(images=[{"id": i, "file_name": f"{i}.jpg"} for i in (1, 2)]), images=images)
    written = read(conversion.path, "train")["1"]["image"]
    assert np.abs(tf.io.decode_jpeg(written).numpy() - upright(orientation)).mean() < 3
    assert PIL.Image.open(io.BytesIO(written)).getexif().get(0x0112, 1) == 1
    assert (
        "2 × encoding: EXIF orientation, and no size tells which pixels are annotated: pixels turned"
        in conversion.report()
    )


@pytest.mark.parametrize(("size", "shape"), [((48, 64), (48, 64, 3)), ((64, 48), (64, 48, 3))])
def test_stated_sizes_tell_which_pixels_are_annotated(own, size, shape):
    height, width = size
    images = [{"id": i, "file_name": f"{i}.jpg", "height": height, "width": width} for i in (1, 2)]
    images.append({"id": 3, "file_name": "3.jpg"})  # turned by 180°: its size cannot tell, the others do
    encoded = {"1.jpg": with_orientation(6), "2.jpg": with_orientation(8), "3.jpg": with_orientation(3)}
    records = read(own(document(images=images), images=encoded).path, "train")
    decoded = {name: tf.io.decode_jpeg(record["image"]).numpy().astype(int) for name, record in records.items()}
    assert decoded["1"].shape == decoded["2"].shape == shape
    stored = tf.io.decode_jpeg(encoded["3.jpg"]).numpy()
    assert np.abs(decoded["3"] - (stored if size == (48, 64) else upright(3))).mean() < 3


def test_the_option_says_which_pixels_are_annotated(own):
    images = [{"id": i, "file_name": f"{i}.jpg"} for i in (1, 2)]
    encoded = {f"{i}.jpg": with_orientation(6) for i in (1, 2)}
    for exif, shape in (("stored", (48, 64, 3)), ("upright", (64, 48, 3))):
        record = read(own(document(images=images), images=encoded, exif=exif).path, "train")["1"]
        assert tf.io.decode_jpeg(record["image"]).shape == shape
    with pytest.raises(
        ConversionError, match="`exif` must be a known one. Received: 'left'. Known: auto, upright, stored"
    ):
        own(exif="left")


@pytest.mark.parametrize(
    "name",
    [
        "images/{}.jpg",
        "images\\{}.jpg",
        "/home/me/data/images/{}.jpg",
        "C:\\data\\{}.jpg",
        "../images/{}.jpg",
        "./{}.jpg",
    ],
)
def test_names_of_images_are_understood_as_other_programs_write_them(own, name):
    images = [{"id": i, "file_name": name.format(i)} for i in (1, 2, 3, 4)]
    assert own(document(images=images)).counts["train"]["images"] == 4


def test_a_path_is_never_followed_out_of_the_folder(own, tmp_path):
    (tmp_path / "secret.jpg").write_bytes(jpeg())
    images = [
        {"id": 1, "file_name": "../../secret.jpg"},
        {"id": 2, "file_name": str(tmp_path / "secret.jpg").replace("secret", "./secret")},
    ]
    with pytest.raises(ConversionError, match="Received: 2 of 2: 2 × image: missing file"):
        own(document(images=images))


def test_a_missing_image_is_told_with_the_path_that_was_looked_for(own, tmp_path):
    with pytest.raises(ConversionError) as error:
        own(document(images=[{"id": 1, "file_name": "folder/1.jpg"}, 2]))
    assert f"missing file: {tmp_path / 'own data' / 'images' / 'folder' / '1.jpg'}" in str(error.value)


@pytest.mark.parametrize("format", ["TIFF", "AVIF", "JPEG2000", "WEBP", "GIF", "BMP"])
def test_formats_of_photos_are_encoded_again_as_jpeg(own, format):
    out = io.BytesIO()
    PIL.Image.fromarray(pixels()).save(out, format)
    conversion = own(document(images=[{"id": 1, "file_name": "1.any"}]), images={"1.any": out.getvalue()})
    decoded = tf.io.decode_jpeg(read(conversion.path, "train")["1"]["image"]).numpy()
    assert np.abs(decoded.astype(int) - pixels()).mean() < 12  # GIF has 256 colours
    assert reasons(conversion) == [("encoding", f"not a JPEG: {format}, encoded again")]


def test_formats_that_are_not_read_say_so(own):
    out = io.BytesIO()
    PIL.Image.fromarray(pixels()[..., 0].astype(np.float32)).save(out, "TIFF")
    images = {"1.jpg": out.getvalue(), "2.jpg": b"\0\0\0\x18ftypheic" + bytes(40), "3.jpg": jpeg(), "4.jpg": jpeg()}
    conversion = own(images=images, max_set_aside=0.5)
    assert [reason for _, reason in reasons(conversion)] == [
        "32 bits per channel: TIFF of mode F", "corrupt or truncated image, or an unknown format",
    ]  # fmt: skip

import cv2
import numpy as np
import pytest
import tensorflow as tf

from tests.data.test_geometry import some_maps
from tfpose.data import geometry, records
from tfpose.data.resample import UNCHANGED, resample, resample_masks

PLAIN = (1.0, 0.0)
UPSIDE_DOWN = b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0"


def smooth(size, seed=0):
    """A picture `uint8 [H, W, 3]` of soft clouds, which JPEG keeps."""
    rng = np.random.default_rng(seed)
    clouds = cv2.resize(rng.uniform(0, 255, (5, 6, 3)), size[::-1], interpolation=cv2.INTER_CUBIC)
    return np.clip(clouds, 0, 255).astype("uint8")


def jpeg(image):
    return tf.io.encode_jpeg(image, quality=98, chroma_downsampling=False).numpy()


def run(jpegs, maps, tones=PLAIN, size=(96, 128), colours=UNCHANGED):
    tones = np.broadcast_to(np.float32(tones), (len(jpegs), 2))
    colours = np.broadcast_to(np.float32(colours), (len(jpegs), 3, 3))
    return resample(
        tf.constant(jpegs), tf.constant(maps, tf.float32), tf.constant(tones), tf.constant(colours), size
    ).numpy()


def inside(matrix, image_size, size):
    """Which pixels of the input see no pixel of the image's edge, nor beyond."""
    y, x = np.mgrid[: size[0], : size[1]]
    points = np.stack([x.ravel(), y.ravel()], axis=-1).astype("float32")
    found = geometry.warp_keypoints(points, geometry.invert(matrix)).numpy()
    margin = 2 / geometry.zoom(matrix).numpy() + 2
    kept = (found > margin) & (found < np.array(image_size[::-1]) - 1 - margin)
    return kept.all(axis=1).reshape(size)


@pytest.mark.parametrize("zooms", [(0.8, 2.0), (0.35, 0.8), (0.1, 0.35)])
def test_opencv_and_tensorflow_agree(zooms):
    maps = some_maps(8, zooms)
    files = [jpeg(smooth((120, 160), seed)) for seed in range(8)]
    for file, matrix, found in zip(files, maps, run(files, maps), strict=True):
        image = records.decode(file)
        expected = geometry.warp_images(image[None], matrix[None], (96, 128))[0]
        seen = inside(matrix, (120, 160), (96, 128))
        assert seen.sum() > 50
        np.testing.assert_allclose(found[seen].astype(int), expected.numpy()[seen], atol=2)


@pytest.mark.parametrize("zoom", [1.3, 0.6, 0.21])
def test_edges_fall_in_the_same_places(zoom):
    file = jpeg(np.full((120, 160, 3), 255, "uint8"))
    matrix = geometry.crop_map([[0.0, 0, 160, 120]], (96, 128), scale=0.8 / zoom, angle=0.5)
    expected = geometry.warp_images(records.decode(file)[None], matrix, (96, 128)).numpy()[0]
    found = run([file], matrix)[0]
    np.testing.assert_allclose(found.astype(int), expected, atol=255 / 32 + 1)  # OpenCV 4 counts 32nds of a pixel.
    assert found.mean() == pytest.approx(expected.mean(), abs=0.1)


@pytest.mark.parametrize("n", [2, 3, 4, 6, 8])
def test_the_decoders_averages_are_those_of_blocks(n):
    rough = smooth((96, 128)).astype(float) + np.random.default_rng(0).normal(0, 12, (96, 128, 3))
    file = jpeg(np.clip(rough, 0, 255).astype("uint8"))
    matrix = geometry.crop_map([[0.0, 0, 128, 96]], (96 // n, 128 // n))
    expected = geometry.warp_images(records.decode(file)[None], matrix, (96 // n, 128 // n)).numpy()
    difference = run([file], matrix, size=(96 // n, 128 // n)).astype(int) - expected
    assert np.abs(difference).mean() < 0.5 and np.abs(difference).max() <= 3


def test_untouched_pixels_are_the_decoders():
    file = jpeg(smooth((96, 128)))
    np.testing.assert_array_equal(run([file], np.eye(2, 3)[None])[0], records.decode(file))


def test_a_frame_is_cut_out_exactly():
    file = jpeg(smooth((200, 300)))
    found = run([file], geometry.crop_map([[33.0, 44, 128, 96]], (96, 128)))[0]
    np.testing.assert_array_equal(found, records.decode(file)[44:140, 33:161])


def test_images_of_several_sizes_are_resampled_as_alone():
    files = [jpeg(smooth(size, seed)) for seed, size in enumerate([(50, 60), (200, 300), (7, 9), (96, 128)])]
    maps = geometry.crop_map([[0.0, 0, 60, 50], [20, 30, 250, 100], [0, 0, 9, 7], [0, 0, 128, 96]], (96, 128))
    tones = np.array([[1, 0], [1.2, 5], [0.8, -5], [1, 9]], "float32")
    together = run(files, maps, tones)
    for i, file in enumerate(files):
        np.testing.assert_array_equal(run([file], maps[i : i + 1], tones[i])[0], together[i])


@pytest.mark.parametrize(("contrast", "brightness"), [(1, 20), (1, -20), (0.8, 0), (1.2, 0), (1.15, -11), (0, 0)])
def test_tones_change_around_the_mean_grey(contrast, brightness):
    file = jpeg(smooth((96, 128)))
    plain = run([file], np.eye(2, 3)[None])[0].astype("float64")
    expected = np.clip((plain - plain.mean()) * contrast + plain.mean() + brightness, 0, 255)
    found = run([file], np.eye(2, 3)[None], (contrast, brightness))[0]
    np.testing.assert_allclose(found, expected, atol=0.51)


@pytest.mark.parametrize("tones", [(1, 0), (0.8, 12), (1.3, -20)])
def test_colours_are_multiplied_before_the_tones_change(tones):
    file = jpeg(smooth((96, 128)))
    matrix = np.array([[1.2, 0.1, 0], [-0.2, 0.9, 0.1], [0.05, 0, 0.6]])
    plain = run([file], np.eye(2, 3)[None])[0].astype("float64") @ matrix.T
    expected = np.clip((plain - plain.mean()) * tones[0] + plain.mean() + tones[1], 0, 255)
    found = run([file], np.eye(2, 3)[None], tones, colours=matrix)[0]
    np.testing.assert_allclose(found, expected, atol=1.01)  # OpenCV counts in 1024ths.
    assert found.std() > 10 and np.abs(found - expected).mean() < 0.5


def test_tones_end_at_black_and_white():
    file = jpeg(smooth((96, 128)))
    assert (run([file], np.eye(2, 3)[None], (1, 300)) == 255).all()
    assert (run([file], np.eye(2, 3)[None], (1, -300)) == 0).all()


def test_the_orientation_of_exif_is_ignored():
    plain = jpeg(smooth((96, 128)))
    turned = plain[:2] + UPSIDE_DOWN + plain[2:]
    upside_down = cv2.imdecode(np.frombuffer(turned, np.uint8), cv2.IMREAD_COLOR_RGB)
    np.testing.assert_array_equal(upside_down, records.decode(plain)[::-1, ::-1])  # Whoever heeds it does so.
    np.testing.assert_array_equal(records.decode(turned), records.decode(plain))
    np.testing.assert_array_equal(run([turned], np.eye(2, 3)[None])[0], records.decode(plain))


def test_grey_pictures_have_three_equal_channels():
    file = tf.io.encode_jpeg(smooth((96, 128))[..., :1]).numpy()
    (found,) = run([file], np.eye(2, 3)[None])
    np.testing.assert_array_equal(found, records.decode(file))
    np.testing.assert_array_equal(found[..., 0], found[..., 2])


def test_channels_are_red_green_blue():
    file = jpeg(np.full((96, 128, 3), (250, 120, 10), "uint8"))
    np.testing.assert_allclose(run([file], np.eye(2, 3)[None]).mean(axis=(0, 1, 2)), [250, 120, 10], atol=1.5)


def test_outside_is_black_before_the_tones_change():
    file = jpeg(np.full((40, 40, 3), 255, "uint8"))
    matrix = geometry.crop_map([[0.0, 0, 40, 40]], (80, 80), scale=2.0)
    (found,) = run([file], matrix, (1, 10), (80, 80))
    assert (found[30:50, 30:50] == 255).all() and (found[0] == 10).all()


def test_the_shape_is_known_before_the_pixels():
    function = tf.function(lambda *args: resample(*args, (96, 128)))
    concrete = function.get_concrete_function(
        *(
            tf.TensorSpec([None, *shape], dtype)
            for shape, dtype in (((), tf.string), ((2, 3), tf.float32), ((2,), tf.float32), ((3, 3), tf.float32))
        )
    )
    assert concrete.output_shapes.as_list() == [None, 96, 128, 3]


@pytest.mark.parametrize("side", [1, 2, 5])
def test_masks_of_any_size_cover_the_whole_image(side):
    """A mask of 24 x 30 pixels, each of which is `side` pixels of the image long, to cells that are 4 times as long."""
    mask = np.zeros((24, 30), "uint8")
    mask[8:16, 4:12], mask[0, 0] = 1, 1  # The single pixel is less than half a cell.
    png = cv2.imencode(".png", mask)[1].tobytes()
    matrix = geometry.crop_map([[0.0, 0, 30 * side, 24 * side]], (6, 7.5))
    box = tf.constant([[0.0, 0, 30 * side, 24 * side]])
    found = resample_masks(tf.constant([png, b""]), tf.repeat(matrix, 2, 0), tf.repeat(box, 2, 0), (6, 8)).numpy()
    expected = np.zeros((2, 6, 8))
    expected[0, 2:4, 1:3] = 1
    np.testing.assert_array_equal(found, expected)

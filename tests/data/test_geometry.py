import numpy as np
import pytest
import tensorflow as tf

from tfpose.data import geometry


def some_maps(count, zooms=(0.5, 2.0), seed=0, mirrored=True):
    """Maps `[count, 2, 3]` of 160 x 120 to about as much: turned, mirrored, stretched a little."""
    rng = np.random.default_rng(seed)
    angle, zoom = rng.uniform(-np.pi, np.pi, count), np.exp(rng.uniform(*np.log(zooms), count))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * zoom
    flip = rng.choice([-1, 1], count) if mirrored else np.ones(count)
    linear = np.moveaxis(turn, -1, 0) * np.stack([flip, np.ones(count)], axis=-1)[:, None]
    middle = [79.5, 59.5] + rng.uniform(-10, 10, (count, 2))
    shift = middle - np.einsum("nij,j->ni", linear, [79.5, 59.5])
    return np.concatenate([linear, shift[..., None]], axis=-1).astype("float32")


def blob(middle, size=(120, 160), sigma=5.0):
    """A bright spot `[H, W, 3]`."""
    y, x = np.mgrid[: size[0], : size[1]]
    spot = 255 * np.exp(-((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / (2 * sigma**2))
    return np.repeat(np.rint(spot).astype("uint8")[..., None], 3, axis=-1)


def centroid(image):
    weights = np.asarray(image, "float64")[..., 0]
    y, x = np.mgrid[: weights.shape[0], : weights.shape[1]]
    return np.array([(x * weights).sum(), (y * weights).sum()]) / weights.sum()


def move(points, matrix):
    return geometry.warp_keypoints(np.asarray(points, "float32"), matrix).numpy()


@pytest.mark.parametrize("shape", [(), (6,), (2, 3)])
def test_there_and_back_changes_nothing(shape):
    matrix = some_maps(6)[: max(1, int(np.prod(shape)))].reshape(*shape, 2, 3)
    points = np.random.default_rng(1).uniform(-50, 200, (*shape, 9, 3)).astype("float32")
    there = move(points, matrix)
    np.testing.assert_allclose(move(there, geometry.invert(matrix)), points, atol=2e-3)
    np.testing.assert_array_equal(there[..., 2], points[..., 2])
    identity = np.broadcast_to(np.eye(2, 3), (*shape, 2, 3))
    np.testing.assert_allclose(geometry.compose(geometry.invert(matrix), matrix), identity, atol=1e-4)
    np.testing.assert_allclose(geometry.compose(matrix, geometry.invert(matrix)), identity, atol=1e-3)


def test_composed_maps_are_done_one_after_the_other():
    first, second = some_maps(5, seed=1), some_maps(5, seed=2)
    points = np.random.default_rng(1).uniform(0, 100, (5, 4, 2))
    np.testing.assert_allclose(
        move(points, geometry.compose(second, first)), move(move(points, first), second), rtol=1e-4, atol=1e-2
    )


def test_zoom_is_how_long_a_pixel_becomes():
    matrix = geometry.crop_map([10.0, 20, 40, 30], (60, 80), angle=0.3, mirror=True)
    assert geometry.zoom(matrix).numpy() == pytest.approx(2)
    ends = move([[10, 10], [11, 10]], matrix)
    assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(2, rel=1e-4)


def test_a_box_fills_the_input_to_its_corners():
    corners = np.array([[9.5, 19.5], [49.5, 19.5], [9.5, 49.5], [49.5, 49.5]])  # The outer edges of its pixels.
    found = move(corners, geometry.crop_map([10.0, 20, 40, 30], (120, 160)))
    np.testing.assert_allclose(found, [[-0.5, -0.5], [159.5, -0.5], [-0.5, 119.5], [159.5, 119.5]], atol=1e-3)


def test_the_whole_image_maps_to_itself():
    np.testing.assert_allclose(geometry.crop_map([0.0, 0, 160, 120], (120, 160)), np.eye(2, 3), atol=1e-5)


@pytest.mark.parametrize("box", [(10.0, 20, 40, 10), (10.0, 20, 10, 40), (-30.0, 5, 300, 20)])
def test_a_box_of_another_shape_fits_in_the_middle(box):
    x, y, w, h = box
    edges = np.array([[x - 0.5, y - 0.5], [x + w - 0.5, y + h - 0.5]])
    low, high = move(edges, geometry.crop_map(box, (120, 160)))
    np.testing.assert_allclose((low + high) / 2, [79.5, 59.5], atol=1e-3)
    ratio = (high - low) / [160, 120]
    assert ratio.max() == pytest.approx(1, rel=1e-4)
    assert (high - low)[0] / (high - low)[1] == pytest.approx(w / h, rel=1e-4)


def test_a_larger_scale_shows_more():
    edges = np.array([[-0.5, -0.5], [159.5, 119.5]])
    found = move(edges, geometry.crop_map([0.0, 0, 160, 120], (120, 160), scale=2.0))
    np.testing.assert_allclose(found, [[39.5, 29.5], [119.5, 89.5]], atol=1e-3)


@pytest.mark.parametrize("mirror", [False, True])
def test_an_angle_turns_the_picture_clockwise(mirror):
    matrix = geometry.crop_map([0.0, 0, 101, 101], (101, 101), angle=np.pi / 2, mirror=mirror)
    found = move([[50, 0], [80, 50]], matrix)  # Above, and to the right of, the middle.
    np.testing.assert_allclose(found, [[100, 50], [50, 20 if mirror else 80]], atol=1e-3)


def test_a_shift_moves_by_parts_of_the_input():
    matrix = geometry.crop_map([0.0, 0, 160, 120], (120, 160), shift=(0.1, -0.05), angle=0.2, mirror=True)
    np.testing.assert_allclose(move([[79.5, 59.5]], matrix), [[95.5, 53.5]], atol=1e-3)


def test_mirroring_twice_changes_nothing():
    once = geometry.crop_map([0.0, 0, 160, 120], (120, 160), mirror=True)
    np.testing.assert_allclose(move([[0, 7], [159, 7]], once), [[159, 7], [0, 7]], atol=1e-3)
    np.testing.assert_allclose(geometry.compose(once, once), np.eye(2, 3), atol=1e-4)
    image = np.random.default_rng(0).integers(0, 256, (1, 120, 160, 3)).astype("uint8")
    mirrored = geometry.warp_images(image, once[None], (120, 160))
    np.testing.assert_array_equal(mirrored, image[:, :, ::-1])
    np.testing.assert_array_equal(geometry.warp_images(mirrored, once[None], (120, 160)), image)


def test_boxes_in_a_batch_are_cropped_as_alone():
    rng = np.random.default_rng(0)
    boxes = rng.uniform(5, 60, (7, 4)).astype("float32")
    options = {
        "scale": rng.uniform(0.5, 2, 7).astype("float32"),
        "angle": rng.uniform(-3, 3, 7).astype("float32"),
        "mirror": rng.uniform(size=7) < 0.5,
        "shift": rng.uniform(-0.1, 0.1, (7, 2)).astype("float32"),
    }
    batch = geometry.crop_map(boxes, (64, 48), **options)
    for i, box in enumerate(boxes):
        alone = geometry.crop_map(box, (64, 48), **{name: value[i] for name, value in options.items()})
        np.testing.assert_allclose(alone, batch[i], rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("box", [(5.0, 5, 0, 0), (5.0, 5, 0, 30), (5.0, 5, 0.2, 0.3)])
def test_an_empty_box_still_has_a_map(box):
    assert np.isfinite(geometry.crop_map(box, (64, 48))).all()
    assert np.isfinite(geometry.invert(geometry.crop_map(box, (64, 48)))).all()


def test_pictures_move_as_keypoints_do():
    rng = np.random.default_rng(0)
    matrices = some_maps(24)
    middles = [79.5, 59.5] + rng.uniform(-25, 25, (24, 2))
    images = np.stack([blob(middle) for middle in middles])
    warped = geometry.warp_images(images, matrices, (200, 260))
    expected = move(middles[:, None], matrices)[:, 0]
    inside = ((expected > 35) & (expected < [224, 164])).all(axis=1)
    assert inside.sum() > 8
    for image, point in zip(warped.numpy()[inside], expected[inside], strict=True):
        np.testing.assert_allclose(centroid(image), point, atol=0.05)


@pytest.mark.parametrize("zoom", [0.5, 0.4, 0.25, 0.13])
def test_strongly_shrunk_pictures_move_as_keypoints_do(zoom):
    middle = (90.3, 50.8)
    matrix = geometry.crop_map([[0.0, 0, 160, 120]], (96, 128), scale=0.8 / zoom, angle=0.4)
    assert geometry.zoom(matrix).numpy() == pytest.approx(zoom, rel=1e-4)
    warped = geometry.warp_images(blob(middle, sigma=12.0)[None], matrix, (96, 128)).numpy()
    np.testing.assert_allclose(centroid(warped[0]), move([middle], matrix[0])[0], atol=0.1)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_shrinking_by_a_whole_number_averages_blocks(n):
    image = np.random.default_rng(0).integers(0, 256, (1, 12 * n, 16 * n, 3)).astype("uint8")
    matrix = geometry.crop_map([[0.0, 0, 16 * n, 12 * n]], (12, 16))
    blocks = image[0].reshape(12, n, 16, n, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(geometry.warp_images(image, matrix, (12, 16))[0], blocks, atol=0.501)


def test_outside_is_black():
    white = np.full((1, 40, 40, 3), 255, "uint8")
    matrix = geometry.crop_map([[0.0, 0, 40, 40]], (80, 80), scale=2.0)
    warped = geometry.warp_images(white, matrix, (80, 80)).numpy()[0]
    assert (warped[20:60, 20:60] == 255).all()
    assert warped.sum() == 255 * 40 * 40 * 3


def test_what_lies_beyond_the_frame_has_no_part_in_it():
    image = np.random.default_rng(0).integers(0, 256, (1, 60, 80, 3)).astype("uint8")
    matrix = geometry.crop_map([[20.0, 10, 40, 30]], (30, 40))
    np.testing.assert_array_equal(geometry.warp_images(image, matrix, (30, 40))[0], image[0, 10:40, 20:60])


def test_an_image_of_one_pixel_is_warped():
    image = np.full((1, 1, 1, 3), 200, "uint8")
    for size in ((1, 1), (8, 8)):
        warped = geometry.warp_images(image, geometry.crop_map([[0.0, 0, 1, 1]], size), size)
        assert warped.shape == (1, *size, 3)
    assert (geometry.warp_images(image, geometry.crop_map([[0.0, 0, 1, 1]], (1, 1)), (1, 1)) == 200).numpy().all()


def test_maps_of_any_number_of_channels_are_warped_alike():
    maps = np.random.default_rng(0).normal(size=(2, 30, 40, 7)).astype("float32")
    matrix = some_maps(2, zooms=(0.9, 1.1))
    warped = geometry.warp_maps(maps, matrix, (30, 40))
    assert warped.shape == (2, 30, 40, 7)
    np.testing.assert_allclose(geometry.warp_maps(maps[..., 3:4], matrix, (30, 40)), warped[..., 3:4], atol=1e-6)


def test_compiled_equals_eager():
    images = np.stack([blob((60, 50)), blob((100, 70))])
    matrices = some_maps(2, zooms=(0.3, 0.5))
    compiled = tf.function(geometry.warp_images)(images, matrices, (64, 64))
    np.testing.assert_array_equal(compiled, geometry.warp_images(images, matrices, (64, 64)))

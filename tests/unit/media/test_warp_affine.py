"""Warping is OpenCV's, to the last bit, and goes on where OpenCV's ends."""

import cv2
import numpy as np
import pytest

from unipose.media.warp_affine import is_too_long, warp_affine

SIZE = 48, 64


def matrix(center: tuple[float, float], zoom: float, angle: float) -> np.ndarray:
    """Turns and enlarges what is around a place into the middle of the result."""
    turned = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.hstack([turned, (np.array(SIZE) / 2 - turned @ center)[:, None]])


def picture(width: int) -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 255, (120, width, 3), dtype=np.uint8)
    return cv2.GaussianBlur(noise, None, 6)  # OpenCV rounds places to 1/32 pixel, which shows in noise alone


def opencv(image: np.ndarray, to_result: np.ndarray) -> np.ndarray:
    return cv2.warpAffine(image, to_result, SIZE, flags=cv2.INTER_LINEAR)


PLACES = [
    ((20000, 60), 0.7, 0.3),
    ((32766, 60), 1.5, -0.4),
    ((5, 118), 0.5, 0.0),
    ((-40, 60), 1.0, 0.2),
    ((-4000, 60), 1.0, 0.2),  # nothing of the picture
]


@pytest.mark.parametrize('place', PLACES)
def test_what_opencv_warps_is_its_own(place: tuple) -> None:
    image = picture(32_766)
    assert not is_too_long(image)
    assert (warp_affine(image, matrix(*place), SIZE) == opencv(image, matrix(*place))).all()


@pytest.mark.parametrize('place', PLACES)
@pytest.mark.parametrize('upright', [False, True])
def test_longer_pictures_look_the_same(place: tuple, upright: bool) -> None:
    image, to_result = picture(33_000), matrix(*place)
    near = np.ascontiguousarray(image[:, 1000:] if place[0][0] > 1000 else image[:, :32_000])  # which OpenCV warps
    moved = to_result @ [[1, 0, 1000 if place[0][0] > 1000 else 0], [0, 1, 0], [0, 0, 1]]
    expected = opencv(near, moved)
    if upright:
        image, to_result = np.ascontiguousarray(image.transpose(1, 0, 2)), to_result[:, [1, 0, 2]]
    assert is_too_long(image)
    assert np.abs(warp_affine(image, to_result, SIZE).astype(int) - expected).max() <= 2


def test_the_whole_of_a_picture_that_is_too_long_itself() -> None:
    image = np.repeat(np.arange(100_000, dtype=np.float32) * 255 / 100_000, 3).reshape(1, -1, 3).astype(np.uint8)
    seen = warp_affine(image.repeat(30, 0), np.array([[SIZE[0] / 100_000, 0, 0], [0, 1, 0]]), SIZE)
    np.testing.assert_allclose(seen[10, :, 0], np.arange(SIZE[0]) * 255 / SIZE[0], atol=2)


def test_opencvs_limit_is_where_it_is_taken_to_be() -> None:
    with pytest.raises(cv2.error, match='SHRT_MAX'):
        opencv(np.zeros((1, 32_767, 3), np.uint8), np.eye(2, 3))

from pathlib import Path

import cv2
import numpy as np
import pytest

from unipose.datasets.photometric_preprocessor import change_hsv_8bit
from unipose.datasets.transforms import DrawPhotometric

CANVAS = np.random.default_rng(0).integers(0, 255, (128, 96, 3), dtype=np.uint8)


def draw(count: int, **options) -> np.ndarray:
    np.random.seed(0)
    transform = DrawPhotometric(**options)
    return np.stack([transform.transform(dict(img=CANVAS))['photometric'] for _ in range(count)])


def test_changes_of_colour_are_whole_numbers_within_bounds() -> None:
    gains = draw(500)[:, :3]
    assert (gains == np.trunc(gains)).all() and (np.abs(gains) <= (5, 30, 30)).all()
    np.testing.assert_allclose((gains[:, 1:] == 0).mean(0), 0.5, atol=0.08)


def test_holes_lie_in_the_canvas_and_have_their_sizes() -> None:
    left, top, right, bottom = draw(500)[:, 3:].T
    assert left.min() >= 0 and top.min() >= 0 and right.max() <= 96 and bottom.max() <= 128
    widths, heights = (right - left) / 96, (bottom - top) / 128
    for sides in (widths, heights):
        assert sides.min() >= 0.18 and sides.max() <= 0.4 and sides.mean() == pytest.approx(0.3, abs=0.02)


def test_no_hole_is_all_zero() -> None:
    assert not draw(20, hole_prob=0.0)[:, 3:].any()


def test_blur_happens_as_often_as_asked() -> None:
    np.random.seed(0)
    transform = DrawPhotometric(blur_prob=0.3)
    same = [transform.transform(dict(img=CANVAS))['img'] is CANVAS for _ in range(300)]
    assert np.mean(same) == pytest.approx(0.7**2, abs=0.08)


@pytest.mark.parametrize('blur', [lambda image, side: cv2.blur(image, (side, side)), cv2.medianBlur])
def test_blur_before_colour_is_as_good_as_after_it(blur) -> None:
    photo = Path(__file__).parents[4] / 'docs/images/astronaut.jpg'
    image, rng = cv2.resize(cv2.imread(str(photo)), (256, 256), interpolation=cv2.INTER_AREA), np.random.default_rng(0)
    apart, changed = [], []
    for _ in range(30):
        gains, side = [int(rng.integers(-most, most + 1)) for most in (5, 30, 30)], int(rng.choice([3, 5, 7]))
        before, after = change_hsv_8bit(blur(image, side), *gains), blur(change_hsv_8bit(image, *gains), side)
        apart.append(cv2.absdiff(before, after).mean())
        changed.append(cv2.absdiff(after, image).mean())
    assert np.mean(apart) < 1.0 and np.mean(apart) < 0.1 * np.mean(changed)

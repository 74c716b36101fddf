import numpy as np
import pytest
from mmpose.datasets.transforms import RandomFlip

from unipose.datasets.transforms import CanvasAffine, MarkRandomFlip


def sample() -> dict:
    rng = np.random.default_rng(0)
    return dict(
        img=rng.integers(0, 255, (90, 120, 3), dtype=np.uint8),
        img_shape=(90, 120),
        bbox=np.array([[20, 10, 70, 80]], np.float32),
        bbox_padding=1.0,
        bbox_center=np.array([[45, 45]], np.float32),
        bbox_scale=np.array([[60, 80]], np.float32),
        bbox_rotation=np.array([20.0], np.float32),
        keypoints=rng.uniform(20, 70, (1, 4, 2)).astype(np.float32),
        keypoints_visible=np.array([[1, 0, 1, 1]], np.float32),
        flip_indices=[1, 0, 2, 3],
    )


@pytest.mark.parametrize('prob', [0.0, 1.0])
def test_the_canvas_is_the_mirrored_images(prob: float) -> None:
    crop = CanvasAffine(input_size=(48, 64), canvas_size=(64, 64))
    expected = crop.transform(RandomFlip(prob=prob, direction='horizontal').transform(sample()))
    found = crop.transform(MarkRandomFlip(prob=prob).transform(sample()))
    assert found['flip'] is expected['flip'] is bool(prob)
    assert np.abs(found['img'].astype(int) - expected['img']).mean() < 0.5
    for key in ('keypoint_labels', 'keypoint_weights', 'bbox', 'input_center'):
        np.testing.assert_allclose(found[key], expected[key])


def test_the_image_is_left_alone() -> None:
    image = sample()['img']
    assert MarkRandomFlip(prob=1.0).transform(dict(sample(), img=image))['img'] is image


@pytest.mark.parametrize('prob', [0.3, 0.5])
def test_it_draws_what_mmposes_draws(prob: float) -> None:
    drawn = []
    for flip in (MarkRandomFlip(prob), RandomFlip(prob, 'horizontal')):
        np.random.seed(0)
        drawn.append([*(flip._choose_direction() for _ in range(200)), np.random.rand()])
    assert drawn[0] == drawn[1] and {'horizontal', None} < set(drawn[0])

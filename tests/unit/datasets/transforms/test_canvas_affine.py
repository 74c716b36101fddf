import cv2
import numpy as np
import pytest
from mmpose.datasets.transforms import TopdownAffine

from unipose.datasets.transforms import CanvasAffine


def sample(rotation: float = 0.0) -> dict:
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    image = cv2.GaussianBlur(noise, None, 6)  # OpenCV rounds places to 1/32 pixel, which shows in noise alone
    return dict(
        img=image,
        bbox_center=np.array([[210.0, 140.0]], np.float32),
        bbox_scale=np.array([[90.0, 180.0]], np.float32),
        bbox_rotation=np.array([rotation], np.float32),
        keypoints=np.array([[[200.0, 120.0], [230.0, 180.0], [0.0, 0.0]]], np.float32),
        keypoints_visible=np.array([[1.0, 1.0, 0.0]], np.float32),
    )


@pytest.mark.parametrize('rotation', [0.0, 33.0])
def test_the_students_window_is_mmposes_crop(rotation: float) -> None:
    ours = CanvasAffine((192, 256), (256, 256)).transform(sample(rotation))
    theirs = TopdownAffine((192, 256)).transform(sample(rotation))
    assert ours['img'].shape == (256, 256, 3)
    difference = np.abs(ours['img'][:, 32:224].astype(int) - theirs['img'].astype(int))
    assert difference.max() <= 1
    np.testing.assert_allclose(ours['keypoint_labels'], theirs['transformed_keypoints'], atol=1e-3)
    for key in ('input_size', 'input_center', 'input_scale', 'bbox_scale'):
        np.testing.assert_allclose(ours[key], theirs[key])


def test_weights_follow_the_annotation() -> None:
    results = CanvasAffine((192, 256), (256, 256)).transform(sample())
    assert results['keypoint_weights'].tolist() == [[1, 1, 0]]


def test_a_canvas_that_does_not_hold_the_student_is_refused() -> None:
    with pytest.raises(ValueError, match='centred whole-pixel window'):
        CanvasAffine((192, 256), (191, 256))

"""MMPose's crop, which is registered under its name."""

import cv2
import numpy as np
import pytest
from mmpose.datasets.transforms import TopdownAffine as MMPoseTopdownAffine
from mmpose.registry import TRANSFORMS

from unipose.datasets.transforms import CanvasAffine, TopdownAffine


def sample(image: np.ndarray, left: float) -> dict:
    return dict(
        img=image,
        bbox=np.array([[left, 20.0, left + 60, 110.0]], np.float32),
        bbox_padding=1.25,
        bbox_center=np.array([[left + 30, 65.0]], np.float32),
        bbox_scale=np.array([[75.0, 112.5]], np.float32),
        bbox_rotation=np.array([20.0], np.float32),
        keypoints=np.array([[[left + 10, 40.0], [left + 50, 90.0]]], np.float32),
        keypoints_visible=np.ones((1, 2), np.float32),
    )


@pytest.fixture(scope='module')
def wide() -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 255, (130, 33_000, 3), dtype=np.uint8)
    return cv2.GaussianBlur(noise, None, 6)


@pytest.mark.parametrize('udp', [False, True])
def test_ordinary_pictures_are_mmposes_to_the_last_bit(wide: np.ndarray, udp: bool) -> None:
    crop = TRANSFORMS.build(dict(type='TopdownAffine', input_size=(48, 64), use_udp=udp))
    assert type(crop) is TopdownAffine
    ours = crop(sample(wide[:, :400], 200.0))
    theirs = MMPoseTopdownAffine((48, 64), udp)(sample(wide[:, :400], 200.0))
    assert all(np.array_equal(ours[key], theirs[key]) for key in theirs) and ours.keys() == theirs.keys()


CANVAS = CanvasAffine((48, 64), (64, 64))


@pytest.mark.parametrize(
    ('crop', 'mirrored'),
    [(TopdownAffine((48, 64)), False), (TopdownAffine((48, 64), use_udp=True), False), (CANVAS, False), (CANVAS, True)],
    ids=['MMPose', 'UDP', 'canvas', 'mirrored canvas'],
)
def test_a_person_in_a_picture_that_opencv_does_not_warp(wide: np.ndarray, crop, mirrored: bool) -> None:
    start = 32_200  # from here on it is short enough
    pictures = wide, wide[:, start:]
    if mirrored:  # boxes are of the mirror image
        pictures = [image[:, ::-1] for image in pictures]
    there, alone = (
        crop(dict(sample(np.ascontiguousarray(image), left), img_mirrored=mirrored))
        for image, left in zip(pictures, (32_500.0, 300.0))
    )
    # it rounds places to 1/32 pixel, which is 4 grey levels beside the black around the picture
    assert np.abs(there['img'].astype(int) - alone['img']).max() <= 4 and there['img'].std() > 1
    np.testing.assert_allclose(there['transformed_keypoints'], alone['transformed_keypoints'], atol=0.02)
    np.testing.assert_allclose(there['input_center'] - alone['input_center'], [start, 0], atol=0.01)

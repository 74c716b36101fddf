import cv2
import numpy as np
import pytest
from mmpose.datasets.transforms import BottomupRandomAffine, RandomFlip

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules
from unipose.datasets.transforms import CutPeople, KeepPicture

BOXES = np.array([[40, 30, 90, 160], [200, 60, 260, 180]], np.float32)


def picture_with_dots(dots: np.ndarray) -> np.ndarray:
    """Black, 300 x 200, with a soft white dot at each place."""
    y, x = np.mgrid[:200, :300]
    near = [np.exp(-((x - u) ** 2 + (y - v) ** 2) / 18) for u, v in dots]
    return np.repeat((255 * np.max(near, 0))[..., None], 3, 2).astype(np.uint8)


def brightest(crop: np.ndarray) -> np.ndarray:
    grey = crop[0].astype(np.float64) * (crop[0] > 128)
    y, x = np.mgrid[: grey.shape[0], : grey.shape[1]]
    return np.array([(x * grey).sum(), (y * grey).sum()]) / grey.sum()


def cut(**changes: object) -> dict:
    dots = np.array([[60.0, 70.0], [235.0, 120.0]])
    results = dict(
        img=picture_with_dots(dots),
        img_shape=(200, 300),
        keypoints=dots[:, None].astype(np.float32),
        keypoints_visible=np.ones((2, 1), np.float32),
        flip_indices=[0],
        bbox=BOXES.copy(),
        given_bbox=BOXES,
        bbox_padding=1.25,
    )
    np.random.seed(changes.pop('seed', 0))
    affine = BottomupRandomAffine(
        input_size=(160, 160), scale_type='long', rotate_factor=30, distribution='uniform', bbox_keep_corner=False
    )
    for step in (KeepPicture(), affine, RandomFlip(**{'prob': 0.0, **changes}), CutPeople((96, 128))):
        results = step.transform(results)
    return results


@pytest.mark.parametrize('prob', [0.0, 1.0])
@pytest.mark.parametrize('seed', [0, 1, 2])
def test_what_a_crop_shows_lies_where_its_place_in_the_input_says(prob: float, seed: int) -> None:
    results = cut(prob=prob, seed=seed)
    assert results['crops'].shape == (2, 3, 128, 96) and results['crops'].dtype == np.uint8
    assert 'picture' not in results
    for crop, center, height, [dot] in zip(
        *(results[key] for key in ('crops', 'crop_centers', 'crop_heights', 'keypoints')), strict=True
    ):
        expected = [48, 64] + (dot - center) * 128 / height
        np.testing.assert_allclose(brightest(crop), expected, atol=0.35)


def test_a_crop_is_what_top_down_models_are_shown() -> None:
    results = dict(
        picture=np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8),
        input_size=(300, 200),
        warp_mat=np.array([[1.0, 0, 0], [0, 1, 0]]),
        given_bbox=BOXES[:1],
        bbox_padding=1.25,
    )
    picture = results['picture']
    results = CutPeople((96, 128)).transform(results)
    scale = 128 / (1.25 * 130)
    matrix = np.array([[scale, 0, 48 - scale * 65], [0, scale, 64 - scale * 95]])
    expected = cv2.warpAffine(picture, matrix, (96, 128), flags=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(results['crops'][0], expected.transpose(2, 0, 1))
    np.testing.assert_allclose(results['crop_heights'], [162.5])


def test_a_wide_box_is_grown_to_the_aspect_ratio() -> None:
    wide = np.array([[0, 0, 150, 50]], np.float32)
    results = dict(
        picture=np.zeros((200, 300, 3), np.uint8), input_size=(300, 200), warp_mat=np.eye(3)[:2], given_bbox=wide
    )
    assert CutPeople((64, 64), 0.5).transform(dict(results, bbox_padding=1.0))['crop_heights'].tolist() == [300.0]


def test_the_picture_must_have_been_kept() -> None:
    with pytest.raises(ValueError, match='put KeepPicture before'):
        CutPeople((64, 64)).transform({})
    with pytest.raises(ValueError, match='width and height'):
        CutPeople(64)

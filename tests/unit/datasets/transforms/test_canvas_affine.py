import cv2
import numpy as np
import pytest
from mmpose.datasets.transforms import TopdownAffine
from mmpose.structures.bbox import get_warp_matrix

from unipose.datasets.transforms import CanvasAffine


def sample(rotation: float = 0.0) -> dict:
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    image = cv2.GaussianBlur(noise, None, 6)  # OpenCV rounds places to 1/32 pixel, which shows in noise alone
    return dict(
        img=image,
        bbox=np.array([[180.0, 80.0, 240.0, 200.0]], np.float32),
        bbox_padding=1.5,
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


@pytest.mark.parametrize(('size', 'scale'), [((256, 256), 1.0), ((342, 342), 1.0), ((512, 512), 2.0)])
def test_the_matrix_is_mmposes_to_the_last_bit(size: tuple[int, int], scale: float) -> None:
    rng, crop = np.random.default_rng(0), CanvasAffine((192, 256), size, scale)
    for rotation in [0.0, *rng.normal(0, 60, 200).astype(np.float32)]:
        center, box = (rng.random(2) * 700).astype(np.float32), (rng.random((1, 2)) * 500 + 1).astype(np.float32)
        grown = crop._fix_aspect_ratio(box, 0.75)
        np.testing.assert_array_equal(grown, TopdownAffine._fix_aspect_ratio(box, 0.75), strict=True)
        [around] = grown * crop.of_all.share
        expected = get_warp_matrix(center, around, rotation, output_size=size)
        np.testing.assert_array_equal(crop.of_all.matrix(center, around[0], rotation), expected)


def test_weights_follow_the_annotation() -> None:
    results = CanvasAffine((192, 256), (256, 256)).transform(sample())
    assert results['keypoint_weights'].tolist() == [[1, 1, 0]]


def test_a_canvas_that_does_not_hold_the_student_is_refused() -> None:
    with pytest.raises(ValueError, match='centred whole-pixel window'):
        CanvasAffine((192, 256), (191, 256))


def corners(results: dict) -> np.ndarray:
    """Right and lower middle of the person's box, student pixels."""
    return results['person_box'][0, 0] + results['person_box'][0, 1:]


@pytest.mark.parametrize('rotation', [0.0, 33.0])
@pytest.mark.parametrize('scale', [1.0, 2.0])
def test_the_persons_box_goes_where_the_labels_go(rotation: float, scale: float) -> None:
    given = sample(rotation)
    given['keypoints'][0] = [[240.0, 140.0], [210.0, 200.0], [210.0, 140.0]]  # sides and centre of the box
    found = CanvasAffine((192, 256), (512, 512), scale).transform(given)
    np.testing.assert_allclose(corners(found), found['keypoint_labels'][0, :2], atol=1e-3)
    np.testing.assert_allclose(found['person_box'][0, 0], found['keypoint_labels'][0, 2], atol=1e-3)
    # 90 x 180 of padding 1.5, of which the height fills the student's window
    np.testing.assert_allclose(found['person_size'], [[60 * 256 / 180, 120 * 256 / 180]], rtol=1e-5)


def test_a_finer_canvas_shows_the_student_the_same() -> None:
    plain, finer = CanvasAffine((192, 256), (256, 256)), CanvasAffine((192, 256), (512, 512), 2.0)
    one, other = plain.transform(sample()), finer.transform(sample())
    shown = cv2.resize(other['img'][:, 64:448], (192, 256), interpolation=cv2.INTER_AREA)
    difference = np.abs(shown.astype(int) - one['img'][:, 32:224].astype(int))
    # a pixel of the finer canvas is a quarter of one, so what is shown lies a quarter of a pixel further left
    np.testing.assert_allclose(other['keypoint_labels'], one['keypoint_labels'] - 0.25, atol=1e-3)
    assert difference.mean() < 2

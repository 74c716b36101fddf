import numpy as np
import pytest

from unipose.files.coco.oddities import odd_of_areas, odd_of_places

SIZES = np.full((40, 2), (640, 480))


def people(count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Boxes of x, y, width, height, and keypoints all over them."""
    rng = np.random.default_rng(0)
    boxes = np.concatenate([rng.uniform(5, 200, (count, 2)), rng.uniform(80, 250, (count, 2))], 1)
    places = boxes[:, None, :2] + rng.uniform(0.05, 0.95, (count, 17, 2)) * boxes[:, None, 2:]
    return boxes, np.concatenate([places, np.full((count, 17, 1), 2)], 2).astype(np.float32)


def kinds(boxes: np.ndarray, keypoints: np.ndarray, sizes: np.ndarray = SIZES) -> list[str]:
    return [kind for kind, _ in odd_of_places(boxes, keypoints, sizes[: len(boxes)])]


def test_people_are_not_odd() -> None:
    assert kinds(*people()) == []


def test_people_who_fill_their_pictures_are_not_odd() -> None:
    # LSP's: taken as corners, boxes hold the keypoints, too
    boxes, keypoints = people()
    keypoints[..., :2] += (8 - boxes[:, None, :2]) * (1, 1)
    boxes[:, :2] = 8
    assert kinds(boxes, keypoints) == []


def test_corners_are_told_from_width_and_height() -> None:
    boxes, keypoints = people()
    corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], 1)
    assert kinds(corners, keypoints) == ['box-corners']
    assert kinds(corners[:9], keypoints[:9]) == []  # too few to tell


@pytest.mark.parametrize('whole', [100.0, 1.0])
def test_shares_are_told_from_pixels(whole: float) -> None:
    boxes, keypoints = people()
    scale = np.array([whole / 640, whole / 480])
    keypoints[..., :2] *= scale.astype(np.float32)
    boxes *= np.tile(scale, 2)
    assert kinds(boxes, keypoints) == ['not-pixels']
    assert kinds(boxes, keypoints, np.full((40, 2), 96)) == []  # in small pictures they may be pixels


def test_keypoints_at_the_corner_are_counted() -> None:
    boxes, keypoints = people()
    keypoints[0, :2] = (0, 0, 2)
    keypoints[1, 0] = 0
    (found,) = odd_of_places(boxes, keypoints, SIZES)
    assert found == ('corner-keypoints', f'2 of {40 * 17 - 1} labelled keypoints')


def test_areas_of_boxes_are_told_from_those_of_people() -> None:
    boxes, rng = people()[0], np.random.default_rng(1)
    whole, all_of_them = boxes[:, 2:].prod(1), np.ones(40, bool)
    assert not list(odd_of_areas(boxes, whole * rng.uniform(0.3, 0.9, 40), all_of_them))
    assert not list(odd_of_areas(boxes, whole * 0.53, all_of_them))
    mostly = np.where(np.arange(40) < 35, whole, 0.6 * whole)
    assert not list(odd_of_areas(boxes, mostly, all_of_them))
    assert [kind for kind, _ in odd_of_areas(boxes, whole, all_of_them)] == ['area-of-box']
    annotated = np.arange(40) < 5
    assert [kind for kind, _ in odd_of_areas(boxes, whole, annotated)] == ['no-area']

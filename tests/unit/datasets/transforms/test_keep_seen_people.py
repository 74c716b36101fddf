import numpy as np
import pytest

from unipose.datasets.transforms import KeepSeenPeople

BOXES = np.array([[0, 0, 20, 40], [0, 0, 20, 40], [0, 0, 7, 40], [5, 5, 13, 13]], np.float32)


def people(visible: np.ndarray, **changes: object) -> dict:
    count = len(visible)
    return (
        dict(
            bbox=BOXES[:count],
            bbox_score=np.ones(count),
            keypoints=np.arange(count * 6.0).reshape(count, 3, 2),
            keypoints_visible=visible.astype(np.float32),
            area=np.arange(float(count)),
            given_bbox=2 * BOXES[:count],
            others=np.full((1, 4), 9.0, np.float32),
            annotated=np.array([1, 1, 0], np.float32),
            picture=1,
        )
        | changes
    )


def test_who_shows_nothing_that_is_annotated_or_is_tiny_is_one_of_the_others() -> None:
    kept = KeepSeenPeople().transform(people(np.array([[1, 0, 0], [0, 0, 1], [1, 1, 1], [0, 0.5, 1]])))
    assert kept['bbox'].tolist() == BOXES[[0, 3]].tolist() and kept['area'].tolist() == [0, 3]
    np.testing.assert_array_equal(kept['given_bbox'], 2 * BOXES[[0, 3]])
    np.testing.assert_array_equal(kept['keypoints_visible'], [[1, 0, 0], [0, 0.5, 0]])
    np.testing.assert_array_equal(kept['others'], np.concatenate([np.full((1, 4), 9), 2 * BOXES[[1, 2]]]))
    assert len(kept['keypoints']) == len(kept['bbox_score']) == 2 and kept['picture'] == 1


def test_a_picture_may_have_nobody() -> None:
    kept = KeepSeenPeople().transform(people(np.zeros((0, 3))))
    assert len(kept['bbox']) == 0 and len(kept['others']) == 1


def test_corners_are_refused() -> None:
    with pytest.raises(ValueError, match='bbox_keep_corner=False'):
        KeepSeenPeople().transform(dict(bbox=np.zeros((1, 4, 2))))

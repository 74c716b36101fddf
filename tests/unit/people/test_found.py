import numpy as np

from unipose.people.found import found_boxes, found_scores


def test_what_a_model_says_goes_before_what_keypoints_say() -> None:
    keypoints = np.array([[[1.0, 5], [3, 2], [2, 9]]])
    people = dict(keypoints=keypoints, keypoint_scores=np.array([[0.2, 0.4, 0.9]]))
    np.testing.assert_allclose(found_scores(people), [0.5])
    np.testing.assert_allclose(found_boxes(people), [[1, 2, 3, 9]])
    said = people | dict(bbox_scores=np.array([0.7]), bboxes=np.array([[0.0, 0, 4, 10]]))
    np.testing.assert_allclose(found_scores(said), [0.7])
    np.testing.assert_allclose(found_boxes(said), [[0, 0, 4, 10]])


def test_nobody() -> None:
    people = dict(keypoints=np.zeros((0, 17, 2)), keypoint_scores=np.zeros((0, 17)))
    assert found_scores(people).shape == (0,) and found_boxes(people).shape == (0, 4)

import numpy as np

from unipose.rescoring.matched import matched_oks
from unipose.skeletons import load_skeleton

SIGMAS = np.array(load_skeleton('coco').sigmas)
RNG = np.random.default_rng(0)
TRUTH = RNG.uniform(0, 100, (2, 17, 2)) + np.array([0, 300])[:, None, None]
AREAS = np.array([4000.0, 4000.0])


def matched(keypoints: np.ndarray, annotated: np.ndarray | None = None, others: list | None = None) -> np.ndarray:
    boxes = np.concatenate([keypoints.min(1), keypoints.max(1)], -1)
    known = np.ones((2, 17)) if annotated is None else annotated
    return matched_oks(keypoints, boxes, TRUTH, known, AREAS, np.reshape(others or [], (-1, 4)), SIGMAS)


def test_each_is_compared_with_whom_it_is_most_alike() -> None:
    found = np.stack([TRUTH[1], TRUTH[0] + 3, TRUTH[1] + 1000, TRUTH[1]])
    alike = matched(found)
    assert alike[0] == alike[3] == 1 and 0.3 < alike[1] < 1 and alike[2] < 1e-6


def test_keypoints_that_are_not_annotated_count_for_nothing() -> None:
    found, annotated = TRUTH[:1].copy(), np.ones((2, 17))
    found[0, 5:] += 500
    annotated[:, 5:] = 0
    assert matched(found, annotated)[0] == 1 and matched(found)[0] < 0.5


def test_who_may_be_one_of_the_others_is_left_out() -> None:
    found = np.stack([TRUTH[0] + 1000, TRUTH[0], TRUTH[0] - 1000])
    alike = matched(found, others=[[900, 900, 1300, 1300], [0, 0, 100, 100]])
    assert np.isnan(alike[0]) and alike[1] == 1 and alike[2] < 1e-6


def test_nobody_is_annotated() -> None:
    keypoints = TRUTH[:1]
    alike = matched_oks(
        keypoints, np.zeros((1, 4)), np.zeros((0, 17, 2)), np.zeros((0, 17)), np.zeros(0), np.zeros((0, 4)), SIGMAS
    )
    assert alike.tolist() == [0]

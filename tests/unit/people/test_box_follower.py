"""The detector is asked on its turns, and before where somebody was lost; in between boxes go where keypoints go."""

import numpy as np
import pytest

from unipose.people import BoxFollower, Person

IMAGE = np.zeros((200, 300, 3), np.uint8)
BOX = np.float32([100, 50, 140, 150])
KEYPOINTS = np.float32([[120, 60], [110, 100], [130, 100], [120, 140]])


class Detector:
    """Finds what it is told, and remembers on which frames it was asked."""

    def __init__(self, *boxes: np.ndarray) -> None:
        self.boxes, self.asked, self.frame = np.float32(boxes).reshape(-1, 4), [], -1

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.asked.append(self.frame)
        return self.boxes, np.linspace(0.9, 0.8, len(self.boxes), dtype=np.float32)


def person(box: np.ndarray, moved: tuple[float, float] = (0, 0), score: float = 0.8) -> Person:
    """Somebody whose keypoints have moved since they were detected."""
    return Person(KEYPOINTS + np.float32(moved), np.full(4, score, np.float32), box, 0.9)


def test_a_box_goes_where_the_keypoints_go() -> None:
    follower = BoxFollower(detector := Detector(BOX), every=3)
    places = []
    for detector.frame, moved in enumerate([(0, 0), (5, -2), (9, -4), (20, 0), (1, 1)]):
        ((box,), (score,)) = follower(IMAGE)
        places.append((box - BOX).tolist())
        assert score == pytest.approx(0.9)
        seen = person(box, moved)
        seen.keypoints[0] += 40  # the median does not follow a keypoint that jumps
        follower.saw([seen])
    assert detector.asked == [0, 3]
    assert places == [[0, 0, 0, 0], [0, 0, 0, 0], [5, -2, 5, -2], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_keypoints_that_are_not_sure_do_not_move_a_box() -> None:
    follower = BoxFollower(Detector(BOX), every=9)
    follower(IMAGE)
    follower.saw([person(BOX)])
    follower(IMAGE)
    unsure = person(BOX, (30, 30))
    unsure.keypoints[0], unsure.scores[:] = KEYPOINTS[0] + [4, 0], [0.9, 0.2, 0.1, 0.9]
    unsure.keypoints[3] = KEYPOINTS[3] + [4, 0]
    follower.saw([unsure])
    assert (follower(IMAGE)[0] - BOX).tolist() == [[4, 0, 4, 0]]


def test_who_is_lost_is_searched_for_on_the_next_frame() -> None:
    follower = BoxFollower(detector := Detector(BOX), every=5)
    for detector.frame, score in enumerate([0.8, 0.7, 0.41, 0.39, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8]):
        (box,), _ = follower(IMAGE)
        follower.saw([person(box, score=score)])
    assert detector.asked == [0, 4, 9]  # below half of 0.8 on frame 3; the next turn is 5 frames later


def test_a_frame_that_is_not_told_of_has_the_next_one_searched() -> None:
    follower = BoxFollower(detector := Detector(BOX), every=3)
    for detector.frame, is_told in enumerate([True, True, False, True, True, False, False, True]):
        (box,), _ = follower(IMAGE)
        if is_told:
            follower.saw([person(box)])
    assert detector.asked == [0, 3, 6, 7]


def test_people_are_told_of_box_by_box() -> None:
    follower = BoxFollower(Detector(BOX, BOX + 60), every=3)
    boxes, _ = follower(IMAGE)
    follower.saw([person(box) for box in boxes])
    boxes, _ = follower(IMAGE)
    with pytest.raises(ValueError, match=r'of 2 boxes as many people are to be told, in their order. Got: 1'):
        follower.saw([person(boxes[0])])


def test_two_who_became_one_are_searched_for() -> None:
    other = BOX + np.float32([60, 0, 60, 0])
    follower = BoxFollower(detector := Detector(BOX, other), every=9)
    for detector.frame, apart in enumerate([60, 30, 3, 60]):  # the second one's keypoints go over to the first one
        boxes, scores = follower(IMAGE)
        follower.saw([person(boxes[0]), person(boxes[1], (apart, 0))])
        assert len(scores) == 2
    assert detector.asked == [0, 3]


def test_people_who_overlapped_from_the_start_are_followed() -> None:
    follower = BoxFollower(detector := Detector(BOX, BOX + 1), every=3)
    for detector.frame in range(4):
        boxes, _ = follower(IMAGE)
        follower.saw([person(box) for box in boxes])
    assert detector.asked == [0, 3]


def test_who_has_left_is_gone_and_an_empty_frame_is_searched_at_its_turn() -> None:
    follower = BoxFollower(detector := Detector(BOX), every=4)
    counts = []
    for detector.frame, moved in enumerate([(0, 0), (180, 0), (199, 0), (0, 0)]):
        boxes, scores = follower(IMAGE)
        counts.append(len(boxes))
        assert (boxes >= 0).all() and (boxes <= [300, 200, 300, 200]).all() and len(scores) == len(boxes)
        follower.saw([person(box, moved) for box in boxes])
    assert counts == [1, 1, 1, 0] and detector.asked == [0]
    detector.boxes, detector.frame = np.zeros((0, 4), np.float32), 4
    for _ in range(4):
        assert len(follower(IMAGE)[0]) == 0
        follower.saw([])
    assert detector.asked == [0, 4]


def test_every_frame_is_searched_by_default_and_none_without_a_detector() -> None:
    follower = BoxFollower(detector := Detector(BOX))
    for detector.frame in range(3):
        follower(IMAGE)
    assert detector.asked == [0, 1, 2]  # though nobody told what was seen
    alone = BoxFollower(None, every=5)
    assert alone(IMAGE) == (None, None)
    alone.saw([person(BOX)])
    assert alone(IMAGE) == (None, None)
    with pytest.raises(ValueError, match='at least 1. Got: 0'):
        BoxFollower(detector, 0)

"""People keep their ids: who crosses, who is hidden, who leaves and returns."""

import numpy as np
import pytest

from unipose.people import PeopleTracker, Person, unchanged
from unipose.skeletons import load_skeleton

COCO = load_skeleton('coco')
SHAPE = np.random.default_rng(0).uniform((10, 10), (50, 110), (17, 2))  # of a person 60 wide and 120 high
FPS = 25.0


def person(x: float, y: float = 0.0, box_score: float = 0.9, score: float = 0.8) -> Person:
    """Somebody whose box has its corner there."""
    box = np.float32([x, y, x + 60, y + 120])
    return Person(np.float32(SHAPE + [x, y]), np.full(17, score, np.float32), box, box_score)


def ids(people: list[Person]) -> list[int | None]:
    return [one.track_id for one in people]


@pytest.fixture
def tracker() -> PeopleTracker:
    return PeopleTracker(COCO, FPS)


def test_people_are_numbered_from_1_and_keep_their_numbers_whatever_their_order(tracker: PeopleTracker) -> None:
    assert ids(tracker([person(0), person(200)])) == [1, 2]
    found = tracker([person(203), person(400), person(2)])
    assert ids(found) == [2, 3, 1]
    assert [one.bbox[0] for one in found] == [203, 400, 2]
    assert tracker([]) == []


def test_who_crosses_keeps_the_number(tracker: PeopleTracker) -> None:
    for step in range(60):  # 5 pixels a frame, in opposite directions, through each other at frame 30
        assert ids(tracker([person(5.0 * step), person(300 - 5.0 * step, y=10)])) == [1, 2]


def test_who_is_hidden_while_crossing_is_waited_for(tracker: PeopleTracker) -> None:
    for step in range(60):
        seen = [person(5.0 * step)]
        hidden = 24 <= step <= 36  # half a second
        seen += [] if hidden else [person(300 - 5.0 * step, y=10)]
        assert ids(tracker(seen)) == ([1] if hidden else [1, 2])


@pytest.mark.parametrize(('away', 'expected'), [(20, 1), (30, 2)])
def test_who_returns_within_a_second_is_who_left(tracker: PeopleTracker, away: int, expected: int) -> None:
    for _ in range(5):
        tracker([person(0)])
    for _ in range(away):
        assert tracker([]) == []
    assert ids(tracker([person(4)])) == [expected]


def test_true_times_are_what_counts(tracker: PeopleTracker) -> None:
    tracker([person(0)], 10.0)
    assert ids(tracker([person(0)], 10.9)) == [1]
    assert ids(tracker([person(0)], 12.0)) == [2]
    with pytest.raises(ValueError, match='take another tracker'):
        tracker([person(0)], 12.0)


def test_who_is_far_from_everybody_is_new(tracker: PeopleTracker) -> None:
    tracker([person(0)])
    assert ids(tracker([person(100)])) == [2]


def test_an_unsure_box_goes_on_with_somebody_but_begins_nobody(tracker: PeopleTracker) -> None:
    assert ids(tracker([person(0), person(200, box_score=0.5)])) == [1, None]
    assert ids(tracker([person(1, box_score=0.4), person(200)])) == [1, 2]
    # who is sure comes first, though the other is nearer
    assert ids(tracker([person(3, box_score=0.4), person(8)])) == [None, 1]


def test_keypoints_tell_apart_whose_boxes_do_not(tracker: PeopleTracker) -> None:
    """Two in the same box, of whom one has the arms up."""
    first, second = person(0), person(0)
    second.keypoints[[7, 8, 9, 10], 1] -= 60
    tracker([first, second])
    assert ids(tracker([second, first])) == [2, 1]
    unsure = [Person(one.keypoints, np.zeros(17, np.float32), one.bbox) for one in (second, first)]
    assert ids(tracker(unsure)) == [2, 1]  # where nothing is sure, everything counts


def test_without_a_tracker_nobody_has_a_number() -> None:
    assert ids(unchanged([person(0)], 1.0)) == [None]
    with pytest.raises(ValueError, match='fps must be positive. Got: 0'):
        PeopleTracker(COCO, 0)

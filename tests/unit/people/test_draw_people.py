"""People have the numbers of their ids over their heads."""

import dataclasses

import numpy as np

from unipose.people import Person, draw_people, draw_skeleton
from unipose.people.draw_people import id_colour
from unipose.skeletons.skeleton import Keypoint, Skeleton

POINT = Skeleton('point', (Keypoint('nose', 0.1),))
GREY = np.full((200, 300, 3), 128, np.uint8)
PERSON = Person(np.float32([[150, 100]]), np.ones(1, np.float32), np.float32([110, 60, 190, 180]))


def plate(image: np.ndarray, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """First and last column and row of a colour."""
    rows, columns = np.nonzero((image == colour).all(-1))
    return columns.min(), columns.max(), rows.min(), rows.max()


def test_who_has_no_id_has_no_number() -> None:
    drawn = draw_people(GREY, [PERSON], POINT)
    np.testing.assert_array_equal(drawn, draw_skeleton(GREY, PERSON.keypoints[None], PERSON.scores[None], POINT))
    assert draw_people(GREY, [], POINT) is not GREY and (draw_people(GREY, [], POINT) == GREY).all()


def test_a_number_lies_over_the_middle_of_the_box_in_its_colour() -> None:
    drawn = draw_people(GREY, [dataclasses.replace(PERSON, track_id=3)], POINT)
    left, right, top, bottom = plate(drawn, id_colour(3))
    assert abs((left + right) / 2 - 150) <= 1 and bottom == 59 and 45 <= top < 55
    letters = (drawn[top : bottom + 1, left : right + 1] != id_colour(3)).any(-1)
    assert 0.05 < letters.mean() < 0.5
    assert (GREY == 128).all()


def test_a_number_stays_in_the_picture() -> None:
    beyond = dataclasses.replace(PERSON, bbox=np.float32([-90, -20, 10, 150]), track_id=12)
    left, _, top, _ = plate(draw_people(GREY, [beyond], POINT), id_colour(12))
    assert (left, top) == (0, 0)
    beyond = dataclasses.replace(PERSON, bbox=np.float32([290, 190, 390, 290]), track_id=12)
    _, right, _, bottom = plate(draw_people(GREY, [beyond], POINT), id_colour(12))
    assert right == 299 and bottom <= 199


def test_ids_that_follow_each_other_do_not_look_alike() -> None:
    colours = np.array([id_colour(number) for number in range(1, 9)], int)
    apart = np.abs(colours[:, None] - colours[None]).max(-1)
    assert apart[~np.eye(8, dtype=bool)].min() > 40

import numpy as np

from unipose.people.pairs import overlaps, partners


def test_boxes_overlap_by_what_they_share() -> None:
    boxes = np.float32([[0, 0, 10, 10], [0, 0, 5, 20]])
    others = np.float32([[5, 0, 15, 10], [20, 20, 30, 30]])
    np.testing.assert_allclose(overlaps(boxes, others), [[50 / 150, 0], [0, 0]])
    np.testing.assert_allclose(overlaps(boxes, boxes), [[1, 50 / 150], [50 / 150, 1]])


def test_the_most_alike_belong_together_first() -> None:
    alike = np.array([[0.8, 0.7], [0.9, 0.1], [0.5, 0.2]])
    assert partners(alike, 0.1) == [1, 0, None]
    assert partners(alike, 0.85) == [None, 0, None]
    assert alike[1, 0] == 0.9  # not changed
    assert partners(np.zeros((2, 0)), 0.1) == [None, None] and partners(np.zeros((0, 2)), 0.1) == []

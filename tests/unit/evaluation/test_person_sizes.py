import numpy as np
import pytest

from unipose.evaluation.person_sizes import SIZES, by_size, person_size


def test_every_size_has_one_group() -> None:
    for size in (0, 127.9, 128, 255.9, 256, 5000):
        assert sum(least <= size < below for least, below in SIZES.values()) == 1


def test_percentages_of_each_size_by_hand() -> None:
    right = np.array([[1, 0, 1], [1, 1, 1], [0, 0, 0], [1, 1, 1]], bool)
    counted = np.array([[1, 1, 0], [1, 1, 1], [1, 0, 0], [0, 0, 0]], bool)  # nothing is annotated of the last
    found = by_size('PCK', right, counted, np.array([100.0, 120.0, 256.0, 200.0]))
    assert found == {
        'under_128px/people': 2,
        'under_128px/PCK': pytest.approx(100 * 4 / 5),
        'from_256px/people': 1,
        'from_256px/PCK': 0,
    }


def test_a_person_is_as_large_as_the_longer_side() -> None:
    assert person_size(dict(bboxes=np.array([[10, 20, 40, 120]], np.float32))) == 100

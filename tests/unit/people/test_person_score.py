import numpy as np
import pytest

from unipose.people import person_score


def test_by_hand() -> None:
    scores = np.array([[0.9, 0.5, 0.2], [0.1, 0.0, -0.3], [np.nan, 0.6, 0.4]])
    assert person_score(scores[:2], np.array([0.5, 1.0])).tolist() == pytest.approx([0.35, 0.0])
    known = np.array([[True, False, True], [True] * 3, [False, True, True]])
    assert person_score(scores, known=known).tolist() == pytest.approx([0.9, 0.0, 0.5])

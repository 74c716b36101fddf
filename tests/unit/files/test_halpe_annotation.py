import numpy as np
import pytest

from unipose.files.halpe_annotation import halpe_body


def flat(number: int) -> list[float]:
    return np.arange(3.0 * number).tolist()


@pytest.mark.parametrize('number', [26, 136])
def test_the_body_comes_first(number: int) -> None:
    body = halpe_body(dict(id=1, keypoints=flat(number)))
    assert body.shape == (26, 3)
    assert body[0].tolist() == [0, 1, 2] and body[25].tolist() == [75, 76, 77]


@pytest.mark.parametrize('annotation', [dict(id=1), dict(id=1, keypoints=None), dict(id=1, keypoints=0)])
def test_some_entries_have_none(annotation: dict) -> None:
    assert halpe_body(annotation) is None


@pytest.mark.parametrize('number', [0, 17, 133])
def test_another_number_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match=f'annotation 7 has {3 * number} keypoint values; .*408, of 136 .* or 78'):
        halpe_body(dict(id=7, keypoints=flat(number)))

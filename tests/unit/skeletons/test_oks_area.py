"""One area for OKS, whoever asks: annotated, or of what would be a tight box."""

import numpy as np
import pytest

from unipose.skeletons.oks_area import oks_area

BOX = np.array([10.0, 20.0, 110.0, 220.0])


@pytest.mark.parametrize(
    ('area', 'padding', 'expected'),
    [
        (7000.0, 1.25, 7000.0),
        (7000.0, 0.9375, 7000.0),  # as annotated, however its boxes are drawn
        (10600.0, 1.25, 10600.0),  # 0.53 x 100 x 200
        (10600.0, 0.9375, 10600.0 * (3 / 4) ** 2),  # a box 4/3 as wide and high as what it holds, as MPII's
        (20000.0, 0.9375, 20000.0),  # the whole box, which somebody wrote
    ],
)
def test_area(area: float, padding: float, expected: float) -> None:
    assert oks_area(BOX, area, padding) == pytest.approx(expected)

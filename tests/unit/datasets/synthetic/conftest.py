from collections.abc import Callable

import numpy as np
import pytest

from unipose.datasets.synthetic.figure import SEGMENTS, solve
from unipose.datasets.synthetic.pose import REST, SIDES

Points = dict[str, np.ndarray]


@pytest.fixture(scope='session')
def average() -> dict[str, float]:
    """Proportions of the average body."""
    return {**dict.fromkeys(SEGMENTS, 1.0), 'breadth': 1.0, 'girth': 1.0}


@pytest.fixture(scope='session')
def stand(average) -> Callable[..., Points]:
    """The average figure standing straight but for the angles given, in degrees by name."""
    names = [
        name if name.startswith(('root', 'spine', 'neck')) else f'{side}_{name}' for name in REST for side in SIDES
    ]

    def solved(**degrees: float) -> Points:
        return solve(average, {**dict.fromkeys(names, 0.0), **{name: np.deg2rad(d) for name, d in degrees.items()}})

    return solved

"""Some of many samples, for a look at them."""

from __future__ import annotations

import numpy as np


def spread(size: int, number: int) -> np.ndarray:
    """Up to ``number`` indices, evenly spread over ``size`` samples.

    >>> spread(10, 3).tolist(), spread(2, 5).tolist(), spread(0, 3).tolist()
    ([0, 4, 9], [0, 1], [])
    """
    return np.unique(np.linspace(0, size - 1, min(size, number)).round().astype(int))

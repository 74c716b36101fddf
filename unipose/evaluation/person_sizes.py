"""Scores by size of person: how many pixels of the picture they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

SIZES = {'under_128px': (0.0, 128.0), '128_to_256px': (128.0, 256.0), 'from_256px': (256.0, math.inf)}
"""The longer side of a person's annotated box, image pixels; of the first bound, not of the second."""


def person_size(truth: Mapping[str, Any]) -> float:
    """The longer side of the annotated box in ``gt_instances``, image pixels."""
    left, top, right, bottom = np.asarray(truth['bboxes'][0], dtype=np.float64)
    return float(max(right - left, bottom - top))


def by_size(measure: str, right: np.ndarray, counted: np.ndarray, sizes: np.ndarray) -> dict[str, float]:
    """A percentage of keypoints for people of each size, and how many people these are.

    Args:
        measure: Its name, such as ``PCKh@0.5``.
        right: Whether a keypoint is near enough, ``[N, K]``.
        counted: Whether it counts, ``[N, K]``.
        sizes: What :func:`person_size` says of each person, ``[N]``.

    Returns:
        ``under_128px/PCKh@0.5`` and the like, and ``under_128px/people``; nothing of a size that nobody has.

    >>> by_size('PCK', np.array([[True, False], [True, True]]), np.ones((2, 2), bool), np.array([90, 300]))
    {'under_128px/people': 1.0, 'under_128px/PCK': 50.0, 'from_256px/people': 1.0, 'from_256px/PCK': 100.0}
    """
    found = {}
    for name, (least, below) in SIZES.items():
        chosen = (sizes >= least) & (sizes < below) & counted.any(-1)
        if chosen.any():
            found[f'{name}/people'] = float(chosen.sum())
            found[f'{name}/{measure}'] = 100.0 * float((right & counted)[chosen].sum() / counted[chosen].sum())
    return found

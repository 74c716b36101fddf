"""Who of one frame is who of another: pairs that are alike."""

from __future__ import annotations

import numpy as np


def overlaps(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union.

    Args:
        boxes: ``[N, 4]``: x1, y1, x2, y2.
        others: ``[M, 4]``.

    Returns:
        ``[N, M]``.

    >>> overlaps(np.array([[0, 0, 2, 2]]), np.array([[1, 0, 3, 2], [2, 0, 3, 2]])).round(2).tolist()
    [[0.33, 0.0]]
    """
    first, second = boxes[:, None], others[None]
    sides = np.minimum(first[..., 2:], second[..., 2:]) - np.maximum(first[..., :2], second[..., :2])
    shared = sides.clip(0).prod(-1)
    areas = [(box[..., 2:] - box[..., :2]).prod(-1) for box in (first, second)]
    return shared / (areas[0] + areas[1] - shared)


def partners(alike: np.ndarray, least: float) -> list[int | None]:
    """For each row the column that it belongs to, the most alike pairs first; None of a row that is left over.

    Args:
        alike: How much, ``[N, M]``.
        least: How much a pair must be alike.

    >>> partners(np.array([[0.5, 0.4], [0.9, 0.6], [0.2, 0.1]]), 0.3)
    [1, 0, None]
    """
    found: list[int | None] = [None] * len(alike)
    left = np.array(alike, np.float64)
    while left.size and left.max() >= least:
        row, column = np.unravel_index(left.argmax(), left.shape)
        found[row] = int(column)
        left[row], left[:, column] = -np.inf, -np.inf
    return found

"""Object keypoint similarity: how near keypoints are, on the scale of a person."""

from __future__ import annotations

import numpy as np


def oks(
    keypoints: np.ndarray, others: np.ndarray, counted: np.ndarray, area: np.ndarray | float, sigmas: np.ndarray
) -> np.ndarray:
    """OKS of people, without COCO's matching.

    Args:
        keypoints: ``[..., K, 2]``, pixels.
        others: What they are compared with, ``[..., K, 2]``, pixels.
        counted: ``[..., K]``; keypoints above 0 count.
        area: Of each person, pixels squared, ``[...]``.
        sigmas: ``[K]``; keypoints whose sigma is NaN do not count.

    Returns:
        ``[...]``, 0 to 1; NaN where no keypoint counts.

    Source:
        https://cocodataset.org/#keypoints-eval

    >>> float(oks(np.zeros((1, 2)), np.ones((1, 2)), np.ones(1), 100.0, np.array([0.05])).round(4))
    0.3679
    """
    squared = np.square(np.subtract(keypoints, others, dtype=np.float64)).sum(-1)  # [..., K]
    area = np.asarray(area, np.float64)[..., None]
    sigmas = np.asarray(sigmas, np.float64)
    near = np.exp(-squared / (2 * area * (2 * sigmas) ** 2))
    counted = (np.asarray(counted) > 0) & np.isfinite(sigmas)
    number = counted.sum(-1)
    total = np.where(counted, near, 0.0).sum(-1)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)

"""COCO's measure of how well a person's keypoints are placed."""

from __future__ import annotations

import numpy as np


def person_oks(
    keypoints: np.ndarray, truth: np.ndarray, annotated: np.ndarray, areas: np.ndarray, sigmas: np.ndarray
) -> np.ndarray:
    """Object keypoint similarity (OKS) of each person, the mean over its annotated keypoints.

    Args:
        keypoints: Predicted, ``[N, K, 2]``, image pixels.
        truth: ``[N, K, 2]``, image pixels.
        annotated: Whether the truth is known, ``[N, K]``.
        areas: Of the people, ``[N]``, square pixels.
        sigmas: ``[K]``; keypoints without one (NaN) do not count.

    Returns:
        ``[N]``, in [0, 1]; NaN where nothing that counts is annotated.

    Source:
        https://cocodataset.org/#keypoints-eval, computed as pycocotools' ``COCOeval.computeOks``.

    >>> person_oks(np.zeros((1, 2, 2)), np.zeros((1, 2, 2)), np.ones((1, 2)), np.array([100.0]), np.array([0.1, 0.1]))
    array([1.])
    """
    counts = (np.asarray(annotated) > 0) & np.isfinite(sigmas)  # [N, K]
    squared = np.square(np.subtract(keypoints, truth, dtype=float)).sum(-1)
    variance = np.square(2 * np.asarray(sigmas, dtype=float))
    similar = np.exp(-squared / (2 * variance * (np.asarray(areas, dtype=float)[:, None] + np.spacing(1))))
    with np.errstate(invalid='ignore'):
        return np.where(counts, similar, 0.0).sum(-1) / counts.sum(-1)

"""The score of a person: one definition for predictions, labels and evaluation."""

from __future__ import annotations

import numpy as np

KEYPOINT_SCORE_THR = 0.2
"""Keypoints that score no more than this count for nothing; MMPose's, whose AP this makes ours comparable with."""


def person_score(
    keypoint_scores: np.ndarray, box_score: np.ndarray | float = 1.0, known: np.ndarray | bool = True
) -> np.ndarray:
    """How sure people are: the box's score times the mean of the keypoint scores above 0.2, 0 where there are none.

    COCO's evaluation, which sorts predictions by it, is asked with the same number: MMPose's CocoMetric computes it so.

    Args:
        keypoint_scores: ``[..., K]``.
        box_score: ``[...]``, 1 for boxes that were given.
        known: Which keypoints are meant, ``[..., K]``; by default all.

    Returns:
        ``[...]``.

    Source:
        https://github.com/open-mmlab/mmpose/blob/v1.3.2/mmpose/evaluation/metrics/coco_metric.py, ``bbox_keypoint``.

    >>> float(person_score(np.array([0.9, 0.5, 0.1]), 0.5))
    0.35
    """
    scores = np.asarray(keypoint_scores)
    counted = (scores > KEYPOINT_SCORE_THR) & known
    return np.asarray(box_score * np.where(counted, scores, 0).sum(-1) / counted.sum(-1).clip(min=1))

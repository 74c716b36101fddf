"""People whom a model finds in whole pictures by itself: how sure it is of each, and where they are.

A model of MMPose says a person's score and box itself, as RTMO does, or neither, as DEKR.
"""

from __future__ import annotations

from typing import Any

import numpy as np

BEYOND_KEYPOINTS = 0.08
"""Of the longer side of what holds a person's keypoints: how far the person reaches beyond, on each side.

Medians of 104 people of COCO's training set with 12 labelled keypoints or more: 7% on the left and right, 13% above and
10% below.
"""


def found_scores(people: Any) -> np.ndarray:
    """How sure a model is of people: what it says, or the mean of their keypoints' scores.

    Args:
        people: A picture's ``pred_instances``, or a mapping of the same names: ``keypoint_scores`` ``[N, K]``, and
            ``bbox_scores`` ``[N]`` where the model has a score for a person.

    Returns:
        ``[N]``; COCO's evaluation and MMPose's sort people by the same number.
    """
    said = people.get('bbox_scores')
    return np.asarray(people.get('keypoint_scores')).mean(-1) if said is None else np.asarray(said)


def found_boxes(people: Any, beyond: float = 0.0) -> np.ndarray:
    """Boxes around people: the model's, or those that hold all of their keypoints.

    Args:
        people: As for :func:`found_scores`, with ``keypoints`` ``[N, K, 2]``, and ``bboxes`` ``[N, 4]`` where the model
            has boxes.
        beyond: How far boxes of keypoints reach beyond these, of the longer side; see :data:`BEYOND_KEYPOINTS`.

    Returns:
        ``[N, 4]``: x1, y1, x2, y2, in the keypoints' pixels.
    """
    said = people.get('bboxes')
    if said is not None:
        return np.asarray(said)
    keypoints = np.asarray(people.get('keypoints'))
    return boxes_around(keypoints.min(1), keypoints.max(1), beyond)


def boxes_around(low: np.ndarray, high: np.ndarray, beyond: float = BEYOND_KEYPOINTS) -> np.ndarray:
    """Boxes of people whose keypoints lie between two corners.

    Args:
        low: ``[..., 2]``, pixels.
        high: ``[..., 2]``.
        beyond: See :func:`found_boxes`.

    Returns:
        ``[..., 4]``: x1, y1, x2, y2.
    """
    margin = beyond * (high - low).max(-1, keepdims=True)
    return np.concatenate([low - margin, high + margin], -1)

"""People whom a model finds in whole pictures by itself: how sure it is of each, and where they are.

A model of MMPose says a person's score and box itself, as RTMO does, or neither, as DEKR.
"""

from __future__ import annotations

from typing import Any

import numpy as np


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


def found_boxes(people: Any) -> np.ndarray:
    """Boxes around people: the model's, or those that hold all of their keypoints.

    Args:
        people: As for :func:`found_scores`, with ``keypoints`` ``[N, K, 2]``, and ``bboxes`` ``[N, 4]`` where the model
            has boxes.

    Returns:
        ``[N, 4]``: x1, y1, x2, y2, in the keypoints' pixels.
    """
    said = people.get('bboxes')
    if said is not None:
        return np.asarray(said)
    keypoints = np.asarray(people.get('keypoints'))
    return np.concatenate([keypoints.min(1), keypoints.max(1)], -1)

"""People as Roboflow's supervision takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from unipose.skeletons import Skeleton

from .person import Person

if TYPE_CHECKING:
    import supervision


def to_supervision(people: Sequence[Person], skeleton: Skeleton, kpt_thr: float = 0.5) -> supervision.KeyPoints:
    """Turns people into supervision's ``KeyPoints`` (0.29 or newer), for its annotators and trackers.

    Args:
        people: The people of one image.
        skeleton: Their skeleton; ``supervision_edges`` of it is what an EdgeAnnotator draws.
        kpt_thr: Least score of a keypoint that counts as visible.

    Returns:
        ``xy`` ``[N, K, 2]``, ``keypoint_confidence`` and ``visible`` ``[N, K]``, ``detection_confidence`` ``[N]``. Of
        people who were followed also ``data['tracker_id']`` ``[N]``, which ``as_detections()`` hands on; -1 is of none.

    Raises:
        ImportError: If supervision is not installed.
    """
    try:
        import supervision
    except ImportError as error:
        raise ImportError('supervision is not installed: pip install supervision') from error
    ids = [-1 if person.track_id is None else person.track_id for person in people]
    scores = np.array([person.scores for person in people], np.float32).reshape(-1, len(skeleton))
    return supervision.KeyPoints(
        xy=np.array([person.keypoints for person in people], np.float32).reshape(-1, len(skeleton), 2),
        class_id=np.zeros(len(people), int),
        keypoint_confidence=scores,
        detection_confidence=np.array([person.score for person in people], np.float32),
        visible=scores >= kpt_thr,
        data=dict(tracker_id=np.array(ids)) if max(ids, default=-1) > -1 else {},
    )


def supervision_edges(skeleton: Skeleton) -> list[tuple[int, int]]:
    """A skeleton's links as supervision counts keypoints, from 1."""
    return [(start + 1, end + 1) for start, end in skeleton.link_indices]

"""A person as Halpe's annotation files have them, for what reads such files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

BODY = 26
_WHOLE = 136  # the body, 68 keypoints of the face, 21 of each hand


def halpe_body(annotation: Mapping[str, Any]) -> np.ndarray | None:
    """The body keypoints of an annotation, from a file of Halpe's 136 keypoints or of the first 26 alone.

    Halpe has entries without a list of keypoints, and a ``num_keypoints`` that counts none of them: do not go by it.

    Args:
        annotation: Of COCO's form; ``keypoints`` is a flat list of (x, y, v), pixels from 0, labelled where v > 0.

    Returns:
        ``[26, 3]``; None where there is no list of keypoints.

    Raises:
        ValueError: If it is a list of another length.

    Source:
        https://github.com/Fang-Haoshu/Halpe-FullBody, its README, vis.py and issue 10.

    >>> halpe_body(dict(id=1, keypoints=[5.0, 7.0, 2.0] * 136)).shape
    (26, 3)
    """
    flat = annotation.get('keypoints')
    if not isinstance(flat, list):
        return None
    if len(flat) not in (3 * BODY, 3 * _WHOLE):
        raise ValueError(
            f'annotation {annotation.get("id")} has {len(flat)} keypoint values; in files of Halpe they are '
            f'{3 * _WHOLE}, of {_WHOLE} keypoints, or {3 * BODY}, of the body alone'
        )
    return np.asarray(flat[: 3 * BODY], np.float64).reshape(BODY, 3)

"""How well people are placed whom a model has found in a whole picture, where nobody says who they are."""

from __future__ import annotations

import numpy as np

from unipose.skeletons.oks import oks

_MATCHED = 0.5  # OKS from which somebody who is found is an annotated person
_WITHIN = 0.5  # share of a box that lies in somebody else's, from which it may be of that one


def matched_oks(
    keypoints: np.ndarray,
    boxes: np.ndarray,
    truth: np.ndarray,
    annotated: np.ndarray,
    areas: np.ndarray,
    others: np.ndarray,
    sigmas: np.ndarray,
) -> np.ndarray:
    """The OKS of people with the annotated people whom they are most alike.

    Each is compared with all who are annotated, also where somebody else found is more alike: a rescorer sees one
    person at a time, and does not know who else is found.

    Args:
        keypoints: Found, ``[N, K, 2]``, pixels.
        boxes: Around them, ``[N, 4]``, x1, y1, x2, y2, pixels.
        truth: Annotated, ``[M, K, 2]``, pixels.
        annotated: ``[M, K]``; keypoints above 0 are.
        areas: Of those annotated, pixels squared, ``[M]``.
        others: Boxes of people and crowds who are there, and whose keypoints are not known, ``[O, 4]``.
        sigmas: ``[K]``.

    Returns:
        ``[N]``, 0 for those who are nobody; NaN for those who may be one of the others.
    """
    alike = np.zeros(len(keypoints))
    if len(truth):
        each = oks(keypoints[:, None], truth[None], annotated[None], areas[None], sigmas)  # [N, M]
        alike = np.nan_to_num(each).max(1)
    if len(others):
        sides = np.minimum(boxes[:, None, 2:], others[:, 2:]) - np.maximum(boxes[:, None, :2], others[:, :2])
        own = (boxes[:, 2:] - boxes[:, :2]).prod(-1).clip(min=1.0)
        within = sides.clip(0).prod(-1).max(1) > _WITHIN * own
        alike[within & (alike < _MATCHED)] = np.nan
    return alike

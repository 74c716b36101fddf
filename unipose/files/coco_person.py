"""A person in COCO's format, of what other formats say of one."""

from __future__ import annotations

from typing import Any

import numpy as np

from unipose.compat.oks_evaluation import AREA_PER_BOX

_DIGITS = 3  # of pixels


def coco_person(box: np.ndarray, keypoints: np.ndarray) -> dict[str, Any]:
    """``bbox``, ``area`` (which OKS needs: 0.53 of the box), ``keypoints`` and ``num_keypoints``.

    Args:
        box: ``[4]``, x, y, width, height, pixels.
        keypoints: ``[K, 3]``, x, y, v, pixels.

    >>> coco_person(np.array([10, 20, 100, 200]), np.array([[30, 40, 2], [0, 0, 0]]))['area']
    10600.0
    """
    return dict(
        bbox=np.round(box, _DIGITS).tolist(),
        area=round(AREA_PER_BOX * float(np.prod(box[2:])), _DIGITS),
        keypoints=np.round(keypoints, _DIGITS).ravel().tolist(),
        num_keypoints=int((keypoints[:, 2] > 0).sum()),
    )

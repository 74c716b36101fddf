"""Leaves out the people of a picture from whom nothing can be learned in the input."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

_OF_PEOPLE = ('bbox', 'bbox_score', 'keypoints', 'keypoints_visible', 'area', 'given_bbox')


@TRANSFORMS.register_module()
class KeepSeenPeople(BaseTransform):
    """Keeps whom the input shows an annotated keypoint of, in a box large enough; the rest are others, who are there.

    Required Keys: as BottomupRandomAffine leaves them bbox (``[N, 4]``, x1, y1, x2, y2, input pixels), keypoints,
    keypoints_visible (``[N, K]``), area; bbox_score, given_bbox, others (pixels of the picture as it was), annotated.
    Modified Keys: these but the last; keypoints_visible is 0 for what the dataset does not annotate.

    Args:
        min_size: Least side of a box, pixels of the input.

    Raises:
        ValueError: If boxes are corners.
    """

    def __init__(self, min_size: float = 8.0) -> None:
        self.min_size = min_size

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Keeps them."""
        boxes = results['bbox']
        if boxes.ndim != 2:
            raise ValueError("people's boxes must be upright; give BottomupRandomAffine bbox_keep_corner=False")
        visible = results['keypoints_visible'] * results['annotated']
        results = dict(results, keypoints_visible=visible)
        kept = ((boxes[:, 2:] - boxes[:, :2]).min(1, initial=np.inf) >= self.min_size) & (visible > 0).any(1)
        others = np.concatenate([results['others'], results['given_bbox'][~kept]])
        return dict(results, others=others, **{key: results[key][kept] for key in _OF_PEOPLE})

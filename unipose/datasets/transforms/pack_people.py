"""Packs a picture's people as RTMO's head takes them, with what teachers are to see of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from mmpose.registry import TRANSFORMS

from .pack_unified_inputs import PackUnifiedInputs

_CROPS = ('crops', 'crop_centers', 'crop_heights')


@TRANSFORMS.register_module()
class PackPeople(PackUnifiedInputs):
    """PackUnifiedInputs for training on whole pictures with people of several datasets.

    ``gt_instance_labels`` have of each person ``bboxes``, ``keypoints``, ``keypoints_visible``,
    ``keypoints_visible_weights`` (0 for what the dataset does not annotate), ``areas``, ``labels`` (0), and, where they
    are cut out, what :class:`CutPeople` adds. Who has no annotated keypoint in the input, or a box with a side below
    ``min_size``, is left out.

    Required Keys: img, keypoints, keypoints_visible, bbox, area, annotated.

    Args:
        min_size: Pixels of the input.
    """

    def __init__(self, min_size: float = 8.0) -> None:
        super().__init__()
        self.min_size = min_size

    def _labels(self, results: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        annotated = np.broadcast_to(results['annotated'], results['keypoints_visible'].shape)
        boxes, visible = results['bbox'], results['keypoints_visible'] * annotated
        kept = ((boxes[:, 2:] - boxes[:, :2]).min(1, initial=np.inf) >= self.min_size) & (visible.sum(1) > 0)
        found = dict(
            bboxes=boxes,
            keypoints=results['keypoints'],
            keypoints_visible=visible,
            keypoints_visible_weights=annotated,
            areas=results['area'],
        )
        labels = {key: torch.from_numpy(value[kept].astype(np.float32)) for key, value in found.items()}
        labels |= {key: torch.from_numpy(np.ascontiguousarray(results[key][kept])) for key in _CROPS if key in results}
        return dict(labels, labels=torch.zeros(int(kept.sum()), dtype=torch.long))

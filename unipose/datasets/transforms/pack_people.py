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
    are cut out, what :class:`CutPeople` adds.

    Required Keys: img, annotated, and as :class:`KeepSeenPeople` leaves them keypoints, keypoints_visible, bbox, area.
    """

    def _labels(self, results: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        visible = results['keypoints_visible']
        found = dict(
            bboxes=results['bbox'],
            keypoints=results['keypoints'],
            keypoints_visible=visible,
            keypoints_visible_weights=np.broadcast_to(results['annotated'], visible.shape),
            areas=results['area'],
        )
        labels = {key: torch.from_numpy(value.astype(np.float32)) for key, value in found.items()}
        labels |= {key: torch.from_numpy(np.ascontiguousarray(results[key])) for key in _CROPS if key in results}
        return dict(labels, labels=torch.zeros(len(visible), dtype=torch.long))

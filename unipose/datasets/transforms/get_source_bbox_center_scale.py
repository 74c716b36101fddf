"""Box to centre and scale, with each source's own padding."""

from __future__ import annotations

from typing import Any

from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS
from mmpose.structures.bbox import bbox_xyxy2cs


@TRANSFORMS.register_module()
class GetSourceBBoxCenterScale(BaseTransform):
    """MMPose's GetBBoxCenterScale, with the padding that the sample's source asks for.

    Required Keys: bbox (``[1, 4]``, xyxy), bbox_padding. Added Keys: bbox_center, bbox_scale (``[1, 2]``, pixels).
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Adds ``bbox_center`` and ``bbox_scale``."""
        center, scale = bbox_xyxy2cs(results['bbox'], padding=results['bbox_padding'])
        results.update(bbox_center=center, bbox_scale=scale)
        return results

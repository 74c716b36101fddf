"""Keeps those whose keypoints nobody has labelled out of what a model of whole pictures learns."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS
from mmpose.structures.bbox import bbox_xyxy2corner

from .picture_warp import picture_warp


@TRANSFORMS.register_module()
class MaskOthers(BaseTransform):
    """Makes the mask of where it is known who is there, and who is not.

    It is not where crowds and people without labelled keypoints are, as far as their boxes go, nor anywhere in a
    picture in which not everyone is annotated; but for what lies in the box of somebody who is labelled. MMPose's
    BottomupGetHeatmapMask goes by outlines; what it makes does not reach the loss of DEKR, since PackPoseInputs packs
    what the SPR codec's own table of fields has.

    Required Keys: heatmaps (``[C, H, W]``; without, the mask has the input's size), what
    :func:`.picture_warp.picture_warp` reads, bbox (corners ``[N, 4, 2]`` or x1, y1, x2, y2 ``[N, 4]``, input pixels),
    others (``[M, 4]``, pixels of the picture as it was), everyone. Added Keys: heatmap_mask (``[1, H, W]``).

    Args:
        get_invalid: Mask what is not known, as RTMO takes it; by default what is, as DEKR takes it.
    """

    def __init__(self, get_invalid: bool = False) -> None:
        self.get_invalid = get_invalid

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Makes the mask."""
        size = np.array(results['input_size'])
        shape = results['heatmaps'].shape[1:] if 'heatmaps' in results else tuple(size[::-1])
        mask = np.full(shape, results['everyone'], np.uint8)
        labelled = results['bbox'] if results['bbox'].ndim == 3 else bbox_xyxy2corner(results['bbox'])
        for corners, value in ((_others(results), 0), (labelled, 1)):
            for polygon in np.round(corners * (np.array(mask.shape[::-1]) / size)).astype(np.int32):
                cv2.fillConvexPoly(mask, cv2.convexHull(polygon), value)
        table = dict(results.get('field_mapping_table', {}), heatmap_mask='heatmap_mask')
        mask = 1 - mask if self.get_invalid else mask
        results.update(heatmap_mask=mask[None].astype(np.float32), field_mapping_table=table)
        return results


def _others(results: dict[str, Any]) -> np.ndarray:
    """Corners of the boxes of others, ``[M, 4, 2]``, input pixels."""
    matrix = picture_warp(results)[:2]
    if not len(results['others']):
        return np.zeros((0, 4, 2))
    return cv2.transform(bbox_xyxy2corner(results['others']), matrix)

"""CrowdPose's AP and AR of the people whom a model finds in whole pictures."""

from __future__ import annotations

from mmpose.registry import METRICS

from .coco_picture_metric import CocoPictureMetric
from .crowdpose_keypoint_metric import CrowdPoseKeypointMetric


@METRICS.register_module()
class CrowdPosePictureMetric(CocoPictureMetric, CrowdPoseKeypointMetric):
    """CrowdPoseKeypointMetric of samples that are pictures, see :class:`CocoPictureMetric`."""

    where_nobody_is = ('AP', 'AP50', 'AP75', 'AR', 'AR50', 'AR75', 'AP(E)', 'AP(M)', 'AP(H)')

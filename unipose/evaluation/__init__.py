"""Evaluation: one run scores every source with its own metrics and keypoints, and says how it was done."""

from .coco_keypoint_metric import CocoKeypointMetric
from .coco_picture_metric import CocoPictureMetric
from .coco_wholebody_keypoint_metric import CocoWholeBodyKeypointMetric
from .crowdpose_keypoint_metric import CrowdPoseKeypointMetric
from .crowdpose_picture_metric import CrowdPosePictureMetric
from .halpe_keypoint_metric import HalpeKeypointMetric
from .mpii_pckh_metric import MpiiPCKhMetric
from .segment_pck_metric import SegmentPCKMetric
from .unified_evaluator import UnifiedEvaluator
from .yolo_keypoint_metric import YoloKeypointMetric

__all__ = [
    'CocoKeypointMetric',
    'CocoPictureMetric',
    'CocoWholeBodyKeypointMetric',
    'CrowdPoseKeypointMetric',
    'CrowdPosePictureMetric',
    'HalpeKeypointMetric',
    'MpiiPCKhMetric',
    'SegmentPCKMetric',
    'UnifiedEvaluator',
    'YoloKeypointMetric',
]

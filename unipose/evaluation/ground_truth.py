"""Ground truth as a prediction: what a perfect model would say, which every metric must give full marks."""

from __future__ import annotations

import numpy as np
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample


def predict_ground_truth(sample: PoseDataSample) -> PoseDataSample:
    """A copy of a sample whose prediction is its ground truth.

    Keypoints without annotation are put at the box's centre, with the same score as all others: at (0, 0), as files
    have them, they would make different people look alike to COCO's suppression of duplicates.

    Args:
        sample: Sample with ``gt_instances``: ``keypoints`` ``[1, K, 2]``, ``keypoints_visible`` ``[1, K]``, ``bboxes``.

    Returns:
        The sample with ``pred_instances``.
    """
    truth = sample.gt_instances
    boxes = np.asarray(truth.bboxes)
    centre = 0.5 * (boxes[:, None, :2] + boxes[:, None, 2:])  # [1, 1, 2]
    annotated = np.asarray(truth.keypoints_visible) > 0
    keypoints = np.where(annotated[..., None], truth.keypoints, centre)
    perfect = sample.clone()
    perfect.pred_instances = InstanceData(
        keypoints=keypoints,
        keypoint_scores=np.ones(annotated.shape, dtype=np.float32),
        bboxes=boxes.copy(),
        bbox_scores=np.array(truth.bbox_scores),
    )
    return perfect

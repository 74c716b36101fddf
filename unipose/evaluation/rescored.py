"""People's scores by a rescorer, in place of what their keypoints' scores say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from mmengine.config import Config
from mmpose.evaluation.metrics import CocoMetric
from mmpose.structures import PoseDataSample

from unipose.rescoring.rescorer import Rescorer
from unipose.skeletons import Skeleton

from .unified_evaluator import UnifiedEvaluator


def configured_rescorer(config: Config, skeleton: Skeleton, evaluator: UnifiedEvaluator) -> Rescorer | None:
    """The rescorer that a config names as ``rescorer``, if it does; metrics of COCO's kind are told to use it.

    Args:
        config: Test config.
        skeleton: The keypoints of predictions.
        evaluator: The evaluator of the predictions.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no rescorer, or one of other keypoints.
    """
    if not config.get('rescorer'):
        return None
    for metric in evaluator.metrics:
        if isinstance(metric, CocoMetric):
            metric.score_mode = 'bbox'  # a person's score is the box's, which :func:`rescore` changes
    return Rescorer.load(config.rescorer, skeleton.names)


def rescore(samples: Sequence[PoseDataSample], rescorer: Rescorer) -> None:
    """Makes the OKS that people are expected to have the scores of predictions, in place.

    That of the box is left out: a rescorer that was shown boxes of nobody sees from keypoints what a detector may say
    of them, and how good a box's score is depends on the detector.

    Args:
        samples: Samples with ``pred_instances``, of one person or of all in a picture; their keypoint scores stay as
            they are.
        rescorer: The rescorer.
    """
    people = [sample.pred_instances for sample in samples]
    ends = np.cumsum([len(of_one.keypoints) for of_one in people])[:-1]
    for of_one, oks in zip(people, np.split(rescorer.predict_instances(people), ends)):
        of_one.bbox_scores = oks

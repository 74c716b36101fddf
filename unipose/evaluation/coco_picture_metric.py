"""COCO's AP and AR of the people whom a model finds in whole pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from mmpose.evaluation.metrics import CocoMetric
from mmpose.registry import METRICS

from unipose.people.found import found_scores

from .coco_keypoint_metric import CocoKeypointMetric


@METRICS.register_module()
class CocoPictureMetric(CocoKeypointMetric):
    """CocoKeypointMetric of samples that are pictures, with as many people as a model has found in each.

    A person's score is :func:`unipose.people.found.found_scores`: what MMPose sorts people by of DEKR
    (``score_mode='keypoint'``) as of RTMO (``'bbox'``). Its area, which AP (M) and AP (L) go by, is that of the
    keypoints' extent, whether the model has boxes or not. Nobody is suppressed beyond what the model does. A picture is
    no person, so there is no PCK. Where nobody is found in any picture, AP and AR are 0.

    Args:
        ann_file: Annotations that all pictures of the source are in.
        **kwargs: What :class:`CocoKeypointMetric` takes.
    """

    where_nobody_is: ClassVar[tuple[str, ...]] = (
        *('AP', 'AP50', 'AP75', 'AP(M)', 'AP(L)'),
        *('AR', 'AR50', 'AR75', 'AR(M)', 'AR(L)'),
    )
    """Names of the numbers."""

    def __init__(self, ann_file: str, **kwargs: Any) -> None:
        super().__init__(ann_file, **dict(score_mode='bbox', nms_mode='none') | kwargs)

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keeps what scoring needs of pictures in the metric's skeleton.

        Raises:
            ValueError: If a picture is not in the annotation file.
        """
        for sample in data_samples:
            image = self.truth.image(sample['img_id'])
            if image is None:
                raise self.not_there(f'image {sample["img_id"]}')
            found = sample['pred_instances']
            people = {key: found[key] for key in ('keypoints', 'keypoint_scores')}
            whole = dict(pred_instances=dict(people, bbox_scores=found_scores(found)), gt_instances={})
            # to MMPose, which sorts people by their ids, a list of them is a picture
            CocoMetric.process(self, data_batch, [dict(whole, id=[], img_id=image, category_id=self.truth.category)])
            self.results[-1][0]['box_scaled_errors'] = None

    def compute_metrics(self, results: list[tuple[dict, dict]]) -> dict[str, float]:
        """Computes AP and AR."""
        if not any(len(found['keypoints']) for found, _ in results):
            return dict.fromkeys(self.where_nobody_is, 0.0)
        return super().compute_metrics(results)

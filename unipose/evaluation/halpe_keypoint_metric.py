"""COCO's AP and AR on Halpe's people, in the body keypoints that predictions have."""

from __future__ import annotations

from mmpose.registry import METRICS

from unipose.files.coco import HALPE_BODY, HALPE_WHOLE
from unipose.skeletons import Skeleton, load_skeleton

from .coco_keypoint_metric import CocoKeypointMetric, scored_keypoints
from .coco_truth import CocoTruth

_HALPE = load_skeleton('halpe26')


@METRICS.register_module()
class HalpeKeypointMetric(CocoKeypointMetric):
    """CocoKeypointMetric for a Halpe annotation file: the published one of 136 keypoints, or one of the body's 26.

    The metric's skeleton is ``halpe26``, or as many of its keypoints as predictions have: the others, such as feet, are
    taken out of the ground truth too. OKS is the mean over a person's labelled keypoints among those that are scored,
    with Halpe's sigmas; the person's ``area`` stays as annotated. People who have none of them labelled are ignored, as
    COCO ignores people without keypoints: they are neither to be found nor is it wrong to find them.

    Args:
        ann_file: Annotations that all images of the source are in.
        **kwargs: What :class:`CocoKeypointMetric` takes.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: Once the skeleton is known, if something in the file is wrong.

    Source:
        https://github.com/Fang-Haoshu/Halpe-FullBody, HalpeCOCOAPI: sigmas, and v > 0 as what is labelled.
    """

    def read_truth(self, skeleton: Skeleton) -> CocoTruth:
        """Reads the annotations, and keeps these keypoints of them.

        Raises:
            ValueError: If Halpe does not have them, or something in the file is wrong.
        """
        scored = scored_keypoints(self, skeleton, _HALPE)
        return CocoTruth.read(self.ann_file, HALPE_BODY, whole=HALPE_WHOLE, scored=scored)

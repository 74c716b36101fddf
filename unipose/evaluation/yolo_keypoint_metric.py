"""COCO's AP and AR on an Ultralytics pose dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmpose.registry import METRICS

from unipose.files.yolo_pose import read_yolo_pose
from unipose.skeletons import Skeleton

from .coco_keypoint_metric import CocoKeypointMetric
from .coco_truth import CocoTruth


@METRICS.register_module()
class YoloKeypointMetric(CocoKeypointMetric):
    """CocoKeypointMetric for a split of an Ultralytics pose dataset.

    Labels have no area, which OKS needs: it is 0.53 of the box's, as Ultralytics' own validation has it
    (:func:`unipose.files.coco_person.coco_person`). Sigmas are the skeleton's.

    Args:
        ann_file: The ``data.yaml``.
        split: That of the source's dataset.
        classes: Those of the source's dataset.
        **kwargs: What :class:`CocoKeypointMetric` takes.

    Raises:
        FileNotFoundError: If the file, or the images of the split, are missing.
        ValueError: If rows cannot be read.
    """

    def __init__(
        self, ann_file: str, split: str = 'val', classes: str | Sequence[str] | None = None, **kwargs: Any
    ) -> None:
        self.people = read_yolo_pose(ann_file, split, classes)
        self.people.check()
        super().__init__(ann_file, **kwargs)

    def read_truth(self, skeleton: Skeleton) -> CocoTruth:
        """Reads the rows, whose people have these keypoints."""
        with self.people.written() as file:
            return CocoTruth.read(file, skeleton, f'{self.people.file}, {self.people.split},')

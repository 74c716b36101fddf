"""COCO-WholeBody's AP and AR, and those of body, feet, face and hands."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmpose.evaluation.metrics import CocoWholeBodyMetric
from mmpose.registry import METRICS
from xtcocotools.cocoeval import COCOeval

from .coco_keypoint_metric import check_annotation_file, check_person, renamed

_PARTS = ('body', 'foot', 'face', 'lefthand', 'righthand')


@METRICS.register_module()
class CocoWholeBodyKeypointMetric(CocoWholeBodyMetric):
    """MMPose's CocoWholeBodyMetric, with the parts that it prints among its numbers.

    ``AP`` and its kin are of all 133 keypoints together, ``body/AP``, ``foot/AP``, ``face/AP``, ``lefthand/AP`` and
    ``righthand/AP`` of those alone, in [0, 1], NaN where nobody has them labelled.

    Args:
        ann_file: Annotations that all images of the source are in, with ``keypoints``, ``foot_kpts``, ``face_kpts``,
            ``lefthand_kpts`` and ``righthand_kpts``.
        **kwargs: What :class:`mmpose.evaluation.CocoMetric` takes.

    Raises:
        FileNotFoundError: If there is no such file.

    Source:
        https://github.com/jin-s13/COCO-WholeBody
    """

    default_prefix = None

    def __init__(self, ann_file: str, **kwargs: Any) -> None:
        check_annotation_file(self, ann_file)
        with contextlib.redirect_stdout(io.StringIO()):  # pycocotools says what it reads
            super().__init__(ann_file=ann_file, **kwargs)

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keeps what scoring needs of samples.

        Raises:
            ValueError: If samples are whole pictures.
        """
        for sample in data_samples:
            check_person(self, sample)
        super().process(data_batch, data_samples)

    def compute_metrics(self, results: list[tuple[dict, dict]]) -> dict[str, float]:
        """Computes AP and AR, of all and by part."""
        with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints its summary
            return renamed(super().compute_metrics(results))

    def _do_python_keypoint_eval(self, outfile_prefix: str) -> list[tuple[str, float]]:
        detections = self.coco.loadRes(f'{outfile_prefix}.keypoints.json')
        sigmas = np.asarray(self.dataset_meta['sigmas'])
        numbers = (self.body_num, self.foot_num, self.face_num, self.left_hand_num, self.right_hand_num)
        found = self._scores(detections, 'wholebody', sigmas)
        for part, of_part in zip(_PARTS, np.split(sigmas, np.cumsum(numbers)[:-1])):
            found += [(f'{part}/{name}', value) for name, value in self._scores(detections, part, of_part)]
        return found

    def _scores(self, detections: Any, part: str, sigmas: np.ndarray) -> list[tuple[str, float]]:
        evaluation = COCOeval(self.coco, detections, f'keypoints_{part}', sigmas, self.use_area)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        names = ('AP', 'AP .5', 'AP .75', 'AP (M)', 'AP (L)', 'AR', 'AR .5', 'AR .75', 'AR (M)', 'AR (L)')
        return list(zip(names, evaluation.stats))

"""COCO's AP and AR on Halpe's people, in the body keypoints that predictions have."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmpose.registry import METRICS

from unipose.files.halpe_annotation import BODY, halpe_body
from unipose.skeletons import load_skeleton

from .coco_keypoint_metric import CocoKeypointMetric
from .coco_truth import CocoTruth


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
        ValueError: If it holds no annotations of Halpe's.

    Source:
        https://github.com/Fang-Haoshu/Halpe-FullBody, HalpeCOCOAPI: sigmas, and v > 0 as what is labelled.
    """

    def __init__(self, ann_file: str, **kwargs: Any) -> None:
        super().__init__(ann_file, **kwargs)
        try:
            content = json.loads(Path(ann_file).read_text(encoding='utf-8-sig'))
            self._bodies = [halpe_body(annotation) for annotation in content['annotations']]
            self._images = [image['id'] for image in content['images']]
            self._people = [
                dict(annotation, iscrowd=annotation.get('iscrowd') or 0) for annotation in content['annotations']
            ]
            self._truth_of(range(BODY))
        except (KeyError, TypeError, ValueError) as error:
            what = f'it lacks {error}' if isinstance(error, KeyError) else error
            raise ValueError(f'HalpeKeypointMetric: {ann_file} is no file of Halpe: {what}') from error

    @property
    def dataset_meta(self) -> dict | None:
        """Metainfo of the keypoints that are scored."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, dataset_meta: dict) -> None:
        halpe = load_skeleton('halpe26')
        names = [dataset_meta['keypoint_id2name'][i] for i in range(dataset_meta['num_keypoints'])]
        unknown = [name for name in names if name not in halpe.names]
        if unknown:
            raise ValueError(f'HalpeKeypointMetric scores keypoints of halpe26, {list(halpe.names)}. Got: {unknown}')
        self.truth = self._truth_of([halpe.index(name) for name in names])
        self.coco = self.truth.coco
        self._dataset_meta = dataset_meta

    def _truth_of(self, indices: Sequence[int]) -> CocoTruth:
        nobody = np.zeros((BODY, 3))
        bodies = ((nobody if body is None else body)[list(indices)].ravel().tolist() for body in self._bodies)
        return CocoTruth(self._images, (dict(one, keypoints=body) for one, body in zip(self._people, bodies)))

"""COCO's AP and AR, and beside them the share of keypoints that are found."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmpose.evaluation.metrics import CocoMetric
from mmpose.registry import METRICS

from unipose.checkpoints.locate import guide
from unipose.people.person_score import KEYPOINT_SCORE_THR
from unipose.skeletons import Skeleton

from .coco_truth import CocoTruth
from .person_sizes import by_size, person_size

_NAMES = {
    'AP .5': 'AP50',
    'AP .75': 'AP75',
    'AP (M)': 'AP(M)',
    'AP (L)': 'AP(L)',
    'AR .5': 'AR50',
    'AR .75': 'AR75',
    'AR (M)': 'AR(M)',
    'AR (L)': 'AR(L)',
}


@METRICS.register_module()
class CocoKeypointMetric(CocoMetric):
    """MMPose's CocoMetric, and the share of annotated keypoints that are predicted close by.

    ``AP`` and its kin are in [0, 1], NaN where a size of person does not occur. ``PCK@0.05sqrt(area)``, in percent, is
    the share of annotated keypoints (v > 0) predicted within 0.05 x sqrt(width x height) of the person's box, over all
    keypoints together, for each one, and for people of each size, such as ``under_128px/PCK@0.05sqrt(area)``
    (:mod:`.person_sizes`). It pairs predictions with annotations, so with detected boxes there is none.

    A person's score is :func:`unipose.people.person_score`, as MMPose computes it. A perfect keypoint of an anchored
    student scores about 0.97, so its threshold means for it what it means for MMPose's RTMPose.

    Args:
        ann_file: Annotations that all images of the source are in.
        pck_threshold: Share of sqrt(box area).
        **kwargs: What :class:`mmpose.evaluation.CocoMetric` takes, but for converters of keypoints.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: Once the skeleton is known, if it holds no COCO annotations, or wrong ones.
    """

    default_prefix = None

    def __init__(self, ann_file: str, pck_threshold: float = 0.05, **kwargs: Any) -> None:
        check_annotation_file(self, ann_file)
        super().__init__(**dict(keypoint_score_thr=KEYPOINT_SCORE_THR) | kwargs)
        self.ann_file = ann_file
        self.pck_threshold = pck_threshold
        self.truth: CocoTruth | None = None

    @property
    def dataset_meta(self) -> dict | None:
        """Metainfo of the keypoints that are scored."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, dataset_meta: dict) -> None:
        if self.truth is None:
            self.truth = self.read_truth(Skeleton.from_metainfo(dataset_meta))
            self.coco = self.truth.coco
        self._dataset_meta = dataset_meta

    def read_truth(self, skeleton: Skeleton) -> CocoTruth:
        """Reads the annotations, whose people have these keypoints.

        Raises:
            ValueError: If something in them is wrong.
        """
        return CocoTruth.read(self.ann_file, skeleton)

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keeps what scoring needs of samples in the metric's skeleton.

        Raises:
            ValueError: If an image is not in the annotation file, or samples are whole pictures.
        """
        for sample in data_samples:
            check_person(self, sample)
            image, person = self.truth.image(sample['img_id']), self.truth.person(sample['id'])
            if image is None or person is None:
                raise self.not_there(f'image {sample["img_id"]}' if image is None else f'annotation {sample["id"]}')
            numbers = dict(id=person, img_id=image, category_id=self.truth.category)
            super().process(data_batch, [{**sample, **numbers}])
            self.results[-1][0]['box_scaled_errors'] = _box_scaled_errors(sample)
            self.results[-1][0]['person_size'] = person_size(sample['gt_instances'])

    def not_there(self, what: str) -> ValueError:
        """The error that something is not in the annotation file."""
        return ValueError(
            f"{what} is not in {self.ann_file}; give the metric the annotation file of the source's dataset"
        )

    def compute_metrics(self, results: list[tuple[dict, dict]]) -> dict[str, float]:
        """Computes AP, AR and, where there are pairs, PCK."""
        with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints its summary
            found = super().compute_metrics(results)
        metrics = renamed(found)
        paired = [prediction for prediction, _ in results if prediction['box_scaled_errors'] is not None]
        if paired:
            errors, sizes = (np.stack([one[key] for one in paired]) for key in ('box_scaled_errors', 'person_size'))
            metrics.update(self._pck(errors, sizes))
        return metrics

    def _pck(self, errors: np.ndarray, sizes: np.ndarray) -> dict[str, float]:
        name = f'PCK@{self.pck_threshold:g}sqrt(area)'
        annotated = np.isfinite(errors)  # [N, K]
        close = annotated & (errors <= self.pck_threshold)
        metrics = {name: _percent(close.sum(), annotated.sum()), **by_size(name, close, annotated, sizes)}
        for index in range(errors.shape[1]):
            keypoint = self.dataset_meta['keypoint_id2name'][index]
            metrics[f'{name}/{keypoint}'] = _percent(close[:, index].sum(), annotated[:, index].sum())
        return metrics


def check_annotation_file(metric: object, ann_file: str) -> None:
    """Makes sure that the file is there.

    Raises:
        FileNotFoundError: If it is not.
    """
    if not Path(ann_file).is_file():
        raise FileNotFoundError(
            f'{type(metric).__name__}: there is no annotation file {ann_file}; {guide("data/README.md")} says where '
            'it comes from and where it goes'
        )


def check_person(metric: object, sample: Mapping[str, Any]) -> None:
    """Makes sure that a sample is a person.

    Raises:
        ValueError: If it is a whole picture.
    """
    if isinstance(sample['id'], tuple):
        raise ValueError(
            f'a {type(metric).__name__} scores people one by one, and samples are whole pictures with everybody in '
            'them; score those by a CocoPictureMetric'
        )


def scored_keypoints(metric: object, skeleton: Skeleton, of_all: Skeleton) -> list[int]:
    """Which keypoints of a dataset's people are scored.

    Args:
        metric: That scores them, for messages.
        skeleton: The scored ones.
        of_all: What the dataset annotates.

    Raises:
        ValueError: If the dataset does not have one of them.
    """
    unknown = [name for name in skeleton.names if name not in of_all.names]
    if unknown:
        raise ValueError(
            f'{type(metric).__name__} scores keypoints of {of_all.name}, {list(of_all.names)}. Got: {unknown}'
        )
    return [of_all.index(name) for name in skeleton.names]


def renamed(found: Mapping[str, float]) -> dict[str, float]:
    """COCO's numbers by shorter names, NaN for its -1."""
    metrics = {}
    for name, value in found.items():
        part, slash, measure = name.rpartition('/')
        metrics[f'{part}{slash}{_NAMES.get(measure, measure)}'] = math.nan if value == -1 else float(value)
    return metrics


def _box_scaled_errors(sample: Mapping[str, Any]) -> np.ndarray | None:
    """Errors ``[K]`` over sqrt(box area), NaN where nothing is annotated; None for a detected box."""
    truth = sample['gt_instances']
    # MMPose's stand-in for the annotations of a detected box: all at (0, 0), all visible
    if not np.any(truth['keypoints']):
        return None
    left, top, right, bottom = np.asarray(truth['bboxes'][0], dtype=np.float64)
    difference = np.subtract(sample['pred_instances']['keypoints'], truth['keypoints'], dtype=float)  # [1, K, 2]
    errors = np.linalg.norm(difference[0], axis=-1) / math.sqrt((right - left) * (bottom - top))
    return np.where(np.asarray(truth['keypoints_visible'])[0] > 0, errors, np.nan)


def _percent(part: int, whole: int) -> float:
    return 100.0 * float(part) / float(whole) if whole else math.nan

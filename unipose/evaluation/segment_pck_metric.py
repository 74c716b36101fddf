"""PCK where a person's size is the distance between two of its annotated keypoints, as Leeds Sports Pose has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmpose.registry import METRICS

from .person_sizes import by_size, person_size


@METRICS.register_module()
class SegmentPCKMetric(BaseMetric):
    """Percentage of keypoints predicted within a share of the length of a person's torso, head or other segment.

    Each measure is a percentage over all annotated keypoints of the people whose segment is annotated and longer than
    0; ``PCK@0.2/left_wrist`` and the like are those of one keypoint, ``under_128px/PCK@0.2`` and the like those of
    people of one size (:mod:`.person_sizes`). Ground truth scores 100.

    Args:
        measures: By name: ``ends``, the names of the segment's two keypoints, and ``threshold``, the share of its
            length that a keypoint may be off, inclusive. By default LSP's: ``PCK@0.2`` of the torso and ``PCKh@0.5`` of
            the head.
        **kwargs: What :class:`mmengine.evaluator.BaseMetric` takes.

    Raises:
        ValueError: If a measure is not of this form, or names keypoints that the skeleton does not have.

    Source:
        PCK of the torso from left shoulder to right hip: Sapp and Taskar, MODEC, CVPR 2013, as LSP's results are
        compared (http://human-pose.mpi-inf.mpg.de/#related_benchmarks).
    """

    _LSP = {
        'PCK@0.2': dict(ends=('left_shoulder', 'right_hip'), threshold=0.2),
        'PCKh@0.5': dict(ends=('upper_neck', 'head_top'), threshold=0.5),
    }

    def __init__(self, measures: Mapping[str, Mapping[str, Any]] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.measures = {name: _checked(name, measure) for name, measure in (measures or self._LSP).items()}

    @property
    def dataset_meta(self) -> dict | None:
        """Metainfo of the skeleton that is scored."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, dataset_meta: dict) -> None:
        names = [dataset_meta['keypoint_id2name'][i] for i in range(dataset_meta['num_keypoints'])]
        missing = sorted({end for ends, _ in self.measures.values() for end in ends} - set(names))
        if missing:
            raise ValueError(f'SegmentPCKMetric measures by {missing}, which the skeleton lacks; it has {names}')
        self._dataset_meta, self._names = dataset_meta, names

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keeps keypoints and truth, ``[K, 2]`` image pixels, which are annotated, ``[K]``, and the person's size."""
        for sample in data_samples:
            truth = sample['gt_instances']
            found, places = sample['pred_instances']['keypoints'], truth['keypoints']
            known = np.asarray(truth['keypoints_visible'])[0] > 0
            self.results.append((np.asarray(found)[0], np.asarray(places)[0], known, person_size(truth)))

    def compute_metrics(self, results: list[tuple[np.ndarray, np.ndarray, np.ndarray, float]]) -> dict[str, float]:
        """Each measure, over all keypoints and of each."""
        found, places, annotated, sizes = (np.stack(values) for values in zip(*results, strict=True))
        metrics = {}
        for name, (ends, threshold) in self.measures.items():
            counted, right = hits(found, places, annotated, [self._names.index(end) for end in ends], threshold)
            metrics[name] = _percentage(right, counted)
            metrics.update(by_size(name, right, counted, sizes))
            for i, keypoint in enumerate(self._names):
                metrics[f'{name}/{keypoint}'] = _percentage(right[:, i], counted[:, i])
        return metrics


def hits(
    found: np.ndarray, places: np.ndarray, annotated: np.ndarray, ends: Sequence[int], threshold: float
) -> tuple[np.ndarray, np.ndarray]:
    """Which keypoints count, and which of them are near enough.

    Args:
        found: Predicted places, ``[N, K, 2]``, pixels.
        places: True ones.
        annotated: Whether they are known, ``[N, K]``.
        ends: Indices of the segment's two keypoints.
        threshold: Share of the segment's length.

    Returns:
        Booleans, both ``[N, K]``.
    """
    first, second = ends
    length = np.linalg.norm(np.subtract(places[:, first], places[:, second], dtype=float), axis=-1)[:, None]
    counted = annotated & annotated[:, [first]] & annotated[:, [second]] & (length > 0)
    distance = np.linalg.norm(np.subtract(found, places, dtype=float), axis=-1)
    return counted, counted & (distance <= threshold * length)


def _checked(name: str, measure: Mapping[str, Any]) -> tuple[tuple[str, str], float]:
    ends, threshold = tuple(measure.get('ends') or ()), measure.get('threshold')
    if set(measure) - {'ends', 'threshold'} or len(set(ends)) != 2 or not _is_share(threshold):
        raise ValueError(
            f'measure {name!r} has ends, two different keypoints, and a threshold above 0, such as '
            f"dict(ends=('left_shoulder', 'right_hip'), threshold=0.2). Got: {dict(measure)}"
        )
    return ends, float(threshold)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _percentage(right: np.ndarray, counted: np.ndarray) -> float:
    return 100.0 * float(right.sum() / counted.sum()) if counted.any() else float('nan')

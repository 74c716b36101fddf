"""MPII's PCKh on 0-based pixels, by group and by keypoint, and MMPose's own numbers beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmpose.evaluation.metrics import MpiiPCKAccuracy
from mmpose.registry import METRICS

from unipose.skeletons import load_skeleton

from .person_sizes import by_size, person_size

GROUPS = {
    'Head': ('head_top',),
    'Shoulder': ('left_shoulder', 'right_shoulder'),
    'Elbow': ('left_elbow', 'right_elbow'),
    'Wrist': ('left_wrist', 'right_wrist'),
    'Hip': ('left_hip', 'right_hip'),
    'Knee': ('left_knee', 'right_knee'),
    'Ankle': ('left_ankle', 'right_ankle'),
}
NOT_IN_MEAN = ('pelvis', 'thorax')


@METRICS.register_module()
class MpiiPCKhMetric(BaseMetric):
    """Percentage of keypoints predicted within a share of the head's size.

    ``PCKh@0.5`` and ``mean_error_px`` are over all annotated keypoints but pelvis and thorax, as MPII has it;
    ``PCKh@0.5/Head`` and the like are means of left and right; ``PCKh@0.5/left_wrist``, ``error_px/left_wrist`` and the
    like are those of one keypoint; ``under_128px/PCKh@0.5`` and the like are those of people of one size
    (:mod:`.person_sizes`), whom ``under_128px/people`` counts. Ground truth scores 100 and 0 px.

    ``mmpose_compatible/PCK`` (at 0.5), ``/PCK@0.1`` and its groups are what MMPose's MpiiPCKAccuracy computes. MMPose
    adds 1 to predictions and compares them with the file's 1-based joints, which is our comparison of 0-based with
    0-based: for the same predicted pixels both say the same (but for a distance of exactly the threshold). The 1.41 px
    that MMPose finds between its ground truth and itself come from MpiiDataset, which hands out 1-based joints as
    pixels; a model trained on those predicts 1 pixel to the right and below, and both metrics show it.

    ``offset_x_input_px`` and ``offset_y_input_px`` are the mean signed error, in pixels of the model's input, of the
    keypoints found within half a head: what labels that are systematically off leave in a model (see ``offset`` of
    :class:`unipose.teachers.adapters.SimCCAdapter`). They are there if all samples say ``flip_test=False``: a flip test
    evens out an offset along x, and MMPose's adds one of its own.

    A head's size is 0.6 x the diagonal of its box, ``gt_instances.head_size``; people without one (0) do not count in
    PCKh.

    Args:
        thresholds: Shares of the head's size.
        **kwargs: What :class:`mmengine.evaluator.BaseMetric` takes.

    Source:
        2D Human Pose Estimation: New Benchmark and State of the Art Analysis, CVPR 2014; conventions of
        ``mmpose.evaluation.metrics.MpiiPCKAccuracy``.
    """

    def __init__(self, thresholds: Sequence[float] = (0.5, 0.1), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.thresholds = tuple(thresholds)

    @property
    def dataset_meta(self) -> dict | None:
        """Metainfo of MPII's skeleton."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, dataset_meta: dict) -> None:
        names = tuple(dataset_meta['keypoint_id2name'][i] for i in range(dataset_meta['num_keypoints']))
        expected = load_skeleton('mpii').names
        if names != expected:
            raise ValueError(f'MpiiPCKhMetric scores the skeleton mpii, {list(expected)}. Got: {list(names)}')
        self._dataset_meta = dataset_meta
        self._names = names

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keeps what scoring needs of samples in MPII's skeleton.

        Raises:
            ValueError: If a sample has no head size.
        """
        for sample in data_samples:
            truth = sample['gt_instances']
            if 'head_size' not in truth:
                raise ValueError(
                    f'sample {sample.get("id")} of {sample.get("source")!r} has no head size, which PCKh needs; give '
                    "the source's dataset headbox_file='data/mpii/annotations/mpii_gt_val.mat'"
                )
            self.results.append(
                dict(
                    pred_coords=np.asarray(sample['pred_instances']['keypoints']),  # [1, K, 2]
                    gt_coords=np.asarray(truth['keypoints']),  # [1, K, 2]
                    mask=np.asarray(truth['keypoints_visible'])[:1] > 0,  # [1, K]
                    head_size=np.full((1, 2), np.ravel(truth['head_size'])[0], dtype=np.float64),  # [1, 2]
                    input_per_image_px=_input_per_image_px(sample),
                    flip_test=sample.get('flip_test', True),
                    person_size=person_size(truth),
                )
            )

    def compute_metrics(self, results: list[dict[str, np.ndarray]]) -> dict[str, float]:
        """Computes PCKh, errors, and MMPose's numbers."""
        predicted, truth, annotated, heads = (
            np.concatenate([result[key] for result in results])
            for key in ('pred_coords', 'gt_coords', 'mask', 'head_size')
        )
        heads = heads[:, :1]  # [N, 1]
        errors = np.where(annotated, np.linalg.norm(np.subtract(predicted, truth, dtype=float), axis=-1), np.nan)
        scaled = np.divide(errors, heads, out=np.full_like(errors, np.nan), where=heads > 0)  # [N, K]

        metrics, sizes = {}, np.array([result['person_size'] for result in results])
        for threshold in self.thresholds:
            name = f'PCKh@{threshold:g}'
            by_keypoint, mean = self._percentages(scaled, threshold)
            metrics[name] = mean
            of_mean = scaled[:, self._in_mean]
            metrics.update(by_size(name, of_mean <= threshold, np.isfinite(of_mean), sizes))
            for group, members in GROUPS.items():
                metrics[f'{name}/{group}'] = _mean([by_keypoint[keypoint] for keypoint in members])
            metrics.update({f'{name}/{keypoint}': value for keypoint, value in by_keypoint.items()})
        metrics['mean_error_px'] = _mean(errors[:, self._in_mean])
        metrics.update({f'error_px/{name}': _mean(errors[:, i]) for i, name in enumerate(self._names)})
        if not any(result['flip_test'] for result in results):
            metrics.update(self._offset(results, scaled <= 0.5))
        return metrics | mmpose_compatible(results)

    def _offset(self, results: list[dict[str, np.ndarray]], found: np.ndarray) -> dict[str, float]:
        offsets = [(r['pred_coords'] - r['gt_coords']) * r['input_per_image_px'] for r in results]  # N x [1, K, 2]
        offsets = np.concatenate(offsets)[:, self._in_mean][found[:, self._in_mean]]  # [M, 2]
        return {f'offset_{axis}_input_px': _mean(offsets[:, i]) for i, axis in enumerate('xy')}

    @property
    def _in_mean(self) -> list[int]:
        return [i for i, name in enumerate(self._names) if name not in NOT_IN_MEAN]

    def _percentages(self, scaled: np.ndarray, threshold: float) -> tuple[dict[str, float], float]:
        # NaN where not annotated; MPII's own evaluation counts a distance of exactly the threshold in
        hits = np.where(np.isfinite(scaled), scaled <= threshold, np.nan)
        by_keypoint = {name: 100.0 * _mean(hits[:, i]) for i, name in enumerate(self._names)}
        return by_keypoint, 100.0 * _mean(hits[:, self._in_mean])


def mmpose_compatible(results: Sequence[Mapping[str, np.ndarray]]) -> dict[str, float]:
    """What MMPose's MpiiPCKAccuracy says, computed by itself.

    Args:
        results: ``pred_coords`` and ``gt_coords`` ``[1, 16, 2]`` in 0-based pixels, ``mask`` ``[1, 16]`` and
            ``head_size`` ``[1, 2]`` of each person.

    Returns:
        MMPose's numbers, named ``mmpose_compatible/<MMPose's name>``.
    """
    metric = MpiiPCKAccuracy(prefix='mmpose_compatible')
    # its ground truth is 1-based, as in the file; it brings predictions there itself
    one_based = [dict(result, gt_coords=result['gt_coords'] + np.float32(1)) for result in results]
    return {f'mmpose_compatible/{name}': float(value) for name, value in metric.compute_metrics(one_based).items()}


def _input_per_image_px(sample: Mapping[str, Any]) -> float:
    return sample['input_size'][0] / sample['input_scale'][0] if 'input_scale' in sample else math.nan


def _mean(values: Sequence[float] | np.ndarray) -> float:
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    return float(values.mean()) if values.size else math.nan

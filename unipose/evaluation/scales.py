"""Test-time augmentation over scales: people are also shown smaller and larger, and predictions averaged."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
from mmengine.config import Config
from mmpose.structures import PoseDataSample

MULTISCALE = (1.0, 0.9, 1.1)


def scaled(config: Config, scale: float) -> Config:
    """A copy of a test config whose crops are so many times as wide and high."""
    config = copy.deepcopy(config)
    for source in config.test_dataloader.dataset.sources.values():
        if source:
            source.padding = source.get('padding', 1.25) * scale
    return config


def average_scales(views: Sequence[Sequence[PoseDataSample]]) -> list[PoseDataSample]:
    """The samples of the first scale, with the predictions of all averaged.

    Args:
        views: For each scale the same samples with ``pred_instances``, keypoints ``[1, K, 2]`` in image pixels and
            keypoint_scores ``[1, K]``.

    Returns:
        Places are means weighted by score, scores are plain means.
    """
    for samples in zip(*views, strict=True):
        first = samples[0].pred_instances
        places = np.stack([np.asarray(sample.pred_instances.keypoints, dtype=np.float64) for sample in samples])
        scores = np.stack([np.asarray(sample.pred_instances.keypoint_scores, dtype=np.float64) for sample in samples])
        weights = scores.clip(min=1e-6)[..., None]  # [S, 1, K, 1]
        first.keypoints = ((weights * places).sum(0) / weights.sum(0)).astype(np.float32)
        first.keypoint_scores = first.keypoints_visible = scores.mean(0).astype(np.float32)
    return list(views[0])

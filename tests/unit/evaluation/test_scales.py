"""Predictions at several scales are averaged, weighted by their scores."""

import numpy as np
import pytest
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample

from tests.evaluation_inputs import student_test_config
from unipose.evaluation.scales import average_scales, scaled


def sample(place: float, score: float) -> PoseDataSample:
    found = PoseDataSample()
    keypoints, scores = np.full((1, 2, 2), place, np.float32), np.full((1, 2), score, np.float32)
    found.pred_instances = InstanceData(keypoints=keypoints, keypoint_scores=scores)
    return found


def test_a_surer_scale_counts_more() -> None:
    (averaged,) = average_scales([[sample(10.0, 0.9)], [sample(20.0, 0.3)]])
    assert averaged.pred_instances.keypoints == pytest.approx(np.full((1, 2, 2), 12.5))
    assert averaged.pred_instances.keypoint_scores == pytest.approx(np.full((1, 2), 0.6))


def test_crops_grow_and_the_config_stays(synthetic) -> None:
    config = student_test_config(synthetic)
    sources = scaled(config, 1.1).test_dataloader.dataset.sources
    assert sources.coco.padding == pytest.approx(1.375) and sources.mpii.padding == pytest.approx(0.9375 * 1.1)
    assert config.test_dataloader.dataset.sources.mpii.padding == 0.9375

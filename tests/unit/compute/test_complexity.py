"""Counts of parameters and operations are those that RTMPose publishes."""

import pytest
from mmengine.config import Config
from mmpose.registry import MODELS

from tests.builders import model_config
from unipose.checkpoints.without_starts import without_starts
from unipose.compute.complexity import complexity


def test_rtmpose_m_is_as_large_as_published() -> None:
    model = MODELS.build(without_starts(Config.fromfile('configs/teachers/rtmpose-m_coco-256x192.py').model))
    params, flops = complexity(model, (192, 256))
    assert params / 1e6 == pytest.approx(13.59, abs=0.01) and flops / 1e9 == pytest.approx(1.93, abs=0.01)


def test_what_only_training_needs_does_not_count() -> None:
    dialects = dict(coco=dict(skeleton='coco'), mpii=dict(skeleton='mpii'))
    plain, taught = (MODELS.build(model_config('coco+mpii', 21, dialects=d)) for d in (None, dialects))
    assert complexity(plain, (96, 128)) == complexity(taught, (96, 128))
    assert taught.training

"""Real teachers on real people, as the config of distill_small_public.py has them."""

from pathlib import Path

import pytest
from mmengine.config import Config

from tests.conftest import REPOSITORY
from unipose.evaluation.evaluate import evaluate_teacher
from unipose.files.read_config import read_config

pytestmark = pytest.mark.real


@pytest.fixture
def config(real_data: Path) -> Config:
    """The config on 40 people of COCO and 5 of MPII."""
    config = read_config(REPOSITORY / 'configs' / 'distill_small_public.py')
    config.test_dataloader.update(num_workers=0, persistent_workers=False)
    for name, source in config.test_dataloader.dataset.sources.items():
        source.dataset.data_root = str(real_data / name)
        entry = config.model.teachers[name]
        entry.onnx = str(real_data / entry.onnx)
    config.test_dataloader.dataset.sources.mpii.dataset.headbox_file = str(
        real_data / 'mpii/annotations/mpii_gt_val.mat'
    )
    annotations = real_data / 'coco/annotations/person_keypoints_val2017.json'
    config.test_evaluator.metrics.coco.ann_file = str(annotations)
    return config


@pytest.mark.parametrize('canvas', [False, True])
def test_thunder_hears_its_own_person(config: Config, canvas: bool) -> None:
    assert evaluate_teacher(config, 'coco', flip_test=False, canvas=canvas).metrics['coco/AP'] >= 0.40


@pytest.mark.parametrize('canvas', [False, True])
def test_efficientpose_finds_every_joint(config: Config, canvas: bool) -> None:
    metrics = evaluate_teacher(config, 'mpii', flip_test=False, canvas=canvas).metrics
    assert metrics['mpii/PCKh@0.5'] >= 98 and metrics['mpii/PCKh@0.1'] > 25

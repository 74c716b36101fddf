import numpy as np
import pytest
import torch
from mmengine.hub import get_config
from mmengine.registry import DefaultScope

from unipose.inference import PersonDetector

CONFIG = 'mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py'


@pytest.fixture(scope='module')
def config():
    """MMDetection's own RTMDet-tiny, looking at small images."""
    config = get_config(CONFIG)
    for step in config.test_dataloader.dataset.pipeline:
        if step.type in ('Resize', 'Pad'):
            step['scale' if step.type == 'Resize' else 'size'] = (160, 160)
    return config


@pytest.fixture(scope='module')
def state(config):
    """Random weights that take everything for a person: the first of COCO's 80 classes."""
    from mmdet.registry import MODELS

    torch.manual_seed(0)
    config.model.backbone.init_cfg = None
    with DefaultScope.overwrite_default_scope('mmdet'):
        state = MODELS.build(config.model).state_dict()
    for level in range(3):
        state[f'bbox_head.rtm_cls.{level}.bias'][0] = 3.0
        state[f'bbox_head.rtm_cls.{level}.weight'][0] *= 0.01
        state[f'bbox_head.rtm_reg.{level}.bias'][:] = 4.0  # strides to each side of a cell
    return state


def weights(folder, state, classes=None):
    meta = dict(dataset_meta=dict(CLASSES=classes)) if classes else {}
    torch.save(dict(meta=meta, state_dict=state), folder / 'detector.pth')
    return folder / 'detector.pth'


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (100, 200, 3), np.uint8)


def test_rtmdet_runs_with_the_stand_in_for_mmcvs_nms(tmp_path, config, state, image):
    detector = PersonDetector(config, weights(tmp_path, state))
    boxes, scores = detector(image)
    assert boxes.shape == (len(scores), 4)
    assert len(scores) > 3
    assert (scores >= 0.3).all()
    assert (np.diff(scores) <= 0).all()
    assert (boxes[:, 2:] - boxes[:, :2] >= 1).all()
    assert boxes[:, 0::2].max() <= 200
    assert boxes[:, 1::2].max() <= 100

    detector.nms_thr = 0.1
    assert 0 < len(detector(image)[0]) < len(boxes)
    detector.score_thr = 0.999
    assert detector(image)[0].shape == (0, 4)


def test_only_people_count(tmp_path, config, state, image):
    others = dict(state)
    for level in range(3):
        bias = torch.full((80,), -10.0)
        bias[16] = 3.0  # dogs
        others[f'bbox_head.rtm_cls.{level}.bias'] = bias
    assert len(PersonDetector(config, weights(tmp_path, others))(image)[0]) == 0
    classes = tuple('person' if i == 16 else f'class{i}' for i in range(80))
    assert len(PersonDetector(config, weights(tmp_path, others, classes))(image)[0]) > 0


def test_a_detector_that_does_not_know_people(tmp_path, config, state):
    with pytest.raises(ValueError, match=r'detector.pth does not know people; its classes: cat, dog'):
        PersonDetector(config, weights(tmp_path, state, ('cat', 'dog')))


def test_weights_of_another_detector(tmp_path, config, state):
    del state['bbox_head.rtm_cls.0.bias']
    with pytest.raises(ValueError, match='detector'):
        PersonDetector(config, weights(tmp_path, state))


def test_missing_files(tmp_path, config):
    with pytest.raises(FileNotFoundError, match='config not found: nowhere.py'):
        PersonDetector('nowhere.py', tmp_path / 'detector.pth')
    with pytest.raises(FileNotFoundError, match='detector.pth'):
        PersonDetector(config, tmp_path / 'detector.pth')
    with pytest.raises((FileNotFoundError, ValueError), match='rtmdet_huge'):
        PersonDetector('mmdet::rtmdet/rtmdet_huge.py', tmp_path / 'detector.pth')


def test_a_config_is_named_by_its_package():
    from unipose.files.read_config import read_config

    assert read_config(CONFIG).model.type == 'RTMDet'


def test_a_config_of_no_detector_is_refused(tmp_path, state):
    with pytest.raises(ValueError, match=r'distill\.py is no config of an MMDetection detector'):
        PersonDetector('configs/demo/distill.py', weights(tmp_path, state))

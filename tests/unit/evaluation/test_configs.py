from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from tests.builders import STUDENT, model_config, write_teachers
from tests.evaluation_inputs import data_config, student_test_config
from unipose.checkpoints.loading import sha256_file
from unipose.evaluation.configs import student_config, teacher_config
from unipose.files.read_config import read_config
from unipose.skeletons import load_skeleton


@pytest.fixture(scope='module')
def entries(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return write_teachers(tmp_path_factory.mktemp('teachers'))


def test_a_student_needs_no_teachers() -> None:
    config = student_test_config(Path('none'), teachers=dict(coco=dict(config='none.py')))
    config.model.backbone.init_cfg = dict(type='Pretrained', checkpoint='none.pth')
    before = config.pretty_text
    ready = student_config(config)
    assert 'teachers' not in ready.model
    assert 'init_cfg' not in ready.model.backbone
    assert ready.model.skeleton == 'coco+mpii'
    assert config.pretty_text == before


def test_validation_data_serve_where_there_are_no_test_data() -> None:
    data = {key.replace('test', 'val'): value for key, value in data_config(Path('none')).items()}
    ready = student_config(Config(dict(model=model_config('coco+mpii', 21), **data)))
    assert ready.test_dataloader == Config(data).val_dataloader
    assert ready.test_evaluator == Config(data).val_evaluator


def test_a_teacher_in_its_own_keypoints_and_frame(entries: dict) -> None:
    config = student_test_config(Path('none'), teachers=entries)
    before = config.pretty_text
    ready, estimator = teacher_config(config, 'mpii')
    assert estimator.facts()['checkpoint_sha256'] == sha256_file(entries['mpii']['checkpoint'])
    model = estimator.teacher.network.model
    assert estimator.teacher.network.estimator() is model and model.test_cfg['flip_test'] is True
    _, aligned = teacher_config(config, 'mpii', flip_test='aligned')
    assert aligned.teacher.network.model.test_cfg['flip_test'] == aligned.test_cfg['flip_test'] == 'aligned'
    weights = torch.load(entries['mpii']['checkpoint'], weights_only=True)['state_dict']
    assert model.state_dict().keys() == weights.keys()  # not folded
    assert all(torch.equal(value, weights[key]) for key, value in model.state_dict().items())
    assert estimator.skeleton.names == load_skeleton('mpii').names and estimator.input_size == (128, 128)
    dataset = ready.test_dataloader.dataset
    assert load_skeleton(dataset.skeleton).names == load_skeleton('mpii').names
    assert list(dataset.sources) == ['mpii']
    assert dataset.sources.mpii.padding == 1.25  # as it was trained; the student's is 0.9375
    assert dataset.pipeline[2] == dict(type='TopdownAffine', input_size=(128, 128))
    assert load_skeleton(ready.test_evaluator.skeleton).names == load_skeleton('mpii').names
    assert list(ready.test_evaluator.metrics) == ['mpii']
    assert config.pretty_text == before

    ready, _ = teacher_config(config, 'coco', padding=1.0)
    assert ready.test_dataloader.dataset.sources.coco.padding == 1.0
    assert ready.test_dataloader.dataset.pipeline[2].input_size == STUDENT


def test_a_teachers_own_crop_is_kept(entries: dict, tmp_path: Path) -> None:
    own = Config.fromfile(entries['coco']['config'])
    crop = dict(type='TopdownAffine', input_size=STUDENT, use_udp=True)
    own.val_dataloader = dict(dataset=dict(type='CocoDataset', pipeline=[dict(type='LoadImage'), crop]))
    own.dump(tmp_path / 'udp.py')
    teachers = dict(coco=dict(entries['coco'], config=str(tmp_path / 'udp.py')))
    ready, _ = teacher_config(student_test_config(Path('none'), teachers=teachers), 'coco')
    assert ready.test_dataloader.dataset.pipeline[2] == crop


def test_errors(entries: dict, tmp_path: Path) -> None:
    config = student_test_config(Path('none'), teachers=entries)
    with pytest.raises(FileNotFoundError, match='config not found: none.py'):
        read_config('none.py')
    (tmp_path / 'broken.py').write_text('model = dict(')
    with pytest.raises(ValueError, match='broken.py cannot be read .SyntaxError'):
        read_config(tmp_path / 'broken.py')
    with pytest.raises(ValueError, match=r"lacks \['test_dataloader', 'test_evaluator'\].*configs/distill_small.py"):
        student_config(Config(dict(model=config.model)))
    plain = config.copy()
    plain.test_dataloader = dict(dataset=dict(type='CocoDataset'))
    with pytest.raises(ValueError, match='named sources. Got: CocoDataset'):
        student_config(plain)
    with pytest.raises(ValueError, match=r"no teacher 'aic'; it has \['coco', 'mpii'\]"):
        teacher_config(config, 'aic')
    with pytest.raises(ValueError, match=r"no test source 'aic'.*there are \['coco', 'mpii'\]"):
        teacher_config(config, 'coco', source='aic')

from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from tests.student_files import save_checkpoint, write_student
from unipose.inference.load_student import load_student


@pytest.fixture(scope='module')
def state(student):
    return torch.load(student[1], weights_only=True)['state_dict']


def test_teachers_and_pretrained_files_are_not_needed(tmp_path, student):
    config = Config.fromfile(student[0])
    config.model.backbone.init_cfg = dict(type='Pretrained', checkpoint='not/there.pth')
    config.dump(tmp_path / 'student.py')
    model, skeleton, metainfo = load_student(tmp_path / 'student.py', student[1])
    assert not model.training
    assert len(skeleton) == metainfo['num_keypoints'] == 21
    assert config.model.teachers  # the caller's config stays as it is


def test_the_config_may_be_an_object_and_stays_as_it_is(student):
    config = Config.fromfile(student[0])
    before = config.pretty_text
    load_student(config, student[1])
    assert config.pretty_text == before


def test_what_only_training_needs_is_left_out(tmp_path, student, state):
    more = dict(state, **{'distill.align.weight': torch.zeros(3, 3)})
    save_checkpoint(tmp_path / 'more.pth', more, 'coco+mpii')
    load_student(student[0], tmp_path / 'more.pth')


@pytest.mark.parametrize('skeleton', ['coco', 'mpii', 'coco+mpii+aic'])
def test_any_skeleton(tmp_path, skeleton):
    assert load_student(*write_student(tmp_path, skeleton))[1].name == skeleton


def test_a_checkpoint_without_metainfo(tmp_path, student, state):
    save_checkpoint(tmp_path / 'bare.pth', state, None)
    with pytest.raises(ValueError, match=r'bare.pth carries no dataset_meta.*unipose export --format mmpose'):
        load_student(student[0], tmp_path / 'bare.pth')
    torch.save(state, tmp_path / 'weights.pth')
    with pytest.raises(ValueError, match='weights.pth carries no dataset_meta'):
        load_student(student[0], tmp_path / 'weights.pth')


def test_metainfo_of_another_dataset(tmp_path, student, state):
    save_checkpoint(tmp_path / 'other.pth', state, 'coco')
    with pytest.raises(ValueError, match=r'predicts 21 keypoints, but its dataset_meta names 17 \(coco\)'):
        load_student(student[0], tmp_path / 'other.pth')
    with pytest.raises(ValueError, match=r'predicts 21 keypoints, and not the 16 \(mpii\) that it is said to predict'):
        load_student(student[0], tmp_path / 'other.pth', predicts='mpii')
    torch.save(dict(meta=dict(dataset_meta=dict(classes=('person',))), state_dict=state), tmp_path / 'detector.pth')
    with pytest.raises(ValueError, match='detector.pth|metainfo lacks'):
        load_student(student[0], tmp_path / 'detector.pth')


def test_a_checkpoint_of_another_network(tmp_path, student):
    _, other = write_student(tmp_path, 'coco')
    with pytest.raises(ValueError, match='student'):
        load_student(student[0], other)


def test_a_truncated_checkpoint(tmp_path, student):
    content = Path(student[1]).read_bytes()
    (tmp_path / 'cut.pth').write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match='cut.pth'):
        load_student(student[0], tmp_path / 'cut.pth')


def test_missing_files(student):
    with pytest.raises(FileNotFoundError, match='config not found: nowhere.py'):
        load_student('nowhere.py', student[1])
    with pytest.raises(FileNotFoundError, match="'nowhere.pth' was not found"):
        load_student(student[0], 'nowhere.pth')


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('model = dict(', 'cannot be read'),
        ('custom_imports = dict(imports=["not_a_module"])', 'cannot be read'),
        ('_base_ = "nowhere.py"', 'config .*nowhere.py'),
        ('lr = 1', 'has no model'),
        ('model = dict(type="NoSuchModel")', 'cannot be built.*NoSuchModel'),
        ('model = dict(type="BottomupPoseEstimator", backbone=dict(type="ResNet", depth=18))', 'cannot be built'),
        ('model = dict(type="PoseDataPreprocessor")', 'expected a top-down .* Got: a PoseDataPreprocessor'),
    ],
)
def test_configs_that_are_none(tmp_path, student, text, message):
    (tmp_path / 'config.py').write_text(text)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        load_student(tmp_path / 'config.py', student[1])


@pytest.mark.parametrize('device', ['cuda:99', 'gpu', ''])
def test_devices_that_are_not_there(student, device):
    with pytest.raises(ValueError, match='is not available .*; device cpu always is'):
        load_student(*student, device=device)

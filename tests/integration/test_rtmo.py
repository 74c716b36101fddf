"""A one-stage student from the first command to the last: train, resume, test, predict, label."""

import json
from pathlib import Path
from typing import Any

import cv2
import pytest
import torch
from mmengine.config import Config
from mmpose.models.heads import RTMOHead
from mmpose.models.pose_estimators import BottomupPoseEstimator
from mmpose.registry import MODELS

from tests.builders import write_teachers
from unipose.commands.train.run import run_training
from unipose.files.read_config import read_config
from unipose.inference import PictureInferencer

DEMO = Path(__file__).resolve().parents[2] / 'configs/demo/distill_rtmo.py'


def rtmo_config(root: Path, teachers: dict, work_dir: Path, **changes: Any) -> Config:
    """The demo's config on the `synthetic` fixture, in small batches and without workers."""
    config = read_config(
        DEMO,
        {
            **{f'{phase}_dataloader.num_workers': 0 for phase in ('train', 'val', 'test')},
            **{f'{phase}_dataloader.persistent_workers': False for phase in ('train', 'val', 'test')},
            'train_dataloader.batch_size': 4,
            'default_hooks.checkpoint.interval': 1,
            'default_hooks.logger.interval': 1,
            'work_dir': str(work_dir),
            'test_cfg': {},
            **changes,
        },
    )
    config.model.teachers = teachers
    for loader in (config.train_dataloader, config.val_dataloader, config.test_dataloader):
        for name, source in loader.dataset.sources.items():
            source.dataset.data_root = f'{root}/{name}/'
    for evaluator in (config.val_evaluator, config.test_evaluator):
        evaluator.metrics.coco.ann_file = f'{root}/coco/annotations/person_keypoints_val2017.json'
    return config


@pytest.fixture(scope='module')
def teachers(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return write_teachers(tmp_path_factory.mktemp('teachers'))


@pytest.fixture(scope='module')
def run(synthetic: Path, teachers: dict, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('rtmo')
    changes = {'train_cfg.max_epochs': 2, 'train_cfg.val_interval': 2}
    changes['custom_hooks'] = [dict(type='HeadStagesHook', stages={1: {'proxy_target_cc': True}})]
    rtmo_config(synthetic, teachers, folder / 'run', **changes).dump(folder / 'rtmo.py')
    run_training(read_config(folder / 'rtmo.py'))
    return folder


def test_training_says_what_each_teacher_says(run: Path) -> None:
    terms = [json.loads(line)['terms'] for line in (run / 'run/distillation.jsonl').read_text().splitlines()]
    assert len(terms) == 2
    for of_epoch in terms:
        assert {'kd_coco', 'kd_mpii', 'seen_coco', 'seen_mpii', 'mle', 'cls'} <= set(of_epoch)
        assert all(of_epoch[f'kd_{name}']['raw'] > 0 for name in ('coco', 'mpii'))
    checkpoint = torch.load(run / 'run/epoch_2.pth', weights_only=True)
    assert not any('teacher' in name for name in checkpoint['state_dict'])
    assert len(checkpoint['meta']['dataset_meta']['keypoint_colors']) == 21


def test_training_goes_on_as_if_it_had_not_stopped(run_tool, synthetic: Path, teachers: dict, tmp_path: Path) -> None:
    """Three epochs at once are one and two more, to the last bit, with the head's stages."""
    ends = {}
    stages = dict(type='HeadStagesHook', stages={1: {'proxy_target_cc': True, 'loss_mle.loss_weight': 5.0}})
    for name, steps in {'whole': (3,), 'stopped': (1, 2, 3)}.items():
        for epochs in steps:
            changes = {'train_cfg.max_epochs': epochs, 'train_cfg.val_interval': 9, 'param_scheduler': []}
            changes['custom_hooks'] = [stages]
            rtmo_config(synthetic, teachers, tmp_path / name, **changes).dump(tmp_path / 'rtmo.py')
            done = run_tool('train.py', tmp_path / 'rtmo.py', *(['--resume'] if epochs > 1 else []))
            assert done.code == 0, done.err
        ends[name] = torch.load(tmp_path / name / 'epoch_3.pth', weights_only=True)['state_dict']
    assert all(torch.equal(value, ends['stopped'][key]) for key, value in ends['whole'].items())


def test_test_and_predict(run_tool, run: Path, synthetic: Path, tmp_path: Path) -> None:
    asked, out = (run / 'rtmo.py', run / 'run/epoch_2.pth'), tmp_path / 'metrics.json'
    done = run_tool('test.py', *asked, '--tta', 'none', '--out', out)
    assert done.code == 0 and 'coco: 8 pictures, people found by the model' in done.out, done.err
    assert json.loads(out.read_text())['metrics']['coco/AP'] >= 0
    done = run_tool('test.py', *asked)
    assert done.code == 2 and 'has no flip test; score it with --tta none' in done.err
    picture = sorted((synthetic / 'coco/val2017').iterdir())[0]
    files = ('--pose2d', asked[0], '--pose2d-weights', asked[1], '--vis-out-dir', tmp_path)
    done = run_tool('inferencer_demo.py', picture, *files, '--pred-out-dir', tmp_path / 'people')
    assert done.code == 0, done.err
    assert json.loads((tmp_path / f'people/{picture.stem}.json').read_text())['meta']['skeleton'] == 'coco+mpii'


@pytest.mark.parametrize('key', ['crops', 'targets'])
def test_nothing_is_stored_of_whole_pictures(run_tool, run: Path, key: str) -> None:
    done = run_tool('train.py', run / 'rtmo.py', f'--{key}', 'auto')
    assert done.code == 2 and f'leave {key} out' in done.err


def test_it_is_exported_as_a_model_of_mmpose(run_tool, run: Path, synthetic: Path, tmp_path: Path) -> None:
    done = run_tool('export_student.py', run / 'run/epoch_2.pth', tmp_path / 'student.pth')
    assert done.code == 0, done.err
    weights, config = torch.load(tmp_path / 'student.pth', weights_only=True), Config.fromfile(tmp_path / 'student.py')
    plain = MODELS.build(config.model).eval()
    assert (type(plain), type(plain.head)) == (BottomupPoseEstimator, RTMOHead) and plain.head.num_keypoints == 21
    plain.load_state_dict(weights['state_dict'], strict=True)
    ours = PictureInferencer(run / 'rtmo.py', run / 'run/epoch_2.pth').model
    pictures = [cv2.imread(str(path)) for path in sorted((synthetic / 'coco/val2017').iterdir())[:2]]
    inputs = torch.stack([torch.from_numpy(cv2.resize(one, (128, 128))).permute(2, 0, 1) for one in pictures]).float()
    with torch.no_grad():
        for theirs, own in zip(*(model.head(model.extract_feat(inputs)) for model in (plain, ours)), strict=True):
            assert all(torch.equal(*levels) for levels in zip(theirs, own, strict=True))
    assert config.test_dataloader.dataset.data_mode == 'bottomup' and len(config.keypoint_names) == 21
    done = run_tool('export.py', run / 'run/epoch_2.pth', '--out', tmp_path / 'student.onnx')
    assert done.code == 2 and '--format mmpose alone' in done.err


@pytest.mark.parametrize(
    ('tool', 'arguments', 'said'),
    [
        ('prepare_crops.py', ['--out', 'crops'], 'crops are of people one by one'),
        ('browse_dataset.py', ['--out', 'windows'], '`unipose predict` draws'),
        ('cache_teachers.py', ['--out', 'targets', '--views', 1], 'targets are not stored'),
        ('calibrate_teacher.py', ['--teacher', 'mpii', '--out', 'one.json'], 'config of a top-down student'),
        ('predict_labels.py', ['.', '--out', 'labels.json'], 'give its --checkpoint'),
    ],
)
def test_what_is_of_people_one_by_one_is_refused(
    run_tool, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: str, arguments: list, said: str
) -> None:
    config = run / 'rtmo.py'
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'one.jpg').write_bytes(b'')
    done = run_tool(tool, config, *arguments)
    assert done.code == 2 and 'finds people in whole pictures' in done.err and said in done.err, done.err


def test_teachers_are_scored_elsewhere(run_tool, run: Path) -> None:
    done = run_tool('test.py', run / 'rtmo.py', run / 'run/epoch_2.pth', '--tta', 'none', '--teachers')
    assert done.code == 2 and 'score teachers with the config of a top-down student' in done.err

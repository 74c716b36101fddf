"""A one-stage student from the first command to the last: train, resume, test, predict, label."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config

from tests.builders import write_teachers
from unipose.commands.train.run import run_training
from unipose.files.read_config import read_config

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

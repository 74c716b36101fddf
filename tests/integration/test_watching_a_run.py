"""What a run says of itself: what its steps wait for, and whether it can succeed."""

import copy
import json
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from torch import Tensor

from tests.builders import CANVAS, model_config, train_config, write_teachers
from unipose.checkpoints.locate import REPOSITORY
from unipose.commands.train.preparation import prepare_training
from unipose.commands.train.runner import TrainingRunner
from unipose.distillers import MultiTeacherDistiller

RUNTIME = REPOSITORY / 'configs/_base_/runtime.py'


def run(
    root: Path, work_dir: Path, epochs: int = 2, without: tuple[str, ...] = (), **changes
) -> tuple[TrainingRunner, str]:
    """A run with the hooks of every config but some; returns its log, too."""
    config = train_config(root, work_dir, model_config('coco+mpii', 21, canvas_size=CANVAS))
    runtime = Config.fromfile(RUNTIME)
    for key in ('default_hooks', 'log_processor', 'log_level', 'custom_imports'):
        config[key] = runtime[key]
    config.default_hooks = {key: hook for key, hook in config.default_hooks.items() if key not in without}
    config.default_hooks.logger.interval = 5
    config.train_cfg.max_epochs = epochs
    config.merge_from_dict(changes)
    prepare_training(config)
    runner = TrainingRunner.from_cfg(config)
    runner.train()
    return runner, max(work_dir.glob('*/*.log')).read_text()


def scalars(work_dir: Path) -> list[dict[str, float]]:
    (file,) = work_dir.glob('*/vis_data/scalars.json')
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_the_log_says_what_steps_wait_for_and_what_they_leave_out(
    synthetic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss, steps = MultiTeacherDistiller.loss, iter(range(100))

    def spoilt_once(model: MultiTeacherDistiller, inputs: Tensor, data_samples: list) -> dict[str, Tensor]:
        terms = loss(model, inputs, data_samples)
        return terms | dict(loss_gt=terms['loss_gt'] * float('nan')) if next(steps) == 1 else terms

    monkeypatch.setattr(MultiTeacherDistiller, 'loss', spoilt_once)
    teachers = write_teachers(tmp_path / 'teachers')
    _, log = run(synthetic, tmp_path / 'work', **{'model.teachers': teachers})
    first, second = scalars(tmp_path / 'work')
    for line in (first, second):
        parts = [line[name] for name in ('data_time', 'teachers_time', 'student_time')]
        assert sum(parts) == pytest.approx(line['time']) and min(parts) > 0
        assert line['rows_left_out'] == line['damaged_images'] == 0
    assert first['skipped_steps'] == pytest.approx(1 / 5) and second['skipped_steps'] == pytest.approx(1 / 10)
    assert all(f'{name}: ' in log for name in ('teachers_time', 'student_time', 'skipped_steps', 'damaged_images'))


def test_a_run_that_cannot_succeed_says_so(synthetic: Path, tmp_path: Path) -> None:
    changes = {'default_hooks.mean_pose.after': 10, 'optim_wrapper.optimizer.lr': 0.0}
    _, log = run(synthetic, tmp_path, **changes)
    assert 'WARNING - after 10 steps the student is no better than one that ignores its picture' in log


def test_watching_changes_no_number(synthetic: Path, tmp_path: Path) -> None:
    teachers, states = write_teachers(tmp_path / 'teachers'), []
    for without in ((), ('step_time', 'mean_pose')):
        changes = {'model.teachers': copy.deepcopy(teachers), 'model.combine': 'fused'}
        runner, _ = run(synthetic, tmp_path / f'{len(without)}', epochs=1, without=without, **changes)
        states.append(runner.model.state_dict())
    assert all(torch.equal(value, states[1][key]) for key, value in states[0].items())

"""A run that meets what is no number: its checkpoints are whole, and it goes on or says why not."""

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from torch import Tensor

from tests.builders import CANVAS, model_config, spoil_teacher, train_config, write_teachers
from unipose.commands.train.preparation import prepare_training
from unipose.commands.train.runner import TrainingRunner
from unipose.distillers import MultiTeacherDistiller
from unipose.teachers.teacher import Teacher

EMA = dict(type='EMAHook', ema_type='ExpMomentumEMA', momentum=0.01, update_buffers=True)
NAN = float('nan')


@pytest.fixture(scope='module')
def config(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Two epochs of five steps, with clipping and EMA."""
    teachers = write_teachers(tmp_path_factory.mktemp('teachers'))
    model = model_config('coco+mpii', 21, canvas_size=CANVAS, teachers=teachers, combine='fused')
    config = train_config(synthetic, Path(), model, custom_hooks=[EMA])
    config.train_cfg.max_epochs = 2
    config.optim_wrapper.update(clip_grad=dict(max_norm=35), max_skipped=3)
    config.default_hooks.update(
        checkpoint=dict(type='CheckpointHook', interval=1), distillation=dict(type='DistillationLogHook')
    )
    config.custom_imports = dict(imports=['unipose.registration'])
    return config


def run(config: Config, work_dir: Path, **changes) -> TrainingRunner:
    config = copy.deepcopy(config)
    config.merge_from_dict(changes)
    config.work_dir, config.experiment_name = str(work_dir), f'{work_dir.name}_{len(changes)}'
    prepare_training(config)
    runner = TrainingRunner.from_cfg(config)
    runner.train()
    return runner


def is_whole(checkpoint: Path) -> bool:
    content = torch.load(checkpoint, weights_only=True)
    moments = [state[key] for state in content['optimizer']['state'].values() for key in ('exp_avg', 'exp_avg_sq')]
    weights = [*content['state_dict'].values(), *content['ema_state_dict'].values()]
    return all(value.isfinite().all() for value in (*weights, *moments))


def spoil(monkeypatch: pytest.MonkeyPatch, is_bad: Callable[[int], bool]) -> None:
    """Makes NaN of the student's features, and so of all that is computed from them, in some of a run's steps."""
    own, count = MultiTeacherDistiller.loss, iter(range(1000))

    def loss(model: MultiTeacherDistiller, inputs: Tensor, data_samples: list) -> dict[str, Tensor]:
        return own(model, inputs * NAN if is_bad(next(count)) else inputs, data_samples)

    monkeypatch.setattr(MultiTeacherDistiller, 'loss', loss)
    # teachers know pixels that are numbers only
    predict = Teacher.predict
    monkeypatch.setattr(Teacher, 'predict', lambda teacher, canvas, *rest: predict(teacher, canvas.nan_to_num(), *rest))


def test_a_teacher_that_says_nan_in_every_step_spoils_none(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil_teacher(monkeypatch, 'mpii', lambda target, confidence: target.x[0, 6, 3].fill_(NAN))
    runner = run(config, tmp_path)
    assert is_whole(tmp_path / 'epoch_2.pth')
    logged = {
        name: runner.message_hub.get_scalar(f'train/{name}').data[0] for name in ('rows_left_out', 'skipped_steps')
    }
    assert logged['rows_left_out'].tolist() == [1] * 10 and logged['skipped_steps'].tolist() == [0] * 10
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert log.count('teacher mpii: 5 rows of this epoch so far') == 1 and 'epoch 2, rows left out' in log


def test_steps_that_are_skipped_leave_nothing_in_weights_averages_and_tables(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, lambda step: step in (1, 2, 6))
    runner = run(config, tmp_path)
    assert is_whole(tmp_path / 'epoch_1.pth') and is_whole(tmp_path / 'epoch_2.pth')
    assert runner.message_hub.get_scalar('train/skipped_steps').data[0].nonzero()[0].tolist() == [1, 2, 6]
    table = (tmp_path / 'distillation.jsonl').read_text()
    assert table.count('\n') == 2 and 'NaN' not in table
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert 'a step is skipped, since its loss or gradient is not finite (2 so far)' in log


def test_gradients_that_are_summed_up_lose_one_step_and_all_that_is_left_out_is_counted(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, lambda step: step == 3)
    predict, summed_up = Teacher.predict, {'optim_wrapper.accumulative_counts': 2}

    def with_nan(teacher: Teacher, *arguments) -> tuple:
        target, confidence, features = predict(teacher, *arguments)
        target.x[0, 6, 3] = NAN
        return target, confidence, features

    monkeypatch.setattr(Teacher, 'predict', with_nan)
    runner = run(config, tmp_path, **summed_up)
    assert is_whole(tmp_path / 'epoch_1.pth') and is_whole(tmp_path / 'epoch_2.pth')
    logged = {
        name: runner.message_hub.get_scalar(f'train/{name}').data[0] for name in ('rows_left_out', 'skipped_steps')
    }
    assert logged['skipped_steps'].tolist() == [0, 1, 0, 0, 0] and logged['rows_left_out'].tolist() == [2] * 10
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert log.count('5 of teacher coco, 5 of teacher mpii') == 2


def test_a_run_that_leads_nowhere_ends_and_can_be_gone_on_with(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_tool: Callable
) -> None:
    config = copy.deepcopy(config)
    config.work_dir = str(tmp_path / 'work')
    config.dump(tmp_path / 'student.py')
    with monkeypatch.context() as patch:
        spoil(patch, lambda step: step > 5)
        ran = run_tool('train.py', tmp_path / 'student.py')
    assert ran.code == 2 and 'Traceback' not in ran.err
    assert '3 steps in a row were skipped' in ran.err and '--resume' in ran.err
    [checkpoint] = (tmp_path / 'work').glob('*.pth')
    assert checkpoint.name == 'epoch_1.pth' and is_whole(checkpoint)
    assert (tmp_path / 'work/last_checkpoint').read_text().endswith('epoch_1.pth')

    ran = run_tool('train.py', tmp_path / 'student.py', '--resume')
    assert ran.code == 0 and is_whole(tmp_path / 'work/epoch_2.pth')

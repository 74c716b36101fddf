import json
from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import MMLogger

from unipose.engine.hooks import DistillationLogHook
from unipose.engine.hooks.distillation_log_hook import format_terms, table_of


def test_an_epochs_table_holds_the_means_of_its_steps(tmp_path) -> None:
    lines = []
    logger = SimpleNamespace(info=lines.append)
    runner = SimpleNamespace(work_dir=str(tmp_path), epoch=0, rank=0, logger=logger)
    hook = DistillationLogHook()
    for epoch, offset in enumerate((0.0, 1.0)):
        runner.epoch = epoch
        hook.before_train_epoch(runner)
        for step in (1.0, 3.0):
            outputs = dict(loss=9.9, loss_gt=2.0, raw_gt=2.0, loss_kd_coco=step, raw_kd_coco=2 * step + offset)
            outputs |= dict(weight_kd_coco=0.5, agree_kd_coco=0.25 * step)
            hook.after_train_iter(runner, 0, outputs={key: torch.tensor(value) for key, value in outputs.items()})
        hook.after_train_epoch(runner)
    first, second = map(json.loads, (tmp_path / 'distillation.jsonl').read_text().splitlines())
    assert first['epoch'] == 1 and first['terms']['gt'] == dict(raw=2.0, loss=2.0, share=0.5)
    assert first['terms']['kd_coco'] == dict(raw=4.0, loss=2.0, share=0.5, weight=0.5, agree=0.5)
    assert second['terms']['kd_coco']['raw'] == 5.0  # the epochs are not mixed
    assert 'kd_coco' in lines[0] and '50.0%' in lines[0] and '4.0000' in lines[0]


def test_a_resumed_run_does_not_tell_an_epoch_twice(tmp_path) -> None:
    file = tmp_path / 'distillation.jsonl'
    file.write_text(''.join(json.dumps(dict(epoch=epoch, terms={})) + '\n' for epoch in (1, 2, 3)))
    DistillationLogHook().before_train(SimpleNamespace(work_dir=str(tmp_path), epoch=2, rank=0))
    assert [json.loads(line)['epoch'] for line in file.read_text().splitlines()] == [1, 2]
    DistillationLogHook().before_train(SimpleNamespace(work_dir=str(tmp_path), epoch=0, rank=0))
    assert file.read_text() == ''


def test_fused_teachers_have_a_common_loss_and_values_of_their_own() -> None:
    terms = table_of(dict(loss_kd_fused=1.0, raw_kd_fused=2.0, raw_kd_coco=3.0, agree_kd_coco=0.9))
    assert terms == dict(kd_fused=dict(raw=2.0, loss=1.0, share=1.0), kd_coco=dict(raw=3.0, agree=0.9))
    assert format_terms(terms).splitlines()[2].split() == ['kd_coco', '3.0000', '-', '-', '-', '90.0%']


def test_a_run_without_losses_logs_nothing(tmp_path) -> None:
    runner = SimpleNamespace(work_dir=str(tmp_path), epoch=0, rank=0, logger=MMLogger.get_instance('none'))
    hook = DistillationLogHook()
    hook.before_train_epoch(runner)
    hook.after_train_iter(runner, 0, outputs=None)
    hook.after_train_epoch(runner)
    assert not (tmp_path / 'distillation.jsonl').exists()
    assert table_of({}) == {}


@pytest.mark.parametrize('name', ['agreement', 'lossy'])
def test_other_values_are_left_alone(name: str) -> None:
    assert table_of({name: 1.0}) == {}

import logging
from types import SimpleNamespace

import pytest
import torch

from unipose.engine.hooks import LeftOutHook

COUNTS = [{'ground truth': 0, 'teacher coco': 2}, {'ground truth': 1, 'teacher coco': 3}, {'ground truth': 0}]


def run(hook: LeftOutHook, epoch: int, counts: list[dict[str, int]]) -> None:
    logger = logging.getLogger('test')
    runner = SimpleNamespace(epoch=epoch, iter=epoch * len(counts), logger=logger, model=SimpleNamespace())
    hook.before_train_epoch(runner)
    for left_out in counts:
        runner.model.left_out = {name: torch.tensor(float(count)) for name, count in left_out.items()}
        hook.after_train_iter(runner, 0, {}, {})
        runner.iter += 1
    hook.after_train_epoch(runner)


def test_each_is_warned_of_once_by_name_with_what_to_look_at(caplog: pytest.LogCaptureFixture) -> None:
    hook = LeftOutHook(interval=1)
    for epoch in range(2):
        run(hook, epoch, COUNTS)
    warnings = [record.message for record in caplog.records]
    assert len(warnings) == 4 and all(record.levelname == 'WARNING' for record in caplog.records)
    assert warnings[0].startswith('teacher coco: 2 rows') and "precision='fp32'" in warnings[0]
    assert warnings[1].startswith('ground truth: 1 rows') and 'unipose check' in warnings[1]
    for epoch, warning in enumerate(warnings[2:], 1):
        assert warning.startswith(f'epoch {epoch}, ') and warning.endswith(': 1 of ground truth, 5 of teacher coco')


def test_an_epoch_shorter_than_the_interval_is_looked_at_in_the_end(caplog: pytest.LogCaptureFixture) -> None:
    run(LeftOutHook(), 0, COUNTS)
    assert len(caplog.records) == 3


def test_nothing_is_said_when_all_is_well(caplog: pytest.LogCaptureFixture) -> None:
    run(LeftOutHook(interval=1), 0, [{'ground truth': 0}, {}])
    run(LeftOutHook(interval=1), 0, [])
    hook, runner = LeftOutHook(interval=1), SimpleNamespace(epoch=0, iter=0, model=object())  # another kind of model
    hook.before_train_epoch(runner)
    hook.after_train_iter(runner, 0, {}, {})
    hook.after_train_epoch(runner)
    assert not caplog.records

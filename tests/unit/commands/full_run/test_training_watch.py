import time
from types import SimpleNamespace

import pytest

from unipose.commands.full_run.cost import Stopwatch
from unipose.commands.full_run.training_watch import TrainingWatch


def test_epochs_steps_validations_and_checkpoints_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, 'perf_counter', lambda: now[0])

    def after(seconds: float) -> None:
        now[0] += seconds

    stopwatch, runner = Stopwatch(), SimpleNamespace(max_epochs=3)
    watch = TrainingWatch(stopwatch)
    after(20)  # models are built
    for epoch in range(3):
        watch.before_train_epoch(runner)
        after(30 if epoch == 0 else 3)  # workers start; at first memory is set up, too
        for step in range(6):
            after(1)
            watch.after_train_iter(runner, step)
        if epoch == 2:
            watch.before_save_checkpoint(runner, {})
            after(4)
        watch.after_train_epoch(runner)
    watch.before_val_epoch(runner)
    after(7)
    for batch in range(3):
        after(2)
        watch.after_val_iter(runner, batch, outputs=['person'] * 10)
    watch.after_val_epoch(runner)
    cost = stopwatch.cost()
    expected = dict(step=1.0, epoch=3.0, checkpoint=4.0, person=0.2, validation=7.0)
    assert cost.rates == pytest.approx(expected)
    assert cost.rest == pytest.approx(20 + 27)

"""Tells a watcher of the steps, epochs, validations and checkpoints of a training run."""

from __future__ import annotations

import time
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from .cost import Marks, Watcher, steady_rate

STEP, EPOCH, CHECKPOINT, PERSON, VALIDATION = 'step', 'epoch', 'checkpoint', 'person', 'validation'


class TrainingWatch(Hook):
    """Counts, and says what units took.

    An epoch's own cost is what it takes beyond its steps (workers that start, a table that is logged), a validation's
    what it takes beyond its people. The first epoch sets memory up, and says nothing of the others where there are any.

    Args:
        watcher: Whom to tell.
    """

    priority = 'LOWEST'  # after the checkpoint is saved

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self._saving = 0.0
        self._epochs = 0

    def before_train_epoch(self, runner: Runner) -> None:
        """An epoch begins."""
        self._begin()

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None) -> None:
        """A step is done."""
        self._count(STEP, 1)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """A checkpoint is about to be written."""
        self._saving = time.perf_counter()

    def after_train_epoch(self, runner: Runner) -> None:
        """An epoch is over, and its checkpoint written if it has one."""
        saving = time.perf_counter() - self._saving if self._saving else 0.0
        self._end(EPOCH, STEP, saving, told=self._epochs > 0 or runner.max_epochs == 1)
        self._epochs += 1
        if saving:
            self.watcher.count(CHECKPOINT, 1)
            self.watcher.took(CHECKPOINT, saving, 1)
        self._saving = 0.0

    def before_val_epoch(self, runner: Runner) -> None:
        """A validation begins."""
        self._begin()

    def after_val_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None) -> None:
        """A batch of people is predicted."""
        self._count(PERSON, len(outputs))

    def after_val_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """A validation is over."""
        self._end(VALIDATION, PERSON, 0.0, told=True)

    def _begin(self) -> None:
        self._began = time.perf_counter()
        self._marks: Marks = []

    def _count(self, unit: str, number: int) -> None:
        self.watcher.count(unit, number)
        self._marks.append((time.perf_counter(), (self._marks[-1][1] if self._marks else 0) + number))

    def _end(self, whole: str, part: str, other: float, told: bool) -> None:
        """Says what the parts of an epoch or a validation took, and what it took beyond them."""
        self.watcher.count(whole, 1)
        done = self._marks[-1][1] if self._marks else 0
        if told and done:
            seconds = done * steady_rate(self._marks)
            self.watcher.took(part, seconds, done)
            self.watcher.took(whole, time.perf_counter() - self._began - seconds - other, 1)

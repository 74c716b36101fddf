"""Looks at a training run from inside: what its processes take, and when."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.hooks import CheckpointHook, Hook
from mmengine.logging import HistoryBuffer
from mmengine.runner import Runner
from mmpose.registry import HOOKS

from benchmarks.rehearsed.processes import cpu_seconds, memory_mb, open_files
from unipose.files import write_json

_IMPORTED = time.time()


@HOOKS.register_module()
class Probe(Hook):
    """Writes down what a rank and its workers take, and ends the run.

    ``rank0.json`` and so on, in the work dir, have ``start``: seconds from the command to what had happened by then;
    ``looks``: one for each so many steps, with ``steps`` done, ``time``, the rank's ``cpu`` and what of it was for
    ``taking`` batches, seconds, and of the rank (``main``) and of each worker (``workers``) CPU, memory and open files;
    and ``checkpoint``, of rank 0: MB of a checkpoint of the last epoch, and of what it has of the log.

    Args:
        began: When the command was given, seconds since 1970.
        steps: After how many the run ends.
        interval: Steps from one look to the next.
    """

    priority = 'LOWEST'  # of what happens before a step it is the last, and the first after the batch is there

    def __init__(self, began: float, steps: int, interval: int) -> None:
        self.began, self.steps, self.interval = began, steps, interval
        self.start = dict(imported=_IMPORTED - began)
        self.looks: list[dict[str, Any]] = []
        self.taking = self._taking_since = self._looking = 0.0

    def before_train(self, runner: Runner) -> None:
        """Data are read, the model is built, and all is checked."""
        self._happened('built')

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """A batch is there."""
        self._happened('first_batch')
        self.taking += time.process_time() - self._taking_since

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None) -> None:
        """A step is done."""
        self._happened('first_step')
        done = runner.iter + 1
        if done % self.interval == 0 or done == self.steps:
            self._look(done)
        if done == self.steps:
            content = dict(start=self.start, looks=self.looks)
            if runner.rank == 0:
                content['checkpoint'] = _checkpoint_mb(runner)
            write_json(Path(runner.work_dir) / f'rank{runner.rank}.json', content)
            raise SystemExit
        self._taking_since = time.process_time()

    def _happened(self, what: str) -> None:
        self.start.setdefault(what, time.time() - self.began)

    def _look(self, steps: int) -> None:
        begin = time.process_time()
        taken = dict(steps=steps, time=time.time(), cpu=begin - self._looking, taking=self.taking)
        workers = [_facts(process.pid) for process in multiprocessing.active_children()]
        self.looks.append(dict(taken, main=_facts(os.getpid()), workers=workers))
        self._looking += time.process_time() - begin


def _facts(process: int) -> dict[str, float]:
    return dict(cpu=cpu_seconds(process), files=open_files(process), **memory_mb(process))


def _checkpoint_mb(runner: Runner) -> dict[str, float]:
    """Saves what the run would after its last epoch, as if each step since the first had been logged."""
    steps = len(runner.train_dataloader) * runner.max_epochs
    hub = runner.message_hub
    for name, history in hub.log_scalars.items():
        value = history.current()
        hub.log_scalars[name] = HistoryBuffer(np.full(steps - 1, value), np.ones(steps - 1))
        hub.log_scalars[name].max_length = history.max_length
        hub.update_scalar(name, value)
    runner.train_loop._epoch = runner.max_epochs - 1
    next(hook for hook in runner.hooks if isinstance(hook, CheckpointHook)).after_train_epoch(runner)
    file = Path(runner.work_dir) / f'epoch_{runner.max_epochs}.pth'
    log = sum(sum(array.nbytes for array in history.data) for history in hub.log_scalars.values())
    return dict(file=file.stat().st_size / 2**20, log=log / 2**20, scalars=len(hub.log_scalars))

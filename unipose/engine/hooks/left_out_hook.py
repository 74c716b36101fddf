"""Says who says what is no number."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS
from torch import Tensor

from unipose.compute.unwrapped import unwrapped

_TRUTH = '`unipose check` looks for such annotations'
_TEACHER = (
    "look at its weights, and try precision='fp32' in its entry; of stored targets, write them anew with "
    '`unipose cache`'
)


@HOOKS.register_module()
class LeftOutHook(Hook):
    """Warns of each teacher, and of annotations, that say what is no finite number, and counts it per epoch.

    It counts for nothing in training, see :class:`unipose.distillers.MultiTeacherDistiller`, whose ``rows_left_out``
    says how much of it each step of this rank has had. All ranks are asked now and then, so that no step waits.

    Args:
        interval: Steps between two looks.
    """

    def __init__(self, interval: int = 50) -> None:
        self.interval = interval
        self.warned: set[str] = set()

    def before_train_epoch(self, runner: Runner) -> None:
        """Begins to count anew."""
        self.counts: dict[str, Tensor] = {}

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None) -> None:
        """Counts, and looks where it is time."""
        model = unwrapped(runner.model)
        for name, count in getattr(model, 'left_out', {}).items():
            self.counts[name] = self.counts.get(name, 0) + count
        if self.every_n_train_iters(runner, self.interval):
            self._look(runner)

    def after_train_epoch(self, runner: Runner) -> None:
        """Says how much there was in the epoch."""
        found = self._look(runner)
        if found:
            said = ', '.join(f'{count} of {name}' for name, count in found.items())
            runner.logger.warning(f'epoch {runner.epoch + 1}, rows left out since they are no finite numbers: {said}')

    def _look(self, runner: Runner) -> dict[str, int]:
        """How much all ranks have counted in this epoch, by name where there is any; warns of new names."""
        if not self.counts:
            return {}
        names, total = sorted(self.counts), torch.stack([self.counts[name] for name in sorted(self.counts)])
        all_reduce(total)
        found = {name: int(count) for name, count in zip(names, total.tolist()) if count}
        for name in found.keys() - self.warned:
            self.warned.add(name)
            remedy = _TEACHER if name.startswith('teacher') else _TRUTH
            runner.logger.warning(
                f'{name}: {found[name]} rows of this epoch so far are no finite numbers and count for nothing; {remedy}'
            )
        return found

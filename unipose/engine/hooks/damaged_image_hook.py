"""Reports the damaged images that a training run has passed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS

from unipose.batches.sample_batch import metainfo_of
from unipose.files import write_file


@HOOKS.register_module()
class DamagedImageHook(Hook):
    """Warns once per damaged image, counts them per epoch and lists them in ``damaged_images.txt``.

    The images are those that samples name in ``skipped``: another sample of the same source took their place.
    ``damaged_images`` is logged, how many a training step of this rank has met.
    """

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict[str, Any] | None = None, outputs: dict | None = None
    ) -> None:
        """Counts what the batch has skipped."""
        found = self._count(runner, data_batch)
        runner.message_hub.update_scalar('train/damaged_images', float(found))

    def after_val_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict[str, Any] | None = None,
        outputs: Sequence[Any] | None = None,
    ) -> None:
        """Counts what the batch has skipped."""
        self._count(runner, data_batch)

    def _count(self, runner: Runner, data_batch: dict[str, Any]) -> int:
        before = self.times.total()
        for skipped in metainfo_of(data_batch['data_samples'], 'skipped'):
            for problem in skipped or ():
                if problem not in self.times:
                    runner.logger.warning(f'damaged image skipped: {problem}')
                self.times[problem] += 1
        return self.times.total() - before

    def after_train_epoch(self, runner: Runner) -> None:
        """Says how many there are so far, and writes the list."""
        self._report(runner)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Says how many there are so far, and writes the list."""
        self._report(runner)

    def _report(self, runner: Runner) -> None:
        if not self.times:
            return
        report = Path(runner.work_dir) / f'damaged_images{f".rank{runner.rank}" if runner.rank else ""}.txt'
        write_file(report, ('\n'.join(sorted(self.times)) + '\n').encode())
        runner.logger.warning(
            f'{len(self.times)} damaged images have been skipped ({self.times.total()} times); listed in {report}'
        )

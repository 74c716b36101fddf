"""Says once per epoch what each teacher contributes, and whether the student follows it."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS

from unipose.files import read_json_lines, write_file

# what a term is logged with
_COLUMNS = dict(raw='raw loss', loss='weighted', share='share', weight='target weight', agree='within 2 px')
_FILE = 'distillation.jsonl'
_SHARES = ('share', 'agree')


@HOOKS.register_module()
class DistillationLogHook(Hook):
    """Logs a table per epoch, a row for each term of the loss, and appends it to ``distillation.jsonl``.

    The columns, each the mean over all ranks and those of the epoch's steps whose loss is finite: the term's raw loss,
    nats per weighted keypoint (of features: the share of the teacher's energy that is missed); the weighted loss;
    its share of the total; the teacher's mean target weight (confidence times mass inside the window); and the share of
    that weight on which student and teacher are within 2 student pixels of each other.
    """

    priority = 'LOW'

    def before_train(self, runner: Runner) -> None:
        """Keeps of an earlier run what comes before the epoch that this one begins with."""
        file = Path(runner.work_dir) / _FILE
        if runner.rank == 0 and file.is_file():
            lines = (json.dumps(line) for line in read_json_lines(file) if line['epoch'] <= runner.epoch)
            write_file(file, ''.join(f'{line}\n' for line in lines).encode())

    def before_train_epoch(self, runner: Runner) -> None:
        """Starts a new epoch's sums."""
        self.sums: dict[str, torch.Tensor | float] = defaultdict(float)
        self.steps: torch.Tensor | float = 0.0

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict[str, torch.Tensor] | None = None
    ) -> None:
        """Adds a step's values, without waiting for the device."""
        if not outputs:
            return
        counts = outputs['loss'].detach().isfinite()  # another step is skipped, and would make NaN of the whole epoch
        self.steps = self.steps + counts
        for name, value in outputs.items():
            if name.partition('_')[0] in _COLUMNS and name != 'loss':
                self.sums[name] = self.sums[name] + torch.where(counts, value.detach(), 0.0)

    def after_train_epoch(self, runner: Runner) -> None:
        """Logs the epoch's table."""
        means = {}
        for name, total in sorted(self.sums.items()):
            mean = total / self.steps.clamp(min=1)
            all_reduce(mean, op='mean')
            means[name] = mean.item()
        terms = table_of(means)
        if runner.rank == 0 and terms:
            runner.logger.info(f'epoch {runner.epoch + 1}, what each term contributes:\n{format_terms(terms)}')
            with (Path(runner.work_dir) / _FILE).open('a', encoding='utf-8') as file:
                file.write(json.dumps(dict(epoch=runner.epoch + 1, terms=terms)) + '\n')


def table_of(means: dict[str, float]) -> dict[str, dict[str, float]]:
    """Means by term and column.

    Args:
        means: Mean of each logged value, such as ``raw_kd_coco``.

    >>> table_of(dict(loss_gt=1.0, loss_kd_coco=3.0, raw_kd_coco=6.0))['kd_coco']
    {'raw': 6.0, 'loss': 3.0, 'share': 0.75}
    """
    terms: dict[str, dict[str, float]] = {}
    total = sum(value for name, value in means.items() if name.startswith('loss_'))
    for column in _COLUMNS:
        for name, value in means.items():
            kind, _, term = name.partition('_')
            if kind == column:
                terms.setdefault(term, {})[column] = value
            if kind == 'loss' and column == 'share' and total:
                terms.setdefault(term, {})['share'] = value / total
    return terms


def format_terms(terms: dict[str, dict[str, float]]) -> str:
    """The terms as aligned text."""
    lines = [f'{"":16}' + ''.join(f'{title:>15}' for title in _COLUMNS.values())]
    for term, values in terms.items():
        cells = [
            '-' if column not in values else f'{values[column]:.1%}' if column in _SHARES else f'{values[column]:.4f}'
            for column in _COLUMNS
        ]
        lines.append(f'{term:16}' + ''.join(f'{cell:>15}' for cell in cells))
    return '\n'.join(lines)

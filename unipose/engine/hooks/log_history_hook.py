"""Keeps the history of logged scalars as short as logging needs it."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS


@HOOKS.register_module()
class LogHistoryHook(Hook):
    """Has MMEngine forget scalars that are older than an epoch, or than the longest window that is logged.

    MMEngine keeps the last million values of every scalar, copies them at each step and writes them into every
    checkpoint: 25 scalars of 282,000 steps are 113 MB. What is averaged over the whole run (``window_size='global'`` in
    ``log_processor.custom_cfg``) keeps its history.
    """

    def before_train(self, runner: Runner) -> None:
        """Finds out how much of the history is needed."""
        windows = [one.get('window_size') for one in runner.log_processor.custom_cfg]
        self.limit = max(
            [len(runner.train_dataloader), runner.log_processor.window_size, *(w for w in windows if type(w) is int)]
        )
        self.is_limited = 'global' not in windows

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None) -> None:
        """Scalars that came up in this step are limited as well, and those of a run that goes on."""
        if self.is_limited:
            for history in runner.message_hub.log_scalars.values():
                history.max_length = self.limit

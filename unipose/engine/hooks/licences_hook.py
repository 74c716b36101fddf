"""Carries the licences of what a student comes from along with its checkpoints."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS

from unipose.checkpoints.licences import Inherited, format_licences, from_plain, licences_of_config, to_plain


@HOOKS.register_module()
class LicencesHook(Hook):
    """Logs the licences of teachers, sources and first weights, and writes them into the meta of every checkpoint.

    A resumed run keeps those that it began with, of a teacher that it has no more, too.
    """

    def __init__(self) -> None:
        self.inherited: tuple[Inherited, ...] = ()

    def before_run(self, runner: Runner) -> None:
        """Finds them.

        Raises:
            ValueError: If a licence is none, or a file damaged.
        """
        self.inherited = licences_of_config(runner.cfg)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Adds those of the run that goes on."""
        if runner.cfg.get('resume'):
            earlier = from_plain(checkpoint.get('meta', {}).get('licences', ()), 'the checkpoint to resume from')
            self.inherited = tuple(dict.fromkeys((*self.inherited, *earlier)))

    def before_train(self, runner: Runner) -> None:
        """Logs them."""
        if self.inherited:
            runner.logger.info(f'what the student comes from:\n{format_licences(self.inherited)}')

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Writes them down."""
        checkpoint['meta']['licences'] = to_plain(self.inherited)

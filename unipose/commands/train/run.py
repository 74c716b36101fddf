"""A training run, from its config to what it leaves."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import find_latest_checkpoint

from unipose.commands.train.auto_stores import auto_stores
from unipose.commands.train.config import training_config
from unipose.commands.train.preparation import prepare_training
from unipose.commands.train.runner import TrainingRunner
from unipose.compute.distributed import start_distributed
from unipose.console.mistakes import MISTAKES, error_message, machine_fault
from unipose.engine.optim import SkippedStepsError
from unipose.files import DamagedImageError
from unipose.files.read_config import Changes
from unipose.files.sole_writer import sole_writer


@dataclass(frozen=True)
class Trained:
    """What a training run leaves.

    Attributes:
        work_dir: Folder of logs and checkpoints.
        config: The run's config in it, which scores and trains again.
        scores: Of the last validation, ``{'coco/AP': 0.7, ...}``; empty where there was none.
    """

    work_dir: Path
    config: Path
    scores: dict[str, float]

    @property
    def checkpoint(self) -> Path:
        """The last checkpoint.

        Raises:
            FileNotFoundError: If the config had none written.
        """
        found = find_latest_checkpoint(str(self.work_dir))
        if found is None:
            raise FileNotFoundError(
                f'the run in {self.work_dir} kept no checkpoint; default_hooks.checkpoint of its config says which'
            )
        return Path(found)


def train(config: str | Path | Config, changes: Changes = None, **options: Any) -> Trained:
    """Trains, in one process or among those that a launcher started.

    Args:
        config: The training config, or its file.
        changes: What to change in it.
        **options: Those of :func:`unipose.commands.train.config.training_config`.

    Raises:
        Exception: As :func:`run_training`.
    """
    config = training_config(config, changes, **options)
    start_distributed(config.launcher, config)
    if options.get('resume') and not config.get('resume') and is_main_process():
        print(f'nothing to resume in {config.work_dir}: training starts anew', file=sys.stderr)
    return run_training(config)


def run_training(config: Config, hooks: Sequence[Hook] = ()) -> Trained:
    """Trains what a config says.

    Args:
        config: The config of a run, with its work dir.
        hooks: Hooks that are no part of the config.

    Raises:
        ValueError: If something in the config does not fit something else, so that training does not begin, pictures
            are damaged or no step is finite. TypeError, KeyError and AssertionError of OpenMMLab's mean the same.
        OSError: If a file is missing or cannot be written, a worker was killed, or the work dir is in use.
        RuntimeError: If training breaks off for any other reason, which is its cause.
    """
    runner, earlier = None, _last_saved(config)
    try:
        prepare_training(config)
        with sole_writer(config.work_dir, '--work-dir'), auto_stores(config):
            runner = TrainingRunner.from_cfg(config)
            for hook in hooks:
                runner.register_hook(hook)
            runner.train()
    except Exception as error:
        if runner and runner.started:
            if fault := machine_fault(error):
                raise OSError(
                    f'training broke off: {error_message(fault)}. {_how_to_go_on(config, earlier)}'
                ) from error
            if isinstance(error, MISTAKES) and not isinstance(error, DamagedImageError | SkippedStepsError):
                raise RuntimeError('training broke off') from error  # no mistake of the user's
        raise
    return Trained(Path(config.work_dir), runner.config_file, runner.scores)


def _last_saved(config: Config) -> int | None:
    """When a checkpoint was last saved in the work dir, nanoseconds; None where there is none."""
    note = Path(config.work_dir) / 'last_checkpoint'
    return note.stat().st_mtime_ns if note.is_file() else None


def _how_to_go_on(config: Config, earlier: int | None) -> str:
    goes_on = config.get('resume') and not config.get('load_from')  # from the work dir's own
    if _last_saved(config) != earlier or (goes_on and earlier is not None):
        return 'The last checkpoint is whole: once that is mended, go on with --resume (full_run: by itself)'
    return 'This run has no checkpoint yet: once that is mended, start it again'

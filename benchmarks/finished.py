"""Runs of a benchmark that are finished, so that they are not run again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmengine.config import Config

from unipose.files import write_json

_NO_NUMBERS = ('license', 'collate_fn', 'step_time', 'mean_pose', 'mean_pattern')  # keys of configs that change none


def recipe_text(config: Config) -> str:
    """All of a config that may change a result."""
    return Config(_numbers_of(config.to_dict())).pretty_text


def _numbers_of(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _numbers_of(part) for key, part in value.items() if key not in _NO_NUMBERS}
    return type(value)(map(_numbers_of, value)) if isinstance(value, list | tuple) else value


def load_finished(file: Path, recipe: Callable[[], str | None]) -> dict[str, Any] | None:
    """A finished run's result, or None if there is none, or only one of another recipe.

    Args:
        file: Where it lies.
        recipe: Digest of what a result depends on now.
    """
    if not file.is_file():
        return None
    result = json.loads(file.read_text(encoding='utf-8'))
    return result if result['recipe'] == recipe() else None


def train_once(
    work_dir: Path, prepare: Callable[[], Config], train: Callable[[Config], object]
) -> tuple[Path, dict[str, Any]]:
    """Trains, unless that is done.

    Args:
        work_dir: Of this recipe alone.
        prepare: Makes the training config, and all that it needs; it is not timed.
        train: Trains, or goes on where an earlier run stopped.

    Returns:
        The last checkpoint; and its epochs, and how many seconds it took if at one go.
    """
    facts_file = work_dir / 'training.json'
    if not facts_file.is_file():
        interrupted, config = (work_dir / 'last_checkpoint').is_file(), prepare()
        config.work_dir = str(work_dir)
        config.train_cfg.val_begin = config.train_cfg.max_epochs + 1  # the last checkpoint is scored afterwards
        begin = time.perf_counter()
        train(config)
        seconds = time.perf_counter() - begin
        timed = {} if interrupted else dict(train_seconds=round(seconds, 1))
        write_json(facts_file, dict(epochs=config.train_cfg.max_epochs, **timed))
    facts = json.loads(facts_file.read_text(encoding='utf-8'))
    return work_dir / f'epoch_{facts["epochs"]}.pth', facts

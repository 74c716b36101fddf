"""The teachers of a student, to predict beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config

from unipose.checkpoints.locate import locate_file

from .load_student import read_config
from .pose_inferencer import PoseInferencer


def teacher_inferencers(
    config: str | Path | Config, names: Sequence[str] = (), **options: Any
) -> dict[str, PoseInferencer]:
    """Teachers of a training config as inferencers, each with its own keypoints.

    Args:
        config: Config (file) that the student was trained with.
        names: Which of its teachers; by default all.
        **options: ``device``, ``flip_test`` and ``batch_size`` of :class:`PoseInferencer`.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If there is no such teacher, or one does not load.
    """
    config = read_config(config)
    entries = {name: entry for name, entry in (config.get('model', {}).get('teachers') or {}).items() if entry}
    unknown = sorted(set(names) - set(entries))
    if unknown or not entries:
        raise ValueError(
            f'{config.filename or "the config"} has no teacher{"s" if not names else ""} {", ".join(unknown)}; it has '
            f'{list(entries)}. Give the config that the student was trained with, not that of its export'
        )
    return {
        name: PoseInferencer(
            locate_file(entries[name].config, f'config of teacher {name!r}'),
            entries[name].checkpoint,
            predicts=entries[name].skeleton,
            **options,
        )
        for name in names or entries
    }

"""The teachers of a student, to predict beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmpose.registry import MODELS

from unipose.files.read_config import read_config
from unipose.simcc.flip_test import FlipTest

from .load_student import checked_device
from .pose_inferencer import PoseInferencer


def teacher_inferencers(
    config: str | Path | Config,
    names: Sequence[str] = (),
    device: str = 'cpu',
    flip_test: FlipTest | None = None,
    batch_size: int = 32,
) -> dict[str, PoseInferencer]:
    """Teachers of a training config as inferencers, each with its own keypoints and on crops of its own.

    Args:
        config: Config (file) that the student was trained with.
        names: Which of its teachers; by default all.
        device: Where to run, such as ``cpu`` or ``cuda:0``.
        flip_test: Average predictions with those on the mirrored image, see :mod:`unipose.simcc.flip_test`; by
            default they are.
        batch_size: How many people go through a network at a time.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If there is no such teacher, or one does not load.
    """
    config = read_config(config)
    entries = {name: entry for name, entry in (config.get('model', {}).get('teachers') or {}).items() if entry}
    unknown = sorted(set(names) - set(entries))
    if unknown or not entries:
        lacks = f'teacher {", ".join(unknown)}; it has {list(entries)}' if entries else 'teachers'
        raise ValueError(
            f'{config.filename or "the config"} has no {lacks}. Teachers are those of the config that a student was '
            'trained with, not of that of its export'
        )
    checked_device(device)
    found, flip_test = {}, True if flip_test is None else flip_test
    for name in names or entries:
        model = dict(type='TeacherEstimator', name=name, entry=entries[name], flip_test=flip_test)
        with DefaultScope.overwrite_default_scope(config.get('default_scope', 'mmpose')):
            estimator = MODELS.build(model).to(device).eval()
        found[name] = PoseInferencer.of_estimator(estimator, estimator.padding(name), batch_size)
    return found

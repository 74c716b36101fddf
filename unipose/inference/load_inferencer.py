"""From a config and a checkpoint to what predicts people, whatever it is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmengine.config import Config

from unipose.checkpoints.model_kinds import finds_people
from unipose.files.read_config import read_config

from .picture_inferencer import PictureInferencer
from .pose_inferencer import PoseInferencer


def load_inferencer(
    config: str | Path | Config, checkpoint: str | Path, device: str = 'cpu', **options: Any
) -> PoseInferencer | PictureInferencer:
    """Loads a student that looks into boxes, or a model that finds people in whole pictures itself.

    Args:
        config: Config (file) that it was trained with.
        checkpoint: Its checkpoint.
        device: Where to run, such as ``cpu`` or ``cuda:0``.
        **options: What both take: ``flip_test``, ``skeleton``, ``predicts``, ``rescorer`` and ``precision``.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If config and checkpoint do not fit together.
    """
    config = read_config(config)
    kind = PictureInferencer if finds_people(config) else PoseInferencer
    return kind(config, checkpoint, device, **options)

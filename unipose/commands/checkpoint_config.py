"""The config that a checkpoint was trained with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from unipose.distillers.write_mmpose_files import literal_config
from unipose.files.read_config import read_config


def config_of_checkpoint(path: Path, meta: Mapping[str, Any]) -> Config:
    """Reads the config of a checkpoint, out of it or from beside it; nothing in the checkpoint is executed.

    Args:
        path: The checkpoint.
        meta: Its own, see :func:`unipose.inference.load_student.checkpoint_meta`.

    Raises:
        ValueError: If there is none.
    """
    beside = path.with_suffix('.py')
    if meta.get('cfg'):
        return Config(literal_config(meta['cfg']))
    if beside.is_file():
        return read_config(beside)
    raise ValueError(
        f'{path} does not say what model it is of: it is no checkpoint of a training run, and there is no '
        f'{beside.name} beside it. Give one that `unipose train` or `unipose export --format mmpose` wrote'
    )

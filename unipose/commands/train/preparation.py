"""What a config is completed with before the runner is built from it: seeds, and weights to start from."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.logging import print_log

from unipose.checkpoints.loading import verify_digest
from unipose.checkpoints.locate import locate_file
from unipose.commands.train.checks import check_config
from unipose.commands.train.stages import order_switches
from unipose.compute.devices import has_accelerator

_FINITE = dict(OptimWrapper='FiniteOptimWrapper', AmpOptimWrapper='FiniteAmpOptimWrapper')


def prepare_training(config: Config) -> None:
    """Checks a config and completes it in place.

    The run's seed becomes the dataset's, so that ``randomness.seed`` decides every augmentation. The student starts
    from its published backbone when that file is there, whole, and from random weights otherwise, with a warning.
    MMEngine's optim wrappers become those that skip steps which are not finite
    (:class:`unipose.engine.optim.FiniteOptimWrapper`).

    Args:
        config: The training config, with its work dir.

    Raises:
        ValueError: As :func:`unipose.commands.train.checks.check_config`, or if the backbone's file is damaged.
        OSError: As the former.
    """
    check_config(config)
    kind = config.optim_wrapper.get('type', 'OptimWrapper')
    config.optim_wrapper.type = _FINITE.get(kind, kind)
    if config.get('launcher', 'none') != 'none' and not has_accelerator():
        # as MMEngine's own, which names a GPU
        config.model_wrapper_cfg = dict(type='MMDistributedDataParallel', device_ids=None, broadcast_buffers=False)
    seed_dataset(config)
    order_switches(config)
    for part in ('backbone', 'head'):
        _find_start(config.model.get(part) or {}, part)


def seed_dataset(config: Config) -> None:
    """Gives the training dataset the run's seed, in place, so that ``randomness.seed`` decides every augmentation."""
    dataset = config.train_dataloader.get('dataset') or {}
    if dataset.get('type') in ('UnifiedKeypointDataset', 'WholePictureDataset'):
        dataset.setdefault('seed', (config.get('randomness') or {}).get('seed') or 0)


def _find_start(part: dict[str, Any], name: str) -> None:
    """Looks for weights to start from here and in the repository, and leaves out those that are not there."""
    given = part.get('init_cfg') or []
    starts, found = given if isinstance(given, list) else [given], []
    for start in starts:
        file = start.get('checkpoint')
        if not file or '://' in file:
            found.append(start)
            continue
        try:
            where = locate_file(file, f"weights of the student's {name}")
        except FileNotFoundError:
            print_log(
                f"{file} is not there: the student's {name} starts from random weights. "
                f'Fetch it with: unipose download{" --backbones" * (name == "backbone")}',
                logger='current',
                level=logging.WARNING,
            )
            continue
        verify_digest(where)
        found.append(start if Path(file).is_file() else dict(start, checkpoint=str(where)))
    if found != starts:
        part['init_cfg'] = (found if isinstance(given, list) else found[0]) if found else None

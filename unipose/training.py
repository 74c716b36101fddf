"""What a training run needs besides its config: checks, seeds and weights to start from."""

from __future__ import annotations

import logging
from pathlib import Path

from mmengine.config import Config
from mmengine.logging import print_log

from unipose.checkpoints.loading import verify_digest


def prepare_training(config: Config) -> None:
    """Completes a config in place before the runner is built from it.

    The run's seed becomes the dataset's, so that ``randomness.seed`` decides every augmentation. The student starts
    from its published backbone when that file is there, whole, and from random weights otherwise, with a warning.

    Args:
        config: The training config.

    Raises:
        ValueError: If the backbone's file is damaged.
        OSError: If the work dir cannot be written.
    """
    dataset = config.train_dataloader.dataset
    if dataset.get('type') == 'UnifiedKeypointDataset':
        dataset.setdefault('seed', (config.get('randomness') or {}).get('seed') or 0)
    backbone = config.model.backbone
    start = (backbone.get('init_cfg') or {}).get('checkpoint')
    if start and '://' not in start:
        if Path(start).is_file():
            verify_digest(start)
        else:
            backbone.init_cfg = None
            print_log(
                f'{start} is not there: the student starts from random weights. '
                'Fetch it with: python tools/download_teachers.py --backbones',
                logger='current',
                level=logging.WARNING,
            )
    work_dir = Path(config.work_dir)
    work_dir.mkdir(parents=True, exist_ok=True)
    probe = work_dir / '.writable'
    probe.touch()
    probe.unlink()

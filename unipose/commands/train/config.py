"""The config of a training run, with what the command line says of it."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmengine.config import Config

from unipose.commands.train.stages import use_prepared_crops, use_stored_targets
from unipose.commands.train.training import use_mixed_precision, use_wandb
from unipose.files.read_config import read_config


def training_config(args: argparse.Namespace) -> Config:
    """Reads the config of a run.

    Args:
        args: What :mod:`unipose.commands.verbs.train` takes, parsed.

    Raises:
        FileNotFoundError: If there is no such config.
        ValueError: If config and options do not fit each other.
    """
    config = read_config(args.config, args.cfg_options)
    config.launcher = args.launcher
    config.work_dir = args.work_dir or config.get('work_dir') or f'work_dirs/{Path(args.config).stem}'
    if args.crops:
        use_prepared_crops(config, args.crops)
    if args.targets:
        use_stored_targets(config, args.targets)
    if args.amp:
        use_mixed_precision(config)
    if args.wandb:
        use_wandb(config, args.wandb)
    if args.auto_scale_lr:
        config.merge_from_dict({'auto_scale_lr.enable': True})
    if args.resume and args.resume != 'auto':
        config.resume, config.load_from = True, args.resume
    elif args.resume and (Path(config.work_dir) / 'last_checkpoint').is_file():
        config.resume, config.load_from = True, None
    return config

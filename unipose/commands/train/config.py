"""The config of a training run, with what is asked for beside it."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config

from unipose.commands.train.stages import use_prepared_crops, use_stored_targets
from unipose.commands.train.training import use_mixed_precision, use_wandb
from unipose.files.read_config import Changes, read_config


def training_config(
    config: str | Path | Config,
    changes: Changes = None,
    *,
    work_dir: str | Path | None = None,
    resume: bool | str | Path = False,
    crops: str | Path | None = None,
    targets: str | Path | None = None,
    amp: bool = False,
    wandb: str | None = None,
    auto_scale_lr: bool = False,
    launcher: str = 'none',
) -> Config:
    """Reads the config of a run.

    Args:
        config: The config, or its file.
        changes: What to change in it.
        work_dir: Folder for logs and checkpoints; by default the config's, or ``work_dirs/<config name>``.
        resume: Go on from this checkpoint; True is the latest in the work dir, if there is one.
        crops: Folder of prepared crops.
        targets: Folder of stored targets.
        amp: Mixed precision.
        wandb: Project of Weights & Biases to log to.
        auto_scale_lr: Scale the learning rate to the batch size.
        launcher: What started the processes: ``'none'``, ``'pytorch'`` or ``'slurm'``.

    Raises:
        FileNotFoundError: If there is no such config.
        ValueError: If config and options do not fit each other.
    """
    config = read_config(config, changes)
    config.launcher = launcher
    name = Path(config.filename).stem if config.filename else 'train'
    config.work_dir = str(work_dir or config.get('work_dir') or f'work_dirs/{name}')
    if crops:
        use_prepared_crops(config, crops)
    if targets:
        use_stored_targets(config, targets)
    if amp:
        use_mixed_precision(config)
    if wandb:
        use_wandb(config, wandb)
    if auto_scale_lr:
        config.merge_from_dict({'auto_scale_lr.enable': True})
    if resume and resume is not True:
        config.resume, config.load_from = True, str(resume)
    elif resume and (Path(config.work_dir) / 'last_checkpoint').is_file():
        config.resume, config.load_from = True, None
    return config

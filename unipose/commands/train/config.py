"""The config of a training run, with what is asked for beside it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from mmengine.config import Config
from mmengine.device import get_device

from unipose.checkpoints.model_kinds import finds_people
from unipose.commands.train.auto_stores import AUTO, use_auto_crops, use_auto_targets
from unipose.commands.train.checks import check_parts
from unipose.commands.train.stages import use_prepared_crops, use_stored_targets
from unipose.compute.precision import has_fast_bf16
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
        crops: Folder of prepared crops; or ``'auto'``, see :func:`unipose.commands.train.auto_stores.use_auto_crops`.
        targets: Folder of stored targets; or ``'auto'``, see
            :func:`unipose.commands.train.auto_stores.use_auto_targets`.
        amp: Mixed precision.
        wandb: Project of Weights & Biases to log to.
        auto_scale_lr: Scale the learning rate to the batch size.
        launcher: What started the processes: ``'none'``, ``'pytorch'`` or ``'slurm'``.

    Raises:
        FileNotFoundError: If there is no such config.
        ValueError: If config and options do not fit each other.
    """
    config = read_config(config, changes)
    check_parts(config)
    config.launcher = launcher
    name = Path(config.filename).stem if config.filename else 'train'
    stored = [key for key, given in (('crops', crops), ('targets', targets)) if given or config.get(key) is not None]
    if finds_people(config) and stored:
        raise ValueError(
            f'{config.filename} trains a model that takes whole pictures: crops and targets are stored of people one '
            f'by one, and teachers, if it has any, are asked at each step; leave {" and ".join(stored)} out'
        )
    config.work_dir = str(work_dir or config.get('work_dir') or f'work_dirs/{name}')
    if crops and crops != AUTO:
        config.pop('crops', None)
        use_prepared_crops(config, crops)
    elif crops or config.get('crops') is not None:
        use_auto_crops(config)
    if targets and targets != AUTO:
        config.pop('targets', None)
        use_stored_targets(config, targets)
    elif targets or config.get('targets') is not None:
        use_auto_targets(config)
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


def use_mixed_precision(config: Config) -> None:
    """Has a config train in bfloat16 where the device has units for it, else in fp16 with a scaled loss; in place."""
    if has_fast_bf16(get_device()):
        config.merge_from_dict({'optim_wrapper.type': 'AutocastOptimWrapper'})
    else:
        config.merge_from_dict({'optim_wrapper.type': 'AmpOptimWrapper', 'optim_wrapper.loss_scale': 'dynamic'})


def use_wandb(config: Config, project: str) -> None:
    """Has a config log to a project of Weights & Biases as well, under the name of its work dir; in place.

    Raises:
        ValueError: If its package is not installed.
    """
    if importlib.util.find_spec('wandb') is None:
        raise ValueError('Weights & Biases is not installed: pip install wandb, or leave out --wandb')
    backend = dict(type='WandbVisBackend', init_kwargs=dict(project=project, name=Path(config.work_dir).name))
    config.visualizer.vis_backends = [*config.visualizer.vis_backends, backend]

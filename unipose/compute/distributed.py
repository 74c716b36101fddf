"""Joining the processes that a launcher started, and leaving them."""

from __future__ import annotations

from datetime import timedelta

import torch
from mmengine.config import Config
from mmengine.dist import init_dist


def start_distributed(launcher: str, config: Config) -> None:
    """Joins the processes that ``torchrun`` (``'pytorch'``) or ``'slurm'`` started; ``'none'`` is one process.

    Args:
        launcher: As MMEngine's.
        config: Its ``env_cfg.dist_cfg`` says how: ``backend``, ``timeout`` in seconds and whatever else
            ``torch.distributed.init_process_group`` takes.
    """
    options = dict((config.get('env_cfg') or {}).get('dist_cfg') or {})
    if launcher == 'pytorch' and not torch.cuda.is_available():  # MMEngine's own way selects a CUDA device
        timeout = options.get('timeout')
        torch.distributed.init_process_group('gloo', timeout=None if timeout is None else timedelta(seconds=timeout))
    elif launcher != 'none':
        init_dist(launcher, **options)


def end_distributed() -> None:
    """Leaves the processes that :func:`start_distributed` joined, if there are any, once all work is done.

    MMEngine never does, and threads of a group that is still there when the interpreter ends may abort the process.
    """
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()

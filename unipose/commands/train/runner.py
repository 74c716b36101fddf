"""MMEngine's runner, as ``unipose train`` runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from mmengine.model import revert_sync_batchnorm
from mmengine.runner import Runner

from unipose.batches.loaders import build_loader
from unipose.checkpoints.loading import load_weights
from unipose.commands.train.auto_stores import create_auto_targets
from unipose.commands.train.checks import check_run, start_checkpoint
from unipose.compute.devices import has_accelerator
from unipose.compute.memory import release_memory
from unipose.compute.unwrapped import unwrapped
from unipose.engine.hooks import LeftOutHook, LicencesHook, LogHistoryHook
from unipose.files import write_file


class TrainingRunner(Runner):
    """MMEngine's runner, which tries all that a config names before it writes that config over an earlier run's.

    Attributes:
        started: Whether training has begun: errors before that are mistakes in config or files.
        scores: Of the last validation.
    """

    started = False
    scores: dict[str, float] = {}
    build_dataloader = staticmethod(build_loader)

    def dump_config(self) -> None:
        """Tries data, optimizer and the checkpoint to go on from; writing the config waits until training begins.

        Raises:
            ValueError: If something in the config does not fit something else.
            DamagedImageError: If the first images of a source are missing or damaged.
        """
        loader = self.train_loop.dataloader
        self.optim_wrapper = self.build_optim_wrapper(self.optim_wrapper)
        _ = self.val_loop  # asking for it builds it
        model = unwrapped(self.model)
        create_auto_targets(self.cfg, model, loader.dataset)
        check_run(self.cfg, model, loader)
        path = start_checkpoint(self.cfg)
        if path:
            load_weights(model, path, what='student', skeleton=getattr(model, 'skeleton', None), strict=self._resume)

    def load_checkpoint(self, filename: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Loads what a run goes on from as MMEngine does, and what a new one starts from in any layout that is known.

        MMEngine takes no weights from a layout that it does not know, and does not tell; its EMAHook fails.
        """
        if self._resume or filename != start_checkpoint(self.cfg):
            return super().load_checkpoint(filename, *args, **kwargs)
        model = unwrapped(self.model)
        load_weights(model, filename, what='student', skeleton=getattr(model, 'skeleton', None), strict=False)
        checkpoint = dict(state_dict=model.state_dict())
        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        self._has_loaded = True
        self.logger.info(f'Load checkpoint from {filename}')
        return checkpoint

    def register_hooks(self, default_hooks: Any = None, custom_hooks: Any = None) -> None:
        """Registers the config's hooks, and those of every run: licences go along, NaNs are told of, old scalars go."""
        super().register_hooks(default_hooks, custom_hooks)
        for hook in (LicencesHook(), LeftOutHook(), LogHistoryHook()):
            self.register_hook(hook)

    def wrap_model(self, model_wrapper_cfg: dict | None, model: torch.nn.Module) -> torch.nn.Module:
        """Wraps the model; batch statistics are synchronised between GPUs only, and are each process's own on CPUs."""
        if not has_accelerator():
            model = revert_sync_batchnorm(model)
        return super().wrap_model(model_wrapper_cfg, model)

    @property
    def config_file(self) -> Path:
        """The config in the work dir."""
        return Path(self.work_dir) / (Path(self.cfg.filename).name if self.cfg.filename else f'{self.timestamp}.py')

    def call_hook(self, fn_name: str, **kwargs: Any) -> None:
        """Calls all hooks; when training begins, the config goes into the work dir, unless it was read from there."""
        if fn_name == 'before_train':
            self.started, read_from = True, self.cfg.filename
            if self.rank == 0 and (not read_from or Path(read_from).resolve() != self.config_file.resolve()):
                write_file(self.config_file, self.cfg.dump().encode())
            release_memory()  # workers are forked next
        if fn_name == 'after_val_epoch':
            self.scores = dict(kwargs['metrics'])
        super().call_hook(fn_name, **kwargs)

"""One way to train a student: its steps and its epochs."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.optim import build_optim_wrapper
from mmpose.registry import DATASETS, MODELS

from benchmarks.speed.setting import device, synchronize
from unipose.batches.loaders import build_loader


class Contestant:
    """A student that takes steps.

    Args:
        config: Training config.
        batch_size: Samples of a step.
        workers: Processes that prepare samples.
        channels_last: Layout of the weights.
    """

    def __init__(self, config: Config, batch_size: int, workers: int, channels_last: bool) -> None:
        self.model = revert_sync_batchnorm(MODELS.build(config.model)).to(device()).train()
        if channels_last:
            self.model.to(memory_format=torch.channels_last)
        self.optim_wrapper = build_optim_wrapper(self.model, config.optim_wrapper)
        dataset = DATASETS.build(config.train_dataloader.dataset)
        order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(0)).tolist()
        self.samples = len(dataset) // batch_size * batch_size
        settings = dict(batch_size=batch_size, num_workers=workers, persistent_workers=workers > 0)
        sampler = [(index, 0) for index in order[: self.samples]]
        self.loader = build_loader(dict(config.train_dataloader, dataset=dataset, sampler=sampler, **settings))
        self.batch: dict[str, Any] = self.loader.collate_fn([dataset[index, 0] for index in order[:batch_size]])

    def step(self) -> None:
        """A training step on a batch that is there."""
        self.model.train_step(self.batch, self.optim_wrapper)
        synchronize()

    def epoch(self) -> None:
        """All samples once, read and augmented by workers."""
        for batch in self.loader:
            self.model.train_step(batch, self.optim_wrapper)
        synchronize()

"""A network that takes as long as a GPU's would, and no CPU while it does."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import torch
from mmpose.registry import MODELS
from torch import Tensor

from unipose.batches.sample_batch import Samples, labels_of
from unipose.datasets.photometric_preprocessor import PhotometricPreprocessor
from unipose.distillers import MultiTeacherDistiller

_ASKED = 2  # samples


@MODELS.register_module()
class StandInPreprocessor(PhotometricPreprocessor):
    """A PhotometricPreprocessor that leaves the pixels of training to a GPU that is not there."""

    def one_by_one(self, inputs: Sequence[Tensor], plans: Tensor | None) -> Sequence[Tensor]:
        """What a CPU does with pixels, but in training, where a GPU would."""
        return inputs if self.training else super().one_by_one(inputs, plans)


@MODELS.register_module()
class StandIn(MultiTeacherDistiller):
    """A distiller whose step waits for as long as a GPU would be busy.

    Its student and teachers are there with all their weights, so that memory and checkpoints are what they are; what
    it logs is what it has said of the first samples that it saw. Gradients are 0.

    Args:
        *args: What :class:`unipose.distillers.MultiTeacherDistiller` takes.
        step_ms: How long a step's networks take, milliseconds.
        **kwargs: What :class:`unipose.distillers.MultiTeacherDistiller` takes.
    """

    def __init__(self, *args: Any, step_ms: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.step_ms = step_ms
        self._said: dict[str, Tensor] = {}

    def loss(self, inputs: Tensor, data_samples: Samples) -> dict[str, Tensor]:
        """What it has said at first, after a while."""
        if not self._said:
            self._said = self._of_few(inputs[:_ASKED], data_samples)
        time.sleep(self.step_ms / 1000)
        zero = torch.stack([parameter.sum() for parameter in self.parameters()]).sum() * 0
        return {name: value + zero if 'loss' in name else value for name, value in self._said.items()}

    @torch.no_grad()
    def _of_few(self, inputs: Tensor, data_samples: Samples) -> dict[str, Tensor]:
        plans = labels_of(data_samples, 'photometric')
        preprocessor = self.data_preprocessor.eval()
        images = preprocessor.one_by_one(inputs, None if plans is None else plans[: len(inputs)])
        preprocessor.train()
        return super().loss(images, data_samples[: len(inputs)])

"""Takes a step only where it leads somewhere: its loss and its gradient are finite numbers."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.dist import all_reduce
from mmengine.logging import print_log
from mmengine.optim import OptimWrapper
from mmpose.registry import OPTIM_WRAPPERS
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_


class SkippedStepsError(ValueError):
    """So many steps in a row were skipped that a run leads nowhere."""


@OPTIM_WRAPPERS.register_module()
class FiniteOptimWrapper(OptimWrapper):
    """OptimWrapper that skips a step, on all ranks alike, whose loss or gradient is not finite on one of them.

    Of a skipped step nothing stays: weights and the optimizer's state are not touched, and the model's buffers, such as
    running statistics of batches, become what they were before it. So no checkpoint and no EMA ever takes a NaN.
    ``skipped_steps`` is logged, 1 of a step that is skipped and 0 of one that is not.

    Args:
        *args: What :class:`mmengine.optim.OptimWrapper` takes.
        max_skipped: After as many skipped steps in a row the run ends. In fp16 up to 16 are in order, since the factor
            of the loss begins at 2**16 and is halved with each.
        **kwargs: What :class:`mmengine.optim.OptimWrapper` takes.

    Raises:
        ValueError: If ``max_skipped`` is no whole number above 0.
    """

    def __init__(self, *args: Any, max_skipped: int = 20, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not isinstance(max_skipped, int) or max_skipped < 1:
            raise ValueError(f'optim_wrapper.max_skipped must be a whole number above 0. Got: {max_skipped!r}')
        self.max_skipped = max_skipped
        self.skipped = self.in_a_row = 0
        # of the step under way, which several forward passes may share
        self._losses: list[Tensor] = []
        self._buffers: list[tuple[Tensor, Tensor]] | None = None

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """The context of a forward pass; remembers the buffers that it may change."""
        if self._buffers is None:
            self._buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
        with super().optim_context(model):
            yield

    def backward(self, loss: Tensor, **kwargs: Any) -> None:
        """Propagates a loss back, and remembers it."""
        self._losses.append(loss.detach().float())
        super().backward(loss, **kwargs)

    def step(self, **kwargs: Any) -> None:
        """Takes the step, or skips it.

        Raises:
            SkippedStepsError: If too many were skipped in a row.
        """
        finite = self._is_finite()
        self.message_hub.update_scalar('train/skipped_steps', float(not finite))
        if finite:
            self.in_a_row = 0
            super().step(**kwargs)
        else:
            self.skip()
        self._losses, self._buffers = [], None

    def skip(self) -> None:
        """Leaves everything as it was before the step.

        Raises:
            SkippedStepsError: If too many were skipped in a row.
        """
        self.skipped += 1
        self.in_a_row += 1
        for buffer, before in self._buffers or ():
            buffer.copy_(before)
        if self.in_a_row == self.max_skipped:
            raise SkippedStepsError(
                f'{self.in_a_row} steps in a row were skipped, since their losses or gradients are not finite; '
                f'{self._remedy()}. Then --resume goes on from the last checkpoint, which is as good as it was'
            )
        if not self.skipped & (self.skipped - 1):  # the first, second, fourth, eighth, ...
            print_log(
                f'a step is skipped, since its loss or gradient is not finite ({self.skipped} so far). Now and then '
                'that is in order in fp16 (--amp); skipped_steps in the log says how often it is',
                logger='current',
                level=logging.WARNING,
            )

    @property
    def loss_factor(self) -> float:
        """What the loss is multiplied by, and with it the gradient."""
        return 1.0

    @torch.no_grad()
    def _is_finite(self) -> bool:
        """Whether loss and gradient are finite on all ranks; clips by norm on the way, so that it is computed once."""
        # clipping to infinity changes nothing, and returns the norm; an infinite one could not be clipped either
        options = dict(self.clip_grad_kwargs) if self._clips_by_norm else dict(max_norm=math.inf)
        options.update(max_norm=options['max_norm'] * self.loss_factor, error_if_nonfinite=False)
        self._norm = clip_grad_norm_(self._weights(), **options)
        finite = torch.stack([*self._losses, self._norm.float()]).isfinite().all().float()
        all_reduce(finite, op='min')
        return bool(finite)

    def _clip_grad(self) -> None:
        """What a step has MMEngine's wrappers do; by norm it is done already."""
        if self._clips_by_norm:
            self.message_hub.update_scalar('train/grad_norm', float(self._norm) / self.loss_factor)
        else:
            super()._clip_grad()

    @property
    def _clips_by_norm(self) -> bool:
        return self.clip_grad_kwargs is not None and self.clip_func is clip_grad_norm_

    def _weights(self) -> list[Tensor]:
        return [weight for group in self.optimizer.param_groups for weight in group['params']]

    def _remedy(self) -> str:
        """What to do about it."""
        if not all(bool(weight.isfinite().all()) for weight in self._weights()):
            return 'the weights that the run began with are not finite themselves: begin with others'
        return (
            'rows_left_out in the log and its warnings say whether teachers or annotations are to blame; else lower '
            'optim_wrapper.optimizer.lr, or train without --amp'
        )

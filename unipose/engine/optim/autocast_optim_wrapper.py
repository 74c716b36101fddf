"""Mixed precision in bfloat16, on CPUs too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmpose.registry import OPTIM_WRAPPERS
from torch import nn

from .finite_optim_wrapper import FiniteOptimWrapper


@OPTIM_WRAPPERS.register_module()
class AutocastOptimWrapper(FiniteOptimWrapper):
    """A FiniteOptimWrapper that computes forward and loss under bfloat16 autocast.

    bfloat16 has the range of fp32, so that no loss is scaled. MMEngine's AmpOptimWrapper refuses CPUs.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Autocasts inside a ``with`` block."""
        device = next(model.parameters()).device
        with super().optim_context(model), torch.autocast(device.type, dtype=torch.bfloat16):
            yield

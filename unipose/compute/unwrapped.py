"""The model of a run, whether it is trained in one process or several."""

from __future__ import annotations

from mmengine.model import is_model_wrapper
from torch import nn


def unwrapped(model: nn.Module) -> nn.Module:
    """A runner's model without what wraps it where several processes train it."""
    return model.module if is_model_wrapper(model) else model

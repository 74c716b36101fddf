"""The loss that a distiller's config names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmpose.registry import MODELS
from torch import nn


def build_target_loss(loss: Mapping[str, Any] | None = None) -> nn.Module:
    """Builds the loss between a student's logits and its targets; :class:`SimCCKLLoss` where none is named."""
    return MODELS.build(dict(loss or dict(type='SimCCKLLoss')))

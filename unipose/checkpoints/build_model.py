"""From a config to its model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import DefaultScope
from mmpose.registry import MODELS
from torch import nn

from .without_starts import without_starts


def build_model(config: Config, model: Mapping[str, Any] | None = None) -> nn.Module:
    """Builds a model in eval mode, without the weights that it would start training from.

    Args:
        config: A config of MMPose's kind.
        model: What to build in place of its ``model``.

    Raises:
        ValueError: If it has no model, or one that cannot be built.
    """
    model, name = config.get('model') if model is None else model, config.filename or 'the config'
    if not isinstance(model, Mapping):
        raise ValueError(f'{name} has no model; give the config the student was trained with')
    try:
        with DefaultScope.overwrite_default_scope(config.get('default_scope', 'mmpose')):
            return revert_sync_batchnorm(MODELS.build(without_starts(model))).eval()
    except (KeyError, TypeError, AttributeError, AssertionError) as error:
        raise ValueError(f'the model in {name} cannot be built: {error}') from error

"""The config of a model that a checkpoint brings all weights of."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from mmengine.config import ConfigDict


def without_starts(model: Mapping[str, Any]) -> ConfigDict:
    """A copy without the weights that the model, its backbone and its head would start from, perhaps after a download.

    Args:
        model: ``model`` of any MMPose config.
    """
    model = ConfigDict(copy.deepcopy(dict(model)))
    for part in (model, model.get('backbone'), model.get('head')):
        if part:
            part.pop('init_cfg', None)
    return model

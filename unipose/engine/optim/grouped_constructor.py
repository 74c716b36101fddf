"""Few groups of parameters instead of one for each."""

from __future__ import annotations

from typing import Any

from mmengine.optim import DefaultOptimWrapperConstructor
from mmpose.registry import OPTIM_WRAPPER_CONSTRUCTORS
from torch import nn


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class GroupedOptimWrapperConstructor(DefaultOptimWrapperConstructor):
    """MMEngine's constructor, which joins the groups whose options are the same.

    With ``paramwise_cfg`` MMEngine makes a group of every parameter, so that an optimizer updates them one by one.
    """

    def add_params(self, params: list[dict[str, Any]], module: nn.Module, prefix: str = '', **kwargs: Any) -> None:
        """Adds the groups of a module, and joins them when the whole model has been added."""
        super().add_params(params, module, prefix=prefix, **kwargs)
        if not prefix:
            groups: dict[tuple, dict[str, Any]] = {}
            for group in params:
                options = {key: value for key, value in group.items() if key != 'params'}
                joined = groups.setdefault(tuple(sorted(options.items())), dict(options, params=[]))
                joined['params'] += group['params']
            params[:] = groups.values()

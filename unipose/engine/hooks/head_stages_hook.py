"""Changes a head's attributes with the epochs, also where a run goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS
from mmpose.utils.hooks import rgetattr, rsetattr

from unipose.compute.unwrapped import unwrapped


@HOOKS.register_module()
class HeadStagesHook(Hook):
    """Sets attributes of ``model.head`` from an epoch on, as RTMO's stages need.

    MMPose's RTMOModeSwitchHook sets them in that very epoch alone: a run that goes on behind it has lost them.

    Args:
        stages: By epoch (0-based), attributes and their values, ``{280: {'loss_mle.loss_weight': 5.0}}``.
    """

    def __init__(self, stages: Mapping[int, Mapping[str, Any]]) -> None:
        self.stages = {int(epoch): dict(values) for epoch, values in stages.items()}

    def before_train(self, runner: Runner) -> None:
        """Makes sure that there is what stages are to set.

        Raises:
            ValueError: If there is not.
        """
        head = unwrapped(runner.model).head
        for name in sorted({name for values in self.stages.values() for name in values}):
            try:
                rgetattr(head, name)
            except AttributeError:
                raise ValueError(f'HeadStagesHook: model.head, a {type(head).__name__}, has no {name!r}') from None

    def before_train_epoch(self, runner: Runner) -> None:
        """Sets what holds by now, and logs what is new."""
        head, holds = unwrapped(runner.model).head, {}
        for epoch in sorted(epoch for epoch in self.stages if epoch <= runner.epoch):
            holds |= self.stages[epoch]
        for name, value in holds.items():
            if rgetattr(head, name) != value:
                rsetattr(head, name, value)
                runner.logger.info(f'model.head.{name} is {value} in epoch {runner.epoch + 1} and from there on')

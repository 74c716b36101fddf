"""Hook that stores the weights of convolutions channels last."""

from __future__ import annotations

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Stores the model's weights, and those of its teachers, channels last; what they compute is the same.

    Some kernels are faster with it and some slower, so measure it on yours. A model that trains in several processes
    has been wrapped before, and its buckets of gradients keep the layout that they have.
    """

    def before_train(self, runner: Runner) -> None:
        """Changes the layout."""
        runner.model.to(memory_format=torch.channels_last)

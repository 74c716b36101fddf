"""Hook for quantisation-aware training: a student learns from what int8 keeps of its weights and activations."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from mmcv.cnn import ConvModule
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS
from torch import Tensor, nn

from .unwrapped import unwrapped

_LARGEST_WEIGHT, _LARGEST_ACTIVATION = 64, 255  # as `tools/export.py --int8` has them


@HOOKS.register_module()
class QuantisationAwareHook(Hook):
    """Rounds a student's weights and activations in training as ``tools/export.py --int8`` will.

    It is for the last epochs of a run, at a low learning rate (``load_from`` a trained student), so that the exported
    file loses less. Rounded is what the export rounds, everything up to the head's last convolution: weights for each
    channel by the largest, activations by the range that a batch has. Gradients pass as if nothing were rounded. In
    evaluation, and in the weights that are saved, nothing is. bfloat16 (``--amp``) is as coarse as int8: train without.

    Source:
        Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference,
        https://arxiv.org/abs/1712.05877.
    """

    def before_train(self, runner: Runner) -> None:
        """Has the student's layers round."""
        model = unwrapped(runner.model)
        for part in (model.backbone, getattr(model, 'neck', None), model.head.final_layer):
            if part is not None:
                _round_layers(part)
        model.backbone.register_forward_pre_hook(_round_input)


def _round_layers(part: nn.Module) -> None:
    modules = list(part.modules())
    # the export makes a convolution and the normalisation behind it one operator
    merged = {module.conv for module in modules if isinstance(module, ConvModule) and module.with_norm}
    for module in modules:
        if isinstance(module, nn.Conv2d):
            module._conv_forward = partial(_convolved, module)
        if module not in merged:
            module.register_forward_hook(_round_output)


def _convolved(module: nn.Conv2d, images: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    weight = rounded_weight(weight) if module.training else weight
    return type(module)._conv_forward(module, images, weight, bias)


def _round_input(module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
    return (rounded_activation(args[0]), *args[1:]) if module.training else args


def _round_output(module: nn.Module, args: tuple[Any, ...], output: Any) -> Any:
    return rounded_activation(output) if module.training and isinstance(output, Tensor) else output


def rounded_weight(weight: Tensor) -> Tensor:
    """What 7 bits for each output channel keep of a convolution's weights, ``[O, ...]``."""
    largest = weight.detach().float().flatten(1).abs().amax(1)
    scale = (largest / _LARGEST_WEIGHT).clamp_min(torch.finfo(torch.float32).tiny)
    zero = torch.zeros_like(scale, dtype=torch.int32)
    found = torch.fake_quantize_per_channel_affine(weight.float(), scale, zero, 0, -_LARGEST_WEIGHT, _LARGEST_WEIGHT)
    return found.to(weight.dtype)


def rounded_activation(values: Tensor) -> Tensor:
    """What 8 bits keep of activations, any shape, between the smallest and the largest of them, and 0."""
    low, high = values.detach().float().aminmax()
    low, high = low.clamp_max(0.0), high.clamp_min(0.0)
    scale = ((high - low) / _LARGEST_ACTIVATION).clamp_min(torch.finfo(torch.float32).tiny)
    zero = (-low / scale).round().int()
    found = torch.fake_quantize_per_tensor_affine(values.float(), scale, zero, 0, _LARGEST_ACTIVATION)
    return found.to(values.dtype)

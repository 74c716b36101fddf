"""Multi-scale deformable attention (ED-Pose) by mmcv's torch version, where it asks for a compiled one: on a GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def ms_deform_attn_forward(
    value: Tensor,
    value_spatial_shapes: Tensor,
    value_level_start_index: Tensor,
    sampling_locations: Tensor,
    attention_weights: Tensor,
    im2col_step: int,
) -> Tensor:
    """What mmcv's compiled function of this name returns, `[N, queries, heads * channels]`."""
    from mmcv.ops.multi_scale_deform_attn import multi_scale_deformable_attn_pytorch

    return multi_scale_deformable_attn_pytorch(value, value_spatial_shapes, sampling_locations, attention_weights)


def ms_deform_attn_backward(
    value: Tensor,
    value_spatial_shapes: Tensor,
    value_level_start_index: Tensor,
    sampling_locations: Tensor,
    attention_weights: Tensor,
    grad_output: Tensor,
    grad_value: Tensor,
    grad_sampling_loc: Tensor,
    grad_attn_weight: Tensor,
    im2col_step: int,
) -> None:
    """Fills the gradients; the attention is computed again."""
    import torch

    with torch.enable_grad():
        value, places, weights = (
            tensor.detach().requires_grad_() for tensor in (value, sampling_locations, attention_weights)
        )
        output = ms_deform_attn_forward(
            value, value_spatial_shapes, value_level_start_index, places, weights, im2col_step
        )
        found = torch.autograd.grad(output, (value, places, weights), grad_output)
    for gradient, given in zip((grad_value, grad_sampling_loc, grad_attn_weight), found):
        gradient.copy_(given)

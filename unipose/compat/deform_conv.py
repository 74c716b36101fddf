"""Deformable convolution in torch, and what of mmcv's compiled module it stands in for.

Deformable Convolutional Networks (Dai et al., 2017, v1) and Deformable ConvNets v2 (Zhu et al., 2019, modulated): each
tap of a kernel reads the input where an offset of its own has moved it, between pixels bilinearly and 0 outside, and in
v2 what it reads is multiplied by a mask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unipose.compat.torchvision_name import torchvision_operator

if TYPE_CHECKING:
    from torch import Tensor

Pair = tuple[int, int]


def deform_conv2d(
    inputs: Tensor,
    offset: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
    mask: Tensor | None = None,
) -> Tensor:
    """Convolves where offsets say, with torchvision's operator where that imports.

    Args:
        inputs: `[N, C, H, W]`.
        offset: `[N, D * kh * kw * 2, Ho, Wo]` input pixels, of each tap y before x; D groups of channels have offsets
            of their own.
        weight: `[C', C / groups, kh, kw]`.
        bias: `[C']`.
        stride: Along height and width, as the next two.
        padding: Zeros around the input.
        dilation: Pixels from tap to tap.
        mask: `[N, D * kh * kw, Ho, Wo]`, what taps are multiplied by.

    Returns:
        `[N, C', Ho, Wo]`.
    """
    ready = torchvision_operator('deform_conv2d')
    if ready is not None:
        return ready(inputs, offset, weight, bias, stride, padding, dilation, mask)
    columns = _columns(inputs, offset, mask, tuple(weight.shape[2:]), stride, padding, dilation)
    groups = inputs.size(1) // weight.size(1)
    columns = columns.to(weight.dtype).unflatten(1, (groups, -1))
    output = (weight.view(groups, weight.size(0) // groups, -1) @ columns).flatten(1, 2)
    output = output.unflatten(2, tuple(offset.shape[2:]))
    return output if bias is None else output + bias.view(-1, 1, 1)


def _columns(
    inputs: Tensor, offset: Tensor, mask: Tensor | None, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair
) -> Tensor:
    """What taps read, `[N, C * kh * kw, Ho * Wo]`, in the order in which a weight holds them."""
    import torch
    from torch.nn.functional import grid_sample

    wide = torch.promote_types(inputs.dtype, torch.float32)  # 16 bits do not tell one pixel from the next
    inputs, offset = inputs.to(wide), offset.to(wide)
    taps, (height, width) = kernel[0] * kernel[1], offset.shape[2:]
    offset = offset.view(-1, taps, 2, height, width)  # [N * D, ...]

    def places(axis: int, length: int) -> Tensor:
        """Where the taps of an undisturbed kernel lie along an axis, `[k, length]`."""
        tap, start = (torch.arange(size, device=inputs.device, dtype=wide) for size in (kernel[axis], length))
        return tap[:, None] * dilation[axis] + start * stride[axis] - padding[axis]

    y = offset[:, :, 0] + places(0, height).repeat_interleave(kernel[1], 0)[:, :, None]
    x = offset[:, :, 1] + places(1, width).repeat(kernel[0], 1)[:, None]
    # grid_sample's frame has the centre of pixel i at (2 * i + 1) / size - 1
    grid = torch.stack([(2 * x + 1) / inputs.size(3) - 1, (2 * y + 1) / inputs.size(2) - 1], dim=-1)
    shared = inputs.reshape(len(offset), -1, *inputs.shape[2:])
    read = grid_sample(shared, grid.flatten(1, 2), padding_mode='zeros', align_corners=False)
    if mask is not None:
        read = read * mask.reshape(len(offset), 1, taps * height, width)
    return read.reshape(len(inputs), -1, height * width)


def deform_conv_forward(
    input: Tensor, weight: Tensor, offset: Tensor, output: Tensor, *buffers: Tensor, **settings: int
) -> None:
    """Fills `output`; as the next four, with the signature of mmcv's compiled function of this name."""
    output.copy_(deform_conv2d(input, offset, weight, **_settings(settings)))


def deform_conv_backward_input(
    input: Tensor,
    offset: Tensor,
    grad_output: Tensor,
    grad_input: Tensor,
    grad_offset: Tensor,
    weight: Tensor,
    *buffers: Tensor,
    **settings: int,
) -> None:
    """Fills `grad_input` and `grad_offset`."""
    found = _gradients(grad_output, dict(inputs=input, offset=offset), dict(weight=weight, **_settings(settings)))
    grad_input.copy_(found[0])
    grad_offset.copy_(found[1])


def deform_conv_backward_parameters(
    input: Tensor, offset: Tensor, grad_output: Tensor, grad_weight: Tensor, *buffers: Tensor, **settings: int
) -> None:
    """Adds to `grad_weight`."""
    scale = settings['scale']
    weight = grad_weight.new_zeros(grad_weight.shape)
    given = dict(inputs=input, offset=offset, **_settings(settings))
    grad_weight.add_(_gradients(grad_output, dict(weight=weight), given)[0], alpha=scale)


def modulated_deform_conv_forward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    output: Tensor,
    columns: Tensor,
    **settings: int,
) -> None:
    """Fills `output`."""
    given = bias if settings['with_bias'] else None
    output.copy_(deform_conv2d(input, offset, weight, given, **_modulated(settings), mask=mask))


def modulated_deform_conv_backward(
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
    ones: Tensor,
    offset: Tensor,
    mask: Tensor,
    columns: Tensor,
    grad_input: Tensor,
    grad_weight: Tensor,
    grad_bias: Tensor,
    grad_offset: Tensor,
    grad_mask: Tensor,
    grad_output: Tensor,
    **settings: int,
) -> None:
    """Fills the gradients."""
    wanted = dict(inputs=input, offset=offset, mask=mask, weight=weight)
    found = _gradients(grad_output, wanted, _modulated(settings))
    for gradient, value in zip((grad_input, grad_offset, grad_mask, grad_weight), found):
        gradient.copy_(value)
    if settings['with_bias']:
        grad_bias.copy_(grad_output.sum((0, 2, 3)))


def _gradients(grad_output: Tensor, wanted: dict[str, Tensor], given: dict) -> tuple[Tensor, ...]:
    """Gradients of what is wanted; the convolution is computed again."""
    import torch

    with torch.enable_grad():
        leaves = {name: value.detach().requires_grad_() for name, value in wanted.items()}
        return torch.autograd.grad(deform_conv2d(**leaves, **given), list(leaves.values()), grad_output)


def _settings(settings: dict[str, int]) -> dict[str, Pair]:
    names = dict(stride=('dH', 'dW'), padding=('padH', 'padW'), dilation=('dilationH', 'dilationW'))
    return {name: tuple(settings[key] for key in keys) for name, keys in names.items()}


def _modulated(settings: dict[str, int]) -> dict[str, Pair]:
    names = dict(stride='stride', padding='pad', dilation='dilation')
    return {name: (settings[f'{key}_h'], settings[f'{key}_w']) for name, key in names.items()}

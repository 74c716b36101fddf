"""Reads images at evenly spaced places that need not be pixels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from .constants import number

_AT_A_TIME = 32  # images; what interpolates them takes as much memory as they do


def resample(images: Tensor, axis: int, step: float | Tensor, start: float | Tensor, size: int) -> Tensor:
    """Reads images along one axis at ``start + step * i``, with bilinear weights as wide as the step where it shrinks.

    It is ``interpolate(mode='bilinear', antialias=True)`` at any place, and at another one for each image. What lies
    beyond the edge is as the edge.

    Args:
        images: ``[B, C, H, W]``, float.
        axis: -1 for columns, -2 for rows.
        step: Distance of two places, pixels, a number or ``[B]``.
        start: The first place, likewise.
        size: Number of places.

    Returns:
        Images with ``size`` columns or rows.

    >>> resample(torch.tensor([[[[0.0, 2.0, 4.0]]]]), -1, 1.0, 0.5, 2)
    tensor([[[[1., 3.]]]])
    """
    length = images.shape[axis]
    options = dict(device=images.device, dtype=torch.float32)
    step, start = (number(value, **options).reshape(-1, 1, 1) for value in (step, start))
    pixels = torch.arange(length, **options)
    places = (start + step * torch.arange(size, **options)[:, None]).clamp(0, length - 1)  # [B or 1, size, 1]
    found, parts = [], images.split(_AT_A_TIME)
    for part, part_places, part_step in zip(parts, _parts(places, len(parts)), _parts(step, len(parts)), strict=True):
        weights = (1.0 - (pixels - part_places).abs() / part_step.clamp(min=1.0)).clamp(min=0.0)
        weights = (weights / weights.sum(-1, keepdim=True)).to(part.dtype)[:, None]  # [b or 1, 1, size, length]
        found.append(weights @ part if axis == -2 else part @ weights.transpose(-1, -2))
    return torch.cat(found)


def enlarge(images: Tensor, axes: Sequence[tuple[float | Tensor, float | Tensor]], size: tuple[int, int]) -> Tensor:
    """What :func:`resample` does along both axes where neither shrinks, in an eighth of the time on a CPU.

    Args:
        images: ``[B, C, H, W]``, float.
        axes: Step, at most 1, and first place along x and y, numbers or ``[B]``.
        size: Number of places along x and y.

    Returns:
        ``[B, C, *size[::-1]]``.
    """
    rows = []
    for (step, start), count, length in zip(axes, size, (images.shape[-1], images.shape[-2]), strict=True):
        options = dict(device=images.device, dtype=images.dtype)
        step, start = (number(value, **options).reshape(-1, 1) for value in (step, start))
        # grid_sample's coordinates run from -1 to 1 between the middles of the outer pixels
        rows.append((start + step * torch.arange(count, **options)) * (2 / max(length - 1, 1)) - 1)
    x, y = rows
    grid = torch.stack(torch.broadcast_tensors(x[:, None, :], y[:, :, None]), -1).expand(len(images), -1, -1, -1)
    return grid_sample(images, grid, mode='bilinear', padding_mode='border', align_corners=True)


def _parts(values: Tensor, num: int) -> list[Tensor]:
    """What belongs to each part of a batch of images: the same where it is the same for all of them."""
    return [values] * num if len(values) == 1 else list(values.split(_AT_A_TIME))

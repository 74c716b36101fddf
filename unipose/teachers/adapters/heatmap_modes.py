"""Finds the few highest modes of each heatmap, with their places between the pixels and their widths."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

_FLOOR = 0.05  # a lower mode could be background: ten times a ripple of 0.005
_WIDEST = 3.0  # times sigma; a flatter fit has no measurable width


@dataclass(frozen=True)
class HeatmapModes:
    """The highest modes of each heatmap, highest first.

    Args:
        heights: Value at the highest pixel, ``[B, K, M]``; 0 where a heatmap has fewer modes.
        places: ``[B, K, M, 2]``, heatmap pixels, xy.
        sigmas: Standard deviations along x and y, ``[B, K, M, 2]``, heatmap pixels.
    """

    heights: Tensor
    places: Tensor
    sigmas: Tensor

    @classmethod
    def find(cls, heatmaps: Tensor, sigma: float, num: int = 3) -> HeatmapModes:
        """Fits a Gaussian around each of the highest local maxima.

        The logarithm of a Gaussian is a parabola wherever one looks at it, so a least-squares parabola through the
        logarithms of the neighbourhood's sums along each axis has its vertex at the place, also where the heatmap's
        border cuts the neighbourhood, and its curvature is the width. The sums even out the noise; the background
        lies outside the neighbourhood.

        Args:
            heatmaps: ``[B, K, H, W]``, at 1 where the model is sure.
            sigma: Standard deviation of the Gaussians that the model was trained on, heatmap pixels.
            num: Number of modes to look for.

        Returns:
            The modes; of the highest there is always one.

        Source:
            The Taylor expansion of DarkPose, https://arxiv.org/abs/1910.06278, fitted to more than its five pixels.
        """
        height, width = heatmaps.shape[-2:]
        reach = max(round(sigma), 1)
        # Of equal neighbours, as at a place midway between two pixels, the pooling's index names one. On a CPU it is
        # five times as fast with the channels last.
        pooled = heatmaps.contiguous(memory_format=torch.channels_last)
        _, strongest = max_pool2d(pooled, 2 * reach + 1, stride=1, padding=reach, return_indices=True)
        flat = heatmaps.flatten(2)  # [B, K, H * W]
        is_mode = strongest.flatten(2) == torch.arange(height * width, device=flat.device)
        heights, peaks = flat.masked_fill(~is_mode, -torch.inf).topk(num, dim=-1)  # [B, K, M]
        is_high = heights >= heights[..., :1].clamp(max=_FLOOR)  # the highest one always is

        column, row = peaks % width, peaks // width
        left, upper = column.clamp(reach, width - 1 - reach), row.clamp(reach, height - 1 - reach)
        steps = torch.arange(-reach, reach + 1, device=flat.device)
        around = (upper * width + left)[..., None, None] + steps[:, None] * width + steps  # [B, K, M, n, n]
        patch = flat.gather(-1, around.flatten(2)).view(around.shape).clamp(min=0.0)
        places, sigmas = zip(
            *(
                _fit_gaussian(patch.sum(dim), middle, peak, reach, sigma)
                for dim, middle, peak in ((-2, left, column), (-1, upper, row))
            ),
            strict=True,
        )
        return cls(heights.clamp(min=0.0) * is_high, torch.stack(places, -1), torch.stack(sigmas, -1))


def _fit_gaussian(profile: Tensor, middle: Tensor, peak: Tensor, reach: int, sigma: float) -> tuple[Tensor, Tensor]:
    """Place and width of a Gaussian, from its values ``[..., 2 * reach + 1]`` around the pixel ``middle``."""
    steps = torch.arange(-reach, reach + 1, device=profile.device, dtype=profile.dtype)
    square = steps**2 - (steps**2).mean()
    log = profile.clamp(min=1e-6).log()
    slope = (log * steps).sum(-1) / (steps**2).sum()
    curvature = -2.0 * (log * square).sum(-1) / (square**2).sum()  # 1 / variance
    curvature = curvature.clamp(min=1.0 / (_WIDEST * sigma) ** 2)
    place = middle + slope / curvature
    return torch.maximum(torch.minimum(place, peak + reach), peak - reach), curvature.rsqrt()

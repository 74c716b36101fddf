"""The distribution of a point half-way between two, from theirs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .target import SimCCTarget


def midpoint(first: Tensor, second: Tensor) -> Tensor:
    """Distribution of the mean of two independent places along an axis.

    The sum of two places has the convolution of their rows, and the mean is half of it: bins i and j make
    ``(i + j) / 2``, whose mass goes to both neighbours where it is half a bin. So the mean of two places that are sure
    is sure, and the midpoint of two peaks is one peak between them; the average of the rows would be the two peaks.

    Args:
        first: Probabilities along the axis, ``[..., W]``; every row sums to 1.
        second: Likewise, of the same shape.

    Returns:
        Probabilities ``[..., W]``, float32 or what is wider; every row sums to 1.

    Raises:
        ValueError: If the shapes differ.

    >>> ends = torch.eye(5)
    >>> midpoint(ends[0], ends[4]), midpoint(ends[0], ends[3])
    (tensor([0., 0., 1., 0., 0.]), tensor([0.0000, 0.5000, 0.5000, 0.0000, 0.0000]))
    """
    if first.shape != second.shape:
        raise ValueError(f'midpoint() takes two rows of one shape. Got: {tuple(first.shape)}, {tuple(second.shape)}')
    bins = first.shape[-1]
    wide = torch.promote_types(torch.promote_types(first.dtype, second.dtype), torch.float32)  # FFT knows no bfloat16
    if not first.numel():  # MKL refuses a batch of nothing
        return first.to(wide)
    spectrum = torch.fft.rfft(first.to(wide), 2 * bins) * torch.fft.rfft(second.to(wide), 2 * bins)
    # Sums 0 .. 2 W - 2; the last entry is past them. Rounding leaves -1e-8 where there is nothing.
    sums = torch.fft.irfft(spectrum, 2 * bins).clamp(min=0.0)
    even, odd = sums[..., 0::2], sums[..., 1::2] / 2  # [..., W]
    row = even + odd
    row[..., 1:] += odd[..., :-1]
    return row / row.sum(-1, keepdim=True)


def midpoints(target: SimCCTarget, ends: Sequence[tuple[int, int]]) -> SimCCTarget:
    """Points half-way between two keypoints of a target, with what is known of both.

    Args:
        target: Distributions ``[B, K, W]`` and weights ``[B, K]``.
        ends: Indices of the two ends of each midpoint, M of them.

    Returns:
        The M midpoints. A weight is the probability that a place holds, and a midpoint holds where both ends do: its
        weight is the product of theirs, 0 where either is unknown. Ends are taken to err independently, as in
        :func:`midpoint`; the smaller of the two would be right for ends that only err together.

    >>> rows = torch.eye(5)[[0, 4]][None]
    >>> between = midpoints(SimCCTarget(rows, rows, torch.tensor([[0.5, 0.5]])), [(0, 1)])
    >>> between.x.argmax(-1).tolist(), between.weight.tolist()
    ([[2]], [[0.25]])
    """
    first, second = (target.select_keypoints([pair[end] for pair in ends]) for end in (0, 1))
    rows = [midpoint(*both) for both in zip(first.axes, second.axes, strict=True)]
    return SimCCTarget(*rows, first.weight * second.weight)

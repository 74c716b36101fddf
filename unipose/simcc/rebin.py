"""Moves probability mass from one set of bins into another."""

from __future__ import annotations

import torch
from torch import Tensor

from .constants import exact, number


def rebin(mass: Tensor, start: float | Tensor, step: float | Tensor, num_bins: int) -> Tensor:
    """Moves mass into bins that lie elsewhere or have another width, by interpolating its cumulative distribution.

    New bin ``i`` is centred on the old bin coordinate ``start + i * step``. Mass is conserved: what the new bins do
    not cover is lost, and the sum over them is the share that they cover. A place that is no number has NaN there.

    Args:
        mass: Mass per bin, ``[..., W]``; ``[B, ..., W]`` where samples have bins of their own.
        start: Centre of the first new bin, in old bins; ``[B]`` where it is another for each sample.
        step: Width of a new bin, in old bins; likewise.
        num_bins: Number of new bins.

    Returns:
        Mass per new bin, ``[..., num_bins]``.

    Raises:
        ValueError: If ``step`` or ``num_bins`` is not positive.

    >>> rebin(torch.tensor([0.0, 1.0, 0.0, 0.0]), start=1, step=1, num_bins=2)
    tensor([1., 0.])
    >>> rebin(torch.tensor([0.5, 0.5, 0.0, 0.0]), start=0.5, step=2, num_bins=2)
    tensor([1., 0.])
    """
    if num_bins <= 0 or (not isinstance(step, Tensor) and step <= 0):
        raise ValueError(f'rebin() needs a positive step and number of bins. Got: step {step}, num_bins {num_bins}')
    width = mass.shape[-1]
    of_samples = isinstance(start, Tensor) or isinstance(step, Tensor)
    if not of_samples and step == 1 and float(start).is_integer():  # a plain window, exact
        first = int(start)
        inside = mass[..., max(first, 0) : max(first + num_bins, 0)]
        before = min(max(-first, 0), num_bins)
        return torch.nn.functional.pad(inside, (before, num_bins - before - inside.shape[-1]))
    cumulative = torch.nn.functional.pad(mass.cumsum(-1), (1, 0))  # value at the old edges -0.5, 0.5, ..., W - 0.5
    options, shape = dict(device=mass.device, dtype=exact(mass.device)), (-1, *[1] * (mass.ndim - 1))
    start, step = (number(value, **options).reshape(shape) for value in (start, step))  # [B or 1, ..., 1]
    edges = start + (torch.arange(num_bins + 1, **options) - 0.5) * step + 0.5
    edges = edges.clamp(0, width)  # position among the old edges
    below = edges.nan_to_num().floor().clamp(max=width - 1).long()  # the index of NaN would be any
    share = (edges - below).to(mass.dtype)
    around = (cumulative.gather(-1, index.expand(*mass.shape[:-1], -1)) for index in (below, below + 1))
    at_edges = torch.lerp(*around, share)
    # sums in another order, as GPUs have it, need not rise; less than nothing would be a NaN in a loss
    return at_edges.diff(dim=-1).clamp_(min=0.0)

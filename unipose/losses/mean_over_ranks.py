"""Means over all that is in a batch, when several processes hold parts of it."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.distributed as dist
from torch import Tensor

Sums = tuple[Tensor, Tensor]
"""What is summed up over this process's part of a batch, and what that is to be divided by; both are scalars."""


def means_over_ranks(sums: Mapping[str, Sums]) -> dict[str, Tensor]:
    """Each sum by the mean of all ranks' denominators, so that DDP's averaged gradients equal those of one large batch.

    Ranks exchange all denominators at once, since each exchange has the network's latency; they ask for the same ones.

    Args:
        sums: Numerator and denominator by name; the denominator without gradient.

    Returns:
        The quotients; one without weight is 0 and not NaN.
    """
    if not sums:
        return {}
    denominators = torch.stack([denominator.float() for _, denominator in sums.values()])
    if dist.is_available() and dist.is_initialized():
        dist.all_reduce(denominators)
        denominators = denominators / dist.get_world_size()
    denominators = denominators.clamp(min=torch.finfo(denominators.dtype).tiny)
    return {name: sums[name][0] / denominator for name, denominator in zip(sums, denominators.unbind(), strict=True)}


def mean_over_ranks(sums: Sums) -> Tensor:
    """One quotient of :func:`means_over_ranks`."""
    return means_over_ranks(dict(one=sums))['one']

"""What a loss is divided by, when several processes hold parts of the batch."""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor


def mean_over_ranks(denominator: Tensor) -> Tensor:
    """The mean of all ranks' denominators, so that DDP's averaged gradients equal those of one large batch.

    Args:
        denominator: This rank's, a scalar without gradient.

    Returns:
        The mean, above 0: a term without weight is 0 and not NaN.
    """
    if dist.is_available() and dist.is_initialized():
        denominator = denominator.clone()
        dist.all_reduce(denominator)
        denominator = denominator / dist.get_world_size()
    return denominator.clamp(min=torch.finfo(denominator.dtype).tiny)

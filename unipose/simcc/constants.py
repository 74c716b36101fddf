"""Numbers that are the same in every step, as tensors on the device that needs them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor

_KEPT = 1024  # tensors: a few for each teacher, dialect and device


def constant(values: Sequence[float], device: torch.device) -> Tensor:
    """Numbers or indices as a tensor that is made once, and is not to be written to.

    Indexing a GPU's tensor by a list, or making a tensor of one there, has the CPU wait for the GPU each time.

    Args:
        values: The numbers.
        device: Where the tensor is needed.

    Returns:
        ``[len(values)]``, int64 for integers and float32 for others.
    """
    return _made(tuple(values), device)


def number(value: float | Tensor, device: torch.device, dtype: torch.dtype) -> Tensor:
    """A number as a tensor ``[]`` that is written on its device and not copied there; or a tensor as it is."""
    if isinstance(value, Tensor):
        return value.to(device, dtype)
    return torch.full((), value, device=device, dtype=dtype)


def exact(device: torch.device) -> torch.dtype:
    """The dtype for what has to be exact to less than float32 is: float64, which Apple's GPUs do not have."""
    return torch.float32 if device.type == 'mps' else torch.float64


@lru_cache(_KEPT)
def _made(values: tuple[float, ...], device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # made in such a mode it could not be used in training later
        kind = torch.float32 if any(isinstance(value, float) for value in values) else torch.int64
        return torch.tensor(values, dtype=kind, device=device)

"""Which numbers a machine computes fast with."""

from __future__ import annotations

import torch

PRECISIONS = ('auto', 'fp32', 'bf16')


def has_fast_bf16(device: torch.device | str) -> bool:
    """Whether a device has units for bfloat16 of its own, and does not emulate it.

    Args:
        device: ``cpu``, ``cuda:0``, ...
    """
    device = torch.device(device)
    if device.type == 'cpu':
        found = (getattr(torch.cpu, name, None) for name in ('_is_avx512_bf16_supported', '_is_amx_tile_supported'))
        return any(supported() for supported in found if supported)
    if device.type == 'cuda':
        return torch.cuda.get_device_capability(device)[0] >= 8
    return False


def resolve_precision(name: str, device: torch.device | str) -> torch.dtype:
    """The type that ``'auto'``, ``'fp32'`` or ``'bf16'`` means on a device.

    Raises:
        ValueError: If the name is another.
    """
    if name not in PRECISIONS:
        raise ValueError(f'precision must be one of {PRECISIONS}. Got: {name!r}')
    fast = name == 'bf16' or (name == 'auto' and has_fast_bf16(device))
    return torch.bfloat16 if fast else torch.float32

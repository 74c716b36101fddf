"""Weights in safetensors' format, which holds tensors and nothing that could run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch


def is_safetensors(path: Path) -> bool:
    """Whether a file begins as one of safetensors, whatever it is called.

    Source:
        https://github.com/huggingface/safetensors#format: eight bytes of a length, then as much JSON.
    """
    with path.open('rb') as file:
        start = file.read(9)
    return len(start) == 9 and start[8:] == b'{' and int.from_bytes(start[:8], 'little') <= path.stat().st_size


def read_safetensors(path: Path, map_location: str | torch.device = 'cpu') -> dict[str, Any]:
    """Reads a file's tensors.

    Args:
        path: The file.
        map_location: Where tensors go; 'meta' keeps shapes alone.

    Raises:
        ImportError: If safetensors is not installed.
        ValueError: If it is damaged.
    """
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError as error:
        raise ImportError(f'{path} is in the format of safetensors: pip install safetensors') from error
    try:
        with safe_open(path, framework='pt') as file:
            return {name: file.get_tensor(name).to(map_location) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(
            f'{path} is truncated or damaged ({path.stat().st_size} bytes; {error}). To do: get it again from where it '
            'came'
        ) from None

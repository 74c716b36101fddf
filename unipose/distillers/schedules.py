"""How a teacher's weight changes over the epochs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

Schedule = Callable[[int, int], float]
"""Factor in [0, 1] from the epoch (0-based) and the number of epochs."""


def constant(epoch: int, max_epochs: int) -> float:
    """Always 1."""
    return 1.0


def linear(epoch: int, max_epochs: int, end: float = 0.0) -> float:
    """From 1 in the first epoch to ``end`` in the last."""
    return 1.0 + (end - 1.0) * _progress(epoch, max_epochs)


def cosine(epoch: int, max_epochs: int, end: float = 0.0) -> float:
    """From 1 to ``end`` along half a cosine."""
    return end + (1.0 - end) * 0.5 * (1.0 + math.cos(math.pi * _progress(epoch, max_epochs)))


def stop(epoch: int, max_epochs: int, at_epoch: int) -> float:
    """1 before ``at_epoch``, 0 from then on."""
    return float(epoch < at_epoch)


def _progress(epoch: int, max_epochs: int) -> float:
    return min(epoch / max(max_epochs - 1, 1), 1.0)


_SCHEDULES: dict[str, Callable[..., float]] = dict(constant=constant, linear=linear, cosine=cosine, stop=stop)


def build_schedule(spec: str | Mapping[str, Any] | None) -> Schedule:
    """Reads a schedule from a config.

    Args:
        spec: A name (``'linear'``), a mapping (``dict(type='stop', at_epoch=300)``), or None for ``constant``.

    Returns:
        The schedule.

    Raises:
        ValueError: If the name or an option is unknown or missing.

    >>> build_schedule(dict(type='linear', end=0.5))(9, 10)
    0.5
    """
    options = {'type': spec or 'constant'} if spec is None or isinstance(spec, str) else dict(spec)
    kind = options.pop('type', None)
    if kind not in _SCHEDULES:
        raise ValueError(f'unknown schedule {kind!r}; there are {sorted(_SCHEDULES)}')
    schedule = _SCHEDULES[kind]
    try:
        schedule(0, 1, **options)
    except TypeError as error:
        raise ValueError(f'schedule {kind!r} with options {options}: {error}') from None
    return lambda epoch, max_epochs: schedule(epoch, max_epochs, **options)

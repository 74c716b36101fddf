"""Times a part of a training step."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_KEPT = 64  # laps, where nobody asks for them
_Part = float | tuple[torch.cuda.Event, torch.cuda.Event]  # seconds, or start and end


class Stopwatch:
    """Times what is done in a ``with`` block, on the CPU or a CUDA device, without waiting for the device.

    A CUDA device is asked to note when it comes to the block's work and when it is done with it; when :meth:`laps` is
    called it may not be yet. Copies and pickles have no laps.
    """

    def __init__(self) -> None:
        self._laps: deque[list[_Part]] = deque(maxlen=_KEPT)
        self._parts: list[_Part] = []  # of a lap that is not over

    def __reduce__(self) -> tuple:
        return Stopwatch, ()  # events can neither be copied nor pickled

    @contextmanager
    def timing(self, device: torch.device, ends_lap: bool = True) -> Iterator[None]:
        """Times the block, whose work is done on a device.

        Args:
            device: The device.
            ends_lap: Whether the lap is over then; otherwise the next block goes on with it.
        """
        if device.type == 'cuda':
            stream = torch.cuda.current_stream(device)
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            start.record(stream)
            yield
            end.record(stream)
            self._parts.append((start, end))
        else:
            start = time.perf_counter()
            yield
            self._parts.append(time.perf_counter() - start)
        if ends_lap:
            self._laps.append(self._parts)
            self._parts = []

    def laps(self) -> list[float]:
        """How long the laps took that are done by now and were not told of before, seconds."""
        done = []
        while self._laps and all(isinstance(part, float) or part[1].query() for part in self._laps[0]):
            parts = self._laps.popleft()
            done.append(
                sum(part if isinstance(part, float) else part[0].elapsed_time(part[1]) / 1000 for part in parts)
            )
        return done

"""Times a part of a training step."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_KEPT = 64  # laps, where nobody asks for them


class Stopwatch:
    """Times what is done in a ``with`` block, on the CPU or a CUDA device, without waiting for the device.

    A CUDA device is asked to note when it comes to the block's work and when it is done with it; when :meth:`laps` is
    called it may not be yet. Copies and pickles have no laps.
    """

    def __init__(self) -> None:
        self._laps: deque[float | tuple[torch.cuda.Event, torch.cuda.Event]] = deque(maxlen=_KEPT)

    def __reduce__(self) -> tuple:
        return Stopwatch, ()  # events can neither be copied nor pickled

    @contextmanager
    def timing(self, device: torch.device) -> Iterator[None]:
        """Times the block, whose work is done on a device."""
        if device.type == 'cuda':
            stream = torch.cuda.current_stream(device)
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            start.record(stream)
            yield
            end.record(stream)
            self._laps.append((start, end))
        else:
            start = time.perf_counter()
            yield
            self._laps.append(time.perf_counter() - start)

    def laps(self) -> list[float]:
        """How long the blocks took that are done by now and were not told of before, seconds."""
        done = []
        while self._laps and (isinstance(self._laps[0], float) or self._laps[0][1].query()):
            lap = self._laps.popleft()
            done.append(lap if isinstance(lap, float) else lap[0].elapsed_time(lap[1]) / 1000)
        return done

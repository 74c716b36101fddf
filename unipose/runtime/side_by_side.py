"""Computes the people of a frame in several threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from .backends import Backend

_BUSY = 0.85  # least share of the threads' time that is worth it
_BATCH = 32
_SIBLINGS = '/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list'

Found = TypeVar('Found')


class SideBySide:
    """Gives every thread people of its own where there are enough of them, and otherwise all threads the same.

    The threads of one network wait for each other after every layer, and for whoever else keeps a core from them; those
    with networks of their own do not, and cut out and decode their people beside it.

    Args:
        backend: What computes the network.
        threads: 0 is as many as there are cores.
        most: People that the network takes in one batch; None is any number.
    """

    def __init__(self, backend: Backend, threads: int = 0, most: int | None = None) -> None:
        self._backend, self._threads = backend, (threads or num_cores()) if backend.open_beside else 1
        self._most = most or _BATCH

    def __call__(self, function: Callable[[Any, slice], Found], count: int) -> list[Found]:
        """Calls a function for all of ``count`` people, some at a time.

        Args:
            function: From a session and which people they are.
            count: At least 1.

        Returns:
            What it returned, in order.
        """
        parts, is_beside = self.parts(count)
        if is_beside:
            session = self._beside
            return list(self._pool.map(lambda part: function(session, part), parts))
        return [function(self._backend.session, part) for part in parts]

    def parts(self, count: int) -> tuple[list[slice], bool]:
        """Which people are computed at a time, and whether in threads of their own."""
        threads, on_cpu = self._threads, self._backend.open_beside is not None
        each = -(-count // threads)  # of the thread that has most
        is_beside = threads > 1 and count >= _BUSY * threads * each
        most = min(self._most, self._backend.images) if on_cpu and (is_beside or threads == 1) else self._most
        number = threads * -(-each // most) if is_beside else -(-count // most)
        bounds = np.linspace(0, count, number + 1).round().astype(int).tolist()
        return [slice(start, end) for start, end in zip(bounds, bounds[1:]) if end > start], is_beside

    @cached_property
    def _beside(self) -> Any:
        return self._backend.open_beside(self._threads)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads)


def num_cores() -> int:
    """Cores that this process may use; two that share their units are one."""
    if not hasattr(os, 'sched_getaffinity'):
        return os.cpu_count() or 1
    allowed = os.sched_getaffinity(0)
    try:
        return len({Path(_SIBLINGS.format(number)).read_text() for number in allowed})
    except OSError:
        return len(allowed)

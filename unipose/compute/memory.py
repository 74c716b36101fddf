"""Memory that a process holds and does not use."""

from __future__ import annotations

import contextlib
import ctypes
import gc
from collections.abc import Iterator

# glibc's malloc.h; its own thresholds grow up to these with what is freed, until one is set
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4
_KEEPING = {_MMAP_MAX: 0, _TRIM_THRESHOLD: -1}
_USUAL = {_MMAP_MAX: 65536, _MMAP_THRESHOLD: 32 << 20, _TRIM_THRESHOLD: 64 << 20}


def release_memory() -> None:
    """Gives the system what is garbage or free by now; what forks later would hold it too.

    Teachers whose batch normalisations were folded are garbage that waits for a collection, and the C library keeps
    pieces that were freed between others.
    """
    gc.collect()
    with contextlib.suppress(AttributeError, OSError, TypeError):  # glibc alone has it
        ctypes.CDLL(None).malloc_trim(0)


@contextlib.contextmanager
def memory_kept() -> Iterator[None]:
    """Has the C library keep what is freed, inside a ``with`` block, and gives it back at the end.

    glibc returns pieces of 32 MB and more as soon as they are free, and the system clears them page by page for whoever
    asks next. What layers compute of a batch on a CPU are such pieces: a third of an RTMPose's time on batches of 64
    went there. As much memory is needed as before, and the numbers are the same.
    """
    _set(_KEEPING)
    try:
        yield
    finally:
        _set(_USUAL)
        release_memory()


def _set(options: dict[int, int]) -> None:
    with contextlib.suppress(AttributeError, OSError, TypeError):  # glibc alone has it
        library = ctypes.CDLL(None)
        for option, value in options.items():
            library.mallopt(option, value)

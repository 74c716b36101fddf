"""Memory that a process holds and does not use."""

from __future__ import annotations

import contextlib
import ctypes
import gc


def release_memory() -> None:
    """Gives the system what is garbage or free by now; what forks later would hold it too.

    Teachers whose batch normalisations were folded are garbage that waits for a collection, and the C library keeps
    pieces that were freed between others.
    """
    gc.collect()
    with contextlib.suppress(AttributeError, OSError, TypeError):  # glibc alone has it
        ctypes.CDLL(None).malloc_trim(0)
